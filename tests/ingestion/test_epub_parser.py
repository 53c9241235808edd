"""Books become their chapters in the order of the spine."""

import io
import zipfile

import pytest

from ingestion.epub_parser import EpubParser, ProtectedBook
from ingestion.parsed import Damaged, ParsedDocument, Parser
from tests.contracts.parser import ParserContract, check, outline

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>The Handbook</dc:title></metadata><manifest>
<item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="one.xhtml" media-type="application/xhtml+xml"/>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="css" href="x.css" media-type="text/css"/>
<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/><itemref idref="gone"/></spine></package>"""
PARTS = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/one.xhtml": '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>'
    "<h1>First</h1><p>Größe</p></body></html>",
    "OEBPS/text/two b.xhtml": "<html><body><h1>Second</h1><p>Words.</p></body></html>",
    "OEBPS/nav.xhtml": "<html><body><p>Contents</p></body></html>",
}


def a_book(**changed: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**PARTS, **changed}.items():
            archive.writestr(name, part)
    return stream.getvalue()


def parse(content: bytes) -> ParsedDocument:
    document = EpubParser().parse(content, "book.epub")
    check(document)
    return document


class TestEpubParser(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return EpubParser()

    @pytest.fixture
    def content(self) -> bytes:
        return a_book()


def test_chapters_are_read_in_the_order_of_the_spine() -> None:
    document = parse(a_book())
    assert outline(document) == ["heading 1 First", "paragraph 0 Größe", "heading 1 Second", "paragraph 0 Words."]
    assert document.title == "The Handbook"
    assert document.remarks == ("1 chapters are missing from the file.",)


def test_a_protected_book_is_named_as_such() -> None:
    with pytest.raises(ProtectedBook, match="without copy protection"):
        parse(a_book(**{"META-INF/rights.xml": "<rights/>"}))


def test_entities_of_a_package_are_not_expanded() -> None:
    bomb = '<!DOCTYPE package [<!ENTITY a "AAAA">]>' + PACKAGE.replace("The Handbook", "&a;")
    assert "AAAA" not in (parse(a_book(**{"OEBPS/book.opf": bomb})).title or "")


@pytest.mark.parametrize("missing", ["META-INF/container.xml", "OEBPS/book.opf"])
def test_a_book_without_its_plan_is_damaged(missing: str) -> None:
    with pytest.raises(Damaged):
        parse(a_book(**{missing: "<broken"}))
