"""Reads PDF files: text with the box of every word, headings, lists, tables; without running headers and footers."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2

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
    pages: tuple[Page, ...]
    page_count: int
    broken: tuple[int, ...]
    outline: tuple[OutlineEntry, ...]
    metadata_title: str


@dataclass(frozen=True, slots=True)
class _Findings:
    """What is to be told about the pages, by number."""

    broken: tuple[int, ...]
    undecodable: tuple[int, ...]
    unread: tuple[int, ...]
    with_images: tuple[int, ...]
    image_count: int


class PdfiumParser:
    """The text of headers, footers and page numbers that recur is left out. Implements `ingestion.parsed.Parser`."""

    def __init__(self, max_pages: int = 2000) -> None:
        self._max_pages = max_pages

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        read = self._read(content)
        _refuse_without_text(read)
        blocks = deque(read_blocks(read.pages, read.outline))
        if not blocks:
            raise WithoutTextLayer(read.page_count)
        findings = _findings(read, {sheet.page for block in blocks for sheet in block.sheets})
        title = title_of(read.metadata_title, blocks)
        page_count = read.page_count
        del read
        written = write_elements(blocks)
        return ParsedDocument(
            text=written.text,
            elements=written.elements,
            places=written.places,
            title=title,
            page_count=page_count,
            unread_pages=tuple(sorted({*findings.unread, *findings.broken})),
            remarks=tuple(_remarks(findings)),
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
            return _Read(tuple(pages), page_count, tuple(broken), tuple(_outline(document)), _metadata_title(document))


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


def _refuse_without_text(read: _Read) -> None:
    if any(page.sheets for page in read.pages):
        return
    if len(read.broken) == read.page_count:
        raise Damaged("none of its pages can be read")
    if any(page.shows_pictures for page in read.pages):
        raise WithoutTextLayer(read.page_count)
    raise Empty


def _findings(read: _Read, spoken: set[int]) -> _Findings:
    with_images = [page for page in read.pages if page.large_images and page.number in spoken]
    return _Findings(
        broken=read.broken,
        undecodable=tuple(page.number for page in read.pages if page.undecodable),
        unread=tuple(page.number for page in read.pages if page.shows_pictures and page.number not in spoken),
        with_images=tuple(page.number for page in with_images),
        image_count=sum(page.large_images for page in with_images),
    )


def _remarks(findings: _Findings) -> Iterator[str]:
    if findings.broken:
        yield f"{_named(findings.broken)} could not be read: damaged."
    if findings.undecodable:
        yield f"{_named(findings.undecodable)}: fonts without a mapping to Unicode; the text may be wrong."
    if findings.with_images:
        count = findings.image_count
        images = "1 embedded image was" if count == 1 else f"{count} embedded images were"
        yield f"{images} not read ({_named(findings.with_images).lower()})."


def _named(pages: Sequence[int]) -> str:
    shown = ", ".join(str(page) for page in pages[:_MAX_NAMED_PAGES])
    more = f" and {len(pages) - _MAX_NAMED_PAGES} more" if len(pages) > _MAX_NAMED_PAGES else ""
    return f"{'Page' if len(pages) == 1 else 'Pages'} {shown}{more}"
