"""Fits the decision whether to answer (assistant/answerability.json) and prints its operating curve.

    collect  ingests the development sets into fresh folders, asks, and writes one line of features per question
    fit      fits on the development lines, chooses the operating point on them, reports on the others

    .venv/bin/python -m scripts.fit_answerability collect ../shared/data --work FOLDER --rows rows.jsonl
    .venv/bin/python -m scripts.fit_answerability fit rows.jsonl --write

`fit` needs nothing but the lines, whatever search produced them.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.asking import ANSWER_PASSAGES
from api.evaluating import MeasuredSystem
from api.services import Services
from api.settings import Settings
from assistant.answerability import Answerability, Calibration, Features, fitted_calibration
from assistant.remembered_vectors import RememberedVectors
from corpus.passage import Passage
from evals.case import Case
from evals.dataset import Dataset, read_dataset

Numbers = NDArray[np.float64]
Search = Callable[[str, frozenset[str] | None], Sequence[Passage]]

STORED = Path(__file__).parent.parent / "assistant" / "answerability.json"
REGULARISATION = 3.0
FOLDS = 5
MOST_QUESTIONS = 150
"""Of a larger group, those with the lowest digests: the same ones every time."""

SPLIT_SET = "clapnq-dev"
REPORT_SET = "contoso"
DEVELOPMENT_SETS = (SPLIT_SET, "anthropic-docs", "chunking", "qmsum-val", "tables-aitqa")


class Kind(StrEnum):
    ASKED = "asked"
    GOLD_LEFT_OUT = "gold left out"
    ASKED_ELSEWHERE = "asked elsewhere"


GROUP_WEIGHTS = {Kind.ASKED: 1.0, Kind.GOLD_LEFT_OUT: 0.2, Kind.ASKED_ELSEWHERE: 0.5}
"""Of a group as a whole, however many questions it has. Where only the gold document was left out, another may still
answer, so that these labels are the least certain.
"""

SPLIT_SET_WEIGHT = 4.0
"""The only development set in which people judged that a passage on the topic does not answer."""


@dataclass(frozen=True, slots=True)
class Row:
    """`group` and `kind` together are one source of questions; `unit` is what a split must not cut through."""

    group: str
    kind: Kind
    unit: str
    develop: bool
    has_answer: bool
    features: Features


@dataclass(frozen=True, slots=True)
class Fit:
    calibration: Calibration
    rows: tuple[Row, ...]

    def probabilities(self, rows: Sequence[Row]) -> Numbers:
        return np.array([self.calibration.probability(row.features) for row in rows])


def collect(data: Path, work: Path) -> Iterator[Row]:
    sets = {name: read_dataset(data / name) for name in (*DEVELOPMENT_SETS, REPORT_SET)}
    for name, dataset in sets.items():
        settings = Settings(data=work / name)
        with Services(settings, clock=lambda: datetime.now(UTC)) as services:
            system = MeasuredSystem(services, on_file=lambda done, of_all: None)
            unread = (
                system.ingest_passages(dataset.passages)
                if dataset.passages
                else system.ingest(dataset.documents_folder)
            )
            _say(f"{name}: ingested, {len(unread)} not read")
            decision = Answerability(RememberedVectors(services.embedder), fitted_calibration())

            def search(
                question: str, scope: frozenset[str] | None, system: MeasuredSystem = system
            ) -> Sequence[Passage]:
                return system.search(question, ANSWER_PASSAGES, scope)

            yield from _rows_of(
                dataset, [other for key, other in sets.items() if key not in (name, REPORT_SET)], search, decision
            )


def _rows_of(dataset: Dataset, others: Sequence[Dataset], search: Search, decision: Answerability) -> Iterator[Row]:
    name = dataset.name
    sources = _sources(dataset)
    for case in _asked(dataset):
        scope = case.scope if name == "qmsum-val" else None
        yield from _row(name, Kind.ASKED, case, bool(case.has_answer), search(case.question, scope), decision)
    if name == REPORT_SET:
        return
    for case in _some(_asked(dataset)) if name in ("anthropic-docs", "tables-aitqa") else ():
        rest = sources - {evidence.document for evidence in case.evidence}
        yield from _row(name, Kind.GOLD_LEFT_OUT, case, False, search(case.question, rest), decision)
    if name in ("anthropic-docs", "chunking", SPLIT_SET):
        for other in others:
            for case in _some(_asked(other), MOST_QUESTIONS // 3):
                if other.name != SPLIT_SET or _in_first_half(_unit(case)):
                    yield from _row(name, Kind.ASKED_ELSEWHERE, case, False, search(case.question, None), decision)
    if name == "chunking":
        for case in _some(_asked(dataset)):
            found = search(case.question, sources - case.scope)
            yield from _row(name, Kind.ASKED_ELSEWHERE, case, False, found, decision)


def _row(
    group: str, kind: Kind, case: Case, has_answer: bool, passages: Sequence[Passage], decision: Answerability
) -> Iterator[Row]:
    if passages:
        unit = _unit(case)
        develop = group != REPORT_SET and (group != SPLIT_SET or kind is not Kind.ASKED or _in_first_half(unit))
        yield Row(group, kind, unit, develop, has_answer, decision.features(case.question, passages))


def _asked(dataset: Dataset) -> list[Case]:
    """The cases that say for certain whether there is an answer, and name what they are about."""
    left_out = {"general", "no-airline-named", "other-airline-named"}
    cases = [case for case in dataset.cases if case.has_answer is not None and not left_out & set(case.tags)]
    return cases if dataset.name in (SPLIT_SET, REPORT_SET) else _some(cases)


def _some(cases: Sequence[Case], limit: int = MOST_QUESTIONS) -> list[Case]:
    return sorted(cases, key=lambda case: _digest(case.id))[:limit]


def _unit(case: Case) -> str:
    named = [evidence.document for evidence in case.evidence] or list(case.near_miss) or sorted(case.scope) or [case.id]
    return named[0]


def _sources(dataset: Dataset) -> frozenset[str]:
    if dataset.passages:
        return frozenset(passage.id for passage in dataset.passages)
    folder = dataset.documents_folder
    return frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _in_first_half(unit: str) -> bool:
    return _digest(unit) % 2 == 0


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def fit(rows: Sequence[Row]) -> Fit:
    develop = [row for row in rows if row.develop]
    calibration = _calibration(develop)
    threshold = _operating_point(develop)
    return Fit(Calibration(calibration.intercept, calibration.weights, threshold), tuple(rows))


def _calibration(rows: Sequence[Row]) -> Calibration:
    names = [field.name for field in fields(Features)]
    inputs = np.array([[float(asdict(row.features)[name]) for name in names] for row in rows])
    has_answer = np.array([row.has_answer for row in rows], dtype=np.float64)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    coefficients = _logistic((inputs - mean) / spread, has_answer, _weights(rows))
    weights = coefficients[1:] / spread
    return Calibration(
        float(round(coefficients[0] - weights @ mean, 4)),
        {name: float(round(weight, 4)) for name, weight in zip(names, weights, strict=True)},
        threshold=0.5,
    )


def _weights(rows: Sequence[Row]) -> Numbers:
    sizes: dict[tuple[str, Kind], int] = {}
    for row in rows:
        sizes[row.group, row.kind] = sizes.get((row.group, row.kind), 0) + 1
    return np.array(
        [
            100
            * (SPLIT_SET_WEIGHT if row.group == SPLIT_SET and row.kind is Kind.ASKED else GROUP_WEIGHTS[row.kind])
            / sizes[row.group, row.kind]
            for row in rows
        ]
    )


def _logistic(inputs: Numbers, labels: Numbers, weights: Numbers) -> Numbers:
    """Ridge logistic regression by iteratively reweighted least squares; the intercept, first, is not shrunk."""
    design = np.hstack([np.ones((len(inputs), 1)), inputs])
    shrinkage = np.eye(design.shape[1]) * REGULARISATION
    shrinkage[0, 0] = 0
    coefficients = np.zeros(design.shape[1])
    for _ in range(100):
        probability = 1 / (1 + np.exp(-design @ coefficients))
        curvature = weights * probability * (1 - probability) + 1e-9
        gradient = design.T @ (weights * (labels - probability)) - shrinkage @ coefficients
        step = np.linalg.solve((design * curvature[:, None]).T @ design + shrinkage, gradient)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(coefficients)


def _operating_point(rows: Sequence[Row]) -> float:
    """Where, of the development questions that people judged, as large a share is missed as is answered wrongly.

    Each is judged by a fit that has not seen its document.
    """
    folds = np.array([_digest(row.unit) // 2 % FOLDS for row in rows])
    confidence = np.empty(len(rows))
    for fold in range(FOLDS):
        calibration = _calibration([row for row, own in zip(rows, folds, strict=True) if own != fold])
        confidence[folds == fold] = [
            calibration.probability(row.features) for row, own in zip(rows, folds, strict=True) if own == fold
        ]
    judged = np.array([row.group == SPLIT_SET and row.kind is Kind.ASKED for row in rows])
    has_answer = np.array([row.has_answer for row in rows])
    candidates = np.round(np.arange(0.05, 0.95, 0.005), 4)
    imbalance = [
        abs((confidence[judged & ~has_answer] >= value).mean() - (confidence[judged & has_answer] < value).mean())
        for value in candidates
    ]
    return float(np.median(candidates[np.array(imbalance) <= min(imbalance) + 1e-9]))


def auroc(confidence: Numbers, has_answer: NDArray[np.bool_]) -> float:
    with_answer, without = confidence[has_answer], confidence[~has_answer]
    above = (with_answer[:, None] > without[None]).mean()
    return float(above + 0.5 * (with_answer[:, None] == without[None]).mean())


def report(found: Fit) -> None:
    _say(f"intercept {found.calibration.intercept}, threshold {found.calibration.threshold}")
    for name, weight in found.calibration.weights.items():
        _say(f"  {name:22} {weight:8.3f}")
    _say(f"\n{'rows':44} {'n':>4} {'abstained':>10} {'of answerable':>14} {'AUROC':>7}")
    keys = list(dict.fromkeys((row.develop, row.group, row.kind) for row in found.rows))
    for develop, group, kind in sorted(keys, key=lambda key: (not key[0], key[1], key[2])):
        _print_line(found, [row for row in found.rows if (row.develop, row.group, row.kind) == (develop, group, kind)])
    for group in (SPLIT_SET, REPORT_SET):
        held_out = [row for row in found.rows if row.group == group and not row.develop]
        if held_out:
            _print_curve(found, group, held_out)


def _print_line(found: Fit, rows: Sequence[Row]) -> None:
    confidence, has_answer = found.probabilities(rows), np.array([row.has_answer for row in rows])
    abstained = confidence < found.calibration.threshold
    recall = f"{abstained[~has_answer].mean():10.3f}" if (~has_answer).any() else f"{'-':>10}"
    missed = f"{abstained[has_answer].mean():14.3f}" if has_answer.any() else f"{'-':>14}"
    area = f"{auroc(confidence, has_answer):7.3f}" if has_answer.any() and (~has_answer).any() else f"{'-':>7}"
    role = "development" if rows[0].develop else "held out"
    _say(f"{f'{role}: {rows[0].group}, {rows[0].kind}':44} {len(rows):4} {recall} {missed} {area}")


def _print_curve(found: Fit, group: str, rows: Sequence[Row]) -> None:
    confidence, has_answer = found.probabilities(rows), np.array([row.has_answer for row in rows])
    _say(
        f"\n{group}, held out: threshold, share answered, risk (answered without an answer in the documents), "
        "abstention recall, false abstention"
    )
    for threshold in sorted({0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, found.calibration.threshold}):
        answered = confidence >= threshold
        risk = (~has_answer)[answered].mean() if answered.any() else 0.0
        mark = "  <- operating point" if threshold == found.calibration.threshold else ""
        _say(
            f"  {threshold:5.3f} {answered.mean():6.3f} {risk:6.3f} {(~answered)[~has_answer].mean():6.3f} "
            f"{(~answered)[has_answer].mean():6.3f}{mark}"
        )


def write(found: Fit, path: Path) -> None:
    develop = [row for row in found.rows if row.develop]
    sources = sorted({f"{row.group}, {row.kind}" for row in develop})
    stored = {
        "fitted_by": "scripts/fit_answerability.py",
        "fitted_on": [*sources, f"of {SPLIT_SET} only the documents in the first half by digest"],
        "rows": len(develop),
        "intercept": found.calibration.intercept,
        "weights": found.calibration.weights,
        "threshold": found.calibration.threshold,
    }
    path.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def read_rows(path: Path) -> list[Row]:
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        stored = json.loads(line)
        stored["kind"] = Kind(stored["kind"])
        stored["features"] = Features(**stored["features"])
        rows.append(Row(**stored))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(dest="command", required=True)
    collecting = commands.add_parser("collect")
    collecting.add_argument("data", type=Path)
    collecting.add_argument("--work", type=Path, required=True, help="empty folder for the ingested sets")
    collecting.add_argument("--rows", type=Path, required=True)
    fitting = commands.add_parser("fit")
    fitting.add_argument("rows", type=Path)
    fitting.add_argument("--write", action="store_true", help="store it as the decision that is used")
    arguments = parser.parse_args()
    if arguments.command == "collect":
        with arguments.rows.open("w", encoding="utf-8") as stream:
            for row in collect(arguments.data, arguments.work):
                stream.write(json.dumps(asdict(row)) + "\n")
        return
    found = fit(read_rows(arguments.rows))
    report(found)
    if arguments.write:
        write(found, STORED)


if __name__ == "__main__":
    main()
