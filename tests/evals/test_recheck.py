from dataclasses import replace

import pytest

from assistant.answer import Answer, AnswerStatus, Sentence
from corpus.citation import Citation
from corpus.locator import Span
from evals.dataset import PassageText
from evals.recheck import citations_on_abstention, is_verbatim, unverified_sentences
from tests.evals.fakes import LineSystem, citation_of

TEXT = "| Plan | Cost |\n| Basic | $5 |\nLeave lasts 16 weeks."


def a_system() -> LineSystem:
    system = LineSystem()
    system.ingest_passages([PassageText("leave.md", "", TEXT)])
    return system


def a_citation(quote: str, *spans: Span) -> Citation:
    return replace(citation_of(a_system().passage(0, Span(0, 4))), quote=quote, spans=spans)


def span_of(words: str) -> Span:
    return Span(TEXT.index(words), TEXT.index(words) + len(words))


def test_a_quote_that_stands_at_its_spans_is_verbatim() -> None:
    assert is_verbatim(a_citation("Leave lasts 16 weeks.", span_of("Leave lasts 16 weeks.")), TEXT)


def test_a_quote_may_differ_from_the_text_in_white_space() -> None:
    assert is_verbatim(a_citation("Leave\nlasts  16", span_of("Leave lasts 16")), TEXT)


def test_a_quote_of_a_table_row_may_join_its_cells() -> None:
    assert is_verbatim(a_citation("Plan: Basic; Cost: $5", *map(span_of, ("Plan", "Basic", "Cost", "$5"))), TEXT)


def test_a_quote_of_a_table_row_may_name_columns_without_citing_their_header() -> None:
    assert is_verbatim(a_citation("Plan: Basic | Cost: $5", span_of("Basic"), span_of("$5")), TEXT)
    assert not is_verbatim(a_citation("Bonus: Basic | Cost: $5", span_of("Basic"), span_of("$5")), TEXT)


def test_the_name_of_a_column_may_have_a_colon_of_its_own() -> None:
    assert is_verbatim(a_citation("Plan: Cost: $5 | Plan: Basic", span_of("$5"), span_of("Basic")), TEXT)


@pytest.mark.parametrize(
    ("quote", "spans"),
    [
        ("Leave lasts 61 weeks.", [span_of("Leave lasts 16 weeks.")]),
        ("Leave lasts 16 weeks, unpaid.", [span_of("Leave lasts 16 weeks.")]),
        ("lasts 16", [span_of("Leave lasts 16")]),
        ("Leave lasts 16", [span_of("lasts 16")]),
        ("Basic not $5", [span_of("Basic"), span_of("$5")]),
        ("$5: Basic", [span_of("Basic"), span_of("$5")]),
        ("Leave", [Span(0, 999)]),
        ("Leave", [Span(3, 3)]),
        ("Leave", []),
        (" ", [Span(1, 2)]),
    ],
)
def test_a_quote_that_says_anything_else_is_not_verbatim(quote: str, spans: list[Span]) -> None:
    assert not is_verbatim(a_citation(quote, *spans), TEXT)


def an_answer(*sentences: Sentence, status: AnswerStatus = AnswerStatus.ANSWERED) -> Answer:
    return Answer(status, sentences, (), "extractive", 0.9)


def test_sentences_are_counted_that_lack_a_citation_or_have_one_that_is_not_verbatim() -> None:
    right = a_citation("16 weeks", span_of("16 weeks"))
    wrong = a_citation("61 weeks", span_of("16 weeks"))
    answer = an_answer(
        Sentence("It lasts 16 weeks.", (right,)),
        Sentence("It lasts 61 weeks.", (right, wrong)),
        Sentence("It is paid.", ()),
    )
    assert unverified_sentences(answer, a_system().version_text) == 2


def test_a_citation_of_a_version_that_is_not_there_is_not_verified() -> None:
    citation = replace(a_citation("16 weeks", span_of("16 weeks")), version_id=9)
    assert unverified_sentences(an_answer(Sentence("16 weeks", (citation,))), a_system().version_text) == 1


def test_citations_are_counted_only_where_nothing_was_answered() -> None:
    sentence = Sentence("16 weeks", (a_citation("16 weeks", span_of("16 weeks")),))
    assert citations_on_abstention(an_answer(sentence)) == 0
    assert citations_on_abstention(an_answer(sentence, status=AnswerStatus.PARTIAL)) == 0
    assert citations_on_abstention(an_answer(sentence, status=AnswerStatus.NOT_FOUND)) == 1
    assert citations_on_abstention(an_answer(sentence, status=AnswerStatus.CLARIFY)) == 1
