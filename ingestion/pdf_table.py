"""A table found on a page: its cells as words, before it becomes text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.pdf_page import Word

_FIGURE = re.compile(r"^[(\[<~±+\-−–$€£¥]*\s*[$€£¥]?\s*[(\-−–]?\d[\d.,'’ ]*\s*[)\]]?\s*[%)$€£¥]*[a-z*†]?$|^[—–\-−]+%?$")
_MAX_HEADER_ROWS = 6
_YEAR = re.compile(r"^(19|20)\d\d$")


@dataclass(frozen=True, slots=True)
class FoundCell:
    """Words line by line; none in an empty cell."""

    lines: tuple[tuple[Word, ...], ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line)

    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class FoundRow:
    cells: tuple[FoundCell, ...]

    def is_empty(self) -> bool:
        return not any(cell.lines for cell in self.cells)


@dataclass(frozen=True, slots=True)
class FoundTable:
    left: float
    top: float
    right: float
    bottom: float
    header: tuple[FoundRow, ...]
    rows: tuple[FoundRow, ...]


def is_figure(text: str) -> bool:
    """A number, amount or dash, but not a bare year: years head columns."""
    return bool(_FIGURE.match(text)) and not _YEAR.match(text)


def holds_figures(row: FoundRow) -> bool:
    return any(is_figure(cell.text()) for cell in row.cells[1:])


def is_bold(row: FoundRow) -> bool:
    words = [word for cell in row.cells for word in cell.words]
    return bool(words) and all(word.style.bold for word in words)


def header_height(rows: Sequence[FoundRow], merged: Sequence[bool]) -> int:
    """How many rows at the top name the columns. `merged` tells rows in which a cell spans several columns."""
    most = min(_MAX_HEADER_ROWS, len(rows) - 1)
    if any(holds_figures(row) for row in rows):
        height = 0
        while height < most and not holds_figures(rows[height]) and not _ends_header(rows, height):
            height += 1
        return height
    height = 0
    while height < most and merged[height]:
        height += 1
    if height:
        return min(height + 1, most)
    if is_bold(rows[0]) and not all(is_bold(row) for row in rows[1:]):
        return 1
    if _are_alike(rows[:2]):
        return 0
    names = [cell.text() for cell in rows[0].cells]
    short = all(name and len(name.split()) <= 6 and not name.endswith(".") for name in names)
    return 1 if short and len(rows) >= 3 and len(set(names)) == len(names) else 0


def _are_alike(rows: Sequence[FoundRow]) -> bool:
    """`Part 6, 60 EUR` is no header above `Part 7, 70 EUR`: they differ in their figures alone."""
    said = ["\t".join(cell.text() for cell in row.cells) for row in rows]
    return len({re.sub(r"\d+", "#", text) for text in said}) < len(said) and any(map(str.isdigit, said[0]))


def _ends_header(rows: Sequence[FoundRow], index: int) -> bool:
    """A label alone in its row, such as "Cost of sales:", opens a group of rows and heads no column.

    So does a row with a label that is set otherwise than the header, or that follows a header with every column named.
    """
    filled = [bool(cell.lines) for cell in rows[index].cells]
    if not any(filled[1:]):
        return index > 0 or not any(holds_words_beyond_label(row) for row in rows[1:3])
    if index == 0 or not filled[0]:
        return False
    above = rows[index - 1]
    return is_bold(above) != is_bold(rows[index]) or all(cell.lines for cell in above.cells)


def holds_words_beyond_label(row: FoundRow) -> bool:
    return any(cell.lines for cell in row.cells[1:])
