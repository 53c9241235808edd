"""Decides which leading rows of a table are its header where the file does not say so."""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[-+(]?\s*[$€£¥%]?\s*\d[\d\s.,:/'\u2019\u202f\xa0-]*\s*(?:%|[$€£¥]|[A-Za-z]{1,3})?\)?")
_LONGEST_NAME = 80
_MOST_HEADER_ROWS = 3


def header_row_count(rows: Sequence[Sequence[str]]) -> int:
    """0 or more. Column names are short, differ from each other and are no numbers; what stands below them differs.

    A table of words only is taken to have a header, since nearly all tables do, unless its first row looks like
    the rows below it in that it repeats their words or leaves a column without a name.
    """
    if len(rows) < 2:
        return 0
    grouping = _grouping_rows(rows)
    names = [cell.strip() for cell in rows[grouping]]
    body = rows[grouping + 1 :]
    width = max(len(row) for row in rows)
    if not body or width < 2:
        return 0
    named = [name for name in names if name]
    if len(named) < max(2, width - 1) or len(set(named)) < len(named):
        return 0
    if any(len(name) > _LONGEST_NAME for name in named) or sum(map(is_number, named)) > _years(named):
        return 0
    below = {cell.strip() for row in body for cell in row if cell.strip()}
    if any(name in below for name in named) and not _has_numbers_below(names, body):
        return 0
    return grouping + 1


def is_number(text: str) -> bool:
    """Amounts, percentages, dates and times in figures."""
    return _NUMBER.fullmatch(text.strip()) is not None


def _grouping_rows(rows: Sequence[Sequence[str]]) -> int:
    """Rows above the column names that name groups of columns: few cells, the first of them empty."""
    count = 0
    for row in rows[: _MOST_HEADER_ROWS - 1]:
        filled = [cell for cell in row if cell.strip()]
        if not row or row[0].strip() or not filled or len(filled) > len(row) / 2 or any(map(is_number, filled)):
            break
        count += 1
    return count if count + 1 < len(rows) else 0


def _years(names: Sequence[str]) -> int:
    """Years are numbers that name columns."""
    return sum(1 for name in names if re.fullmatch(r"(?:19|20)\d\d", name))


def _has_numbers_below(names: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    for column, name in enumerate(names):
        values = [row[column].strip() for row in body if column < len(row) and row[column].strip()]
        if name and not is_number(name) and values and sum(map(is_number, values)) > len(values) / 2:
            return True
    return False
