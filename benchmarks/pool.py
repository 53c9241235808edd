"""The pool of chunks that query times are measured on: real passages, multiplied by mixing pairs of them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.onnx_embedder import OnnxEmbedder

SEED = 20
QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class Pool:
    """`texts` has a JSON string per line, `vectors` is a float16 array with a row for each, `questions` a JSON list."""

    texts: Path
    vectors: Path
    questions: Path


def make_pool(set_folder: Path, folder: Path, count: int, threads: int) -> Pool:
    """Made once and kept in `folder`.

    Beyond the set's own passages, a chunk is the first half of one and the second half of another, and its vector the
    mean of theirs: as varied in words and direction as real text, without embedding a hundred thousand passages.
    """
    pool = Pool(folder / f"texts-{count}.jsonl", folder / f"vectors-{count}.npy", folder / "questions.json")
    if all(path.is_file() for path in (pool.texts, pool.vectors, pool.questions)):
        return pool
    folder.mkdir(parents=True, exist_ok=True)
    cases = _lines(set_folder / "cases.jsonl")
    pool.questions.write_text(json.dumps([str(case["question"]) for case in cases[:QUESTIONS]]))
    passages = [str(line["text"]) for line in _lines(set_folder / "documents" / "passages.jsonl")][:count]
    vectors = np.empty((count, 384), dtype=np.float32)
    vectors[: len(passages)] = OnnxEmbedder(folder / "embedder", threads).embed(passages)
    pairs = np.random.default_rng(SEED).integers(len(passages), size=(max(0, count - len(passages)), 2))
    mixed = vectors[pairs[:, 0]] + vectors[pairs[:, 1]]
    vectors[len(passages) :] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    with pool.texts.open("w", encoding="utf-8") as texts:
        for passage in passages:
            texts.write(json.dumps(passage) + "\n")
        for first, second in pairs:
            texts.write(json.dumps(_mixed(passages[first], passages[second])) + "\n")
    np.save(pool.vectors, vectors.astype(np.float16))
    return pool


def _mixed(first: str, second: str) -> str:
    start, end = first.split(), second.split()
    return " ".join([*start[: (len(start) + 1) // 2], *end[len(end) // 2 :]])


def _lines(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
