"""Reads comma- and tab-separated tables. The text is the file itself; every value keeps its place in it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.locator import CellPlace, PlacedSpan, Span
from ingestion.decoding import decode
from ingestion.parsed import Empty, ParsedDocument, TooLarge
from ingestion.sheet_regions import SheetRow, sheet_elements

_DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 64 * 1024
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=([^\r\n])(?:\r\n|\r|\n)", re.I)
_SPACES = " \xa0\ufeff"
# A value that begins with none of these begins where it stands.
_UNSURE = _SPACES + '"\t\v\f\u3000'


@dataclass(frozen=True, slots=True)
class _Record:
    """One row: the spans of each of its values."""

    number: int
    values: tuple[tuple[Span, ...], ...]


class CsvParser:
    def __init__(self, max_rows: int = 1_000_000, max_cells: int = 500_000) -> None:
        self._max_rows = max_rows
        self._max_cells = max_cells

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        decoded = decode(content)
        text = decoded.text
        separator = _SEPARATOR_LINE.match(text)
        start = separator.end() if separator is not None else 0
        delimiter = separator[1] if separator is not None else _delimiter(text[:_SAMPLE_CHARACTERS])
        records = self._limited(_records(text, start, delimiter, 1 + (separator is not None)))
        places: list[PlacedSpan] = []
        for record in records:
            for column, spans in enumerate(record.values, start=1):
                place = CellPlace("", record.number, column)
                places.extend(PlacedSpan(span, place) for span in spans)
        rows = [SheetRow(record.number, tuple(_value(text, spans) for spans in record.values)) for record in records]
        elements = tuple(sheet_elements(rows, [record.values for record in records]))
        if not elements:
            raise Empty
        return ParsedDocument(text, elements, tuple(places), remarks=decoded.remarks)

    def _limited(self, records: Iterator[_Record]) -> list[_Record]:
        kept: list[_Record] = []
        cells = 0
        for record in records:
            cells += len(record.values)
            if len(kept) >= self._max_rows:
                raise TooLarge("rows", f"{self._max_rows:,}")
            if cells > self._max_cells:
                raise TooLarge("cells", f"{self._max_cells:,}")
            kept.append(record)
        return kept


def _value(text: str, spans: Sequence[Span]) -> str:
    if len(spans) == 1:
        return text[spans[0].start : spans[0].end]
    return "".join(text[span.start : span.end] for span in spans)


def _delimiter(sample: str) -> str:
    """The one that parts most rows into the same number of values, more than one."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = [len(record.values) for record in _records(sample, 0, delimiter, 1)][:100]
        if not widths:
            continue
        width, count = Counter(width for width in widths if width > 1).most_common(1)[0] if max(widths) > 1 else (1, 0)
        score = (count / len(widths), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _records(text: str, start: int, delimiter: str, number: int) -> Iterator[_Record]:
    """Rows as spreadsheets read them: quotes around a value may hold delimiters and newlines; two quotes mean one."""
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    newline = re.compile(r"\r\n|\r|\n")
    position = start
    values: list[tuple[Span, ...]] = []
    while position < len(text):
        spans, position = _field(text, position, plain)
        values.append(spans)
        if position < len(text) and text[position] == delimiter:
            position += 1
            if position == len(text):
                values.append(())
            continue
        yield _Record(number, tuple(values))
        values = []
        number += 1
        ended = newline.match(text, position)
        position = ended.end() if ended is not None else position
    if values:
        yield _Record(number, tuple(values))


def _field(text: str, position: int, plain: re.Pattern[str]) -> tuple[tuple[Span, ...], int]:
    """The spans of one value and the position after it."""
    if position < len(text) and text[position] not in _UNSURE:
        end = plain.match(text, position).end()  # type: ignore[union-attr]  # it matches the empty string too
        if end > position and not text[end - 1].isspace():
            return (Span(position, end),), end
    opening = position
    while opening < len(text) and text[opening] in _SPACES:
        opening += 1
    if opening < len(text) and text[opening] == '"':
        quoted = _quoted(text, opening + 1)
        if quoted is not None:
            spans, position = quoted
            rest = plain.match(text, position)
            end = rest.end() if rest is not None else position
            # What follows a closing quote is against the rules, but it is there.
            return (*_trimmed(text, spans), *_trimmed(text, (Span(position, end),))), end
    match = plain.match(text, position)
    end = match.end() if match is not None else position
    return _trimmed(text, (Span(position, end),)), end


def _quoted(text: str, start: int) -> tuple[tuple[Span, ...], int] | None:
    """None if the quote is never closed: then it is a mark for inches, say, and no quote."""
    spans: list[Span] = []
    position = start
    while True:
        quote = text.find('"', position)
        if quote < 0:
            return None
        if text.startswith('"', quote + 1):
            spans.append(Span(position, quote + 1))
            position = quote + 2
            continue
        spans.append(Span(position, quote))
        return tuple(spans), quote + 1


def _trimmed(text: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Without blank ends, none if all is blank."""
    kept = [span for span in spans if len(span)]
    if not kept or not _value(text, kept).strip():
        return ()
    first, last = kept[0], kept[-1]
    if len(kept) == 1:
        value = text[first.start : first.end]
        start = first.start + len(value) - len(value.lstrip())
        return (Span(start, start + len(value.strip())),)
    head, tail = text[first.start : first.end], text[last.start : last.end]
    kept[0] = Span(first.end - len(head.lstrip()), first.end)
    kept[-1] = Span(last.start, last.start + len(tail.rstrip()))
    return tuple(span for span in kept if len(span))
