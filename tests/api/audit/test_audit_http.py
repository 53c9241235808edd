"""The audit log over HTTP and on its page."""

import csv
import io
import json
from collections.abc import Iterator
from functools import cached_property
from typing import NoReturn

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from api.app import build_app
from api.audit.audit_log import AuditLog
from api.audit.entry import Decision
from api.audit.recorder import RecorderLimits
from api.services import Services
from api.settings import Settings
from corpus.storage_failure import DiskFull
from tests.api.audit.test_audit_log import an_act, principal, without_triggers
from tests.conftest import Ticking

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765", follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def mara(services: Services) -> int:
    """Who deleted document 3, might not delete document 4, and looked at 60 others."""
    found = principal(services, "mara")
    for number in range(60):
        services.audit.note(an_act(found, "document.show", f"document {100 + number}"))
    services.audit.record(an_act(found, "document.delete", "document 3"))
    services.audit.record(an_act(found, "document.delete", "document 4", Decision.DENIED))
    return found


def test_entries_are_listed_with_names_and_narrowed(client: TestClient, mara: int) -> None:
    said = client.get("/api/admin/audit", params={"action": "document.delete"}).json()
    assert said["total"] == 2
    assert [(entry["object"], entry["decision"], entry["actor"]) for entry in said["entries"]] == [
        ("document 4", "denied", "mara"),
        ("document 3", "allowed", "mara"),
    ]
    assert said["entries"][0]["actor_id"] == mara
    assert said["entries"][0]["previous_hash"] == said["entries"][1]["hash"]
    later = client.get("/api/admin/audit", params={"since": "2026-05-01T12:00:01+00:00"}).json()
    assert later["total"] == 0


@pytest.mark.parametrize(
    "parameters",
    [
        {"since": "yesterday"},
        {"since": "2026-05-01T12:00:00"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"object": "document\x00"},
        {"decision": "perhaps"},
        {"limit": "0"},
    ],
    ids=str,
)
def test_filters_that_mean_nothing_are_refused(client: TestClient, parameters: dict[str, str]) -> None:
    assert client.get("/api/admin/audit", params=parameters).status_code == 422


def test_it_is_verified_over_http(client: TestClient, services: Services, mara: int) -> None:
    noted = client.get("/api/admin/audit/verify").json()
    assert (noted["is_sound"], noted["fault"]) == (True, None)
    again = client.get("/api/admin/audit/verify", params={"head": noted["head"]}).json()
    assert (again["is_sound"], again["noted_entry"]) == (True, noted["count"])
    absent = client.get("/api/admin/audit/verify", params={"head": "a" * 64}).json()
    assert (absent["is_sound"], absent["fault"], absent["noted_entry"]) == (False, None, None)
    assert client.get("/api/admin/audit/verify", params={"head": "newest"}).status_code == 422
    without_triggers(services, "UPDATE audit_entries SET object = 'document 5' WHERE object = 'document 3'")
    found = client.get("/api/admin/audit/verify").json()
    assert (found["is_sound"], found["fault"], found["fault_entry"]) == (False, "changed", noted["count"] - 1)


@pytest.mark.usefixtures("mara")
def test_it_is_exported_as_lines_and_as_a_table(client: TestClient) -> None:
    lines = client.get("/api/admin/audit/export")
    assert lines.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    said = [json.loads(line) for line in lines.text.splitlines()]
    assert [entry["id"] for entry in said] == list(range(1, len(said) + 1))
    assert "mara" not in lines.text
    table = client.get("/api/admin/audit/export", params={"format": "csv", "until": "2026-05-01T12:00:01Z"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["object"] for row in rows if row["action"] == "document.delete"] == ["document 3", "document 4"]


@pytest.mark.usefixtures("mara")
def test_the_page_shows_filters_and_pages(client: TestClient) -> None:
    page = client.get("/admin/audit", headers=HTML)
    assert page.status_code == 200
    assert "62 entries, newest first" in page.text
    assert 'href="/admin/audit?page=2"' in page.text
    assert "document 4" in page.text
    narrowed = client.get("/admin/audit?object=document+3&actor=mara&first_day=2026-05-01&last_day=", headers=HTML).text
    assert "1 entry, newest first" in narrowed
    assert 'value="2026-05-01"' in narrowed
    assert "/api/admin/audit/export?format=csv&amp;since=2026-05-01T00%3A00%3A00" in narrowed
    assert "There is no page 9" in client.get("/admin/audit?page=9", headers=HTML).text
    assert "No entry matches" in client.get("/admin/audit?actor=nobody", headers=HTML).text
    assert "No entry matches" in client.get("/admin/audit?last_day=2026-04-30", headers=HTML).text
    assert "62 entries" in client.get("/admin/audit?decision=perhaps", headers=HTML).text


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_the_page_says_that_a_day_is_none(client: TestClient, day: str) -> None:
    for field in ("first_day", "last_day"):
        page = client.get("/admin/audit", params={field: day}, headers=HTML)
        assert page.status_code == 422
        assert "There can be no entry with such a value" in page.text


def test_the_page_verifies(client: TestClient, services: Services, mara: int) -> None:
    services.audit.record(an_act(mara))
    noted = services.audit.head().hash
    good = client.get("/admin/audit/verify", headers=HTML).text
    assert "as they were written, and none is missing" in good
    assert noted in good
    known = client.get("/admin/audit/verify", params={"noted": f" {noted.upper()} "}, headers=HTML).text
    assert "has the noted hash" in known
    wrong = client.get("/admin/audit/verify", params={"noted": "<b>"}, headers=HTML)
    assert wrong.status_code == 422
    assert "“&lt;b&gt;” is no hash" in wrong.text
    without_triggers(services, "DELETE FROM audit_entries WHERE id = 61")
    assert (
        "Entry 61 was removed. The 60 before it are as they were written."
        in client.get("/admin/audit/verify", headers=HTML).text
    )


def test_somebody_erased_is_shown_without_a_name(client: TestClient, services: Services, mara: int) -> None:
    services.erasing.erase(["user:mara"])
    page = client.get(f"/admin/audit?actor=%23{mara}", headers=HTML).text
    assert f"(erased) #{mara}" in page
    assert client.get("/api/admin/audit").json()["entries"][0]["actor"] is None


def test_a_changed_time_is_shown_as_it_is(client: TestClient, services: Services, mara: int) -> None:
    services.audit.record(an_act(mara))
    without_triggers(services, "UPDATE audit_entries SET at = '<i>never</i>'")
    with services.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM audit_entries WHERE at LIKE '%never%'")).scalar()
    assert "&lt;i&gt;never&lt;/i&gt;" in client.get("/admin/audit", headers=HTML).text


class NoSpace(sessionmaker[Session]):
    def begin(self) -> NoReturn:
        raise DiskFull


class NowhereToWrite(Services):
    """Of which the log finds no space on the disk, and room for two notes in memory."""

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self.sessions, NoSpace(), RecorderLimits(most_waiting=2, patience_s=0.05, retry_s=60.0))


def test_what_cannot_be_recorded_is_refused_before_it_is_done_and_never_after(settings: Settings) -> None:
    leave = {"file": ("leave.md", b"# Leave\n\nEvery employee gets thirty days of leave a year.\n")}
    with (
        NowhereToWrite(settings, Ticking()) as services,
        TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765") as client,
    ):
        refused = client.post("/api/documents", files=leave)
        assert (refused.status_code, services.library.list_documents("owner", 10).total) == (507, 0)
        assert [client.get("/api/search", params={"q": "leave"}).status_code for _ in range(4)] == [200, 200, 507, 507]
        assert client.post("/api/local/reindex").status_code == 507
