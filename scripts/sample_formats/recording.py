"""Transcripts as WebVTT and SubRip, timed by the number of words."""

import html
import re
from dataclasses import dataclass

from scripts.sample_formats.source import Source

WORDS_PER_SECOND = 2.6
WORDS_PER_CUE = 28


@dataclass(frozen=True, slots=True)
class Cue:
    start: float
    end: float
    speaker: str
    text: str
    first: bool


def cues_of(source: Source) -> list[Cue]:
    """Turns (`Speaker: words`, one per paragraph) cut at sentences into cues, at an even pace of speech."""
    cues: list[Cue] = []
    clock = 2.0
    for turn in source.body.strip().split("\n\n"):
        speaker, words = " ".join(turn.split()).split(": ", 1)
        pieces = [""]
        for sentence in re.split(r"(?<=[.?!]) ", words):
            if pieces[-1] and len((pieces[-1] + sentence).split()) > WORDS_PER_CUE:
                pieces.append("")
            pieces[-1] = f"{pieces[-1]} {sentence}".strip()
        for number, piece in enumerate(pieces):
            length = len(piece.split()) / WORDS_PER_SECOND + 0.4
            cues.append(Cue(clock, clock + length, speaker, piece, first=number == 0))
            clock += length + 0.2
        clock += 0.6
    return cues


def timecode(seconds: float, mark: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"


def vtt_of(source: Source) -> bytes:
    head = f"WEBVTT\n\nNOTE {source.title}, {source.fields['date']}\n\n"
    cues = (
        f"{timecode(cue.start, '.')} --> {timecode(cue.end, '.')}\n"
        f"<v {cue.speaker}>{html.escape(cue.text, quote=False)}</v>\n"
        for cue in cues_of(source)
    )
    return (head + "\n".join(cues)).encode()


def srt_of(source: Source) -> bytes:
    cues = (
        f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n"
        f"{cue.speaker + ': ' if cue.first else ''}{cue.text}\n"
        for number, cue in enumerate(cues_of(source), start=1)
    )
    return "\n".join(cues).encode()
