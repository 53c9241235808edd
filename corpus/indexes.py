"""The derived indexes of one process."""

from pathlib import Path
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from corpus.embedder import EmbeddingModel
from corpus.following_keyword_index import FollowingKeywordIndex
from corpus.generation import Generations
from corpus.index_state import IndexState, StateName
from corpus.index_store import IndexStore
from corpus.routed_vector_index import RoutedVectorIndex, StoreState, VectorStore
from corpus.sql_vector_source import SqlVectorSource

KEYWORDS, VECTORS = "keywords", "vectors"
"""Folders of the two indexes."""

LONGEST_DISCARD_S = 120.0
"""A build that is under way stops within a second; closing a large store takes longer."""

_STATES = {
    StoreState.NONE: StateName.READY,
    StoreState.READY: StateName.READY,
    StoreState.OPENING: StateName.BUILDING,
    StoreState.BUILDING: StateName.BUILDING,
    StoreState.FAILED: StateName.FAILED,
}


class Indexes:
    """Both indexes follow SQL: `follow` after every change, and at the start whatever is missing is built."""

    def __init__(
        self,
        folder: Path,
        sessions: sessionmaker[Session],
        model_id: int,
        model: EmbeddingModel,
        exact_limit: int,
        vector_store: VectorStore | None,
    ) -> None:
        """With a `vector_store`, work goes on in the background until `close`; without one, whoever asks waits."""
        self._folder = folder
        self._has_store = vector_store is not None
        self._sessions = sessions
        self._model_id = model_id
        self._source = SqlVectorSource(sessions, model_id)
        self._following = Lock()
        # Partitions are read from SQL when first asked for, so only later changes have to be told.
        self._applied = self._source.last_change_id()
        self.vectors = RoutedVectorIndex(self._source, model.dimension, exact_limit, vector_store)
        self.keywords = FollowingKeywordIndex(folder / KEYWORDS, sessions, vector_store is not None)
        self.vectors.start()

    def follow(self) -> None:
        """Applies what changed in SQL since the last time."""
        self.keywords.follow()
        with self._following, self._sessions() as session:
            store = IndexStore(session)
            last = store.last_change()
            moves = store.moves_after(self._applied, last)
            if not moves:
                return
            # What has come is added before what it replaces goes, so that no search falls between the two.
            for move in moves:
                batch = store.version_vectors(self._model_id, move.version_id)
                if move.audience_id is not None and batch is not None:
                    self.vectors.add_batches({move.audience_id: batch})
            self.vectors.remove([move.version_id for move in moves if move.audience_id is None])
            self._applied = last

    def rebuild(self) -> None:
        """Builds every index anew from SQL, without embedding; a vector store goes on building in the background."""
        self.keywords.rebuild()
        self.vectors.rebuild()

    def start_anew(self) -> None:
        """Builds every index anew and leaves no file behind of what was in them before. Raises `Unavailable`."""
        self.vectors.start_anew(LONGEST_DISCARD_S)
        if not self._has_store:
            # Another process may have built one: without a store nobody else opens it.
            Generations(self._folder / VECTORS).discard_all()
        self.keywords.start_anew()

    def states(self) -> list[IndexState]:
        return [self._vector_state(), self.keywords.state()]

    def vector_state(self) -> IndexState:
        return self._vector_state()

    def checked_keyword_state(self) -> IndexState:
        """Looks at the files too. Damaged ones are built anew."""
        return self.keywords.checked_state()

    def close(self) -> None:
        self.vectors.stop()
        self.keywords.close()

    def _vector_state(self) -> IndexState:
        status = self.vectors.status()
        entries = sum(self._source.counts().values())
        remark = status.remark or None
        if status.store in (StoreState.OPENING, StoreState.BUILDING):
            remark = "Exact search answers meanwhile." + (f" {remark}" if remark else "")
        elif status.store is StoreState.FAILED:
            remark = f"Exact search answers instead. {remark or ''}".strip()
        return IndexState("vectors", _STATES[status.store], entries, remark)
