"""Finds the cells that ruling lines enclose, with the table finder of pdfplumber.

Only its geometry is used, on lines that pdfium read already: letting pdfplumber read the page itself costs a hundred
milliseconds and more a page, and its words would have to be matched with ours.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

from ingestion.pdf_page import Rule

_SNAP = 3.0
_MAX_EDGES = 1_200
_MAX_INTERSECTIONS = 4_000


@dataclass(frozen=True, slots=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True, slots=True)
class Grid:
    """The enclosed cells of one table, by row and column. None where a merged cell reaches in."""

    area: Area
    rows: tuple[tuple[Area | None, ...], ...]


def may_hold_grid(rules: Sequence[Rule]) -> bool:
    """Cheap: two rows and two columns take three lines down the page that each meet three lines across it.

    Shaded table rows fail here: their edges leave gaps at every other row.
    """
    if len(rules) < 6:
        return False
    across = sorted({round(rule.top / _SNAP) for rule in rules if rule.horizontal})
    if len(across) < 3:
        return False
    by_place: dict[int, list[Rule]] = {}
    for rule in rules:
        if not rule.horizontal:
            by_place.setdefault(round(rule.left / _SNAP), []).append(rule)
    meeting = 0
    for lines in by_place.values():
        lines.sort(key=lambda rule: rule.top)
        top, bottom = lines[0].top, lines[0].bottom
        most = 0
        for line in [*lines[1:], Rule(0.0, float("inf"), 0.0, float("inf"))]:
            if line.top > bottom + _SNAP:
                first, last = round(top / _SNAP) - 1, round(bottom / _SNAP) + 1
                most = max(most, bisect_right(across, last) - bisect_left(across, first))
                top, bottom = line.top, line.bottom
            bottom = max(bottom, line.bottom)
        meeting += most >= 3
    return meeting >= 3


def find_grids(rules: Sequence[Rule]) -> list[Grid]:
    """Tables of at least two rows and two columns, from top to bottom."""
    if not may_hold_grid(rules):
        return []
    edges = merge_edges([_edge(rule) for rule in rules], _SNAP, _SNAP, _SNAP, _SNAP)
    # Charts and maps are made of thousands of lines and are no tables.
    if len(edges) > _MAX_EDGES:
        return []
    intersections = edges_to_intersections(edges, _SNAP, _SNAP)
    if len(intersections) > _MAX_INTERSECTIONS:
        return []
    cells = intersections_to_cells(intersections)
    grids = [_grid([Area(*cell) for cell in table]) for table in cells_to_tables(cells)]
    return sorted(
        (grid for grid in grids if len(grid.rows) >= 2 and len(grid.rows[0]) >= 2),
        key=lambda grid: (grid.area.top, grid.area.left),
    )


def _edge(rule: Rule) -> dict[str, object]:
    return {
        "x0": rule.left,
        "x1": rule.right,
        "top": rule.top,
        "bottom": rule.bottom,
        "width": rule.right - rule.left,
        "height": rule.bottom - rule.top,
        "orientation": "h" if rule.horizontal else "v",
    }


def _grid(cells: Sequence[Area]) -> Grid:
    tops = _distinct([cell.top for cell in cells])
    lefts = _distinct([cell.left for cell in cells])
    by_place = {(_nearest(tops, cell.top), _nearest(lefts, cell.left)): cell for cell in cells}
    rows = tuple(tuple(by_place.get((top, left)) for left in lefts) for top in tops)
    area = Area(
        min(cell.left for cell in cells),
        min(cell.top for cell in cells),
        max(cell.right for cell in cells),
        max(cell.bottom for cell in cells),
    )
    return Grid(area, rows)


def _distinct(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered[0], *(after for before, after in pairwise(ordered) if after - before > _SNAP / 2)]


def _nearest(values: Sequence[float], value: float) -> float:
    return min(values, key=lambda candidate: abs(candidate - value))
