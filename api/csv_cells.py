"""Lines of CSV whose cells no spreadsheet takes for formulas, whatever people have written into them."""

import csv
import io
from collections.abc import Sequence

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """With an apostrophe before what would start a formula: spreadsheets show it and compute nothing."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def plain_cell(text: str) -> str:
    """What `safe_cell` was made of."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_STARTS_A_FORMULA) else text


def csv_line(cells: Sequence[str | int | float | None]) -> str:
    """With its line end, as RFC 4180 has it. Numbers stay numbers; None is an empty cell."""
    written = io.StringIO()
    csv.writer(written).writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return written.getvalue()
