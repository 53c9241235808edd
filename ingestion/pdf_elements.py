"""Writes blocks into one text, with the place of every word."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.locator import PagePlace, PlacedSpan, Span
from ingestion.parsed import Cell, Element, ElementKind, Row, Table
from ingestion.pdf_characters import is_set_without_spaces
from ingestion.pdf_hyphens import LineEnds
from ingestion.pdf_page import Sheet, Word
from ingestion.pdf_paragraphs import Block, Line
from ingestion.pdf_table import FoundCell, FoundRow


@dataclass(frozen=True, slots=True)
class PlacedElements:
    text: str
    elements: tuple[Element, ...]
    places: tuple[PlacedSpan, ...]


def write_elements(blocks: deque[Block]) -> PlacedElements:
    """Lines of a paragraph are joined by a space, or by nothing at a hyphen; elements stand apart by a blank line.

    Empties `blocks`: the words of 2,000 pages and their places together would not fit into a parser's memory.
    """
    writer = _Writer(LineEnds(_inner_words(blocks)))
    elements: list[Element] = []
    previous: ElementKind | None = None
    while blocks:
        block = blocks.popleft()
        if previous is not None:
            writer.separate("\n" if previous is block.kind is ElementKind.LIST_ITEM else "\n\n")
        elements.append(writer.write(block))
        previous = block.kind
    return PlacedElements(writer.text(), tuple(elements), writer.places())


def _inner_words(blocks: Iterable[Block]) -> set[str]:
    """All words but those cut at the end of a line and what follows them."""
    words: set[str] = set()
    for block in blocks:
        cut = False
        for line in block.lines:
            texts = [word.text for word in line.words]
            words.update(texts[1:-1])
            if not cut:
                words.add(texts[0])
            cut = texts[-1].endswith("-")
            if not cut and len(texts) > 1:
                words.add(texts[-1])
    return words


class _Writer:
    """Like `TextBuilder`, but spares the spans of separators: a handbook has 100,000 words."""

    def __init__(self, line_ends: LineEnds) -> None:
        self._line_ends = line_ends
        self._parts: list[str] = []
        self._length = 0
        self._places: list[PlacedSpan] = []

    def text(self) -> str:
        return "".join(self._parts)

    def places(self) -> tuple[PlacedSpan, ...]:
        return tuple(self._places)

    def separate(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def write(self, block: Block) -> Element:
        if block.table is not None:
            return self._write_table(block)
        if block.kind is ElementKind.CODE:
            return Element(block.kind, (self._write_code(block),))
        lines = [line.words for line in block.lines]
        if block.marker is not None and block.marker.is_bullet:
            self._add(lines[0][0], block.sheets[0], lines[0][0].text)
            self.separate(" ")
            lines[0] = lines[0][1:]
        span = self._write_lines(lines, block.sheets)
        return Element(block.kind, (span,), block.level)

    def _write_lines(self, lines: Sequence[Sequence[Word]], sheets: Sequence[Sheet]) -> Span:
        start = self._length
        before = ""
        for number, (words, sheet) in enumerate(zip(lines, sheets, strict=True)):
            following = lines[number + 1][0] if number + 1 < len(lines) else None
            for position, word in enumerate(words):
                if position > 0:
                    if not word.glued:
                        self.separate(" ")
                elif before and not self._joins(before, word.text):
                    self.separate(" ")
                text = word.text
                before = text
                is_last = following is not None and position == len(words) - 1
                if is_last and following is not None and self._line_ends.is_only_of_line(text, following.text):
                    text = text[:-1]
                    before = ""
                self._add(word, sheet, text)
        return Span(start, self._length)

    def _joins(self, before: str, after: str) -> bool:
        if self._line_ends.goes_on(before) and (after[0].isalnum()):
            return True
        return is_set_without_spaces(before[-1]) and is_set_without_spaces(after[0])

    def _add(self, word: Word, sheet: Sheet, text: str) -> None:
        start = self._length
        self._length = end = start + len(text)
        self._parts.append(text)
        box = sheet.box(word.left, word.top, word.right, word.bottom)
        self._places.append(PlacedSpan(Span(start, end), PagePlace(sheet.page, box)))

    def _write_code(self, block: Block) -> Span:
        start = self._length
        left = min(line.left for line in block.lines)
        for number, (line, sheet) in enumerate(zip(block.lines, block.sheets, strict=True)):
            if number:
                self.separate("\n")
            self._write_code_line(line, sheet, left)
        return Span(start, self._length)

    def _write_code_line(self, line: Line, sheet: Sheet, left: float) -> None:
        """Keeps indentation and inner gaps: characters of a fixed pitch are six tenths of the size wide."""
        pitch = _pitch(line)
        reach = left
        for word in line.words:
            spaces = max(round((word.left - reach) / pitch), 0 if reach == left else 1)
            if spaces:
                self.separate(" " * min(spaces, 80))
            self._add(word, sheet, word.text)
            reach = word.right

    def _write_table(self, block: Block) -> Element:
        found = block.table
        assert found is not None
        rows_above = len(found.header)
        sheets = block.sheets * (rows_above + len(found.rows)) if len(block.sheets) == 1 else block.sheets
        caption: tuple[Span, ...] = ()
        if block.caption is not None:
            lines = [line.words for line in block.caption.lines]
            caption = (self._write_lines(lines, block.caption.sheets),)
            self.separate("\n")
        start = self._length
        header = tuple(
            self._write_row(row, sheet) for row, sheet in zip(found.header, sheets[:rows_above], strict=True)
        )
        rows = tuple(
            self._write_row(row, sheet, last=number == len(found.rows) - 1)
            for number, (row, sheet) in enumerate(zip(found.rows, sheets[rows_above:], strict=True))
        )
        spans = (*caption, Span(start, self._length))
        return Element(ElementKind.TABLE, spans, table=Table(header, rows, caption))

    def _write_row(self, row: FoundRow, sheet: Sheet, last: bool = False) -> Row:
        cells: list[Cell] = []
        for number, cell in enumerate(row.cells):
            if number:
                self.separate("\t")
            cells.append(self._write_cell(cell, sheet))
        if not last:
            self.separate("\n")
        return Row(tuple(cells))

    def _write_cell(self, cell: FoundCell, sheet: Sheet) -> Cell:
        if not cell.lines:
            return Cell()
        return Cell((self._write_lines(cell.lines, [sheet] * len(cell.lines)),))


def _pitch(line: Line) -> float:
    characters = sum(len(word.text) for word in line.words)
    return max(sum(word.right - word.left for word in line.words) / characters, 0.1) if characters else 6.0
