"""The derived indexes of one process."""

from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from corpus.embedder import EmbeddingModel
from corpus.exact_vector_index import ExactVectorIndex
from corpus.following_keyword_index import FollowingKeywordIndex
from corpus.index_state import IndexState, StateName
from corpus.sql_vector_source import SqlVectorSource
from corpus.store import CorpusStore


class Indexes:
    def __init__(
        self, folder: Path, sessions: sessionmaker[Session], model_id: int, model: EmbeddingModel, in_background: bool
    ) -> None:
        self._sessions = sessions
        self._model_id = model_id
        self._source = SqlVectorSource(sessions, model_id)
        self.vectors = ExactVectorIndex(model.dimension)
        self.keywords = FollowingKeywordIndex(folder / "keywords", sessions, in_background)
        self._applied = 0
        self.follow()

    def follow(self) -> None:
        """Applies what changed in SQL since the last time."""
        self.keywords.follow()
        with self._sessions() as session:
            store = CorpusStore(session)
            last = store.last_change()
            moves = store.moves_after(self._applied, last)
            self.vectors.remove([move.version_id for move in moves])
            for move in moves:
                if move.audience_id is None:
                    continue
                batch = store.version_vectors(self._model_id, move.version_id)
                if batch is not None:
                    self.vectors.add_batches({move.audience_id: batch})
            self._applied = last

    def rebuild(self) -> None:
        """Builds every index anew from SQL, without embedding."""
        self.keywords.rebuild()

    def states(self) -> list[IndexState]:
        return [
            IndexState("vectors", StateName.READY, sum(self.vectors.counts().values())),
            self.keywords.state(),
        ]

    def close(self) -> None:
        self.keywords.close()
