"""What every Parser keeps to, whatever its format; and how tests look at what it made."""

import random
from collections.abc import Sequence

import pytest

from corpus.locator import Span
from ingestion.parsed import Damaged, Element, Empty, ParsedDocument, Parser, Row, Unreadable
from ingestion.parsed_json import from_json, to_json

MUTATIONS = 25


def words_of(document: ParsedDocument, spans: Sequence[Span]) -> str:
    """What a reader sees of these spans."""
    return "".join(document.text[span.start : span.end] for span in spans)


def outline(document: ParsedDocument) -> list[str]:
    """`kind level text` of each element; a table as its rows, header rows underlined with `=`."""
    return [line for element in document.elements for line in _lines(document, element)]


def _lines(document: ParsedDocument, element: Element) -> list[str]:
    if element.table is None:
        return [f"{element.kind} {element.level} {words_of(document, element.spans)}"]
    caption = [words_of(document, element.table.caption)] if element.table.caption else []
    header = [_row(document, row) for row in element.table.header]
    return [*caption, *header, *(["="] if header else []), *(_row(document, row) for row in element.table.rows)]


def _row(document: ParsedDocument, row: Row) -> str:
    return " | ".join(words_of(document, cell.spans) for cell in row.cells)


def check(document: ParsedDocument) -> None:
    """Every promise of `ParsedDocument`."""
    length = len(document.text)
    end = 0
    for element in document.elements:
        assert element.spans
        assert element.level >= 0
        assert words_of(document, element.spans).strip()
        assert element.spans[0].start >= end
        for span in element.spans:
            assert end <= span.start < span.end <= length
            end = span.end
        if element.table is not None:
            _check_table(document, element)
    end = 0
    for placed in document.places:
        assert end <= placed.span.start < placed.span.end <= length
        end = placed.span.end
    assert document.title is None or document.title.strip()
    assert "\x00" not in document.text
    document.text.encode("utf-8")


def _check_table(document: ParsedDocument, element: Element) -> None:
    assert element.table is not None
    assert element.table.rows or element.table.header
    own = set(element.spans)
    for row in element.table.rows:
        for cell in row.cells:
            assert own.issuperset(cell.spans)
    for row in element.table.header:
        for cell in row.cells:
            for span in cell.spans:
                assert 0 <= span.start < span.end <= element.spans[-1].end


class ParserContract:
    """A format's test class gives a parser, a sound document of the format, and says whether a cut can be noticed."""

    notices_cuts = True
    name = "document"

    @pytest.fixture
    def parser(self) -> Parser:
        raise NotImplementedError

    @pytest.fixture
    def content(self) -> bytes:
        raise NotImplementedError

    def test_a_document_keeps_every_promise(self, parser: Parser, content: bytes) -> None:
        document = parser.parse(content, self.name)
        assert document.elements
        check(document)

    def test_equal_bytes_give_equal_documents(self, parser: Parser, content: bytes) -> None:
        assert parser.parse(content, self.name) == parser.parse(content, self.name)

    def test_a_document_travels_as_json(self, parser: Parser, content: bytes) -> None:
        document = parser.parse(content, self.name)
        assert from_json(to_json(document)) == document

    def test_an_empty_file_is_refused(self, parser: Parser) -> None:
        with pytest.raises(Unreadable):
            parser.parse(b"", self.name)

    def test_a_cut_file_is_refused_or_read_as_far_as_it_goes(self, parser: Parser, content: bytes) -> None:
        for part in (0.1, 0.5, 0.9):
            cut = content[: int(len(content) * part)]
            if self.notices_cuts:
                with pytest.raises((Damaged, Empty)):
                    parser.parse(cut, self.name)
            else:
                self.survives(parser, cut)

    def test_noise_is_refused_or_read_within_the_rules(self, parser: Parser) -> None:
        chance = random.Random(1)
        for length in (1, 100, 5000):
            self.survives(parser, chance.randbytes(length))

    def test_flipped_bytes_are_refused_or_read_within_the_rules(self, parser: Parser, content: bytes) -> None:
        chance = random.Random(2)
        for _ in range(MUTATIONS):
            flipped = bytearray(content)
            for _ in range(chance.randint(1, 20)):
                flipped[chance.randrange(len(flipped))] = chance.randrange(256)
            self.survives(parser, bytes(flipped))

    def survives(self, parser: Parser, content: bytes) -> None:
        sentence = ""
        try:
            check(parser.parse(content, self.name))
        except Unreadable as refusal:
            sentence = str(refusal)
        assert not sentence or sentence.endswith(".")
