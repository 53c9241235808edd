"""Alive, ready, and in numbers: what whom is told."""

import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import TOKEN_HEADER
from api.services import Services
from api.settings import Settings, VectorIndexKind
from tests.conftest import Ticking

TOKEN = "a token of the data folder"
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n"


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    exact = settings.model_copy(update={"vector_index": VectorIndexKind.EXACT})
    with Services(exact, Ticking(), serving=True) as opened:
        yield opened


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, TOKEN), base_url="http://127.0.0.1:8765") as opened:
        yield opened


@pytest.fixture
def anonymous(services: Services) -> Iterator[TestClient]:
    """Somebody whom nobody knows, in an installation that has accounts."""
    accounts = services.accounts
    accounts.set_up(accounts.new_set_up_code(), "ana", "moss-lantern-42-quiet", "a browser")
    with TestClient(build_app(services, TOKEN), base_url="http://127.0.0.1:8765") as opened:
        yield opened


def test_a_server_that_lives_says_so_and_no_more(anonymous: TestClient) -> None:
    reply = anonymous.get("/health")
    assert (reply.status_code, reply.json()) == (200, {"status": "alive"})


def test_whoever_nobody_knows_learns_whether_it_is_ready_and_no_more(anonymous: TestClient, services: Services) -> None:
    assert anonymous.get("/ready").json() == {"status": "ready"}
    services.folder.database.rename(services.folder.database.with_suffix(".away"))
    time.sleep(1.1)  # So long it says what it found before.
    reply = anonymous.get("/ready")
    assert (reply.status_code, reply.json()) == (503, {"status": "not ready"})
    assert reply.headers["Retry-After"]
    assert anonymous.get("/health").status_code == 200


def test_whoever_can_read_the_data_folder_is_told_the_parts(anonymous: TestClient) -> None:
    told = anonymous.get("/ready", headers={TOKEN_HEADER: TOKEN}).json()
    assert {part["name"]: part["state"] for part in told["parts"]} == dict.fromkeys(
        ["database", "disk", "vectors", "keywords", "embedder", "jobs"], "works"
    )


def test_numbers_are_for_administrators(anonymous: TestClient) -> None:
    assert anonymous.get("/metrics").status_code == 401
    assert anonymous.get("/metrics", headers={TOKEN_HEADER: TOKEN}).status_code == 200


def test_numbers_follow_what_is_done(client: TestClient) -> None:
    client.post("/api/documents", files={"file": ("leave.md", LEAVE)}, data={"audience": "everyone"})
    client.post("/api/ask", json={"question": "How many days of leave does an employee get?"})
    client.post("/api/ask", json={"question": "What is the boiling point of tungsten?"})
    client.get("/api/documents/9999")
    reply = client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        'groundwork_requests_total{operation="POST /api/ask",status="2xx"} 2.0',
        'groundwork_requests_total{operation="GET /api/documents/{document_id}",status="4xx"} 1.0',
        'groundwork_answers_total{composer="extractive",status="answered"} 1.0',
        'groundwork_answers_total{composer="extractive",status="not_found"} 1.0',
        "groundwork_first_sentence_seconds_count 1.0",
        "groundwork_documents 1.0",
        'groundwork_jobs{kind="ingest",state="done"} 1.0',
        'groundwork_job_units_total{kind="ingest",outcome="done"} 1.0',
        'groundwork_part_up{part="database"} 1.0',
    ):
        assert line in reply.text.splitlines(), line
    assert "leave" not in reply.text
