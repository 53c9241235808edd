"""Documents that disagree are shown to those who keep them, near copies are folded in results."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER
from api.services import Services
from corpus.audience import PrincipalKind
from corpus.comparison_store import Disagreement
from corpus.document import Document
from corpus.store import CorpusStore
from ingestion.ingest import IncomingFile

LONG = " ".join(
    f"Rule {name} says that the {name} is to be kept in the {name} room at all times."
    for name in "pump valve sensor gauge filter motor cable switch lamp tank hose ladder drill".split()
)


def add(services: Services, name: str, text: str, audience: str = "everyone", owner: str | None = None) -> int:
    report = services.ingesting.add_upload(IncomingFile(name, f"upload:{name}", text.encode()), audience)
    services.indexes.follow()
    assert report.document_id is not None
    with services.writing.begin() as session:
        session.get_one(Document, report.document_id).owner = owner
    return report.document_id


def policy(year: int, days: str) -> str:
    return f"# Leave policy {year}\n\n## Days\n\nEvery employee gets {days} days of leave a year. It is paid.\n"


def said(disagreements: list[Disagreement]) -> list[tuple[str, str]]:
    return [(pair.earlier.sentence, pair.later.sentence) for pair in disagreements]


@pytest.fixture
def mara(services: Services) -> str:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    return "mara"


def test_two_documents_that_state_different_values_are_shown_beside_each_other(services: Services) -> None:
    add(services, "old.md", policy(2025, "twenty-eight"))
    add(services, "new.md", policy(2026, "30"))
    add(services, "copy.md", policy(2026, "thirty"))
    found = services.comparing.list_disagreements("owner", 10)
    old, new = "Every employee gets twenty-eight days of leave a year.", "Every employee gets 30 days of leave a year."
    assert said(found) == [(old, new.replace("30", "thirty")), (old, new)]
    side = found[1].later
    text = services.library.version_text(side.document_id, side.version_id, "owner")
    assert text[side.start : side.end] == new


def test_a_document_that_was_replaced_or_removed_disagrees_no_more(services: Services) -> None:
    old = add(services, "old.md", policy(2025, "28"))
    add(services, "new.md", policy(2026, "30"))
    assert len(services.comparing.list_disagreements("owner", 10)) == 1
    services.ingesting.add_upload(IncomingFile("old.md", "upload:old.md", policy(2025, "30").encode()), "everyone")
    assert services.comparing.list_disagreements("owner", 10) == []
    services.library.delete_document(old, "owner")
    assert services.comparing.list_disagreements("owner", 10) == []


def test_only_those_who_may_read_both_and_keep_one_are_told(services: Services, mara: str) -> None:
    add(services, "old.md", policy(2025, "28"), owner=mara)
    add(services, "new.md", policy(2026, "30"), audience="board")
    assert services.comparing.list_disagreements(mara, 10) == []
    with services.writing.begin() as session:
        CorpusStore(session).allow("board", PrincipalKind.USER, mara)
    assert len(services.comparing.list_disagreements(mara, 10)) == 1
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("otto")
    assert services.comparing.list_disagreements("otto", 10) == []


def test_near_copies_are_found_and_folded_whatever_they_are_called(services: Services) -> None:
    add(services, "rules.md", f"# Workshop rules\n\n{LONG}\n")
    before = len(services.asking.find("Where is the pump to be kept?", "owner", 5))
    add(services, "handbook.md", f"# What to keep where\n\n{LONG} That is all.\n")
    (pair,) = services.comparing.list_copies("owner", 10)
    assert pair.likeness > 0.8
    assert (pair.title, pair.other_title) == ("Workshop rules", "What to keep where")
    found = services.asking.find("Where is the pump to be kept?", "owner", 5)
    assert len({passage.document_id for passage in found}) == 1
    assert len(found) == before


def test_comparing_again_changes_nothing(services: Services) -> None:
    add(services, "old.md", policy(2025, "28"))
    add(services, "new.md", policy(2026, "30"))
    assert len(list(services.comparing.compare_new())) == 2
    assert list(services.comparing.compare_new()) == []


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765") as opened:
        yield opened


def test_the_page_shows_both_sentences_and_where_they_stand(services: Services, client: TestClient, mara: str) -> None:
    add(services, "old.md", policy(2025, "28"))
    add(services, "new.md", policy(2026, "30"))
    page = client.get("/library/comparison", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "Every employee gets 28 days of leave a year." in page.text
    assert "#mark-1" in page.text
    assert "No two documents disagree" in client.get("/library/comparison", headers={HEADER: mara}).text
