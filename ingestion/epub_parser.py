"""Reads e-books (EPUB): the chapters in the order of the spine."""

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote
from zipfile import ZipFile

from ingestion.archive import DEFAULT_LIMITS, ArchiveLimits, open_archive, read_member
from ingestion.lxml_html import add_html, parse_html
from ingestion.lxml_parser import decode_html
from ingestion.lxml_xml import parse_xml
from ingestion.parsed import Damaged, Empty, ParsedDocument, Unreadable
from ingestion.structured_text import StructuredText

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/rights.xml"
_CHAPTER_TYPES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})


class ProtectedBook(Unreadable):
    def __init__(self) -> None:
        super().__init__("The book is protected against copying. Add an edition without copy protection.")


@dataclass(frozen=True, slots=True)
class _Book:
    title: str | None
    chapters: tuple[str, ...]


class EpubParser:
    def __init__(self, archive: ArchiveLimits = DEFAULT_LIMITS) -> None:
        self._archive = archive

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        with open_archive(content, self._archive) as archive:
            if _RIGHTS in archive.namelist():
                raise ProtectedBook
            book = _book(archive)
            text = StructuredText()
            remarks: list[str] = []
            missing = 0
            for chapter in book.chapters:
                if chapter not in archive.namelist():
                    missing += 1
                    continue
                decoded = decode_html(read_member(archive, chapter))
                remarks += [*decoded.remarks, *add_html(text, parse_html(decoded.text))]
        if missing:
            remarks.append(f"{missing} chapters are missing from the file.")
        if text.is_empty:
            raise Empty
        return text.document(book.title, remarks=tuple(dict.fromkeys(remarks)))


def _book(archive: ZipFile) -> _Book:
    container = parse_xml(read_member(archive, _CONTAINER))
    package_path = next((node.get("full-path", "") for node in container.named("rootfile")), "")
    if not package_path:
        raise Damaged("it does not say where its contents are")
    package = parse_xml(read_member(archive, package_path))
    folder = posixpath.dirname(package_path)
    items = {item.get("id", ""): item for item in package.named("item")}
    chapters = []
    for reference in package.named("itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or item.get("media-type", "") not in _CHAPTER_TYPES:
            continue
        if "nav" in item.get("properties", "").split():
            # The table of contents of the book.
            continue
        chapters.append(posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "")))))
    title = next((node.text for node in package.named("title") if node.text), None)
    return _Book(title, tuple(chapters))
