"""The derived indexes of one process: opened or built from SQL, then kept up with the log of changes."""

from pathlib import Path
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from corpus.embedder import EmbeddingModel
from corpus.exact_vector_index import ExactVectorIndex
from corpus.sql_vector_source import SqlVectorSource
from corpus.store import CorpusStore
from corpus.tantivy_keyword_index import TantivyKeywordIndex


class Indexes:
    def __init__(self, folder: Path, sessions: sessionmaker[Session], model_id: int, model: EmbeddingModel) -> None:
        self._sessions = sessions
        self._model_id = model_id
        self._following = Lock()
        self._source = SqlVectorSource(sessions, model_id)
        self.vectors = ExactVectorIndex(model.dimension)
        self.keywords = TantivyKeywordIndex(folder / "keywords")
        self._applied = 0
        self.follow()

    def follow(self) -> None:
        """Applies what changed in SQL since the last time."""
        with self._following, self._sessions() as session:
            store = CorpusStore(session)
            last = store.last_change()
            moves = store.moves_after(self._applied, last)
            gone = [move.version_id for move in moves]
            if gone:
                self.keywords.remove(gone)
                self.vectors.remove(gone)
            self.keywords.add_all(
                store.version_texts(move.version_id, move.audience_id)
                for move in moves
                if move.audience_id is not None
            )
            for move in moves:
                if move.audience_id is None:
                    continue
                batch = store.version_vectors(self._model_id, move.version_id)
                if batch is not None:
                    self.vectors.add_batches({move.audience_id: batch})
            self._applied = last

    def close(self) -> None:
        self.keywords.close()
