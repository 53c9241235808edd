"""The parts of a question that asks for several things: two clauses, two properties of a thing, two things."""

import re
from dataclasses import dataclass

from assistant.words import question_words

FEWEST_WORDS = 2
"""Telling words that a clause needs to be a question of its own."""

MOST_PARTS = 3

LONGEST_QUESTION = 300
"""In characters. What is longer tells a story, in which `and` joins anything."""

_ASKING = (
    r"(?:who|whom|whose|what|when|where|which|how|why|can|may|must|does"
    r"|wer|wem|wen|was|wann|wo|welche[rsnm]?|wie|warum)"
)
_BETWEEN_CLAUSES = re.compile(rf"[?;,]?\s+(?:and|und)\s+(?={_ASKING}\b)|\?\s+(?={_ASKING}\b)", re.IGNORECASE)
_REFERS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|his|her|one|there|er|sie|es|ihr|ihre|dies\w*|dort|da)\b",
    re.IGNORECASE,
)
_NOUN = r"[^\W\d_][\w-]*"
_TWO_PROPERTIES = re.compile(
    rf"(?P<before>.*\b(?:the|der|die|das))\s+(?P<first>{_NOUN})\s+(?:and|und)\s+(?:(?:the|der|die|das)\s+)?"
    rf"(?P<second>{_NOUN})(?P<after>\s+(?:of|for|von|des|der)\s+.+)",
    re.IGNORECASE,
)
_NAME = r"[A-Z0-9][\w-]*(?:\s(?:[A-Z]|\d)[\w-]*)*"
_TWO_THINGS = re.compile(
    rf"(?P<before>.*?\b(?:(?:the|der|die|das|of|for|in|do|does|has|have)\s+)+)(?P<first>{_NAME})\s+(?:and|und)\s+"
    rf"(?:(?:the|der|die|das|of|for|in)\s+)?(?P<second>{_NAME})(?P<after>\b.*)"
)


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """`text` asks for this part alone. `own` is what only this part says, as the question words it."""

    text: str
    own: str
    is_clause: bool


def parts_of(question: str) -> tuple[QuestionPart, ...]:
    """None where one thing is asked. A clause that refers back to another is no part: alone it means nothing."""
    if len(question) > LONGEST_QUESTION:
        return ()
    clauses = [clause.strip(" ?.,;") for clause in _BETWEEN_CLAUSES.split(question)]
    if 1 < len(clauses) <= MOST_PARTS and all(
        len(question_words(clause)) >= FEWEST_WORDS and (not place or not _REFERS_BACK.search(clause))
        for place, clause in enumerate(clauses)
    ):
        return tuple(QuestionPart(f"{clause}?", clause, is_clause=True) for clause in clauses)
    if re.search(r"[.!?;]\s", question.strip()):
        return ()
    for pattern in (_TWO_PROPERTIES, _TWO_THINGS):
        found = pattern.fullmatch(question.strip())
        if found is not None and found["first"].casefold() != found["second"].casefold():
            return tuple(
                QuestionPart(f"{found['before'].rstrip()} {own}{found['after']}", own, is_clause=False)
                for own in (found["first"], found["second"])
            )
    return ()
