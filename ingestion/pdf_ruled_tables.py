"""Puts the words of a sheet into the cells that its ruling lines enclose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.pdf_layout import rows_of, segments_of
from ingestion.pdf_page import Sheet, Word
from ingestion.pdf_table import FoundCell, FoundRow, FoundTable, header_height
from ingestion.pdfplumber_tables import Area, Grid, find_grids

# A frame around a page or a layout of boxes is no table: a table's cells are short, and most are filled.
_MAX_WORDS_PER_CELL = 90
_MIN_SHARE_OF_FILLED_CELLS = 0.4
_MIN_COVERED_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class TablesAndRest:
    tables: tuple[FoundTable, ...]
    rest: tuple[Word, ...]


def take_ruled_tables(sheet: Sheet) -> TablesAndRest:
    tables: list[FoundTable] = []
    rest = list(sheet.words)
    for grid in find_grids(sheet.rules):
        if _covered_share(grid) < _MIN_COVERED_SHARE or grid.area.height < 10:
            continue
        inside = _words_by_cell(grid, rest)
        table = _table(grid, inside)
        if table is not None:
            taken = {id(word) for words in inside.values() for word in words}
            rest = [word for word in rest if id(word) not in taken]
            tables.append(table)
    return TablesAndRest(tuple(tables), tuple(rest))


def _covered_share(grid: Grid) -> float:
    cells = sum(cell.width * cell.height for row in grid.rows for cell in row if cell is not None)
    return cells / max(grid.area.width * grid.area.height, 1e-6)


def _words_by_cell(grid: Grid, words: Sequence[Word]) -> dict[Area, list[Word]]:
    by_cell: dict[Area, list[Word]] = {}
    cells = [cell for row in grid.rows for cell in row if cell is not None]
    for word in words:
        x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
        if grid.area.holds(x, y):
            cell = next((cell for cell in cells if cell.holds(x, y)), None)
            if cell is not None:
                by_cell.setdefault(cell, []).append(word)
    return by_cell


def _table(grid: Grid, inside: Mapping[Area, Sequence[Word]]) -> FoundTable | None:
    rows: list[FoundRow] = []
    merged: list[bool] = []
    for areas in grid.rows:
        row = FoundRow(
            tuple(FoundCell(lines_in_cell(inside[area])) if area and area in inside else FoundCell() for area in areas)
        )
        if not row.is_empty():
            rows.append(row)
            merged.append(_spans_columns(grid, areas))
    kept = sorted({index for row in rows for index, cell in enumerate(row.cells) if cell.lines})
    existing = sum(area is not None for areas in grid.rows for area in areas)
    words = sum(len(cell_words) for cell_words in inside.values())
    if len(rows) < 2 or len(kept) < 2:
        return None
    if len(inside) < _MIN_SHARE_OF_FILLED_CELLS * existing or words > _MAX_WORDS_PER_CELL * len(inside):
        return None
    rows = [FoundRow(tuple(row.cells[index] for index in kept)) for row in rows]
    height = header_height(rows, merged)
    area = grid.area
    return FoundTable(area.left, area.top, area.right, area.bottom, tuple(rows[:height]), tuple(rows[height:]))


def _spans_columns(grid: Grid, areas: Sequence[Area | None]) -> bool:
    lefts = [min(area.left for row in grid.rows if (area := row[index]) is not None) for index in range(len(areas))]
    return any(area is not None and sum(area.left - 1 <= left < area.right - 1 for left in lefts) > 1 for area in areas)


def lines_in_cell(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    return tuple(row.words for row in rows_of(segments_of(words)))
