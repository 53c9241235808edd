"""Measures an engine on recordings with known words: word error rate, and how far its times are off.

python -m benchmarks.transcription ../shared/data/audio [--transcriber pocketsphinx]
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from api.services import Services
from api.settings import Settings
from corpus.transcript import Transcript

_NUMBERS = {"mr.": "mister", "mrs.": "missus", "dr.": "doctor", "st.": "saint"}


@dataclass(frozen=True, slots=True)
class Errors:
    wrong: int
    words: int

    @property
    def rate(self) -> float:
        return self.wrong / self.words


def plain_words(text: str) -> list[str]:
    spelled = " ".join(_NUMBERS.get(word, word) for word in text.lower().split())
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", spelled)


def aligned(said: Sequence[str], heard: Sequence[str]) -> tuple[int, list[int | None]]:
    """Word errors, and for each word that was said the place of the same word in what was heard."""
    rows = [list(range(len(heard) + 1))]
    for number, word in enumerate(said, 1):
        row = [number]
        for place, other in enumerate(heard, 1):
            row.append(min(rows[-1][place] + 1, row[-1] + 1, rows[-1][place - 1] + (word != other)))
        rows.append(row)
    places: list[int | None] = [None] * len(said)
    at, place = len(said), len(heard)
    while at and place:
        if said[at - 1] == heard[place - 1] and rows[at][place] == rows[at - 1][place - 1]:
            places[at - 1] = place - 1
            at, place = at - 1, place - 1
        elif rows[at][place] == rows[at - 1][place - 1] + 1:
            at, place = at - 1, place - 1
        elif rows[at][place] == rows[at - 1][place] + 1:
            at -= 1
        else:
            place -= 1
    return rows[-1][-1], places


def errors_of(case: dict[str, Any], transcript: Transcript) -> Errors:
    said = plain_words(case["expected_answer"])
    heard = [plain for word in transcript.words for plain in plain_words(word.text)]
    return Errors(aligned(said, heard)[0], len(said))


def offsets_of(case: dict[str, Any], transcript: Transcript) -> list[float]:
    """Of every segment: how far the times of its words lie outside of it, and the first and last one from its ends."""
    timed = [(plain, word) for word in transcript.words for plain in plain_words(word.text)]
    said = [(plain, segment) for segment in case.get("segments", ()) for plain in plain_words(segment["text"])]
    _, places = aligned([plain for plain, _ in said], [plain for plain, _ in timed])
    found = []
    for (_, segment), place in zip(said, places, strict=True):
        if place is not None:
            word = timed[place][1]
            found.append(max(segment["start"] - word.start_s, word.end_s - segment["end"], 0.0))
    return found


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--transcriber", default="pocketsphinx")
def main(data: Path, transcriber: str) -> None:
    cases = [json.loads(line) for line in (data / "cases.jsonl").read_text().splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder) / "data", transcriber=transcriber)
        with Services(settings, lambda: datetime.now(UTC)) as services:
            _measure(data, cases, services)


def _measure(data: Path, cases: Sequence[dict[str, Any]], services: Services) -> None:
    whole, offsets, seconds, spent = [], [], 0.0, 0.0
    transcription = services.transcription
    for case in cases:
        with (data / case["scope"][0]).open("rb") as file:
            content_hash = services.blobs.put_file(file)
        begun = time.monotonic()
        pieces = transcription.plan(content_hash)
        heard = transcription.join([transcription.hear(content_hash, piece, (), None) for piece in pieces])
        spent += time.monotonic() - begun
        seconds += case["seconds"]
        errors = errors_of(case, heard)
        whole.append(errors)
        offsets += offsets_of(case, heard)
        click.echo(
            f"{case['id']:32} {errors.rate:6.1%} of {errors.words:3} words  {' '.join(w.text for w in heard.words)}"
        )
    wrong, words = sum(each.wrong for each in whole), sum(each.words for each in whole)
    click.echo(
        f"{transcription.engine}: word error rate {wrong / words:.1%} over {len(cases)} recordings, {words} words"
    )
    click.echo(f"{spent:.1f} s for {seconds:.1f} s of sound ({spent / seconds:.2f} times its length)")
    if offsets:
        near = sum(offset <= 2 for offset in offsets)
        click.echo(
            f"times: {near} of {len(offsets)} words within 2 s of their known stretch, worst {max(offsets):.2f} s"
        )


if __name__ == "__main__":
    sys.exit(main())
