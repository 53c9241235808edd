"""Finds the tables and notes on a sheet: regions that are set apart by blank rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.locator import Span
from ingestion.parsed import Cell, Element, ElementKind, Row, Table
from ingestion.table_header import header_row_count

Values = Sequence[tuple[Span, ...]]

# Enough rows to tell names from values.
_SAMPLE_ROWS = 50


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`number` counts from 1; `cells` begin with the first column."""

    number: int
    cells: tuple[str, ...]
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """Rows `first` to `last` (exclusive), columns `left` to `right` (exclusive), all as indexes from 0.

    A region of one column, or a lone cell above a table, is a note and has no columns to name.
    `continues`: it has no names of its own and stands below a region with the same columns that has some.
    """

    first: int
    last: int
    left: int
    right: int
    header_rows: int = 0
    is_note: bool = False
    continues: bool = False


def sheet_elements(rows: Sequence[SheetRow], values: Sequence[Values]) -> Iterator[Element]:
    """Tables and notes in reading order. `values` holds, for each of `rows`, the spans of each of its cells.

    A table that continues the one above it shows that one's header again: the spans are the same.
    """
    header: tuple[Row, ...] = ()
    left = 0
    for region in regions(rows):
        if region.is_note:
            yield Element(ElementKind.PARAGRAPH, values[region.first][region.left])
            continue
        body = region.first + region.header_rows
        if region.header_rows:
            header, left = _table_rows(values[region.first : body], region), region.left
        shown = header if region.header_rows else _shifted(header, region.left - left) if region.continues else ()
        own = _table_rows(values[region.first : region.last], region)
        spans = tuple(span for row in own for cell in row.cells for span in cell.spans)
        yield Element(ElementKind.TABLE, spans, table=Table(shown, own[region.header_rows :]))


def _table_rows(values: Sequence[Values], region: Region) -> tuple[Row, ...]:
    return tuple(Row(tuple(Cell(spans) for spans in row[region.left : region.right])) for row in values)


def _shifted(header: tuple[Row, ...], columns: int) -> tuple[Row, ...]:
    return tuple(Row(row.cells[columns:]) for row in header) if columns > 0 else header


def regions(rows: Sequence[SheetRow]) -> Iterator[Region]:
    named: Region | None = None
    for first, last in _blocks(rows):
        start = first
        while start < last and _filled(rows[start]) == 1 and _widest(rows[start:last]) > 1:
            yield _note(rows, start)
            start += 1
        if _widest(rows[start:last]) == 1:
            for index in range(start, last):
                yield _note(rows, index)
            continue
        region = _table(rows, start, last, named)
        named = region if region.header_rows else named if region.continues else None
        yield region


def _blocks(rows: Sequence[SheetRow]) -> Iterator[tuple[int, int]]:
    """Index ranges of rows without a blank row between them."""
    start: int | None = None
    previous = 0
    for index, row in enumerate(rows):
        blank = not any(cell.strip() for cell in row.cells)
        apart = start is not None and row.number > previous + 1
        if start is not None and (blank or apart):
            yield start, index
            start = None
        if not blank and start is None:
            start = index
        previous = row.number
    if start is not None:
        yield start, len(rows)


def _filled(row: SheetRow) -> int:
    return sum(1 for cell in row.cells if cell.strip())


def _widest(rows: Sequence[SheetRow]) -> int:
    return max((_filled(row) for row in rows), default=0)


def _note(rows: Sequence[SheetRow], index: int) -> Region:
    left = next(column for column, cell in enumerate(rows[index].cells) if cell.strip())
    return Region(index, index + 1, left, left + 1, is_note=True)


def _table(rows: Sequence[SheetRow], first: int, last: int, named: Region | None) -> Region:
    block = rows[first:last]
    left = min(column for row in block for column, cell in enumerate(row.cells) if cell.strip())
    right = 1 + max(column for row in block for column, cell in enumerate(row.cells) if cell.strip())
    sample = [tuple(_padded(row.cells, right)[left:right]) for row in block[:_SAMPLE_ROWS]]
    header = header_row_count(sample)
    if not header and len(block) > 1 and block[0].is_bold and not block[1].is_bold:
        header = 1
    within = named is not None and left >= named.left and right <= named.right
    return Region(first, last, left, right, header, continues=not header and within)


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]
