"""The key gate: exactly one option of an item is supported by its evidence, and it is the one marked as the key.

Shape does not tell a wrong key, so this gate is separate from `authoring/item_shape.py`. Without a language model the
options are compared by how well the evidence agrees with each; with one, the item is also answered blind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from assistant.model_budget import Boundless, Budget
from assistant.remembered_vectors import RememberedVectors
from assistant.words import content_words
from authoring.blind_answer import BlindAnswering, UnreadableAnswer
from authoring.claim import Claim, Stance
from authoring.item_statement import bare_stem, statement_of
from authoring.item_truth import is_judged, truth_of
from authoring.key_calibration import FITTED, KeyCalibration
from authoring.option_signals import WeighedOption, asks_what_is_not, weigh_options
from authoring.quiz_item import ItemKind, QuizItem
from authoring.quoted_passage import quoted_passage
from authoring.read_material import ReadMaterial
from authoring.truth_signals import WeighedStatement, weigh_statement
from corpus.embedder import Embedder
from corpus.passage import Passage

BLIND_CHUNKS = 8
"""So many of the nearest chunks a language model answers from."""

STEM_WORDS_WEIGH = 0.3
"""What the share of an item's words counts beside the cosine, where it is asked whether the material speaks of it."""

LEAST_IN_PLACE = 0.5
"""Share of an accepted answer's words near the stem, of steps in order, of pairs that belong together."""

SETTLED = 0.97
"""How likely a statement is true that the material says word for word, an item's with one of its options too."""

SHOWN_WORDS = 4
SHOWN_CHARACTERS = 160
NO_ANSWER = Boundless()


@dataclass(frozen=True, slots=True)
class KeyJudgement:
    """`score` is how well the evidence agrees with the key, 0 to 1; `reason` says why, in the words that decided."""

    ok: bool
    score: float
    reason: str


class KeyGate:
    """May be called from several threads. Remembers the vectors of what it has read, and the last material."""

    def __init__(
        self, embedder: Embedder, blind: BlindAnswering | None = None, calibration: KeyCalibration = FITTED
    ) -> None:
        self._embedder = RememberedVectors(embedder)
        self._blind = blind
        self._calibration = calibration
        self._last: tuple[tuple[str, ...], ReadMaterial] | None = None

    def judge(self, item: QuizItem, passages: Sequence[Passage], budget: Budget = NO_ANSWER) -> KeyJudgement:
        """`passages`: what the item may be answered from; its own quotes where there are none.

        Neither rationales nor which option is said to be right elsewhere is looked at. Raises `Unavailable` when the
        embedder or the language model cannot be reached, `BudgetSpent`.
        """
        if not item.keys:
            return KeyJudgement(ok=False, score=0.0, reason="No option is marked as the key. Mark one.")
        material = self.read(passages or _bound(item))
        if material.is_empty:
            return KeyJudgement(ok=False, score=0.0, reason="There is no evidence to hold the item against. Bind it.")
        judged = self._by_evidence(item, material)
        return judged if self._blind is None else self._answered_blind(judged, item, material, self._blind, budget)

    def read(self, passages: Sequence[Passage]) -> ReadMaterial:
        said = tuple(
            text
            for passage in passages
            for text in (passage.title, *passage.headings, *(chunk.text for chunk in passage.chunks))
        )
        last = self._last
        if last is None or last[0] != said:
            last = (said, ReadMaterial(passages, self._embedder))
            self._last = last
        return last[1]

    def nearness(self, item: QuizItem, material: ReadMaterial) -> float:
        """How much the material speaks of what the item asks."""
        stem = bare_stem(item.stem.text)
        said = [stem] if is_judged(item) else [statement_of(stem, option.claim.text) for option in item.options]
        vectors = self._embedder.embed([stem, *said])
        cosine = max(
            float((material.statement_vectors @ vectors.T).max()), float((material.chunk_vectors @ vectors.T).max())
        )
        asked = content_words(stem)
        return cosine + STEM_WORDS_WEIGH * max(material.share(asked, own) for own in material.chunk_words)

    def _by_evidence(self, item: QuizItem, material: ReadMaterial) -> KeyJudgement:
        if self.nearness(item, material) < self._calibration.least_nearness:
            stem = _shown(item.stem.text)
            return KeyJudgement(ok=False, score=0.0, reason=f"The evidence does not speak of what is asked: “{stem}”.")
        if is_judged(item):
            return self._by_truth(item, material)
        if item.kind is ItemKind.ORDERING:
            return self._by_order(item, material)
        return self._by_pairs(item, material) if item.kind is ItemKind.MATCHING else self._by_options(item, material)

    def _by_options(self, item: QuizItem, material: ReadMaterial) -> KeyJudgement:
        given = _given_by_stem(item)
        if given is not None:
            reason = f"The stem itself says “{_shown(given)}”, so it is answered without the evidence."
            return KeyJudgement(ok=False, score=0.0, reason=reason)
        return self._by_comparison(item, material) if item.distractors else self._by_presence(item, material)

    def _by_truth(self, item: QuizItem, material: ReadMaterial) -> KeyJudgement:
        weighed = weigh_statement(item.stem.text, material, self._embedder)
        likely = self._calibration.truth_of(weighed.signals)
        if weighed.settled is not None:
            likely = SETTLED if weighed.settled else 1 - SETTLED
        said = {truth_of(option.claim.text) for option in item.keys}
        if len(said) != 1:
            return KeyJudgement(ok=False, score=0.0, reason="The statement is marked as true and as false. Mark one.")
        score = likely if said == {True} else 1 - likely
        claims = _nearest(weighed)
        verdict = "true" if likely >= 0.5 else "false"
        if score >= self._calibration.least_score:
            return KeyJudgement(ok=True, score=score, reason=claims)
        return KeyJudgement(ok=False, score=score, reason=f"The statement seems {verdict}, against the key. {claims}")

    def _by_comparison(self, item: QuizItem, material: ReadMaterial) -> KeyJudgement:
        texts = [option.claim.text for option in item.options]
        weighed = weigh_options(item.stem.text, texts, material, self._embedder)
        supports = [self._calibration.support(option.signals) for option in weighed]
        turned = asks_what_is_not(item.stem.text)
        if turned:
            supports = [-support for support in supports]
        keys = [place for place, option in enumerate(item.options) if option.is_key]
        weakest = min(keys, key=lambda place: supports[place])
        # Of several keys the weakest must stand up to the others too: one that only looks right is found by it.
        others = [place for place in range(len(texts)) if place != weakest]
        rival = max(others, key=lambda place: supports[place])
        score = float(1 / (1 + np.exp(supports[rival] - supports[weakest])))
        said = [place for place, text in enumerate(texts) if material.says(statement_of(item.stem.text, text))]
        if len(said) == 1 and not turned:
            # The item is a sentence of the material: with this option, and with no other.
            score = SETTLED if said == keys else 1 - SETTLED
            rival = said[0]
            weakest = next((place for place in keys if place != rival), weakest)
        ok = score >= self._calibration.least_score
        for_key = _found(texts[weakest], weighed[weakest])
        if ok:
            return KeyJudgement(ok=True, score=score, reason=f"The evidence agrees with the key. {for_key}")
        than = f"the key “{_shown(texts[weakest])}”"
        reason = f"The evidence agrees more with “{_shown(texts[rival])}” than with {than}."
        return KeyJudgement(ok=False, score=score, reason=f"{reason} {_found(texts[rival], weighed[rival])} {for_key}")

    def _by_presence(self, item: QuizItem, material: ReadMaterial) -> KeyJudgement:
        """Of accepted answers one at least stands near what is asked; the others are other ways to say it."""
        asked = bare_stem(item.stem.text)
        near = material.near_chunks(content_words(asked), self._embedder.embed([asked])[0])
        around = frozenset().union(*(material.chunk_words[chunk] for chunk in near))
        shares = [_share(material, option.claim.text, around) for option in item.keys]
        best = item.keys[int(np.argmax(shares))].claim.text
        if max(shares) >= LEAST_IN_PLACE:
            return KeyJudgement(ok=True, score=max(shares), reason=f"The evidence says “{_shown(best)}” there.")
        reason = f"The evidence near what is asked does not say “{_shown(best)}”."
        return KeyJudgement(ok=False, score=max(shares), reason=reason)

    def _by_order(self, item: QuizItem, material: ReadMaterial) -> KeyJudgement:
        places = [_place(material, option.claim.text, self._embedder) for option in item.options]
        wrong = [place for place, (one, other) in enumerate(pairwise(places)) if one > other]
        score = 1 - len(wrong) / max(1, len(places) - 1)
        if not wrong:
            return KeyJudgement(ok=True, score=score, reason="The evidence has the steps in this order.")
        one, other = (item.options[wrong[0] + step].claim.text for step in (0, 1))
        reason = f"The evidence has “{_shown(other)}” before “{_shown(one)}”."
        return KeyJudgement(ok=False, score=score, reason=reason)

    def _by_pairs(self, item: QuizItem, material: ReadMaterial) -> KeyJudgement:
        matches = list(dict.fromkeys(option.match for option in item.options))
        wrong: list[str] = []
        for option in item.options:
            support = [_together(material, option.claim.text, match) for match in matches]
            if support[matches.index(option.match)] < max(support) or not max(support):
                wrong.append(f"“{_shown(option.claim.text)}” and “{_shown(option.match)}”")
        score = 1 - len(wrong) / len(item.options)
        if not wrong:
            return KeyJudgement(ok=True, score=score, reason="The evidence says of each pair that it belongs together.")
        return KeyJudgement(ok=False, score=score, reason=f"The evidence does not have {wrong[0]} together.")

    def _answered_blind(
        self, judged: KeyJudgement, item: QuizItem, material: ReadMaterial, blind: BlindAnswering, budget: Budget
    ) -> KeyJudgement:
        """Disagreement with the key blocks; agreement lets nothing through that the evidence speaks against."""
        if item.kind in (ItemKind.ORDERING, ItemKind.MATCHING) or not item.distractors:
            return judged
        texts = [option.claim.text for option in item.options]
        stem = bare_stem(item.stem.text)
        near = material.nearest_chunks(content_words(stem), self._embedder.embed([stem])[0])[:BLIND_CHUNKS]
        try:
            answer = blind.answer(item.stem.text, texts, [material.chunks[chunk] for chunk in sorted(near)], budget)
        except UnreadableAnswer as error:
            reason = f"{blind.name} could not check it: its reply was twice not of the form asked for ({error})"
            return KeyJudgement(ok=False, score=0.0, reason=reason)
        keys = frozenset(place for place, option in enumerate(item.options) if option.is_key)
        if answer.options == keys:
            return judged
        chosen = " / ".join(f"“{_shown(texts[place])}”" for place in sorted(answer.options)) or "none of the options"
        quoted = f", because of “{_shown(answer.quote)}”" if answer.quote else ""
        return replace(
            judged, ok=False, score=0.0, reason=f"{blind.name}, not knowing the key, chose {chosen}{quoted}."
        )


def _bound(item: QuizItem) -> list[Passage]:
    """The quotes of stem and options as passages. Where a distractor's words are from is no evidence."""
    quotes: dict[str, Passage] = {}
    for claim in _asserted(item):
        for evidence in claim.evidence:
            if evidence.stance is not Stance.TAKEN_FROM and evidence.quote not in quotes:
                quotes[evidence.quote] = quoted_passage(evidence, len(quotes))
    return list(quotes.values())


def _asserted(item: QuizItem) -> Iterator[Claim]:
    yield item.stem
    for option in item.options:
        yield option.claim


def _given_by_stem(item: QuizItem) -> str | None:
    """The key, if the stem says all its words and no distractor's."""
    asked = set(content_words(item.stem.text))
    said = [set(content_words(option.claim.text)) for option in item.options]
    if any(words and words <= asked for words, option in zip(said, item.options, strict=True) if not option.is_key):
        return None
    for words, option in zip(said, item.options, strict=True):
        if option.is_key and words and words <= asked:
            return option.claim.text
    return None


def _share(material: ReadMaterial, text: str, around: frozenset[str]) -> float:
    own = content_words(text)
    return material.share(own, around) if own else float(material.says(text))


def _place(material: ReadMaterial, step: str, embedder: Embedder) -> int:
    return material.near_statements(content_words(step), embedder.embed([step])[0])[0]


def _together(material: ReadMaterial, text: str, match: str) -> float:
    one, other = content_words(text), content_words(match)
    return max(material.share(one, said) * material.share(other, said) for said in material.statement_words)


def _nearest(weighed: WeighedStatement) -> str:
    found = f"The nearest evidence is “{_shown(weighed.statement)}”"
    if weighed.against:
        return f"{found}, and {weighed.against}."
    unsaid = ", ".join(f"“{word}”" for word in weighed.words[:SHOWN_WORDS])
    return f"{found}; it does not say {unsaid}." if unsaid else f"{found}."


def _found(option: str, weighed: WeighedOption) -> str:
    words = ", ".join(weighed.words[:SHOWN_WORDS]) or "none of its words"
    return f"Of “{_shown(option)}” it says {words} near what is asked; nearest is “{_shown(weighed.statement)}”."


def _shown(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= SHOWN_CHARACTERS else f"{said[: SHOWN_CHARACTERS - 1].rstrip()}…"
