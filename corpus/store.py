"""All SQL of the corpus. Every read on somebody's behalf goes through `_visible`, the one visibility rule."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from corpus.audience import (
    EVERYONE,
    OWNER,
    Audience,
    AudienceNotFound,
    AudiencePrincipal,
    LastReader,
    Membership,
    Principal,
    PrincipalKind,
    PrincipalNotFound,
    Reader,
    UserDisabled,
    UserNotFound,
    checked_name,
    name_of_readers,
    parse_principal,
)
from corpus.chunk import Chunk, ChunkKind, ChunkVector, EmbeddingModelRecord, Piece
from corpus.comparison import NearCopy
from corpus.database import Entity, Moment
from corpus.document import UPLOADED, ChunkNotFound, Document, DocumentNotFound, Version, VersionText, is_kept
from corpus.embedder import EmbeddingModel, Vectors
from corpus.errors import Conflict
from corpus.index import ChangeKind, IndexChange
from corpus.index_store import batch_of
from corpus.places import Places, decode_places
from corpus.vector_source import VectorBatch

T = TypeVar("T", bound=Entity)


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document as lists show it: its active version and its audience."""

    document_id: int
    version_id: int
    number: int
    name: str
    title: str
    media_type: str
    language: str
    size: int
    page_count: int | None
    unread_pages: tuple[int, ...]
    remarks: tuple[str, ...]
    audience: str
    origin: str
    added_at: datetime
    changed_at: datetime
    chunk_count: int
    owner: str | None
    reviewed_at: datetime | None
    review_days: int | None
    review_due_at: datetime | None

    def is_kept_by(self, reader: Reader) -> bool:
        """As `Document.is_kept_by`."""
        return is_kept(self.owner, reader)


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """`total` counts everything the reader may see that matches, not only this page."""

    entries: tuple[DocumentEntry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a found chunk is checked and ranked by, before its text is loaded."""

    chunk_id: int
    version_id: int
    document_id: int
    ordinal: int
    token_count: int


@dataclass(frozen=True, slots=True)
class StoredChunk:
    chunk_id: int
    version_id: int
    document_id: int
    ordinal: int
    kind: ChunkKind
    headings: tuple[str, ...]
    text: str
    pieces: tuple[Piece, ...]
    document_name: str
    title: str
    media_type: str
    language: str
    review_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AudienceEntry:
    """`readers` are written `user:name` or `group:name`."""

    audience_id: int
    name: str
    readers: tuple[str, ...]
    document_count: int


@dataclass(frozen=True, slots=True)
class CorpusCounts:
    documents: int
    versions: int
    chunks: int
    vectors: int


class DimensionChanged(Conflict):
    def __init__(self, model: EmbeddingModel, stored: int) -> None:
        super().__init__(
            f"The embedding model {model.name} gives {model.dimension} dimensions, but vectors of {stored} are stored "
            "under its name. Give the changed model another name."
        )


class CorpusStore:
    """Reads and writes the corpus in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # Principals and audiences

    def reader(self, name: str) -> Reader:
        """Everything the user acts as. Raises `UserNotFound`, `UserDisabled`."""
        found = self._session.execute(_PRINCIPALS_OF, {"name": name}).all()
        if not found:
            raise UserNotFound(name, self.list_users())
        if any(row.disabled_at is not None for row in found):
            raise UserDisabled(name)
        ids = frozenset({self.ensure_group(EVERYONE).id, *(row.id for row in found)})
        return Reader(name, ids, manages=any(row.manages for row in found))

    def list_users(self) -> list[str]:
        statement = select(Principal.name).where(Principal.kind == PrincipalKind.USER).order_by(Principal.name)
        return list(self._session.scalars(statement))

    def ensure_user(self, name: str) -> Principal:
        return self._ensure_principal(PrincipalKind.USER, name)

    def ensure_group(self, name: str) -> Principal:
        return self._ensure_principal(PrincipalKind.GROUP, name)

    def ensure_member(self, group: str, user: str) -> None:
        group_id, user_id = self.ensure_group(group).id, self.ensure_user(user).id
        if self._session.get(Membership, (group_id, user_id)) is None:
            self._session.add(Membership(group_id=group_id, user_id=user_id))
            self._session.flush()

    def drop_member(self, group: str, user: str) -> None:
        """Raises `PrincipalNotFound` where there is no such membership."""
        found = self._find_principal(PrincipalKind.GROUP, group), self._find_principal(PrincipalKind.USER, user)
        link = found[0] and found[1] and self._session.get(Membership, (found[0].id, found[1].id))
        if not link:
            raise PrincipalNotFound(user)
        self._session.delete(link)
        self._session.flush()

    def set_groups(self, user: str, groups: Collection[str]) -> None:
        """Makes the user a member of exactly these. Raises `BadName`."""
        user_id = self.ensure_user(user).id
        ids = {self.ensure_group(group).id for group in groups}
        self._session.execute(delete(Membership).where(Membership.user_id == user_id, Membership.group_id.not_in(ids)))
        there = set(self._session.scalars(select(Membership.group_id).where(Membership.user_id == user_id)))
        self._session.add_all(Membership(group_id=group_id, user_id=user_id) for group_id in sorted(ids - there))
        self._session.flush()

    def ensure_audience(self, name: str, now: datetime, maker: str = OWNER) -> Audience:
        """The audience of that name. A new one is readable by the group of the same name, the owner and its maker."""
        audience = self._session.scalar(select(Audience).where(Audience.name == checked_name(name)))
        if audience is None:
            audience = Audience(name=checked_name(name), created_at=now)
            self._session.add(audience)
            self._session.flush()
            readers = {self.ensure_group(name).id, self.ensure_user(OWNER).id, self.ensure_user(maker).id}
            for principal_id in sorted(readers):
                self._session.add(AudiencePrincipal(audience_id=audience.id, principal_id=principal_id))
            self._session.flush()
        return audience

    def ensure_audience_of(self, readers: Collection[str], now: datetime) -> Audience:
        """The audience of exactly these (`user:name`, `group:name`) and the owner. Raises `BadReader`, `BadName`."""
        principals = sorted(parse_principal(reader) for reader in readers)
        audience_name = name_of_readers(principals)
        audience = self._session.scalar(select(Audience).where(Audience.name == audience_name))
        if audience is None:
            audience = self.add(Audience(name=audience_name, created_at=now))
            ids = {self._ensure_principal(kind, name).id for kind, name in principals}
            for principal_id in sorted(ids | {self.ensure_user(OWNER).id}):
                self._session.add(AudiencePrincipal(audience_id=audience.id, principal_id=principal_id))
            self._session.flush()
        return audience

    def find_audience(self, name: str) -> Audience | None:
        return self._session.scalar(select(Audience).where(Audience.name == name))

    def get_audience(self, name: str) -> Audience:
        """Raises `AudienceNotFound`."""
        audience = self.find_audience(name)
        if audience is None:
            raise AudienceNotFound(name)
        return audience

    def allow(self, audience: str, kind: PrincipalKind, principal: str) -> None:
        audience_id = self.get_audience(audience).id
        principal_id = self._ensure_principal(kind, principal).id
        if self._session.get(AudiencePrincipal, (audience_id, principal_id)) is None:
            self._session.add(AudiencePrincipal(audience_id=audience_id, principal_id=principal_id))
            self._session.flush()

    def deny(self, audience: str, kind: PrincipalKind, principal: str) -> None:
        """Takes the right to read away from a principal. Raises `PrincipalNotFound` or `LastReader`."""
        audience_id = self.get_audience(audience).id
        found = self._find_principal(kind, principal)
        link = found and self._session.get(AudiencePrincipal, (audience_id, found.id))
        if not link:
            raise PrincipalNotFound(principal)
        readers = self._session.scalar(
            select(func.count()).select_from(AudiencePrincipal).where(AudiencePrincipal.audience_id == audience_id)
        )
        if readers == 1:
            raise LastReader(audience)
        self._session.delete(link)
        self._session.flush()

    def list_audiences(self, reader: Reader) -> list[AudienceEntry]:
        """The audiences that the reader belongs to, by name."""
        documents = (
            select(func.count())
            .where(Document.audience_id == Audience.id, Document.removed_at.is_(None))
            .scalar_subquery()
        )
        rows = self._session.execute(
            select(Audience.id, Audience.name, documents)
            .where(Audience.id.in_(self.visible_audiences(reader)))
            .order_by(Audience.name)
        )
        entries = []
        for audience_id, name, count in rows:
            principals = self._session.execute(
                select(Principal.kind, Principal.name)
                .join(AudiencePrincipal, AudiencePrincipal.principal_id == Principal.id)
                .where(AudiencePrincipal.audience_id == audience_id)
                .order_by(Principal.kind, Principal.name)
            )
            readers = tuple(f"{kind}:{principal}" for kind, principal in principals)
            entries.append(AudienceEntry(audience_id, name, readers, count))
        return entries

    def visible_audiences(self, reader: Reader) -> list[int]:
        """Ascending."""
        return list(self._session.scalars(_VISIBLE_AUDIENCES, {"principals": sorted(reader.principal_ids)}))

    def user_ids_of(self, audience_id: int) -> frozenset[int]:
        """The users who may read what belongs to it, directly or by a group; without disabled ones and `owner`."""
        reading = select(AudiencePrincipal.principal_id).where(AudiencePrincipal.audience_id == audience_id)
        everyone = select(Principal.id).where(Principal.kind == PrincipalKind.GROUP, Principal.name == EVERYONE)
        member = select(Membership.user_id).where(Membership.group_id.in_(reading))
        users = select(Principal.id).where(
            Principal.kind == PrincipalKind.USER,
            Principal.disabled_at.is_(None),
            Principal.name != OWNER,
            or_(Principal.id.in_(reading), Principal.id.in_(member), everyone.scalar_subquery().in_(reading)),
        )
        return frozenset(self._session.scalars(users))

    def _find_principal(self, kind: PrincipalKind, name: str) -> Principal | None:
        return self._session.scalar(_PRINCIPAL, {"kind": kind, "name": name})

    def _ensure_principal(self, kind: PrincipalKind, name: str) -> Principal:
        principal = self._find_principal(kind, checked_name(name))
        if principal is None:
            owns = kind is PrincipalKind.USER and name == OWNER
            principal = Principal(kind=kind, name=checked_name(name), manages=owns)
            self._session.add(principal)
            self._session.flush()
        return principal

    # Documents, as a reader sees them

    def list_documents(
        self,
        reader: Reader,
        limit: int,
        offset: int = 0,
        name_contains: str = "",
        audience: str | None = None,
        review_due_before: datetime | None = None,
    ) -> DocumentPage:
        """By name, then id. `review_due_before`: only those whose review was due by then."""
        wanted = _visible(reader)
        if name_contains:
            pattern = f"%{_escaped(name_contains)}%"
            wanted = and_(wanted, Document.name.ilike(pattern, escape="\\") | Version.title.ilike(pattern, escape="\\"))
        if audience is not None:
            wanted = and_(wanted, Audience.name == audience)
        if review_due_before is not None:
            wanted = and_(wanted, Document.review_due_at < review_due_before)
        total = self._session.scalar(_entries().where(wanted).with_only_columns(func.count()))
        rows = self._session.execute(
            _entries().where(wanted).order_by(func.lower(Document.name), Document.id).limit(limit).offset(offset)
        )
        return DocumentPage(tuple(self._entry(*row) for row in rows), total or 0)

    def get_document(self, reader: Reader, document_id: int) -> DocumentEntry:
        """Raises `DocumentNotFound`, also for a document that the reader may not see."""
        row = self._session.execute(_entries().where(_visible(reader), Document.id == document_id)).one_or_none()
        if row is None:
            raise DocumentNotFound(document_id)
        return self._entry(*row)

    def get_version(self, reader: Reader, document_id: int, version_id: int) -> Version:
        """Any version of a visible document, also a superseded one. Raises `DocumentNotFound`."""
        version = self._session.scalar(
            select(Version)
            .join(Document, Document.id == Version.document_id)
            .where(_visible(reader), Version.id == version_id, Version.document_id == document_id)
        )
        if version is None:
            raise DocumentNotFound(document_id)
        return version

    def get_version_text(self, version_id: int) -> str:
        """Of a version that the caller has already got through `get_version`."""
        return self._session.execute(select(VersionText.text).where(VersionText.version_id == version_id)).scalar_one()

    def get_places(self, version_id: int) -> Places:
        """Of a version that the caller has already got through `get_version` or found by a search."""
        return decode_places(
            self._session.execute(select(VersionText.places).where(VersionText.version_id == version_id)).scalar_one()
        )

    def list_chunks(self, version_id: int) -> list[StoredChunk]:
        """In reading order; of a version that the caller has already got through `get_version`."""
        rows = self._session.execute(_stored_chunks().where(Chunk.version_id == version_id).order_by(Chunk.ordinal))
        return [_stored_chunk(row) for row in rows]

    def get_chunk(self, reader: Reader, chunk_id: int) -> StoredChunk:
        """Raises `ChunkNotFound`, also for a chunk that the reader may not see."""
        row = self._session.execute(_stored_chunks().where(_visible(reader), Chunk.id == chunk_id)).one_or_none()
        if row is None:
            raise ChunkNotFound(chunk_id)
        return _stored_chunk(row)

    def _entry(self, document: Document, version: Version, audience: str) -> DocumentEntry:
        chunk_count = self._session.scalar(
            select(func.count()).select_from(Chunk).where(Chunk.version_id == version.id)
        )
        return DocumentEntry(
            document_id=document.id,
            version_id=version.id,
            number=version.number,
            name=document.name,
            title=version.title,
            media_type=version.media_type,
            language=version.language,
            size=version.size,
            page_count=version.page_count,
            unread_pages=tuple(version.unread_pages),
            remarks=tuple(version.remarks),
            audience=audience,
            origin=document.origin,
            added_at=document.created_at,
            changed_at=version.created_at,
            chunk_count=chunk_count or 0,
            owner=document.owner,
            reviewed_at=document.reviewed_at,
            review_days=document.review_days,
            review_due_at=document.review_due_at,
        )

    # Search

    def list_candidates(self, reader: Reader, chunk_ids: Sequence[int]) -> list[Candidate]:
        """Those of `chunk_ids` that belong to the active version of a document the reader may see, by id."""
        rows = self._session.execute(
            select(Chunk.id, Chunk.version_id, Document.id, Chunk.ordinal, Chunk.token_count)
            .join(Document, Document.active_version_id == Chunk.version_id)
            .where(Chunk.id.in_(chunk_ids), _visible(reader))
            .order_by(Chunk.id)
        )
        return [Candidate(*row) for row in rows]

    def list_stored_chunks(self, reader: Reader, chunk_ids: Sequence[int]) -> list[StoredChunk]:
        """With text, for active versions the reader may see, by id."""
        given = {"chunks": chunk_ids, "principals": sorted(reader.principal_ids)}
        return [_stored_chunk(row) for row in self._session.execute(_CURRENT_CHUNKS, given)]

    def near_copies(self, version_ids: Collection[int]) -> list[tuple[int, int]]:
        """Pairs of these versions that say nearly the same; of versions that the caller has already found."""
        if len(version_ids) < 2:
            return []
        return [(row[0], row[1]) for row in self._session.execute(_NEAR_COPIES, {"versions": sorted(version_ids)})]

    # Ingestion

    def find_present(self, audience_id: int, origin: str) -> Document | None:
        """The document of that origin which is not removed."""
        return self._document(self._session.scalar(_PRESENT, {"audience_id": audience_id, "origin": origin}))

    def find_elsewhere(self, audience_id: int, origin: str) -> Document | None:
        """A present document of that origin in another audience.

        Never one that somebody uploaded: two people's files of one name have nothing to do with each other, and whoever
        could take over the other one would learn what is in it.
        """
        if origin.startswith(UPLOADED):
            return None
        return self._document(self._session.scalar(_ELSEWHERE, {"audience_id": audience_id, "origin": origin}))

    def _document(self, document_id: int | None) -> Document | None:
        return None if document_id is None else self._session.get(Document, document_id)

    def find_by_content(self, audience_id: int, content_hash: str) -> Document | None:
        """The oldest present document of the audience whose active version has that content."""
        return self._session.scalar(
            select(Document)
            .join(Version, Version.id == Document.active_version_id)
            .where(
                Document.audience_id == audience_id,
                Document.removed_at.is_(None),
                Version.content_hash == content_hash,
            )
            .order_by(Document.id)
            .limit(1)
        )

    def get_active_version(self, document: Document) -> Version | None:
        return None if document.active_version_id is None else self._session.get(Version, document.active_version_id)

    def next_version_number(self, document_id: int) -> int:
        return (self._session.scalar(_HIGHEST_NUMBER, {"document_id": document_id}) or 0) + 1

    def list_present_origins(self, audience_id: int, prefix: str) -> list[tuple[int, str]]:
        """Ids and origins of the audience's present documents whose origin starts with `prefix`."""
        statement = (
            select(Document.id, Document.origin)
            .where(
                Document.audience_id == audience_id,
                Document.removed_at.is_(None),
                Document.origin.startswith(prefix, autoescape=True),
            )
            .order_by(Document.id)
        )
        return list(self._session.execute(statement))

    def add(self, entity: T) -> T:
        """Writes it now, so that it has its id."""
        self._session.add(entity)
        self._session.flush()
        return entity

    def add_chunks(self, chunks: Sequence[Mapping[str, object]], vectors: Vectors, model_id: int) -> None:
        """One mapping of column to value for each chunk, and its vector; `vectors` has shape (chunks, dimension).

        Rows instead of entities: a document has many, and writing entities takes twice as long.
        """
        if not chunks:
            return
        ids = self._session.scalars(_ADD_CHUNKS, chunks).all()
        self._session.execute(
            _ADD_VECTORS,
            [
                {"chunk_id": chunk_id, "model_id": model_id, "vector": vector.tobytes()}
                for chunk_id, vector in zip(ids, vectors.astype("<f2"), strict=True)
            ],
        )

    def activate(self, document: Document, version: Version) -> None:
        """Makes `version` what readers see, in place of the one before."""
        if document.active_version_id is not None:
            self._log(ChangeKind.REMOVE, document.active_version_id, document.audience_id)
        document.active_version_id = version.id
        self._log(ChangeKind.ADD, version.id, document.audience_id)
        self._session.flush()

    def remove(self, document: Document, now: datetime) -> None:
        """Takes the document out of everything readers see. Doing it again changes nothing."""
        if document.removed_at is not None:
            return
        document.removed_at = now
        if document.active_version_id is not None:
            self._log(ChangeKind.REMOVE, document.active_version_id, document.audience_id)
        self._session.flush()

    def move(self, document: Document, audience_id: int) -> None:
        """Gives the document to another audience."""
        if document.audience_id == audience_id:
            return
        if document.active_version_id is not None:
            self._log(ChangeKind.REMOVE, document.active_version_id, document.audience_id)
            self._log(ChangeKind.ADD, document.active_version_id, audience_id)
        document.audience_id = audience_id
        self._session.flush()

    def get_document_entity(self, reader: Reader, document_id: int) -> Document:
        """For changing it. Raises `DocumentNotFound`, also for a document that the reader may not see."""
        document = self._session.scalar(select(Document).where(_visible(reader), Document.id == document_id))
        if document is None:
            raise DocumentNotFound(document_id)
        return document

    def _log(self, kind: ChangeKind, version_id: int, audience_id: int) -> None:
        self._session.add(IndexChange(kind=kind, version_id=version_id, audience_id=audience_id))

    # Vectors

    def ensure_model(self, model: EmbeddingModel) -> int:
        """The id of the model's record. Raises `DimensionChanged`."""
        known = self._session.execute(_MODEL, {"name": model.name}).one_or_none()
        if known is None:
            return self.add(EmbeddingModelRecord(name=model.name, dimension=model.dimension)).id
        model_id, dimension = known
        if dimension != model.dimension:
            raise DimensionChanged(model, dimension)
        return model_id

    def list_vectors(self, model_id: int, chunk_ids: Sequence[int]) -> VectorBatch | None:
        """Vectors of these chunks by chunk id; None where the model has embedded none of them."""
        rows = self._session.execute(_VECTORS, {"chunks": chunk_ids, "model_id": model_id}).all()
        return batch_of(rows) if rows else None

    def count_all(self) -> int:
        """Documents with content, whoever may see them. For people who run the installation, not for readers."""
        found = select(func.count()).select_from(Document).where(Document.active_version_id.is_not(None))
        return self._session.scalar(found) or 0

    def counts(self, reader: Reader, model_id: int) -> CorpusCounts:
        """Of what the reader may see."""
        visible = _visible(reader)
        documents = self._session.scalar(select(func.count()).select_from(Document).where(visible))
        versions = self._session.scalar(
            select(func.count()).select_from(Version).join(Document, Document.id == Version.document_id).where(visible)
        )
        chunks = self._session.scalar(
            select(func.count())
            .select_from(Chunk)
            .join(Document, Document.active_version_id == Chunk.version_id)
            .where(visible)
        )
        vectors = self._session.scalar(
            select(func.count())
            .select_from(ChunkVector)
            .join(Chunk, Chunk.id == ChunkVector.chunk_id)
            .join(Document, Document.active_version_id == Chunk.version_id)
            .where(visible, ChunkVector.model_id == model_id)
        )
        return CorpusCounts(documents or 0, versions or 0, chunks or 0, vectors or 0)


def _visible(reader: Reader) -> ColumnElement[bool]:
    """The visibility rule: the document is there, has content, and one of the reader's principals may read it."""
    return visible_to(reader.principal_ids)


def visible_to(
    principal_ids: Collection[int] | BindParameter[Sequence[int]], document: type[Document] = Document
) -> ColumnElement[bool]:
    """The same, with an alias of the documents where a statement has several of them."""
    return and_(
        document.removed_at.is_(None),
        document.active_version_id.is_not(None),
        exists().where(
            AudiencePrincipal.audience_id == document.audience_id,
            AudiencePrincipal.principal_id.in_(principal_ids),
        ),
    )


def _entries() -> Select[Document, Version, str]:
    return (
        select(Document, Version, Audience.name)
        .join(Version, Version.id == Document.active_version_id)
        .join(Audience, Audience.id == Document.audience_id)
    )


def _stored_chunks() -> Select[
    int, int, int, int, ChunkKind, list[str], str, list[list[int]], str, str, str, str, datetime | None
]:
    """Columns instead of entities: a search reads some sixty of these, and entities take three times as long."""
    return (
        select(
            Chunk.id,
            Chunk.version_id,
            Document.id,
            Chunk.ordinal,
            Chunk.kind,
            Chunk.headings,
            Chunk.text,
            Chunk.pieces,
            Document.name,
            Version.title,
            Version.media_type,
            Version.language,
            Document.review_due_at,
        )
        .join(Version, Version.id == Chunk.version_id)
        .join(Document, Document.id == Version.document_id)
    )


# What every search or file asks is put together once: that takes longer than SQLite takes to answer it. Ids and
# columns are asked for where there may be nothing: making ready to read an entity takes 2 ms.
_PRESENT = select(Document.id).where(
    Document.audience_id == bindparam("audience_id"),
    Document.origin == bindparam("origin"),
    Document.removed_at.is_(None),
)
_ELSEWHERE = select(Document.id).where(
    Document.audience_id != bindparam("audience_id"),
    Document.origin == bindparam("origin"),
    Document.removed_at.is_(None),
)
_HIGHEST_NUMBER = select(func.max(Version.number)).where(Version.document_id == bindparam("document_id"))
_MODEL = select(EmbeddingModelRecord.id, EmbeddingModelRecord.dimension).where(
    EmbeddingModelRecord.name == bindparam("name")
)
_ADD_CHUNKS = insert(Chunk).returning(Chunk.id, sort_by_parameter_order=True)
_ADD_VECTORS = insert(ChunkVector)
_PRINCIPAL = select(Principal).where(Principal.kind == bindparam("kind"), Principal.name == bindparam("name"))
_USER = select(Principal.id, Principal.manages, Principal.disabled_at).where(
    Principal.kind == PrincipalKind.USER, Principal.name == bindparam("name")
)
_PRINCIPALS_OF: CompoundSelect[int, bool, datetime | None] = union_all(
    _USER,
    select(Membership.group_id, false(), cast(None, Moment)).where(
        Membership.user_id == _USER.with_only_columns(Principal.id).scalar_subquery()
    ),
)
_VISIBLE_AUDIENCES = (
    select(AudiencePrincipal.audience_id)
    .where(AudiencePrincipal.principal_id.in_(bindparam("principals", expanding=True)))
    .distinct()
    .order_by(AudiencePrincipal.audience_id)
)
_CURRENT_CHUNKS = (
    _stored_chunks()
    .where(
        Chunk.id.in_(bindparam("chunks", expanding=True)),
        Document.active_version_id == Version.id,
        visible_to(bindparam("principals", expanding=True)),
    )
    .order_by(Chunk.id)
)
_NEAR_COPIES = select(NearCopy.version_id, NearCopy.other_id).where(
    NearCopy.version_id.in_(bindparam("versions", expanding=True)),
    NearCopy.other_id.in_(bindparam("versions", expanding=True)),
)
_VECTORS = (
    select(Chunk.id, Chunk.version_id, ChunkVector.vector)
    .join(ChunkVector, ChunkVector.chunk_id == Chunk.id)
    .where(Chunk.id.in_(bindparam("chunks", expanding=True)), ChunkVector.model_id == bindparam("model_id"))
    .order_by(Chunk.id)
)


def _stored_chunk(
    row: Row[int, int, int, int, ChunkKind, list[str], str, list[list[int]], str, str, str, str, datetime | None],
) -> StoredChunk:
    (
        chunk_id,
        version_id,
        document_id,
        ordinal,
        kind,
        headings,
        text,
        pieces,
        name,
        title,
        media_type,
        language,
        due,
    ) = row
    return StoredChunk(
        chunk_id=chunk_id,
        version_id=version_id,
        document_id=document_id,
        ordinal=ordinal,
        kind=ChunkKind(kind),
        headings=tuple(headings),
        text=text,
        pieces=tuple(Piece(*piece) for piece in pieces),
        document_name=name,
        title=title,
        media_type=media_type,
        language=language,
        review_due_at=due,
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
