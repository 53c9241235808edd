"""Finds tables without a grid: rows whose words stand in columns, as financial statements set them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingestion.pdf_layout import Row, Segment, row_of, segment_of
from ingestion.pdf_list_marker import is_marker_alone
from ingestion.pdf_page import Word
from ingestion.pdf_table import FoundCell, FoundRow, FoundTable, header_height, is_bold, is_figure

_NOWHERE = float("inf")
_MAX_GAP = 2.6
_MAX_LABEL_ROWS = 4
# A run of rows that makes no table from any of its first rows is a drawing; trying every row takes minutes.
_MAX_FAILURES = 12
_MIN_COLUMN_GAP = 2.0
_ALIGNED_WITHIN = 4.0
_SAME_MIDDLE = 2.0
_GAP_BETWEEN_FIGURES = 0.45
_AMOUNTS = re.compile(r"\d.*[\d$€£¥—–]")
_OPENS_AMOUNT = re.compile(r"^[$€£¥(\[<+\-−–]$|^(?:US|C|A)\$$")
_CLOSES_AMOUNT = re.compile(r"^[)%\]]{1,3}$|^\(\d\)$|^[*†‡]$")


@dataclass(frozen=True, slots=True)
class RowsOfTable:
    """Rows `start` to `end` (exclusive) of a region are this table."""

    start: int
    end: int
    table: FoundTable


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    right: float


def find_aligned_tables(rows: Sequence[Row]) -> list[RowsOfTable]:
    """`rows` of one column of text, from top to bottom."""
    cells = [_in_cells(row) for row in rows]
    found: list[RowsOfTable] = []
    index = failures = 0
    while index < len(cells):
        if len(cells[index].segments) < 2:
            index += 1
            continue
        end = _end_of_run(cells, index)
        table = _table(cells, index, end, found[-1].end if found else 0)
        if table is not None:
            found.append(table)
            index, failures = table.end, 0
        elif failures < _MAX_FAILURES:
            index, failures = index + 1, failures + 1
        else:
            index, failures = end, 0
    return found


def _in_cells(row: Row) -> Row:
    """The row cut as a table would cut it: "$" and "63,355" are one cell, "63,355" and the next "$" are two."""
    if len(row.segments) < 2 and not _AMOUNTS.search(row.segments[0].text()):
        return row
    cut = [part for segment in row.segments for part in _cut_between_amounts(segment)]
    joined: list[Segment] = []
    for segment in cut:
        text = segment.text()
        if joined:
            before = joined[-1]
            opens = len(before.words) == 1 and bool(_OPENS_AMOUNT.match(before.words[0].text)) and is_figure(text)
            closes = bool(_CLOSES_AMOUNT.match(text)) and segment.left - before.right < 3 * segment.size
            marks = len(joined) == 1 and before.order == row.segments[0].order and is_marker_alone(before.words)
            if opens or closes or marks:
                joined[-1] = segment_of(before.words + segment.words, before.order)
                continue
        joined.append(segment)
    return row_of(joined)


def _cut_between_amounts(segment: Segment) -> list[Segment]:
    parts: list[list[Word]] = [[]]
    for word in segment.words:
        last = parts[-1]
        if last and (is_figure(last[-1].text) or (len(last) > 1 and last[-1].text == "%")):
            gap = word.left - last[-1].right
            if _OPENS_AMOUNT.match(word.text) or (is_figure(word.text) and gap > _GAP_BETWEEN_FIGURES * segment.size):
                parts.append([])
        parts[-1].append(word)
    return [segment] if len(parts) == 1 else [segment_of(part, segment.order) for part in parts]


def _end_of_run(rows: Sequence[Row], start: int) -> int:
    end = start + 1
    last = end
    figures_left = _left_of_figures(rows[start])
    beyond_left = rows[start].segments[1].left
    while end < len(rows):
        before, row = rows[end - 1], rows[end]
        columns_left = beyond_left if figures_left == _NOWHERE else figures_left
        if row.top - before.bottom > _MAX_GAP * max(before.size, row.size) or _is_prose(row, columns_left):
            break
        if figures_left < _NOWHERE:
            # A heading may number its words apart from them ("Note 12    Commitments"), but it is set larger.
            if row.size > 1.2 * max(other.size for other in rows[start:end]):
                break
            if len(row.segments) >= 2 and _opens_another_table(rows[last:end], row, columns_left):
                break
        if len(row.segments) >= 2:
            last = end + 1
            figures_left = min(figures_left, _left_of_figures(row))
            beyond_left = min(beyond_left, row.segments[1].left)
        elif end - last >= _MAX_LABEL_ROWS:
            break
        end += 1
    return last


def _opens_another_table(between: Sequence[Row], row: Row, columns_left: float) -> bool:
    """A row that only names columns, after rows of figures: without a label, or under words that introduce a table."""
    if any(is_figure(segment.text()) for segment in row.segments):
        return False
    if row.left >= columns_left - row.size:
        return True
    for label in between:
        words = len(label.words)
        if label.left < columns_left and words >= 4 and (label.text().endswith(":") or words >= 7):
            return True
    return False


def _is_prose(row: Row, columns_left: float) -> bool:
    """A sentence that runs on across what would be columns."""
    return any(
        len(segment.words) >= 7 and segment.left < columns_left and segment.right > columns_left + segment.size
        for segment in row.segments
    )


def _left_of_figures(row: Row) -> float:
    return min((segment.left for segment in row.segments[1:] if is_figure(segment.text())), default=_NOWHERE)


def _table(rows: Sequence[Row], start: int, end: int, floor: int) -> RowsOfTable | None:
    several = [row for row in rows[start:end] if len(row.segments) >= 2]
    most = max(len(row.segments) for row in several)
    if len(several) < (2 if most >= 3 else 3):
        return None
    columns = _columns(several)
    if len(columns) < 2 or not _is_tabular(several, columns):
        return None
    while start > floor and _heads_columns(rows[start - 1], rows[start], columns):
        start -= 1
    used = rows[start:end]
    found, merged = _join_wrapped(used, _lines(used, columns), columns)
    height = header_height(found, merged)
    if not found[height:]:
        return None
    return RowsOfTable(
        start,
        end,
        FoundTable(
            min(row.left for row in used),
            min(row.top for row in used),
            max(row.right for row in used),
            max(row.bottom for row in used),
            tuple(_join_header(found[:height])),
            tuple(found[height:]),
        ),
    )


def _columns(rows: Sequence[Row]) -> list[_Column]:
    """Where hardly any row has words there is a gap between columns: one in ten rows may bridge it.

    Headings span columns, so where a table holds figures only the rows with figures are asked.
    """
    telling = [row for row in rows if any(is_figure(segment.text()) for segment in row.segments[1:])]
    if len(telling) < 0.3 * len(rows) or len(telling) < 2:
        telling = list(rows)
    allowed = len(telling) // 10
    events = sorted(
        event for row in telling for segment in row.segments for event in ((segment.left, 1), (segment.right, -1))
    )
    columns: list[_Column] = []
    depth = 0
    opened = 0.0
    for position, change in events:
        before, depth = depth, depth + change
        if before <= allowed < depth:
            opened = position
        elif depth <= allowed < before:
            if columns and opened - columns[-1].right < _MIN_COLUMN_GAP:
                columns[-1] = _Column(columns[-1].left, position)
            else:
                columns.append(_Column(opened, position))
    return columns


def _is_tabular(rows: Sequence[Row], columns: Sequence[_Column]) -> bool:
    cells = [(_column_of(segment, columns), segment) for row in rows for segment in row.segments]
    beyond = [(column, segment) for column, segment in cells if column > 0]
    if not beyond:
        return False
    figures = sum(is_figure(segment.text()) for _, segment in beyond)
    if figures >= 0.35 * len(beyond):
        return True
    if sum(len(segment.words) for _, segment in cells) > 10 * len(cells):
        return False
    aligned = 0
    for index in range(len(columns)):
        segments = [segment for column, segment in cells if column == index]
        aligned += max(
            _largest_cluster([segment.left for segment in segments]),
            _largest_cluster([segment.right for segment in segments]),
            _largest_cluster([(segment.left + segment.right) / 2 for segment in segments]),
        )
    return len(rows) >= 3 and aligned >= 0.75 * len(cells)


def _largest_cluster(values: Sequence[float]) -> int:
    ordered = sorted(values)
    largest = first = 0
    for index, value in enumerate(ordered):
        while value - ordered[first] > _ALIGNED_WITHIN:
            first += 1
        largest = max(largest, index - first + 1)
    return largest


def _column_of(segment: Segment, columns: Sequence[_Column]) -> int:
    """The column it overlaps most, or the first of several that it spans."""
    overlaps = [min(segment.right, column.right) - max(segment.left, column.left) for column in columns]
    spanned = [
        index
        for index, (overlap, column) in enumerate(zip(overlaps, columns, strict=True))
        if overlap >= 0.25 * (column.right - column.left) and overlap > 1
    ]
    return spanned[0] if len(spanned) > 1 else max(range(len(columns)), key=lambda index: overlaps[index])


def _heads_columns(row: Row, below: Row, columns: Sequence[_Column]) -> bool:
    """A row right above that stands over the columns and leaves the labels alone; a title stands over the middle."""
    if below.top - row.bottom > 1.2 * row.size or row.right > columns[-1].right + 20:
        return False
    middle = (row.left + row.right) / 2
    return row.left >= columns[0].right and middle >= columns[1].left - row.size


@dataclass(frozen=True, slots=True)
class _Placed:
    segment: Segment
    column: int


@dataclass(frozen=True, slots=True)
class _Line:
    cells: tuple[tuple[Segment, ...], ...]
    spans_columns: bool


def _lines(rows: Sequence[Row], columns: Sequence[_Column]) -> list[_Line]:
    lines: list[_Line] = []
    above: list[_Placed] = []
    for row in rows:
        above = _in_columns(row, columns, above)
        cells: list[list[Segment]] = [[] for _ in columns]
        for placed in above:
            cells[placed.column].append(placed.segment)
        spans = any(
            placed.column + 1 < len(columns) and placed.segment.right > columns[placed.column + 1].left + 1
            for placed in above
        )
        lines.append(_Line(tuple(tuple(cell) for cell in cells), spans and len(row.segments) > 1))
    return lines


def _in_columns(row: Row, columns: Sequence[_Column], above: Sequence[_Placed]) -> list[_Placed]:
    if len(row.segments) == 1 and row.left < columns[1].left - row.size and not _stands_under(row.segments[0], above):
        return [_Placed(row.segments[0], 0)]
    placed = []
    for segment in row.segments:
        upper = None if is_figure(segment.text()) else _stands_under(segment, above)
        placed.append(_Placed(segment, upper.column if upper else _column_of(segment, columns)))
    return placed


def _stands_under(segment: Segment, above: Sequence[_Placed]) -> _Placed | None:
    """The heading that these words go on below: both have the same middle, beyond the labels."""
    middle = (segment.left + segment.right) / 2
    for placed in above:
        upper = placed.segment
        is_heading = placed.column > 0 and not is_figure(upper.text())
        if is_heading and abs((upper.left + upper.right) / 2 - middle) <= _SAME_MIDDLE:
            return placed
    return None


def _join_wrapped(
    rows: Sequence[Row], lines: Sequence[_Line], columns: Sequence[_Column]
) -> tuple[list[FoundRow], list[bool]]:
    found: list[FoundRow] = []
    merged: list[bool] = []
    open_label = False
    for index, (row, line) in enumerate(zip(rows, lines, strict=True)):
        cells = tuple(FoundCell((_words(cell),) if cell else ()) for cell in line.cells)
        current = FoundRow(cells)
        close = index > 0 and row.baseline - rows[index - 1].baseline <= 1.45 * row.size
        if found and close and (open_label or _continues_text(found[-1], current)):
            found[-1] = _stacked(found[-1], current)
            merged[-1] = merged[-1] or line.spans_columns
        else:
            found.append(current)
            merged.append(line.spans_columns)
        alone = bool(cells[0].lines) and not any(cell.lines for cell in cells[1:])
        open_label = alone and _is_cut(row, rows[index + 1] if index + 1 < len(rows) else None, columns[0])
    return found, merged


def _is_cut(row: Row, following: Row | None, label: _Column) -> bool:
    """A label that fills its column and does not end goes on in the next row."""
    if following is None or row.text().endswith(":"):
        return False
    first = following.segments[0].words[0]
    if first.style.bold != row.words[-1].style.bold or following.left < row.left - row.size:
        return False
    if len(following.segments) == 1 and not first.text[0].islower():
        return False
    return row.right + 0.3 * row.size + (first.right - first.left) > label.right - 0.5 * row.size


def _continues_text(before: FoundRow, row: FoundRow) -> bool:
    """A row without a label whose cells all go on where words stood above."""
    if row.cells[0].lines or not before.cells[0].lines:
        return False
    for above, cell in zip(before.cells, row.cells, strict=True):
        if cell.lines and (not above.lines or is_figure(cell.text()) or is_figure(above.text())):
            return False
    return True


def _join_header(rows: Sequence[FoundRow]) -> list[FoundRow]:
    """Stacked words of one heading ("June 25," over "2022") become one cell where two rows fill the same columns."""
    joined: list[FoundRow] = []
    for row in rows:
        if joined and _filled(joined[-1]) == _filled(row) and is_bold(joined[-1]) == is_bold(row):
            joined[-1] = _stacked(joined[-1], row)
        else:
            joined.append(row)
    return joined


def _filled(row: FoundRow) -> tuple[bool, ...]:
    return tuple(bool(cell.lines) for cell in row.cells)


def _stacked(upper: FoundRow, lower: FoundRow) -> FoundRow:
    cells = zip(upper.cells, lower.cells, strict=True)
    return replace(upper, cells=tuple(FoundCell(above.lines + below.lines) for above, below in cells))


def _words(segments: Sequence[Segment]) -> tuple[Word, ...]:
    return tuple(word for segment in segments for word in segment.words)
