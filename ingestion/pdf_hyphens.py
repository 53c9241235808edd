"""Decides whether a hyphen at the end of a line belongs to the word or only to the line."""

import re
from collections.abc import Iterable

_EDGES = re.compile(r"^[^\w]+|[^\w]+$")
_HYPHENS = "-\u2010"


class LineEnds:
    """Knows the words that a document spells out within its lines."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {_bare(word) for word in words}

    def is_only_of_line(self, before: str, after: str) -> bool:
        """Whether "exam-" and "ple" make "example"; "in-" and "network" stay "in-network"."""
        if len(before) < 2 or before[-1] not in _HYPHENS or not before[-2].isalpha() or not after[:1].islower():
            return False
        first, second = _bare(before), _bare(after)
        if first + second in self._words:
            return True
        if f"{first}-{second}" in self._words:
            return False
        # Two words that both stand alone elsewhere are a compound ("cutting-edge"); else one of them is a fragment.
        part = first.rsplit("-", 1)[-1]
        return not (part in self._words and second in self._words)

    def goes_on(self, before: str) -> bool:
        """Whether a word that ends like this takes the next one without a space."""
        return len(before) > 1 and before[-1] in _HYPHENS and before[-2].isalnum()


def _bare(word: str) -> str:
    return _EDGES.sub("", word).casefold()
