"""Brings a populated database to this version's form, with a copy of it as it was, so that the step can be taken back.

    data/before-upgrade/groundwork.sqlite    the database before
    data/before-upgrade/upgrade.json         from which form to which, and what was in it

Original files are not copied: no upgrade changes them.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api import schema
from api.data_folder import DataFolder
from corpus.blob_references import named_blobs
from corpus.blobs import FolderBlobs, flush_folder
from corpus.database import open_database, sqlite_url
from corpus.errors import Conflict, NotFound, Unavailable
from corpus.snapshot import DatabaseDamaged, check_database, empty_log, file_hash, table_states, take_snapshot

COPY = "before-upgrade"
_DATABASE = "groundwork.sqlite"
_RECORD = "upgrade.json"
_TRUTH = (
    "audiences",
    "principals",
    "documents",
    "versions",
    "version_texts",
    "chunks",
    "chunk_vectors",
    "audit_entries",
)
"""Tables that no upgrade adds rows to or takes rows from."""


class UpgradeFailed(Unavailable):
    def __init__(self, found: str, reason: str) -> None:
        super().__init__(
            f"The database could not be brought to form {schema.NEWEST}: {reason}. It is again as it was, of form "
            f"{found}; use the version of groundwork that wrote it."
        )


class NoUpgradeToTakeBack(NotFound):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is no copy from before an upgrade in {folder}.")


class CopyDamaged(Unavailable):
    def __init__(self, file: Path) -> None:
        super().__init__(f"The copy {file} is not as it was written. The database was left as it is.")


class WrittenSince(Conflict):
    def __init__(self, tables: list[str]) -> None:
        super().__init__(
            f"Since the upgrade, {', '.join(tables)} have changed. Taking it back would lose that; "
            "with --discard-changes it is done all the same."
        )
        self.tables = tables


class Upgrade(BaseModel):
    """`before` and `after`: rows of every table, and the highest row id."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    from_form: str
    to_form: str
    program: str
    made_at: datetime
    sha256: str
    before: dict[str, tuple[int, int]]
    after: dict[str, tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Upgrading:
    """For the process that owns the data folder, before it opens anything in it but `engine`."""

    folder: DataFolder
    engine: Engine
    program: str
    migrate: Callable[[Engine], bool] = schema.migrate

    def upgrade(self, now: datetime) -> Upgrade | None:
        """None where there was nothing to do, or nothing yet that could be lost.

        Raises `NewerSchema`, `SnapshotFailed` or `UpgradeFailed`.
        """
        found = schema.current_form(self.engine)
        if found is None or found >= schema.NEWEST or not self._is_own():
            self.migrate(self.engine)
            return None
        upgrade = self._copy(found, now)
        self.migrate(self.engine)
        fault = self._fault(upgrade.before)
        if fault is not None:
            self._put_back()
            raise UpgradeFailed(found, fault)
        done = upgrade.model_copy(update={"after": _states(self.folder.database)})
        _write(self._copied / _RECORD, done)
        return done

    def roll_back(self, discard_changes: bool) -> Upgrade:
        """Raises `NoUpgradeToTakeBack`, `WrittenSince` or `CopyDamaged`."""
        upgrade = self.last()
        if upgrade is None:
            raise NoUpgradeToTakeBack(self.folder.path)
        copy = self._copied / _DATABASE
        if not copy.is_file() or file_hash(copy) != upgrade.sha256:
            raise CopyDamaged(copy)
        now = _states(self.folder.database)
        changed = sorted(name for name in now if upgrade.after is not None and now[name] != upgrade.after.get(name))
        if changed and not discard_changes:
            raise WrittenSince(changed)
        added = set(_named(self.folder.database)) - set(_named(copy))
        self._put_back()
        blobs = FolderBlobs(self.folder.blobs)
        for content_hash in added:
            blobs.delete(content_hash)
        if self.folder.index.exists():
            # They may know more than the database does now.
            shutil.rmtree(self.folder.index)
        return upgrade

    def last(self) -> Upgrade | None:
        """The upgrade that can be taken back."""
        record = self._copied / _RECORD
        return Upgrade.model_validate_json(record.read_text()) if record.is_file() else None

    @property
    def _copied(self) -> Path:
        return self.folder.path / COPY

    def _is_own(self) -> bool:
        return self.engine.url.database == str(self.folder.database)

    def _copy(self, found: str, now: datetime) -> Upgrade:
        forget_copy(self.folder.path)
        self._copied.mkdir(mode=0o700)
        copy = self._copied / _DATABASE
        take_snapshot(self.folder.database, copy)
        check_database(copy)
        upgrade = Upgrade(
            from_form=found,
            to_form=schema.NEWEST,
            program=self.program,
            made_at=now,
            sha256=file_hash(copy),
            before=_states(copy),
        )
        # The record comes last: a copy without one was interrupted and is not used.
        _write(self._copied / _RECORD, upgrade)
        return upgrade

    def _fault(self, before: Mapping[str, tuple[int, int]]) -> str | None:
        try:
            check_database(self.folder.database)
        except DatabaseDamaged as error:
            return str(error).rstrip(".")
        after = _states(self.folder.database)
        lost = [name for name in _TRUTH if name in before and after.get(name, (0, 0))[0] != before[name][0]]
        return f"rows of {', '.join(lost)} were lost or doubled" if lost else None

    def _put_back(self) -> None:
        """The copy in the place of the database. Interrupted, the one or the other is there whole."""
        self.engine.dispose()
        empty_log(self.folder.database)
        (self._copied / _DATABASE).replace(self.folder.database)
        flush_folder(self.folder.path)
        shutil.rmtree(self._copied)


def forget_copy(folder: Path) -> None:
    """Deletes what the last upgrade kept; it cannot be taken back any more."""
    if (folder / COPY).exists():
        shutil.rmtree(folder / COPY)


def _states(file: Path) -> dict[str, tuple[int, int]]:
    return {name: (state.rows, state.highest) for name, state in table_states(file).items()}


def _named(file: Path) -> list[str]:
    engine = open_database(sqlite_url(file))
    try:
        with Session(engine) as session:
            return named_blobs(session)
    finally:
        engine.dispose()


def _write(file: Path, upgrade: Upgrade) -> None:
    temporary = file.with_name(f"{file.name}.new")
    with temporary.open("w") as opened:
        opened.write(upgrade.model_dump_json(indent=1))
        opened.flush()
        os.fsync(opened.fileno())
    temporary.replace(file)
    flush_folder(file.parent)
