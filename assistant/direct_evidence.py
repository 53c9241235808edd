"""Direct evidence: one statement that holds all that a question says, and what it asks for."""

from collections.abc import Sequence

from assistant.question import AsksFor, ReadQuestion, is_asking_word, read_question
from assistant.question_parts import QuestionPart
from assistant.reading import Reading, ReadStatement, quotable, read, topic
from assistant.sentences import QUESTION_MARKS, StatementKind
from assistant.table_rows import ChosenRows, choose_rows
from assistant.words import content_words, question_words, same_word, words
from corpus.embedder import Embedder
from corpus.passage import Passage

LEAST_ASKED = 0.999
SHORT_ANSWERS = frozenset({AsksFor.MONEY, AsksFor.QUANTITY, AsksFor.TIME, AsksFor.PERSON, AsksFor.PLACE})
"""What a sentence is seen to hold. That it gives a reason, or what a thing is, no word of it tells."""
MOST_WORDS = 40
FEWEST_WORDS = 2
"""Telling words of the question that must stand in the statement itself, not only in its headings."""


def has_direct_evidence(reading: Reading) -> bool:
    rows = choose_rows(reading)
    return bool(rows.rows and rows.asked >= LEAST_ASKED) or bool(direct_statements(reading, rows))


def evidence_for_parts(
    parts: Sequence[QuestionPart], passages: Sequence[Passage], embedder: Embedder, remembering: Embedder
) -> tuple[tuple[ReadStatement, ...], ...]:
    """For each part of a question what answers it directly; nothing for a part that nothing does.

    `embedder` and `remembering` are for the question and for what passages say.
    """
    asked = [read_question(part.text, embedder) for part in parts]
    return tuple(_evidence_in(quotable(read(each, passages, remembering, len(passages)))) for each in asked)


def _evidence_in(reading: Reading) -> tuple[ReadStatement, ...]:
    rows = choose_rows(reading)
    if rows.rows and rows.asked >= LEAST_ASKED:
        return rows.rows
    return tuple(sorted(direct_statements(reading, rows), key=lambda found: -found.similarity)[:1])


def parts_not_said(parts: Sequence[QuestionPart], passages: Sequence[Passage]) -> tuple[QuestionPart, ...]:
    """Parts with a word of their own that no passage holds."""
    said = {word for passage in passages for word in content_words(f"{topic(passage)}\n{passage.text}")}
    return tuple(
        part
        for part in parts
        if any(
            not is_asking_word(word) and not any(same_word(word, other) for other in said)
            for word in question_words(part.own)
        )
    )


def direct_statements(reading: Reading, rows: ChosenRows) -> tuple[ReadStatement, ...]:
    if reading.question.asks_for not in SHORT_ANSWERS:
        return ()
    others = {(found.rank, found.place) for found in rows.others}
    return tuple(
        found
        for found in reading.statements
        if found.fits
        and not found.statement.text.endswith(QUESTION_MARKS)
        and len(words(found.statement.text)) <= MOST_WORDS
        and found.statement.kind is not StatementKind.ROW
        and (found.rank, found.place) not in others
        and _says_all(found, reading.question)
    )


def _says_all(found: ReadStatement, question: ReadQuestion) -> bool:
    own = content_words(found.statement.text)
    around = content_words(topic(found.passage))
    itself = 0
    for word in question.weights:
        if any(same_word(word, other) for other in own):
            itself += 1
        elif not question.is_asking(word) and not any(same_word(word, other) for other in around):
            return False
    return itself >= FEWEST_WORDS
