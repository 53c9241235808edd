"""The SQL database: how it is opened, and the column types that behave alike on SQLite and PostgreSQL."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass
from sqlalchemy.pool import ConnectionPoolEntry

from corpus.errors import Unavailable
from corpus.storage_failure import name_failures, raise_named

_CHECKPOINTS = 6
_PATIENCE_MS = 10_000
_LOOK_MS = 1_000
_WRITE_LOCK = 4715_2026
"""Any number that no other program takes on the same PostgreSQL database."""
_CONNECTIONS = 20
"""Kept, and as many more at busy moments: together what the server's threads can ask for at once."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class NotScrubbed(Unavailable):
    def __init__(self, reason: str) -> None:
        super().__init__(
            f"What was deleted may still be in the database's files, since they could not be written anew: {reason}. "
            "This is made up for at the next start."
        )


class Moment(TypeDecorator[datetime]):
    """A point in time, always aware and in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Entity(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Base of all mapped entities."""

    metadata = MetaData(naming_convention=NAMING)


def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"


def open_database(url: str) -> Engine:
    """An engine for `url`. On SQLite every connection gets WAL, full synchronisation, foreign keys and a busy timeout.

    With the execution option `write`, a transaction takes the write lock when it begins: those that write follow one
    another, so that changes become visible in the order of their ids.
    """
    engine = create_engine(
        url,
        pool_pre_ping=not url.startswith("sqlite"),
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        # The values of a statement are what people wrote, and what failed is logged.
        hide_parameters=True,
    )
    name_failures(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _begin_postgresql)
    return engine


class NotWritable(Unavailable):
    def __init__(self, reason: str) -> None:
        super().__init__(f"Nothing can be written into the database: {reason}.")


def check_writable(engine: Engine) -> None:
    """Writes, durably, and changes nothing by it. Somebody else's long write counts as writing.

    Raises `NotWritable`, `DatabaseGone`, `DiskFull`.
    """
    if engine.dialect.name == "sqlite":
        _write_sqlite(Path(str(engine.url.database)))
        return
    with engine.connect() as connection:
        if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar():
            raise NotWritable("it is a standby server")
        try:
            # Gives the transaction a number, which only one that writes has; the commit is written to its log.
            connection.exec_driver_sql("SELECT pg_current_xact_id()")
        except DBAPIError as error:
            raise NotWritable(type(error.orig).__name__) from error
        connection.commit()


def _write_sqlite(database: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as db:
            db.execute(f"PRAGMA busy_timeout={_LOOK_MS}")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("BEGIN IMMEDIATE")
            (kept,) = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"PRAGMA user_version={int(kept)}")
            db.execute("COMMIT")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            return
        raise_named(error)
        raise NotWritable(str(error)) from error


def scrub(engine: Engine) -> None:
    """Leaves nothing of deleted rows in the database's files. Raises `NotScrubbed`; calling it again goes on.

    On SQLite the file is written anew and the write-ahead log emptied. On PostgreSQL tables are written anew; its
    write-ahead log and backups are the administrator's.
    """
    if engine.dialect.name == "sqlite":
        scrub_file(Path(str(engine.url.database)))
        return
    raw = engine.raw_connection()
    try:
        connection = raw.driver_connection
        assert connection is not None
        connection.autocommit = True
        connection.cursor().execute("VACUUM (FULL)")
        connection.autocommit = False
    finally:
        raw.close()


def scrub_file(database: Path) -> None:
    """The same for an SQLite file that others may have open. Raises `NotScrubbed`."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
            connection.execute("VACUUM")
            for _ in range(_CHECKPOINTS):
                # Waits as long as the busy timeout for readers of the log. Without a log: as if it were empty.
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return
    except sqlite3.OperationalError as error:
        raise NotScrubbed(str(error)) from error
    raise NotScrubbed("it is being read without a pause")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("write", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling starts one only before writes; SQLAlchemy's BEGIN above replaces it,
    # so that a read transaction sees one state of the database throughout.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
