"""What is erased is in no file of the data folder any more; what is not, still answers."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, select

from api.app import build_app
from api.commands.options import Exit
from api.context_names import TOKEN_HEADER
from api.erasing import MARK, AmbiguousTarget, Erasing
from api.ingesting import find_files
from api.jobs.erasure_store import JobUnderWay
from api.jobs.job import Job, State
from api.jobs.job_queue import Lane
from api.services import Services
from api.settings import Settings, VectorIndexKind
from corpus.audience import PrincipalKind
from corpus.blobs import Blobs
from corpus.chunk import Chunk, ChunkVector
from corpus.document import Document, Version
from corpus.erasure_store import NotErasable, NothingToErase
from corpus.errors import Unavailable
from corpus.indexes import Indexes
from corpus.locator import Box
from corpus.recording import TranscribedPiece, Upload, VocabularyTerm
from corpus.store import CorpusStore
from ingestion.ingest import IncomingFile
from ingestion.recognition import RecognisedPage, RecognisedWord
from ingestion.source import Source, SourceItem, SourceKind
from tests.api.commands.test_serve import a_server
from tests.conftest import NOON, Ticking
from tests.postgresql import PostgresqlServer
from tests.sounds import tone, vtt, wav
from tests.traces import text_needles, traces, vector_needles

SECRETS = ("The vault code of Zanzibar is heliotrope.", "Heliotropes are watered by Quentin on Tuesdays.")
KEPT = "Every employee gets thirty days of leave a year."


def add(services: Services, name: str, content: bytes, audience: str = "everyone") -> int:
    report = services.ingesting.add_upload(IncomingFile(name, f"upload:{name}", content), audience)
    services.indexes.follow()
    assert report.document_id is not None, report
    return report.document_id


def a_workbook(text: str) -> bytes:
    workbook, buffer = openpyxl.Workbook(), io.BytesIO()
    sheet = workbook.create_sheet("Notes")
    sheet.append(["Garden", "Note"])
    sheet.append(["Heliotropes", text])
    workbook.save(buffer)
    return buffer.getvalue()


def stored_vectors(services: Services, document_ids: Sequence[int]) -> list[bytes]:
    with services.sessions() as session:
        return list(
            session.scalars(
                select(ChunkVector.vector)
                .join(Chunk, Chunk.id == ChunkVector.chunk_id)
                .join(Version, Version.id == Chunk.version_id)
                .where(Version.document_id.in_(document_ids))
            )
        )


def texts_found(services: Services, question: str) -> str:
    return " ".join(passage.text for passage in services.asking.find(question, "owner", 5))


def a_job(state: State, file: str) -> Job:
    arguments = {"files": [file]}
    return Job(
        kind="ingest",
        lane=Lane.SMALL,
        title="Adding",
        user_name="owner",
        audience_id=None,
        arguments=arguments,
        created_at=NOON,
        state=state,
    )


def closed_again(settings: Settings) -> Services:
    return Services(settings, Ticking())


@pytest.fixture
def filled(settings: Settings) -> Iterator[tuple[Services, list[int]]]:
    """A serving installation with both indexes on disk, and the ids of two documents with secrets in them."""
    chosen = settings.model_copy(update={"vector_index": VectorIndexKind.CHROMA})
    with Services(chosen, Ticking(), serving=True) as services:
        add(services, "leave.md", f"# Leave\n\n{KEPT}\n".encode())
        secret = [
            add(services, "vault.md", f"# Vault\n\n{SECRETS[0]}\n".encode()),
            add(services, "garden.xlsx", a_workbook(SECRETS[1])),
        ]
        assert services.indexes.vectors.settle(120)
        yield services, secret


def test_an_erased_document_is_in_no_file_any_more(filled: tuple[Services, list[int]]) -> None:
    services, secret = filled
    data = services.settings.data
    wanted = text_needles(SECRETS) | vector_needles(stored_vectors(services, secret))
    before = traces(data, wanted)
    assert {line.partition(" in ")[0] for line in before} >= {"text 0", "text 1", "vector 0 as float16"}
    assert any("float32 in index/vectors" in line for line in before)
    report = services.erasing.erase([str(document_id) for document_id in secret])
    assert report.deleted_files == 2
    assert traces(data, wanted) == []
    assert KEPT in texts_found(services, "days of leave")
    assert services.indexes.vectors.settle(120)
    assert traces(data, wanted) == []
    assert KEPT in texts_found(services, "days of leave")
    assert "eliotrope" not in texts_found(services, "What is the vault code of Zanzibar?")


def test_erasing_takes_superseded_versions_and_removed_predecessors_along(services: Services) -> None:
    first = add(services, "vault.md", f"# Vault\n\n{SECRETS[0]}\n".encode())
    services.library.delete_document(first, "owner")
    second = add(services, "vault.md", f"# Vault\n\n{SECRETS[1]}\n".encode())
    services.library.add_version(second, b"# Vault\n\nThere is no vault.\n", "owner")
    report = services.erasing.erase([str(second)])
    assert [document.document_id for document in report.erasure.documents] == [first, second]
    assert (report.deleted_files, report.kept_files) == (3, 0)
    assert traces(services.settings.data, text_needles([*SECRETS, "There is no vault", "vault.md"])) == []


def test_a_file_that_another_document_has_as_well_stays(services: Services) -> None:
    content = f"# Vault\n\n{SECRETS[0]}\n".encode()
    add(services, "vault.md", content)
    other = add(services, "copy.md", content, audience="board")
    report = services.erasing.erase(["vault.md"])
    assert (report.deleted_files, report.kept_files) == (0, 1)
    with services.library.original(other, _version_of(services, other), "owner").file as original:
        assert original.read() == content
    assert "heliotrope" in texts_found(services, "vault code")


def test_a_transcript_that_lay_on_disk_is_not_counted_among_the_deleted_files(
    services: Services, tmp_path: Path
) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    (folder / "talk.wav").write_bytes(wav(tone(4)))
    (folder / "talk.vtt").write_bytes(vtt([(0, 4, SECRETS[0])]))
    list(services.ingesting.add_paths(find_files([folder]), "everyone"))
    report = services.erasing.erase(["talk.wav"])
    assert (report.deleted_files, report.kept_files) == (1, 0)
    assert traces(services.settings.data, text_needles(SECRETS[:1])) == []


def test_a_document_erased_on_a_closed_folder_leaves_the_vector_store_too(filled: tuple[Services, list[int]]) -> None:
    services, secret = filled
    wanted = text_needles(SECRETS) | vector_needles(stored_vectors(services, secret))
    services.close()
    with closed_again(services.settings) as closed:
        closed.erasing.erase(["vault.md"])
        closed.erasing.erase(["garden.xlsx"])
        assert traces(services.settings.data, wanted) == []
        assert KEPT in texts_found(closed, "days of leave")


def test_a_person_goes_with_what_only_they_could_read(services: Services) -> None:
    now: datetime = Ticking()()
    with services.writing.begin() as session:
        store = CorpusStore(session)
        store.ensure_audience("Quentin", now)
        store.allow("Quentin", PrincipalKind.USER, "Quentin")
        store.deny("Quentin", PrincipalKind.GROUP, "Quentin")
        store.ensure_audience("board", now)
        store.ensure_member("board", "Quentin")
        store.ensure_audience("everyone", now)
    add(services, "diary.md", b"# Diary\n\nToday I watered the flowers.\n", audience="Quentin")
    board = add(services, "minutes.md", b"# Minutes\n\nThe board met.\n", audience="board")
    with services.writing.begin() as session:
        session.get_one(Document, board).owner = "Quentin"
    plan = services.erasing.plan(["user:Quentin"])
    assert (plan.audiences, [document.name for document in plan.documents]) == (("Quentin",), ["diary.md"])
    services.erasing.erase(["group:Quentin"])
    services.erasing.erase(["user:Quentin"])
    assert traces(services.settings.data, text_needles(["Quentin", "watered the flowers", "diary.md"])) == []
    assert services.library.get_document(board, "owner").name == "minutes.md"
    assert "Quentin" not in services.library.list_users()


def test_what_else_was_made_of_a_document_goes_too(services: Services) -> None:
    document_id = add(services, "vault.md", f"# Vault\n\n{SECRETS[0]}\n".encode())
    add(services, "leave.md", f"# Leave\n\n{KEPT}\n".encode())
    now = Ticking()()
    with services.writing.begin() as session:
        audience_id = CorpusStore(session).get_audience("everyone").id
        for term in ("Zanzibar", "employee"):
            session.add(VocabularyTerm(audience_id=audience_id, term=term, corrections=1, changed_at=now))
        (content_hash,) = session.scalars(select(Version.content_hash).where(Version.document_id == document_id))
        session.add(
            TranscribedPiece(content_hash=content_hash, engine="e", start_ms=0, end_ms=9, transcript=b"Zanzibar")
        )
        session.add(
            Upload(id="u", user_name="owner", name="vault.md", audience="x", created_at=now, document_id=document_id)
        )
        source = Source(
            name="wiki", kind=SourceKind.WEBSITE, address="x", options={}, audience_id=audience_id, created_at=now
        )
        session.add(source)
        session.flush()
        session.add(
            SourceItem(
                source_id=source.id,
                key="a",
                origin="upload:vault.md",
                name="vault.md",
                seen_at=now,
                document_id=document_id,
            )
        )
        session.add(a_job(State.DONE, "vault.md"))
    services.folder.uploads.mkdir()
    (services.folder.uploads / "u.part").write_text("Zanzibar")
    services.folder.scratch.mkdir()
    (services.folder.scratch / f"{content_hash}.pcm").write_text("Zanzibar")
    box = Box(0.1, 0.1, 0.2, 0.2)
    words = (RecognisedWord("Zanzibar", box, 0, 90),)
    services.page_memory.keep(content_hash, "reader", RecognisedPage(1, 0, 600, 800, words))
    assert len(traces(services.settings.data, text_needles(["Zanzibar"]))) >= 5
    report = services.erasing.erase(["vault.md"])
    assert report.sources == ("wiki",)
    assert traces(services.settings.data, text_needles(["Zanzibar", "vault.md"])) == []
    with services.sessions() as session:
        assert session.scalars(select(VocabularyTerm.term)).all() == ["employee"]


def test_what_a_job_is_working_with_is_not_erased_under_it(services: Services) -> None:
    document_id = add(services, "vault.md", f"# Vault\n\n{SECRETS[0]}\n".encode())
    with services.writing.begin() as session:
        session.add(a_job(State.RUNNING, "vault.md"))
    with pytest.raises(JobUnderWay):
        services.erasing.erase(["vault.md"])
    assert services.library.get_document(document_id, "owner").name == "vault.md"
    services.close()
    with closed_again(services.settings) as next_start:
        assert next_start.library.get_document(document_id, "owner").name == "vault.md"


KNOWN_TABLES = {
    "accounts",
    "alembic_version",
    "api_keys",
    "audience_principals",
    "audiences",
    "audit_entries",
    "browser_sessions",
    "chunk_vectors",
    "chunks",
    "course_claims",
    "course_comments",
    "course_decisions",
    "course_following",
    "course_publications",
    "course_revisions",
    "course_risks",
    "course_sources",
    "courses",
    "documents",
    "embedding_models",
    "index_changes",
    "jobs",
    "memberships",
    "model_usage",
    "near_copies",
    "one_time_links",
    "part_verdicts",
    "principals",
    "recordings",
    "source_items",
    "sources",
    "statements",
    "transcribed_pieces",
    "uploads",
    "version_sketches",
    "version_texts",
    "versions",
    "vocabulary_terms",
}
"""Each of these goes with what it refers to, is seen to by one of the `erasure_store.py`, or holds ids only (audit)."""


def test_every_table_has_its_place_in_erasing(services: Services) -> None:
    tables = inspect(services.engine)
    assert set(tables.get_table_names()) == KNOWN_TABLES
    for table in KNOWN_TABLES:
        for key in tables.get_foreign_keys(table):
            if key["referred_table"] in ("documents", "versions", "chunks", "principals"):
                assert key["options"].get("ondelete") in ("CASCADE", "SET NULL"), table


def test_a_name_of_several_things_is_asked_about(services: Services) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("vault.md")
    add(services, "vault.md", b"# Vault\n\nThere is no vault.\n")
    with pytest.raises(AmbiguousTarget, match=r"document 1, user:vault\.md"):
        services.erasing.plan(["vault.md"])
    assert services.erasing.plan(["user:vault.md"]).documents == ()


@pytest.mark.parametrize("target", ["user:owner", "group:everyone"])
def test_what_the_installation_needs_is_not_erased(services: Services, target: str) -> None:
    with pytest.raises(NotErasable):
        services.erasing.erase([target])


def test_what_is_not_there_is_said(services: Services) -> None:
    with pytest.raises(NothingToErase):
        services.erasing.erase(["nothing of this name"])


def stopped() -> Indexes:
    """Stands for a process that ends after the rows are gone."""
    raise Unavailable("stopped")


def test_an_erasure_that_was_interrupted_is_completed_at_the_next_start(services: Services) -> None:
    add(services, "leave.md", f"# Leave\n\n{KEPT}\n".encode())
    document_id = add(services, "vault.md", f"# Vault\n\n{SECRETS[0]}\n".encode())
    wanted = text_needles(SECRETS) | vector_needles(stored_vectors(services, [document_id]))
    data = services.settings.data
    erasing = Erasing(
        services.sessions,
        services.writing,
        services.engine,
        services.blobs,
        services.derived_files,
        data,
        stopped,
        lambda: None,
    )
    with pytest.raises(Unavailable):
        erasing.erase([str(document_id)])
    assert (data / MARK).exists()
    services.close()
    with closed_again(services.settings) as next_start:
        assert not (data / MARK).exists()
        assert traces(data, wanted) == []
        assert KEPT in texts_found(next_start, "days of leave")


def test_erasing_through_a_running_server(services: Services) -> None:
    document_id = add(services, "vault.md", f"# Vault\n\n{SECRETS[0]}\n".encode())
    with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765") as client:
        headers = {TOKEN_HEADER: "token"}
        assert client.post("/api/local/erase", json={"targets": [str(document_id)]}).status_code == 404
        plan = client.post("/api/local/erase/plan", json={"targets": ["vault.md"]}, headers=headers).json()
        assert [document["document_id"] for document in plan["documents"]] == [document_id]
        erased = client.post("/api/local/erase", json={"targets": ["vault.md"]}, headers=headers).json()
        assert erased["deleted_files"] == 1
        again = client.post("/api/local/erase", json={"targets": ["vault.md"]}, headers=headers)
        assert again.status_code == 404
    assert traces(services.settings.data, text_needles(SECRETS)) == []


def test_erasing_on_postgresql(settings: Settings, postgresql: PostgresqlServer) -> None:
    chosen = settings.model_validate(settings.model_dump() | {"database_url": postgresql.new_database()})
    with Services(chosen, Ticking()) as services:
        add(services, "leave.md", f"# Leave\n\n{KEPT}\n".encode())
        document_id = add(services, "vault.md", f"# Vault\n\n{SECRETS[0]}\n".encode())
        vectors = stored_vectors(services, [document_id])
        assert services.erasing.erase(["vault.md"]).deleted_files == 1
        assert stored_vectors(services, [document_id]) == []
        assert traces(services.settings.data, text_needles(SECRETS) | vector_needles(vectors)) == []
        assert KEPT in texts_found(services, "days of leave")
        assert len(services.comparing.list_copies("owner", 5)) == 0


def run(data: Path, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", *arguments, "--data", str(data)]
    return subprocess.run(command, input=answer, capture_output=True, text=True, check=False)


def test_on_the_command_line_while_a_server_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    vault = tmp_path / "vault.md"
    vault.write_text(f"# Vault\n\n{SECRETS[0]}\n")
    wanted = text_needles([SECRETS[0], "vault.md"])
    with a_server(data, "--port", "0"):
        added = run(data, "ingest", str(vault))
        assert added.returncode == Exit.OK, added.stderr
        unasked = run(data, "erase", "vault.md", answer="n\n")
        assert "document 1 “vault.md”" in unasked.stderr
        assert unasked.returncode != Exit.OK
        assert traces(data, wanted) != []
        erased = run(data, "erase", "vault.md", "--yes", "--json")
        assert erased.returncode == Exit.OK, erased.stderr
        assert json.loads(erased.stdout)["deleted_files"] == 1
        assert traces(data, wanted) == []
        assert run(data, "erase", "vault.md", "--yes").returncode == Exit.NOT_FOUND
    assert traces(data, wanted) == []


def test_deleting_a_blob_takes_what_an_interrupted_put_left(tmp_path: Path, services: Services) -> None:
    blobs: Blobs = services.blobs
    content_hash = blobs.put(b"some content")
    folder = services.folder.blobs / content_hash[:2]
    (folder / f".{content_hash}.0badcafe").write_bytes(b"some con")
    blobs.delete(content_hash)
    blobs.delete(content_hash)
    assert list(folder.iterdir()) == []


def _version_of(services: Services, document_id: int) -> int:
    return services.library.get_document(document_id, "owner").version_id
