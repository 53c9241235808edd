"""A text reads as it was written: paragraphs, lists and tables come back from its chunks."""

from api.pages.marks import Run, parse_marks
from api.pages.text_view import Block, Divider, Grid, Heading, ItemList, Paragraph, blocks, excerpt, text_body
from corpus.chunk import ChunkKind, Piece
from corpus.locator import PlacedSpan, SlidePlace, Span
from corpus.places import Places
from corpus.store import StoredChunk

NOWHERE = Places(())


def a_chunk(
    text: str, *parts: str, of: str, headings: tuple[str, ...] = (), kind: ChunkKind = ChunkKind.PROSE
) -> StoredChunk:
    """A chunk whose `parts` stand in the version's text `of`; the rest of its text was put there by cutting."""
    pieces, at, there = [], 0, 0
    for part in parts:
        at, there = text.index(part, at), of.index(part, there)
        pieces.append(Piece(at, there, len(part)))
        at, there = at + len(part), there + len(part)
    return StoredChunk(1, 1, 1, 0, kind, headings, text, tuple(pieces), "a.md", "A", "text/markdown", "en")


def shown(*chunks: StoredChunk, of: str, marks: str = "", places: Places = NOWHERE) -> list[Block]:
    return blocks(chunks, of, "A", places, parse_marks(marks, of), top_level=2)


def said(runs: list[Run]) -> str:
    return "".join(run.text for run in runs)


def test_paragraphs_and_items_are_told_apart() -> None:
    text = "You need:\n* a wrench\n* a bucket\n\nThen begin."
    chunk = a_chunk(
        "You need:\n\n- a wrench\n  - a bucket\n\nThen begin.",
        "You need:",
        "a wrench",
        "a bucket",
        "Then begin.",
        of=text,
    )
    lead, items, end = shown(chunk, of=text)
    assert isinstance(lead, Paragraph)
    assert isinstance(items, ItemList)
    assert isinstance(end, Paragraph)
    assert [(item.level, said(item.runs)) for item in items.items] == [(1, "a wrench"), (2, "a bucket")]


def test_a_dash_that_the_author_wrote_makes_no_item() -> None:
    (block,) = shown(a_chunk("- not an item", "- not an item", of="- not an item"), of="- not an item")
    assert isinstance(block, Paragraph)


def test_rows_become_a_table_whose_columns_keep_their_order() -> None:
    text = "Part;Months;Note\nSeal;6\nBelt;;new\nFan;12;old"
    chunk = a_chunk(
        "Part: Seal | Months: 6\nPart: Belt | Note: new\nPart: Fan | Months: 12 | Note: old",
        *("Seal", "6", "Belt", "new", "Fan", "12", "old"),
        of=text,
        kind=ChunkKind.TABLE,
    )
    (grid,) = shown(chunk, of=text)
    assert isinstance(grid, Grid)
    assert grid.names == ["Part", "Months", "Note"]
    cells = [{key: said(runs) for key, runs in row.cells.items()} for row in grid.rows]
    assert cells[1] == {"Part": "Belt", "Note": "new"}


def test_a_table_goes_on_in_the_next_chunk() -> None:
    text = "Part;Months\nSeal;6\nBelt;9"
    first = a_chunk("Part: Seal | Months: 6", "Seal", "6", of=text, kind=ChunkKind.TABLE)
    second = a_chunk("Part: Belt | Months: 9", "Belt", "9", of=text, kind=ChunkKind.TABLE)
    (grid,) = shown(first, second, of=text)
    assert isinstance(grid, Grid)
    assert len(grid.rows) == 2


def test_a_paragraph_that_was_cut_in_two_is_one_again() -> None:
    text = "First half. Second half.\n\nAnother one."
    first, second = a_chunk("First half.", "First half.", of=text), a_chunk("Second half.", "Second half.", of=text)
    third = a_chunk("Another one.", "Another one.", of=text)
    paragraphs = [said(block.runs) for block in shown(first, second, third, of=text) if isinstance(block, Paragraph)]
    assert paragraphs == ["First half. Second half.", "Another one."]


def test_lines_that_a_program_wrapped_flow_and_others_stay() -> None:
    text = (
        "Date: 12 May 2026\n"
        "The foundations were finished on 30 April, four days later than planned\n"
        "because of groundwater on the east side.\n"
        "The architect expects the roof in August."
    )
    (block,) = shown(a_chunk(text, text, of=text), of=text)
    assert isinstance(block, Paragraph)
    assert said(block.runs) == text.replace("planned\n", "planned ")


def test_a_first_row_below_a_heading_is_a_row() -> None:
    text = "# Table\n\nSeal;6\nBelt;9"
    chunk = a_chunk(
        "Part: Seal | Months: 6\nPart: Belt | Months: 9", "Seal", "6", "Belt", "9", of=text, headings=("Table",)
    )
    _, grid = shown(chunk, of=text)
    assert isinstance(grid, Grid)
    assert len(grid.rows) == 2


def test_headings_are_shown_once_and_without_the_title() -> None:
    text = "one two three"
    chunks = [
        a_chunk("one", "one", of=text, headings=("A", "Service")),
        a_chunk("two", "two", of=text, headings=("A", "Service", "Pumps")),
        a_chunk("three", "three", of=text, headings=("A", "Storage")),
    ]
    headings = [block for block in shown(*chunks, of=text) if isinstance(block, Heading)]
    assert headings == [Heading(2, "Service"), Heading(3, "Pumps"), Heading(2, "Storage")]


def test_a_slide_begins_with_its_number() -> None:
    text = "one two"
    places = Places(
        (PlacedSpan(Span(0, 3), SlidePlace(1, in_notes=False)), PlacedSpan(Span(4, 7), SlidePlace(1, in_notes=True)))
    )
    found = shown(a_chunk("one\n\ntwo", "one", "two", of=text), of=text, places=places)
    assert [block.label for block in found if isinstance(block, Divider)] == ["Slide 1", "Slide 1 · speaker notes"]


def test_marks_are_where_the_text_says() -> None:
    text = "Two **people** are needed."
    (block,) = shown(
        a_chunk("Two people are needed.", "Two ", "people", " are needed.", of=text), of=text, marks="4-18"
    )
    assert isinstance(block, Paragraph)
    assert said(block.runs) == "Two people are needed."
    assert "".join(run.text for run in block.runs if run.mark) == "people are"


def test_a_long_text_opens_at_the_part_with_the_first_mark() -> None:
    words = [f"word{number}" for number in range(100)]
    text = " ".join(words)
    chunks = [a_chunk(word, word, of=text) for word in words]
    start = text.index("word57")
    marks = parse_marks(f"{start}-{start + 6}", text)
    body = text_body(chunks, text, "A", NOWHERE, marks, None, 20, 2)
    assert (body.part, body.part_count) == (3, 5)
    assert text_body(chunks, text, "A", NOWHERE, marks, 99, 20, 2).part == 5
    near = excerpt(chunks, text, "A", NOWHERE, marks, 2, 3)
    assert [said(block.runs) for block in near.blocks if isinstance(block, Paragraph)] == [
        "word55 word56 word57 word58 word59 word60 word61"
    ]
