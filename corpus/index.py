"""The ports of the two derived indexes, and the log of changes that they follow.

SQL is the truth. An index may be behind or gone; every hit is checked in SQL before anything is shown. Activating a
version, removing a document or moving it to another audience writes an IndexChange in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from corpus.database import Entity
from corpus.embedder import Vectors


class ChangeKind(StrEnum):
    ADD = "add"
    REMOVE = "remove"


class IndexChange(Entity):
    """From this change on, the version's chunks belong (or no longer belong) to the audience's partition.

    Ids ascend and are never used twice: the id of the last change an index has applied says how far it is.
    """

    __tablename__ = "index_changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[ChangeKind] = mapped_column(String(16))
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"))


@dataclass(frozen=True, slots=True)
class IndexedVector:
    chunk_id: int
    version_id: int
    audience_id: int
    vector: NDArray[np.float16]
    """Shape (dimension,), unit length."""


@dataclass(frozen=True, slots=True)
class IndexedText:
    chunk_id: int
    version_id: int
    audience_id: int
    language: str
    """ISO 639-1 code of the version's language, `und` where unknown."""
    title: str
    headings: tuple[str, ...]
    text: str
    before: str = ""
    """Text of the chunk before it in the document, empty for the first."""
    after: str = ""
    """Text of the chunk after it, empty for the last."""


@dataclass(frozen=True, slots=True)
class Hit:
    chunk_id: int
    score: float
    """Vectors: cosine, -1 to 1. Keywords: above 0, see `KeywordIndex`. Higher is better."""


class VectorIndex(Protocol):
    """Contract: `tests/contracts/vector_index.py`."""

    def add(self, entries: Sequence[IndexedVector]) -> None:
        """Store or replace, by chunk id."""

    def remove(self, version_ids: Sequence[int]) -> None:
        """Forget every chunk of these versions. Unknown versions are ignored."""

    def search(self, audience_ids: Sequence[int], question: Vectors, limit: int) -> list[Hit]:
        """Best first, ties by chunk id; only chunks of these audiences. `question` has shape (dimension,).

        Raises `Unavailable` when the index cannot answer.
        """


class KeywordIndex(Protocol):
    """Scores do not depend on what else was found: those of different searches can be weighed against cosines.

    Nor do they, or the order, depend on the words of other audiences' chunks: how rare a word is, and which languages
    there are, is counted in the audiences asked for.

    Contract: `tests/contracts/keyword_index.py`.
    """

    def add(self, entries: Sequence[IndexedText]) -> None:
        """Store or replace, by chunk id. Visible to `search` when this returns."""

    def remove(self, version_ids: Sequence[int]) -> None:
        """Forget every chunk of these versions. Unknown versions are ignored."""

    def search(self, audience_ids: Sequence[int], question: str, limit: int) -> list[Hit]:
        """Best first, ties by chunk id; only chunks of these audiences. Any text is a valid question."""

    def score(self, audience_ids: Sequence[int], chunk_ids: Sequence[int], question: str) -> list[Hit]:
        """What `search` in these audiences would give to these chunks; those that it would not find are left out."""
