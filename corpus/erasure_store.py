"""SQL of erasing: what belongs to a document or a person, and its deletion, which unlike removal keeps nothing."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import delete, exists, func, or_, select, text, update
from sqlalchemy.orm import Session, aliased

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
from corpus.document import Document, Version, VersionText
from corpus.errors import Conflict, NotFound
from corpus.index import IndexChange
from corpus.recording import RECORDED, Recording, TranscribedPiece, Upload, VocabularyTerm

T = TypeVar("T")

_AT_ONCE = 500
"""Values in one statement; SQLite takes some 32,000."""


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
class ErasedPrincipal:
    principal_id: int
    kind: PrincipalKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Erasure:
    """Everything that goes: documents, and with a person also the audiences that nobody else reads."""

    documents: tuple[ErasedDocument, ...]
    hashes: tuple[str, ...]
    """Of the documents' original files. Those that other documents share stay."""
    principals: tuple[ErasedPrincipal, ...] = ()
    audiences: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    """Ids of uploads in pieces, whose bytes may still lie in the data folder."""

    @property
    def document_ids(self) -> list[int]:
        return [document.document_id for document in self.documents]

    def with_(self, other: "Erasure") -> "Erasure":
        """Both, each thing once."""
        documents = {document.document_id: document for document in (*self.documents, *other.documents)}
        return Erasure(
            documents=tuple(documents[document_id] for document_id in sorted(documents)),
            hashes=tuple(sorted({*self.hashes, *other.hashes})),
            principals=tuple(dict.fromkeys((*self.principals, *other.principals))),
            audiences=tuple(sorted({*self.audiences, *other.audiences})),
            uploads=tuple(sorted({*self.uploads, *other.uploads})),
        )


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

    def names_of(self, document_ids: Sequence[int]) -> list[str]:
        """Names and origins of these documents, as others may have written them down."""
        rows = self._session.execute(select(Document.name, Document.origin).where(Document.id.in_(document_ids)))
        return sorted({said for row in rows for said in row})

    def of_documents(self, document_ids: Sequence[int]) -> Erasure:
        return Erasure(
            self._documents(document_ids), self._hashes(document_ids), uploads=self._uploads(document_ids, None)
        )

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
            (ErasedPrincipal(principal.id, PrincipalKind(principal.kind), principal.name),),
            tuple(audience.name for audience in audiences),
            self._uploads(document_ids, principal.name if principal.kind == PrincipalKind.USER else None),
        )

    def erase(self, erasure: Erasure) -> None:
        """What refers to a document or a principal is deleted with it by the database."""
        if self._session.get_bind().dialect.name == "sqlite":
            # Overwrites what is deleted. The file is written anew afterwards; this holds if it never comes to that.
            self._session.execute(text("PRAGMA secure_delete = ON"))
        self._forget_words(erasure.document_ids)
        for hashes in _batches(erasure.hashes):
            self._session.execute(delete(TranscribedPiece).where(TranscribedPiece.content_hash.in_(hashes)))
        for uploads in _batches(erasure.uploads):
            self._session.execute(delete(Upload).where(Upload.id.in_(uploads)))
        for document_ids in _batches(erasure.document_ids):
            self._session.execute(delete(Document).where(Document.id.in_(document_ids)))
        self._erase_audiences(erasure.audiences)
        for principal in erasure.principals:
            self._erase_principal(principal)
        self._session.flush()

    def unused(self, hashes: Collection[str]) -> list[str]:
        """Those of these files that nothing names any more."""
        return unnamed(self._session, hashes)

    def _erase_audiences(self, names: Sequence[str]) -> None:
        gone = select(Audience.id).where(Audience.name.in_(names))
        # Changes of documents that once were there; the indexes are built anew and need no history.
        self._session.execute(delete(IndexChange).where(IndexChange.audience_id.in_(gone)))
        self._session.execute(delete(Audience).where(Audience.name.in_(names)))

    def _erase_principal(self, principal: ErasedPrincipal) -> None:
        for audience in self._session.scalars(select(Audience).where(Audience.name == principal.name)):
            audience.name = f"audience {audience.id}"
        if principal.kind is PrincipalKind.USER:
            self._session.execute(update(Document).where(Document.owner == principal.name).values(owner=None))
        self._session.execute(delete(Principal).where(Principal.id == principal.principal_id))

    def _forget_words(self, document_ids: Sequence[int]) -> None:
        """Of the vocabulary of corrected words, those that no other document of the audience contains."""
        rows = self._session.execute(
            select(Document.audience_id, VersionText.text)
            .join(Version, Version.document_id == Document.id)
            .join(VersionText, VersionText.version_id == Version.id)
            .where(Document.id.in_(document_ids))
        )
        erased: dict[int, list[str]] = {}
        for audience_id, text_ in rows:
            erased.setdefault(audience_id, []).append(text_)
        for audience_id, texts in erased.items():
            for term in self._session.scalars(select(VocabularyTerm).where(VocabularyTerm.audience_id == audience_id)):
                if any(term.term in text_ for text_ in texts) and not self._is_elsewhere(term, document_ids):
                    self._session.delete(term)

    def _is_elsewhere(self, term: VocabularyTerm, document_ids: Sequence[int]) -> bool:
        return bool(
            self._session.scalar(
                select(
                    exists()
                    .where(Document.audience_id == term.audience_id, Document.id.not_in(document_ids))
                    .where(Version.document_id == Document.id, VersionText.version_id == Version.id)
                    .where(VersionText.text.contains(term.term, autoescape=True))
                )
            )
        )

    def _with_former_lives(self, document_ids: Sequence[int]) -> list[int]:
        """Also the removed documents of the same origin, and the transcripts that recordings took their words from."""
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
        recorded, beside = aliased(Version), aliased(Document)
        found.update(
            self._session.scalars(
                select(Document.id)
                .join(Version, Version.document_id == Document.id)
                .join(Recording, Recording.beside_hash == Version.content_hash)
                .join(recorded, recorded.id == Recording.version_id)
                .join(beside, beside.id == recorded.document_id)
                .where(
                    recorded.document_id.in_(found),
                    Document.audience_id == beside.audience_id,
                    Document.removed_at.is_not(None),
                )
            ).all()
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

    def _uploads(self, document_ids: Sequence[int], user: str | None) -> tuple[str, ...]:
        """Also one that became a document without having been told, because its process ended then."""
        origins = self._session.scalars(select(Document.origin).where(Document.id.in_(document_ids)))
        recorded = [origin.removeprefix(RECORDED) for origin in origins if origin.startswith(RECORDED)]
        wanted = or_(Upload.document_id.in_(document_ids), Upload.id.in_(recorded), Upload.user_name == user)
        return tuple(self._session.scalars(select(Upload.id).where(wanted).order_by(Upload.id)))

    def _hashes(self, document_ids: Sequence[int]) -> tuple[str, ...]:
        """Of the files themselves, of copies made for players, and of transcripts that were uploaded for them."""
        found: set[str] = set()
        for column in (Version.content_hash, Recording.played_hash, Recording.beside_hash):
            wanted = select(column).select_from(Version).outerjoin(Recording, Recording.version_id == Version.id)
            hashes = self._session.scalars(wanted.where(Version.document_id.in_(document_ids)).distinct())
            found.update(content_hash for content_hash in hashes if content_hash is not None)
        return tuple(sorted(found))


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
