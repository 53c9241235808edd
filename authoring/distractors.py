"""Distractors: wrong options of the same kind as the key, from the same material where it has any."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.words import words
from authoring.item_sources import Figure, Term, number_word
from authoring.teaching_material import Sourced

MOST_DISTRACTORS = 3
FEWEST_DISTRACTORS = 2

_PLAUSIBLE = (Decimal("0.15"), Decimal(7))
"""A number from elsewhere is taken for possible from this share of the right one to so many times."""
_FACTORS = tuple(map(Decimal, ("2", "0.5", "1.5", "3", "0.75", "1.25", "2.5", "0.25", "4")))
_CLOCK_STEPS = (60, -60, 120, -120, 30, -30, 90)
_LONGER = 2.2
"""Texts differ in length by no more than this factor, or `_LONGER_BY` characters."""
_LONGER_BY = 14
_MOST_DIGITS = 2
"""That are no zeros at its ends: of `1.43` no other number is as likely."""
_DECIMALS = re.compile(r"\d[.,](\d{1,2})(?!\d)")
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Distractor:
    """`taken_from` is where its words stand, about something else; None where it was made of the key's."""

    text: str
    taken_from: Sourced | None = None
    size: Decimal | None = None


def chance(seed: str) -> int:
    """The same number for the same words, as good as a random one."""
    return int.from_bytes(hashlib.blake2b(seed.encode(errors="surrogatepass"), digest_size=8).digest(), "big")


def shuffled(texts: Sequence[Distractor], seed: str) -> list[Distractor]:
    return sorted(texts, key=lambda one: (chance(f"{seed}\n{one.text}"), one.text))


def figure_distractors(key: Figure, pool: Sequence[Figure], seed: str) -> list[Distractor]:
    """Up to three other values that the statement does not say, so that the key's rank among them is any, ascending.

    Those that the material has come first.
    """
    said = set(words(key.sourced.text))
    found: dict[Decimal, Distractor] = {}
    low, high = sorted((key.size * _PLAUSIBLE[0], key.size * _PLAUSIBLE[1]))
    for figure in pool:
        if figure.kind != key.kind or figure.size == key.size or figure.size in found:
            continue
        if key.kind != "time of day" and not key.kind.startswith("date") and not low <= figure.size <= high:
            continue
        if not _fits(figure, key) or set(words(figure.text)) <= said:
            continue
        found[figure.size] = Distractor(figure.text, figure.sourced, figure.size)
    if not key.kind.startswith("date"):
        for size, text in _made(key):
            if size not in found and not set(words(text)) <= said:
                found[size] = Distractor(text, None, size)
    return _ranked(key, list(found.values()), seed)


def _fits(figure: Figure, key: Figure) -> bool:
    """Written alike: digits or words, with the same words around the number."""
    if figure.form != key.form:
        return False
    if key.kind.startswith("date"):
        return _shape(figure.text) == _shape(key.text)
    if _decimals(figure.text) != _decimals(key.text):
        return False
    around = _around(key.text)
    return _around(figure.text) in (around, f"{around}s", around.removesuffix("s"))


def _shape(date: str) -> str:
    """`#th`, `#`: how a day is written, and where it stands beside its month."""
    return " ".join(re.sub(r"\d+", "#", part) if part[0].isdigit() else "month" for part in date.split())


def _decimals(text: str) -> int:
    found = _DECIMALS.search(text)
    return len(found[1]) if found else 0


def _around(text: str) -> str:
    if any(letter.isdigit() for letter in text):
        return " ".join(part for part in text.split() if not any(letter.isdigit() for letter in part))
    return " ".join(text.split()[1:])


def _made(key: Figure) -> Iterator[tuple[Decimal, str]]:
    if key.kind == "time of day":
        for step in _CLOCK_STEPS:
            minutes = (int(key.size) + step) % _DAY_MINUTES
            digits = key.text.partition(" ")
            width = 2 if digits[0].startswith("0") or int(key.size) >= 600 or minutes >= 600 else 1
            yield Decimal(minutes), f"{minutes // 60:0{width}d}:{minutes % 60:02d}{digits[1]}{digits[2]}"
        return
    for factor in _FACTORS:
        size = key.size * factor
        text = _in_words(key, size) if key.form == "words" else _in_digits(key, size)
        if text is not None:
            yield size, text


def _in_words(key: Figure, size: Decimal) -> str | None:
    first, *rest = key.text.split()
    if size != size.to_integral_value() or size <= 1 or key.size <= 1:
        return None
    word = number_word(int(size), first)
    return None if word is None else " ".join([word, *rest])


def _in_digits(key: Figure, size: Decimal) -> str | None:
    """With as many decimals, and rounded as much, as the key has; None where that is another number."""
    start = next((place for place, letter in enumerate(key.text) if letter.isdigit()), None)
    if start is None:
        return None
    end = max(place for place, letter in enumerate(key.text) if letter.isdigit()) + 1
    digits = key.text[start:end]
    plain = digits.replace(",", "").replace(".", "").replace(" ", "")
    if not plain.isdigit() or size <= 0 or len(plain.strip("0")) > _MOST_DIGITS:
        return None
    comma, dot = digits.rfind(","), digits.rfind(".")
    separator = "," if "," in digits else "." if "." in digits else ""
    groups = bool(separator) and all(len(part) == 3 for part in digits.replace(".", ",").split(",")[1:])
    if separator and not groups and Decimal(digits.replace(",", ".")) == key.size:
        places = len(digits) - 1 - max(comma, dot)
        rounded = size.quantize(Decimal(1).scaleb(-places))
        text = f"{rounded:f}".replace(".", separator) if rounded == size else None
    else:
        if Decimal(plain) != key.size or size != size.to_integral_value():
            return None
        step = 10 ** max(0, len(plain) - len(plain.rstrip("0")) - 1)
        if int(size) % step or (key.size == 1 or size == 1):
            return None
        text = f"{int(size):,}".replace(",", separator) if groups else str(int(size))
    return None if text is None else key.text[:start] + text + key.text[end:]


def _ranked(key: Figure, found: Sequence[Distractor], seed: str) -> list[Distractor]:
    """Of those found first, as many smaller ones as chance asks for, and greater ones."""
    count = min(MOST_DISTRACTORS, len(found))
    if count < FEWEST_DISTRACTORS:
        return []
    wanted = chance(seed) % (count + 1)
    nearest = sorted(found, key=lambda one: (one.taken_from is None, abs(_ratio(one, key))))
    smaller = [one for one in nearest if one.size is not None and one.size < key.size]
    greater = [one for one in nearest if one.size is not None and one.size > key.size]
    few = min(max(wanted, count - len(greater)), len(smaller))
    return sorted((*smaller[:few], *greater[: count - few]), key=lambda one: one.size or Decimal(0))


def _ratio(one: Distractor, key: Figure) -> float:
    size, right = float(one.size or 0), float(key.size)
    return abs(size - right) / max(abs(right), 1e-9)


def text_distractors(key: str, found: Sequence[Distractor], seed: str) -> list[Distractor]:
    """Up to three that are not the key in other words, and about as long; one at least as long as the key."""
    unique: dict[str, Distractor] = {}
    said = set(words(key))
    for one in found:
        own = set(words(one.text))
        if own and not (own <= said or said <= own) and _is_as_long(one.text, key):
            unique.setdefault(" ".join(words(one.text)), one)
    mixed = shuffled(list(unique.values()), seed)
    longer = [one for one in mixed if len(one.text) >= len(key)]
    first = longer[:1] if chance(f"{seed} longer") % 4 else []
    chosen = [*first, *(one for one in mixed if one not in first)][:MOST_DISTRACTORS]
    return chosen if len(chosen) >= FEWEST_DISTRACTORS else []


def _is_as_long(text: str, key: str) -> bool:
    short, long = sorted((len(text), len(key)))
    return long <= _LONGER * short or long - short <= _LONGER_BY


def term_distractors(key: Term, pool: Sequence[Term], seed: str) -> list[Distractor]:
    """Terms that are not used in what the key means, nor are part of its name; those defined beside it first."""
    meaning = key.meaning.casefold()
    beside = [term for term in pool if term.sourced.passage.headings == key.sourced.passage.headings]
    if len(beside) <= FEWEST_DISTRACTORS:
        beside = list(pool)
    return text_distractors(
        key.term,
        [
            Distractor(term.term, term.sourced)
            for term in beside
            if term.term.casefold() not in meaning and term.term != key.term
        ],
        seed,
    )
