"""Runs: a set is ingested, every case is asked, and each gets its scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from corpus.passage import Passage
from evals.case import Case, Part, Turn, part_of
from evals.dataset import Dataset
from evals.metric import Metric
from evals.relevance import Relevance
from evals.scoring import (
    SHOWN_PASSAGES,
    CaseResult,
    Scores,
    confidence_of_failed_answer,
    score_answer,
    score_failed_answer,
    score_failed_search,
    score_search,
)
from evals.system import System, Unread

PASSAGE_DEPTH = 10
DOCUMENT_DEPTH = 50
"""Passages to retrieve where documents are ranked: enough for ten different ones."""

_Result = TypeVar("_Result")


class AskedQuestion(StrEnum):
    """`last`: the user's last turn alone is asked; `rewritten`: its published standalone form, if any.

    `conversation`: the last turn with all turns before it.
    """

    LAST = "last"
    REWRITTEN = "rewritten"
    CONVERSATION = "conversation"


class ScopeChoice(StrEnum):
    """`case`: only the documents that the case names. `all`: always all documents of the set."""

    CASE = "case"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Options:
    """`limit` picks that many cases, evenly spread over the part. Without `answers` only search is measured."""

    question: AskedQuestion = AskedQuestion.LAST
    scope: ScopeChoice = ScopeChoice.ALL
    part: Part | None = None
    limit: int | None = None
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    set_name: str
    options: Options
    cases_in_set: int
    results: tuple[CaseResult, ...]
    unread: tuple[Unread, ...]


def ingest_documents(dataset: Dataset, system: System) -> tuple[Unread, ...]:
    if dataset.passages:
        return tuple(system.ingest_passages(dataset.passages))
    return tuple(system.ingest(dataset.documents_folder))


def ask_cases(
    dataset: Dataset,
    system: System,
    options: Options,
    *,
    clock: Callable[[], float],
    on_case: Callable[[int, int], None],
    unread: Sequence[Unread] = (),
) -> Run:
    """Asks a system that holds the set's documents. `clock` counts seconds; `on_case` hears of (done, of how many)."""
    cases, relevance = chosen_cases(dataset, options), Relevance(system)
    results = []
    for number, case in enumerate(cases, start=1):
        results.append(_ask(case, system, relevance, options, by_document=ranks_documents(dataset, case), clock=clock))
        on_case(number, len(cases))
    return Run(dataset.name, options, len(dataset.cases), tuple(results), tuple(unread))


def chosen_cases(dataset: Dataset, options: Options) -> tuple[Case, ...]:
    cases = [case for case in dataset.cases if options.part is None or part_of(case) is options.part]
    if options.limit is None or options.limit >= len(cases):
        return tuple(cases)
    return tuple(cases[number * len(cases) // options.limit] for number in range(options.limit))


def ranks_documents(dataset: Dataset, case: Case) -> bool:
    """Whether documents are ranked, by their best passage: where whole documents (or short texts) are the evidence.

    A narrower place is looked for passage by passage.
    """
    if not case.evidence:
        return False
    return bool(dataset.passages) or all(place.is_whole_document for place in case.evidence)


def _ask(
    case: Case,
    system: System,
    relevance: Relevance,
    options: Options,
    *,
    by_document: bool,
    clock: Callable[[], float],
) -> CaseResult:
    rewritten = case.rewritten if options.question is AskedQuestion.REWRITTEN else None
    question = case.question if rewritten is None else rewritten
    history: tuple[Turn, ...] = case.history if options.question is AskedQuestion.CONVERSATION else ()
    scope = case.scope if options.scope is ScopeChoice.CASE and case.scope else None
    scores: dict[Metric, float] = {}
    failures = []

    depth = DOCUMENT_DEPTH if by_document else PASSAGE_DEPTH
    found = _call(lambda: system.search(question, depth, scope, history), clock)
    if found.result is None:
        failures.append(f"search: {found.failure}")
        scores.update(score_failed_search(case))
    else:
        shown = _shown(case, system, _Asked(question, history, scope), found.result)
        scores.update(score_search(case, found.result, shown, relevance, by_document=by_document))
    if not options.answers:
        return CaseResult(case, _with_failures(scores, failures), None, found.milliseconds, None, tuple(failures))

    said = _call(lambda: system.answer(question, history, scope), clock)
    if said.result is None:
        failures.append(f"answer: {said.failure}")
        scores.update(score_failed_answer(case))
        confidence = confidence_of_failed_answer(case)
    else:
        scores.update(score_answer(case, said.result, relevance))
        confidence = said.result.confidence
    scores = dict(_with_failures(scores, failures))
    return CaseResult(case, scores, confidence, found.milliseconds, said.milliseconds, tuple(failures))


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    history: tuple[Turn, ...]
    scope: frozenset[str] | None


def _shown(case: Case, system: System, asked: _Asked, found: Sequence[Passage]) -> Sequence[Passage]:
    """What a caller gets who asks for that many: a search may give fewer passages more words each."""
    if not any(place.span for place in case.evidence):
        return found
    return system.search(asked.question, SHOWN_PASSAGES, asked.scope, asked.history)


def _with_failures(scores: Scores, failures: Sequence[str]) -> Scores:
    return {**scores, Metric.FAILED_CALLS: float(len(failures))}


@dataclass(frozen=True, slots=True)
class _Call(Generic[_Result]):
    """`result` is None where the call failed."""

    result: _Result | None
    milliseconds: float
    failure: str = ""


def _call(call: Callable[[], _Result], clock: Callable[[], float]) -> _Call[_Result]:
    start = clock()
    try:
        result = call()
    except Exception as error:  # noqa: BLE001  A bug in what is measured is a result of measuring it, and is reported.
        return _Call(None, (clock() - start) * 1000, f"{type(error).__name__}: {error}")
    return _Call(result, (clock() - start) * 1000)
