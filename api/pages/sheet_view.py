"""Tables of a workbook or a file of separated values, with the marked cells, as a spreadsheet shows them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.marks import Mark, Marking, Run
from corpus.locator import CellPlace, Span
from corpus.places import Places, column_name

_NUMBER = re.compile(r"[-+−(]?[\s€$£]*\d[\d.,'’\s]*[\s%€$£)]*(?:[a-zA-Z]{1,3})?")
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class SheetCell:
    runs: tuple[Run, ...] = ()
    is_marked: bool = False
    is_number: bool = False

    @property
    def length(self) -> int:
        return sum(len(run.text) for run in self.runs)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """`number` is the row's number in the file."""

    number: int
    cells: tuple[SheetCell, ...]


@dataclass(frozen=True, slots=True)
class SheetBody:
    """Rows `start` to `end` (counted among filled rows) of `row_count`; `head` repeats the first row when it is not
    among them."""

    sheets: tuple[str, ...]
    sheet: str
    columns: tuple[str, ...]
    head: SheetLine | None
    rows: tuple[SheetLine, ...]
    part: int
    part_count: int
    start: int
    row_count: int
    kind: str = "sheet"


def sheet_body(
    text: str, places: Places, marks: Sequence[Mark], sheet: str | None, part: int | None, part_size: int
) -> SheetBody:
    """The sheet and part that are asked for, else those with the first mark."""
    cells: dict[str, dict[int, dict[int, list[Span]]]] = {}
    for item in places.placed:
        if isinstance(item.place, CellPlace):
            rows = cells.setdefault(item.place.sheet, {})
            rows.setdefault(item.place.row, {}).setdefault(item.place.column, []).append(item.span)
    marked = _first_marked(places, marks)
    if sheet not in cells:
        sheet = marked.sheet if marked else next(iter(cells))
    rows = cells[sheet]
    numbers = sorted(rows)
    parts = -(-len(numbers) // part_size)
    if part is None:
        at = numbers.index(marked.row) if marked and marked.sheet == sheet else 0
        part = at // part_size + 1
    part = min(max(part, 1), parts)
    start = (part - 1) * part_size
    shown = numbers[start : start + part_size]
    width = min(max(max(row) for row in rows.values()), MOST_COLUMNS)
    marking = Marking(text, marks)
    lines = tuple(_line(number, rows[number], width, text, marking) for number in shown)
    head = _line(numbers[0], rows[numbers[0]], width, text, Marking(text, ())) if start else None
    return SheetBody(
        sheets=tuple(cells),
        sheet=sheet,
        columns=tuple(column_name(column) for column in range(1, width + 1)),
        head=head,
        rows=lines,
        part=part,
        part_count=parts,
        start=start + 1,
        row_count=len(numbers),
    )


def has_cells(places: Places) -> bool:
    return any(isinstance(item.place, CellPlace) for item in places.placed[:1])


def _first_marked(places: Places, marks: Sequence[Mark]) -> CellPlace | None:
    for mark in marks:
        for item in places.within(mark.spans):
            if isinstance(item.place, CellPlace):
                return item.place
    return None


def _line(number: int, row: dict[int, list[Span]], width: int, text: str, marking: Marking) -> SheetLine:
    return SheetLine(number, tuple(_cell(row.get(column, []), text, marking) for column in range(1, width + 1)))


def _cell(spans: Sequence[Span], text: str, marking: Marking) -> SheetCell:
    runs = tuple(run for span in spans for run in marking.runs(span.start, span.end))
    shown = "".join(run.text for run in runs).strip()
    return SheetCell(runs, any(run.mark for run in runs), bool(_NUMBER.fullmatch(shown)))
