"""Both gates of quiz items on items with right and wrong keys and the lessons that they belong to.

What the key gate catches, as a curve, on the half of the lessons that it was fitted on and on the half that nothing was
fitted on; and what the shape gate finds in items as people published them.

    python -m benchmarks.quiz_gates [--data ../shared/data/quiz-dev] [--cache FOLDER]

Two controls say what the key gate lives on. Each item is judged with another lesson of its own course: keys should be
refused, and what scores still tell there (without asking whether the lesson speaks of the item at all) they tell from
wording alone. And a gate that believes in the longest option shows how far length goes.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from assistant.facts import names
from assistant.remembered_vectors import RememberedVectors
from assistant.words import content_words
from authoring.claim import Claim
from authoring.item_key import KeyGate
from authoring.item_set import longest_key_rate
from authoring.item_shape import check_shape
from authoring.item_truth import is_judged
from authoring.key_calibration import FITTED
from authoring.key_positions import key_positions
from authoring.quiz_item import GAP, ItemKind, Option, QuizItem
from authoring.truth_signals import weigh_statement
from corpus.embedder import Embedder
from corpus.onnx_embedder import OnnxEmbedder
from evals.bootstrap import Floats, draws, interval_of
from scripts.fit_item_keys import LabelledLine, develops, read_labelled
from scripts.fit_verification import Change, changed

DATA = Path("../shared/data/quiz-dev")
SEED = 7
FALSE_ALARMS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
STRANGERS = ("Contoso", "Marvin", "Bluebird")
"""Names that no lesson has."""
_FEWEST_WORDS = 7
_PER_LESSON = 8
_DISTRACTORS = 3
OTHER_LESSON = 5
"""Lessons further on in the same course; the next ones speak of nearly the same."""
ANSWERED_BY_LENGTH = "the longest option"


@dataclass(frozen=True, slots=True)
class Scored:
    line: LabelledLine
    score: float


def judged(lines: Sequence[LabelledLine], gate: KeyGate) -> list[Scored]:
    ordered = sorted(lines, key=lambda one: one.line.document)
    return [Scored(one, gate.judge(one.item, one.passages).score) for one in ordered]


def with_another_lesson(lines: Sequence[LabelledLine]) -> list[LabelledLine]:
    lessons = {one.line.document: one.passages for one in lines}
    courses: dict[str, list[str]] = {}
    for document in sorted(lessons):
        courses.setdefault(document.rpartition("/")[0], []).append(document)
    other = {
        document: lessons[documents[(place + OTHER_LESSON) % len(documents)]]
        for documents in courses.values()
        for place, document in enumerate(documents)
    }
    return [replace(one, passages=other[one.line.document]) for one in lines]


def by_length(lines: Sequence[LabelledLine]) -> list[Scored]:
    """How much longer the key is than the longest other option, in words with a meaning."""
    found = []
    for one in lines:
        lengths = [len(content_words(option.claim.text)) for option in one.item.options]
        keys = [place for place, option in enumerate(one.item.options) if option.is_key]
        weakest = min(keys, key=lambda place: lengths[place])
        others = [length for place, length in enumerate(lengths) if place != weakest]
        found.append(Scored(one, (lengths[weakest] + 1) / (lengths[weakest] + max(others) + 2)))
    return found


def curve(scored: Sequence[Scored], title: str) -> None:
    """At each share of false alarms, the share of wrong keys caught: 95 % intervals from resampling lessons."""
    right = np.array([one.line.is_right for one in scored])
    scores = np.array([one.score for one in scored])
    drawn = draws([one.line.line.document for one in scored], SEED)
    _say(f"\n{title}: {int(right.sum())} right keys, {int((~right).sum())} wrong ones, AUC {_auc(scores, right):.3f}")
    _say(f"  {'least score':>11}  {'false alarms':>24}  {'wrong keys caught':>24}")
    for wanted in FALSE_ALARMS:
        ordered = np.sort(scores[right])
        threshold = float(ordered[int(wanted * len(ordered))])
        _say(_point(scores, right, threshold, drawn))
    _say(_point(scores, right, FITTED.least_score, drawn) + "  <- in use")


def _point(scores: Floats, right: "np.ndarray[tuple[int], np.dtype[np.bool_]]", threshold: float, drawn: Floats) -> str:
    refused = (scores < threshold).astype(np.float64)
    shares = []
    for of in (right, ~right):
        share = float(refused[of].mean())
        resampled = (drawn[:, of] @ refused[of]) / drawn[:, of].sum(axis=1)
        interval = interval_of(resampled)
        shares.append(f"{share:.3f} [{interval.low:.3f}, {interval.high:.3f}]" if interval else f"{share:.3f}")
    return f"  {threshold:>11.3f}  {shares[0]:>24}  {shares[1]:>24}"


def _auc(scores: Floats, right: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    good, bad = scores[right][:, None], scores[~right][None]
    return float((good > bad).mean() + (good == bad).mean() / 2)


PARTS: dict[str, Callable[[LabelledLine], bool]] = {
    "true/false": lambda one: is_judged(one.item),
    "options, iot": lambda one: not is_judged(one.item) and "iot" in one.tags,
    "options, builders-hub": lambda one: "builders-hub" in one.tags,
    "  of these with one key": lambda one: bool(one.tags & {"after", "true-key", "false-key"}),
    "  of these as first published": lambda one: bool(one.tags & {"after", "before"}),
}


def parts(scored: Sequence[Scored]) -> None:
    _say(f"  {'of these':30}{'right':>7}{'refused':>9}{'wrong':>7}{'caught':>9}")
    for name, belongs in PARTS.items():
        own = [one for one in scored if belongs(one.line)]
        counts = Counter((one.line.is_right, one.score < FITTED.least_score) for one in own)
        right, wrong = (counts[kind, True] + counts[kind, False] for kind in (True, False))
        refused, caught = counts[True, True] / max(1, right), counts[False, True] / max(1, wrong)
        _say(f"  {name:30}{right:>7}{refused:>9.3f}{wrong:>7}{caught:>9.3f}")


def made_statements(lines: Sequence[LabelledLine], embedder: Embedder) -> None:
    """Statements as a drafter makes them: sentences of the lessons as they are, and with one change that falsifies."""
    found: dict[str, list[bool | None]] = {}
    gate = KeyGate(embedder)
    for passages in {one.line.document: one.passages for one in lines}.values():
        material = gate.read(passages)
        sentences = [said for said in material.statements if len(said.split()) >= _FEWEST_WORDS and said[-1] == "."]
        for said in sentences[:: max(1, len(sentences) // _PER_LESSON)][:_PER_LESSON]:
            for change, text in ((Change.NONE, said), *changed(said, STRANGERS)):
                found.setdefault(change, []).append(weigh_statement(text, material, embedder).settled)
    _say("\n  statements made from the lessons' own sentences: taken for true, for false, left to signals")
    for name, settled in found.items():
        true, false, open_ = (settled.count(kind) / len(settled) for kind in (True, False, None))
        _say(f"    {name:42}{len(settled):>5}{true:>8.3f}{false:>8.3f}{open_:>8.3f}")


def made_clozes(lines: Sequence[LabelledLine], gate: KeyGate) -> None:
    """Gaps as a drafter makes them: a value of a sentence taken out, other values of the lesson beside it."""
    verdicts: dict[bool, list[bool]] = {True: [], False: []}
    for passages in {one.line.document: one.passages for one in lines}.values():
        sentences = [said for said in gate.read(passages).statements if len(said.split()) >= _FEWEST_WORDS]
        own = [(said, list(dict.fromkeys(_values(said)))) for said in sentences]
        every = list(dict.fromkeys(value for _, values in own for value in values))
        telling = [(said, values[-1]) for said, values in own if values]
        for said, value in telling[:: max(1, len(telling) // _PER_LESSON)][:_PER_LESSON]:
            others = [other for other in every if other.isdigit() == value.isdigit() and other not in said]
            if len(others) < _DISTRACTORS:
                continue
            texts = [value, *others[:_DISTRACTORS]]
            stem = said.replace(value, GAP)
            for key in range(len(texts)):
                options = tuple(Option(Claim(str(at), text), is_key=at == key) for at, text in enumerate(texts))
                item = QuizItem("made", ItemKind.CLOZE, Claim("stem", stem), options)
                verdicts[key == 0].append(gate.judge(item, passages).ok)
    refused, caught = 1 - np.mean(verdicts[True]), 1 - np.mean(verdicts[False])
    _say(f"  gaps made in the lessons' own sentences, {len(verdicts[True])}: {refused:.3f} of right keys refused,")
    _say(f"    {caught:.3f} of {len(verdicts[False])} wrong keys caught")


def _values(said: str) -> Iterator[str]:
    yield from re.findall(r"(?<![\w.,-])\d+(?![\w-]|[.,]\d)", said)
    yield from (name for name in names(said) if name.isalpha())


def shape(lines: Sequence[LabelledLine]) -> None:
    """Of items as people published them (or repaired them)."""
    human = [one for one in lines if one.tags & {"as-published", "after"}]
    for course in ("iot", "builders-hub"):
        items = [one.item for one in human if course in one.tags]
        findings = [check_shape(item) for item in items]
        flawed = [sum(len(found) >= least for found in findings) / len(items) for least in (1, 2)]
        positions = key_positions(items)
        _say(f"\nshape of {len(items)} items of {course} with the right key")
        _say(f"  with a flaw {flawed[0]:.3f}, with two or more {flawed[1]:.3f}")
        _say(
            f"  keys at places {positions.counts} of {positions.items} items with options: "
            f"chi-square {positions.chi_square:.2f} (df {positions.freedom}), p {positions.p:.3f}"
        )
        _say(f"  longest-key rate {longest_key_rate(items):.3f}")
        for rule, count in Counter(finding.rule for found in findings for finding in found).most_common():
            _say(f"    {rule.value:34}{count:>4}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/groundwork").expanduser())
    arguments = parser.parse_args()
    embedder = RememberedVectors(OnnxEmbedder(arguments.cache, threads=2), limit=100_000)
    lines = read_labelled(arguments.data, embedder)
    gate = KeyGate(embedder)
    began = perf_counter()
    every = judged(lines, gate)
    _say(f"{len(every)} items judged in {perf_counter() - began:.0f} s")
    another = with_another_lesson(lines)
    others = judged(another, gate)
    unasked = judged(another, KeyGate(embedder, calibration=replace(FITTED, least_nearness=0.0)))
    for fitted_on in (True, False):
        half = "fitted on" if fitted_on else "held aside"
        own = [one for one in every if develops(one.line.line.document) is fitted_on]
        curve(own, f"key gate, half {half}")
        parts(own)
        made_statements([one.line for one in own], embedder)
        made_clozes([one.line for one in own], gate)
        other = [one for one in others if develops(one.line.line.document) is fitted_on]
        refused = sum(one.score < FITTED.least_score for one in other) / len(other)
        _say(f"  control, another lesson: {refused:.3f} of all keys refused")
        for name, wants in (("options", False), ("true/false", True)):
            told = [one for one in unasked if develops(one.line.line.document) is fitted_on]
            told = [one for one in told if is_judged(one.line.item) is wants]
            right = np.array([one.line.is_right for one in told])
            _say(f"  control, another lesson, {name}: AUC {_auc(np.array([one.score for one in told]), right):.3f}")
        curve(by_length([one.line for one in own]), f"control, half {half}: {ANSWERED_BY_LENGTH}")
    shape(lines)


if __name__ == "__main__":
    main()
