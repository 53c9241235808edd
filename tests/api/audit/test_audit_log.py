"""The audit log on a database: complete under load and after crashes, and not to be changed unnoticed."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from api.audit.audit_log import AuditLog, NotAHash
from api.audit.chain import ChainFault, Fault
from api.audit.entry import NO_ENTRIES, AuditEntry, AuditEvent, ChainHead, Decision, Via
from api.audit.recorder import RecorderLimits
from api.audit.store import EVERYTHING, AuditFilter, BadFilter
from api.backup import back_up, restore
from api.data_folder import DataFolder
from api.services import Services
from api.settings import Settings
from corpus.audience import Principal
from corpus.database import scrub
from corpus.storage_failure import DiskFull
from corpus.store import CorpusStore
from tests.api.audit.test_chain import an_event
from tests.chaos.storage_failures import fill, small_disk, why_no_disk
from tests.conftest import NOON, Ticking

THREADS, EACH = 20, 50


def principal(services: Services, name: str) -> int:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user(name)
        return session.scalars(select(Principal.id).where(Principal.name == name)).one()


def an_act(
    actor_id: int | None = None,
    action: str = "document.delete",
    object_: str = "",
    decision: Decision = Decision.ALLOWED,
    after_s: int = 0,
) -> AuditEvent:
    return AuditEvent(NOON + timedelta(seconds=after_s), actor_id, Via.SESSION, action, object_, decision, None, "r")


def without_triggers(services: Services, *statements: str) -> None:
    """What somebody can do who has the database itself."""
    with services.writing.begin() as session:
        if services.engine.dialect.name == "sqlite":
            for name in ("update", "delete", "replace"):
                session.execute(text(f"DROP TRIGGER audit_entries_no_{name}"))
        else:
            session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        for statement in statements:
            session.execute(text(statement))


def record_many(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.record(an_event(number))


def fault_after(services: Services, *statements: str) -> ChainFault | None:
    record_many(services.audit, 6)
    assert services.audit.verify().is_sound
    without_triggers(services, *statements)
    return services.audit.verify().fault


def test_an_empty_log_is_sound(services: Services) -> None:
    assert services.audit.verify().is_sound
    assert services.audit.verify(NO_ENTRIES.hash).is_sound
    assert services.audit.head() == NO_ENTRIES


def test_many_threads_share_transactions_and_leave_no_gap(services: Services) -> None:
    commits = 0
    begin = Barrier(THREADS)

    @event.listens_for(services.engine, "commit")
    def count(_connection: object) -> None:
        nonlocal commits
        commits += 1

    def record(thread: int) -> None:
        begin.wait()
        for number in range(EACH):
            services.audit.record(an_act(thread, "document.delete", f"document {number}"))

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(record, range(THREADS)))
    verified = services.audit.verify()
    assert verified.is_sound
    assert verified.head.count == THREADS * EACH
    kept = {(entry.actor_id, entry.object) for entry in services.audit.entries()}
    assert len(kept) == THREADS * EACH
    assert commits <= THREADS * EACH / 4


def test_two_logs_on_one_database_make_one_chain(services: Services) -> None:
    """As two servers on one PostgreSQL are."""
    other = AuditLog(services.sessions, services.writing)
    with ThreadPoolExecutor(2) as threads:
        for log in (services.audit, other):
            threads.submit(record_many, log, 40)
    other.stop()
    assert services.audit.verify().is_sound
    assert services.audit.head().count == 80


@pytest.mark.parametrize("seconds", [0.3, 1.0])
def test_after_a_kill_everything_that_was_recorded_is_there(seconds: float, settings: Settings, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.api.audit.recording_child", str(settings.data), str(settings.cache)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
        said = (first + child.stdout.read()).splitlines()
    told = {line for line in said if "-" in line}
    assert len(told) > 8
    with Services(settings, Ticking()) as services:
        assert services.audit.verify().is_sound
        entries = list(services.audit.entries())
        assert told <= {entry.request_id for entry in entries if entry.action == "document.delete"}
        services.audit.record(an_event())
        assert services.audit.verify().head.count == len(entries) + 1


def test_on_a_full_disk_records_are_refused_and_notes_written_later(model_cache: Path, tmp_path: Path) -> None:
    if reason := why_no_disk():
        pytest.skip(reason)
    try:
        disk = small_disk(tmp_path / "disk")
        with disk as folder, Services(Settings(data=folder / "data", cache=model_cache, threads=1), Ticking()) as it:
            log = AuditLog(it.sessions, it.writing, RecorderLimits(retry_s=0.1, gather_s=0.0))
            log.record(an_event(1))
            fill(folder / "filler", 0)
            with pytest.raises(DiskFull):
                record_many(log, 10_000)
            before = log.head().count
            for number in range(5):
                log.note(an_act(None, "document.show", f"document {number}"))
            with pytest.raises(DiskFull):
                log.record(an_event(1))
            (folder / "filler").unlink()
            log.record(an_event(1))
            assert log.head().count == before + 6
            assert log.verify().is_sound
            log.stop()
    except PermissionError as error:
        pytest.skip(str(error))


def test_the_database_refuses_to_change_entries(services: Services) -> None:
    services.audit.record(an_event(1))
    services.audit.record(an_event(2))
    before = services.audit.head()
    statements = ["UPDATE audit_entries SET status = 200 WHERE id = 1", "DELETE FROM audit_entries WHERE id = 2"]
    if services.engine.dialect.name == "sqlite":
        statements.append("INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE id = 2")
    else:
        statements.append("TRUNCATE audit_entries")
    for statement in statements:
        with pytest.raises(DBAPIError, match="entries of the audit log are"), services.writing.begin() as session:
            session.execute(text(statement))
    assert services.audit.verify().head == before


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_entries SET actor_id = 2 WHERE id = 3", ChainFault(3, Fault.CHANGED)),
        ("DELETE FROM audit_entries WHERE id = 4", ChainFault(4, Fault.REMOVED)),
        ("DELETE FROM audit_entries WHERE id < 3", ChainFault(1, Fault.REMOVED)),
        ("UPDATE audit_entries SET id = 0 WHERE id = 4", ChainFault(0, Fault.INSERTED)),
        ("UPDATE audit_entries SET id = 40 WHERE id = 6", ChainFault(6, Fault.REMOVED)),
        ("UPDATE audit_entries SET hash = previous_hash WHERE id = 2", ChainFault(2, Fault.CHANGED)),
    ],
)
def test_what_is_changed_without_the_triggers_is_found(statement: str, fault: ChainFault, services: Services) -> None:
    assert fault_after(services, statement) == fault


def test_entries_that_changed_places_are_found(services: Services) -> None:
    moves = [f"UPDATE audit_entries SET id = {there} WHERE id = {here}" for here, there in ((2, 99), (5, 2), (99, 5))]
    assert fault_after(services, *moves) == ChainFault(2, Fault.CHANGED)


def test_an_entry_that_is_no_text_any_more_is_found(services: Services) -> None:
    if services.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL refuses it in the first place")
    assert fault_after(services, "UPDATE audit_entries SET object = CAST(x'64ff' AS TEXT) WHERE id = 5") == ChainFault(
        5, Fault.CHANGED
    )


def test_a_cut_off_end_is_found_by_a_noted_head(services: Services) -> None:
    record_many(services.audit, 4)
    noted = services.audit.head()
    assert noted == services.audit.verify().head
    services.audit.record(an_event(4))
    assert services.audit.verify(noted.hash).noted == noted.count == 4
    without_triggers(services, "DELETE FROM audit_entries WHERE id > 3")
    assert services.audit.verify().is_sound
    found = services.audit.verify(noted.hash)
    assert (found.is_sound, found.fault, found.noted) == (False, None, None)
    with pytest.raises(NotAHash):
        services.audit.verify("the newest one")


def test_entries_are_listed_newest_first_and_narrowed(services: Services) -> None:
    mara, timo = principal(services, "mara"), principal(services, "timo")
    for act in (
        an_act(mara, "document.add", "document 1", after_s=1),
        an_act(timo, "document.delete", "document 12", Decision.DENIED, after_s=2),
        an_act(mara, "document.delete", "document 12 version 3", after_s=3),
        an_act(None, "account.sign_in", "", Decision.DENIED, after_s=4),
    ):
        services.audit.record(act)

    def found(wanted: AuditFilter) -> list[int]:
        page = services.audit.list_entries(wanted, 10)
        assert page.total == len(page.entries)
        return [named.entry.id for named in page.entries]

    assert found(EVERYTHING) == [4, 3, 2, 1]
    assert found(AuditFilter(actor="mara")) == [3, 1]
    assert found(AuditFilter(actor=f"#{timo}")) == [2]
    assert found(AuditFilter(actor="nobody")) == found(AuditFilter(actor="#99999999999999999999")) == []
    assert found(AuditFilter(action="document.delete")) == [3, 2]
    assert found(AuditFilter(object="document")) == [3, 2, 1]
    assert found(AuditFilter(object="document 1")) == [1]
    assert found(AuditFilter(object="document 12")) == [3, 2]
    assert found(AuditFilter(object="document_")) == []
    assert found(AuditFilter(decision=Decision.DENIED)) == [4, 2]
    assert found(AuditFilter(since=NOON + timedelta(seconds=2), until=NOON + timedelta(seconds=4))) == [3, 2]
    assert found(AuditFilter(actor="mara", decision=Decision.DENIED)) == []
    page = services.audit.list_entries(EVERYTHING, limit=2, offset=1)
    assert [(named.entry.id, named.actor) for named in page.entries] == [(3, "mara"), (2, "timo")]
    assert page.total == 4
    exported = services.audit.entries(AuditFilter(since=NOON + timedelta(seconds=3)))
    assert [entry.id for entry in exported] == [3, 4]
    for impossible in ({"actor": "a\0b"}, {"since": NOON.replace(year=1)}, {"until": NOON.replace(year=9999)}):
        with pytest.raises(BadFilter):
            AuditFilter(**impossible)


def test_an_erased_person_is_gone_by_name_and_the_chain_holds(services: Services) -> None:
    mara = principal(services, "mara")
    services.audit.record(an_act(mara))
    head = services.audit.head()
    services.erasing.erase(["user:mara"])
    assert services.audit.verify().head == head
    (named,) = services.audit.list_entries(AuditFilter(actor=f"#{mara}"), 10).entries
    assert (named.entry.actor_id, named.actor) == (mara, None)


def test_whoever_comes_after_an_erased_person_is_not_taken_for_them(services: Services) -> None:
    mara = principal(services, "mara")
    services.audit.record(an_act(mara))
    services.erasing.erase(["user:mara"])
    assert principal(services, "timo") != mara
    assert services.audit.list_entries(AuditFilter(actor="timo"), 10).entries == ()


def test_writing_the_database_anew_keeps_entries_and_what_guards_them(services: Services) -> None:
    services.audit.record(an_event(1))
    scrub(services.engine)
    assert services.audit.verify().head.count == 1
    with pytest.raises(DBAPIError), services.writing.begin() as session:
        session.execute(text("DELETE FROM audit_entries"))
    services.audit.record(an_event(2))
    assert services.audit.verify().head.count == 2


def test_a_backup_restores_the_chain_and_what_guards_it(services: Services, tmp_path: Path) -> None:
    services.audit.record(an_event(1))
    back_up(DataFolder(services.settings.data), tmp_path / "backup.zip", "1", NOON)
    services.audit.record(an_event(2))
    restore(tmp_path / "backup.zip", tmp_path / "restored")
    with Services(services.settings.model_copy(update={"data": tmp_path / "restored"}), Ticking()) as restored:
        assert restored.audit.verify().head.count == 1
        assert not restored.audit.verify(services.audit.head().hash).is_sound
        with pytest.raises(DBAPIError), restored.writing.begin() as session:
            session.execute(text("DELETE FROM audit_entries"))


def test_entries_that_were_noted_are_there_after_closing(settings: Settings) -> None:
    with Services(settings, Ticking()) as services:
        for number in range(1200):
            services.audit.note(an_event(number))
    with Services(settings, Ticking()) as services:
        assert services.audit.verify().head.count == 1200


def test_the_mapped_entry_has_the_fields_of_the_stored_one(services: Services) -> None:
    services.audit.record(an_act(3, "document.delete", "document 4", Decision.FAILED))
    (stored,) = services.audit.entries()
    with services.sessions() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert all(getattr(entry, field) == getattr(stored, field) for field in stored.__dataclass_fields__)
    assert services.audit.head() == ChainHead(1, stored.hash)
