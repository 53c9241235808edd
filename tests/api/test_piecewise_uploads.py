"""Recordings arrive in pieces; whatever breaks, they go on where they were and become one document."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER
from api.services import Services
from corpus.store import CorpusStore
from tests.conftest import Ticking
from tests.sounds import joined, live_webm, silence, tone

SPEECH = joined(tone(3), silence(1), tone(2))


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, "token"), base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="module")
def content() -> bytes:
    return live_webm(SPEECH)


def begin(client: TestClient, title: str = "Changing a seal", audience: str = "everyone") -> str:
    reply = client.post("/api/uploads", json={"title": title, "media_type": "audio/webm", "audience": audience})
    assert reply.status_code == 201, reply.text
    upload_id: str = reply.json()["upload_id"]
    return upload_id


def send(client: TestClient, upload_id: str, offset: int, piece: bytes) -> tuple[int, dict[str, object]]:
    reply = client.patch(
        f"/api/uploads/{upload_id}",
        content=piece,
        headers={"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"},
    )
    return reply.status_code, reply.json()


def test_pieces_become_a_document(client: TestClient, services: Services, content: bytes) -> None:
    upload_id = begin(client)
    middle = len(content) // 2
    assert send(client, upload_id, 0, content[:middle])[1]["offset"] == middle
    assert send(client, upload_id, middle, content[middle:])[1]["offset"] == len(content)
    reply = client.post(f"/api/uploads/{upload_id}/complete", json={"size": len(content)})
    assert reply.json()["outcome"] == "added"
    entry = services.library.get_document(reply.json()["document_id"], "owner")
    assert (entry.name, entry.title, entry.media_type) == ("Changing a seal.webm", "Changing a seal", "audio/webm")
    assert list(services.folder.uploads.iterdir()) == []


def test_what_a_browser_recorded_is_made_searchable(client: TestClient, services: Services, content: bytes) -> None:
    upload_id = begin(client)
    send(client, upload_id, 0, content)
    reply = client.post(f"/api/uploads/{upload_id}/complete", json={"size": len(content)})
    entry = services.library.get_document(reply.json()["document_id"], "owner")
    recorded = services.recordings.find_recording(entry.document_id, entry.version_id, "owner")
    assert recorded
    with services.blobs.open(recorded.played_hash) as file:
        played = services.decoding.decode(file, lambda part: None)
    assert played.is_searchable
    assert played.duration_s == pytest.approx(6, abs=0.2)
    original = client.get(f"/api/documents/{entry.document_id}/versions/{entry.version_id}/original")
    assert original.content == content


def test_a_piece_that_arrived_before_is_refused_with_where_to_go_on(client: TestClient, content: bytes) -> None:
    upload_id = begin(client)
    send(client, upload_id, 0, content[:1000])
    status, problem = send(client, upload_id, 0, content[:1000])
    assert status == 409
    assert "Go on from 1000" in str(problem["detail"])
    assert client.get(f"/api/uploads/{upload_id}").json()["offset"] == 1000


def test_an_upload_goes_on_after_a_restart(services: Services, content: bytes) -> None:
    with TestClient(build_app(services, "token"), base_url="http://localhost") as before:
        upload_id = begin(before)
        send(before, upload_id, 0, content[:1000])
    settings = services.settings
    services.close()
    with (
        Services(settings, Ticking()) as restarted,
        TestClient(build_app(restarted, "token"), base_url="http://localhost") as after,
    ):
        offset = after.get(f"/api/uploads/{upload_id}").json()["offset"]
        assert offset == 1000
        send(after, upload_id, offset, content[offset:])
        assert after.post(f"/api/uploads/{upload_id}/complete", json={"size": len(content)}).status_code == 201


def test_completing_twice_reports_the_same_document(client: TestClient, services: Services, content: bytes) -> None:
    upload_id = begin(client)
    send(client, upload_id, 0, content)
    first, second = (
        client.post(f"/api/uploads/{upload_id}/complete", json={"size": len(content)}).json() for _ in range(2)
    )
    assert first["document_id"] == second["document_id"]
    assert services.library.list_documents("owner", 10).total == 1


def test_an_upload_that_lacks_bytes_is_not_completed(client: TestClient, content: bytes) -> None:
    upload_id = begin(client)
    send(client, upload_id, 0, content[:1000])
    assert client.post(f"/api/uploads/{upload_id}/complete", json={"size": len(content)}).status_code == 409


def test_two_recordings_of_one_name_are_two_documents(client: TestClient, services: Services, content: bytes) -> None:
    for _ in range(2):
        upload_id = begin(client)
        send(client, upload_id, 0, content)
        client.post(f"/api/uploads/{upload_id}/complete", json={"size": len(content)})
    assert services.library.list_documents("owner", 10).total == 2


def test_nobody_touches_the_upload_of_another(client: TestClient, services: Services) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    upload_id = begin(client)
    mara = {HEADER: "mara", "Upload-Offset": "0", "Content-Type": "application/octet-stream"}
    assert client.get(f"/api/uploads/{upload_id}", headers=mara).status_code == 404
    assert client.patch(f"/api/uploads/{upload_id}", headers=mara, content=b"x").status_code == 404
    assert client.delete(f"/api/uploads/{upload_id}", headers=mara).status_code == 404
    assert client.get(f"/api/uploads/{upload_id}").json()["offset"] == 0


def test_nobody_uploads_to_an_audience_of_others(client: TestClient, services: Services) -> None:
    with services.writing.begin() as session:
        store = CorpusStore(session)
        store.ensure_user("mara")
        store.ensure_audience("board", Ticking()())
    form = {"title": "Secret", "media_type": "audio/webm", "audience": "board"}
    assert client.post("/api/uploads", json=form, headers={HEADER: "mara"}).status_code == 404


def test_what_is_no_recording_says_so_and_is_kept(client: TestClient) -> None:
    upload_id = begin(client)
    send(client, upload_id, 0, b"not a recording at all")
    reply = client.post(f"/api/uploads/{upload_id}/complete", json={"size": 22}).json()
    assert reply["outcome"] == "failed"
    assert client.get(f"/api/uploads/{upload_id}").json()["offset"] == 22


def test_discarding_leaves_nothing(client: TestClient, services: Services) -> None:
    upload_id = begin(client)
    send(client, upload_id, 0, b"x" * 10)
    assert client.delete(f"/api/uploads/{upload_id}").status_code == 204
    assert client.get(f"/api/uploads/{upload_id}").status_code == 404
    assert list(services.folder.uploads.iterdir()) == []


@pytest.mark.parametrize("upload_id", ["..%2f..%2fgroundwork.sqlite", "x", "%00"])
def test_ids_are_no_paths(client: TestClient, upload_id: str) -> None:
    assert client.get(f"/api/uploads/{upload_id}").status_code in (404, 422)
