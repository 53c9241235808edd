"""Cells enclosed by ruling lines."""

from collections.abc import Sequence

from ingestion.pdf_page import Rule
from ingestion.pdfplumber_tables import Area, find_grids, may_hold_grid


def lattice(xs: Sequence[float], ys: Sequence[float]) -> list[Rule]:
    down = [Rule(x, min(ys), x, max(ys)) for x in xs]
    return down + [Rule(min(xs), y, max(xs), y) for y in ys]


def test_a_lattice_has_its_cells_by_row_and_column() -> None:
    (grid,) = find_grids(lattice([0, 100, 200], [0, 20, 50]))
    assert grid.area == Area(0, 0, 200, 50)
    assert grid.rows == (
        (Area(0, 0, 100, 20), Area(100, 0, 200, 20)),
        (Area(0, 20, 100, 50), Area(100, 20, 200, 50)),
    )


def test_a_merged_cell_leaves_its_other_places_empty() -> None:
    rules = [rule for rule in lattice([0, 100, 200], [0, 20, 50]) if rule != Rule(100, 0, 100, 50)]
    (grid,) = find_grids([*rules, Rule(100, 20, 100, 50), *lattice([0, 100], [50, 80]), *lattice([100, 200], [50, 80])])
    assert grid.rows[0] == (Area(0, 0, 200, 20), None)
    assert grid.rows[1] == (Area(0, 20, 100, 50), Area(100, 20, 200, 50))


def test_tables_below_each_other_are_two() -> None:
    grids = find_grids(lattice([0, 100, 200], [300, 320, 340]) + lattice([0, 100, 200], [0, 20, 40]))
    assert [grid.area.top for grid in grids] == [0, 300]


def test_lines_that_do_not_quite_meet_still_enclose() -> None:
    (grid,) = find_grids(lattice([0, 100.8, 200], [0, 20.5, 50]) + lattice([100, 200], [20, 50]))
    assert len(grid.rows) == 2


def test_a_frame_and_underlines_are_no_grid() -> None:
    assert find_grids(lattice([0, 200], [0, 50])) == []
    assert not may_hold_grid([Rule(0, y, 200, y) for y in range(0, 100, 10)])


def test_shaded_rows_are_no_grid() -> None:
    shaded = [rule for top in range(0, 200, 40) for rule in lattice([0, 100, 200], [top, top + 20])]
    assert not may_hold_grid(shaded)


def test_a_drawing_of_thousands_of_lines_is_left_alone() -> None:
    assert find_grids(lattice(range(0, 9000, 5), range(0, 9000, 5))) == []
