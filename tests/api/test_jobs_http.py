"""Jobs over HTTP and on their page: uploads that take longer, progress as events, who sees and who may change what."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER, TOKEN_HEADER
from api.jobs.job_queue import JobQueue, QueueUnavailable
from api.services import Services
from api.settings import Settings
from corpus.store import CorpusStore
from tests.chaos.storage_failures import fill, small_disk, why_no_disk
from tests.conftest import Ticking

TOKEN = "a token of the data folder"
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n"
HTML = {"Accept": "text/html"}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    with TestClient(build_app(services, TOKEN), base_url="http://127.0.0.1:8765", follow_redirects=False) as opened:
        yield opened


def upload(client: TestClient, name: str, content: bytes, audience: str = "everyone") -> tuple[int, dict[str, object]]:
    reply = client.post("/api/documents", files={"file": (name, content)}, data={"audience": audience})
    return reply.status_code, reply.json()


def no_queue() -> JobQueue:
    raise QueueUnavailable("it is away.")


@pytest.fixture
def waiting(services: Services) -> Services:
    """Takes jobs in, but its queue is away, so that none is worked on."""
    _ = services.library
    services.library.answers_within_s = 0.05
    services.jobs.run_in_background(no_queue, lambda: None)
    return services


def test_an_upload_leaves_a_job_that_says_what_came_of_it(client: TestClient) -> None:
    status, report = upload(client, "leave.md", LEAVE)
    assert status == 201
    (job,) = client.get("/api/jobs").json()["jobs"]
    assert (job["title"], job["state"], job["done"], job["total"]) == ("leave.md", "done", 1, 1)
    assert client.get(job["address"]).json()["result"]["files"] == [report]


@pytest.mark.usefixtures("waiting")
def test_an_upload_that_takes_longer_is_answered_with_its_job(client: TestClient) -> None:
    reply = client.post("/api/documents", files={"file": ("leave.md", LEAVE)})
    assert reply.status_code == 202
    assert reply.headers["location"] == "/api/jobs/1"
    assert (reply.json()["state"], reply.json()["title"]) == ("waiting", "leave.md")


@pytest.mark.usefixtures("waiting")
def test_the_form_for_uploads_says_that_the_file_is_safe_and_links_to_its_job(client: TestClient) -> None:
    page = client.post("/library", files={"file": ("leave.md", LEAVE)}, headers=HTML)
    assert page.status_code == 200
    assert "Safe, still being read" in page.text
    assert 'href="/jobs/1"' in page.text


@pytest.mark.usefixtures("waiting")
def test_a_waiting_job_is_cancelled_and_tried_again(client: TestClient) -> None:
    upload(client, "leave.md", LEAVE)
    assert client.post("/api/jobs/1/cancel").json()["state"] == "cancelled"
    assert client.post("/api/jobs/1/cancel").status_code == 200
    again = client.post("/api/jobs/1/retry")
    assert (again.status_code, again.json()["state"], again.json()["attempt"]) == (202, "waiting", 2)


def test_a_file_that_cannot_be_read_leaves_a_failed_job_with_the_reason(client: TestClient) -> None:
    status, problem = upload(client, "broken.pdf", b"%PDF-1.7 nothing more")
    assert status == 422
    (job,) = client.get("/api/jobs", params={"state": "failed"}).json()["jobs"]
    assert job["reason"] == problem["detail"]
    assert client.post(f"{job['address']}/cancel").status_code == 409


def test_events_tell_of_a_job_until_it_is_over(client: TestClient) -> None:
    upload(client, "leave.md", LEAVE)
    with client.stream("GET", "/api/jobs/1/events") as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        blocks = reply.read().decode().strip().split("\n\n")
    name, data = blocks[-1].split("\n")
    assert name == "event: job"
    assert json.loads(data.removeprefix("data: "))["state"] == "done"


def test_a_job_you_may_not_know_of_is_as_absent_as_one_that_is_not_there(client: TestClient) -> None:
    upload(client, "salaries.md", b"# Salaries\n\nThe director earns 1 EUR.\n", audience="board")
    mara = {HEADER: "mara"}
    assert client.get("/api/jobs", headers=mara).json() == {"jobs": [], "total": 0}
    there = [client.get(path, headers=mara) for path in ("/api/jobs/1", "/api/jobs/1/events", "/jobs/1")]
    absent = [client.get(path, headers=mara) for path in ("/api/jobs/99", "/api/jobs/99/events", "/jobs/99")]
    assert [reply.status_code for reply in (*there, *absent)] == [404] * 6
    assert client.post("/api/jobs/1/cancel", headers=mara).status_code == 404
    assert "salaries" not in client.get("/jobs", headers=mara | HTML).text


def test_others_see_a_job_of_their_audience_but_do_not_change_it(client: TestClient) -> None:
    upload(client, "broken.pdf", b"%PDF-1.7 nothing more")
    mara = {HEADER: "mara"}
    assert client.get("/api/jobs/1", headers=mara).json()["user"] == "owner"
    assert client.post("/api/jobs/1/retry", headers=mara).status_code == 403
    assert "Try again" not in client.get("/jobs", headers=mara | HTML).text
    assert "Only owner" in client.post("/jobs/1/retry", headers=mara | HTML).text


def test_the_page_shows_reasons_and_what_can_be_done(client: TestClient) -> None:
    assert "There are no jobs yet" in client.get("/jobs", headers=HTML).text
    upload(client, "leave.md", LEAVE)
    _, problem = upload(client, "broken.pdf", b"%PDF-1.7 nothing more")
    page = client.get("/jobs", headers=HTML).text
    assert str(problem["detail"]) in page.replace("&#39;", "'")
    assert "Try again" in page
    assert "leave.md" not in client.get("/jobs", params={"show": "failed"}, headers=HTML).text
    assert "Nothing is under way" in client.get("/jobs", params={"show": "open"}, headers=HTML).text
    assert client.post("/jobs/2/retry", headers=HTML).headers["location"] == "/jobs/2"


def test_a_folder_is_a_job_of_the_server(client: TestClient, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"note {number}.md").write_text(f"# Note {number}\n\nThe code is K-{number}.\n")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    files = [{"path": str(path), "name": path.name} for path in sorted(tmp_path.glob("*.*"))]
    reply = client.post("/api/local/ingest", json={"files": files}, headers={TOKEN_HEADER: TOKEN})
    assert reply.status_code == 202
    job = client.get(reply.json()["address"]).json()
    assert (job["state"], job["done"], job["total"], job["unit"]) == ("done", 21, 21, "files")
    assert job["reason"].startswith("1 of 21 files were not added. broken.pdf: ")
    assert job["result"]["outcomes"] == {"added": 20, "failed": 1}
    page = client.get("/jobs/1", headers=HTML).text
    assert "Added" in page
    assert page.index("broken.pdf") < page.index("note 1.md")


def test_building_the_indexes_anew_is_a_job(client: TestClient) -> None:
    upload(client, "leave.md", LEAVE)
    reply = client.post("/api/local/reindex", json={}, headers={TOKEN_HEADER: TOKEN})
    assert client.get(reply.json()["address"]).json()["state"] == "done"


def test_a_full_disk_is_told_and_answers_go_on(tmp_path: Path, model_cache: Path) -> None:
    reason = why_no_disk()
    if reason is not None:
        pytest.skip(reason)
    with small_disk(tmp_path / "disk") as disk:
        settings = Settings(data=disk / "data", cache=model_cache, threads=1)
        with (
            Services(settings, Ticking()) as services,
            TestClient(build_app(services, TOKEN), base_url="http://127.0.0.1:8765") as client,
        ):
            assert upload(client, "leave.md", LEAVE)[0] == 201
            fill(disk / "filler", left=0)
            status, problem = upload(client, "more.md", LEAVE + b"x" * 100_000)
            assert (status, problem["title"]) == (507, "Disk full")
            assert "Free some space" in str(problem["detail"])
            question = {"question": "How many days of leave does an employee get a year?"}
            assert client.post("/api/ask", json=question).json()["status"] == "answered"
            (disk / "filler").unlink()
            assert upload(client, "more.md", LEAVE + b"x" * 100_000)[0] == 201
