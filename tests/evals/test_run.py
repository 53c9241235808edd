from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path

import pytest

from evals.case import Part, Turn, part_of
from evals.dataset import Dataset, read_dataset
from evals.metric import Metric
from evals.run import (
    DOCUMENT_DEPTH,
    PASSAGE_DEPTH,
    AskedQuestion,
    Options,
    Run,
    ScopeChoice,
    ask_cases,
    ingest_documents,
)
from evals.scoring import CaseResult
from tests.evals.fakes import LineSystem
from tests.evals.sets import a_line, a_set, gold

DOCUMENTS = {
    "leave.md": "Parental leave lasts 16 weeks.\nSick leave needs a note.\n",
    "pay.md": "Pay day is the 25th.\nParental pay is full pay.\n",
}


def ticking() -> Iterator[float]:
    """Every look at the clock is a quarter of a second after the one before."""
    return (tick / 4 for tick in count())


def run_on(dataset: Dataset, system: LineSystem, options: Options) -> Run:
    ticks = ticking()
    unread = ingest_documents(dataset, system)
    return ask_cases(dataset, system, options, clock=lambda: next(ticks), on_case=lambda done, of: None, unread=unread)


def results_of(folder: Path, options: Options | None = None, system: LineSystem | None = None) -> list[CaseResult]:
    return list(run_on(read_dataset(folder), system or LineSystem(), options or Options()).results)


def one_result(folder: Path, line: Mapping[str, object], options: Options | None = None) -> CaseResult:
    return results_of(a_set(folder, [line], DOCUMENTS), options)[0]


def test_an_answered_question_gets_search_and_answer_scores(tmp_path: Path) -> None:
    span = gold("leave.md", quote="16 weeks", start=21, end=29)
    line = a_line(question="How many weeks does parental leave last?", evidence=[span], facts=["16 weeks", "unpaid"])
    result = one_result(tmp_path, line)
    assert result.scores[Metric.HIT_1] == 1
    assert result.scores[Metric.MRR] == 1
    assert result.scores[Metric.SPAN_RECALL_5] == 1
    assert result.scores[Metric.WORDS_5] == 15
    assert result.scores[Metric.CITATION_PRECISION] == 1
    assert result.scores[Metric.CITATION_RECALL] == 1
    assert result.scores[Metric.ANSWERED_RATE] == 1
    assert result.scores[Metric.FALSE_ABSTENTION] == 0
    assert result.scores[Metric.FACTS_CONTAINED] == 1 / 2
    assert result.scores[Metric.UNVERIFIED_SHOWN] == 0
    assert Metric.ABSTENTION_RECALL not in result.scores
    assert result.confidence == pytest.approx(0.3)
    assert (result.search_ms, result.answer_ms) == (250, 250)


def test_an_answer_from_the_wrong_place_has_no_right_citation(tmp_path: Path) -> None:
    line = a_line(question="parental pay", evidence=[gold("pay.md", quote="25th")])
    result = one_result(tmp_path, line)
    assert result.scores[Metric.HIT_1] == 0
    assert result.scores[Metric.HIT_5] == 1
    assert result.scores[Metric.CITATION_PRECISION] == 0
    assert result.scores[Metric.CITATION_RECALL] == 0


def test_an_abstention_on_an_answerable_question_is_a_false_one_and_cites_nothing(tmp_path: Path) -> None:
    result = one_result(tmp_path, a_line(question="sick?", evidence=[gold("leave.md")]))
    assert result.scores[Metric.FALSE_ABSTENTION] == 1
    assert result.scores[Metric.CITATION_RECALL] == 0
    assert Metric.CITATION_PRECISION not in result.scores


def test_an_abstention_on_an_unanswerable_question_is_right(tmp_path: Path) -> None:
    result = one_result(tmp_path, a_line(question="What is love?", answerable="no"))
    assert result.scores == {
        Metric.ANSWERED_RATE: 0,
        Metric.UNVERIFIED_SHOWN: 0,
        Metric.CITATIONS_ON_ABSTENTION: 0,
        Metric.ABSTENTION_RECALL: 1,
        Metric.FAILED_CALLS: 0,
    }


def test_an_unclear_question_is_neither_a_right_nor_a_false_abstention(tmp_path: Path) -> None:
    scores = one_result(tmp_path, a_line(question="Thanks!", answerable="unclear")).scores
    assert Metric.ABSTENTION_RECALL not in scores
    assert Metric.FALSE_ABSTENTION not in scores


def test_a_failed_call_is_a_wrong_answer_not_a_missing_one(tmp_path: Path) -> None:
    lines = [
        a_line(question="broken", evidence=[gold("leave.md", quote="16", start=21, end=23)], facts=["16 weeks"]),
        a_line(id="two", question="broken", answerable="no"),
    ]
    answerable, unanswerable = results_of(a_set(tmp_path, lines, DOCUMENTS))
    zero = set(Metric) - {
        Metric.WORDS_5,
        Metric.CHUNKS_5,
        Metric.ABSTENTION_RECALL,
        Metric.ABSTENTION_AUROC,
        Metric.UNVERIFIED_SHOWN,
        Metric.CITATIONS_ON_ABSTENTION,
        Metric.FALSE_ABSTENTION,
        Metric.FAILED_CALLS,
        Metric.LATENCY_P50_MS,
        Metric.LATENCY_P95_MS,
        Metric.SEARCH_P50_MS,
        Metric.SEARCH_P95_MS,
    }
    assert answerable.scores == dict.fromkeys(zero, 0.0) | {Metric.FALSE_ABSTENTION: 1, Metric.FAILED_CALLS: 2}
    assert answerable.failures == (
        "search: Unavailable: The index does not answer.",
        "answer: Unavailable: The index does not answer.",
    )
    assert unanswerable.scores[Metric.ABSTENTION_RECALL] == 0
    assert answerable.confidence is not None
    assert unanswerable.confidence is not None
    assert answerable.confidence < 0
    assert unanswerable.confidence > 1


def test_a_crash_of_what_is_measured_is_a_wrong_answer_too(tmp_path: Path) -> None:
    class Crashing(LineSystem):
        def answer(self, question: str, history: Sequence[Turn], scope: frozenset[str] | None) -> None:  # type: ignore[override]  # It never returns.
            raise ZeroDivisionError

    result = results_of(a_set(tmp_path, [a_line()], DOCUMENTS), system=Crashing())[0]
    assert result.scores[Metric.FALSE_ABSTENTION] == 1
    assert result.failures == ("answer: ZeroDivisionError: ",)


def test_relabelled_cases_are_not_searched_for_but_count_for_answering(tmp_path: Path) -> None:
    line = a_line(question="parental leave weeks", evidence=[gold("leave.md")], tags=["relabelled"])
    scores = one_result(tmp_path, line).scores
    assert Metric.HIT_1 not in scores
    assert Metric.CITATION_RECALL not in scores
    assert scores[Metric.FALSE_ABSTENTION] == 0


@pytest.mark.parametrize(
    ("asked", "question", "history"),
    [
        (AskedQuestion.LAST, "And weeks?", ()),
        (AskedQuestion.REWRITTEN, "How many weeks of leave?", ()),
        (AskedQuestion.CONVERSATION, "And weeks?", (Turn("user", "leave?"),)),
    ],
)
def test_only_in_a_conversation_are_the_turns_before_given_to_the_system(
    tmp_path: Path, asked: AskedQuestion, question: str, history: tuple[Turn, ...]
) -> None:
    system = LineSystem()
    line = a_line(
        question="And weeks?",
        history=[{"role": "user", "content": "leave?"}],
        rewritten="How many weeks of leave?",
    )
    results_of(a_set(tmp_path, [line], DOCUMENTS), Options(question=asked), system)
    assert system.asked == [(question, history)]
    assert system.searched[0] == (question, history)


def test_without_a_rewriting_the_last_turn_is_asked(tmp_path: Path) -> None:
    system = LineSystem()
    results_of(a_set(tmp_path, [a_line()], DOCUMENTS), Options(question=AskedQuestion.REWRITTEN), system)
    assert system.asked == [("How long is parental leave?", ())]


def test_the_scope_of_the_case_is_used_only_on_request(tmp_path: Path) -> None:
    line = a_line(question="parental", evidence=[gold("pay.md", quote="full pay")], scope=["pay.md"])
    assert one_result(tmp_path, line, Options(scope=ScopeChoice.ALL)).scores[Metric.HIT_1] == 0
    assert one_result(tmp_path, line, Options(scope=ScopeChoice.CASE)).scores[Metric.HIT_1] == 1


def test_whole_documents_are_ranked_as_documents(tmp_path: Path) -> None:
    system = LineSystem()
    line = a_line(question="parental leave note", evidence=[gold("pay.md")])
    result = results_of(a_set(tmp_path, [line], DOCUMENTS), system=system)[0]
    assert result.scores[Metric.MRR] == 1 / 2
    assert system.limits[0] == DOCUMENT_DEPTH


def test_narrower_places_are_ranked_as_passages(tmp_path: Path) -> None:
    system = LineSystem()
    line = a_line(question="parental leave note", evidence=[gold("pay.md", quote="Parental pay")])
    result = results_of(a_set(tmp_path, [line], DOCUMENTS), system=system)[0]
    assert result.scores[Metric.MRR] == 1 / 3
    assert system.limits[0] == PASSAGE_DEPTH


def test_passages_of_a_pool_are_ranked_as_documents_and_cited_by_span(tmp_path: Path) -> None:
    passages = [
        {"id": "p1", "text": "Parental leave lasts 16 weeks.\nParental leave is paid."},
        {"id": "p2", "text": "Pay day is the 25th."},
    ]
    line = a_line(question="Is parental leave paid", evidence=[gold("p1", quote="16 weeks", start=21, end=29)])
    scores = results_of(a_set(tmp_path, [line], passages=passages))[0].scores
    assert scores[Metric.HIT_1] == 1
    assert scores[Metric.CITATION_PRECISION] == 0


def test_a_document_that_cannot_be_read_is_named_and_its_cases_count(tmp_path: Path) -> None:
    folder = a_set(tmp_path, [a_line(evidence=[gold("empty.md")])], {**DOCUMENTS, "empty.md": ""})
    run = run_on(read_dataset(folder), LineSystem(), Options())
    assert [unread.source for unread in run.unread] == ["empty.md"]
    assert run.results[0].scores[Metric.HIT_10] == 0


def test_a_limit_spreads_over_the_set(tmp_path: Path) -> None:
    lines = [a_line(id=str(number)) for number in range(10)]
    results = results_of(a_set(tmp_path, lines, DOCUMENTS), Options(limit=3))
    assert [result.case.id for result in results] == ["0", "3", "6"]


def test_a_part_holds_only_its_cases_and_both_parts_hold_all(tmp_path: Path) -> None:
    folder = a_set(tmp_path, [a_line(id=str(number)) for number in range(20)], DOCUMENTS)
    dev = results_of(folder, Options(part=Part.DEV))
    held_out = results_of(folder, Options(part=Part.HELD_OUT))
    assert {part_of(result.case) for result in dev} == {Part.DEV}
    assert sorted(int(result.case.id) for result in [*dev, *held_out]) == list(range(20))


def test_without_answers_only_search_is_measured(tmp_path: Path) -> None:
    system = LineSystem()
    line = a_line(evidence=[gold("leave.md")])
    result = results_of(a_set(tmp_path, [line], DOCUMENTS), Options(answers=False), system)[0]
    assert system.asked == []
    assert Metric.HIT_1 in result.scores
    assert Metric.ANSWERED_RATE not in result.scores
    assert result.answer_ms is None


def test_progress_is_told_case_by_case(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, [a_line(id=str(number)) for number in range(3)], DOCUMENTS))
    told: list[tuple[int, int]] = []
    ask_cases(dataset, LineSystem(), Options(), clock=lambda: 0.0, on_case=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
