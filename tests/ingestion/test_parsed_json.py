"""A parsed document comes back from JSON as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.locator import Box, CellPlace, CuePlace, MailPlace, PagePlace, Place, PlacedSpan, SlidePlace, Span
from ingestion.parsed import Cell, Element, ElementKind, ParsedDocument, Row, Table
from ingestion.parsed_json import NotParsedDocument, from_json, to_json

counts = st.integers(0, 10**9)
fractions = st.floats(0, 1)
seconds = st.floats(0, 1e6)
spans = st.builds(Span, counts, counts)
many_spans = st.lists(spans, max_size=4).map(tuple)
cells = st.builds(Cell, many_spans)
rows = st.lists(st.builds(Row, st.lists(cells, max_size=3).map(tuple)), max_size=3).map(tuple)
tables = st.builds(Table, rows, rows, many_spans)
elements = st.builds(Element, st.sampled_from(ElementKind), many_spans, counts, st.none() | tables)
places: st.SearchStrategy[Place] = st.one_of(
    st.builds(PagePlace, counts, st.builds(Box, fractions, fractions, fractions, fractions)),
    st.builds(SlidePlace, counts, st.booleans()),
    st.builds(CellPlace, st.text(), counts, counts),
    st.builds(MailPlace, st.text()),
    st.builds(CuePlace, seconds, seconds, st.none() | st.text()),
)
documents = st.builds(
    ParsedDocument,
    st.text(st.characters(exclude_categories=[])),
    st.lists(elements, max_size=5).map(tuple),
    st.lists(st.builds(PlacedSpan, spans, places), max_size=5).map(tuple),
    st.none() | st.text(),
    st.none() | counts,
    st.lists(counts, max_size=3).map(tuple),
    st.lists(st.text(), max_size=3).map(tuple),
)


@given(documents)
def test_it_comes_back_as_it_was(document: ParsedDocument) -> None:
    assert from_json(to_json(document)) == document


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"[2,1]", b"\xff", b"null", b"[" * 100_000, b"[1,2,[],[],null,null,[],[]]"]
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(NotParsedDocument):
        from_json(content)


@given(st.binary(max_size=60))
def test_noise_is_refused(content: bytes) -> None:
    with pytest.raises(NotParsedDocument):
        from_json(content)
