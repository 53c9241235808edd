"""Identifiers: what a question calls one thing of many by, as in `record 1399`, `room 214`, `key K-102`.

Vectors hardly tell two numbers apart, so that a question about a thing that does not exist would be answered with
another one of its kind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.words import content_words, stem

_NUMBERED = re.compile(
    r"(?<![\w-])(?P<noun>[^\W\d_]{3,})(?:,? (?:no\.|number|nr\.|nummer|#) ?|[ :#|]{1,3})"
    r"(?P<number>\d{1,6})(?![\w%€$£°]|[.,:/-]\d| ?(?:%|°))",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\w-])(?P<letters>[A-Z]{1,4}-?)(?P<digits>\d{1,6})(?![\w-]|[.,]\d)")
_FEWEST_DIGITS = 2
_NO_THINGS = frozenset(
    "after before within until since than least most over under about between above below around nearly only just "
    "every next last first past nach vor bis seit unter über mindestens höchstens innerhalb etwa alle".split()
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


@dataclass(frozen=True, slots=True)
class _Identifier:
    """`kind`: the stem of what is numbered, or the letters of a code."""

    kind: str
    number: str


def names_only_missing(question: str, places: Sequence[str]) -> bool:
    """Whether `places` number things of a kind that the question asks for, and none is one that it asks for.

    Where a word has no other number anywhere (`after turning 67`) it numbers nothing, and nothing is missing.
    """
    asked = _numbered(question) | _codes(question)
    if not asked:
        return False
    known = {identifier for place in places for identifier in _numbered(place) | _codes(place)}
    kinds = {identifier.kind for identifier in known}
    meant = [
        identifier
        for identifier in asked
        if identifier.kind in kinds
        and (len(identifier.number) >= _FEWEST_DIGITS or not identifier.kind.islower())
        and not _YEAR.fullmatch(identifier.number)
    ]
    return bool(meant) and not any(identifier in known for identifier in meant)


def _numbered(text: str) -> set[_Identifier]:
    return {
        _Identifier(stem(found["noun"].casefold()), found["number"])
        for found in _NUMBERED.finditer(text)
        if found["noun"].casefold() not in _NO_THINGS and content_words(found["noun"])
    }


def _codes(text: str) -> set[_Identifier]:
    return {_Identifier(found["letters"].rstrip("-"), found["digits"]) for found in _CODE.finditer(text)}
