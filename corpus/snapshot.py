"""A copy of an SQLite database at one moment, taken while others read and write it, and what can be told of one."""

import hashlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import Unavailable

_BLOCK = 1 << 20


class SnapshotFailed(Unavailable):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The database could not be copied: {reason}.")


class DatabaseDamaged(Unavailable):
    def __init__(self, file: Path, fault: str) -> None:
        super().__init__(f"The database {file.name} is damaged: {fault}.")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class TableState:
    """Enough to notice that rows came or went."""

    rows: int
    highest: int


def take_snapshot(database: Path, target: Path) -> None:
    """Writes `target`, which must not exist, without the free space of the original. Raises `SnapshotFailed`."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("PRAGMA busy_timeout = 10000")
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise SnapshotFailed(str(error)) from error


def empty_log(database: Path) -> None:
    """Brings the write-ahead log home, so that the database's file alone is the database. Raises `SnapshotFailed`."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise SnapshotFailed(str(error)) from error
    if busy:
        raise SnapshotFailed("somebody else has it open")


def check_database(file: Path) -> None:
    """SQLite's own check of every page, and that whatever refers to something finds it. Raises `DatabaseDamaged`."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if said != "ok":
                raise DatabaseDamaged(file, said)
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(file, str(error)) from error
    if dangling is not None:
        raise DatabaseDamaged(file, f"a row of {dangling[0]} refers to one of {dangling[2]} that is not there")


def table_states(file: Path) -> Mapping[str, TableState]:
    """Of every table, by name."""
    with closing(sqlite3.connect(file)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith("sqlite_")
        ]
        found = {}
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            rows, highest = connection.execute(
                f"SELECT count(*), coalesce(max(rowid), 0) FROM {quoted}"  # noqa: S608  (a name out of the database)
            ).fetchone()
            found[name] = TableState(rows, highest)
        return found


def file_hash(file: Path) -> str:
    """SHA-256 in hex."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
