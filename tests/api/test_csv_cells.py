"""Cells of tables that are opened in spreadsheets, which compute what looks like a formula."""

import csv
import io

import pytest

from api.csv_cells import csv_line, plain_cell, safe_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_starts_a_formula_is_made_text(start: str) -> None:
    assert safe_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    (read,) = csv.reader(io.StringIO(csv_line(["a", f"{start}1+1"]), newline=""))
    assert read == ["a", f"'{start}1+1"]


def test_everything_else_stays() -> None:
    assert csv_line(["document 12", "a=b", 'said "yes", twice', "", None, -3, 0.5]) == (
        'document 12,a=b,"said ""yes"", twice",,,-3,0.5\r\n'
    )


@pytest.mark.parametrize("text", ["=1+1", "-", "@mara", "mara", "'mara", "", "'"])
def test_a_cell_that_is_read_back_says_what_it_said(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text
