"""Measures verification on sentences that people and models wrote, as they are and corrupted, and fits its threshold.

Sentences of reference answers are checked against their gold passage (they should pass), against the most similar other
passage, and after one change: a number, a name, a negation, an opposite (they should not). The threshold of meaning is
chosen on the documents in the first half by digest and reported on the others.

    .venv/bin/python -m scripts.fit_verification ../shared/data --cache FOLDER
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.composer import DraftSentence
from assistant.facts import missing_facts, names
from assistant.model_composer import find_support
from assistant.polarity import contradiction
from assistant.qualifiers import changed_condition
from assistant.remembered_vectors import RememberedVectors
from assistant.roles import exchanged_roles
from assistant.sentences import sentence_spans
from assistant.verification import MEANING, MeaningThreshold, Verifier, unsupported_part
from corpus.chunk import ChunkKind
from corpus.embedder import Embedder
from corpus.onnx_embedder import OnnxEmbedder
from corpus.passage import Passage, PassageChunk

SETS = ("clapnq-dev", "anthropic-docs")
MOST_UNRELATED_PASSED = 0.04
LEAST_WORDS = 5
COSINE_WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7)


class Change(StrEnum):
    NONE = "as written"
    UNRELATED = "cited to the most similar other passage"
    NUMBER = "a number changed"
    NAME = "a name changed"
    NEGATION = "negated, or its negation taken out"
    OPPOSITE = "a word turned into its opposite"
    CONDITION = "a condition of a value changed"
    PART = "a part of another answer joined to it"


@dataclass(frozen=True, slots=True)
class Pair:
    change: Change
    develop: bool
    sentence: str
    quotes: tuple[str, ...]
    passed_facts: bool
    passed_polarity: bool
    passed_others: bool
    """Conditions of values, roles of names, and no part without support."""
    verbatim: bool
    cosine: float
    shared: float

    def passes(self, threshold: MeaningThreshold) -> bool:
        return self.verbatim or (
            self.passed_facts
            and self.passed_polarity
            and self.passed_others
            and self.cosine >= threshold.least_cosine
            and threshold.cosine_weight * self.cosine + (1 - threshold.cosine_weight) * self.shared
            >= threshold.least_support
        )


_OPPOSITES = dict(
    pair.split(":")
    for pair in """
    increased:decreased decreased:increased before:after after:before all:no always:never never:always more:less
    less:more first:last last:first maximum:minimum minimum:maximum above:below below:above high:low low:high
    higher:lower lower:higher can:cannot include:exclude includes:excludes most:least won:lost
    """.split()
)
_VERBS = re.compile(r"\b(is|are|was|were|can|must|should|will|may|has|have|had|does)\b(?!\s+(?:not|n't))")
_NEGATED = re.compile(r"\b(is|are|was|were|can|must|should|will|may|has|have|had|does|do|did)\s+not\b|\bnever\b")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?![\w-]|[.,]\d)")


def changed(sentence: str, strangers: Sequence[str]) -> Iterator[tuple[Change, str]]:
    number = _NUMBER.search(sentence)
    if number is not None:
        yield Change.NUMBER, sentence[: number.start()] + str(int(number[0]) + 7) + sentence[number.end() :]
    own = [name for name in names(sentence) if name.isalpha() and not name.isupper()]
    if own and strangers:
        yield Change.NAME, re.sub(rf"\b{re.escape(own[0])}\b", strangers[_digest(sentence) % len(strangers)], sentence)
    if _NEGATED.search(sentence):
        yield Change.NEGATION, _NEGATED.sub(lambda match: match[1] or "always", sentence, count=1)
    elif _VERBS.search(sentence):
        yield Change.NEGATION, _VERBS.sub(r"\1 not", sentence, count=1)
    for word in sentence.split():
        if word in _OPPOSITES:
            yield Change.OPPOSITE, re.sub(rf"\b{word}\b", _OPPOSITES[word], sentence, count=1)
            return


_CONDITIONS = (
    (re.compile(r"\bat least (?=\S*\d)"), "at most "),
    (re.compile(r"\bup to (?=\S*\d)"), "at least "),
    (re.compile(r"\b(?:more than|over|exceeding) (?=\S*\d)"), "less than "),
    (re.compile(r"\b(?:less than|fewer than|under|within) (?=\S*\d)"), "more than "),
    (re.compile(r"\b(?:since|after|from) (?=(?:[A-Z]\w+ )?\d)"), "until "),
    (re.compile(r"\b(?:until|before|by) (?=(?:[A-Z]\w+ )?\d)"), "since "),
    (re.compile(r"\bper (?:month|day|hour|week)\b"), "per year"),
    (re.compile(r"\b(?:per|each|every) year\b"), "per month"),
)
_PLAIN_PART = re.compile(r"(?<=^)[^,;\d]{15,80}(?=$)")


def with_condition_changed(sentence: str) -> str | None:
    for pattern, other in _CONDITIONS:
        if pattern.search(sentence):
            return pattern.sub(other, sentence, count=1)
    return None


def joined(sentence: str, other: str) -> str | None:
    """`other` as the second half of the sentence, if it has no number and no name: these would be noticed anyway."""
    plain = other.strip().rstrip(".")
    if _PLAIN_PART.match(plain) is None or names(f"{plain[0].lower()}{plain[1:]}"):
        return None
    return f"{sentence.rstrip('. ')} and {plain[0].lower()}{plain[1:]}."


def collect(data: Path, embedder: Embedder) -> Iterator[Pair]:
    for name in SETS:
        passages = _read_passages(data / name)
        ids = list(passages)
        vectors = embedder.embed([f"{passages[key].title}\n{passages[key].text}" for key in ids])
        before, before_gold = "", [""]
        for gold, sentence in _read_references(data / name):
            develop = _digest(gold[0]) % 2 == 0
            own = [passages[key] for key in gold]
            yield _pair(Change.NONE, develop, sentence, own, embedder)
            similar = vectors @ embedder.embed([sentence])[0]
            similar[[ids.index(key) for key in gold]] = -1
            other = passages[ids[int(np.argmax(similar))]]
            yield _pair(Change.UNRELATED, develop, sentence, [other], embedder)
            known = " ".join(f"{passage.title} {passage.text}" for passage in own).casefold()
            strangers = [name for name in names(other.text) if name.casefold() not in known]
            for change, text in changed(sentence, strangers):
                yield _pair(change, develop, text, own, embedder)
            condition = with_condition_changed(sentence)
            if condition is not None:
                yield _pair(Change.CONDITION, develop, condition, own, embedder)
            longer = joined(sentence, before) if before and before_gold != gold else None
            if longer is not None:
                yield _pair(Change.PART, develop, longer, own, embedder)
            before, before_gold = sentence, gold


def _read_passages(folder: Path) -> dict[str, Passage]:
    pool = folder / "documents" / "passages.jsonl"
    if pool.exists():
        stored = [json.loads(line) for line in pool.read_text(encoding="utf-8").splitlines()]
        texts = [(line["id"], line["title"], line["text"]) for line in stored]
    else:
        files = sorted((folder / "documents").glob("*.md"))
        texts = [(f"documents/{path.name}", path.stem, path.read_text(encoding="utf-8")) for path in files]
    return {
        key: Passage(
            document_id=number,
            version_id=number,
            document_name=key,
            title=title,
            media_type="text/plain",
            language="en",
            headings=(),
            kind=ChunkKind.PROSE,
            chunks=(PassageChunk(number, 0, text, ()),),
            score=1.0,
            cosine=1.0,
            keywords=1.0,
        )
        for number, (key, title, text) in enumerate(texts)
    }


def _read_references(folder: Path) -> Iterator[tuple[list[str], str]]:
    """Gold documents and a sentence of the reference answer."""
    for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        gold = list(dict.fromkeys(evidence["document"] for evidence in case["evidence"]))
        answer = case["expected_answer"] or ""
        if case["answerable"] == "yes" and gold:
            for span in sentence_spans(answer, 0, len(answer)):
                sentence = answer[span.start : span.end]
                if len(sentence.split()) >= LEAST_WORDS:
                    yield gold, sentence


def _pair(change: Change, develop: bool, sentence: str, passages: Sequence[Passage], embedder: Embedder) -> Pair:
    quotes = find_support(sentence, passages, embedder)
    texts = tuple(quote.text for quote in quotes)
    verdict = Verifier(embedder).verify(DraftSentence(sentence, quotes), passages)
    kept = tuple(quote.text for quote in verdict.quotes) or texts
    cosine, shared = Verifier(embedder).support(sentence, kept) if kept else (0.0, 0.0)
    titles = [passage.title for passage in passages]
    return Pair(
        change=change,
        develop=develop,
        sentence=sentence,
        quotes=kept,
        passed_facts=not missing_facts(sentence, kept, titles),
        passed_polarity=contradiction(sentence, kept) is None,
        passed_others=changed_condition(sentence, kept, titles) is None
        and exchanged_roles(sentence, kept) is None
        and unsupported_part(sentence, [*kept, *titles]) is None,
        verbatim=" ".join(sentence.split()) == " ".join(" ".join(kept).split()),
        cosine=cosine,
        shared=shared,
    )


def fit(pairs: Sequence[Pair]) -> MeaningThreshold:
    """Of those that let at most `MOST_UNRELATED_PASSED` of the unrelated pass, the one that keeps most others."""
    develop = [pair for pair in pairs if pair.develop]
    written = [pair for pair in develop if pair.change is Change.NONE]
    unrelated = [pair for pair in develop if pair.change is Change.UNRELATED]
    best, kept = MEANING, -1.0
    for weight in COSINE_WEIGHTS:
        for least in np.round(np.arange(0.3, 0.9, 0.01), 2):
            threshold = MeaningThreshold(weight, float(least), MEANING.least_cosine)
            if _share(unrelated, threshold) <= MOST_UNRELATED_PASSED:
                if _share(written, threshold) > kept:
                    best, kept = threshold, _share(written, threshold)
                break
    return best


def _share(pairs: Sequence[Pair], threshold: MeaningThreshold) -> float:
    return float(np.mean([pair.passes(threshold) for pair in pairs])) if pairs else 0.0


def report(pairs: Sequence[Pair], fitted: MeaningThreshold) -> None:
    _say(f"fitted {fitted}\nin use {MEANING}")
    for develop in (True, False):
        part = [pair for pair in pairs if pair.develop is develop]
        _say(f"\n{'development' if develop else 'held out'}: share that passes, and by which check the others fall")
        for change in Change:
            own = [pair for pair in part if pair.change is change]
            facts = np.mean([not pair.verbatim and not pair.passed_facts for pair in own])
            polarity = np.mean([not pair.verbatim and pair.passed_facts and not pair.passed_polarity for pair in own])
            others = np.mean(
                [
                    not pair.verbatim and pair.passed_facts and pair.passed_polarity and not pair.passed_others
                    for pair in own
                ]
            )
            passed = _share(own, MEANING)
            _say(
                f"  {change:45} n {len(own):4}  passes {passed:.3f}  "
                f"facts {facts:.3f}  polarity {polarity:.3f}  conditions, roles, parts {others:.3f}  "
                f"meaning {1 - passed - facts - polarity - others:.3f}"
            )
    held_out = [
        pair for pair in pairs if not pair.develop and pair.passed_facts and pair.passed_polarity and pair.passed_others
    ]
    written, unrelated = (
        [pair for pair in held_out if pair.change is change] for change in (Change.NONE, Change.UNRELATED)
    )
    _say("\nheld out, of what the other checks let through: least support, as written, unrelated")
    for least in np.round(np.arange(0.3, 0.9, 0.05), 2):
        threshold = MeaningThreshold(MEANING.cosine_weight, float(least), MEANING.least_cosine)
        _say(f"  {least:.2f}  {_share(written, threshold):.3f}  {_share(unrelated, threshold):.3f}")
    _say(f"  area under the curve of meaning alone: {_area(written, unrelated):.3f}")


def _area(written: Sequence[Pair], unrelated: Sequence[Pair]) -> float:
    supported, other = _support(written), _support(unrelated)
    return float((supported[:, None] > other[None]).mean())


def _support(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    weight = MEANING.cosine_weight
    return np.array([weight * pair.cosine + (1 - weight) * pair.shared for pair in pairs])


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the prepared embedding model")
    parser.add_argument("--show", type=int, default=0, help="so many sentences as written that do not pass")
    arguments = parser.parse_args()
    pairs = list(collect(arguments.data, RememberedVectors(OnnxEmbedder(arguments.cache, threads=2))))
    report(pairs, fit(pairs))
    wrong = [pair for pair in pairs if pair.develop and pair.change is Change.NONE and not pair.passes(MEANING)]
    for pair in wrong[: arguments.show]:
        _say(f"\n{pair.sentence}\n  | {' | '.join(pair.quotes)}")
        _say(f"  facts {pair.passed_facts}, polarity {pair.passed_polarity}, {pair.cosine:.2f}, {pair.shared:.2f}")


if __name__ == "__main__":
    main()
