"""Makes a document of recognised pages, alone or between the pages of a PDF that have a text layer."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from corpus.locator import Box, PagePlace, PlacedSpan, Span
from ingestion.parsed import Cell, Element, ParsedDocument, Row, Table, TextBuilder
from ingestion.pdf_elements import write_elements
from ingestion.pdf_page import Page, Sheet, Style, Word
from ingestion.pdf_reading import read_blocks
from ingestion.recognition import RecognisedPage, RecognisedWord

_UNSURE = 75
"""Mean confidence of a page below which its readers are told so."""

_SAME_SIZE = 0.2
_BODY_SHARE = 0.72
"""Of the height of a line of words, with ascenders and descenders, that is the size of its type."""


def recognised_document(pages: Sequence[RecognisedPage], page_count: int) -> ParsedDocument:
    """Of pages in ascending order. Without elements where no page has words."""
    blocks = deque(read_blocks([_page(page) for page in pages if page.words], ()))
    written = write_elements(blocks)
    return ParsedDocument(
        text=written.text,
        elements=written.elements,
        places=written.places,
        page_count=page_count,
        remarks=tuple(_remarks(pages)),
    )


def with_recognised(document: ParsedDocument, pages: Sequence[RecognisedPage]) -> ParsedDocument:
    """The document with these of its unread pages, each before the first element that begins after it."""
    recognised = {
        page.page: recognised_document([page], document.page_count or page.page)
        for page in sorted(pages, key=lambda page: page.page)
    }
    written = _Joined()
    waiting = deque(number for number, found in recognised.items() if found.elements)
    starts = _start_pages(document)
    for element, page in zip(document.elements, starts, strict=True):
        while waiting and waiting[0] < page:
            written.add_all(recognised[waiting.popleft()])
        written.add(document, element)
    for number in waiting:
        written.add_all(recognised[number])
    read = {page.page for page in pages}
    return replace(
        document,
        text=written.text,
        elements=tuple(written.elements),
        places=tuple(written.places),
        unread_pages=tuple(page for page in document.unread_pages if page not in read),
        remarks=(*document.remarks, *_remarks(pages)),
    )


def _remarks(pages: Sequence[RecognisedPage]) -> Iterator[str]:
    with_words = [page for page in pages if page.words]
    if with_words:
        yield f"Read by text recognition: {_named([page.page for page in with_words])}. Check what matters."
    unsure = [page.page for page in with_words if _confidence(page.words) < _UNSURE]
    if unsure:
        yield f"Hard to recognise, so that words may be wrong: {_named(unsure)}."
    blank = [page.page for page in pages if not page.words]
    if blank:
        yield f"Text recognition found no words: {_named(blank)}."


def _named(pages: Sequence[int]) -> str:
    """`pages 2–5, 8`."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][-1] == page - 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    said = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
    return f"page {said}" if len(pages) == 1 else f"pages {said}"


def _confidence(words: Sequence[RecognisedWord]) -> float:
    return sum(word.confidence * len(word.text) for word in words) / sum(len(word.text) for word in words)


def _page(page: RecognisedPage) -> Page:
    width, height = (page.width, page.height) if page.turn % 2 == 0 else (page.height, page.width)
    lines: dict[int, list[tuple[RecognisedWord, Box]]] = {}
    for word in page.words:
        lines.setdefault(word.line, []).append((word, _upright(word.box, page.turn)))
    sizes = _sizes([max(box.bottom - box.top for _, box in line) * height for line in lines.values()])
    words = [
        _word(word, box, line, size, width, height)
        for line, size in zip(lines.values(), sizes, strict=True)
        for word, box in line
    ]
    # Not a page that shows pictures: what is read off a scan is its text, no stamp on it.
    return Page(page.page, (Sheet(page.page, page.turn, width, height, tuple(words)),), shows_pictures=False)


def _sizes(heights: Sequence[float]) -> list[float]:
    """Of the type of each line. A line without descenders is not smaller: what is near the usual size is that size."""
    usual = median(heights)
    return [
        round((usual if abs(height - usual) <= _SAME_SIZE * usual else height) * _BODY_SHARE, 1) or 1.0
        for height in heights
    ]


def _word(
    word: RecognisedWord,
    box: Box,
    line: Sequence[tuple[RecognisedWord, Box]],
    size: float,
    width: float,
    height: float,
) -> Word:
    # All words of a line share its top, bottom and baseline: boxes of single words hug their own letters.
    top, bottom = min(other.top for _, other in line) * height, max(other.bottom for _, other in line) * height
    baseline = median([other.bottom for _, other in line]) * height
    style = Style(size, bold=False, italic=False, fixed_pitch=False, colour=0)
    return Word(word.text, box.left * width, top, box.right * width, bottom, baseline, style)


def _upright(box: Box, turn: int) -> Box:
    """From the displayed page to the sheet: the way back of `Sheet.box`."""
    if turn == 1:
        return Box(box.top, 1 - box.right, box.bottom, 1 - box.left)
    if turn == 2:
        return Box(1 - box.right, 1 - box.bottom, 1 - box.left, 1 - box.top)
    if turn == 3:
        return Box(1 - box.bottom, box.left, 1 - box.top, box.right)
    return box


def _start_pages(document: ParsedDocument) -> list[int]:
    """The page on which each element begins; that of the one before where it has no place."""
    pages: list[int] = []
    places = deque(document.places)
    for element in document.elements:
        start = min((span.start for span in element.spans), default=0)
        while places and places[0].span.end <= start:
            places.popleft()
        place = places[0].place if places else None
        pages.append(place.page if isinstance(place, PagePlace) else (pages[-1] if pages else 0))
    return pages


class _Joined:
    """Elements of several documents, one after the other in one text."""

    def __init__(self) -> None:
        self._builder = TextBuilder()
        self.elements: list[Element] = []
        self.places: list[PlacedSpan] = []

    @property
    def text(self) -> str:
        return self._builder.text()

    def add_all(self, document: ParsedDocument) -> None:
        for element in document.elements:
            self.add(document, element)

    def add(self, document: ParsedDocument, element: Element) -> None:
        stretch = _extent(element)
        if self.elements:
            self._builder.add("\n\n")
        shift = self._builder.add(document.text[stretch.start : stretch.end]).start - stretch.start
        self.elements.append(_shifted(element, shift))
        self.places += [
            PlacedSpan(_moved(placed.span, shift), placed.place)
            for placed in document.places
            if placed.span.overlaps(stretch)
        ]


def _extent(element: Element) -> Span:
    """Everything that the element names of the text, its table's cells and caption included."""
    spans = list(element.spans)
    if element.table is not None:
        rows = (*element.table.header, *element.table.rows)
        spans += [span for row in rows for cell in row.cells for span in cell.spans]
        spans += element.table.caption
    return Span(min(span.start for span in spans), max(span.end for span in spans))


def _shifted(element: Element, shift: int) -> Element:
    table = element.table
    if table is not None:
        table = Table(
            tuple(_shifted_row(row, shift) for row in table.header),
            tuple(_shifted_row(row, shift) for row in table.rows),
            tuple(_moved(span, shift) for span in table.caption),
        )
    return replace(element, spans=tuple(_moved(span, shift) for span in element.spans), table=table)


def _shifted_row(row: Row, shift: int) -> Row:
    return Row(tuple(Cell(tuple(_moved(span, shift) for span in cell.spans)) for cell in row.cells))


def _moved(span: Span, shift: int) -> Span:
    return Span(span.start + shift, span.end + shift)
