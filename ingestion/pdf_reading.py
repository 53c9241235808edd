"""From pages of words to the blocks of a whole document in reading order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import quantiles

from ingestion.parsed import ElementKind
from ingestion.pdf_aligned_tables import find_aligned_tables
from ingestion.pdf_headings import OutlineEntry, mark_headings
from ingestion.pdf_layout import Row, Segment, columns_of, rows_of, segments_of
from ingestion.pdf_page import Page, Sheet
from ingestion.pdf_paragraphs import Block, Line, Margins, blocks_of, line_of, set_list_levels, usual_pitch
from ingestion.pdf_repetition import PageRows, running_rows
from ingestion.pdf_ruled_tables import take_ruled_tables
from ingestion.pdf_table import FoundRow, FoundTable

_CAPTION = re.compile(r"^(?:table|tab\.|tabelle|tableau|tabla|tabella|exhibit)\s+(?:\d|[IVXA-Z]+\b)", re.IGNORECASE)
_ENDS = (".", "!", "?", ":", ";", "”", '"', "。")
_FOOTNOTE_SIZE = 0.92
_SAME_EDGE = 12.0


@dataclass(slots=True)
class _SheetContent:
    sheet: Sheet
    segments: list[Segment]
    tables: tuple[FoundTable, ...]
    is_main: bool


@dataclass(slots=True)
class _Column:
    """A column of text, cut where tables stand in it."""

    sheet: Sheet
    parts: list[list[Line] | FoundTable]
    margins: Margins

    @property
    def lines(self) -> list[Line]:
        return [line for part in self.parts if not isinstance(part, FoundTable) for line in part]


def read_blocks(pages: Sequence[Page], outline: Sequence[OutlineEntry]) -> list[Block]:
    contents = [_sheet_content(sheet, is_main=rank == 0) for page in pages for rank, sheet in enumerate(page.sheets)]
    _drop_running_rows(contents, shows_pictures=any(page.shows_pictures for page in pages))
    columns = [column for content in contents for column in _columns(content)]
    _share_margins(columns)
    pitch = usual_pitch((column.lines, column.margins) for column in columns)
    by_column = [_blocks(column, pitch) for column in columns]
    blocks = [block for column_blocks in by_column for block in column_blocks]
    mark_headings(blocks, outline)
    joined = _join_tables(_join_continued(by_column))
    _tie_captions(joined)
    joined = [block for block in joined if block.lines or block.table is not None]
    set_list_levels(joined)
    return joined


def _sheet_content(sheet: Sheet, is_main: bool) -> _SheetContent:
    taken = take_ruled_tables(sheet)
    return _SheetContent(sheet, segments_of(taken.rest), taken.tables, is_main)


def _drop_running_rows(contents: Sequence[_SheetContent], shows_pictures: bool) -> None:
    _drop_stamps([content for content in contents if not content.is_main])
    main = [content for content in contents if content.is_main]
    sizes: dict[float, int] = {}
    pages: list[PageRows] = []
    for content in main:
        for segment in content.segments:
            sizes[segment.size] = sizes.get(segment.size, 0) + len(segment.words)
        pages.append(PageRows(content.sheet.page, content.sheet.height, rows_of(content.segments)))
    if not sizes:
        return
    running = running_rows(pages, max(sizes, key=lambda size: sizes[size]))
    # Pages that say nothing else are all text, unless they are scans with a stamp.
    if not shows_pictures and all(len(running.get(page.page, ())) == len(page.rows) for page in pages):
        return
    for content, page in zip(main, pages, strict=True):
        dropped = {segment.order for index in running.get(page.page, ()) for segment in page.rows[index].segments}
        if dropped:
            content.segments = [segment for segment in content.segments if segment.order not in dropped]


def _drop_stamps(contents: Sequence[_SheetContent]) -> None:
    """Sideways and slanted text that recurs: watermarks, and notes along the margin."""
    pages_by_text: dict[str, set[int]] = {}
    for content in contents:
        text = re.sub(r"\d+", "#", " ".join(segment.text() for segment in content.segments))
        pages_by_text.setdefault(text, set()).add(content.sheet.page)
    for content in contents:
        text = re.sub(r"\d+", "#", " ".join(segment.text() for segment in content.segments))
        if len(pages_by_text[text]) >= 2:
            content.segments = []


def _columns(content: _SheetContent) -> list[_Column]:
    segments, tables = content.segments, list(content.tables)
    if not segments and not tables:
        return []
    left = min([segment.left for segment in segments] + [table.left for table in tables])
    right = max([segment.right for segment in segments] + [table.right for table in tables])
    wide = sorted(
        (table for table in tables if table.right - table.left >= 0.55 * (right - left)), key=lambda table: table.top
    )
    narrow = [table for table in tables if table not in wide]
    columns: list[_Column] = []
    top = float("-inf")
    for limit in [*(table.top for table in wide), float("inf")]:
        between = [segment for segment in segments if top <= (segment.top + segment.bottom) / 2 < limit]
        beside = [table for table in narrow if top <= table.top < limit]
        columns.extend(_text_columns(content.sheet, between, beside))
        ending = next((table for table in wide if table.top == limit), None)
        if ending is not None:
            columns.append(_Column(content.sheet, [ending], Margins(left, right)))
            top = ending.top
    return columns


def _text_columns(sheet: Sheet, segments: Sequence[Segment], tables: Sequence[FoundTable]) -> list[_Column]:
    remaining = list(tables)
    columns: list[_Column] = []
    regions = columns_of(segments)
    for number, region in enumerate(regions):
        rows = rows_of(region)
        left, right = min(row.left for row in rows), max(row.right for row in rows)
        inside = [
            table
            for table in remaining
            if number == len(regions) - 1 or _stands_in(table, left, right, regions, number)
        ]
        remaining = [table for table in remaining if table not in inside]
        columns.append(_column(sheet, rows, inside))
    if not regions:
        columns.extend(_Column(sheet, [table], Margins(table.left, table.right)) for table in remaining)
    return columns


def _stands_in(table: FoundTable, left: float, right: float, regions: Sequence[Sequence[Segment]], number: int) -> bool:
    middle = (table.left + table.right) / 2
    if not left - 5 <= middle <= right + 5:
        return False
    below = [segment for region in regions[number + 1 :] for segment in region]
    return not any(segment.left <= middle <= segment.right and segment.bottom <= table.top for segment in below)


def _column(sheet: Sheet, rows: Sequence[Row], tables: Sequence[FoundTable]) -> _Column:
    left, right = min(row.left for row in rows), max(row.right for row in rows)
    waiting = sorted(tables, key=lambda table: table.top)
    parts: list[list[Line] | FoundTable] = []
    stretch: list[Row] = []

    def close() -> None:
        parts.extend(_with_aligned_tables(stretch))
        stretch.clear()

    for row in rows:
        while waiting and waiting[0].top <= row.top:
            close()
            parts.append(waiting.pop(0))
        stretch.append(row)
    close()
    parts.extend(waiting)
    return _Column(sheet, parts, Margins(left, right))


def _with_aligned_tables(rows: Sequence[Row]) -> list[list[Line] | FoundTable]:
    parts: list[list[Line] | FoundTable] = []
    position = 0
    for found in find_aligned_tables(rows):
        if found.start > position:
            parts.append([line_of(row) for row in rows[position : found.start]])
        parts.append(found.table)
        position = found.end
    if position < len(rows):
        parts.append([line_of(row) for row in rows[position:]])
    return parts


def _share_margins(columns: Sequence[_Column]) -> None:
    """A column with few lines borrows the margins of its kind: short lines must not look full."""
    for column in columns:
        alike = [
            other.margins
            for other in columns
            if other.sheet.width == column.sheet.width
            and abs(other.margins.left - column.margins.left) < 12
            and len(other.lines) >= 8
        ]
        if len(column.lines) < 8 and alike:
            rights = sorted(margins.right for margins in alike)
            usual = quantiles(rights, n=4)[1] if len(rights) > 1 else rights[0]
            if usual > column.margins.right:
                column.margins = Margins(column.margins.left, usual)


def _blocks(column: _Column, pitch: float) -> list[Block]:
    blocks: list[Block] = []
    for part in column.parts:
        if isinstance(part, FoundTable):
            blocks.append(Block(ElementKind.TABLE, sheets=[column.sheet], table=part))
        else:
            blocks.extend(blocks_of(part, column.sheet, column.margins, pitch))
    return blocks


def _join_continued(by_column: Sequence[Sequence[Block]]) -> list[Block]:
    """Joins a paragraph that goes on in the next column or on the next page."""
    joined: list[Block] = []
    for blocks in by_column:
        if not blocks:
            continue
        first = blocks[0]
        open_block = _last_of_body(joined)
        if open_block is not None and _continues(open_block, first):
            open_block.lines.extend(first.lines)
            open_block.sheets.extend(first.sheets)
            joined.extend(blocks[1:])
        else:
            joined.extend(blocks)
    return joined


def _join_tables(blocks: Sequence[Block]) -> list[Block]:
    """Joins a table that goes on at the top of the next page, with its header again or without any."""
    joined: list[Block] = []
    for block in blocks:
        above = joined[-1] if joined else None
        if above is not None and _goes_on(above, block):
            assert above.table is not None
            assert block.table is not None
            above.sheets = [*_sheets_of_rows(above), *[block.sheets[0]] * len(block.table.rows)]
            above.table = replace(above.table, rows=(*above.table.rows, *block.table.rows))
        else:
            joined.append(block)
    return joined


def _goes_on(above: Block, block: Block) -> bool:
    one, other = above.table, block.table
    if one is None or other is None or block.sheets[0].page != above.sheets[-1].page + 1:
        return False
    if above.sheets[-1].width != block.sheets[0].width or above.sheets[-1].turn != block.sheets[0].turn:
        return False
    same_place = abs(one.left - other.left) < _SAME_EDGE and abs(one.right - other.right) < _SAME_EDGE
    columns = {len(row.cells) for row in (*one.header, *one.rows, *other.header, *other.rows)}
    return same_place and len(columns) == 1 and (not other.header or _said(other.header) == _said(one.header))


def _said(rows: Sequence[FoundRow]) -> list[list[str]]:
    return [[cell.text() for cell in row.cells] for row in rows]


def _sheets_of_rows(block: Block) -> list[Sheet]:
    """One for each row of its table, the header's first."""
    assert block.table is not None
    count = len(block.table.header) + len(block.table.rows)
    return block.sheets if len(block.sheets) == count else block.sheets * count


def _last_of_body(blocks: Sequence[Block]) -> Block | None:
    """The last block of the page but for the footnotes under it."""
    for distance, block in enumerate(reversed(blocks)):
        if block.kind not in (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM) or distance > 6:
            return None
        above = blocks[-distance - 2] if distance + 2 <= len(blocks) else None
        is_under_text = above is not None and above.kind in (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM)
        if above is None or not is_under_text or block.size >= _FOOTNOTE_SIZE * above.size:
            return block
    return None


def _continues(block: Block, following: Block) -> bool:
    if following.kind is not ElementKind.PARAGRAPH:
        return False
    last, first = block.lines[-1].words[-1].text, following.lines[0].words[0].text
    if abs(block.size - following.size) > 0.06 * block.size or last.endswith(_ENDS):
        return False
    return first[0].islower()


def _tie_captions(blocks: list[Block]) -> None:
    """Takes "Table 3: ..." directly above or below a table out of the text and gives it to the table."""
    for index, block in enumerate(blocks):
        if block.table is None:
            continue
        for neighbour in (index - 1, index + 1):
            if 0 <= neighbour < len(blocks) and _is_caption(blocks[neighbour], block):
                block.caption = Block(ElementKind.PARAGRAPH, blocks[neighbour].lines, blocks[neighbour].sheets)
                blocks[neighbour].lines = []
                break


def _is_caption(block: Block, table: Block) -> bool:
    if block.table is not None or not block.lines or len(block.lines) > 3 or table.table is None:
        return False
    if block.sheets[0] is not table.sheets[0] or not _CAPTION.match(block.text()):
        return False
    above = table.table.top - block.lines[-1].bottom
    below = block.lines[0].top - table.table.bottom
    return max(above, below) <= 2.5 * block.size
