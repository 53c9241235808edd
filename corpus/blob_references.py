"""Which columns name original files. Whatever keeps a file in the blobs is listed here, for backup and erasure."""

from collections.abc import Collection, Iterator

from sqlalchemy import inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from corpus.document import Version
from corpus.recording import Recording

COLUMNS: tuple[InstrumentedAttribute[str], ...] = (Version.content_hash, Recording.played_hash)


def named_blobs(session: Session) -> list[str]:
    """Hashes of every file that is needed, each once, ascending. Also of a database of an earlier form."""
    return sorted({found for column in _present(session) for found in session.scalars(select(column).distinct())})


def unnamed(session: Session, hashes: Collection[str]) -> list[str]:
    """Those of these hashes that nothing names, ascending."""
    named = {
        found for column in _present(session) for found in session.scalars(select(column).where(column.in_(hashes)))
    }
    return sorted(set(hashes) - named)


def _present(session: Session) -> Iterator[InstrumentedAttribute[str]]:
    tables = set(inspect(session.connection()).get_table_names())
    return (column for column in COLUMNS if column.class_.__tablename__ in tables)
