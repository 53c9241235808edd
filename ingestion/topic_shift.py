"""Finds where a transcript changes its subject, by the words on either side of each place (Hearst's TextTiling)."""

import re
from collections import Counter
from collections.abc import Sequence
from math import sqrt

_WORD = re.compile(r"[^\W\d_]{4,}")
_WINDOW_WORDS = 60
"""Content words that are compared on either side: about half a minute of speech."""
_MOST_TEXTS = 100
"""Looked at on either side: what says nothing for so long is not searched further."""


def topic_shifts(texts: Sequence[str]) -> list[float]:
    """For each text, how much the subject changes before it: 0 (not at all, and for the first) to 1."""
    words = [Counter(_WORD.findall(text.casefold())) for text in texts]
    likeness = [1.0, *(_cosine(_before(words, at), _after(words, at)) for at in range(1, len(words)))]
    return [0.0, *(_depth(likeness, at) for at in range(1, len(words)))][: len(texts)]


def _before(words: Sequence[Counter[str]], at: int) -> Counter[str]:
    return _gathered(words[max(at - _MOST_TEXTS, 0) : at][::-1])


def _after(words: Sequence[Counter[str]], at: int) -> Counter[str]:
    return _gathered(words[at : at + _MOST_TEXTS])


def _gathered(words: Sequence[Counter[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for counted in words:
        if found.total() >= _WINDOW_WORDS:
            break
        found += counted
    return found


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    length = sqrt(sum(count * count for count in one.values()) * sum(count * count for count in other.values()))
    return sum(count * other[word] for word, count in one.items()) / length if length else 1.0


def _depth(likeness: Sequence[float], at: int) -> float:
    """How far a place lies below the hills on its left and right; only valleys count."""
    here = likeness[at]
    left = here
    for value in likeness[max(at - _MOST_TEXTS, 1) : at][::-1]:
        if value < left:
            break
        left = value
    right = here
    for value in likeness[at + 1 : at + 1 + _MOST_TEXTS]:
        if value < right:
            break
        right = value
    return min((left - here) + (right - here), 1.0)
