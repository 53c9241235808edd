"""The real system as evaluations ask it: a question alone, or as the next one of a conversation."""

from pathlib import Path

import pytest

from api.evaluating import MeasuredSystem
from api.services import Services
from assistant.answer import AnswerStatus
from evals.case import Turn

LEAVE = "# Parental leave\n\nParental leave lasts sixteen weeks. The head of the team approves parental leave.\n"
TRAVEL = "# Business trips\n\nA business trip lasts two weeks at most. The travel desk approves business trips.\n"
BEFORE = (Turn("user", "How long does parental leave last?"), Turn("assistant", "It lasts sixteen weeks."))


@pytest.fixture
def system(services: Services, tmp_path: Path) -> MeasuredSystem:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "leave.md").write_text(LEAVE, encoding="utf-8")
    (folder / "travel.md").write_text(TRAVEL, encoding="utf-8")
    measured = MeasuredSystem(services, on_file=lambda done, of_how_many: None)
    assert not measured.ingest(folder)
    return measured


def test_a_follow_up_is_searched_for_with_the_topic_of_its_conversation(system: MeasuredSystem) -> None:
    found = system.search("Who approves it?", 2, None, BEFORE)
    assert found[0].title == "Parental leave"
    other = (Turn("user", "How long does a business trip last?"),)
    assert system.search("Who approves it?", 2, None, other)[0].title == "Business trips"


def test_a_follow_up_is_answered_for_what_is_meant(system: MeasuredSystem) -> None:
    answer = system.answer("Who approves it?", BEFORE, None)
    assert answer.status is AnswerStatus.ANSWERED
    assert [sentence.text for sentence in answer.sentences] == ["The head of the team approves parental leave."]


def test_a_scope_holds_in_a_conversation_too(system: MeasuredSystem) -> None:
    found = system.search("Who approves it?", 5, frozenset({"travel.md"}), BEFORE)
    assert {passage.title for passage in found} == {"Business trips"}
