"""Quotes are found verbatim, white space aside, and resolve to the narrowest place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.chunk import ChunkKind, Piece, spans_in_version
from corpus.citation import NotVerbatim, Quote, find_quote
from corpus.citing import CitationResolver
from corpus.locator import Box, CellPlace, HeadingLocator, PageLocator, PagePlace, PlacedSpan, SheetLocator, Span
from corpus.passage import Passage, PassageChunk
from corpus.places import Places


def test_a_quote_is_found_across_line_breaks() -> None:
    assert find_quote("You get thirty\n  days of leave.", "thirty days of") == Span(8, 24)


def test_an_altered_quote_is_not_found() -> None:
    assert find_quote("You get thirty days of leave.", "forty days of leave") is None


def test_an_empty_quote_stands_nowhere() -> None:
    assert find_quote("Some text.", "  ") is None


def test_a_later_whole_match_is_found_behind_an_earlier_half_one() -> None:
    assert find_quote("a b a\nc", "a c") == Span(4, 7)


@given(st.text(alphabet="ab \n\t", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_whatever_is_cut_from_a_text_is_found_in_it(text: str, one: int, other: int) -> None:
    quote = text[min(one, other) : max(one, other)]
    span = find_quote(text, quote)
    if quote.strip():
        assert span is not None
        assert text[span.start : span.end].split() == quote.split()
    else:
        assert span is None


def test_spans_leave_out_what_stands_nowhere_in_the_file() -> None:
    pieces = [Piece(0, 100, 4), Piece(7, 200, 5)]
    assert spans_in_version(pieces, 2, 9) == [Span(102, 104), Span(200, 202)]


def test_adjoining_pieces_make_one_span() -> None:
    assert spans_in_version([Piece(0, 10, 5), Piece(5, 15, 5)], 3, 8) == [Span(13, 18)]


def a_passage(chunk: PassageChunk, headings: tuple[str, ...] = ()) -> Passage:
    return Passage(
        document_id=1,
        version_id=2,
        document_name="leave.pdf",
        title="Leave",
        media_type="application/pdf",
        language="en",
        headings=headings,
        kind=ChunkKind.PROSE,
        chunks=(chunk,),
        score=1.0,
        cosine=0.9,
        keywords=3.0,
    )


def resolver(*placed: PlacedSpan) -> CitationResolver:
    return CitationResolver(lambda version_id: Places(placed))


def test_a_quote_on_a_page_resolves_to_the_boxes_of_its_words_line_by_line() -> None:
    passage = a_passage(PassageChunk(7, 0, "thirty days of leave", (Piece(0, 50, 20),)))
    words = [
        PlacedSpan(Span(50, 56), PagePlace(3, Box(0.1, 0.10, 0.2, 0.12))),
        PlacedSpan(Span(57, 61), PagePlace(3, Box(0.21, 0.10, 0.3, 0.12))),
        PlacedSpan(Span(62, 64), PagePlace(3, Box(0.1, 0.13, 0.15, 0.15))),
    ]
    citation = resolver(*words).resolve_quote(passage, Quote(7, "thirty days of"))
    assert citation.locator == PageLocator(
        (PagePlace(3, Box(0.1, 0.10, 0.3, 0.12)), PagePlace(3, Box(0.1, 0.13, 0.15, 0.15)))
    )
    assert citation.spans == (Span(50, 64),)
    assert citation.link == "/documents/1/versions/2?marks=50-64"


def test_a_quote_in_a_sheet_resolves_to_its_cells() -> None:
    passage = a_passage(PassageChunk(7, 0, "Germany | 30", (Piece(0, 0, 7), Piece(10, 8, 2))))
    cells = [PlacedSpan(Span(0, 7), CellPlace("Leave", 4, 2)), PlacedSpan(Span(8, 10), CellPlace("Leave", 4, 3))]
    assert resolver(*cells).resolve_quote(passage, Quote(7, "Germany | 30")).locator == SheetLocator("Leave", "B4:C4")


def test_a_quote_without_a_narrower_place_resolves_to_its_headings() -> None:
    passage = a_passage(PassageChunk(7, 0, "thirty days", (Piece(0, 0, 11),)), headings=("Leave", "Annual"))
    assert resolver().resolve_quote(passage, Quote(7, "thirty")).locator == HeadingLocator(("Leave", "Annual"))


def test_a_quote_that_is_not_there_is_refused() -> None:
    passage = a_passage(PassageChunk(7, 0, "thirty days", (Piece(0, 0, 11),)))
    with pytest.raises(NotVerbatim):
        resolver().resolve_quote(passage, Quote(7, "forty days"))


def test_a_quote_is_looked_for_in_the_chunk_it_names_only() -> None:
    passage = a_passage(PassageChunk(7, 0, "thirty days", (Piece(0, 0, 11),)))
    with pytest.raises(NotVerbatim):
        resolver().resolve_quote(passage, Quote(8, "thirty days"))


def test_a_quote_that_stands_by_itself_goes_before_one_inside_a_word_or_number() -> None:
    assert find_quote("PX 77 | 12 and 1", "1") == Span(15, 16)
    assert find_quote("12.1 or 1.", "1") == Span(8, 9)
    assert find_quote("the others, the", "other") == Span(4, 9)


def test_a_quote_knows_which_of_several_places_is_meant() -> None:
    assert Quote(1, "PX 77 | 1", 10).find("PX 77 | 1\nPX 77 | 1") == Span(10, 19)
    assert Quote(1, "PX 77 | 1", 3).find("PX 77 | 1\nPX 77 | 1") == Span(0, 9)
