"""SQL of comparing documents: which say nearly the same, and which state different values for the same thing."""

from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from corpus.audience import Reader
from corpus.chunk import Chunk, ChunkKind, Piece, spans_in_version
from corpus.comparison import (
    NEAR_COPY,
    SKETCH_SIZE,
    NearCopy,
    StoredStatement,
    VersionSketch,
    likeness,
    same_subject,
    sketch_of,
    statements_in,
)
from corpus.document import Document, Version
from corpus.store import visible_to

MOST_CANDIDATES = 2000
"""Pairs of statements that are looked at for one list."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one document says. `start` and `end` in the version's text."""

    document_id: int
    version_id: int
    name: str
    title: str
    owner: str | None
    sentence: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two current documents that state different values for the same thing; the one that changed last comes second."""

    earlier: Side
    later: Side


@dataclass(frozen=True, slots=True)
class CopyPair:
    document_id: int
    title: str
    other_id: int
    other_title: str
    likeness: float


class ComparisonStore:
    """Reads and writes in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_uncompared(self, limit: int) -> list[int]:
        """Active versions that have not been compared, by id."""
        statement = (
            select(Document.active_version_id)
            .where(
                Document.removed_at.is_(None),
                Document.active_version_id.is_not(None),
                ~exists().where(VersionSketch.version_id == Document.active_version_id),
            )
            .order_by(Document.active_version_id)
            .limit(limit)
        )
        return [version_id for version_id in self._session.scalars(statement) if version_id is not None]

    def compare(self, version_id: int) -> None:
        """Finds its near copies among active versions and notes what it states. A second time changes nothing."""
        if self._session.get(VersionSketch, version_id) is not None:
            return
        chunks = self._session.execute(
            select(Chunk.id, Chunk.kind, Chunk.headings, Chunk.text)
            .where(Chunk.version_id == version_id)
            .order_by(Chunk.ordinal)
        ).all()
        sketch = sketch_of([text for _, _, _, text in chunks])
        self._note_copies(version_id, sketch)
        self._session.add(VersionSketch(version_id=version_id, sketch=sketch.astype("<u4").tobytes()))
        self._session.add_all(
            StoredStatement(
                version_id=version_id,
                chunk_id=chunk_id,
                key=found.key,
                said=list(found.values),
                start=found.start,
                end=found.end,
            )
            for chunk_id, kind, headings, text in chunks
            if kind == ChunkKind.PROSE
            for found in statements_in(text, headings)
        )
        self._session.flush()

    def list_disagreements(self, reader: Reader, limit: int) -> list[Disagreement]:
        """Between documents that the reader may see and of which one is theirs to keep, the newest first."""
        one, other = aliased(StoredStatement), aliased(StoredStatement)
        first, second = aliased(Document), aliased(Document)
        rows = self._session.execute(
            select(one, other)
            .join(other, and_(other.key == one.key, other.version_id > one.version_id))
            .join(first, first.active_version_id == one.version_id)
            .join(second, second.active_version_id == other.version_id)
            .where(
                visible_to(reader.principal_ids, first),
                visible_to(reader.principal_ids, second),
                _kept_by(reader, first, second),
            )
            .order_by(other.version_id.desc(), one.version_id.desc(), one.id, other.id)
            .limit(MOST_CANDIDATES)
        )
        found = []
        for earlier, later in rows:
            if earlier.said == later.said or len(earlier.said) != len(later.said):
                continue
            sides = self._side(earlier), self._side(later)
            if same_subject(sides[0].title, sides[1].title):
                found.append(Disagreement(*sides))
            if len(found) == limit:
                break
        return found

    def list_copies(self, reader: Reader, limit: int) -> list[CopyPair]:
        """Pairs of documents that the reader may see, the most alike first."""
        first, second = aliased(Document), aliased(Document)
        one, other = aliased(Version), aliased(Version)
        rows = self._session.execute(
            select(first.id, one.title, second.id, other.title, NearCopy.likeness)
            .join(first, first.active_version_id == NearCopy.version_id)
            .join(second, second.active_version_id == NearCopy.other_id)
            .join(one, one.id == NearCopy.version_id)
            .join(other, other.id == NearCopy.other_id)
            .where(
                visible_to(reader.principal_ids, first),
                visible_to(reader.principal_ids, second),
                _kept_by(reader, first, second),
            )
            .order_by(NearCopy.likeness.desc(), first.id, second.id)
            .limit(limit)
        )
        return [CopyPair(*row) for row in rows]

    def _note_copies(self, version_id: int, sketch: np.ndarray[tuple[int, ...], np.dtype[np.uint32]]) -> None:
        if not len(sketch):
            return
        own = select(Version.document_id).where(Version.id == version_id).scalar_subquery()
        rows = self._session.execute(
            select(VersionSketch.version_id, VersionSketch.sketch)
            .join(Document, Document.active_version_id == VersionSketch.version_id)
            .where(Document.removed_at.is_(None), Document.id != own)
            .order_by(VersionSketch.version_id)
        )
        others = [(other_id, blob) for other_id, blob in rows if blob]
        if not others:
            return
        sketches = np.frombuffer(b"".join(blob for _, blob in others), dtype="<u4").reshape(-1, SKETCH_SIZE)
        for (other_id, _), share in zip(others, likeness(sketch, sketches), strict=True):
            if share >= NEAR_COPY:
                low, high = sorted((version_id, other_id))
                self._session.add(NearCopy(version_id=low, other_id=high, likeness=float(share)))

    def _side(self, statement: StoredStatement) -> Side:
        document, version, text, pieces = self._session.execute(
            select(Document, Version, Chunk.text, Chunk.pieces)
            .join(Version, Version.document_id == Document.id)
            .join(Chunk, Chunk.version_id == Version.id)
            .where(Chunk.id == statement.chunk_id)
        ).one()
        spans = spans_in_version([Piece(*piece) for piece in pieces], statement.start, statement.end)
        return Side(
            document_id=document.id,
            version_id=version.id,
            name=document.name,
            title=version.title,
            owner=document.owner,
            sentence=text[statement.start : statement.end],
            start=min((span.start for span in spans), default=0),
            end=max((span.end for span in spans), default=0),
        )


def _kept_by(reader: Reader, first: type[Document], second: type[Document]) -> ColumnElement[bool]:
    """Who manages keeps everything; others what is theirs."""
    if reader.manages:
        return first.id.is_not(None)
    return or_(first.owner == reader.name, second.owner == reader.name)
