"""Sources over HTTP, on pages and on the command line."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from api.app import build_app
from api.cli import main
from api.commands.options import Exit
from api.context_names import HEADER
from api.services import Services
from api.sources import NewSource
from corpus.store import CorpusStore
from ingestion.source import SourceKind
from tests.api.test_source_syncing import LONG_AGO_S, write

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    for number in range(4):
        write(documents / f"note-{number}.md", f"# Note {number}\n\nThe pump {number} is kept in hall {number}.\n")
    return documents


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765", follow_redirects=False) as opened:
        yield opened


def added(client: TestClient, folder: Path, **more: object) -> int:
    body = {"name": "Handbook", "kind": "folder", "address": str(folder)} | more
    reply = client.post("/api/sources", json=body)
    assert reply.status_code == 201, reply.text
    source_id: int = reply.json()["source_id"]
    return source_id


def test_a_source_is_added_synced_and_removed_over_http(client: TestClient, folder: Path) -> None:
    source_id = added(client, folder, every_minutes=60)
    job = client.post(f"/api/sources/{source_id}/sync", json={})
    assert (job.status_code, job.json()["state"]) == (202, "done")
    (listed,) = client.get("/api/sources").json()
    assert (listed["document_count"], listed["report"]["added"]) == (4, 4)
    assert client.delete(f"/api/sources/{source_id}").json() == {"documents": 4}
    assert client.get(f"/api/sources/{source_id}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"address": "relative"}, "no absolute path"),
        ({"address": "/nowhere/at/all"}, "There is no folder"),
        ({"kind": "website", "address": "https://ana:secret@wiki.example/"}, "looks like a secret"),
        ({"kind": "website", "address": "wiki.example"}, "beginning with https://"),
        ({"kind": "website", "address": "https://wiki.example/", "credential": "hunter2"}, "given by reference"),
        ({"kind": "git", "address": "ssh://git.example/x"}, "over https"),
        ({"kind": "bucket", "address": "handbook"}, "whole address"),
        ({"kind": "reader", "address": "os.system"}, "GROUNDWORK_READER_PACKAGES"),
        (
            {"kind": "reader", "address": "llama_index.x.Y", "options": {"arguments": {"api_token": "abc"}}},
            "looks like a secret",
        ),
        ({"options": {"depth": 3}}, "has no option"),
        ({"every_minutes": 1}, "at least 5"),
        ({"name": ""}, "cannot be a name"),
    ],
)
def test_what_is_wrong_with_a_source_is_said(
    client: TestClient, folder: Path, wrong: dict[str, object], said: str
) -> None:
    body = {"name": "Handbook", "kind": "folder", "address": str(folder)} | wrong
    reply = client.post("/api/sources", json=body)
    assert reply.status_code == 422
    assert said in reply.json()["detail"]
    assert client.get("/api/sources").json() == []


def test_others_do_not_learn_of_a_source_nor_change_it(client: TestClient, folder: Path) -> None:
    (folder / "secret-plan.pdf").write_bytes(b"%PDF-1.7 nothing")
    mara = {HEADER: "mara"}
    hidden = added(client, folder, audience="hr")
    assert client.get("/api/sources", headers=mara).json() == []
    assert client.get(f"/api/sources/{hidden}", headers=mara).status_code == 404
    client.delete(f"/api/sources/{hidden}")
    shown = added(client, folder)
    client.post(f"/api/sources/{shown}/sync", json={})
    assert "secret-plan" not in client.get(f"/api/sources/{shown}", headers=mara).text
    assert client.delete(f"/api/sources/{shown}", headers=mara).status_code == 403
    assert client.post(f"/api/sources/{shown}/sync", json={"confirmed": 3}, headers=mara).status_code == 403


def test_the_pages_add_show_confirm_and_remove(client: TestClient, folder: Path, services: Services) -> None:
    client.headers.update(HTML)
    assert "There are no sources yet" in client.get("/sources").text
    for kind in ("folder", "website", "git", "bucket", "feed", "mailbox", "reader"):
        assert client.get(f"/sources/new/{kind}").status_code == 200
    wrong = client.post("/sources/new/folder", data={"name": "Handbook", "address": "nowhere", "audience": "everyone"})
    assert (wrong.status_code, "no absolute path" in wrong.text, 'value="Handbook"' in wrong.text) == (422, True, True)
    form = {"name": "Handbook", "address": str(folder), "audience": "everyone", "every": "60", "watch": "on"}
    page = client.post("/sources/new/folder", data=form).headers["location"]
    shown = client.get(page).text
    assert "Up to date" in shown
    assert "when files change, every hour" in shown
    for number in range(3):
        (folder / f"note-{number}.md").unlink()
    address = page.partition("?")[0]
    client.post(f"{address}/sync")
    assert "3 documents would be removed" in client.get(address).text
    client.post(f"{address}/sync", data={"confirmed": "3"})
    assert services.library.list_documents("owner", 9).total == 1
    assert "Remove 1 document with it" in client.get(f"{address}/remove").text
    assert client.post(f"{address}/remove", data={"keep": "no"}).headers["location"] == "/sources?done=removed"
    assert services.library.list_documents("owner", 9).total == 0


def test_the_command_line_adds_syncs_confirms_and_removes(folder: Path, tmp_path: Path, model_cache: Path) -> None:
    def run(*arguments: str, code: Exit = Exit.OK) -> str:
        done = CliRunner(env={"GROUNDWORK_CACHE": str(model_cache)}).invoke(
            main, ["source", *arguments, "--data", str(tmp_path / "data")]
        )
        assert done.exit_code == code, done.output
        return done.output

    run("add", "folder", "Handbook", str(folder), "--every", "6h", "--watch")
    assert "4 added" in run("sync", "Handbook")
    assert "when files change, every 6 hours" in run("list")
    for number in range(3):
        (folder / f"note-{number}.md").unlink()
    assert "--confirm 3" in run("sync", "Handbook", code=Exit.PARTLY_FAILED)
    assert json.loads(run("sync", "Handbook", "--confirm", "3", "--json"))["removed"] == 3
    assert "3 removed" in run("show", "Handbook")
    assert "1 document with it" in run("remove", "Handbook")
    run("sync", "Handbook", code=Exit.NOT_FOUND)
    run("add", "folder", "Other", str(folder), "--with", "depth=3", code=Exit.INVALID)
    run("add", "folder", "Other", str(folder), "--every", "often", code=Exit.INVALID)


def test_a_watched_folder_is_followed_live(services: Services, folder: Path) -> None:
    source_id = services.sources.add(
        NewSource("Handbook", SourceKind.FOLDER, str(folder)), {"watch": True}, "owner"
    ).source.id
    services.sources.sync_now(source_id, "owner")
    services.source_watching.start()
    time.sleep(0.5)
    (folder / "new.md").write_text("# New\n\nThe valve is kept in hall nine.\n")
    os.utime(folder / "new.md", (LONG_AGO_S, LONG_AGO_S))
    (folder / "note-0.md").unlink()
    patience = time.monotonic() + 20
    while services.library.list_documents("owner", 9, name_contains="new.md").total == 0:
        assert time.monotonic() < patience, "the change was not noticed"
        time.sleep(0.1)
    services.source_watching.stop()
    names = [entry.name for entry in services.library.list_documents("owner", 9).entries]
    assert names == ["new.md", "note-1.md", "note-2.md", "note-3.md"]
