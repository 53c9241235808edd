"""Composes without a language model: picks the statements of the passages that answer, and says them verbatim."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from assistant.composer import DraftSentence
from assistant.direct_evidence import LEAST_ASKED, direct_statements, evidence_for_parts, parts_not_said
from assistant.instructions import addresses_a_model
from assistant.model_budget import Budget
from assistant.question import AsksFor, read_question
from assistant.question_parts import parts_of
from assistant.reading import Reading, ReadStatement, in_full, quotable, read
from assistant.sentences import QUESTION_MARKS, StatementKind, says_nothing_alone
from assistant.table_rows import ChosenRows, choose_rows
from assistant.words import content_words, words
from corpus.citation import Quote
from corpus.embedder import Embedder
from corpus.passage import Passage

NAME = "extractive"

MOST_SENTENCES = 4
MOST_ITEMS = 8
LEAST_ASKED_OF_ROWS = 0.6
"""Rows that a question names or chooses answer alone if they hold so much of what it says beyond the names, and no
sentence holds more of it."""

MOST_WORDS = 130
"""An answer grows no further once it has so many words."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What makes a statement worth saying. Chosen on development questions, see docs/evaluation.md."""

    similarity: float = 1.0
    beyond_topic: float = 0.1
    coverage: float = 0.2
    place: float = 3.0
    """Of the score that its chunk was found with."""
    fits: float = 0.35
    direct: float = 0.3
    """For holding all that the question says and what it asks for."""
    neighbour: float = 0.15
    redundancy: float = 0.2
    elsewhere: float = 0.2
    """Taken off a further statement that stands in another passage than the first."""
    margin: float = 0.2
    """A further statement must come this close to the first one's score."""


CHOSEN_WEIGHTS = Weights()

_REFERS_BACK = re.compile(
    r"(?:it|they|he|she|this|these|those|that|such|its|their|his|her|both|the latter|the former|here|there|however|"
    r"also|in addition|additionally|moreover|furthermore|therefore|thus|then|otherwise|instead|er|sie|es|dies|diese|"
    r"dieser|dieses|dabei|dafür|dazu|außerdem|jedoch|il|elle|ils|elles|cela|ceci|ce|celui-ci|ello|esto|eso|este|esta|estos|ellos|"
    r"hij|zij|het|dit|deze)\b",
    re.IGNORECASE,
)
_GREETING_WORDS = 2
"""A statement of fewer words says nothing by itself."""


@dataclass(frozen=True, slots=True)
class _Scored:
    found: ReadStatement
    score: float


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What answers parts of a question directly: rank and place of statements. `is_all`: nothing else could be said."""

    places: tuple[tuple[int, int], ...]
    is_all: bool


class ExtractiveComposer:
    def __init__(
        self, embedder: Embedder, weights: Weights = CHOSEN_WEIGHTS, remembering: Embedder | None = None
    ) -> None:
        """`remembering` embeds what passages say; questions are embedded anew, lest times tell what others read."""
        self._embedder = embedder
        self._remembering = remembering or embedder
        self._weights = weights

    @property
    def name(self) -> str:
        return NAME

    def compose(self, question: str, passages: Sequence[Passage], budget: Budget) -> Iterator[DraftSentence]:
        if not passages:
            return
        asked = read_question(question, self._embedder)
        reading = quotable(read(asked, passages, self._remembering))
        chosen = self._choose(reading)
        evidence = self._evidence(question, passages)
        if evidence is not None:
            reading = quotable(read(asked, passages, self._remembering, len(passages)))
            chosen = _joined(evidence, chosen, reading)
        said: set[tuple[int, int, int]] = set()
        for found in _with_their_context(chosen, reading):
            lead_in = found.statement.lead_in
            key = None if lead_in is None else (found.chunk.chunk_id, lead_in.start, lead_in.end)
            yield _draft(found, with_lead_in=key is not None and key not in said)
            if key is not None:
                said.add(key)
            said.add((found.chunk.chunk_id, found.statement.span.start, found.statement.span.end))

    def _evidence(self, question: str, passages: Sequence[Passage]) -> "_Evidence | None":
        """None where the question asks for one thing, or nothing answers a part of it directly."""
        parts = parts_of(question)
        found = evidence_for_parts(parts, passages, self._embedder, self._remembering)
        if not any(found):
            return None
        nowhere = parts_not_said(parts, passages)
        places = dict.fromkeys((each.rank, each.place) for one in found for each in one)
        return _Evidence(tuple(places), all(one or part in nowhere for part, one in zip(parts, found, strict=True)))

    def _choose(self, reading: Reading) -> list[ReadStatement]:
        """Best first."""
        rows = choose_rows(reading)
        if _rows_answer(rows, reading):
            return list(rows.rows[:MOST_ITEMS])
        about_others = {(found.rank, found.place) for found in rows.others}
        direct = {(found.rank, found.place) for found in direct_statements(reading, rows)}
        scored = sorted(
            (item for item in self._scored(reading, direct) if (item.found.rank, item.found.place) not in about_others),
            key=lambda item: (-item.score, item.found.rank, item.found.place),
        )
        if not scored:
            return []
        first = scored[0]
        chosen = [first.found]
        length = len(words(first.found.statement.text))
        weights = self._weights
        while len(chosen) < MOST_SENTENCES and length < MOST_WORDS:
            best: _Scored | None = None
            for item in scored[1:]:
                if item.found in chosen:
                    continue
                alike = max(float(item.found.vector @ other.vector) for other in chosen)
                if alike > _NEARLY_SAME or _repeats(item.found, chosen):
                    continue
                score = item.score - weights.redundancy * max(0.0, alike)
                if item.found.rank != first.found.rank:
                    score -= weights.elsewhere
                if score >= first.score - weights.margin and (best is None or score > best.score):
                    best = _Scored(item.found, score)
            if best is None:
                break
            chosen.append(best.found)
            length += len(words(best.found.statement.text))
        return chosen

    def _scored(self, reading: Reading, direct: Set[tuple[int, int]]) -> Iterator[_Scored]:
        weights = self._weights
        at = {(found.rank, found.place): found for found in reading.statements}
        asked = set(words(reading.question.text))
        for found in reading.statements:
            text = found.statement.text
            own = set(words(in_full(found.chunk, found.statement)))
            if len(own) < _GREETING_WORDS or own <= asked or addresses_a_model(text) or text.endswith(QUESTION_MARKS):
                continue
            if _only_announces(found, reading):
                continue
            around = [
                at[found.rank, place] for place in (found.place - 1, found.place + 1) if (found.rank, place) in at
            ]
            beside = max((other.similarity for other in around), default=0.0)
            before = at.get((found.rank, found.place - 1))
            similarity = found.similarity
            if before is not None and (
                before.statement.text.endswith(QUESTION_MARKS) or _only_announces(before, reading)
            ):
                similarity = max(similarity, before.similarity - _AFTER_QUESTION)
            score = (
                weights.similarity * similarity
                + weights.beyond_topic * found.beyond_topic
                + weights.coverage * found.coverage_in_place
                + weights.place * found.chunk.score
                + weights.neighbour * beside
            )
            if reading.question.asks_for not in (AsksFor.THING, AsksFor.REASON, AsksFor.WAY):
                score += weights.fits * found.fits
            if (found.rank, found.place) in direct:
                score += weights.direct
            yield _Scored(found, score)


_NEARLY_SAME = 0.93
_OWN_SHARE = 0.05
"""An item that holds so much more of the question than its lead-in is what the question is about."""
_AFTER_QUESTION = 0.1


def _rows_answer(rows: ChosenRows, reading: Reading) -> bool:
    if rows.asked >= LEAST_ASKED or not rows.rows:
        return bool(rows.rows)
    in_rows = max(found.coverage_in_place for found in rows.rows)
    in_prose = (
        found.coverage_in_place for found in reading.statements if found.statement.kind is not StatementKind.ROW
    )
    return rows.asked >= LEAST_ASKED_OF_ROWS and in_rows >= max(in_prose, default=0.0)


def _joined(evidence: _Evidence, chosen: Sequence[ReadStatement], reading: Reading) -> list[ReadStatement]:
    at = {(found.rank, found.place): found for found in reading.statements}
    others = () if evidence.is_all else ((found.rank, found.place) for found in chosen)
    joined = [at[place] for place in dict.fromkeys((*evidence.places, *others)) if place in at]
    return joined[:MOST_ITEMS] or list(chosen)


def _repeats(found: ReadStatement, chosen: Sequence[ReadStatement]) -> bool:
    own = set(content_words(found.statement.text))
    return any(len(own & set(content_words(other.statement.text))) >= 0.85 * max(1, len(own)) for other in chosen)


def _with_their_context(chosen: Sequence[ReadStatement], reading: Reading) -> list[ReadStatement]:
    """In reading order, the passage of the best first; with what a statement cannot be understood without."""
    at = {(found.rank, found.place): found for found in reading.statements}
    wanted = {(found.rank, found.place) for found in chosen}
    for found in chosen:
        before = at.get((found.rank, found.place - 1))
        if before is not None and len(wanted) < MOST_SENTENCES and _needs(found, before):
            wanted.add((before.rank, before.place))
        list_ = _list_of(found, reading)
        if list_ is not None:
            wanted -= {(other.rank, other.place) for other in (*list_.items, *list_.lead_in)}
            wanted |= {(item.rank, item.place) for item in _items_worth_saying(list_, chosen, reading)}
    order = list(dict.fromkeys(found.rank for found in chosen))
    return [at[key] for key in sorted(wanted, key=lambda key: (order.index(key[0]), key[1]))]


def _needs(found: ReadStatement, before: ReadStatement) -> bool:
    if before.statement.text.endswith((":", "：")) and before.statement.kind is StatementKind.SENTENCE:
        return (
            before.chunk.chunk_id == found.chunk.chunk_id
            and found.statement.lead_in is None
            and not says_nothing_alone(before.statement)
            and not addresses_a_model(before.statement.text)
        )
    return (
        found.statement.kind is StatementKind.SENTENCE
        and _REFERS_BACK.match(found.statement.text) is not None
        and before.chunk.chunk_id == found.chunk.chunk_id
        and not before.statement.text.endswith(QUESTION_MARKS)
        and not addresses_a_model(before.statement.text)
    )


def _only_announces(found: ReadStatement, reading: Reading) -> bool:
    """`Requesting a badge:`, `You need the following:`, with no list below that could be said with it."""
    statement = found.statement
    return (
        statement.kind is StatementKind.SENTENCE
        and statement.text.endswith((":", "："))
        and _list_of(found, reading) is None
    )


@dataclass(frozen=True, slots=True)
class _List:
    """`opening` is the text of the lead-in, `lead_in` its statement if that was read."""

    opening: str
    lead_in: tuple[ReadStatement, ...]
    items: tuple[ReadStatement, ...]


def _list_of(found: ReadStatement, reading: Reading) -> _List | None:
    """The list that a statement leads in or belongs to."""
    span = found.statement.lead_in or (found.statement.span if found.statement.text.endswith((":", "：")) else None)
    if span is None:
        return None
    beside = [other for other in reading.statements if other.chunk.chunk_id == found.chunk.chunk_id]
    items = tuple(
        other for other in beside if other.statement.lead_in == span and not addresses_a_model(other.statement.text)
    )
    lead_in = tuple(other for other in beside if other.statement.span == span)
    return _List(found.chunk.text[span.start : span.end], lead_in, items) if items else None


def _items_worth_saying(list_: _List, chosen: Sequence[ReadStatement], reading: Reading) -> Sequence[ReadStatement]:
    """All, up to `MOST_ITEMS`, where the question is about what leads them in; else those that it is about."""
    opening = reading.question.coverage(set(content_words(list_.opening)))
    asked_for = [item for item in list_.items if item in chosen and item.coverage > opening + _OWN_SHARE]
    return asked_for or list_.items[:MOST_ITEMS]


def _draft(found: ReadStatement, with_lead_in: bool) -> DraftSentence:
    text = " ".join(found.statement.text.split())
    quotes = [Quote(found.chunk.chunk_id, found.statement.text, found.statement.span.start)]
    lead_in = found.statement.lead_in
    if with_lead_in and lead_in is not None:
        opening = found.chunk.text[lead_in.start : lead_in.end]
        text = f"{' '.join(opening.split())} {text}"
        quotes.insert(0, Quote(found.chunk.chunk_id, opening, lead_in.start))
    return DraftSentence(text, tuple(quotes))
