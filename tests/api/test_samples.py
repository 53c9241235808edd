"""The sample company as `groundwork serve --samples` adds it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.clock import now
from api.samples import add_samples, read_samples
from api.services import Services
from api.settings import Settings
from corpus.audience import UserNotFound
from ingestion.ingest import Outcome

RESTRICTED = "salary-bands-2026.xlsx"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with Services(Settings(data=tmp_path_factory.mktemp("samples")), now) as opened:
        added = Counter(report.outcome for report in add_samples(opened, read_samples()))
        assert added == {Outcome.ADDED: len(read_samples().files)}
        yield opened


def test_second_time_nothing_changes(services: Services) -> None:
    reports = list(add_samples(services, read_samples()))
    assert {report.outcome for report in reports} == {Outcome.UNCHANGED}


def test_only_the_people_team_sees_salaries(services: Services) -> None:
    def names(user: str) -> set[str]:
        return {entry.name for entry in services.library.list_documents(user, limit=100).entries}

    assert RESTRICTED in names("ines")
    assert RESTRICTED not in names("mara")
    assert len(names("mara")) == len(names("ines")) - 2


def test_somebody_else_is_nobody(services: Services) -> None:
    with pytest.raises(UserNotFound):
        services.library.list_documents("nobody", limit=10)


def test_questions_worth_asking_are_answered_with_what_the_documents_say(services: Services) -> None:
    said = ("31 March", "cannot be changed by the customer", "total length of all queues")
    for question, expected in zip(read_samples().questions, said, strict=True):
        answer = " ".join(sentence.text for sentence in services.asking.ask(question, "mara").sentences)
        assert expected in answer, (question, answer)


def test_every_file_is_there() -> None:
    assert all(sample.file.path.is_file() for sample in read_samples().files)


def test_names_leave_out_the_audience() -> None:
    names = {sample.file.name for sample in read_samples().files}
    assert "handbook/employee-handbook-2026.pdf" in names
    assert not [name for name in names if Path(name).is_absolute()]
