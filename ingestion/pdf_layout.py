"""From the words of a sheet to segments, rows and columns in reading order."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingestion.pdf_page import Style, Word

# In multiples of the type size. A word space is a quarter to a third of it; in justified lines seldom above one.
_WIDE_GAP = 1.0
_SAME_BASELINE = 0.35
_RAISED = 0.6
_MIN_GUTTER = 0.7
# A page on which so many rows with gaps open no column is a table or a drawing; looking on takes seconds.
_MAX_FAILURES = 60
_DIGIT = re.compile(r"\d")
_LEADER_DOTS = re.compile(r"^[.…·_]{4,}$")


@dataclass(frozen=True, slots=True)
class Segment:
    """Words on one baseline without a wide gap between them. `order` is its place in the file's own order."""

    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    order: int

    @property
    def width(self) -> float:
        return self.right - self.left

    def text(self) -> str:
        return spaced(self.words)


@dataclass(frozen=True, slots=True)
class Row:
    """Segments on one baseline from left to right."""

    segments: tuple[Segment, ...]
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float

    @property
    def words(self) -> tuple[Word, ...]:
        if len(self.segments) == 1:
            return self.segments[0].words
        return tuple(word for segment in in_reading_direction(self.segments) for word in segment.words)

    def text(self) -> str:
        return " ".join(segment.text() for segment in in_reading_direction(self.segments))


def row_of(segments: Sequence[Segment]) -> Row:
    if len(segments) == 1:
        only = segments[0]
        return Row((only,), only.left, only.top, only.right, only.bottom, only.baseline, only.size)
    # A bullet may be larger than its text and stand lower: the longest segment speaks for the row.
    main = max(segments, key=lambda segment: (len(segment.words), segment.size))
    return Row(
        tuple(sorted(segments, key=lambda segment: segment.left)),
        min(segment.left for segment in segments),
        min(segment.top for segment in segments),
        max(segment.right for segment in segments),
        max(segment.bottom for segment in segments),
        main.baseline,
        main.size,
    )


def spaced(words: Iterable[Word]) -> str:
    parts: list[str] = []
    for word in words:
        if parts and not word.glued:
            parts.append(" ")
        parts.append(word.text)
    return "".join(parts)


def segment_of(words: Sequence[Word], order: int) -> Segment:
    leading = words[0] if len(words) == 1 else _prevailing(words)
    return Segment(
        tuple(words),
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
        leading.baseline,
        leading.style.size,
        order,
    )


def _prevailing(words: Sequence[Word]) -> Word:
    """A word in the style that most characters have: a raised footnote mark must not speak for its line."""
    first = words[0]
    if all(word.style is first.style for word in words):
        return first
    weights: dict[Style, int] = {}
    for word in words:
        weights[word.style] = weights.get(word.style, 0) + len(word.text)
    style = max(weights, key=lambda candidate: weights[candidate])
    return next(word for word in words if word.style == style)


def segments_of(words: Sequence[Word]) -> list[Segment]:
    segments: list[Segment] = []
    current: list[Word] = []
    for word in words:
        if len(word.text) >= 4 and _LEADER_DOTS.match(word.text):
            continue
        if current and not _continues(current[-1], word):
            segments.append(segment_of(current, len(segments)))
            current = []
        current.append(word)
    if current:
        segments.append(segment_of(current, len(segments)))
    return segments


def _continues(previous: Word, word: Word) -> bool:
    size = previous.style.size if previous.style.size > word.style.size else word.style.size
    rise = abs(word.baseline - previous.baseline)
    if rise > 0.1 * size:
        overlap = min(previous.bottom, word.bottom) - max(previous.top, word.top)
        if rise > 0.55 * size or overlap <= 0:
            return False
    gap = word.left - previous.right
    if gap >= 0:
        return gap <= _WIDE_GAP * size
    if gap > -0.5 * size and word.left >= previous.left:
        return True
    # Right to left: pdfium yields the words in the order they are read.
    gap = previous.left - word.right
    return -0.5 * size < gap <= _WIDE_GAP * size and is_right_to_left(previous.text + word.text)


def is_right_to_left(text: str) -> bool:
    if text.isascii():
        return False
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def in_reading_direction(segments: Sequence[Segment]) -> Sequence[Segment]:
    """Takes segments from left to right."""
    if len(segments) > 1 and sum(is_right_to_left(segment.words[0].text) for segment in segments) * 2 > len(segments):
        return tuple(reversed(segments))
    return segments


def rows_of(segments: Iterable[Segment]) -> list[Row]:
    """Groups what stands on one baseline, from the top of the sheet to its bottom."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda candidate: (candidate.baseline, candidate.left)):
        for row in reversed(rows[-3:]):
            if _same_row(row, segment):
                row.append(segment)
                break
        else:
            rows.append([segment])
    return sorted((row_of(row) for row in rows), key=lambda row: row.baseline)


def _same_row(row: list[Segment], segment: Segment) -> bool:
    anchor = row[0]
    if segment.baseline - anchor.baseline > max(anchor.size, segment.size):
        return False
    for other in row:
        if other.right - segment.left > 1.0 and segment.right - other.left > 1.0:
            return False
    small = min(anchor.size, segment.size)
    difference = abs(segment.baseline - anchor.baseline)
    if difference <= _SAME_BASELINE * small:
        return True
    if difference <= _RAISED * small and (_is_mark(segment) or all(_is_mark(other) for other in row)):
        return True
    # A raised or lowered mark of smaller type beside its line.
    if small < 0.8 * max(anchor.size, segment.size):
        middle = (anchor.top + anchor.bottom) / 2 if anchor.size == small else (segment.top + segment.bottom) / 2
        larger = segment if anchor.size == small else anchor
        return larger.top < middle < larger.bottom
    return False


def _is_mark(segment: Segment) -> bool:
    """A sign such as ® or a footnote number, raised above its line."""
    return len(segment.words) == 1 and len(segment.words[0].text) <= 3


@dataclass(frozen=True, slots=True)
class _Band:
    """What overlaps vertically without a clear horizontal line through it."""

    segments: tuple[Segment, ...]
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class _Gutter:
    left: float
    right: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def columns_of(segments: Sequence[Segment]) -> list[list[Segment]]:
    """The text columns in reading order. Text across the whole width between columns is a column of its own."""
    if len(segments) < 6:
        return [list(segments)] if segments else []
    bands = _bands(segments)
    size = median(segment.size for segment in segments)
    regions: list[list[Segment]] = []
    full_width: list[Segment] = []
    index = failures = 0
    while index < len(bands):
        found = _columns_from(bands, index, size) if failures < _MAX_FAILURES else None
        if found is None:
            failures += len(bands[index].segments) > 1
            full_width.extend(bands[index].segments)
            index += 1
            continue
        end, gutter = found
        start = index
        while start > 0 and full_width and all(segment.left >= gutter.middle for segment in bands[start - 1].segments):
            start -= 1
            del full_width[-len(bands[start].segments) :]
        inside = [segment for band in bands[start:end] for segment in band.segments]
        left = [segment for segment in inside if segment.right <= gutter.right]
        right = [segment for segment in inside if segment.right > gutter.right]
        if full_width:
            regions.append(full_width)
            full_width = []
        sides = (right, left) if _mostly_right_to_left(inside) else (left, right)
        for side in sides:
            regions.extend(columns_of(side))
        index = end
    if full_width:
        regions.append(full_width)
    return regions


def _mostly_right_to_left(segments: Sequence[Segment]) -> bool:
    return sum(is_right_to_left(segment.words[0].text) for segment in segments) * 2 > len(segments)


def _bands(segments: Sequence[Segment]) -> list[_Band]:
    bands: list[_Band] = []
    current: list[Segment] = []
    top = bottom = 0.0
    for segment in sorted(segments, key=_upper):
        upper, lower = _upper(segment), segment.baseline + 0.1 * segment.size
        if current and upper >= bottom:
            bands.append(_Band(tuple(current), top, bottom))
            current = []
        if not current:
            top, bottom = upper, lower
        current.append(segment)
        bottom = max(bottom, lower)
    if current:
        bands.append(_Band(tuple(current), top, bottom))
    return bands


def _upper(segment: Segment) -> float:
    return segment.baseline - 0.7 * segment.size


def _columns_from(bands: list[_Band], start: int, size: float) -> tuple[int, _Gutter] | None:
    """The end of the longest stretch of bands from `start` that share a gutter between two columns of prose."""
    gutters = _gaps(bands[start].segments, size)
    if not gutters:
        return None
    end = start + 1
    last_two_sided = end
    while end < len(bands):
        narrowed = [gutter for old in gutters for gutter in _narrowed(old, bands[end].segments, size)]
        if not narrowed:
            break
        gutters = narrowed
        end += 1
        if any(_is_two_sided(bands[end - 1], gutter) for gutter in gutters):
            last_two_sided = end
    while end > last_two_sided and bands[end - 1].top - bands[end - 2].bottom > 1.2 * size:
        end -= 1
    # Narrowing keeps gutters that lie beside all text; only those with text on both sides part columns.
    for gutter in sorted(gutters, key=lambda candidate: candidate.left - candidate.right):
        if _parts_columns([segment for band in bands[start:end] for segment in band.segments], gutter):
            return end, gutter
    return None


def _is_two_sided(band: _Band, gutter: _Gutter) -> bool:
    sides = {segment.left > gutter.middle for segment in band.segments}
    return len(sides) == 2


def _gaps(segments: Sequence[Segment], size: float) -> list[_Gutter]:
    gaps: list[_Gutter] = []
    reach: float | None = None
    for segment in sorted(segments, key=lambda candidate: candidate.left):
        if reach is not None and segment.left - reach >= _MIN_GUTTER * size:
            gaps.append(_Gutter(reach, segment.left))
        reach = segment.right if reach is None else max(reach, segment.right)
    return gaps


def _narrowed(gutter: _Gutter, segments: Sequence[Segment], size: float) -> list[_Gutter]:
    """What is left of the gutter when these segments also keep clear of it."""
    free = [gutter]
    for segment in segments:
        cut: list[_Gutter] = []
        for part in free:
            if segment.right <= part.left or segment.left >= part.right:
                cut.append(part)
                continue
            cut.append(_Gutter(part.left, segment.left))
            cut.append(_Gutter(segment.right, part.right))
        free = [part for part in cut if part.right - part.left >= _MIN_GUTTER * size]
    return free


def _parts_columns(segments: Sequence[Segment], gutter: _Gutter) -> bool:
    """Tells columns of text from columns of a table: columns are prose, and are written one after the other."""
    left = [segment for segment in segments if segment.right <= gutter.right]
    right = [segment for segment in segments if segment.right > gutter.right]
    if min(len(left), len(right)) < 3 or _share_of_figures(left) > 0.35 or _share_of_figures(right) > 0.35:
        return False
    left_rows, right_rows = _count_rows(left), _count_rows(right)
    if min(left_rows, right_rows) < 3:
        return False
    by_order = sorted(segments, key=lambda segment: segment.order)
    on_left = [segment.right <= gutter.right for segment in by_order]
    changes = sum(a != b for a, b in pairwise(on_left))
    rows = min(left_rows, right_rows)
    if changes <= max(1, rows // 6):
        return _words_per_row(left, left_rows) >= 2 and _words_per_row(right, right_rows) >= 2
    # Written line by line across the page, as text recognition does it: only full lines of prose are columns.
    return rows >= 8 and changes >= 1.2 * rows and _is_full_prose(left) and _is_full_prose(right)


def _count_rows(segments: Sequence[Segment]) -> int:
    rows, last = 0, float("-inf")
    for segment in sorted(segments, key=lambda candidate: candidate.baseline):
        if segment.baseline - last > _SAME_BASELINE * segment.size:
            rows += 1
            last = segment.baseline
    return rows


def _share_of_figures(segments: Sequence[Segment]) -> float:
    words = [word.text for segment in segments for word in segment.words]
    return sum(len(word) == 1 or bool(_DIGIT.search(word)) for word in words) / len(words)


def _words_per_row(segments: Sequence[Segment], rows: int) -> float:
    return sum(len(segment.words) for segment in segments) / rows


def _is_full_prose(segments: Sequence[Segment]) -> bool:
    width = max(segment.right for segment in segments) - min(segment.left for segment in segments)
    rows = rows_of(segments)
    full = sum(1 for row in rows if row.right - row.left >= 0.7 * width and len(row.words) >= 4)
    return full >= 0.6 * len(rows)
