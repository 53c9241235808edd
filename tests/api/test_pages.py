"""The pages over HTTP: what they answer, whom they show what, and what they do with what does not fit."""

import html
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import COOKIE
from api.frame import local_path
from api.pages.library import Listing
from api.schemas import DocumentForm
from api.services import Services
from corpus.store import CorpusStore

HTML = {"Accept": "text/html,application/xhtml+xml"}
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("Zoë O'Neil".replace("'", "."))
    with TestClient(
        build_app(services, "token"), base_url="http://127.0.0.1:8765", headers=HTML, follow_redirects=False
    ) as opened:
        yield opened


def add(services: Services, name: str, content: bytes, audience: str = "everyone") -> int:
    document_id = services.library.add_upload(name, content, audience, "owner").document_id
    assert document_id
    return document_id


def test_an_empty_corpus_says_what_to_do_next(client: TestClient) -> None:
    assert "There is nothing to ask yet" in client.get("/").text
    assert "The library is empty" in client.get("/library").text


def test_an_answer_is_rendered_on_the_server(client: TestClient, services: Services) -> None:
    add(services, "leave.md", LEAVE)
    page = client.get("/", params={"q": "How many days of leave does an employee get a year?"})
    assert page.status_code == 200
    assert "thirty days of leave" in page.text
    assert "#mark-1" in page.text


def test_a_question_that_is_too_long_is_told_beside_the_field(client: TestClient) -> None:
    question = "why " * 1999 + "why"
    page = client.get("/", params={"q": question})
    assert page.status_code == 422
    assert "The question has 7,999 characters, 4,000 are possible. Shorten it by 3,999." in page.text
    assert f">{question}</textarea>" in page.text


def test_line_breaks_count_once_although_forms_send_two_characters(client: TestClient) -> None:
    question = "why?\r\n" * 800
    assert len(question) > 4000
    assert client.get("/", params={"q": question}).status_code == 200


def test_a_browser_gets_problems_as_pages_and_a_program_as_details(client: TestClient) -> None:
    for path, status in (
        ("/documents/4242", 404),
        ("/nothing/here", 404),
        ("/documents/abc", 422),
        ("/library?page=0", 422),
    ):
        shown = client.get(path)
        assert shown.status_code == status, path
        assert shown.headers["content-type"].startswith("text/html")
        told = client.get(path, headers={"Accept": "application/json"})
        assert told.status_code == status
        assert told.headers["content-type"] == "application/problem+json"
    assert client.get("/api/documents/4242").headers["content-type"] == "application/problem+json"


def test_a_problem_page_repeats_the_address_only_escaped(client: TestClient) -> None:
    page = client.get("/documents/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "<script>alert" not in page.text


def test_the_switch_of_users_keeps_names_of_every_script(client: TestClient) -> None:
    reply = client.post("/as", data={"user": "Zoë O.Neil", "path": "/library?page=1"})
    assert reply.status_code == 303
    assert reply.headers["location"] == "/library?page=1"
    assert "Zo%C3%AB%20O.Neil" in reply.headers["set-cookie"]
    assert "HttpOnly" in reply.headers["set-cookie"]
    assert "Zoë O.Neil" in client.get("/library").text


def test_an_unknown_user_can_be_switched_away_from(client: TestClient) -> None:
    assert client.post("/as", data={"user": "nobody"}).status_code == 404
    client.cookies.set(COOKIE, "gone")
    page = client.get("/library")
    assert page.status_code == 404
    assert 'action="/as"' in page.text


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\nb", "evil", ""]
)
def test_the_switch_of_users_leads_nowhere_else(path: str) -> None:
    assert local_path(path) == "/"


def test_the_panel_is_a_part_of_the_page_only(client: TestClient, services: Services) -> None:
    document_id = add(services, "leave.md", LEAVE)
    version_id = services.library.get_document(document_id, "owner").version_id
    page = client.get(f"/documents/{document_id}/versions/{version_id}", params={"marks": "9-14", "panel": 1})
    assert page.text.lstrip().startswith("<article")
    assert 'id="panel-mark-1">Every</mark>' in page.text


def test_a_filter_stays_from_page_to_page(client: TestClient, services: Services) -> None:
    shown = tuple(services.library.list_documents("owner", 50).entries)
    listing = Listing(tuple(map(DocumentForm.of, shown)), 101, 2, "a & b", "people-team")
    assert (listing.page_count, listing.first) == (3, 51)
    assert listing.at(3) == "/library?name=a+%26+b&audience=people-team&page=3"
    assert "There is no page 9" in client.get("/library?page=9").text


def test_an_upload_into_a_foreign_audience_is_refused_with_its_reason(client: TestClient, services: Services) -> None:
    add(services, "bands.md", b"# Bands\n\nBand one.\n", "people-team")
    client.cookies.set(COOKIE, "Zo%C3%AB%20O.Neil")
    page = client.post("/library", files={"file": ("a.md", LEAVE)}, data={"audience": "people-team"})
    assert page.status_code == 422
    assert "There is no audience “people-team”." in html.unescape(page.text)
    document_id = add(services, "leave.md", LEAVE)
    page = client.post(f"/library/documents/{document_id}/audience", data={"audience": "people-team"})
    assert page.status_code == 404
    assert "There is no audience “people-team”." in html.unescape(page.text)


def test_no_file_chosen_is_told_beside_the_field(client: TestClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--x--\r\n'
    page = client.post("/library", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert page.status_code == 422
    assert "Choose at least one file." in page.text
