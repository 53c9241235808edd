"""Header rows are recognised by what they hold and what stands below them."""

import pytest

from ingestion.table_header import header_row_count


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([["Region", "Amount"], ["North", "3"]], 1),
        ([["Name", "City"], ["Ana", "Berlin"], ["Bo", "Paris"]], 1),
        ([["", "2024", "2025"], ["Sales", "1", "2"]], 1),
        ([["", "Plan", ""], ["Team", "2024", "2025"], ["Ops", "1", "2"]], 2),
        ([["1", "2"], ["3", "4"]], 0),
        ([["Location", "Chicago"], ["Contact", "Ana"], ["Chicago", "x"]], 0),
        ([["North", "3"], ["South", "4"]], 0),
        ([["Region", "Region"], ["North", "3"]], 0),
        ([["Region", "", ""], ["North", "3", "4"]], 0),
        ([["only row", "here"]], 0),
        ([["one"], ["column"]], 0),
        ([["word " * 40, "x"], ["a", "b"]], 0),
        ([], 0),
    ],
)
def test_header_rows_are_counted(rows: list[list[str]], count: int) -> None:
    assert header_row_count(rows) == count
