"""Reading: the statements of the best passages, each compared with the question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.facts import has_date, names, states_another_number, states_money
from assistant.identifiers import asked_names, is_about_another
from assistant.instructions import addresses_a_model
from assistant.question import AsksFor, ReadQuestion, counted
from assistant.sentences import Statement, StatementKind, is_of_contents, is_title_line, split_statements
from assistant.words import content_words, same_word
from corpus.embedder import Embedder, Vectors
from corpus.passage import Passage, PassageChunk

READ_PASSAGES = 5
STATEMENTS_PER_PASSAGE = 24
"""Of a longer passage those that share most with the question, the others cost time and win nothing."""


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """`place` counts the statements of its passage. `similarity` is the cosine to the question, `beyond_topic` that of
    what both say beyond the passage's topic. `coverage` is the weighted share of the question's words in it,
    `coverage_in_place` with its topic's words added. An item is compared together with its lead-in.
    """

    rank: int
    passage: Passage
    chunk: PassageChunk
    place: int
    statement: Statement
    vector: Vectors
    similarity: float
    beyond_topic: float
    coverage: float
    coverage_in_place: float
    fits: bool
    """Whether it holds what the question asks for: a number, a time, a name."""


@dataclass(frozen=True, slots=True)
class Reading:
    question: ReadQuestion
    passages: tuple[Passage, ...]
    statements: tuple[ReadStatement, ...]
    topic_similarities: tuple[float, ...]
    """Of the question to the title and headings of each passage read."""


def topic(passage: Passage) -> str:
    """What the passage is about, as its title and headings say."""
    return " · ".join(dict.fromkeys(part for part in (passage.title, *passage.headings[-2:]) if part.strip()))


def in_full(chunk: PassageChunk, statement: Statement) -> str:
    """An item with what leads it in; anything else as it is."""
    if statement.kind is not StatementKind.ITEM or statement.lead_in is None:
        return statement.text
    return f"{chunk.text[statement.lead_in.start : statement.lead_in.end]} {statement.text}"


def read(
    question: ReadQuestion, passages: Sequence[Passage], embedder: Embedder, limit: int = READ_PASSAGES
) -> Reading:
    """Reads the first `limit` of `passages`, which come best first."""
    chosen = tuple(passages[:limit])
    topics = [topic(passage) for passage in chosen]
    parts = [_statements(passage, question) for passage in chosen]
    texts = [
        f"{topics[rank]}: {statement.text}" if statement.kind is StatementKind.ROW else in_full(chunk, statement)
        for rank in range(len(chosen))
        for _, chunk, statement in parts[rank]
    ]
    vectors = embedder.embed([*topics, *texts])
    topic_vectors, statement_vectors = vectors[: len(topics)], vectors[len(topics) :]
    similarities = statement_vectors @ question.vector
    found: list[ReadStatement] = []
    row = 0
    for rank, passage in enumerate(chosen):
        topic_words = set(content_words(topics[rank]))
        rest_of_question = _beyond(question.vector, topic_vectors[rank])
        for place, chunk, statement in parts[rank]:
            own_words = set(content_words(in_full(chunk, statement)))
            found.append(
                ReadStatement(
                    rank=rank,
                    passage=passage,
                    chunk=chunk,
                    place=place,
                    statement=statement,
                    vector=statement_vectors[row],
                    similarity=float(similarities[row]),
                    beyond_topic=float(_beyond(statement_vectors[row], topic_vectors[rank]) @ rest_of_question),
                    coverage=question.coverage(own_words),
                    coverage_in_place=question.coverage(own_words | topic_words),
                    fits=_fits(question, statement.text),
                )
            )
            row += 1
    return Reading(question, chosen, tuple(found), tuple(float(value) for value in topic_vectors @ question.vector))


def _is_caption(statement: Statement) -> bool:
    """The line above a table, which says nothing by itself."""
    return statement.kind is StatementKind.ROW and "|" not in statement.text and is_title_line(statement.text)


def quotable(reading: Reading) -> Reading:
    """Without what is not said: orders to a model, contents, captions, what is about another thing than that named."""
    places = [f"{topic(passage)}\n{passage.text}" for passage in reading.passages]
    asked = asked_names(reading.question.text, places)
    kept = tuple(
        found
        for found in reading.statements
        if not addresses_a_model(found.statement.text)
        and not is_of_contents(found.statement.text)
        and not _is_caption(found.statement)
        and not is_about_another(asked, f"{topic(found.passage)}\n{in_full(found.chunk, found.statement)}")
    )
    return replace(reading, statements=kept)


def _statements(passage: Passage, question: ReadQuestion) -> list[tuple[int, PassageChunk, Statement]]:
    every = [
        (chunk, statement)
        for chunk in passage.chunks
        for statement in split_statements(chunk.text, passage.kind)
        if statement.kind is not StatementKind.TITLE
    ]
    placed = [(place, chunk, statement) for place, (chunk, statement) in enumerate(every)]
    if len(placed) <= STATEMENTS_PER_PASSAGE:
        return placed
    placed.sort(key=lambda item: -question.coverage(set(content_words(item[2].text))))
    return sorted(placed[:STATEMENTS_PER_PASSAGE], key=lambda item: item[0])


def _beyond(vector: Vectors, topic_vector: Vectors) -> Vectors:
    """The direction of what is left of `vector` without its part along the topic; zero where nothing is left."""
    rest = vector - (vector @ topic_vector) * topic_vector
    length = float(np.linalg.norm(rest))
    return np.asarray(rest / length if length > 1e-6 else rest * 0, dtype=np.float32)


def _fits(question: ReadQuestion, text: str) -> bool:
    kind = question.asks_for
    if kind is AsksFor.MONEY:
        return states_money(text) and states_another_number(text, question.text)
    if kind is AsksFor.QUANTITY:
        noun = counted(question.text)
        if noun is not None and not any(same_word(noun, word) for word in content_words(text)):
            return False
        return states_another_number(text, question.text)
    if kind is AsksFor.TIME:
        return has_date(text)
    if kind in (AsksFor.PERSON, AsksFor.PLACE):
        asked = question.text.casefold()
        return any(name.casefold() not in asked for name in names(text))
    return True
