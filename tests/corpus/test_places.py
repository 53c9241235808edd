"""Places are kept compactly and found again."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.locator import Box, CellPlace, CueLocator, CuePlace, MailPlace, PagePlace, PlacedSpan, SlidePlace, Span
from corpus.places import Places, column_name, decode_places, encode_places

fractions = st.integers(0, 20000).map(lambda step: step / 20000)
boxes = st.builds(Box, fractions, fractions, fractions, fractions)
places = st.one_of(
    st.builds(PagePlace, st.integers(1, 3000), boxes),
    st.builds(SlidePlace, st.integers(1, 500), st.booleans()),
    st.builds(CellPlace, st.text(min_size=1, max_size=31), st.integers(1, 1_048_576), st.integers(1, 16_384)),
    st.builds(MailPlace, st.text(min_size=1)),
    st.builds(CuePlace, st.floats(0, 1e5), st.floats(0, 1e5), st.none() | st.text(min_size=1)),
)


@given(st.lists(places, max_size=20))
def test_places_survive_being_kept(found: list[PagePlace | SlidePlace | CellPlace | MailPlace | CuePlace]) -> None:
    placed = tuple(PlacedSpan(Span(10 * number, 10 * number + 7), place) for number, place in enumerate(found))
    assert decode_places(encode_places(placed)) == Places(placed)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)), max_size=5), st.integers(0, 30))
def test_what_lies_within_is_what_overlaps(wanted: list[tuple[int, int]], words: int) -> None:
    placed = tuple(PlacedSpan(Span(5 * number, 5 * number + 4), MailPlace(str(number))) for number in range(words))
    spans = [Span(start, start + length) for start, length in wanted]
    expected = [item for item in placed if any(item.span.overlaps(span) for span in spans)]
    assert Places(placed).within(spans) == expected


def test_a_locator_over_several_speakers_names_none() -> None:
    cues = (
        PlacedSpan(Span(0, 5), CuePlace(1.0, 2.0, "Ana")),
        PlacedSpan(Span(6, 9), CuePlace(2.0, 4.5, "Ben")),
    )
    assert Places(cues).locator([Span(0, 9)], ()) == CueLocator(1.0, 4.5, None)
    assert Places(cues).locator([Span(0, 3)], ()) == CueLocator(1.0, 2.0, "Ana")


def test_pages_of_a_span_over_a_page_break() -> None:
    words = (
        PlacedSpan(Span(0, 4), PagePlace(4, Box(0, 0, 1, 1))),
        PlacedSpan(Span(5, 9), PagePlace(5, Box(0, 0, 1, 1))),
    )
    assert Places(words).pages([Span(2, 7)]) == [4, 5]


def test_columns_are_named_as_in_a_sheet() -> None:
    assert [column_name(number) for number in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]
