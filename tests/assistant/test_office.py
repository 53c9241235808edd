"""Whole answers over the documents of an office: price list, facilities, a policy with contents, keys."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.ingesting import find_files
from api.services import Services
from api.settings import Settings
from assistant.answer import Answer, AnswerStatus
from corpus.audience import EVERYONE, OWNER
from evals.recheck import citations_on_abstention
from tests.conftest import NOON

OFFICE = Path(__file__).parent / "office"

NOT_ANSWERED = {"office-28": "Half of what is asked stands only in the heading above the sentence."}


@dataclass(frozen=True, slots=True)
class OfficeCase:
    """`absent`: what an answer must not say, since it is about other things."""

    id: str
    question: str
    answerable: str
    facts: tuple[str, ...]
    absent: tuple[str, ...]


def office_cases() -> list[OfficeCase]:
    lines = (OFFICE / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        OfficeCase(case["id"], case["question"], case["answerable"], tuple(case["facts"]), tuple(case["absent"]))
        for case in map(json.loads, lines)
    ]


CASES = office_cases()
ANSWERED = [
    pytest.param(
        case,
        id=case.id,
        marks=[pytest.mark.xfail(reason=NOT_ANSWERED[case.id], strict=True)] if case.id in NOT_ANSWERED else [],
    )
    for case in CASES
    if case.answerable != "no"
]
UNANSWERED = [case for case in CASES if case.answerable == "no"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Services]:
    settings = Settings(data=tmp_path_factory.mktemp("office"), cache=model_cache, threads=1)
    with Services(settings, lambda: NOON) as services:
        reports = list(services.ingesting.add_paths(find_files([OFFICE / "documents"]), EVERYONE))
        assert len(reports) == len(list((OFFICE / "documents").iterdir()))
        services.indexes.follow()
        yield services


def said(answer: Answer) -> str:
    return " ".join(sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize("case", ANSWERED)
def test_what_the_documents_say_is_said_and_nothing_about_other_things(office: Services, case: OfficeCase) -> None:
    answer = office.asking.ask(case.question, OWNER)
    assert [fact for fact in case.facts if fact not in said(answer)] == []
    assert [other for other in case.absent if other in said(answer)] == []
    assert all(sentence.citations for sentence in answer.sentences)


@pytest.mark.parametrize("case", UNANSWERED, ids=lambda case: case.id)
def test_what_the_documents_do_not_say_is_not_answered(office: Services, case: OfficeCase) -> None:
    answer = office.asking.ask(case.question, OWNER)
    assert answer.status is AnswerStatus.NOT_FOUND
    assert citations_on_abstention(answer) == 0


def test_a_part_that_nothing_is_said_about_is_named(office: Services) -> None:
    answer = office.asking.ask("What are the price and the weight of the Aroma 50?", OWNER)
    assert answer.status is AnswerStatus.PARTIAL
    assert answer.notice == "Nothing was found about: weight."


def test_two_questions_at_once_are_both_answered(office: Services) -> None:
    answer = office.asking.ask("What is the price of the Aroma 50 and who has the key to the archive?", OWNER)
    assert answer.status is AnswerStatus.ANSWERED
    assert {citation.document_name for sentence in answer.sentences for citation in sentence.citations} == {
        "price-list.md",
        "keys.csv",
    }
