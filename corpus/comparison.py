"""What documents are compared by: sketches that tell near copies, and statements that differ only in what they count.

All of it is derived from chunks, and made again by deleting it.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from corpus.database import Entity

SKETCH_SIZE = 64
SHINGLE_WORDS = 4
FEWEST_SHINGLES = 20
"""Shorter texts have too little to be called alike."""

NEAR_COPY = 0.8
"""Share of common shingles, as the sketches estimate it."""

FEWEST_WORDS, MOST_WORDS = 4, 60
"""Of a statement, numbers apart. Shorter ones are headings and table scraps, longer ones no sentences."""

MOST_VALUES = 4

Sketch = NDArray[np.uint32]


class VersionSketch(Entity):
    """That a version has been compared, and by what. Too short to be alike to anything: an empty sketch."""

    __tablename__ = "version_sketches"

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    sketch: Mapped[bytes] = mapped_column(LargeBinary)


class NearCopy(Entity):
    """Two versions of different documents that say nearly the same; `version_id` is the smaller."""

    __tablename__ = "near_copies"

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True, index=True)
    likeness: Mapped[float]


class StoredStatement(Entity):
    """A sentence with values in it. `key` is the same for sentences that differ in nothing but their values."""

    __tablename__ = "statements"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    chunk_id: Mapped[int] = mapped_column(ForeignKey("chunks.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(32), index=True)
    said: Mapped[list[str]] = mapped_column(JSON)
    """Its values in a form in which equal ones are equal, in their order."""
    start: Mapped[int]
    end: Mapped[int]
    """In the chunk's text."""


@dataclass(frozen=True, slots=True)
class Statement:
    key: str
    values: tuple[str, ...]
    start: int
    end: int


def sketch_of(texts: Sequence[str]) -> Sketch:
    """MinHash over runs of words. Empty where there are too few."""
    words = re.findall(r"\w+", " ".join(texts).casefold())
    shingles = {
        zlib.crc32(" ".join(words[start : start + SHINGLE_WORDS]).encode())
        for start in range(len(words) - SHINGLE_WORDS + 1)
    }
    if len(shingles) < FEWEST_SHINGLES:
        return np.zeros(0, dtype=np.uint32)
    hashed = np.fromiter(shingles, dtype=np.uint64, count=len(shingles))
    smallest = [((hashed * factor + shift) % _PRIME).min() for factor, shift in zip(_FACTORS, _SHIFTS, strict=True)]
    return np.array(smallest, dtype=np.uint32)


def likeness(one: Sketch, others: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Estimated share of shingles in common with each row of `others`, shape (rows, SKETCH_SIZE)."""
    shares: NDArray[np.float64] = (others == one).mean(axis=1)
    return shares


def statements_in(text: str, headings: Sequence[str]) -> Iterator[Statement]:
    """The sentences that state values, each to be compared with its like under the same heading."""
    heading = _plain(headings[-1]) if headings else ""
    for sentence in _SENTENCE.finditer(text):
        stated = sentence[0].strip()
        plain = stated.casefold()
        values = tuple(_value(match) for match in _VALUE.finditer(plain))
        pattern = _VALUE.sub(_GAP, plain)
        words = re.findall(r"[^\W\d_]+", pattern.replace(_GAP, " "))
        if not 1 <= len(values) <= MOST_VALUES or not FEWEST_WORDS <= len(words) <= MOST_WORDS:
            continue
        # What is left of names with digits in them (T1, ISO9001) stays: another name is another thing.
        pattern = " ".join(re.findall(rf"[\w{_GAP}]+", pattern))
        key = hashlib.blake2b(f"{heading}\n{pattern}".encode(), digest_size=16).hexdigest()
        start = sentence.start() + sentence[0].index(stated)
        yield Statement(key, values, start, start + len(stated))


def same_subject(title: str, other: str) -> bool:
    """Whether two titles name editions of one thing: what is left without years and versions is the same."""
    return _subject(title) == _subject(other) != ()


_PRIME = np.uint64(4_294_967_291)
_RANDOM = np.random.default_rng(20_260_501)
# Factors below 2^31, so that their product with 32 bits stays within 64.
_FACTORS = _RANDOM.integers(1, 1 << 31, SKETCH_SIZE, dtype=np.uint64)
_SHIFTS = _RANDOM.integers(0, 1 << 31, SKETCH_SIZE, dtype=np.uint64)

_GAP = "\u2022"
_SENTENCE = re.compile(r"[^.!?;\n]+(?:[.!?;](?!\s|$)[^.!?;\n]*)*[.!?;]?")
_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_EINS = "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()
_ZEHNER = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_WORDS = {
    **{word: number for number, word in enumerate(_ONES, 1)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{word: number for number, word in enumerate(_EINS, 2)},
    **{word: 10 * number for number, word in enumerate(_ZEHNER, 2)},
}
_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "januar februar märz april mai juni juli august september oktober november dezember",
    )
    for number, name in enumerate(names.split(), 1)
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_VALUE = re.compile(
    rf"""
    (?<![\w.,-])(?:
      (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})
    | (?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?P<month>{_MONTH})(?:,?\s(?P<year>\d{{4}}))?
    | (?P<month_first>{_MONTH})\s(?P<day_second>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s(?P<year_last>\d{{4}}))?
    | (?P<time>\d{{1,2}}:\d{{2}})
    | (?P<number>[+-]?\d+(?:[.,\u202f\u00a0]\d+)*)
    | (?P<word>(?:{_WORD})(?:-(?:{_WORD}))?)
    )(?![\w]|[.,-]\w)
    """,
    re.VERBOSE,
)
_EDITION = re.compile(
    # A whole date names an occasion (minutes, a meeting), not an edition.
    r"\b(?:(?:19|20)\d\d(?![-/.]\d)|v\.?\s?\d+(?:\.\d+)*|version\s\d+(?:\.\d+)*|rev(?:ision)?\.?\s?\d+|"
    r"draft|final|copy|old|new|edition|entwurf|kopie|alt|neu|fassung|stand)\b"
)
_NUMBERING = re.compile(r"^\d+(?:\.\d+)*\.?\s+|^[a-z]\)\s+")


def _value(match: re.Match[str]) -> str:
    if match["month"] or match["month_first"]:
        month = _MONTHS[match["month"] or match["month_first"]]
        year = match["year"] or match["year_last"] or ""
        return f"{year}-{month:02}-{int(match['day'] or match['day_second']):02}"
    if match["word"]:
        return str(sum(_WORDS[part] for part in match["word"].split("-")))
    if match["number"]:
        return _number(match["number"])
    return str(match["iso"] or match["time"])


def _number(said: str) -> str:
    """`1,000`, `1.000` and `1000` are one number, `1.5` and `1,5` another."""
    plain = re.sub(r"[\u202f\u00a0]", "", said)
    groups = re.fullmatch(r"([+-]?\d{1,3})((?:[.,]\d{3})+)([.,]\d{1,2})?", plain)
    if groups:
        plain = groups[1] + re.sub(r"[.,]", "", groups[2]) + (groups[3] or "")
    whole, _, fraction = plain.lstrip("+").replace(",", ".").partition(".")
    return f"{whole}.{fraction.rstrip('0')}".rstrip(".")


def _plain(heading: str) -> str:
    return " ".join(re.findall(r"\w+", _NUMBERING.sub("", _EDITION.sub(" ", heading.casefold()))))


def _subject(title: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", _EDITION.sub(" ", title.casefold())))
