"""How long the keyword index takes at 100,000 chunks, for whoever sees some, one or all of the audiences.

    python -m benchmarks.keyword_index [--data FOLDER] [--chunks N] [--audiences N]

Chunks of 160 words with their neighbours, from the passages of FOLDER/mtrag-clapnq and FOLDER/clapnq-dev (default:
../shared/data); where these are too few, once more with their sentences in another order. Questions are those of
clapnq-dev.
"""

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from corpus.index import IndexedText
from corpus.tantivy_keyword_index import TantivyKeywordIndex

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
WORDS = 160
CHUNKS_OF_ONE = 20
"""In a version."""
HITS = 150
QUESTIONS = 300


def texts(folder: Path, audiences: int) -> Iterator[IndexedText]:
    """Without end."""
    chance, number = random.Random(1), 0  # noqa: S311 - the same texts every time
    documents = [
        (passage["title"], re.split(r"(?<=[.!?])\s+", passage["text"]))
        for name in ("mtrag-clapnq", "clapnq-dev")
        for passage in map(json.loads, (folder / name / "documents" / "passages.jsonl").open(encoding="utf-8"))
    ]
    while True:
        for title, sentences in documents:
            words = " ".join(sentences).split()
            pieces = ["", *(" ".join(words[at : at + WORDS]) for at in range(0, len(words), WORDS)), ""]
            for before, piece, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
                version = number // CHUNKS_OF_ONE + 1
                yield IndexedText(number + 1, version, version % audiences + 1, "en", title, (), piece, before, after)
                number += 1
        documents = [(title, chance.sample(sentences, len(sentences))) for title, sentences in documents]


def batches(found: Iterator[IndexedText]) -> Iterator[list[IndexedText]]:
    while batch := list(islice(found, CHUNKS_OF_ONE)):
        yield batch


def measure(index: TantivyKeywordIndex, questions: Sequence[str], visible: Sequence[int], chunks: int) -> str:
    passed, worked = [], []
    for question in questions:
        started, working = time.perf_counter(), time.process_time()
        hits = index.search(visible, question, HITS)
        index.score(visible, sorted({hit.chunk_id * 7 % chunks + 1 for hit in hits}), question)
        passed.append(time.perf_counter() - started)
        worked.append(time.process_time() - working)
    said = "  ".join(
        f"{name} p50 {np.percentile(times, 50) * 1000:.1f} p95 {np.percentile(times, 95) * 1000:.1f} ms"
        for name, times in (("passed", passed), ("processor", worked))
    )
    return f"{len(visible)} audiences visible: {HITS} hits and the scores of as many chunks: {said}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the keyword index.")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--audiences", type=int, default=50)
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"keyword index: skipped, there is no folder {given.data}; name one with --data")  # noqa: T201
        return
    cases = (given.data / "clapnq-dev" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [str(json.loads(case)["question"]) for case in cases[:QUESTIONS]]
    with tempfile.TemporaryDirectory() as name:
        folder, started = Path(name), time.process_time()
        index = TantivyKeywordIndex(folder)
        index.add_all(batches(islice(texts(given.data, given.audiences), given.chunks)))
        index.close()
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        print(f"{given.chunks} chunks: {size:.0f} MB, {time.process_time() - started:.0f} s of processor time")  # noqa: T201
        opened = TantivyKeywordIndex(folder)
        everything = range(1, given.audiences + 1)
        for visible in (everything[::2], everything[:1], everything):
            print(measure(opened, questions, visible, given.chunks))  # noqa: T201
        opened.close()


if __name__ == "__main__":
    main()
