"""Key positions: how often each place among the options holds the key, and how likely that is by chance."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from authoring.quiz_item import ItemKind, QuizItem


@dataclass(frozen=True, slots=True)
class KeyPositions:
    """`counts` for each place from the first on. `chi_square` sums over items of two, three, four … options, which have
    different chances; `p` is how likely so uneven a spread is where every place has the same chance.
    """

    counts: tuple[int, ...]
    items: int
    chi_square: float
    freedom: int
    p: float


def key_positions(items: Iterable[QuizItem]) -> KeyPositions:
    """Of the multiple-choice items with one key and at least two options."""
    places: dict[int, Counter[int]] = {}
    for item in items:
        if item.kind is ItemKind.MULTIPLE_CHOICE and len(item.keys) == 1 and len(item.options) > 1:
            place = [option.is_key for option in item.options].index(True)
            places.setdefault(len(item.options), Counter())[place] += 1
    chi_square = 0.0
    for size, counts in places.items():
        expected = counts.total() / size
        chi_square += sum((counts[place] - expected) ** 2 / expected for place in range(size))
    freedom = sum(size - 1 for size in places)
    widest = max(places, default=0)
    return KeyPositions(
        counts=tuple(sum(counts[place] for counts in places.values()) for place in range(widest)),
        items=sum(counts.total() for counts in places.values()),
        chi_square=chi_square,
        freedom=freedom,
        p=chi_square_tail(chi_square, freedom) if freedom else 1.0,
    )


_PRECISE = 1e-12


def chi_square_tail(value: float, freedom: int) -> float:
    """The probability that a chi-square variable exceeds `value`: the regularised upper incomplete gamma function."""
    if value <= 0:
        return 1.0
    a, x = freedom / 2, value / 2
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        step = a
        while term > total * _PRECISE:
            step += 1
            term *= x / step
            total += term
        return max(0.0, 1 - scale * total)
    # The continued fraction of Lentz, which converges from here on.
    b = x + 1 - a
    c, d = 1e300, 1 / b
    fraction = d
    for step in range(1, 1000):
        numerator = -step * (step - a)
        b += 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        fraction *= c * d
        if abs(c * d - 1) < _PRECISE:
            break
    return scale * fraction
