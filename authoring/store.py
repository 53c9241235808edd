"""All SQL of courses. Every read on somebody's behalf goes through `_visible`, the one visibility rule."""

import json
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from authoring.course import CourseContent, CourseNotFound
from authoring.course_json import content_hash, content_json, read_content
from authoring.ledger import LedgerRow, Standing, ledger_of, source_ids
from authoring.record import (
    Course,
    CourseClaim,
    CourseComment,
    CourseDecision,
    CourseFollowing,
    CoursePublication,
    CourseRevision,
    CourseSource,
    CourseState,
    DecisionKind,
    PartVerdict,
    Risk,
)
from authoring.source_text import SourceText
from corpus.audience import Audience, AudiencePrincipal, Reader
from corpus.database import Entity
from corpus.document import Document, Version, VersionText
from corpus.errors import NotFound
from corpus.locator import Span
from corpus.places import decode_places
from corpus.store import CorpusStore

T = TypeVar("T", bound=Entity)

_FOLLOWING = 1
_AT_ONCE = 500
"""Ids that one statement names."""


class PublicationNotFound(NotFound):
    def __init__(self, course_id: int, number: int | None) -> None:
        which = "no publication" if number is None else f"no publication {number}"
        super().__init__(f"Course {course_id} has {which} that learners can open.")


class RevisionNotFound(NotFound):
    def __init__(self, course_id: int, number: int) -> None:
        super().__init__(f"Course {course_id} has no revision {number}.")


class CommentNotFound(NotFound):
    def __init__(self, comment_id: int) -> None:
        super().__init__(f"There is no comment {comment_id} any more.")


class RiskNotFound(NotFound):
    def __init__(self, risk_id: int) -> None:
        super().__init__(f"There is no risk {risk_id}.")


@dataclass(frozen=True, slots=True)
class CourseEntry:
    """A course as lists show it. `open_risks` counts those of the head and of publications that are not retired."""

    course_id: int
    title: str
    audience: str
    maker: str
    state: CourseState
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None
    reviewer: str | None
    published: int | None
    """The number of the newest publication, None where it is retired."""
    open_risks: int


@dataclass(frozen=True, slots=True)
class CoursePage:
    entries: tuple[CourseEntry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A part as it was in one revision, as JSON."""

    revision: int
    changed_at: datetime
    said: bytes


@dataclass(frozen=True, slots=True)
class StaleRow:
    """A row of the ledger whose document has another active version than the one it was held against; 0: removed."""

    row_id: int
    course_id: int
    document_id: int
    active_version_id: int


class CourseStore:
    """Reads and writes courses in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entity: T) -> T:
        """Writes it now, so that it has its id."""
        self._session.add(entity)
        self._session.flush()
        return entity

    # Courses, as a reader sees them

    def get_course(self, reader: Reader, course_id: int) -> Course:
        """Raises `CourseNotFound`, also for a course that the reader may not see."""
        course = self._session.scalar(select(Course).where(_visible(reader), Course.id == course_id))
        if course is None:
            raise CourseNotFound(course_id)
        return course

    def list_courses(
        self,
        reader: Reader,
        limit: int,
        offset: int = 0,
        states: Collection[CourseState] = (),
        maker: str | None = None,
        title_contains: str = "",
        published_only: bool = False,
        at_risk_only: bool = False,
    ) -> CoursePage:
        """Newest change first."""
        wanted = _visible(reader)
        if states:
            wanted = and_(wanted, Course.state.in_(states))
        if maker is not None:
            wanted = and_(wanted, Course.maker == maker)
        if title_contains:
            wanted = and_(wanted, Course.title.icontains(title_contains, autoescape=True))
        if published_only:
            wanted = and_(wanted, _NEWEST.is_not(None))
        if at_risk_only:
            wanted = and_(wanted, _OPEN_RISKS > 0)
        total = self._session.scalar(select(func.count()).select_from(Course).where(wanted))
        return CoursePage(
            self._entries(wanted, (Course.changed_at.desc(), Course.id.desc()), limit, offset), total or 0
        )

    def list_queue(self, reader: Reader) -> tuple[CourseEntry, ...]:
        """What waits for a review, first what is due first; what has no due date last, by when it was submitted."""
        wanted = and_(_visible(reader), Course.state == CourseState.IN_REVIEW)
        order = (case((Course.due_at.is_(None), 1), else_=0), Course.due_at, Course.submitted_at, Course.id)
        return self._entries(wanted, order, None, 0)

    def entry(self, course: Course) -> CourseEntry:
        return self._entries(Course.id == course.id, (Course.id,), 1, 0)[0]

    def audience_name(self, course: Course) -> str:
        return self._session.scalars(select(Audience.name).where(Audience.id == course.audience_id)).one()

    def _entries(
        self, wanted: ColumnElement[bool], order: Iterable[object], limit: int | None, offset: int
    ) -> tuple[CourseEntry, ...]:
        rows = self._session.execute(
            select(
                Course.id,
                Course.title,
                Audience.name,
                Course.maker,
                Course.state,
                Course.created_at,
                Course.changed_at,
                Course.due_at,
                Course.reviewer,
                _NEWEST,
                _OPEN_RISKS,
            )
            .join(Audience, Audience.id == Course.audience_id)
            .where(wanted)
            .order_by(*order)  # type: ignore[arg-type]
            .limit(limit)
            .offset(offset)
        )
        return tuple(
            CourseEntry(
                course_id=course_id,
                title=title,
                audience=audience,
                maker=maker,
                state=CourseState(state),
                created_at=created_at,
                changed_at=changed_at,
                due_at=due_at,
                reviewer=reviewer,
                published=published,
                open_risks=open_risks or 0,
            )
            for (
                course_id,
                title,
                audience,
                maker,
                state,
                created_at,
                changed_at,
                due_at,
                reviewer,
                published,
                open_risks,
            ) in rows
        )

    # Revisions

    def head(self, course: Course) -> CourseRevision:
        assert course.head_id is not None
        return self._session.get_one(CourseRevision, course.head_id)

    def get_revision(self, course: Course, number: int) -> CourseRevision:
        """Raises `RevisionNotFound`."""
        found = self._session.scalar(
            select(CourseRevision).where(CourseRevision.course_id == course.id, CourseRevision.number == number)
        )
        if found is None:
            raise RevisionNotFound(course.id, number)
        return found

    def find_revision(self, revision_id: int) -> CourseRevision | None:
        return self._session.get(CourseRevision, revision_id)

    def list_revisions(self, course_id: int) -> list[CourseRevision]:
        """Newest first."""
        wanted = select(CourseRevision).where(CourseRevision.course_id == course_id)
        return list(self._session.scalars(wanted.order_by(CourseRevision.number.desc())))

    def list_kept_parts(self, course_id: int, part_id: str) -> list[KeptPart]:
        """The part in every revision that has it, newest first. Reads hundreds of revisions in a second."""
        revisions = select(CourseRevision.number, CourseRevision.changed_at, CourseRevision.content)
        wanted = revisions.where(CourseRevision.course_id == course_id).order_by(CourseRevision.number.desc())
        found = []
        for number, changed_at, content in self._session.execute(wanted):
            said = find_part_json(zlib.decompress(content), part_id)
            if said is not None:
                found.append(KeptPart(number, changed_at, said))
        return found

    def had_part(self, course_id: int, part_id: str) -> bool:
        """Whether any revision has, or had, a part of that id."""
        contents = self._session.scalars(select(CourseRevision.content).where(CourseRevision.course_id == course_id))
        return any(find_part_json(zlib.decompress(content), part_id) is not None for content in contents)

    def write_ledger(self, course: Course, content: CourseContent, publication_id: int | None = None) -> None:
        """Has the ledger of the head, or of a publication, say what the content stands on.

        What somebody found right in a newer version stays so, as long as the claim stands on the same words.
        """
        self._add_sources(course.id, source_ids(content))
        present = {_as_row(row): row for row in self.ledger(course.id, publication_id)}
        wanted = dict.fromkeys(ledger_of(content))
        gone = [row.id for as_row, row in present.items() if as_row not in wanted]
        new = [row for row in wanted if row not in present]
        if not gone and not new:
            return
        checked = {_words_of(row): row for row in self.ledger(course.id, None)} if new else {}
        for start in range(0, len(gone), _AT_ONCE):
            self._session.execute(delete(CourseClaim).where(CourseClaim.id.in_(gone[start : start + _AT_ONCE])))
        for row in new:
            place = row.standing
            known = checked.get((place.part_id, place.claim_id, row.document_id, row.quote_hash, row.version_id))
            self._session.add(_ledger_entity(course.id, publication_id, row, known))
        self._session.flush()

    def _add_sources(self, course_id: int, document_ids: Collection[int]) -> None:
        known = set(self._session.scalars(select(CourseSource.document_id).where(CourseSource.course_id == course_id)))
        for document_id in sorted(set(document_ids) - known):
            self._session.add(CourseSource(course_id=course_id, document_id=document_id))
        self._session.flush()

    def add_sources(self, course: Course, document_ids: Collection[int]) -> None:
        self._add_sources(course.id, document_ids)

    def list_source_ids(self, course_id: int) -> list[int]:
        wanted = select(CourseSource.document_id).where(CourseSource.course_id == course_id)
        return list(self._session.scalars(wanted.order_by(CourseSource.document_id)))

    def ledger(self, course_id: int, publication_id: int | None) -> list[CourseClaim]:
        wanted = select(CourseClaim).where(_held_by(course_id, publication_id))
        return list(self._session.scalars(wanted.order_by(CourseClaim.id)))

    # Publications

    def list_publications(self, course_id: int) -> list[CoursePublication]:
        """Newest first."""
        wanted = select(CoursePublication).where(CoursePublication.course_id == course_id)
        return list(self._session.scalars(wanted.order_by(CoursePublication.number.desc())))

    def get_publication(self, course: Course, number: int | None) -> CoursePublication:
        """That one, also if it is retired; without a number the newest, unless it is. Raises `PublicationNotFound`."""
        publications = self.list_publications(course.id)
        if number is None:
            publications = [one for one in publications[:1] if one.retired_at is None]
        for publication in publications:
            if number in (None, publication.number):
                return publication
        raise PublicationNotFound(course.id, number)

    # Decisions, verdicts, comments

    def list_decisions(self, course_id: int) -> list[CourseDecision]:
        """Newest first."""
        wanted = select(CourseDecision).where(CourseDecision.course_id == course_id)
        return list(self._session.scalars(wanted.order_by(CourseDecision.id.desc())))

    def find_approval(self, course_id: int, content_hash: str) -> CourseDecision | None:
        """The newest approval of exactly that content."""
        return self._session.scalar(
            select(CourseDecision)
            .where(
                CourseDecision.course_id == course_id,
                CourseDecision.kind == DecisionKind.APPROVED,
                CourseDecision.content_hash == content_hash,
            )
            .order_by(CourseDecision.id.desc())
            .limit(1)
        )

    def find_last_decision(self, course_id: int, by: str) -> CourseDecision | None:
        """The last approval or request for changes of this reviewer."""
        return self._session.scalar(
            select(CourseDecision)
            .where(
                CourseDecision.course_id == course_id,
                CourseDecision.decided_by == by,
                CourseDecision.kind.in_((DecisionKind.APPROVED, DecisionKind.CHANGES_REQUESTED)),
            )
            .order_by(CourseDecision.id.desc())
            .limit(1)
        )

    def list_verdicts(self, course_id: int) -> list[PartVerdict]:
        wanted = select(PartVerdict).where(PartVerdict.course_id == course_id)
        return list(self._session.scalars(wanted.order_by(PartVerdict.part_id, PartVerdict.reviewer)))

    def accept_part(self, verdict: PartVerdict) -> None:
        self._session.merge(verdict)
        self._session.flush()

    def take_back_verdict(self, course_id: int, part_id: str, reviewer: str) -> None:
        self._session.execute(
            delete(PartVerdict).where(
                PartVerdict.course_id == course_id, PartVerdict.part_id == part_id, PartVerdict.reviewer == reviewer
            )
        )

    def list_comments(self, course_id: int) -> list[CourseComment]:
        wanted = select(CourseComment).where(CourseComment.course_id == course_id)
        return list(self._session.scalars(wanted.order_by(CourseComment.id)))

    def get_comment(self, course: Course, comment_id: int) -> CourseComment:
        """Raises `CommentNotFound`."""
        found = self._session.get(CourseComment, comment_id)
        if found is None or found.course_id != course.id:
            raise CommentNotFound(comment_id)
        return found

    def count_loads(self, reader: Reader) -> list[tuple[str, int]]:
        """How many reviews each named reviewer has before them, most first."""
        waiting = func.count()
        rows = self._session.execute(
            select(Course.reviewer, waiting)
            .where(_visible(reader), Course.state == CourseState.IN_REVIEW, Course.reviewer.is_not(None))
            .group_by(Course.reviewer)
            .order_by(waiting.desc(), Course.reviewer)
        )
        return [(name, count) for name, count in rows if name is not None]

    # Risks

    def list_risks(self, course_id: int, open_only: bool = True) -> list[Risk]:
        wanted = select(Risk).where(Risk.course_id == course_id)
        if open_only:
            wanted = wanted.where(Risk.resolved_at.is_(None))
        return list(self._session.scalars(wanted.order_by(Risk.id)))

    def list_open_risks(self, reader: Reader, maker: str | None, limit: int, offset: int = 0) -> list[Risk]:
        """Of the courses that the reader sees, oldest first; only of this maker's where one is named."""
        wanted = and_(_visible(reader), Risk.resolved_at.is_(None))
        if maker is not None:
            wanted = and_(wanted, Course.maker == maker)
        rows = select(Risk).join(Course, Course.id == Risk.course_id).where(wanted)
        return list(self._session.scalars(rows.order_by(Risk.id).limit(limit).offset(offset)))

    def get_risk(self, course: Course, risk_id: int) -> Risk:
        """Raises `RiskNotFound`."""
        found = self._session.get(Risk, risk_id)
        if found is None or found.course_id != course.id:
            raise RiskNotFound(risk_id)
        return found

    def out_of_practice(self, course_id: int, publication_id: int | None) -> frozenset[Standing]:
        """Evidence that was not found right in its document as it is now."""
        rows = self._session.execute(
            select(CourseClaim.part_id, CourseClaim.claim_id, CourseClaim.place)
            .join(Document, Document.id == CourseClaim.document_id)
            .where(_held_by(course_id, publication_id), CourseClaim.checked_version_id != _ACTIVE)
        )
        return frozenset(Standing(*row) for row in rows)

    # Following the documents

    def following(self) -> tuple[int, int]:
        """How far the ledger has followed: newest index change, newest row of the ledger."""
        row = self._session.get(CourseFollowing, _FOLLOWING)
        return (0, 0) if row is None else (row.change_id, row.claim_row_id)

    def set_following(self, change_id: int, claim_row_id: int) -> None:
        self._session.merge(CourseFollowing(id=_FOLLOWING, change_id=change_id, claim_row_id=claim_row_id))
        self._session.flush()

    def last_row(self) -> int:
        return self._session.scalar(select(func.max(CourseClaim.id))) or 0

    def list_stale(self) -> list[StaleRow]:
        """Rows whose document has changed since somebody looked, by course and document."""
        rows = self._session.execute(
            select(CourseClaim.id, CourseClaim.course_id, CourseClaim.document_id, _ACTIVE)
            .join(Document, Document.id == CourseClaim.document_id)
            .where(CourseClaim.looked_version_id != _ACTIVE)
            .order_by(CourseClaim.course_id, CourseClaim.document_id, CourseClaim.id)
        )
        return [StaleRow(*row) for row in rows]

    def list_rows(self, course_id: int, document_id: int) -> list[CourseClaim]:
        """Of the head and of all publications."""
        wanted = select(CourseClaim).where(CourseClaim.course_id == course_id, CourseClaim.document_id == document_id)
        return list(self._session.scalars(wanted.order_by(CourseClaim.id)))

    def head_of(self, course_id: int) -> CourseRevision:
        return self.head(self._session.get_one(Course, course_id))

    def find_risk(self, risk_id: int) -> Risk | None:
        return self._session.get(Risk, risk_id)

    def flush(self) -> None:
        self._session.flush()

    def active_version_of(self, document_id: int) -> int:
        """0 where it was removed."""
        return self._session.scalar(select(_ACTIVE).where(Document.id == document_id)) or 0

    def document_name(self, document_id: int) -> str:
        return self._session.scalars(select(Document.name).where(Document.id == document_id)).one()

    def source_text(self, version_id: int) -> SourceText:
        """Of a version that the caller has already got, or that the ledger names."""
        document, version = self._session.execute(
            select(Document, Version).join(Version, Version.document_id == Document.id).where(Version.id == version_id)
        ).one()
        text, places = self._session.execute(
            select(VersionText.text, VersionText.places).where(VersionText.version_id == version_id)
        ).one()
        return SourceText(
            document_id=document.id,
            version_id=version.id,
            document_name=document.name,
            title=version.title,
            content_hash=version.content_hash,
            text=text,
            chunks=tuple(CorpusStore(self._session).list_chunks(version_id)),
            places=decode_places(places),
        )


def pack(content: CourseContent) -> bytes:
    return zlib.compress(content_json(content), 6)


def unpack(packed: bytes) -> CourseContent:
    return read_content(zlib.decompress(packed))


def find_part_json(content: bytes, part_id: str) -> bytes | None:
    """Of a content's JSON, without making a content of all of it."""
    if f'"id":{json.dumps(part_id, ensure_ascii=False)}'.encode() not in content:
        return None
    for lesson in json.loads(content)["lessons"]:
        for part in (*lesson["blocks"], *lesson["items"]):
            if part["id"] == part_id:
                return json.dumps(part, ensure_ascii=False).encode()
    return None


def put_content(kept: CourseRevision | CoursePublication, content: CourseContent) -> None:
    kept.content = pack(content)
    kept.content_hash = content_hash(content)


def _as_row(row: CourseClaim) -> LedgerRow:
    return LedgerRow(
        Standing(row.part_id, row.claim_id, row.place),
        row.document_id,
        row.version_id,
        tuple(Span(start, end) for start, end in row.spans),
        row.quote_hash,
    )


def _words_of(row: CourseClaim) -> tuple[str, str, int, str, int]:
    return row.part_id, row.claim_id, row.document_id, row.quote_hash, row.version_id


def _ledger_entity(
    course_id: int, publication_id: int | None, row: LedgerRow, known: CourseClaim | None
) -> CourseClaim:
    return CourseClaim(
        course_id=course_id,
        publication_id=publication_id,
        part_id=row.standing.part_id,
        claim_id=row.standing.claim_id,
        place=row.standing.place,
        document_id=row.document_id,
        version_id=row.version_id,
        spans=[[span.start, span.end] for span in row.spans],
        quote_hash=row.quote_hash,
        checked_version_id=row.version_id if known is None else known.checked_version_id,
        looked_version_id=row.version_id if known is None else known.looked_version_id,
        accepted_risk_id=None if known is None else known.accepted_risk_id,
    )


def _held_by(course_id: int, publication_id: int | None) -> ColumnElement[bool]:
    return and_(
        CourseClaim.course_id == course_id,
        CourseClaim.publication_id.is_(None)
        if publication_id is None
        else CourseClaim.publication_id == publication_id,
    )


def _visible(reader: Reader) -> ColumnElement[bool]:
    """The visibility rule: one of the reader's principals may read the course's own audience, and one the audience of
    every document that it ever stood on, whether or not that document is still there.
    """
    principals = sorted(reader.principal_ids)
    own = exists().where(
        AudiencePrincipal.audience_id == Course.audience_id, AudiencePrincipal.principal_id.in_(principals)
    )
    of_document = exists().where(
        AudiencePrincipal.audience_id == Document.audience_id, AudiencePrincipal.principal_id.in_(principals)
    )
    hidden = exists().where(CourseSource.course_id == Course.id, Document.id == CourseSource.document_id, ~of_document)
    return and_(own, ~hidden)


_ACTIVE = case((Document.removed_at.is_not(None), 0), else_=func.coalesce(Document.active_version_id, 0))
_LATEST = aliased(CoursePublication)
_NEWEST = (
    select(CoursePublication.number)
    .where(
        CoursePublication.course_id == Course.id,
        CoursePublication.retired_at.is_(None),
        ~exists().where(_LATEST.course_id == Course.id, _LATEST.number > CoursePublication.number),
    )
    .scalar_subquery()
)
_OPEN_RISKS = (
    select(func.count())
    .select_from(Risk)
    .where(Risk.course_id == Course.id, Risk.resolved_at.is_(None))
    .scalar_subquery()
)
