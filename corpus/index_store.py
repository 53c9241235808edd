"""All SQL by which the indexes follow the corpus: the log of changes, and the texts and vectors they are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from corpus.chunk import Chunk, ChunkVector
from corpus.document import Document, Version
from corpus.embedder import Vectors
from corpus.index import ChangeKind, IndexChange, IndexedText
from corpus.vector_source import VectorBatch, batch_from_blobs

_BATCH_ROWS = 4096


@dataclass(frozen=True, slots=True)
class VersionMove:
    """The outcome of a stretch of the change log for one version: its audience, or None when it left the indexes."""

    version_id: int
    audience_id: int | None


class IndexStore:
    """Reads and writes in the session's transaction; never commits. No reader asks for any of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last_change(self) -> int:
        """Id of the newest index change, 0 where there is none."""
        return self._session.scalar(select(func.max(IndexChange.id))) or 0

    def moves_after(self, change_id: int, up_to: int) -> list[VersionMove]:
        """What the changes beyond `change_id` and up to `up_to` amount to: one move per version, by its last change."""
        rows = self._session.execute(
            select(IndexChange.kind, IndexChange.version_id, IndexChange.audience_id)
            .where(IndexChange.id > change_id, IndexChange.id <= up_to)
            .order_by(IndexChange.id)
        )
        moves: dict[int, VersionMove] = {}
        for kind, version_id, audience_id in rows:
            moves.pop(version_id, None)
            moves[version_id] = VersionMove(version_id, audience_id if kind == ChangeKind.ADD else None)
        return list(moves.values())

    def active_versions(self) -> list[VersionMove]:
        """Every version that readers may find now, by id: what an index built from nothing must hold."""
        rows = self._session.execute(
            select(Document.active_version_id, Document.audience_id)
            .where(Document.removed_at.is_(None), Document.active_version_id.is_not(None))
            .order_by(Document.active_version_id)
        )
        return [VersionMove(version_id, audience_id) for version_id, audience_id in rows if version_id]

    def count_vectors(self, model_id: int) -> dict[int, int]:
        """Active vectors of the model per audience."""
        rows = self._session.execute(
            select(Document.audience_id, func.count())
            .join(Chunk, Chunk.version_id == Document.active_version_id)
            .join(ChunkVector, ChunkVector.chunk_id == Chunk.id)
            .where(Document.removed_at.is_(None), ChunkVector.model_id == model_id)
            .group_by(Document.audience_id)
            .order_by(Document.audience_id)
        )
        return dict(rows.all())

    def audience_vectors(self, model_id: int, audience_id: int) -> Iterator[VectorBatch]:
        """Vectors of the audience's active chunks by chunk id, some thousand at a time."""
        statement = (
            select(Chunk.id, Chunk.version_id, ChunkVector.vector)
            .join(Document, Document.active_version_id == Chunk.version_id)
            .join(ChunkVector, ChunkVector.chunk_id == Chunk.id)
            .where(
                Document.audience_id == audience_id,
                Document.removed_at.is_(None),
                ChunkVector.model_id == model_id,
            )
            .order_by(Chunk.id)
            .execution_options(yield_per=_BATCH_ROWS)
        )
        for rows in self._session.execute(statement).partitions(_BATCH_ROWS):
            yield batch_of(rows)

    def version_vectors(self, model_id: int, version_id: int) -> VectorBatch | None:
        """Vectors of one version's chunks; None where it has none of this model."""
        rows = self._session.execute(
            select(Chunk.id, Chunk.version_id, ChunkVector.vector)
            .join(ChunkVector, ChunkVector.chunk_id == Chunk.id)
            .where(Chunk.version_id == version_id, ChunkVector.model_id == model_id)
            .order_by(Chunk.id)
        ).all()
        return batch_of(rows) if rows else None

    def list_changes(self, after: int, limit: int) -> list[IndexChange]:
        """The oldest index changes beyond `after`, ascending."""
        statement = select(IndexChange).where(IndexChange.id > after).order_by(IndexChange.id).limit(limit)
        changes = list(self._session.scalars(statement))
        for change in changes:
            self._session.expunge(change)
        return changes

    def version_texts(self, version_id: int, audience_id: int) -> list[IndexedText]:
        rows = self._session.execute(
            select(Chunk.id, Version.language, Version.title, Chunk.headings, Chunk.text)
            .join(Version, Version.id == Chunk.version_id)
            .where(Chunk.version_id == version_id)
            .order_by(Chunk.ordinal)
        )
        found = list(rows)
        texts = ["", *(row[4] for row in found), ""]
        return [
            IndexedText(
                chunk_id,
                version_id,
                audience_id,
                language,
                title,
                tuple(headings),
                text,
                texts[place],
                texts[place + 2],
            )
            for place, (chunk_id, language, title, headings, text) in enumerate(found)
        ]

    def list_versions_without_vectors(self, model_id: int, limit: int) -> list[int]:
        """Active versions with chunks that the model has not embedded, by id."""
        rows = self._session.scalars(
            select(Chunk.version_id)
            .join(Document, Document.active_version_id == Chunk.version_id)
            .where(
                Document.removed_at.is_(None),
                ~exists().where(ChunkVector.chunk_id == Chunk.id, ChunkVector.model_id == model_id),
            )
            .distinct()
            .order_by(Chunk.version_id)
            .limit(limit)
        )
        return list(rows)

    def put_vector(self, chunk_id: int, model_id: int, vector: Vectors) -> None:
        """Stores or replaces the vector of a chunk by a model. `vector` has shape (dimension,)."""
        self._session.merge(ChunkVector(chunk_id=chunk_id, model_id=model_id, vector=vector.astype("<f2").tobytes()))

    def touch(self, version_id: int) -> None:
        """Has the indexes take the version in again, as after new vectors. Does nothing if it is no longer active."""
        audience_id = self._session.scalar(
            select(Document.audience_id).where(Document.active_version_id == version_id, Document.removed_at.is_(None))
        )
        if audience_id is not None:
            self._session.add(IndexChange(kind=ChangeKind.ADD, version_id=version_id, audience_id=audience_id))
            self._session.flush()


def batch_of(rows: Sequence[Row[int, int, bytes]]) -> VectorBatch:
    """From a query's rows, at least one: chunk id, version id, vector."""
    dimension = len(rows[0][2]) // 2
    return batch_from_blobs([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], dimension)
