"""The HTTP interface as a client meets it."""

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER, TOKEN_HEADER
from api.services import Services
from assistant.answering import Finished, Started
from corpus.store import CorpusStore

TOKEN = "a token of the data folder"
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n\nUnused leave expires on 31 March.\n"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, TOKEN), base_url="http://127.0.0.1:8765") as opened:
        yield opened


def upload(client: TestClient, name: str, content: bytes, audience: str = "everyone") -> dict[str, object]:
    reply = client.post("/api/documents", files={"file": (name, content)}, data={"audience": audience})
    assert reply.status_code == 201, reply.text
    report: dict[str, object] = reply.json()
    return report


@pytest.fixture
def mara(services: Services) -> dict[str, str]:
    """Headers of a user who belongs to no group."""
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    return {HEADER: "mara"}


def test_an_upload_is_answered_from_at_once(client: TestClient) -> None:
    upload(client, "leave.md", LEAVE)
    answer = client.post("/api/ask", json={"question": "How many days of leave does an employee get?"}).json()
    assert answer["status"] == "answered"
    (citation,) = answer["sentences"][0]["citations"]
    assert "thirty days of leave" in citation["quote"]
    assert citation["locator"]["path"] == ["Leave"]
    text = client.get(f"/api/documents/{citation['document_id']}/versions/{citation['version_id']}/text").json()["text"]
    start, end = map(int, citation["link"].rsplit("=", 1)[1].split(",")[0].split("-"))
    assert text[start:end] == citation["quote"]


def test_an_answer_is_streamed_sentence_by_sentence(client: TestClient) -> None:
    upload(client, "leave.md", LEAVE)
    question = {"question": "How many days of leave does an employee get?"}
    whole = client.post("/api/ask", json=question).json()
    with client.stream("POST", "/api/ask", json=question, headers={"Accept": "text/event-stream"}) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        blocks = reply.read().decode().strip().split("\n\n")
    events = [(block.split("\n")[0][7:], json.loads(block.split("\n")[1][6:])) for block in blocks]
    assert [data for name, data in events if name == "sentence"] == whole["sentences"]
    assert events[-1] == ("answer", whole)


def test_what_is_not_there_is_not_answered_and_not_cited(client: TestClient) -> None:
    upload(client, "leave.md", LEAVE)
    answer = client.post("/api/ask", json={"question": "What is the boiling point of tungsten?"}).json()
    assert answer["status"] == "not_found"
    assert answer["sentences"] == []


def test_an_empty_question_is_a_problem_that_names_the_field(client: TestClient) -> None:
    reply = client.post("/api/ask", json={"question": "   "})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"][0]["field"] == "body.question"


def test_a_document_you_may_not_read_is_as_absent_as_one_that_is_not_there(
    client: TestClient, mara: dict[str, str]
) -> None:
    secret = upload(client, "salaries.md", b"# Salaries\n\nThe director earns 1 EUR.\n", audience="board")
    document_id = secret["document_id"]
    for path in ("/api/documents/{}", "/api/documents/{}/versions/1/text", "/api/documents/{}/versions/1/original"):
        foreign = client.get(path.format(document_id), headers=mara)
        absent = client.get(path.format(999), headers=mara)
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.text.replace(str(document_id), "N") == absent.text.replace("999", "N")
    assert client.get("/api/search", params={"q": "director salary"}, headers=mara).json()["passages"] == []
    assert client.get("/api/status", headers=mara).json()["documents"] == 0
    assert client.get("/api/audiences", headers=mara).json() == [
        {"name": "everyone", "readers": ["group:everyone", "user:owner"], "document_count": 0}
    ]
    assert client.delete(f"/api/documents/{document_id}", headers=mara).status_code == 404
    assert client.get(f"/api/documents/{document_id}").status_code == 200


def test_nobody_writes_into_an_audience_they_do_not_belong_to(client: TestClient, mara: dict[str, str]) -> None:
    upload(client, "salaries.md", b"# Salaries\n\nThe director earns 1 EUR.\n", audience="board")
    reply = client.post("/api/documents", files={"file": ("x.txt", b"x y z")}, data={"audience": "board"}, headers=mara)
    assert reply.status_code == 404


def test_a_deleted_document_is_gone_from_answers_at_once(client: TestClient) -> None:
    report = upload(client, "leave.md", LEAVE)
    assert client.delete(f"/api/documents/{report['document_id']}").status_code == 204
    assert client.get("/api/search", params={"q": "days of leave"}).json()["passages"] == []
    assert client.get(f"/api/documents/{report['document_id']}").status_code == 404
    assert client.delete(f"/api/documents/{report['document_id']}").status_code == 404


def test_a_new_version_replaces_the_old_one(client: TestClient) -> None:
    report = upload(client, "leave.md", LEAVE)
    newer = LEAVE.replace(b"thirty", b"twenty-eight")
    path = f"/api/documents/{report['document_id']}"
    assert client.post(f"{path}/versions", files={"file": ("x.md", newer)}).json()["outcome"] == "updated"
    assert client.get(path).json()["number"] == 2
    texts = [passage["text"] for passage in client.get("/api/search", params={"q": "leave"}).json()["passages"]]
    assert any("twenty-eight" in text for text in texts)
    assert not any("thirty" in text for text in texts)


def test_the_same_upload_again_is_recognised(client: TestClient) -> None:
    first = upload(client, "leave.md", LEAVE)
    again = upload(client, "copy.md", LEAVE)
    assert (again["outcome"], again["document_id"]) == ("duplicate", first["document_id"])


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(client: TestClient) -> None:
    reply = client.post("/api/documents", files={"file": ("broken.pdf", b"%PDF-1.7\n")})
    assert reply.status_code == 422
    assert "broken.pdf was not added" in reply.json()["detail"]


def test_the_name_of_an_upload_is_made_safe(client: TestClient) -> None:
    upload(client, "../../etc/leave\u202e.md", LEAVE)
    assert client.get("/api/documents").json()["documents"][0]["name"] == "leave.md"


def test_the_original_is_a_download_with_its_name(client: TestClient) -> None:
    report = upload(client, "Urlaub für alle.md", LEAVE)
    document = client.get(f"/api/documents/{report['document_id']}").json()
    reply = client.get(f"/api/documents/{report['document_id']}/versions/{document['version_id']}/original")
    assert reply.content == LEAVE
    assert reply.headers["content-disposition"].startswith("attachment;")
    assert "Urlaub%20f%C3%BCr%20alle.md" in reply.headers["content-disposition"]


def test_moving_a_document_changes_who_finds_it(client: TestClient, mara: dict[str, str]) -> None:
    report = upload(client, "leave.md", LEAVE)
    search = {"q": "days of leave"}
    assert client.get("/api/search", params=search, headers=mara).json()["passages"] != []
    path = f"/api/documents/{report['document_id']}/audience"
    assert client.put(path, json={"audience": "board"}).status_code == 204
    assert client.get("/api/search", params=search, headers=mara).json()["passages"] == []
    assert client.get("/api/search", params=search).json()["passages"] != []


def test_a_quote_is_placed(client: TestClient) -> None:
    upload(client, "leave.md", LEAVE)
    answer = client.post("/api/ask", json={"question": "When does unused leave expire?"}).json()
    chunk_id = answer["sentences"][0]["citations"][0]["chunk_id"]
    placed = client.post("/api/citations", json={"chunk_id": chunk_id, "quote": "expires on 31 March"})
    assert placed.json()["quote"] == "expires on 31 March"
    invented = client.post("/api/citations", json={"chunk_id": chunk_id, "quote": "expires on 1 April"})
    assert invented.status_code == 422


def test_an_unknown_user_is_a_clear_problem(client: TestClient) -> None:
    reply = client.get("/api/documents", headers={HEADER: "nobody"})
    assert reply.status_code == 404
    assert "no user “nobody”" in reply.json()["detail"]


def test_a_foreign_host_name_is_turned_away(client: TestClient) -> None:
    assert client.get("/api/status", headers={"Host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_site_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    reply = client.post("/api/documents", files={"file": ("x.md", LEAVE)}, headers=headers)
    assert reply.status_code == 403
    assert client.get("/api/documents").json()["total"] == 0


def test_local_routes_need_the_token_of_the_data_folder(client: TestClient) -> None:
    assert client.post("/api/local/ingest", json={"files": []}).status_code == 404
    assert client.post("/api/local/reindex", headers={TOKEN_HEADER: "guessed"}).status_code == 404
    assert client.post("/api/local/reindex", headers={TOKEN_HEADER: TOKEN}).status_code == 202


def test_every_reply_carries_strict_headers(client: TestClient) -> None:
    reply = client.get("/api/status")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_description_of_the_interface_names_every_route(client: TestClient) -> None:
    description = client.get("/api/openapi.json").json()
    assert {"/api/ask", "/api/search", "/api/documents", "/api/citations", "/api/status"} <= set(description["paths"])
    assert not any(path.startswith("/api/local") for path in description["paths"])


def test_documents_come_in_pages(client: TestClient) -> None:
    for number in range(3):
        upload(client, f"note {number}.txt", f"Note number {number} says something else.".encode())
    page = client.get("/api/documents", params={"limit": 2, "offset": 2}).json()
    assert page["total"] == 3
    assert [document["name"] for document in page["documents"]] == ["note 2.txt"]
    assert client.get("/api/documents", params={"name": "note 1"}).json()["total"] == 1


def test_a_body_over_the_limit_is_refused_unread(client: TestClient) -> None:
    reply = client.post("/api/documents", content=b"x", headers={"Content-Length": "5000000000"})
    assert reply.status_code == 413
    assert reply.headers["content-type"] == "application/problem+json"


def test_a_body_of_unknown_length_is_refused_at_the_limit(client: TestClient) -> None:
    pieces = (bytes(1_000_000) for _ in range(200))
    assert client.post("/api/ask", content=pieces).status_code == 413


def test_a_document_may_be_smaller_than_a_recording(client: TestClient) -> None:
    reply = client.post("/api/documents", files={"file": ("long.txt", b"words " * 17_000_000)})
    assert reply.status_code == 422
    assert "text may have 25 MB" in reply.json()["detail"]


def test_an_upload_takes_over_no_file_of_that_name_in_another_audience(
    client: TestClient, mara: dict[str, str]
) -> None:
    secret = upload(client, "plan.md", b"# Plan\n\nThe severance is 84,000 euros.\n", "board")
    reply = client.post(
        "/api/documents",
        files={"file": ("plan.md", b"# Plan\n\nWe plan a party.\n")},
        data={"audience": "everyone"},
        headers=mara,
    )
    assert reply.json()["outcome"] == "added"
    assert reply.json()["document_id"] != secret["document_id"]
    assert client.get(f"/api/documents/{secret['document_id']}", headers=mara).status_code == 404
    assert client.get(f"/api/documents/{secret['document_id']}").json()["audience"] == "board"


def test_only_the_owner_makes_an_audience_by_naming_it(client: TestClient, mara: dict[str, str]) -> None:
    reply = client.post(
        "/api/documents", files={"file": ("leave.md", LEAVE)}, data={"audience": "people tema"}, headers=mara
    )
    assert reply.status_code == 404
    assert upload(client, "leave.md", LEAVE, "people-team")["outcome"] == "added"


def test_an_id_that_no_database_can_hold_is_not_found(client: TestClient) -> None:
    assert client.get(f"/api/documents/{10**30}").status_code == 404
    assert client.delete(f"/api/documents/{10**30}").status_code == 404


def test_what_is_deleted_while_an_answer_is_written_is_not_cited(client: TestClient, services: Services) -> None:
    document_id = upload(client, "leave.md", LEAVE)["document_id"]
    events = services.asking.ask_streaming("How many days of leave does an employee get?", "owner")
    assert isinstance(next(events), Started)
    assert client.delete(f"/api/documents/{document_id}").status_code == 204
    (finished,) = events
    assert isinstance(finished, Finished)
    assert finished.answer.sentences == ()
