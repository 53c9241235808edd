from dataclasses import replace
from pathlib import Path

import pytest

from corpus.chunk import Piece
from corpus.locator import Span
from corpus.passage import Passage, PassageChunk
from evals.case import Answerable, Case, Evidence
from evals.dataset import PassageText
from evals.relevance import Relevance, Shown
from tests.evals.fakes import LineSystem, citation_of


def a_system(source: str, text: str) -> LineSystem:
    system = LineSystem()
    system.ingest_passages([PassageText(source, "", text)])
    return system


def holds(system: LineSystem, shown: str, evidence: Evidence) -> bool:
    """Whether the passage that consists of these words, and a citation of all of it, hold the evidence."""
    start = system.texts[0].index(shown)
    passage = system.passage(0, Span(start, start + len(shown)))
    relevance = Relevance(system)
    as_passage = relevance.passage_holds(passage, evidence)
    assert relevance.citation_holds(citation_of(passage), evidence) == as_passage
    return as_passage


def test_a_gold_page_is_held_by_what_stands_on_it() -> None:
    system = a_system("handbook.pdf", "cover\fleave\fpay")
    assert holds(system, "leave", Evidence("handbook.pdf", page=2))
    assert not holds(system, "pay", Evidence("handbook.pdf", page=2))


def test_a_gold_span_is_held_by_what_overlaps_it() -> None:
    system = a_system("leave.md", "Leave lasts 16 weeks. It is paid.")
    assert holds(system, "16 weeks", Evidence("leave.md", quote="lasts 16", span=Span(6, 14)))
    assert not holds(system, "It is paid.", Evidence("leave.md", quote="lasts 16", span=Span(6, 14)))


def test_a_gold_quote_without_offsets_is_held_where_its_words_stand() -> None:
    system = a_system("leave.md", "Leave lasts\n16 weeks. It is paid.")
    assert holds(system, "16 weeks.", Evidence("leave.md", quote="lasts 16 weeks"))
    assert not holds(system, "It is paid.", Evidence("leave.md", quote="lasts 16 weeks"))


def test_offsets_that_count_in_markup_are_not_taken_for_offsets_in_the_text_read_from_it() -> None:
    system = a_system("leave.html", "Leave lasts 16 weeks. It is paid.")
    assert holds(system, "Leave lasts 16 weeks.", Evidence("leave.html", quote="lasts 16 weeks", span=Span(22, 36)))
    assert not holds(system, "It is paid.", Evidence("leave.html", quote="lasts 16 weeks", span=Span(22, 36)))


def test_a_gold_figure_is_not_held_by_a_longer_one() -> None:
    system = a_system("pay.md", "first 2,671 then 67 and 67.5 and 670")
    assert not holds(system, "first 2,671", Evidence("pay.md", quote="67"))
    assert not holds(system, "67.5 and 670", Evidence("pay.md", quote="67"))
    assert holds(system, "then 67", Evidence("pay.md", quote="67"))


def test_a_gold_quote_is_found_in_html_without_its_tags() -> None:
    system = a_system("pay.html", "<tr><td>Basic</td><td>$5,813</td></tr><tr><td>Extra</td></tr>")
    assert holds(system, "<td>$5,813</td>", Evidence("pay.html", quote="Basic $5,813"))
    assert not holds(system, "Extra", Evidence("pay.html", quote="Basic $5,813"))


def test_a_gold_quote_is_found_in_a_transcript_as_spoken() -> None:
    cues = ("1\n00:00:00.000 --> 00:00:01.000\n<v Ana>We begin", "2\n00:00:01.000 --> 00:00:02.000\n<v Bo>at nine.")
    text = "\n\n".join(("WEBVTT", *cues))
    system = a_system("meeting.vtt", text)
    assert holds(system, "at nine.", Evidence("meeting.vtt", quote="We begin at nine."))
    assert not holds(system, "00:00:00.000", Evidence("meeting.vtt", quote="We begin at nine."))


def test_a_gold_quote_that_the_stored_text_lacks_is_compared_with_the_words_shown() -> None:
    system = a_system("leave.md", "Leave &amp; pay")
    passage = system.passage(0, Span(0, 15))
    shown = replace(passage, chunks=(PassageChunk(1, 0, "Leave & pay", (Piece(0, 0, 6),)),))
    assert Relevance(system).passage_holds(shown, Evidence("leave.md", quote="Leave & pay"))
    assert not Relevance(system).passage_holds(shown, Evidence("leave.md", quote="Pay & leave"))


def test_whole_documents_are_held_by_anything_in_them_and_by_nothing_else() -> None:
    system = a_system("leave.md", "Leave lasts 16 weeks.")
    assert holds(system, "Leave", Evidence("leave.md"))
    assert not holds(system, "Leave", Evidence("pay.md"))


def test_documents_are_ranked_by_their_best_passage() -> None:
    system = LineSystem()
    system.ingest_passages([PassageText(name, "", f"{name} one\n{name} two") for name in ("a", "b", "c")])
    passages = [
        system.passage(1, Span(0, 5)),
        system.passage(1, Span(6, 11)),
        system.passage(0, Span(0, 5)),
        system.passage(2, Span(0, 5)),
    ]
    case = Case("1", "?", Answerable.YES, evidence=(Evidence("c"), Evidence("c", span=Span(0, 1)), Evidence("a")))
    ranking = Relevance(system).rank_documents(case, passages)
    assert ranking.found == (frozenset(), frozenset({1}), frozenset({0}))
    assert ranking.gold == 2


def a_passage_of(*chunks: PassageChunk) -> Passage:
    system = a_system("a", "x")
    return replace(system.passage(0, Span(0, 1)), chunks=chunks)


def test_what_is_shown_are_the_words_of_passages_with_all_their_chunks() -> None:
    two = a_passage_of(
        PassageChunk(1, 0, "one two", (Piece(0, 100, 7),)), PassageChunk(2, 1, "three", (Piece(0, 107, 5),))
    )
    three = a_passage_of(PassageChunk(3, 0, "four", (Piece(0, 300, 4),)))
    shown = Shown([two, three])
    assert (shown.words, shown.chunks) == (4, 3)
    assert shown.spans == {0: [Span(100, 107), Span(107, 112), Span(300, 304)]}


@pytest.mark.parametrize(("words", "end"), [(1, 3), (2, 7), (3, 13)])
def test_words_beyond_the_limit_are_not_shown(words: int, end: int) -> None:
    passage = a_passage_of(PassageChunk(1, 0, "one two three", (Piece(0, 100, 13),)))
    shown = Shown([passage, passage], words=words)
    assert (shown.words, shown.chunks) == (words, 1)
    assert shown.spans == {0: [Span(100, 100 + end)]}


def test_quotes_are_looked_up_in_the_files_of_a_set(tmp_path: Path) -> None:
    (tmp_path / "hr").mkdir()
    (tmp_path / "hr" / "leave.md").write_text("Leave lasts 16 weeks.", encoding="utf-8")
    system = LineSystem()
    system.ingest(tmp_path)
    assert holds(system, "16 weeks", Evidence("hr/leave.md", quote="16 weeks"))


def test_a_few_words_that_a_document_repeats_do_not_show_that_they_are_from_a_gold_quote() -> None:
    system = a_system("leave.html", "It lasts 16 weeks. Parental leave lasts 16 weeks and is paid. Ask Ana.")
    gold = Evidence("leave.html", quote="Parental leave lasts 16 weeks and is paid | Ask Ana.")
    assert not holds(system, "16 weeks", gold)
    assert holds(system, "Ask Ana.", gold)
    assert holds(system, "Parental leave lasts 16 weeks and is paid", gold)
