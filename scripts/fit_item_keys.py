"""Fits the key gate on the items of one half of the lessons and shows, by cross-validation, what it reaches there.

Lessons are divided by digest, so that all forms of an item (as published and corrupted; before, after, false key, true
key) are in the same half. The other half is looked at by `python -m benchmarks.quiz_gates` alone.

How long an option is takes part in fitting, so that no signal is credited with what length explains: people write the
right option longer. In judging, length has no say.

    .venv/bin/python -m scripts.fit_item_keys ../shared/data/quiz-dev --cache FOLDER
"""

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.lesson_files import LessonFiles
from assistant.remembered_vectors import RememberedVectors
from assistant.words import content_words
from authoring.item_key import KeyGate
from authoring.item_lines import ItemLine, read_item_lines
from authoring.item_statement import bare_stem
from authoring.item_truth import is_judged, truth_of
from authoring.key_calibration import FITTED, KeyCalibration
from authoring.option_signals import OptionSignals, asks_what_is_not, weigh_options
from authoring.quiz_item import QuizItem
from authoring.truth_signals import TruthSignals, weigh_statement
from corpus.embedder import Embedder
from corpus.onnx_embedder import OnnxEmbedder
from corpus.passage import Passage
from ingestion.ingest import LazySplitter
from ingestion.limited_parsing import ParsingLimits, ParsingServer
from ingestion.llama_index_splitter import LlamaIndexSplitter

FOLDS = 8
OPTION_RIDGE = 2.0
TRUTH_RIDGE = 3.0
MOST_FALSE_ALARMS = 0.1
"""Of right keys in cross-validation; what is left to the 15 % that are allowed is for lessons never seen."""
MOST_FAR = 0.01
"""Share of items that are taken for being about something else than their own lesson."""
ROUNDS = 60

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """`is_right`: whether the line's key is the right one; `right` which options are."""

    line: ItemLine
    passages: tuple[Passage, ...]
    is_right: bool
    right: frozenset[int]
    tags: frozenset[str]

    @property
    def item(self) -> QuizItem:
        return self.line.item

    @property
    def asks(self) -> tuple[str, ...]:
        """The same for all forms of an item that differ in nothing but the key."""
        texts = (option.claim.text for option in self.item.options)
        return (self.line.document, bare_stem(self.item.stem.text), *texts)


def develops(document: str) -> bool:
    """Whether something is fitted on this lesson."""
    return _digest(document) % 2 == 0


def read_labelled(folder: Path, embedder: Embedder) -> list[LabelledLine]:
    """The lines of `items.jsonl` with their lessons."""
    text = (folder / "items.jsonl").read_text(encoding="utf-8")
    labels = [json.loads(line) for line in text.splitlines() if line.strip()]
    parsing = ParsingServer(ParsingLimits())
    splitter = LazySplitter(lambda: LlamaIndexSplitter(embedder.count_tokens))
    files = LessonFiles(folder, parsing, embedder.count_tokens, splitter)
    try:
        return [
            LabelledLine(
                line,
                files.passages(line.document),
                label["key_is_correct"],
                frozenset(label["correct_key"]),
                frozenset(label["tags"]),
            )
            for line, label in zip(read_item_lines(text), labels, strict=True)
        ]
    finally:
        parsing.close()


@dataclass(frozen=True, slots=True)
class _Choice:
    """The options of a question; `signals` has one row each, the last column being the nuisance."""

    document: str
    signals: Numbers
    right: int
    turned: bool


@dataclass(frozen=True, slots=True)
class _Truth:
    document: str
    signals: Numbers
    is_true: bool


@dataclass(frozen=True, slots=True)
class Fitting:
    choices: dict[tuple[str, ...], _Choice]
    truths: dict[tuple[str, ...], _Truth]
    nearness: dict[tuple[str, ...], float]

    def fit(self, without_fold: int | None = None) -> KeyCalibration:
        """On all, or on all but the lessons of one fold."""
        choices = [one for one in self.choices.values() if _fold(one.document) != without_fold]
        truths = [one for one in self.truths.values() if _fold(one.document) != without_fold]
        options = fit_choices([one.signals for one in choices], [one.right for one in choices])
        truth, bias = fit_truth(np.array([one.signals for one in truths]), [one.is_true for one in truths])
        near = [value for asks, value in self.nearness.items() if _fold(asks[0]) != without_fold]
        return KeyCalibration(
            options=tuple(round(float(weight), 3) for weight in options[: len(fields(OptionSignals))]),
            truth=tuple(round(float(weight), 3) for weight in truth),
            truth_bias=round(bias, 3),
            least_score=FITTED.least_score,
            least_nearness=round(float(np.quantile(near, MOST_FAR)), 3),
        )


def collect(lines: Sequence[LabelledLine], embedder: Embedder) -> Fitting:
    gate = KeyGate(embedder)
    fitting = Fitting({}, {}, {})
    for labelled in sorted(lines, key=lambda one: one.line.document):
        if labelled.asks in fitting.nearness:
            continue
        material = gate.read(labelled.passages)
        stem, options = labelled.item.stem.text, [option.claim.text for option in labelled.item.options]
        fitting.nearness[labelled.asks] = gate.nearness(labelled.item, material)
        right = min(labelled.right)
        if is_judged(labelled.item):
            truth = weigh_statement(stem, material, embedder).signals
            is_true = truth_of(options[right]) is True
            fitting.truths[labelled.asks] = _Truth(labelled.line.document, np.array(truth.values), is_true)
            continue
        weighed = weigh_options(stem, options, material, embedder)
        turned = asks_what_is_not(stem)
        rows = np.array([option.signals.values for option in weighed]) * (-1 if turned else 1)
        lengths = np.array([[math.log1p(len(content_words(option)))] for option in options])
        fitting.choices[labelled.asks] = _Choice(labelled.line.document, np.hstack([rows, lengths]), right, turned)
    return fitting


def fit_choices(signals: Sequence[Numbers], right: Sequence[int]) -> Numbers:
    """Conditional logistic regression, by Newton's method."""
    every = np.concatenate(signals)
    scale = every.std(axis=0) + 1e-9
    scaled = [(rows - every.mean(axis=0)) / scale for rows in signals]
    weights = np.zeros(every.shape[1])
    for _ in range(ROUNDS):
        slope, bend = -OPTION_RIDGE * weights, OPTION_RIDGE * np.eye(len(weights))
        for rows, place in zip(scaled, right, strict=True):
            chances = np.exp(rows @ weights - (rows @ weights).max())
            chances /= chances.sum()
            mean = chances @ rows
            slope += rows[place] - mean
            bend += (rows * chances[:, None]).T @ rows - np.outer(mean, mean)
        weights = weights + np.linalg.solve(bend, slope)
    fitted: Numbers = weights / scale
    return fitted


def fit_truth(signals: Numbers, is_true: Sequence[bool]) -> tuple[Numbers, float]:
    """Logistic regression, by Newton's method. The bias is not held back."""
    mean, scale = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    rows = np.hstack([(signals - mean) / scale, np.ones((len(signals), 1))])
    ridge = np.diag([*[TRUTH_RIDGE] * signals.shape[1], 1e-3])
    weights, wanted = np.zeros(rows.shape[1]), np.array(is_true, dtype=np.float64)
    for _ in range(ROUNDS):
        chances = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (wanted - chances) - ridge @ weights
        weights = weights + np.linalg.solve((rows * (chances * (1 - chances))[:, None]).T @ rows + ridge, slope)
    fitted: Numbers = weights[:-1] / scale
    return fitted, float(weights[-1] - fitted @ mean)


def cross_validated(
    lines: Sequence[LabelledLine], fitting: Fitting, embedder: Embedder
) -> Iterator[tuple[bool, float]]:
    """For each line whether its key is right, and its score by what was fitted without its lesson's fold."""
    gates = {fold: KeyGate(embedder, calibration=fitting.fit(fold)) for fold in range(FOLDS)}
    for labelled in sorted(lines, key=lambda one: one.line.document):
        yield labelled.is_right, gates[_fold(labelled.line.document)].judge(labelled.item, labelled.passages).score


def least_score(scores: Sequence[tuple[bool, float]]) -> float:
    """The highest that refuses at most `MOST_FALSE_ALARMS` of the right keys."""
    right = sorted(score for is_right, score in scores if is_right)
    return math.floor(right[int(MOST_FALSE_ALARMS * len(right))] * 1000) / 1000


def _fold(document: str) -> int:
    return _digest(document) // 2 % FOLDS


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="the set's folder, with items.jsonl and documents/")
    parser.add_argument("--cache", type=Path, required=True, help="folder for the prepared embedding model")
    arguments = parser.parse_args()
    embedder = RememberedVectors(OnnxEmbedder(arguments.cache, threads=2), limit=100_000)
    lines = [one for one in read_labelled(arguments.folder, embedder) if develops(one.line.document)]
    fitting = collect(lines, embedder)
    _say(f"{len(lines)} lines: {len(fitting.choices)} questions with options, {len(fitting.truths)} true/false")
    scores = list(cross_validated(lines, fitting, embedder))
    for share in (0.05, 0.08, 0.1, 0.12, 0.15):
        right = sorted(score for is_right, score in scores if is_right)
        wrong = [score for is_right, score in scores if not is_right]
        threshold = right[int(share * len(right))]
        caught = sum(score < threshold for score in wrong) / len(wrong)
        _say(f"  false alarms {share:.2f}: least score {threshold:.3f}, wrong keys caught {caught:.3f}")
    fitted = replace(fitting.fit(), least_score=least_score(scores))
    _say(f"fitted {fitted}\nin use {FITTED}")
    names = [field.name for field in fields(OptionSignals)], [field.name for field in fields(TruthSignals)]
    _say(f"  options: {', '.join(names[0])}\n  truth: {', '.join(names[1])}")


if __name__ == "__main__":
    main()
