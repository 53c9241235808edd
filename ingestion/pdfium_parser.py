"""Reads PDF files: text with the box of every word, headings, lists, tables; without running headers and footers."""

from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]  # it ships no types

from ingestion.parsed import Damaged, Empty, ParsedDocument, TooLarge, WithoutTextLayer
from ingestion.pdf_elements import write_elements
from ingestion.pdf_headings import OutlineEntry
from ingestion.pdf_page import Page
from ingestion.pdf_reading import read_blocks
from ingestion.pdf_title import title_of
from ingestion.pdfium_document import opened
from ingestion.pdfium_words import read_page

_MAX_OUTLINE_DEPTH = 6
_MAX_NAMED_PAGES = 12


@dataclass(frozen=True, slots=True)
class _Read:
    pages: list[Page]
    page_count: int
    broken: list[int]
    outline: list[OutlineEntry]
    metadata_title: str


class PdfiumParser:
    """The text of headers, footers and page numbers that recur is left out. Implements `ingestion.parsed.Parser`."""

    def __init__(self, max_pages: int = 2000) -> None:
        self._max_pages = max_pages

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        read = self._read(content)
        if not any(page.sheets for page in read.pages):
            if read.broken and len(read.broken) == read.page_count:
                raise Damaged("none of its pages can be read")
            if any(page.shows_pictures for page in read.pages):
                raise WithoutTextLayer(read.page_count)
            raise Empty
        blocks = read_blocks(read.pages, read.outline)
        spoken = {sheet.page for block in blocks for sheet in block.sheets}
        undecodable = [page.number for page in read.pages if page.undecodable]
        unread = [page.number for page in read.pages if page.shows_pictures and page.number not in spoken]
        if not blocks:
            raise WithoutTextLayer(read.page_count)
        written = write_elements(blocks)
        return ParsedDocument(
            text=written.text,
            elements=written.elements,
            places=written.places,
            title=title_of(read.metadata_title, blocks),
            page_count=read.page_count,
            unread_pages=tuple(sorted({*unread, *read.broken})),
            remarks=tuple(_remarks(read, undecodable, set(unread))),
        )

    def _read(self, content: bytes) -> _Read:
        with opened(content) as document:
            page_count = len(document)
            if page_count > self._max_pages:
                raise TooLarge("pages", str(self._max_pages))
            pages: list[Page] = []
            broken: list[int] = []
            for index in range(page_count):
                try:
                    pages.append(read_page(document, index))
                except pypdfium2.PdfiumError:
                    broken.append(index + 1)
            return _Read(pages, page_count, broken, _outline(document), _metadata_title(document))


def _metadata_title(document: pypdfium2.PdfDocument) -> str:
    title: str = document.get_metadata_value("Title")
    return title.replace("\0", "")


def _outline(document: pypdfium2.PdfDocument) -> list[OutlineEntry]:
    entries: list[OutlineEntry] = []
    for bookmark in document.get_toc(max_depth=_MAX_OUTLINE_DEPTH):
        target = bookmark.get_dest()
        index = target.get_index() if target is not None else None
        page = index + 1 if index is not None and index >= 0 else None
        entries.append(OutlineEntry(bookmark.get_title(), bookmark.level + 1, page))
    return entries


def _remarks(read: _Read, undecodable: list[int], unread: set[int]) -> list[str]:
    remarks = []
    if read.broken:
        remarks.append(f"{_named(read.broken)} could not be read: damaged.")
    if undecodable:
        remarks.append(f"{_named(undecodable)}: fonts without a mapping to Unicode; the text may be wrong.")
    pictured = [page.number for page in read.pages if page.large_images and page.number not in unread]
    if pictured:
        count = sum(page.large_images for page in read.pages if page.number in set(pictured))
        images = "1 embedded image was" if count == 1 else f"{count} embedded images were"
        remarks.append(f"{images} not read ({_named(pictured).lower()}).")
    return remarks


def _named(pages: list[int]) -> str:
    shown = ", ".join(str(page) for page in pages[:_MAX_NAMED_PAGES])
    more = f" and {len(pages) - _MAX_NAMED_PAGES} more" if len(pages) > _MAX_NAMED_PAGES else ""
    return f"{'Page' if len(pages) == 1 else 'Pages'} {shown}{more}"
