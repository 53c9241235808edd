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


@dataclass(frozen=True, slots=True)
class Name:
    """A word with a capital, a number, and the capitals that follow it, as in `Solvik 240 HT`."""

    kind: str
    number: str
    suffix: str


def asked_names(question: str, places: Sequence[str]) -> frozenset[Name]:
    """The names in a question that occur in `places`. Letters after a number are meant however they are written."""
    known = frozenset(name for place in places for name in _named(place))
    meant = _named(question) | {
        name
        for name in known
        if name.suffix and re.search(rf"(?<!\w){name.number} {name.suffix}(?!\w)", question, re.IGNORECASE)
    }
    longer = {(name.kind, name.number) for name in meant if name.suffix}
    written = {(name.kind, name.number) for name in _named(question) if not name.suffix}
    return frozenset(name for name in meant & known if name.suffix or (name.kind, name.number) in written - longer)


def is_about_another(asked: frozenset[Name], text: str) -> bool:
    """Whether `text` names things of the kind of those asked for, and none of these: the Solvik 90 or the Solvik 240 HT
    where the Solvik 240 is asked for, the T2 where it is the T1.
    """
    kinds = {name.kind for name in asked}
    own = {name for name in _named(text) if name.kind in kinds} if asked else frozenset()
    return bool(own) and not own & asked and not any(_says(text, name) for name in asked)


def _says(text: str, name: Name) -> bool:
    """Also as a part of a list: `the Solvik 240 and 240 HT`."""
    number = f"{name.number} {name.suffix}" if name.suffix else name.number
    return re.search(rf"(?<!\w){number}(?! [A-Z]{{2}}|\w)", text) is not None


_SUFFIXED = re.compile(
    r"(?<![\w-])(?P<noun>[A-Z][^\W\d_]{2,}) (?P<number>\d{2,6})"
    r"(?: (?P<suffix>[A-Z]{2,4})(?!\w))?(?![\w%€$£°]|[.,:/-]\d)"
)
_LETTERED = re.compile(
    r"(?<![\w-])(?P<noun>[A-Z][^\W\d_]{2,}) (?P<letters>[A-Z]{1,2})(?P<number>\d{1,4})(?![\w-]|[.,]\d)"
)


def _named(text: str) -> frozenset[Name]:
    """Things that are called by a word with a capital and a number."""
    return frozenset(
        {
            Name(found["noun"].casefold(), found["number"], found["suffix"] or "")
            for found in _SUFFIXED.finditer(text)
            if found["noun"].casefold() not in _NO_THINGS | _MONTHS and not _YEAR.fullmatch(found["number"])
        }
        | {
            Name(found["noun"].casefold(), f"{found['letters']}{found['number']}", "")
            for found in _LETTERED.finditer(text)
        }
    )


_MONTHS = frozenset(
    "january february march april may june july august september october november december januar februar märz mai "
    "juni juli oktober dezember page seite section chapter".split()
)


def _numbered(text: str) -> set[_Identifier]:
    return {
        _Identifier(stem(found["noun"].casefold()), found["number"])
        for found in _NUMBERED.finditer(text)
        if found["noun"].casefold() not in _NO_THINGS and content_words(found["noun"])
    }


def _codes(text: str) -> set[_Identifier]:
    return {_Identifier(found["letters"].rstrip("-"), found["digits"]) for found in _CODE.finditer(text)}
