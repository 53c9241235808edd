"""Keeps the places of a version's text compactly, and finds the narrowest locator for a stretch of it."""

import json
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, overload

from corpus.locator import (
    Box,
    CellPlace,
    CueLocator,
    CuePlace,
    HeadingLocator,
    Locator,
    MailLocator,
    MailPlace,
    PageLocator,
    PagePlace,
    Place,
    PlacedSpan,
    SheetLocator,
    SlideLocator,
    SlidePlace,
    Span,
)

_GRID = 20000
"""Boxes are kept on a grid of this many steps a page side: finer than a printed dot."""


class Places:
    """The placed spans of one version, sorted and without overlap."""

    def __init__(self, placed: Sequence[PlacedSpan]) -> None:
        self.placed = placed
        self._starts = [item[0] for item in placed.rows] if isinstance(placed, _Stored) else _starts_of(placed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places) and tuple(self.placed) == tuple(other.placed)

    def __hash__(self) -> int:
        return hash(tuple(self.placed))

    def within(self, spans: Sequence[Span]) -> list[PlacedSpan]:
        """What lies at least partly inside `spans`, in the order of the text."""
        found: dict[int, PlacedSpan] = {}
        for span in spans:
            first = max(bisect_right(self._starts, span.start) - 1, 0)
            for number in range(first, len(self._starts)):
                if self._starts[number] >= span.end:
                    break
                item = self.placed[number]
                if item.span.overlaps(span):
                    found[number] = item
        return [found[number] for number in sorted(found)]

    def locator(self, spans: Sequence[Span], headings: Sequence[str]) -> Locator:
        """The narrowest place that holds all of `spans`; the heading path where the format knows nothing narrower."""
        places = [item.place for item in self.within(spans)]
        pages = [place for place in places if isinstance(place, PagePlace)]
        if pages:
            return PageLocator(tuple(_lines(pages)))
        cells = [place for place in places if isinstance(place, CellPlace)]
        if cells:
            return _sheet_locator(cells)
        cues = [place for place in places if isinstance(place, CuePlace)]
        if cues:
            speakers = {cue.speaker for cue in cues}
            return CueLocator(cues[0].start_s, cues[-1].end_s, speakers.pop() if len(speakers) == 1 else None)
        for place in places:
            if isinstance(place, SlidePlace):
                return SlideLocator(place.slide, place.in_notes)
            if isinstance(place, MailPlace):
                return MailLocator(place.part)
        return HeadingLocator(tuple(headings))

    def pages(self, spans: Sequence[Span]) -> list[int]:
        """Pages (or slides) that hold any of `spans`, ascending."""
        found = set()
        for item in self.within(spans):
            if isinstance(item.place, PagePlace):
                found.add(item.place.page)
            elif isinstance(item.place, SlidePlace):
                found.add(item.place.slide)
        return sorted(found)


def _lines(words: Sequence[PagePlace]) -> list[PagePlace]:
    """One area per line: neighbours on the same page whose boxes share most of their height."""
    lines: list[PagePlace] = []
    for word in words:
        if lines and lines[-1].page == word.page and _same_line(lines[-1].box, word.box):
            lines.append(PagePlace(word.page, _around(lines.pop().box, word.box)))
        else:
            lines.append(word)
    return lines


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _same_line(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    lower = min(one.bottom - one.top, other.bottom - other.top)
    # A word far to the right on the same height belongs to the next column or table cell: its own area.
    return shared > 0.5 * lower and -0.02 < other.left - one.right < 0.05


def _sheet_locator(cells: Sequence[CellPlace]) -> SheetLocator:
    # A repeated header row stands apart from the rows below it; the data rows are what the quote is about.
    sheet = cells[-1].sheet
    of_sheet = [cell for cell in cells if cell.sheet == sheet]
    top, bottom = min(c.row for c in of_sheet), max(c.row for c in of_sheet)
    left, right = min(c.column for c in of_sheet), max(c.column for c in of_sheet)
    first, last = f"{column_name(left)}{top}", f"{column_name(right)}{bottom}"
    return SheetLocator(sheet, first if first == last else f"{first}:{last}")


def column_name(column: int) -> str:
    """1 is A, 27 is AA."""
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def encode_places(placed: Sequence[PlacedSpan]) -> bytes:
    """Deflated JSON; `decode_places` reads it back."""
    rows: list[list[Any]] = []
    for item in placed:
        rows.append([item.span.start, item.span.end, *_place_row(item.place)])
    return zlib.compress(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode())


def decode_places(data: bytes) -> Places:
    return Places(_Stored(json.loads(zlib.decompress(data))))


class _Stored(Sequence[PlacedSpan]):
    """Makes a placed span when it is asked for: a citation needs a dozen of the tens of thousands of a long PDF."""

    def __init__(self, rows: list[list[Any]]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, number: int) -> PlacedSpan: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[PlacedSpan]: ...
    def __getitem__(self, number: int | slice) -> PlacedSpan | Sequence[PlacedSpan]:
        if isinstance(number, slice):
            return _Stored(self.rows[number])
        row = self.rows[number]
        return PlacedSpan(Span(row[0], row[1]), _place(row[2], row[3:]))


def _starts_of(placed: Sequence[PlacedSpan]) -> list[int]:
    return [item.span.start for item in placed]


def _place_row(place: Place) -> list[Any]:
    match place:
        case PagePlace(page, box):
            corners = (box.left, box.top, box.right, box.bottom)
            return ["p", page, *(round(corner * _GRID) for corner in corners)]
        case SlidePlace(slide, in_notes):
            return ["s", slide, int(in_notes)]
        case CellPlace(sheet, row, column):
            return ["c", sheet, row, column]
        case MailPlace(part):
            return ["m", part]
        case CuePlace(start_s, end_s, speaker):
            return ["t", start_s, end_s, speaker]


def _place(kind: str, values: list[Any]) -> Place:
    match kind:
        case "p":
            left, top, right, bottom = (value / _GRID for value in values[1:])
            return PagePlace(values[0], Box(left, top, right, bottom))
        case "s":
            return SlidePlace(values[0], bool(values[1]))
        case "c":
            return CellPlace(*values)
        case "m":
            return MailPlace(values[0])
        case "t":
            return CuePlace(*values)
        case _:
            raise ValueError(f"unknown kind of place: {kind}")
