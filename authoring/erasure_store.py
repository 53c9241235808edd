"""SQL of erasing what courses say on the strength of documents, and who people were."""

import json
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from authoring.claim import Claim
from authoring.course import CourseContent, Lesson, Part
from authoring.course_json import content_hash, part_hash
from authoring.ledger import with_claims, with_parts, without_documents
from authoring.quiz_item import QuizItem
from authoring.record import (
    ERASED,
    Course,
    CourseComment,
    CourseDecision,
    CoursePublication,
    CourseRevision,
    CourseSource,
    CourseState,
    PartVerdict,
    Risk,
)
from authoring.store import CourseStore, put_content, unpack
from corpus.audience import Audience
from corpus.chunk import Chunk
from corpus.document import Document, Version

_WORTH_FINDING = 16
"""Shorter quotes (`30 days`) stand in what others wrote by chance."""

_BECAUSE = "A document that it stood on was erased."

_NAMES: tuple[InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ...] = (
    Course.maker,
    Course.submitted_by,
    Course.reviewer,
    CourseRevision.editor,
    CoursePublication.approved_by,
    CoursePublication.published_by,
    CoursePublication.retired_by,
    CourseDecision.decided_by,
    CourseComment.author,
    CourseComment.resolved_by,
    Risk.resolved_by,
)
"""Every column that holds a person's name, but for those that are part of a key or stand within JSON."""


def forget_documents(session: Session, document_ids: Collection[int]) -> None:
    """Before the documents go: their words leave every revision and publication, and with them what stands on them
    alone. Publications that held any are retired.
    """
    courses = select(CourseSource.course_id).where(CourseSource.document_id.in_(document_ids)).distinct()
    for course in session.scalars(select(Course).where(Course.id.in_(courses)).order_by(Course.id)).all():
        _forget_in(session, course, _erased(session, course, document_ids))


def forget_audiences(session: Session, names: Sequence[str]) -> None:
    """Courses that nobody may see any more go with the audience."""
    session.execute(delete(Course).where(Course.audience_id.in_(select(Audience.id).where(Audience.name.in_(names)))))


def forget_user(session: Session, name: str) -> None:
    rename_user(session, name, ERASED)


def rename_user(session: Session, former: str, name: str) -> None:
    """What one did is another's now; what was approved stays approved."""
    for column in _NAMES:
        session.execute(update(column.class_).where(column == former).values({column.key: name}))
    session.execute(delete(PartVerdict).where(PartVerdict.reviewer == former))
    for course in session.scalars(select(Course)).all():
        if former in course.structure_editors.values():
            course.structure_editors = {
                key: name if editor == former else editor for key, editor in course.structure_editors.items()
            }
    said = json.dumps(former, ensure_ascii=False).encode()
    for kept in _contents(session):
        if said in zlib.decompress(kept.content):
            _rewrite(session, kept, lambda part: _renamed(part, former, name))


@dataclass(frozen=True, slots=True)
class _Erased:
    """What was said on the strength of the documents alone, what was quoted of them, and their headings."""

    document_ids: frozenset[int]
    texts: frozenset[str]
    quotes: frozenset[str]
    headings: frozenset[str]

    def holds(self, text: str) -> bool:
        said = _plain(text)
        return said in self.texts or any(quote in said for quote in self.quotes)

    def titles(self, text: str) -> bool:
        return _plain(text) in self.headings


def _erased(session: Session, course: Course, document_ids: Collection[int]) -> _Erased:
    gone = frozenset(document_ids)
    texts: set[str] = set()
    quotes: set[str] = set()
    for kept in _contents(session, course.id):
        for _, claim in unpack(kept.content).claims():
            of_gone = [one for one in claim.evidence if one.document_id in gone]
            quotes.update(_plain(one.quote) for one in of_gone)
            if of_gone and len(of_gone) == len(claim.evidence) and claim.own_experience_of is None:
                texts.add(_plain(claim.text))
    return _Erased(
        gone,
        frozenset(texts - {""}),
        frozenset(quote for quote in quotes if len(quote) >= _WORTH_FINDING),
        frozenset(map(_plain, _headings(session, gone))) - {""},
    )


def _headings(session: Session, document_ids: Collection[int]) -> Iterator[str]:
    rows = session.execute(
        select(Document.name, Version.title)
        .join(Version, Version.document_id == Document.id)
        .where(Document.id.in_(document_ids))
    )
    for name, title in rows:
        yield from (name, name.rpartition(".")[0], title)
    paths = session.scalars(
        select(Chunk.headings)
        .join(Version, Version.id == Chunk.version_id)
        .where(Version.document_id.in_(document_ids))
    )
    for path in paths:
        yield from path


def _forget_in(session: Session, course: Course, erased: _Erased) -> None:
    store = CourseStore(session)
    touched: set[str] = set()
    for kept in _contents(session, course.id):
        before = unpack(kept.content)
        after = _without(before, erased)
        if after == before:
            continue
        touched |= _touched(before, after)
        if isinstance(kept, CoursePublication) and kept.retired_at is None:
            kept.retired_at, kept.retired_because = course.changed_at, _BECAUSE
        if kept.id == course.head_id and isinstance(kept, CourseRevision):
            course.state, course.title = CourseState.DRAFT, after.title
            course.submitted_at = course.submitted_by = course.due_at = None
        session.execute(
            # A decision was about other words; not even their hash is kept.
            update(CourseDecision)
            .where(CourseDecision.course_id == course.id, CourseDecision.content_hash == kept.content_hash)
            .values(content_hash="")
        )
        put_content(kept, after)
    of_touched = (CourseComment.course_id == course.id, CourseComment.part_id.in_(touched))
    session.execute(delete(CourseComment).where(*of_touched))
    session.execute(delete(PartVerdict).where(PartVerdict.course_id == course.id, PartVerdict.part_id.in_(touched)))
    for comment in store.list_comments(course.id):
        if erased.holds(comment.text) or erased.holds(comment.suggestion or ""):
            session.delete(comment)
    session.flush()
    store.write_ledger(course, unpack(store.head(course).content))
    for publication in store.list_publications(course.id):
        store.write_ledger(course, unpack(publication.content), publication.id)


def _without(content: CourseContent, erased: _Erased) -> CourseContent:
    """Also without what says the same where nothing was bound to it yet, or not any more."""
    bare = without_documents(content, erased.document_ids)

    def said_alone(claim: Claim) -> bool:
        return not claim.is_bound and erased.holds(claim.text)

    def in_part(part: Part) -> Part | None:
        if isinstance(part, QuizItem):
            return None if any(map(said_alone, part.claims)) else part
        claims = tuple(claim for claim in part.claims if not said_alone(claim))
        if part.claims and not claims:
            return None
        heading = ERASED if erased.titles(part.heading) or erased.holds(part.heading) else part.heading
        return replace(part, claims=claims, heading=heading)

    bare = with_parts(bare, in_part)
    lessons = tuple(_without_titles(lesson, erased) for lesson in bare.lessons)
    title = ERASED if erased.titles(bare.title) else bare.title
    return replace(bare, title=title, lessons=lessons)


def _without_titles(lesson: Lesson, erased: _Erased) -> Lesson:
    title = ERASED if erased.titles(lesson.title) else lesson.title
    what = ERASED if erased.titles(lesson.objective.what) or erased.holds(lesson.objective.what) else None
    if what is None:
        return replace(lesson, title=title)
    return replace(lesson, title=title, objective=replace(lesson.objective, what=what))


def _touched(before: CourseContent, after: CourseContent) -> set[str]:
    """Ids of parts that are others now, or gone."""
    left = {part.id: part for lesson in after.lessons for part in lesson.parts}
    return {part.id for lesson in before.lessons for part in lesson.parts if left.get(part.id) != part}


def _renamed(part: Part, former: str, name: str) -> Part:
    def signed(claim: Claim) -> Claim:
        return replace(claim, own_experience_of=name) if claim.own_experience_of == former else claim

    changed = with_claims(part, signed)
    return replace(changed, edited_by=name) if changed.edited_by == former else changed


def _rewrite(session: Session, kept: CourseRevision | CoursePublication, change: Callable[[Part], Part]) -> None:
    """A signature is part of what was approved; with another name under it, everything refers to the new hash."""
    before = unpack(kept.content)
    after = with_parts(before, change)
    old_hash, course_id = kept.content_hash, kept.course_id
    put_content(kept, after)
    if content_hash(after) == old_hash:
        return
    session.execute(
        update(CourseDecision)
        .where(CourseDecision.course_id == course_id, CourseDecision.content_hash == old_hash)
        .values(content_hash=kept.content_hash)
    )
    now = {part.id: part for lesson in after.lessons for part in lesson.parts}
    for part in (part for lesson in before.lessons for part in lesson.parts):
        old_part, new_part = part_hash(part), part_hash(now[part.id])
        if old_part == new_part:
            continue
        for entity in (PartVerdict, CourseComment):
            session.execute(
                update(entity)
                .where(entity.course_id == course_id, entity.part_id == part.id, entity.part_hash == old_part)
                .values(part_hash=new_part)
            )


def _contents(session: Session, course_id: int | None = None) -> Iterator[CourseRevision | CoursePublication]:
    """One after the other, by id: a course may have many."""
    revisions, publications = select(CourseRevision.id), select(CoursePublication.id)
    if course_id is not None:
        revisions = revisions.where(CourseRevision.course_id == course_id)
        publications = publications.where(CoursePublication.course_id == course_id)
    for revision_id in session.scalars(revisions.order_by(CourseRevision.id)).all():
        yield session.get_one(CourseRevision, revision_id)
    for publication_id in session.scalars(publications.order_by(CoursePublication.id)).all():
        yield session.get_one(CoursePublication, publication_id)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
