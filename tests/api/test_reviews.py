"""Documents have an owner, and what is not reviewed in time is listed and marked in answers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.services import Services
from corpus.document import BadReviewInterval, Document
from tests.conftest import NOON

HTML = {"Accept": "text/html,application/xhtml+xml"}
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765", follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def document_id(client: TestClient) -> int:
    reply = client.post("/api/documents", files={"file": ("leave.md", LEAVE)})
    assert reply.status_code in (201, 202), reply.text
    (document,) = client.get("/api/documents").json()["documents"]
    found: int = document["document_id"]
    return found


def a_document() -> Document:
    return Document(audience_id=1, origin="upload:a", name="a", created_at=NOON)


def test_a_review_is_due_so_many_days_after_the_last_one() -> None:
    document = a_document()
    document.have_reviewed(30)
    assert document.review_due_at == NOON + timedelta(days=30)
    document.review(NOON + timedelta(days=20))
    assert document.review_due_at == NOON + timedelta(days=50)
    document.have_reviewed(None)
    assert document.review_due_at is None


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_odd_intervals_are_refused(days: int) -> None:
    with pytest.raises(BadReviewInterval):
        a_document().have_reviewed(days)


def test_who_uploads_a_document_is_its_owner(client: TestClient, document_id: int) -> None:
    assert client.get(f"/api/documents/{document_id}").json()["owner"] == "owner"


def test_overdue_documents_are_listed_and_marked_in_answers(
    client: TestClient, services: Services, document_id: int
) -> None:
    client.put(f"/api/documents/{document_id}/care", json={"owner": "owner", "review_days": 30})
    with services.writing.begin() as session:
        document = session.get_one(Document, document_id)
        document.review(NOON - timedelta(days=400))
    assert client.get("/api/documents?overdue=true").json()["total"] == 1
    assert "Review overdue since" in client.get("/library?overdue=true", headers=HTML).text
    answer = client.get("/", params={"q": "How many days of leave does an employee get a year?"}, headers=HTML).text
    assert 'data-slot="due" >Review overdue' in answer
    assert client.post(f"/library/documents/{document_id}/review", headers=HTML).status_code == 303
    assert client.get("/api/documents?overdue=true").json()["total"] == 0
    assert "every 30 days" in client.get(f"/library/documents/{document_id}", headers=HTML).text


def test_an_owner_must_be_somebody(client: TestClient, document_id: int) -> None:
    assert client.put(f"/api/documents/{document_id}/care", json={"owner": "nobody"}).status_code == 404
    wrong = client.post(
        f"/library/documents/{document_id}/care", data={"owner": "owner", "review_days": "9999"}, headers=HTML
    )
    assert wrong.status_code == 422
    assert "A review interval is" in wrong.text
