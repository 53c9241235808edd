"""Every kind of source, from its form to found passages, against real servers and files on this machine."""

import os
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import pytest
from moto.server import ThreadedMotoServer

from api.services import Services
from api.settings import Settings
from api.sources import NewSource
from corpus.store import CorpusStore
from ingestion.source import SourceKind
from ingestion.source_options import Value
from ingestion.syncing import SyncReport
from tests.conftest import Ticking
from tests.ingestion.local_site import LocalSite, serve_site
from tests.ingestion.test_feedparser_source_reader import RSS
from tests.ingestion.test_git_source_reader import ENVIRONMENT, Remote
from tests.ingestion.test_mbox_source_reader import FIRST, SECOND
from tests.ingestion.test_mbox_source_reader import write as write_mailbox
from tests.ingestion.test_website_source_reader import article, sitemap


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """That may ask this machine, and import the readers of the tests."""
    allowed = settings.model_copy(
        update={
            "outgoing_private": ["127.0.0.0/8"],
            "reader_packages": ["llama_index", "tests.ingestion.sample_readers"],
        }
    )
    with Services(allowed, Ticking()) as opened:
        yield opened


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with serve_site() as served:
        yield served


def synced(services: Services, source_id: int) -> SyncReport:
    services.sources.start_sync(source_id, "owner")
    report = services.sources.get(source_id, "owner").source.report
    assert report is not None
    return SyncReport.from_json(report)


def add(services: Services, kind: SourceKind, address: str, credential: str | None = None, **options: Value) -> int:
    new = NewSource(kind.value, kind, address, credential=credential)
    return services.sources.add(new, options, "owner").source.id


def found(services: Services, question: str) -> str:
    return services.asking.find(question, "owner", 5)[0].text


def test_a_website_is_read_and_kept_up_to_date(services: Services, site: LocalSite) -> None:
    site.put("/leave", article("Leave", "Everybody gets thirty days of leave a year."))
    site.put("/travel", article("Travel", "Train journeys are booked in second class."))
    site.put("/sitemap.xml", sitemap("/leave", "/travel", site=site))
    source_id = add(services, SourceKind.WEBSITE, site.address)
    assert synced(services, source_id).added == 2
    assert "thirty days of leave" in found(services, "How many days of leave are there?")
    (leave,) = services.library.list_documents("owner", 5, name_contains="Leave").entries
    assert (leave.media_type, leave.title.partition(" |")[0], leave.remarks) == ("text/html", "Leave", ())
    site.asked.clear()
    assert synced(services, source_id).unchanged == 2
    assert site.paths() == ["/robots.txt", "/sitemap.xml"]


def test_a_website_without_a_sitemap_asks_again_only_for_what_changed(services: Services, site: LocalSite) -> None:
    links = '<a href="/leave">Leave</a> <a href="/travel">Travel</a>'
    site.put("/", article("Handbook", "This is the handbook of the company.", links))
    site.put("/leave", article("Leave", "Everybody gets thirty days of leave a year."))
    site.put("/travel", article("Travel", "Train journeys are booked in second class."))
    source_id = add(services, SourceKind.WEBSITE, site.address)
    assert synced(services, source_id).added == 3
    site.put("/travel", article("Travel", "Train journeys are booked in first class."))
    site.asked.clear()
    assert synced(services, source_id).updated == 1
    assert [asked.path for asked in site.asked if asked.status == 200] == ["/travel"]
    del site.pages["/travel"]
    assert synced(services, source_id).removed == 1


def test_this_machine_is_not_asked_unless_that_is_allowed(settings: Settings, site: LocalSite) -> None:
    site.put("/", article("Secret", "This page is for this machine only."))
    with Services(settings, Ticking()) as services:
        report = synced(services, add(services, SourceKind.WEBSITE, site.address))
        assert "private network" in (report.problem or "")
    assert site.asked == []


def test_a_feed_is_read(services: Services, site: LocalSite) -> None:
    site.put("/feed", RSS.format(site=site.address))
    source_id = add(services, SourceKind.FEED, f"{site.address}/feed")
    assert synced(services, source_id).added == 2
    assert "at six" in found(services, "When does the gate open?")
    assert synced(services, source_id).unchanged == 2


def test_a_mailbox_is_read(services: Services, tmp_path: Path) -> None:
    write_mailbox(tmp_path / "questions.mbox", FIRST, SECOND)
    source_id = add(services, SourceKind.MAILBOX, str(tmp_path / "questions.mbox"))
    assert synced(services, source_id).added == 2
    assert "at six" in found(services, "When does the gate open?")
    write_mailbox(tmp_path / "questions.mbox", SECOND)
    assert (synced(services, source_id).removed, services.library.list_documents("owner", 5).total) == (1, 1)


def test_an_object_store_is_read_with_a_secret_from_a_file(services: Services, tmp_path: Path) -> None:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    client.create_bucket(Bucket="handbook")
    client.put_object(Bucket="handbook", Key="docs/leave.md", Body=b"# Leave\n\nThirty days of leave a year.\n")
    client.close()
    (tmp_path / "secret").write_text("k:s\n")
    secret = f"file:{tmp_path / 'secret'}"
    source_id = add(services, SourceKind.BUCKET, "s3://handbook/docs", secret, endpoint=endpoint, region="us-east-1")
    assert synced(services, source_id).added == 1
    assert found(services, "How many days of leave?") == "Thirty days of leave a year."
    assert synced(services, source_id).unchanged == 1
    server.stop()


def test_a_reader_is_called_with_secrets_filled_in(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    page = {"text": "The merger is called Bluebird.", "page_id": "1", "title": "Merger", "allowed_users": ["ana"]}
    arguments = {"pages": [page], "api_token": {"secret": "env:WIKI_SECRET"}}
    source_id = add(services, SourceKind.READER, "tests.ingestion.sample_readers.WikiReader", arguments=arguments)
    assert "no such variable" in (synced(services, source_id).problem or "")
    monkeypatch.setenv("WIKI_SECRET", "wrong")
    assert "401" in (synced(services, source_id).problem or "")
    monkeypatch.setenv("WIKI_SECRET", "right")
    assert synced(services, source_id).added == 1
    assert services.asking.find("What is the merger called?", "ana", 5)[0].title == "Merger"
    assert services.asking.find("What is the merger called?", "mara", 5) == []
    stored = b"".join(file.read_bytes() for file in services.folder.path.glob("groundwork.sqlite*"))
    assert b"env:WIKI_SECRET" in stored
    assert b"right\x00" not in stored


def test_a_repository_on_this_machine_is_read(services: Services, tmp_path: Path) -> None:
    remote = Remote(tmp_path)
    remote.commit(
        {"docs/leave.md": "# Leave\n\nThirty days of leave a year.\n", "docs/gate.md": "The gate opens at six."}
    )
    source_id = add(services, SourceKind.GIT, str(remote.bare))
    assert synced(services, source_id).added == 2
    subprocess.run(["git", "mv", "docs", "rules"], cwd=remote.copy, check=True)
    remote.commit({"new.md": "The canteen opens at noon."})
    report = synced(services, source_id)
    assert (report.moved, report.added, report.removed) == (2, 1, 0)
    assert services.source_readers.copy_of(source_id).exists()
    services.sources.remove(source_id, "owner")
    assert not services.source_readers.copy_of(source_id).exists()


@pytest.fixture
def git_server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of a repository over http, and the authorization that each request brought."""
    remote = Remote(tmp_path)
    remote.commit({"leave.md": "# Leave\n\nThirty days of leave a year.\n"})
    seen: list[str] = []

    class Reply(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes) -> None:
            seen.append(self.headers.get("Authorization", ""))
            path, _, query = self.path.partition("?")
            asked = {
                "GIT_PROJECT_ROOT": str(tmp_path),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            environment = ENVIRONMENT | asked
            done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Reply)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/remote.git", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_repository_is_read_over_http_with_a_secret_from_the_environment(
    services: Services, git_server: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, seen = git_server
    monkeypatch.setenv("GIT_SECRET", "ana:hunter2")
    source_id = add(services, SourceKind.GIT, address, "env:GIT_SECRET")
    assert (synced(services, source_id).problem, synced(services, source_id).unchanged) == (None, 1)
    assert set(seen) == {"Basic " + b64encode(b"ana:hunter2").decode()}
    ours = services.source_readers.copy_of(source_id)
    kept = b"".join(file.read_bytes() for file in ours.rglob("*") if file.is_file())
    assert b"hunter2" not in kept
    assert not (ours / "hooks").exists()


def test_a_repository_is_connected_to_at_the_address_that_was_checked(
    services: Services, git_server: tuple[str, list[str]]
) -> None:
    address = git_server[0].replace("127.0.0.1", "git.example")
    rules = services.source_readers._rules
    services.source_readers._rules = type(rules)(None, rules.private, lambda host, port: ["127.0.0.1"])
    assert synced(services, add(services, SourceKind.GIT, address)).added == 1


def test_a_repository_in_a_private_network_is_not_asked(settings: Settings, git_server: tuple[str, list[str]]) -> None:
    with Services(settings, Ticking()) as services:
        report = synced(services, add(services, SourceKind.GIT, git_server[0]))
        assert "private network" in (report.problem or "")
    assert git_server[1] == []
    assert os.environ.get("GIT_DIR") is None
