"""What a claim quotes is found again, or what became of it."""

import pytest

from authoring.block import Clip, Picture
from authoring.claim import Evidence
from authoring.record import RiskKind
from authoring.source_text import NotInSource, SourceText
from authoring.staleness import Lost, SourceChange, StatedSource
from corpus.chunk import ChunkKind, Piece
from corpus.locator import Box, CuePlace, PagePlace, PlacedSpan, Span
from corpus.places import Places
from corpus.store import StoredChunk

LEAVE = "Every employee gets 30 days of leave a year. Managers get 30 days of leave and a car."
SICK = "Tell your lead on the first day.\nA note is needed from the third day on."


def a_source(*paragraphs: str, version: int = 1, placed: tuple[PlacedSpan, ...] = ()) -> SourceText:
    """A chunk for each paragraph; one that begins with `#` is the heading of those after it."""
    chunks: list[StoredChunk] = []
    headings: tuple[str, ...] = ()
    offset = 0
    for paragraph in paragraphs:
        if paragraph.startswith("#"):
            headings = (paragraph.lstrip("# "),)
        else:
            kind = ChunkKind.TABLE if " | " in paragraph else ChunkKind.PROSE
            pieces = (Piece(0, offset, len(paragraph)),)
            chunks.append(
                StoredChunk(
                    version * 100 + len(chunks),
                    version,
                    1,
                    len(chunks),
                    kind,
                    headings,
                    paragraph,
                    pieces,
                    "",
                    "",
                    "",
                    "",
                )
            )
        offset += len(paragraph) + 2
    text = "\n\n".join(paragraphs)
    return SourceText(1, version, "leave.md", "Leave", f"{hash(text)}", text, tuple(chunks), Places(placed))


def held(old: SourceText, quote: str, new: SourceText, nth: int = 0) -> Evidence | Lost:
    return SourceChange(StatedSource(old), StatedSource(new)).hold(old.places_of(quote)[nth])


def found(result: Evidence | Lost) -> Evidence:
    assert isinstance(result, Evidence)
    return result


def lost(result: Evidence | Lost) -> Lost:
    assert isinstance(result, Lost)
    return result


def test_a_sentence_is_found_wherever_it_moved_and_however_its_lines_are_wrapped() -> None:
    sentence = "A note is needed from the third day on."
    new = a_source("# Illness", "New.", SICK.replace("needed from", "needed\nfrom"), "# Leave", LEAVE, version=2)
    evidence = found(held(a_source("# Leave", LEAVE, "# Sick", SICK), sentence, new))
    assert evidence.headings == ("Illness",)
    assert [new.text[span.start : span.end].split() for span in evidence.spans] == [sentence.split()]


def test_a_changed_word_loses_the_sentence_and_tells_what_became_of_it() -> None:
    new = a_source("# Leave", LEAVE.replace("employee gets 30", "employee gets 25"), version=2)
    result = lost(held(a_source("# Leave", LEAVE), "Every employee gets 30 days of leave a year.", new))
    assert result.kind is RiskKind.CHANGED
    assert result.old_passage == "Every employee gets 30 days of leave a year."
    assert result.mend is not None
    assert result.mend == result.new_passage
    assert result.mend.quote == "Every employee gets 25 days of leave a year."


def test_a_sentence_that_was_taken_out_became_nothing_else() -> None:
    new = a_source("# Leave", "Managers get 30 days of leave and a car.", version=2)
    result = lost(held(a_source("# Leave", LEAVE), "Every employee gets 30 days of leave a year.", new))
    assert (result.kind, result.new_passage, result.mend) == (RiskKind.REMOVED, None, None)


@pytest.mark.parametrize(("nth", "stays"), [(0, False), (1, True)])
def test_a_phrase_is_looked_for_in_its_own_sentence_only(nth: int, stays: bool) -> None:
    new = a_source("# Leave", LEAVE.replace("employee gets 30", "employee gets 25"), version=2)
    result = held(a_source("# Leave", LEAVE), "30 days", new, nth)
    if stays:
        [span] = found(result).spans
        assert new.text[: span.start].endswith("Managers get ")
    else:
        mend = lost(result).mend
        assert mend is not None
        assert mend.quote == "25 days"


def test_a_phrase_of_a_removed_sentence_is_not_found_in_another_one_that_was_reworded() -> None:
    valve, harbour = "The valve has to be ordered 20 days before.", "The harbour has to be ordered 20 days before."
    new = a_source("# Orders", "The harbour has to be ordered 20 days in advance.", version=2)
    result = lost(held(a_source("# Orders", f"{valve} {harbour}"), "20 days", new, 0))
    assert (result.kind, result.new_passage) == (RiskKind.REMOVED, None)
    assert isinstance(held(a_source("# Orders", f"{valve} {harbour}"), "20 days", new, 1), Evidence)


def test_a_phrase_stays_while_the_words_around_it_change() -> None:
    reworded = "In a year every full-time employee receives 30 days of leave. Managers get 30 days of leave and a car."
    evidence = found(held(a_source("# Leave", LEAVE), "30 days", a_source("# Leave", reworded, version=2)))
    assert reworded[: evidence.spans[0].start - len("# Leave\n\n")].endswith("receives ")


def test_a_phrase_does_not_stay_as_a_part_of_a_longer_word() -> None:
    new = a_source("# Leave", LEAVE.replace("employee gets 30", "employee gets 130"), version=2)
    assert isinstance(held(a_source("# Leave", LEAVE), "30 days", new), Lost)


def test_an_item_that_says_very_little_has_to_stand_beside_the_same_one() -> None:
    old = a_source("# Paris", "- Rent\n- Yes\n- Food\n- No")
    assert isinstance(held(old, "Yes", a_source("# Paris", "New.", "- Rent\n- Yes\n- Food\n- No", version=2)), Evidence)
    assert isinstance(held(old, "Yes", a_source("# Paris", "- Rent\n- No\n- Food\n- Yes", version=2)), Lost)


def test_a_cell_stays_with_its_row() -> None:
    rows = ("Place: Paris | Days: 30", "Place: Lyon | Days: 30", "Place: Nice | Days: 25")
    old = a_source("# Days", "\n".join(rows))
    turned = a_source("# Days", "\n".join(reversed(rows)), version=2)
    evidence = found(held(old, "30", turned, 1))
    assert turned.text[: evidence.spans[0].start].endswith("Lyon | Days: ")
    changed = a_source("# Days", "\n".join((rows[0], rows[1].replace("30", "20"), rows[2])), version=2)
    assert isinstance(held(old, "30", changed, 0), Evidence)
    assert isinstance(held(old, "30", changed, 1), Lost)


def test_evidence_of_words_that_nowhere_stand_is_refused() -> None:
    source = a_source("# Leave", LEAVE)
    with pytest.raises(NotInSource):
        source.evidence_of("Every employee gets 31 days")
    with pytest.raises(NotInSource):
        source.evidence_at([Span(5, 4000)])


def test_a_selection_across_chunks_is_bound_piece_by_piece() -> None:
    source = a_source("# Sick", "Tell your lead.", "Bring a note.")
    start = source.text.index("your lead.")
    whole = source.evidence_at([Span(start, source.text.index(" note."))])
    assert [one.quote for one in whole] == ["your lead.\n\nBring a"]
    assert isinstance(
        SourceChange(StatedSource(source), StatedSource(a_source("# Sick", "Hm.", version=2))).hold(whole[0]), Lost
    )


def test_a_clip_stays_while_the_same_is_said_at_the_same_time() -> None:
    def spoken(version: int, *cues: str) -> SourceText:
        placed, offset = [], 0
        for second, cue in enumerate(cues):
            placed.append(PlacedSpan(Span(offset, offset + len(cue)), CuePlace(second, second + 1, None)))
            offset += len(cue) + 2
        return a_source(*cues, version=version, placed=tuple(placed))

    old = spoken(1, "Open the valve.", "Then wait.", "Close it.")
    clip = Clip(1, 1, 0.0, 2.0)
    same = SourceChange(StatedSource(old), StatedSource(spoken(2, "Open the valve.", "Then wait.", "Shut it.")))
    assert same.hold_clip(clip) == Clip(1, 2, 0.0, 2.0)
    other = SourceChange(StatedSource(old), StatedSource(spoken(2, "Open the valve.", "Then run.", "Close it.")))
    assert isinstance(other.hold_clip(clip), Lost)


def test_a_picture_of_a_page_stays_while_the_page_says_the_same() -> None:
    def printed(version: int, *pages: str) -> SourceText:
        placed, offset = [], 0
        for number, page in enumerate(pages, 1):
            placed.append(PlacedSpan(Span(offset, offset + len(page)), PagePlace(number, Box(0, 0, 1, 1))))
            offset += len(page) + 2
        return a_source(*pages, version=version, placed=tuple(placed))

    old = printed(1, "Front.", "The valve is red.")
    change = SourceChange(StatedSource(old), StatedSource(printed(2, "Cover.", "The valve is red.")))
    assert change.hold_picture(Picture(1, 1, 2)) == Picture(1, 2, 2)
    assert isinstance(change.hold_picture(Picture(1, 1, 1)), Lost)
