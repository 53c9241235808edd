"""A version's text as it reads: headings, paragraphs, lists and tables, put together again from its chunks."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from api.pages.marks import Mark, Marking, Run
from corpus.chunk import ChunkKind
from corpus.locator import MailPlace, PagePlace, Place, SlidePlace
from corpus.places import Places
from corpus.store import StoredChunk

_ITEM = re.compile(r"( *)- ")
_DEEPEST_HEADING = 6
_NARROWEST = 45
"""Lines are taken to be wrapped at the length of the longest, but never at fewer characters than this."""


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Divider:
    """Where a slide, a page or a part of a mail begins."""

    label: str
    kind: str = "divider"


@dataclass(slots=True)
class Paragraph:
    """Line breaks in it are meant."""

    runs: list[Run]
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Item:
    level: int
    runs: list[Run]


@dataclass(slots=True)
class ItemList:
    items: list[Item] = field(default_factory=list)
    kind: str = "list"


@dataclass(slots=True)
class Row:
    """Runs by column key, see `Grid`."""

    cells: dict[str, list[Run]]


@dataclass(slots=True)
class Grid:
    """A table. A column without a name has a key that no name can have: a tab and its position."""

    keys: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    kind: str = "table"

    def add(self, row: Row) -> None:
        """A column that is new comes before the next one of this row that is known, else last."""
        at = len(self.keys)
        for key in reversed(row.cells):
            if key in self.keys:
                at = self.keys.index(key)
            else:
                self.keys.insert(at, key)
        self.rows.append(row)

    @property
    def names(self) -> list[str]:
        """Empty where no column has a name."""
        names = ["" if key.startswith("\t") else key for key in self.keys]
        return names if any(names) else []


Block = Heading | Divider | Paragraph | ItemList | Grid


@dataclass(frozen=True, slots=True)
class TextBody:
    """`first` is the ordinal of the first chunk shown; `earlier` and `later` open what lies before and after."""

    blocks: tuple[Block, ...]
    part: int
    part_count: int
    kind: str = "text"


@dataclass(slots=True)
class _Cell:
    label: str
    runs: list[Run] = field(default_factory=list)
    start: int = -1
    end: int = -1


@dataclass(slots=True)
class _Line:
    """`gap` is how it is set off from the line before: an empty string within a chunk's first line."""

    gap: str
    level: int = 0
    cells: list[_Cell] = field(default_factory=list)

    @property
    def is_row(self) -> bool:
        return len(self.cells) > 1 or any(cell.label for cell in self.cells)

    @property
    def start(self) -> int:
        return next((cell.start for cell in self.cells if cell.start >= 0), -1)

    @property
    def end(self) -> int:
        return self.cells[-1].end


def text_body(
    chunks: Sequence[StoredChunk],
    text: str,
    title: str,
    places: Places,
    marks: Sequence[Mark],
    part: int | None,
    part_size: int,
    top_level: int,
) -> TextBody:
    """The part that is asked for, else the one with the first mark. `top_level`: of the outermost heading."""
    parts = max(-(-len(chunks) // part_size), 1)
    if part is None:
        part = (_first_marked(chunks, marks) or 0) // part_size + 1
    part = min(max(part, 1), parts)
    shown = chunks[(part - 1) * part_size : part * part_size]
    return TextBody(tuple(blocks(shown, text, title, places, marks, top_level)), part, parts)


def excerpt(
    chunks: Sequence[StoredChunk],
    text: str,
    title: str,
    places: Places,
    marks: Sequence[Mark],
    around: int,
    top_level: int,
) -> TextBody:
    """The chunks from `around` before the first marked one to `around` behind the last that is near."""
    first = _first_marked(chunks, marks) or 0
    start = max(first - around, 0)
    shown = chunks[start : first + 2 * around + 1]
    return TextBody(tuple(blocks(shown, text, title, places, marks, top_level)), 1, 1)


def blocks(
    chunks: Sequence[StoredChunk], text: str, title: str, places: Places, marks: Sequence[Mark], top_level: int
) -> list[Block]:
    reading = _Reading(text, title, places, Marking(text, marks), top_level)
    for chunk in chunks:
        reading.add(chunk)
    return reading.blocks


def _first_marked(chunks: Sequence[StoredChunk], marks: Sequence[Mark]) -> int | None:
    spans = [span for mark in marks[:1] for span in mark.spans]
    for number, chunk in enumerate(chunks):
        for piece in chunk.pieces:
            if any(piece.text_start < span.end and span.start < piece.text_start + piece.length for span in spans):
                return number
    return None


class _Reading:
    """Takes chunks in order and keeps what the next one may go on with."""

    def __init__(self, text: str, title: str, places: Places, marking: Marking, top_level: int) -> None:
        self.blocks: list[Block] = []
        self._text = text
        self._title = title
        self._marking = marking
        self._top_level = top_level
        self._placed = places.placed
        self._starts = [item.span.start for item in places.placed]
        self._headings: tuple[str, ...] = ()
        self._divider = ""
        self._end = -1

    def add(self, chunk: StoredChunk) -> None:
        lines = [line for line in _lines(chunk, self._marking) if line.cells]
        if lines:
            self._divide(lines[0])
        self._add_headings(chunk.headings)
        for line in lines:
            self._divide(line)
            if line.gap == "" and self._goes_on(line):
                self._append(line)
            elif line.level:
                self._list().items.append(Item(line.level, _runs(line)))
            elif line.is_row or (chunk.kind is ChunkKind.TABLE and isinstance(self._last(), Grid)):
                self._grid(line.gap == "\n\n").add(_row(line))
            else:
                self.blocks.append(Paragraph(_unwrapped(_runs(line))))
            self._end = line.end if line.end >= 0 else self._end

    def _divide(self, line: _Line) -> None:
        label = self._label(line.start)
        if label and label != self._divider:
            self._divider = label
            self.blocks.append(Divider(label))

    def _label(self, start: int) -> str:
        at = bisect_right(self._starts, start) - 1
        if at < 0 or self._placed[at].span.end <= start:
            return ""
        return _place_label(self._placed[at].place)

    def _add_headings(self, headings: tuple[str, ...]) -> None:
        if headings[:1] == (self._title,):
            headings = headings[1:]
        known = 0
        while known < min(len(headings), len(self._headings)) and headings[known] == self._headings[known]:
            known += 1
        for depth in range(known, len(headings)):
            level = min(self._top_level + depth, _DEEPEST_HEADING)
            self.blocks.append(Heading(level, headings[depth]))
        if known < len(headings):
            self._end = -1
        self._headings = headings

    def _goes_on(self, line: _Line) -> bool:
        """Whether the line begins in the middle of what the chunk before ended with."""
        if not 0 <= self._end <= line.start or line.level:
            return False
        between = self._text[self._end : line.start]
        if between.strip() or "\n\n" in between:
            return False
        return isinstance(self._last(), Grid) or (isinstance(self._last(), Paragraph | ItemList) and not line.is_row)

    def _append(self, line: _Line) -> None:
        last = self._last()
        space = [Run(" ")]
        if isinstance(last, Paragraph):
            last.runs += space + _unwrapped(_runs(line))
        elif isinstance(last, ItemList):
            last.items[-1].runs.extend(space + _runs(line))
        elif isinstance(last, Grid):
            first, *others = line.cells
            cells = last.rows[-1].cells
            if first.label:
                last.add(_row(line))
                return
            cells[next(reversed(cells))].extend(space + first.runs)
            for cell in others:
                cells.setdefault(cell.label or f"\t{len(cells)}", []).extend(cell.runs)

    def _last(self) -> Block | None:
        return self.blocks[-1] if self.blocks else None

    def _list(self) -> ItemList:
        last = self._last()
        if isinstance(last, ItemList):
            return last
        made = ItemList()
        self.blocks.append(made)
        return made

    def _grid(self, apart: bool) -> Grid:
        last = self._last()
        if isinstance(last, Grid) and not apart:
            return last
        made = Grid()
        self.blocks.append(made)
        return made


def _lines(chunk: StoredChunk, marking: Marking) -> Iterator[_Line]:
    """What stands between pieces was put there when the document was cut, and tells lines, cells and labels apart."""
    line = _Line("")
    at = 0
    for piece in chunk.pieces:
        gap = chunk.text[at : piece.chunk_start]
        bare = gap.lstrip("\n")
        if len(bare) < len(gap):
            if line.cells:
                yield line
            line = _Line(gap[: len(gap) - len(bare)])
        item = _ITEM.fullmatch(bare)
        if item is not None and not line.cells:
            line.level = len(item[1]) // 2 + 1
            line.cells.append(_Cell(""))
        elif bare.startswith(" | ") or not line.cells:
            line.cells.append(_Cell(bare.removeprefix(" | ").removesuffix(": ")))
        elif bare:
            line.cells[-1].runs.append(Run(bare))
        cell = line.cells[-1]
        cell.runs.extend(marking.runs(piece.text_start, piece.text_start + piece.length))
        cell.start = piece.text_start if cell.start < 0 else cell.start
        cell.end = piece.text_start + piece.length
        at = piece.chunk_start + piece.length
    yield line


def _runs(line: _Line) -> list[Run]:
    runs: list[Run] = []
    for number, cell in enumerate(line.cells):
        if cell.label:
            runs.append(Run(f"{', ' if number else ''}{cell.label}: "))
        runs += cell.runs
    return runs


def _row(line: _Line) -> Row:
    cells: dict[str, list[Run]] = {}
    for number, cell in enumerate(line.cells):
        key = cell.label or f"\t{number}"
        cells.setdefault(key if key not in cells else f"\t{number}", []).extend(cell.runs)
    return Row(cells)


def _unwrapped(runs: Sequence[Run]) -> list[Run]:
    """Without the line breaks that a program made: where the next word would not have fitted into the line."""
    text = "".join(run.text for run in runs)
    lines = text.split("\n")
    width = max(_NARROWEST, *map(len, lines))
    kept = []
    for line, following in pairwise(lines):
        word = next(iter(following.split()), "")
        in_columns = "   " in line.strip() or "   " in following.strip()
        kept.append("\n" if in_columns or not word or len(line.rstrip()) + 1 + len(word) <= width else " ")
    breaks = iter(kept)
    return [
        replace(run, text="".join(next(breaks) if character == "\n" else character for character in run.text))
        for run in runs
    ]


def _place_label(place: Place) -> str:
    match place:
        case SlidePlace(slide, in_notes):
            return f"Slide {slide}" + (" · speaker notes" if in_notes else "")
        case MailPlace(part):
            return {"headers": "Header", "body": "Message"}.get(part, f"Attachment · {part}")
        case PagePlace(page, _):
            return f"Page {page}"
        case _:
            return ""
