"""Wishes: what somebody asks of another version of a part, as far as a drafter without a language model can tell."""

import re
from dataclasses import dataclass

from authoring.quiz_item import ItemKind

_SHORTER = re.compile(
    r"\b(?:short(?:er|en)?|brief(?:er)?|less text|cut|kürzer|kürze\w*|knapper|weniger text)\b", re.IGNORECASE
)
_LONGER = re.compile(
    r"\b(?:longer|more detail\w*|extend|expand|länger|ausführlicher|mehr (?:detail\w*|text))\b", re.IGNORECASE
)
_SIMPLER = re.compile(r"\b(?:simpl\w*|easier|easy|plain\w*|einfach\w*|leichter|verständlicher)\b", re.IGNORECASE)
_HARDER = re.compile(
    r"\b(?:harder|hard|difficult|tougher|challenging|schwerer|schwieriger|anspruchsvoller)\b", re.IGNORECASE
)
_EXAMPLE = re.compile(r"\b(?:examples?|for instance|scenario|beispiele?)\b", re.IGNORECASE)
_KINDS = (
    (ItemKind.MULTIPLE_CHOICE, re.compile(r"\b(?:multiple.choice|choice|auswahl\w*)\b", re.IGNORECASE)),
    (ItemKind.TRUE_FALSE, re.compile(r"\b(?:true.?(?:/|or)? ?false|richtig.?(?:/|oder)? ?falsch)\b", re.IGNORECASE)),
    (ItemKind.CLOZE, re.compile(r"\b(?:cloze|gap|fill.in|lücke\w*)\b", re.IGNORECASE)),
    (ItemKind.ORDERING, re.compile(r"\b(?:order(?:ing)?|sequence|reihenfolge)\b", re.IGNORECASE)),
    (ItemKind.MATCHING, re.compile(r"\b(?:match(?:ing)?|zuordn\w*)\b", re.IGNORECASE)),
    (ItemKind.SHORT_ANSWER, re.compile(r"\b(?:short.answer|kurzantwort)\b", re.IGNORECASE)),
)
_SAYS_NOTHING = re.compile(
    r"\b(?:make|it|this|please|another|other|a|an|the|one|version|different|new|and|but|more|try|again|with|use|give|"
    r"me|"
    r"question|item|block|about|on|of|bitte|noch|ein\w*|ander\w*|neu\w*|mach\w*|frage|mit|zu|über|und|mehr)\b|[^\w\s]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """`kinds` of items that are named. `words` are those left over, which say what it should be about."""

    shorter: bool
    longer: bool
    simpler: bool
    harder: bool
    example: bool
    kinds: frozenset[ItemKind]
    words: str


def read_wish(instruction: str) -> Wish:
    rest = instruction
    said = {}
    for name, pattern in (
        ("shorter", _SHORTER),
        ("longer", _LONGER),
        ("simpler", _SIMPLER),
        ("harder", _HARDER),
        ("example", _EXAMPLE),
    ):
        said[name] = pattern.search(instruction) is not None
        rest = pattern.sub(" ", rest)
    kinds = frozenset(kind for kind, pattern in _KINDS if pattern.search(instruction))
    for _, pattern in _KINDS:
        rest = pattern.sub(" ", rest)
    rest = " ".join(_SAYS_NOTHING.sub(" ", rest).split())
    return Wish(said["shorter"], said["longer"], said["simpler"], said["harder"], said["example"], kinds, rest)
