"""Reads vectors for an index out of SQL, each call in a short transaction of its own."""

from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session, sessionmaker

from corpus.index import IndexChange
from corpus.index_store import IndexStore
from corpus.vector_source import VectorBatch


class SqlVectorSource:
    """Implements `corpus.vector_source.VectorSource` for one embedding model."""

    def __init__(self, sessions: sessionmaker[Session], model_id: int) -> None:
        self._sessions = sessions
        self._model_id = model_id

    def counts(self) -> Mapping[int, int]:
        with self._sessions() as session:
            return IndexStore(session).count_vectors(self._model_id)

    def last_change_id(self) -> int:
        with self._sessions() as session:
            return IndexStore(session).last_change()

    def audience_vectors(self, audience_id: int) -> Iterator[VectorBatch]:
        with self._sessions() as session:
            yield from IndexStore(session).audience_vectors(self._model_id, audience_id)

    def version_vectors(self, version_id: int) -> Iterator[VectorBatch]:
        with self._sessions() as session:
            batch = IndexStore(session).version_vectors(self._model_id, version_id)
        if batch is not None:
            yield batch

    def changes_after(self, change_id: int, limit: int) -> list[IndexChange]:
        with self._sessions() as session:
            return IndexStore(session).list_changes(change_id, limit)
