"""What SQL keeps of courses: revisions of their content, the claim ledger, publications, decisions, comments, risks."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from corpus.database import Entity, Moment

OUTLINE = "outline"
"""Stands for the outline where a part's or lesson's id is asked for."""

ERASED = "(erased)"
"""Stands where the name of somebody stood who was erased. Nobody can be called so."""


class CourseState(StrEnum):
    """Of what is being worked on. What is published stays so, whatever becomes of this."""

    DRAFT = "draft"
    SME_CONFIRMED = "SME confirmed"
    IN_REVIEW = "in review"
    CHANGES_REQUESTED = "changes requested"
    APPROVED = "approved"
    PUBLISHED = "published"


class PublicationState(StrEnum):
    PUBLISHED = "published"
    AT_RISK = "at risk"
    RETIRED = "retired"


class DecisionKind(StrEnum):
    CONFIRMED = "confirmed"
    """“This is what I meant.”"""
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes requested"
    PUBLISHED = "published"
    RETIRED = "retired"


class RiskKind(StrEnum):
    CHANGED = "changed"
    """Something like the quoted words stands in the new version."""
    REMOVED = "removed"
    """Nothing like them does."""
    DOCUMENT_REMOVED = "document removed"


class Resolution(StrEnum):
    EDITED = "edited"
    """The claim was changed, bound to something else, or is gone."""
    ACCEPTED = "accepted"
    """Somebody said why it is still right."""
    RETURNED = "returned"
    """The quoted words are in the source again."""
    RETIRED = "retired"
    """The publication that held it is."""
    REPLACED = "replaced"
    """A newer publication has taken the place of the one that held it."""


class Course(Entity):
    """`head_id` is the revision that is worked on; `state`, `submitted_at` and `due_at` are about it.

    `structure_editors` says who changed last what is no part: the outline, and by lesson which parts it has.
    """

    __tablename__ = "courses"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    title: Mapped[str] = mapped_column(String(500))
    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id"), index=True)
    maker: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[CourseState] = mapped_column(String(32), default=CourseState.DRAFT, index=True)
    head_id: Mapped[int | None] = mapped_column(default=None)
    """No foreign key, since revisions refer to courses already."""
    structure_editors: Mapped[dict[str, str]] = mapped_column(JSON, default_factory=dict)
    drafters: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    """What has drafted lessons of it: `extractive`, or names of language models."""
    drafted_parts: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    """Ids of the parts that drafters have made, also of those that were removed since."""
    submitted_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    submitted_by: Mapped[str | None] = mapped_column(String(200), default=None)
    due_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    reviewer: Mapped[str | None] = mapped_column(String(200), default=None)
    """Who is to review it; None: whoever comes first."""


class CourseRevision(Entity):
    """One content, whole, as compressed JSON. `closed`: something refers to it, so that later edits make another."""

    __tablename__ = "course_revisions"
    __table_args__ = (UniqueConstraint("course_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[str] = mapped_column(String(64))
    editor: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    edited_part: Mapped[str | None] = mapped_column(String(100), default=None)
    """The one part that it changed, or the lesson that it drafted; None where it changed anything else."""
    closed: Mapped[bool] = mapped_column(default=False)


class CourseSource(Entity):
    """A document that some revision quotes, or that a draft was asked for from. Goes only with the document itself."""

    __tablename__ = "course_sources"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CoursePublication(Entity):
    """What learners meet: a whole content, approved as exactly that. `changed_keys` are ids of items whose key is
    another than in the publication before.
    """

    __tablename__ = "course_publications"
    __table_args__ = (UniqueConstraint("course_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    number: Mapped[int]
    revision_id: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[str] = mapped_column(String(64))
    approved_by: Mapped[str] = mapped_column(String(200))
    published_by: Mapped[str] = mapped_column(String(200))
    published_at: Mapped[datetime] = mapped_column(Moment)
    changed_keys: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    retired_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    retired_by: Mapped[str | None] = mapped_column(String(200), default=None)
    retired_because: Mapped[str] = mapped_column(String(2000), default="")


class CourseClaim(Entity):
    """A row of the ledger: one evidence of one claim, of the head (without `publication_id`) or of a publication.

    Holds no words: those are in the content. `claim_id` is empty for a clip or picture, which stands on its document
    as a whole. `checked_version_id` is the version in which it was found right last: the claim is in practice while
    that is the document's active one, 0 standing for a document that was removed.
    """

    __tablename__ = "course_claims"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    publication_id: Mapped[int | None] = mapped_column(
        ForeignKey("course_publications.id", ondelete="CASCADE"), index=True
    )
    part_id: Mapped[str] = mapped_column(String(100))
    claim_id: Mapped[str] = mapped_column(String(100))
    place: Mapped[int]
    """Which of the claim's evidence, counted from 0."""
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[int]
    spans: Mapped[list[list[int]]] = mapped_column(JSON)
    quote_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the quoted words, white space made single."""
    checked_version_id: Mapped[int]
    looked_version_id: Mapped[int]
    """The version that it was held against last, whether or not it was found right in it."""
    accepted_risk_id: Mapped[int | None] = mapped_column(default=None)


class CourseDecision(Entity):
    """What somebody decided about one content: confirmed, submitted, approved it, and so on."""

    __tablename__ = "course_decisions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    kind: Mapped[DecisionKind] = mapped_column(String(32))
    decided_by: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime] = mapped_column(Moment)
    revision_id: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, default="")


class PartVerdict(Entity):
    """This reviewer accepted the part as it was when it had that hash."""

    __tablename__ = "part_verdicts"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    part_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    reviewer: Mapped[str] = mapped_column(String(200), primary_key=True)
    part_hash: Mapped[str] = mapped_column(String(64))
    accepted_at: Mapped[datetime] = mapped_column(Moment)


class CourseComment(Entity):
    """About a part as it was, or about the whole (`part_id` None). With `claim_id`, `suggestion` is another text for
    that claim, which an author can take.
    """

    __tablename__ = "course_comments"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    part_id: Mapped[str | None] = mapped_column(String(100))
    part_hash: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Moment)
    claim_id: Mapped[str | None] = mapped_column(String(100), default=None)
    suggestion: Mapped[str | None] = mapped_column(Text, default=None)
    taken: Mapped[bool] = mapped_column(default=False)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    resolved_by: Mapped[str | None] = mapped_column(String(200), default=None)


class Risk(Entity):
    """A claim of the head or of a publication whose quoted words are not in its document as it is now.

    Also the task of its author: what stood there, what stands there now (empty: nothing like it), and the sentences
    that could take the claim's place (empty: none).
    """

    __tablename__ = "course_risks"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    publication_id: Mapped[int | None] = mapped_column(
        ForeignKey("course_publications.id", ondelete="CASCADE"), index=True
    )
    part_id: Mapped[str] = mapped_column(String(100))
    claim_id: Mapped[str] = mapped_column(String(100))
    quote_hash: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    old_version_id: Mapped[int]
    new_version_id: Mapped[int]
    """0 where the document was removed."""
    kind: Mapped[RiskKind] = mapped_column(String(32))
    quote: Mapped[str] = mapped_column(Text)
    old_passage: Mapped[str] = mapped_column(Text)
    new_passage: Mapped[str] = mapped_column(Text)
    new_spans: Mapped[list[list[int]]] = mapped_column(JSON)
    mend: Mapped[str] = mapped_column(Text)
    mend_spans: Mapped[list[list[int]]] = mapped_column(JSON)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    resolved_by: Mapped[str | None] = mapped_column(String(200), default=None)
    resolution: Mapped[Resolution | None] = mapped_column(String(16), default=None)
    reason: Mapped[str] = mapped_column(String(2000), default="")

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None


class CourseFollowing(Entity):
    """How far the ledger has followed: the newest index change and the newest row of the ledger it has looked at."""

    __tablename__ = "course_following"

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int]
    claim_row_id: Mapped[int]
