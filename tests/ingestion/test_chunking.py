"""Chunks follow the structure, fit the embedder, and lose no word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.chunk import ChunkKind, spans_in_version
from corpus.locator import CuePlace, PlacedSpan, Span
from ingestion.chunking import ChunkDraft, ChunkLimits, cut, embedding_context
from ingestion.llama_index_splitter import LlamaIndexSplitter
from ingestion.parsed import Cell, Element, ElementKind, ParsedDocument, Row, Table, TextBuilder
from tests.fakes import WordEmbedder

count_tokens = WordEmbedder().count_tokens
SMALL = ChunkLimits(text=20, window=34, context=12)


class Draft:
    """Builds a parsed document element by element."""

    def __init__(self) -> None:
        self._builder = TextBuilder()
        self._elements: list[Element] = []

    def add(self, kind: ElementKind, text: str, level: int = 0) -> "Draft":
        self._elements.append(Element(kind, (self._builder.add(text),), level))
        self._builder.add("\n")
        return self

    def heading(self, text: str, level: int = 1) -> "Draft":
        return self.add(ElementKind.HEADING, text, level)

    def paragraph(self, text: str) -> "Draft":
        return self.add(ElementKind.PARAGRAPH, text)

    def item(self, text: str, level: int = 1) -> "Draft":
        return self.add(ElementKind.LIST_ITEM, text, level)

    def table(self, header: list[str], rows: list[list[str]]) -> "Draft":
        made = Table((self._row(header),) if header else (), tuple(self._row(row) for row in rows))
        spans = tuple(span for row in (*made.header, *made.rows) for cell in row.cells for span in cell.spans)
        self._elements.append(Element(ElementKind.TABLE, spans, table=made))
        return self

    def cue(self, text: str, start_s: float, speaker: str | None) -> "Draft":
        span = self._builder.add(text, CuePlace(start_s, start_s + 2, speaker))
        self._elements.append(Element(ElementKind.CUE, (span,)))
        self._builder.add("\n")
        return self

    def done(self) -> ParsedDocument:
        return ParsedDocument(self._builder.text(), tuple(self._elements), self._builder.places())

    def _row(self, cells: list[str]) -> Row:
        made = []
        for cell in cells:
            made.append(Cell((self._builder.add(cell),) if cell else ()))
            self._builder.add("\t")
        return Row(tuple(made))


def chunks_of(document: ParsedDocument, title: str = "Guide", limits: ChunkLimits = SMALL) -> list[ChunkDraft]:
    return cut(document, title, count_tokens, LlamaIndexSplitter(count_tokens), limits)


def words(count: int, stem: str = "word") -> str:
    return " ".join(f"{stem}{number}" for number in range(count))


def test_a_chunk_never_crosses_a_heading() -> None:
    document = Draft().heading("Leave").paragraph("Ten days.").heading("Travel").paragraph("Book early.").done()
    assert [(chunk.headings, chunk.text) for chunk in chunks_of(document)] == [
        (("Leave",), "Ten days."),
        (("Travel",), "Book early."),
    ]


def test_the_heading_path_holds_the_headings_above() -> None:
    document = Draft().heading("A").heading("B", 2).heading("C", 3).paragraph("x").heading("D", 2).paragraph("y").done()
    assert [chunk.headings for chunk in chunks_of(document)] == [("A", "B", "C"), ("A", "D")]


def test_title_and_headings_are_embedded_but_not_quoted() -> None:
    (chunk,) = chunks_of(Draft().heading("Leave").paragraph("Ten days.").done())
    assert chunk.embedded == "Guide > Leave\nTen days."
    assert chunk.text == "Ten days."


def test_neighbouring_paragraphs_share_a_chunk_while_they_fit() -> None:
    document = Draft().paragraph(words(8, "a")).paragraph(words(8, "b")).paragraph(words(8, "c")).done()
    assert [chunk.text for chunk in chunks_of(document)] == [f"{words(8, 'a')}\n\n{words(8, 'b')}", words(8, "c")]


def test_chunks_of_a_section_are_of_similar_length() -> None:
    document = Draft().paragraph(words(6)).paragraph(words(6)).paragraph(words(6)).paragraph(words(6)).done()
    assert [chunk.token_count for chunk in chunks_of(document)] == [12, 12]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentences = [f"{words(6, stem)}." for stem in "abcdef"]
    chunks = chunks_of(Draft().paragraph(" ".join(sentences)).done())
    assert len(chunks) > 1
    assert all(chunk.text.endswith(".") for chunk in chunks)
    assert " ".join(chunk.text for chunk in chunks) == " ".join(sentences)


def test_a_list_stays_with_its_lead_in() -> None:
    document = Draft().paragraph(words(15, "p")).paragraph("You need:").item("a badge").item("a key").done()
    assert chunks_of(document)[-1].text == "You need:\n- a badge\n- a key"


def test_every_row_of_a_table_names_its_columns() -> None:
    document = Draft().table(["Country", "Days"], [["Germany", "30"], ["Austria", "25"]]).done()
    (chunk,) = chunks_of(document)
    assert chunk.kind is ChunkKind.TABLE
    assert chunk.text == "Country: Germany | Days: 30\nCountry: Austria | Days: 25"


def test_a_long_table_is_split_between_rows() -> None:
    document = Draft().table(["Country", "Days"], [[f"C{number}", str(number)] for number in range(10)]).done()
    chunks = chunks_of(document)
    assert len(chunks) > 1
    assert all(line.startswith("Country: C") for chunk in chunks for line in chunk.text.split("\n"))


def test_column_names_stand_nowhere_and_values_at_their_cells() -> None:
    document = Draft().table(["Country", "Days"], [["Germany", "30"]]).done()
    (chunk,) = chunks_of(document)
    spans = spans_in_version(chunk.pieces, 0, len(chunk.text))
    assert [document.text[span.start : span.end] for span in spans] == ["Germany", "30"]


def test_an_empty_cell_is_left_out() -> None:
    document = Draft().table(["Name", "Phone", "Room"], [["Ana", "", "4"]]).done()
    assert chunks_of(document)[0].text == "Name: Ana | Room: 4"


def test_a_table_of_header_rows_only_is_not_lost() -> None:
    document = Draft().table(["Opening hours", "9 to 5"], []).done()
    assert chunks_of(document)[0].text == "Opening hours | 9 to 5"


def test_turns_name_their_speaker_once() -> None:
    document = Draft().cue("Good morning.", 0, "Ana").cue("Let us start.", 2, "Ana").cue("Yes.", 4, "Ben").done()
    assert chunks_of(document)[0].text == "Ana: Good morning. Let us start.\nBen: Yes."


def test_a_heading_longer_than_the_context_is_shortened() -> None:
    context = embedding_context("Guide", [words(50, "h")], count_tokens, 12)
    assert count_tokens([context])[0] <= 12
    assert context.startswith("Guide")


def test_a_title_longer_than_the_context_is_shortened() -> None:
    context = embedding_context(words(50, "t"), ["Leave"], count_tokens, 12)
    assert context == words(11, "t")


def test_the_innermost_headings_are_kept_when_not_all_fit() -> None:
    context = embedding_context("Guide", ["one two three", "four five", "six seven"], count_tokens, 9)
    assert context == "Guide > four five > six seven"


def test_a_word_longer_than_the_limit_is_cut() -> None:
    limits = ChunkLimits(text=5, window=20, context=8)
    by_letter = lambda texts: [len(text) for text in texts]  # noqa: E731 - a one-letter token counter
    chunks = cut(Draft().paragraph("x" * 23).done(), "", by_letter, LlamaIndexSplitter(by_letter), limits)
    assert "".join(chunk.text for chunk in chunks) == "x" * 23
    assert all(len(chunk.text) <= 5 for chunk in chunks)


texts = st.lists(
    st.sampled_from(["leave", "travel.", "30", "days!", "Größe", "休暇", "a-b"]), min_size=1, max_size=60
).map(" ".join)
kinds = st.one_of(
    st.tuples(st.just("heading"), texts.map(lambda text: text[:40].strip()), st.integers(1, 4)),
    st.tuples(st.just("paragraph"), texts, st.just(0)),
    st.tuples(st.just("item"), texts, st.integers(1, 3)),
    st.tuples(st.just("table"), texts, st.integers(1, 3)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(kinds, min_size=1, max_size=12))
def test_no_word_is_lost_doubled_or_misplaced_and_no_chunk_is_too_long(found: list[tuple[str, str, int]]) -> None:
    draft = Draft()
    for kind, text, level in found:
        if kind == "heading":
            draft.heading(text, level)
        elif kind == "paragraph":
            draft.paragraph(text)
        elif kind == "item":
            draft.item(text, level)
        else:
            cells = text.split()
            draft.table(cells[:level], [cells[start : start + level] for start in range(level, len(cells), level)])
    document = draft.done()
    expected: list[str] = []
    for element in document.elements:
        if element.kind is ElementKind.HEADING:
            continue
        spans = element.spans
        if element.table is not None:
            body = element.table.rows or element.table.header
            spans = tuple(span for row in body for cell in row.cells for span in cell.spans)
        expected += [word for span in spans for word in document.text[span.start : span.end].split()]
    chunks = chunks_of(document)
    placed: list[str] = []
    for chunk in chunks:
        assert chunk.token_count <= SMALL.window
        assert count_tokens([chunk.embedded])[0] <= SMALL.window
        for piece in chunk.pieces:
            quoted = chunk.text[piece.chunk_start : piece.chunk_start + piece.length]
            assert quoted == document.text[piece.text_start : piece.text_start + piece.length]
            placed += quoted.split()
    assert placed == expected


def test_places_of_cues_reach_the_chunks() -> None:
    document = Draft().cue("Good morning.", 3.5, "Ana").done()
    assert document.places == (PlacedSpan(Span(0, 13), CuePlace(3.5, 5.5, "Ana")),)
    (chunk,) = chunks_of(document)
    assert spans_in_version(chunk.pieces, 5, 18) == [Span(0, 13)]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_elements_without_words_make_no_chunk(text: str) -> None:
    assert chunks_of(Draft().paragraph(text).done()) == []


def test_speech_is_cut_at_a_long_pause() -> None:
    draft = Draft()
    for number in range(8):
        start = 2.1 * number + (10 if number >= 5 else 0)
        draft.cue(f"word{number} word{number}", start, None)
    chunks = cut(draft.done(), "Talk", count_tokens, LlamaIndexSplitter(count_tokens), ChunkLimits(12, 34, 12))
    assert any(chunk.text.startswith("word5") for chunk in chunks)


def test_speech_is_cut_where_its_subject_changes() -> None:
    draft = Draft()
    pumps = ["the pump needs water", "water fills the pump", "open the pump valve", "the valve lets water out"]
    money = ["salary comes monthly", "monthly salary rises", "bonus follows salary", "monthly bonus payments"]
    for number, text in enumerate([*pumps, *money]):
        draft.cue(text, 4.0 * number, None)
    chunks = cut(draft.done(), "Talk", count_tokens, LlamaIndexSplitter(count_tokens), ChunkLimits(24, 40, 12))
    assert any(chunk.text.startswith("salary comes") for chunk in chunks)


def test_cues_stand_for_sentences_where_nobody_set_a_full_stop() -> None:
    bare = Draft().cue("open the valve", 0, "Ana").cue("then wait", 4, "Ana").done()
    written = Draft().cue("Open the valve, and", 0, "Ana").cue("then wait.", 4, "Ana").done()
    texts = [
        cut(document, "Talk", count_tokens, LlamaIndexSplitter(count_tokens), ChunkLimits(40, 60, 12))[0].text
        for document in (bare, written)
    ]
    assert texts == ["Ana: open the valve\nthen wait", "Ana: Open the valve, and then wait."]
