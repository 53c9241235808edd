"""What happens when the place that things are kept in fails: a full disk, a database that went away."""

import errno
import sqlite3

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from corpus.errors import Unavailable

_FULL_FILE_SYSTEM = (errno.ENOSPC, errno.EDQUOT)
_FULL_SQLITE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
"""What SQLite makes of a full disk, depending on which of its files could not grow."""
_FULL_POSTGRESQL = "53100"
_STOPPING_POSTGRESQL = ("57P01", "57P02", "57P03")


class DiskFull(Unavailable):
    """Nothing was changed. Whatever wanted to write may simply be tried again later."""

    def __init__(self) -> None:
        super().__init__("The disk is full, so nothing could be stored. Free some space; what waits goes on by itself.")


class DatabaseGone(Unavailable):
    def __init__(self) -> None:
        super().__init__("The database does not answer. Start it again; what waits goes on by itself.")


def is_disk_full(error: OSError) -> bool:
    return error.errno in _FULL_FILE_SYSTEM


def name_failures(engine: Engine) -> None:
    """From now on a full disk raises `DiskFull` and a lost connection `DatabaseGone`, wherever SQL is spoken."""
    event.listen(engine, "handle_error", _raise_named)


def raise_named(error: sqlite3.Error) -> None:
    """Raises `DiskFull` where that is what it says."""
    if getattr(error, "sqlite_errorcode", None) in _FULL_SQLITE:
        raise DiskFull from error


def _raise_named(context: ExceptionContext) -> None:
    original = context.original_exception
    if isinstance(original, sqlite3.OperationalError):
        raise_named(original)
        return
    state = getattr(original, "sqlstate", None)
    if state == _FULL_POSTGRESQL:
        raise DiskFull from original
    if context.is_disconnect or state in _STOPPING_POSTGRESQL or _cannot_connect(context):
        raise DatabaseGone from original


def _cannot_connect(context: ExceptionContext) -> bool:
    """While there is no connection yet, an operational error says that there will be none."""
    return context.connection is None and type(context.original_exception).__name__ == "OperationalError"
