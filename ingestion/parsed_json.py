"""Writes a ParsedDocument as compact JSON and reads it back: how the parsing child hands its result to the parent.

Spans and places are runs of plain numbers, so that a long document with a box per word stays small and quick to read.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from corpus.errors import Invalid
from corpus.locator import Box, CellPlace, CuePlace, MailPlace, PagePlace, Place, PlacedSpan, SlidePlace, Span
from ingestion.parsed import Cell, Element, ElementKind, ParsedDocument, Row, Table

FORMAT = 1

_KINDS = tuple(ElementKind)
_PAGE, _SLIDE, _CELL, _MAIL, _CUE = range(5)


class NotParsedDocument(Invalid):
    def __init__(self, detail: str) -> None:
        super().__init__(f"This is no parsed document ({detail}).")


def to_json(document: ParsedDocument) -> bytes:
    value = [
        FORMAT,
        document.text,
        [_from_element(element) for element in document.elements],
        [_from_placed(placed) for placed in document.places],
        document.title,
        document.page_count,
        document.unread_pages,
        document.remarks,
    ]
    # Lone surrogates, which a careless parser may let through, must not keep the document from travelling.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def from_json(content: bytes) -> ParsedDocument:
    """Raises `NotParsedDocument` if `content` is anything but what `to_json` wrote."""
    try:
        written, text, elements, places, title, page_count, unread_pages, remarks = json.loads(
            content.decode("utf-8", "surrogatepass")
        )
        if written != FORMAT:
            raise NotParsedDocument(f"format {written} instead of {FORMAT}")
        return ParsedDocument(
            text=_checked(text),
            elements=tuple(_to_element(element) for element in elements),
            places=tuple(_to_placed(placed) for placed in places),
            title=title,
            page_count=page_count,
            unread_pages=tuple(unread_pages),
            remarks=tuple(remarks),
        )
    except (ValueError, TypeError, IndexError, RecursionError) as error:
        raise NotParsedDocument(str(error)) from error


def _checked(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError("its text is not a string")
    return text


def _from_spans(spans: Iterable[Span]) -> list[int]:
    return [offset for span in spans for offset in (span.start, span.end)]


def _to_spans(offsets: Sequence[int]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in zip(offsets[::2], offsets[1::2], strict=True))


def _from_element(element: Element) -> list[Any]:
    head = [_KINDS.index(element.kind), element.level, _from_spans(element.spans)]
    if element.table is None:
        return head
    table = element.table
    return [*head, [_from_rows(table.header), _from_rows(table.rows), _from_spans(table.caption)]]


def _to_element(value: Sequence[Any]) -> Element:
    kind, level, offsets, *tables = value
    table = None
    if tables:
        header, rows, caption = tables[0]
        table = Table(tuple(_to_rows(header)), tuple(_to_rows(rows)), _to_spans(caption))
    return Element(_KINDS[kind], _to_spans(offsets), level, table)


def _from_rows(rows: Iterable[Row]) -> list[list[list[int]]]:
    return [[_from_spans(cell.spans) for cell in row.cells] for row in rows]


def _to_rows(rows: Iterable[Iterable[Sequence[int]]]) -> Iterator[Row]:
    for row in rows:
        yield Row(tuple(Cell(_to_spans(offsets)) for offsets in row))


def _from_placed(placed: PlacedSpan) -> list[Any]:
    span = placed.span
    match placed.place:
        case PagePlace(page, Box(left, top, right, bottom)):
            return [span.start, span.end, _PAGE, page, left, top, right, bottom]
        case SlidePlace(slide, in_notes):
            return [span.start, span.end, _SLIDE, slide, in_notes]
        case CellPlace(sheet, row, column):
            return [span.start, span.end, _CELL, sheet, row, column]
        case MailPlace(part):
            return [span.start, span.end, _MAIL, part]
        case CuePlace(start_s, end_s, speaker):
            return [span.start, span.end, _CUE, start_s, end_s, speaker]


def _to_placed(value: Sequence[Any]) -> PlacedSpan:
    start, end, kind, *rest = value
    return PlacedSpan(Span(start, end), _to_place(kind, rest))


def _to_place(kind: int, rest: Sequence[Any]) -> Place:
    match kind:
        case 0:
            return PagePlace(rest[0], Box(*rest[1:]))
        case 1:
            return SlidePlace(*rest)
        case 2:
            return CellPlace(*rest)
        case 3:
            return MailPlace(*rest)
        case 4:
            return CuePlace(*rest)
        case _:
            raise NotParsedDocument(f"place of kind {kind}")
