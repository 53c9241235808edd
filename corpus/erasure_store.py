"""SQL of erasing: what belongs to a document or a person, and its deletion, which unlike removal keeps nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from corpus.audience import (
    EVERYONE,
    OWNER,
    Audience,
    AudiencePrincipal,
    Principal,
    PrincipalKind,
)
from corpus.blob_references import unnamed
from corpus.chunk import Chunk
from corpus.document import Document, Version
from corpus.errors import Conflict, NotFound
from corpus.index import IndexChange


class NothingToErase(NotFound):
    def __init__(self, target: str) -> None:
        super().__init__(f"There is no document, user or group “{target}”.")
        self.target = target


class NotErasable(Conflict):
    def __init__(self, principal: str) -> None:
        super().__init__(f"The {principal} belongs to the installation itself and cannot be erased.")
        self.principal = principal


@dataclass(frozen=True, slots=True)
class ErasedDocument:
    """`is_removed`: readers do not see it any more, but its text is still kept."""

    document_id: int
    name: str
    audience: str
    is_removed: bool
    versions: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """Everything that goes: documents, and with a person also the audiences that nobody else reads."""

    documents: tuple[ErasedDocument, ...]
    hashes: tuple[str, ...]
    """Of the documents' original files. Those that other documents share stay."""
    principal_id: int | None = None
    principal: str | None = None
    """`user:name` or `group:name`."""
    audiences: tuple[str, ...] = ()


class ErasureStore:
    """Reads and deletes in the session's transaction; never commits. Sees everything, whoever may read it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_documents(self, target: str) -> list[int]:
        """The one of that id, or else all of that name; removed ones too. Ascending."""
        is_number = target.isascii() and target.isdecimal()
        if is_number and self._session.get(Document, int(target)) is not None:
            return self._with_former_lives([int(target)])
        return self._with_former_lives(self._session.scalars(select(Document.id).where(Document.name == target)).all())

    def find_principals(self, name: str) -> list[Principal]:
        """Users and groups of that name; `user:name` and `group:name` tell which."""
        kind, separator, rest = name.partition(":")
        if separator and kind in (PrincipalKind.USER, PrincipalKind.GROUP):
            wanted = select(Principal).where(Principal.kind == kind, Principal.name == rest)
        else:
            wanted = select(Principal).where(Principal.name == name)
        return list(self._session.scalars(wanted.order_by(Principal.kind.desc())))

    def of_documents(self, document_ids: Sequence[int]) -> Erasure:
        return Erasure(self._documents(document_ids), self._hashes(document_ids))

    def of_principal(self, principal: Principal) -> Erasure:
        """With the documents of audiences that only they read. Raises `NotErasable`."""
        if (principal.kind, principal.name) in ((PrincipalKind.GROUP, EVERYONE), (PrincipalKind.USER, OWNER)):
            raise NotErasable(f"{principal.kind} “{principal.name}”")
        audiences = self._audiences_of_only(principal.id)
        document_ids = list(
            self._session.scalars(
                select(Document.id).where(Document.audience_id.in_([audience.id for audience in audiences]))
            )
        )
        return Erasure(
            self._documents(document_ids),
            self._hashes(document_ids),
            principal.id,
            f"{principal.kind}:{principal.name}",
            tuple(audience.name for audience in audiences),
        )

    def erase(self, erasure: Erasure) -> None:
        """What refers to a document or a principal is deleted with it by the database."""
        if self._session.get_bind().dialect.name == "sqlite":
            # Overwrites what is deleted. The file is written anew afterwards; this holds if it never comes to that.
            self._session.execute(text("PRAGMA secure_delete = ON"))
        document_ids = [document.document_id for document in erasure.documents]
        self._session.execute(delete(Document).where(Document.id.in_(document_ids)))
        if erasure.principal_id is not None:
            self._erase_principal(erasure)
        self._session.flush()

    def unused(self, hashes: Collection[str]) -> list[str]:
        """Those of these files that nothing names any more."""
        return unnamed(self._session, hashes)

    def _erase_principal(self, erasure: Erasure) -> None:
        assert erasure.principal is not None
        name = erasure.principal.partition(":")[2]
        gone = select(Audience.id).where(Audience.name.in_(erasure.audiences))
        # Changes of documents that once were there; the indexes are built anew and need no history.
        self._session.execute(delete(IndexChange).where(IndexChange.audience_id.in_(gone)))
        self._session.execute(delete(Audience).where(Audience.name.in_(erasure.audiences)))
        for audience in self._session.scalars(select(Audience).where(Audience.name == name)):
            audience.name = f"audience {audience.id}"
        self._session.execute(delete(Principal).where(Principal.id == erasure.principal_id))

    def _with_former_lives(self, document_ids: Sequence[int]) -> list[int]:
        """Also the removed documents of the same origin: their text is the same one's."""
        origins = select(Document.audience_id, Document.origin).where(Document.id.in_(document_ids))
        found = set(document_ids)
        for audience_id, origin in self._session.execute(origins):
            found.update(
                self._session.scalars(
                    select(Document.id).where(
                        Document.audience_id == audience_id,
                        Document.origin == origin,
                        Document.removed_at.is_not(None),
                    )
                )
            )
        return sorted(found)

    def _audiences_of_only(self, principal_id: int) -> list[Audience]:
        """Audiences that this principal reads and, apart from the installation's owner, nobody else. By name."""
        owner = select(Principal.id).where(Principal.kind == PrincipalKind.USER, Principal.name == OWNER)
        others = select(AudiencePrincipal.audience_id).where(
            AudiencePrincipal.principal_id != principal_id, AudiencePrincipal.principal_id.not_in(owner)
        )
        theirs = select(AudiencePrincipal.audience_id).where(AudiencePrincipal.principal_id == principal_id)
        wanted = select(Audience).where(Audience.id.in_(theirs), Audience.id.not_in(others))
        return list(self._session.scalars(wanted.order_by(Audience.name)))

    def _documents(self, document_ids: Sequence[int]) -> tuple[ErasedDocument, ...]:
        versions = select(func.count()).where(Version.document_id == Document.id).scalar_subquery()
        chunks = (
            select(func.count())
            .select_from(Chunk)
            .join(Version, Version.id == Chunk.version_id)
            .where(Version.document_id == Document.id)
            .scalar_subquery()
        )
        rows = self._session.execute(
            select(Document.id, Document.name, Audience.name, Document.removed_at.is_not(None), versions, chunks)
            .join(Audience, Audience.id == Document.audience_id)
            .where(Document.id.in_(document_ids))
            .order_by(Document.id)
        )
        return tuple(ErasedDocument(*row) for row in rows)

    def _hashes(self, document_ids: Sequence[int]) -> tuple[str, ...]:
        wanted = select(Version.content_hash).where(Version.document_id.in_(document_ids)).distinct()
        return tuple(self._session.scalars(wanted.order_by(Version.content_hash)))
