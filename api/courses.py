"""What people do with courses: make, edit, confirm, review, publish. One call, one transaction."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from api.course_editing import (
    ChunkQuote,
    CourseEdit,
    SpanQuote,
    TooLarge,
    check_size,
    checked_line,
    claim_of,
    next_lesson,
    outlined,
    with_claim,
    with_part,
    without_part,
    words_of,
)
from api.course_views import (
    CourseView,
    HistoryEntry,
    PartVersion,
    PublicationView,
    ReviewQueue,
    RiskEntry,
    comment_entry,
    parts_of,
    publication_entry,
    risk_entry,
    verdict_entry,
)
from authoring.block import Block
from authoring.claim import LONGEST_CLAIM
from authoring.course import (
    Brief,
    CourseContent,
    CourseNotFound,
    Lesson,
    LessonState,
    Part,
    PartNotFound,
)
from authoring.course_diff import CourseDiff, changed_keys, differences
from authoring.course_json import content_hash, part_hash, read_part
from authoring.ledger import find_claim, quote_hash
from authoring.record import (
    OUTLINE,
    Course,
    CourseComment,
    CourseDecision,
    CoursePublication,
    CourseRevision,
    CourseState,
    DecisionKind,
    PartVerdict,
    Resolution,
    Risk,
)
from authoring.review import (
    APPROVE,
    CONTRIBUTE,
    REVIEW,
    Lack,
    NotAllowed,
    NotItsAuthor,
    NotReady,
    NotSaved,
    OwnWork,
    ReasonMissing,
    UnderReview,
    decide,
    lacks,
    last_editors,
    state_after_edit,
)
from authoring.store import (
    CoursePage,
    CourseStore,
    put_content,
    unpack,
)
from corpus.audience import AudienceNotFound, Reader
from corpus.errors import Conflict, Invalid
from corpus.locator import Span
from corpus.store import CorpusStore

SHARED_FOR = timedelta(seconds=60)
"""Edits of one part by one person within this time share a revision: an autosave is not worth one each."""

_LONGEST_TEXT = 5000


class AlreadyRetired(Conflict):
    def __init__(self, number: int) -> None:
        super().__init__(f"Publication {number} is retired already.")


class CommentResolved(Conflict):
    def __init__(self) -> None:
        super().__init__("This comment is resolved already.")


class NothingSuggested(Invalid):
    def __init__(self) -> None:
        super().__init__("This comment suggests no other text.")


class CannotReview(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} cannot review this course. "
            "Choose somebody who may read all of it, may review, and wrote none of it."
        )


class RiskResolved(Conflict):
    def __init__(self) -> None:
        super().__init__("Somebody has seen to this already.")


class NoMend(Invalid):
    def __init__(self) -> None:
        super().__init__("Nothing in the new version could take the claim's place. Edit it, or take it out.")


class Courses:
    """Methods named by what people do. `user` acts; a name that may not know of a course gets `CourseNotFound`.

    `seen_…` is what the user had before them: where that is not what is there any more, nothing is overwritten, and
    `ChangedMeanwhile` (of an edit: its kind `NotSaved`, which carries the words) is raised.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        permissions: Callable[[str], Collection[str]],
        follow: Callable[[], object] = lambda: None,
        gates: Callable[[CourseContent], Sequence[Lack]] = lambda content: (),
    ) -> None:
        """`new_id` names parts and claims. `follow` has the ledger catch up with the documents, before decisions.
        `gates` say what else keeps a content from being submitted.
        """
        self._sessions = sessions
        self._writing = writing
        self._clock = clock
        self._new_id = new_id
        self._permissions = permissions
        self._follow = follow
        self._gates = gates

    # Making and finding

    def create(
        self, user: str, title: str, brief: Brief, audience: str = "everyone", document_ids: Sequence[int] = ()
    ) -> CourseView:
        """Of documents that the user may read. Raises `NotAllowed`, `AudienceNotFound`, `DocumentNotFound`."""
        self._check_may(user, CONTRIBUTE)
        title = checked_line(title, "A title")
        content = CourseContent(title, brief)
        now = self._clock()
        with self._writing.begin() as session:
            corpus, store = CorpusStore(session), CourseStore(session)
            reader = corpus.reader(user)
            found = corpus.get_audience(audience)
            if found.id not in corpus.visible_audiences(reader):
                raise AudienceNotFound(audience)
            for document_id in document_ids:
                corpus.get_document(reader, document_id)
            course = store.add(
                Course(
                    title=title,
                    audience_id=found.id,
                    maker=user,
                    created_at=now,
                    changed_at=now,
                    structure_editors={OUTLINE: user},
                )
            )
            revision = CourseRevision(
                course_id=course.id,
                number=1,
                content=b"",
                content_hash="",
                editor=user,
                summary="begun",
                created_at=now,
                changed_at=now,
            )
            put_content(revision, content)
            course.head_id = store.add(revision).id
            store.add_sources(course, document_ids)
            return self._view(store, course)

    def list_courses(
        self,
        user: str,
        limit: int = 50,
        offset: int = 0,
        states: Collection[CourseState] = (),
        maker: str | None = None,
        title_contains: str = "",
        at_risk_only: bool = False,
    ) -> CoursePage:
        """For who may contribute or review; newest change first. Others see `list_published`."""
        with self._sessions() as session:
            reader = self._insider(session, user)
            return CourseStore(session).list_courses(
                reader, limit, offset, states, maker, title_contains, at_risk_only=at_risk_only
            )

    def list_published(self, user: str, limit: int = 50, offset: int = 0, title_contains: str = "") -> CoursePage:
        """What learners can open."""
        with self._sessions() as session:
            reader = CorpusStore(session).reader(user)
            return CourseStore(session).list_courses(
                reader, limit, offset, title_contains=title_contains, published_only=True
            )

    def get(self, user: str, course_id: int) -> CourseView:
        """Raises `CourseNotFound`."""
        with self._sessions() as session:
            course = self._course(session, user, course_id)
            return self._view(CourseStore(session), course)

    def get_publication(self, user: str, course_id: int, number: int | None = None) -> PublicationView:
        """The newest, or the one that a learner began. Raises `CourseNotFound`, `PublicationNotFound`."""
        with self._sessions() as session:
            store = CourseStore(session)
            course = store.get_course(CorpusStore(session).reader(user), course_id)
            publication = store.get_publication(course, number)
            content = unpack(publication.content)
            at_risk = {risk.publication_id for risk in store.list_risks(course.id)}
            return PublicationView(
                course.id,
                content.title,
                publication_entry(publication, at_risk),
                content,
                parts_of(store.out_of_practice(course.id, publication.id)),
            )

    # Editing

    def put_part(self, user: str, course_id: int, seen_revision: int, part: Part) -> CourseView:
        """Replaces the part of that id. Raises `NotSaved`, `PartNotFound`, `NotInSource`, `SignedByAnother`."""

        def edit(draft: "CourseEdit") -> CourseContent:
            known = draft.known_part(part.id, seen_revision, part)
            made = draft.checked(part, known)
            return draft.content.with_part(replace(made, edited_by=user))

        return self._edit(user, course_id, edit, f"edited {_kind_of(part)}", part.id)

    def add_part(
        self, user: str, course_id: int, lesson_id: str, seen_revision: int, part: Part, place: int | None = None
    ) -> CourseView:
        """At `place` among the lesson's blocks or its items, or after them; `seen_revision` is the lesson's."""

        def edit(draft: "CourseEdit") -> CourseContent:
            lesson = draft.known_lesson(lesson_id, seen_revision, part)
            made = draft.checked(replace(part, id=part.id or self._new_id(), revision=1, edited_by=user), None)
            return draft.content.with_lesson(next_lesson(with_part(lesson, made, place)))

        return self._edit(user, course_id, edit, f"added {_kind_of(part)}", structure=lesson_id)

    def remove_part(self, user: str, course_id: int, part_id: str, seen_revision: int) -> CourseView:
        """It stays in the history. `seen_revision` is the part's."""

        def edit(draft: "CourseEdit") -> CourseContent:
            part = draft.known_part(part_id, seen_revision, None)
            lesson, _ = draft.content.part(part.id)
            draft.touched = lesson.id
            return draft.content.with_lesson(next_lesson(without_part(lesson, part_id)))

        return self._edit(user, course_id, edit, "removed a part")

    def move_part(
        self, user: str, course_id: int, part_id: str, seen_revision: int, lesson_id: str, place: int
    ) -> CourseView:
        """To that place among the blocks or items of a lesson. `seen_revision` is the part's."""

        def edit(draft: "CourseEdit") -> CourseContent:
            part = draft.known_part(part_id, seen_revision, None)
            lesson, _ = draft.content.part(part.id)
            content = draft.content.with_lesson(next_lesson(without_part(lesson, part_id)))
            draft.touched = lesson_id
            return content.with_lesson(next_lesson(with_part(content.lesson(lesson_id), part, place)))

        return self._edit(user, course_id, edit, "moved a part")

    def set_outline(
        self,
        user: str,
        course_id: int,
        seen_revision: int,
        lessons: Sequence[Lesson],
        title: str | None = None,
        brief: Brief | None = None,
    ) -> CourseView:
        """Lessons in this order, with these titles, objectives and material; those not named are taken out.

        What a lesson's parts are is not changed by it, whatever is given. `seen_revision` is the content's. Sent again
        unchanged, as by a job that runs twice, it does nothing.
        """

        def edit(draft: "CourseEdit") -> CourseContent:
            made = tuple(outlined(draft.content, lesson, self._new_id) for lesson in lessons)
            content = draft.content
            wanted = replace(
                content,
                title=content.title if title is None else checked_line(title, "A title"),
                brief=content.brief if brief is None else brief,
                lessons=made,
            )
            if wanted == content:
                return content
            if content.revision != seen_revision:
                raise NotSaved(OUTLINE, draft.course.structure_editors.get(OUTLINE, ""), tuple(lessons), content)
            return wanted.with_lessons(made, seen_revision)

        return self._edit(user, course_id, edit, "changed the outline", structure=OUTLINE)

    # Drafting

    def put_lesson_draft(
        self, user: str, course_id: int, lesson_id: str, *parts: Part, drafted_by: str | None = None
    ) -> CourseView:
        """For the job that drafts on the user's behalf: the next parts of a lesson. Each is taken in once, also if
        somebody has removed it meanwhile. `drafted_by`: these were all, by that drafter. Raises `PartNotFound` where
        the lesson is gone.
        """

        def edit(draft: "CourseEdit") -> CourseContent:
            for part in parts:
                lesson = draft.content.lesson(lesson_id)
                if part.id in draft.course.drafted_parts:
                    continue
                made = draft.checked(replace(part, revision=1, edited_by=user), None)
                draft.course.drafted_parts = [*draft.course.drafted_parts, part.id]
                draft.content = draft.content.with_lesson(next_lesson(with_part(lesson, made, None)))
            lesson = draft.content.lesson(lesson_id)
            if drafted_by is None or lesson.state is LessonState.DRAFTED:
                return draft.content
            if drafted_by not in draft.course.drafters:
                draft.course.drafters = [*draft.course.drafters, drafted_by]
            return draft.content.with_lesson(next_lesson(replace(lesson, state=LessonState.DRAFTED)))

        # A revision for each lesson, since one for each part of a draft would say nothing to anybody.
        return self._edit(user, course_id, edit, "drafted a lesson", lesson_id, lesson_id)

    def put_redraft(self, user: str, course_id: int, seen_revision: int, part: Part) -> CourseView:
        """Another draft of one part in the place of the old one, which is kept and can be taken back."""

        def edit(draft: "CourseEdit") -> CourseContent:
            known = draft.known_part(part.id, seen_revision, part)
            return draft.content.with_part(replace(draft.checked(part, known), edited_by=user))

        return self._edit(user, course_id, edit, f"drafted {_kind_of(part)} anew")

    def list_part_versions(self, user: str, course_id: int, part_id: str) -> list[PartVersion]:
        """All that the part was, newest first; the first is what it is now, unless it was removed."""
        with self._sessions() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            found: list[PartVersion] = []
            said, digest = b"", ""
            for kept in store.list_kept_parts(course.id, part_id):
                if kept.said == said:
                    continue
                said, part = kept.said, read_part(kept.said)
                if part_hash(part) != digest:
                    found.append(PartVersion(kept.revision, part.edited_by, kept.changed_at, part))
                digest = part_hash(part)
            if not found:
                raise PartNotFound(part_id)
            return found

    def take_back(self, user: str, course_id: int, part_id: str, seen_revision: int, revision: int) -> CourseView:
        """The part as it was in that revision of the course. It is an edit like any other."""

        def edit(draft: "CourseEdit") -> CourseContent:
            draft.known_part(part_id, seen_revision, None)
            _, former = unpack(draft.store.get_revision(draft.course, revision).content).part(part_id)
            return draft.content.with_part(replace(former, edited_by=user))

        return self._edit(user, course_id, edit, "took back a part")

    # Evidence

    def bind(
        self,
        user: str,
        course_id: int,
        part_id: str,
        seen_revision: int,
        claim_id: str,
        quotes: Sequence[SpanQuote | ChunkQuote],
        keep: bool = True,
    ) -> CourseView:
        """Binds a claim to words of documents that the user may read, beside what it is bound to or in place of it.

        Raises `NotSaved`, `PartNotFound`, `NotInSource`, `DocumentNotFound`, `ChunkNotFound`.
        """

        def edit(draft: "CourseEdit") -> CourseContent:
            part = draft.known_part(part_id, seen_revision, None)
            known = claim_of(part, claim_id)
            found = [one for quote in quotes for one in draft.evidence(quote)]
            kept = known.evidence if keep else ()
            evidence = (*kept, *(one for one in found if words_of(one) not in {words_of(old) for old in kept}))
            signed = known.own_experience_of if keep else None
            changed = replace(known, evidence=evidence, own_experience_of=signed)
            return draft.content.with_part(replace(with_claim(part, changed), edited_by=user))

        return self._edit(user, course_id, edit, "bound a claim")

    def sign(self, user: str, course_id: int, part_id: str, seen_revision: int, claim_id: str) -> CourseView:
        """The claim is the user's own experience, signed with their name."""

        def edit(draft: "CourseEdit") -> CourseContent:
            part = draft.known_part(part_id, seen_revision, None)
            changed = replace(claim_of(part, claim_id), own_experience_of=user)
            return draft.content.with_part(replace(with_claim(part, changed), edited_by=user))

        return self._edit(user, course_id, edit, "signed a claim")

    # Going on

    def confirm(self, user: str, course_id: int, seen_hash: str) -> CourseView:
        """“This is what I meant”, by who made or edited it. Raises `OtherContent`, `NotInState`, `NotItsAuthor`."""
        self._check_may(user, CONTRIBUTE)
        return self._decide(user, course_id, DecisionKind.CONFIRMED, seen_hash)

    def submit(
        self,
        user: str,
        course_id: int,
        seen_hash: str,
        due_at: datetime | None = None,
        reviewer: str | None = None,
    ) -> CourseView:
        """For review. Raises `NotReady` with all that is missing, `OtherContent`, `NotInState`, `CannotReview`."""
        self._check_may(user, CONTRIBUTE)
        self._follow()
        with self._sessions() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            content = unpack(store.head(course).content)
        # Outside the transaction: gates may take seconds. The hash says that they were asked about this content.
        found = (*lacks(content), *self._gates(content)) if content_hash(content) == seen_hash else ()
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            under_review, _ = self._under_review(store, course)
            decide(under_review, DecisionKind.SUBMITTED, user, seen_hash)
            stale = self._stale(store, course)
            if found or stale:
                raise NotReady((*found, *stale))
            if reviewer is not None:
                self._check_reviewer(session, store, course, reviewer)
            self._record(store, course, DecisionKind.SUBMITTED, user, "")
            course.state = CourseState.IN_REVIEW
            course.submitted_at, course.submitted_by = self._clock(), user
            course.due_at, course.reviewer = due_at, reviewer
            session.flush()
            return self._view(store, course)

    def withdraw(self, user: str, course_id: int, seen_hash: str, reason: str = "") -> CourseView:
        """Back to draft, by who made or edited it."""
        self._check_may(user, CONTRIBUTE)
        return self._decide(user, course_id, DecisionKind.WITHDRAWN, seen_hash, reason)

    def approve(self, user: str, course_id: int, seen_hash: str, reason: str) -> CourseView:
        """Exactly this content. Raises `OwnWork`, `OtherContent`, `NotInState`, `NotReady`, `ReasonMissing`."""
        return self.decide(user, course_id, DecisionKind.APPROVED, seen_hash, reason)

    def request_changes(self, user: str, course_id: int, seen_hash: str, reason: str) -> CourseView:
        return self.decide(user, course_id, DecisionKind.CHANGES_REQUESTED, seen_hash, reason)

    def decide(self, user: str, course_id: int, kind: DecisionKind, seen_hash: str, reason: str) -> CourseView:
        """A reviewer's decision: `APPROVED` or `CHANGES_REQUESTED`."""
        if kind not in (DecisionKind.APPROVED, DecisionKind.CHANGES_REQUESTED):
            raise Invalid("A reviewer approves, or requests changes.")
        self._check_may(user, APPROVE)
        if not reason.strip():
            raise ReasonMissing
        self._follow()
        return self._decide(user, course_id, kind, seen_hash, reason)

    def publish(self, user: str, course_id: int, seen_hash: str) -> CourseView:
        """What was approved, whole and at once, by somebody else than its authors."""
        self._check_may(user, APPROVE)
        self._follow()
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            under_review, content = self._under_review(store, course)
            course_state = decide(under_review, DecisionKind.PUBLISHED, user, seen_hash)
            stale = self._stale(store, course)
            if stale:
                raise NotReady(stale)
            approval = store.find_approval(course.id, seen_hash)
            assert approval is not None
            before = store.list_publications(course.id)
            publication = CoursePublication(
                course_id=course.id,
                number=before[0].number + 1 if before else 1,
                revision_id=store.head(course).id,
                content=b"",
                content_hash="",
                approved_by=approval.decided_by,
                published_by=user,
                published_at=self._clock(),
                changed_keys=list(changed_keys(unpack(before[0].content), content)) if before else [],
            )
            put_content(publication, content)
            store.add(publication)
            store.write_ledger(course, content, publication.id)
            for risk in store.list_risks(course.id):
                if risk.publication_id is not None:
                    _resolve(risk, Resolution.REPLACED, user, publication.published_at, "")
            self._record(store, course, DecisionKind.PUBLISHED, user, "")
            course.state = course_state
            session.flush()
            return self._view(store, course)

    def retire(self, user: str, course_id: int, number: int, reason: str) -> CourseView:
        """Takes a publication away from learners. By its authors and by reviewers."""
        if not reason.strip():
            raise ReasonMissing
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            under_review, _ = self._under_review(store, course)
            if APPROVE not in self._permissions(user) and user not in under_review.authors:
                raise NotItsAuthor(DecisionKind.RETIRED)
            publication = store.get_publication(course, number)
            if publication.retired_at is not None:
                raise AlreadyRetired(number)
            now = self._clock()
            publication.retired_at, publication.retired_by = now, user
            publication.retired_because = reason.strip()[:2000]
            for risk in store.list_risks(course.id):
                if risk.publication_id == publication.id:
                    _resolve(risk, Resolution.RETIRED, user, now, "")
            self._record(store, course, DecisionKind.RETIRED, user, reason, publication)
            session.flush()
            return self._view(store, course)

    # Reviewing part by part

    def accept_part(self, user: str, course_id: int, part_id: str, seen_part_hash: str) -> CourseView:
        """The reviewer has held the part against its evidence. Lapses when the part changes."""
        self._check_may(user, APPROVE)
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            _, part = unpack(store.head(course).content).part(part_id)
            if part_hash(part) != seen_part_hash:
                raise NotSaved(part_id, part.edited_by, None, part)
            store.accept_part(
                PartVerdict(
                    course_id=course.id,
                    part_id=part_id,
                    reviewer=user,
                    part_hash=seen_part_hash,
                    accepted_at=self._clock(),
                )
            )
            return self._view(store, course)

    def unaccept_part(self, user: str, course_id: int, part_id: str) -> CourseView:
        self._check_may(user, APPROVE)
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            store.take_back_verdict(course.id, part_id, user)
            return self._view(store, course)

    def comment(self, user: str, course_id: int, text: str, part_id: str | None = None) -> CourseView:
        """About a part, or the whole."""
        return self._comment(user, course_id, text, part_id, None, None)

    def suggest(
        self, user: str, course_id: int, part_id: str, claim_id: str, suggestion: str, text: str = ""
    ) -> CourseView:
        """Another text for a claim, which an author takes with one step; the claim's evidence stays."""
        suggestion = checked_line(suggestion, "A suggestion", LONGEST_CLAIM)
        return self._comment(user, course_id, text, part_id, claim_id, suggestion)

    def take_suggestion(self, user: str, course_id: int, comment_id: int, seen_revision: int) -> CourseView:
        """The user edits the claim to what was suggested, and the comment is resolved. Raises `NotSaved`."""

        def edit(draft: "CourseEdit") -> CourseContent:
            comment = draft.store.get_comment(draft.course, comment_id)
            if comment.suggestion is None or comment.part_id is None or comment.claim_id is None:
                raise NothingSuggested
            if comment.resolved_at is not None:
                raise CommentResolved
            part = draft.known_part(comment.part_id, seen_revision, None)
            changed = replace(claim_of(part, comment.claim_id), text=comment.suggestion, own_experience_of=None)
            comment.taken, comment.resolved_at, comment.resolved_by = True, self._clock(), user
            return draft.content.with_part(replace(with_claim(part, changed), edited_by=user))

        return self._edit(user, course_id, edit, "took a suggestion")

    def resolve_comment(self, user: str, course_id: int, comment_id: int) -> CourseView:
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            comment = store.get_comment(course, comment_id)
            if comment.resolved_at is not None:
                raise CommentResolved
            comment.resolved_at, comment.resolved_by = self._clock(), user
            session.flush()
            return self._view(store, course)

    def review_queue(self, user: str) -> ReviewQueue:
        """What the user may review, first what is due first, and how much each reviewer has before them."""
        self._check_may(user, APPROVE)
        with self._sessions() as session:
            store, reader = CourseStore(session), CorpusStore(session).reader(user)
            return ReviewQueue(store.list_queue(reader), tuple(store.count_loads(reader)))

    def assign(self, user: str, course_id: int, reviewer: str | None, due_at: datetime | None) -> CourseView:
        """Who is to review it, and by when. Raises `UserNotFound`, `CannotReview`."""
        self._check_may(user, APPROVE)
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            if reviewer is not None:
                self._check_reviewer(session, store, course, reviewer)
            course.reviewer, course.due_at = reviewer, due_at
            session.flush()
            return self._view(store, course)

    # Looking back

    def history(self, user: str, course_id: int) -> tuple[HistoryEntry, ...]:
        """Revisions and decisions, newest first."""
        with self._sessions() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            revisions = store.list_revisions(course.id)
            numbers = {revision.id: revision.number for revision in revisions}
            found = [
                HistoryEntry(
                    revision.changed_at, revision.editor, revision.number, revision.content_hash, None, revision.summary
                )
                for revision in revisions
            ]
            found += [
                HistoryEntry(
                    decision.decided_at,
                    decision.decided_by,
                    numbers.get(decision.revision_id, 0),
                    decision.content_hash,
                    DecisionKind(decision.kind),
                    decision.reason,
                )
                for decision in store.list_decisions(course.id)
            ]
        return tuple(sorted(found, key=lambda entry: entry.at, reverse=True))

    def get_revision(self, user: str, course_id: int, number: int) -> CourseContent:
        """Raises `RevisionNotFound`."""
        with self._sessions() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            return unpack(store.get_revision(course, number).content)

    def diff(self, user: str, course_id: int, from_revision: int, to_revision: int | None = None) -> CourseDiff:
        """From one revision to another, or to what is there now."""
        with self._sessions() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            later = store.head(course) if to_revision is None else store.get_revision(course, to_revision)
            return differences(unpack(store.get_revision(course, from_revision).content), unpack(later.content))

    def diff_since_my_decision(self, user: str, course_id: int) -> CourseDiff | None:
        """What changed since this reviewer decided last; None where they never did."""
        with self._sessions() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            decision = store.find_last_decision(course.id, user)
            revision = decision and store.find_revision(decision.revision_id)
            if not revision:
                return None
            return differences(unpack(revision.content), unpack(store.head(course).content))

    # Risks

    def list_risks(self, user: str, mine: bool = False, limit: int = 50, offset: int = 0) -> list[RiskEntry]:
        """Open ones, oldest first: the tasks of authors. `mine`: only of courses that the user made."""
        with self._sessions() as session:
            reader = self._insider(session, user)
            store = CourseStore(session)
            risks = store.list_open_risks(reader, user if mine else None, limit, offset)
            entries: list[RiskEntry] = []
            for course_id in dict.fromkeys(risk.course_id for risk in risks):
                course = store.get_course(reader, course_id)
                entries += self._risk_entries(store, course, [one for one in risks if one.course_id == course_id])
            return sorted(entries, key=lambda entry: entry.risk_id)

    def accept_risk(self, user: str, course_id: int, risk_id: int, reason: str) -> CourseView:
        """The claim is still right although its source changed; says why. Brings it back into practice.

        What is published is not for its authors to find right. Raises `OwnWork`, `ReasonMissing`, `RiskResolved`.
        """
        if not reason.strip():
            raise ReasonMissing
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            risk = store.get_risk(course, risk_id)
            if not risk.is_open:
                raise RiskResolved
            self._check_may(user, CONTRIBUTE if risk.publication_id is None else REVIEW)
            under_review, _ = self._under_review(store, course)
            is_own = user in under_review.authors
            if risk.publication_id is not None and is_own:
                raise OwnWork(DecisionKind.PUBLISHED)
            reviews = REVIEW in self._permissions(user) and not is_own
            now = self._clock()
            for one in store.list_risks(course.id):
                # What is worked on and what is published may say the same: one look at it is enough.
                same = _is_about(risk, one.part_id, one.claim_id, one.document_id, one.quote_hash)
                if one.id != risk.id and not (
                    same and one.new_version_id == risk.new_version_id and (reviews or one.publication_id is None)
                ):
                    continue
                _resolve(one, Resolution.ACCEPTED, user, now, reason.strip()[:2000])
                for row in store.ledger(course.id, one.publication_id):
                    if _is_about(one, row.part_id, row.claim_id, row.document_id, row.quote_hash):
                        row.checked_version_id, row.accepted_risk_id = one.new_version_id, one.id
            session.flush()
            return self._view(store, course)

    def take_mend(self, user: str, course_id: int, risk_id: int, seen_revision: int) -> CourseView:
        """Has the claim say what the new version says, word for word, bound to it. `seen_revision` is the part's."""

        def edit(draft: "CourseEdit") -> CourseContent:
            risk = draft.store.get_risk(draft.course, risk_id)
            if not risk.is_open:
                raise RiskResolved
            if not risk.mend or risk.claim_id == "":
                raise NoMend
            part = draft.known_part(risk.part_id, seen_revision, None)
            known = claim_of(part, risk.claim_id)
            spans = tuple(Span(start, end) for start, end in risk.mend_spans)
            found = draft.evidence(SpanQuote(risk.document_id, risk.new_version_id, spans))
            kept = tuple(
                one
                for one in known.evidence
                if (one.document_id, quote_hash(one.quote)) != (risk.document_id, risk.quote_hash)
            )
            # Whoever signed it as own experience signed other words.
            changed = replace(known, text=risk.mend, evidence=(*kept, *found), own_experience_of=None)
            return draft.content.with_part(replace(with_claim(part, changed), edited_by=user))

        return self._edit(user, course_id, edit, "mended a claim")

    # What all of them do

    def _insider(self, session: Session, user: str) -> Reader:
        """Raises `NotAllowed` for who neither contributes nor reviews."""
        if not {CONTRIBUTE, REVIEW} & set(self._permissions(user)):
            raise NotAllowed(CONTRIBUTE)
        return CorpusStore(session).reader(user)

    def _course(self, session: Session, user: str, course_id: int) -> Course:
        """For people who see drafts. Raises `CourseNotFound`."""
        if not {CONTRIBUTE, REVIEW} & set(self._permissions(user)):
            raise CourseNotFound(course_id)
        return CourseStore(session).get_course(CorpusStore(session).reader(user), course_id)

    def _check_may(self, user: str, permission: str) -> None:
        if permission not in self._permissions(user):
            raise NotAllowed(permission)

    def _check_reviewer(self, session: Session, store: CourseStore, course: Course, name: str) -> None:
        reader = CorpusStore(session).reader(name)
        try:
            store.get_course(reader, course.id)
        except CourseNotFound as error:
            raise CannotReview(name) from error
        under_review, _ = self._under_review(store, course)
        if APPROVE not in self._permissions(name) or name in under_review.authors:
            raise CannotReview(name)

    def _edit(
        self,
        user: str,
        course_id: int,
        edit: "Callable[[CourseEdit], CourseContent]",
        summary: str,
        part_id: str | None = None,
        structure: str | None = None,
    ) -> CourseView:
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            self._check_may(user, CONTRIBUTE)
            head = store.head(course)
            content = unpack(head.content)
            draft = CourseEdit(session, store, course, content, user, self._new_id)
            edited = edit(draft)
            after = content_hash(edited)
            if after == head.content_hash and _materials(edited) == _materials(content):
                return self._view(store, course)
            check_size(edited)
            touched = structure or draft.touched
            if touched is not None:
                course.structure_editors = {**course.structure_editors, touched: user}
            course.state = state_after_edit(CourseState(course.state), head.content_hash, after)
            if course.state is CourseState.DRAFT:
                course.submitted_at = course.submitted_by = course.due_at = None
            self._save(store, course, head, edited, user, summary, part_id)
            return self._view(store, course)

    def _save(
        self,
        store: CourseStore,
        course: Course,
        head: CourseRevision,
        content: CourseContent,
        user: str,
        summary: str,
        part_id: str | None,
    ) -> None:
        now = self._clock()
        shares = (
            not head.closed
            and part_id is not None
            and (head.editor, head.edited_part) == (user, part_id)
            and now - head.created_at < SHARED_FOR
        )
        if not shares:
            head = CourseRevision(
                course_id=course.id,
                number=head.number + 1,
                content=b"",
                content_hash="",
                editor=user,
                summary=summary,
                created_at=now,
                changed_at=now,
                edited_part=part_id,
            )
        put_content(head, content)
        head.changed_at, head.summary = now, summary
        course.head_id = store.add(head).id
        course.title, course.changed_at = content.title, now
        store.write_ledger(course, content)
        self._settle_risks(store, course, user, now)

    def _settle_risks(self, store: CourseStore, course: Course, user: str, now: datetime) -> None:
        """A claim that stands on those words no more is seen to."""
        rows = store.ledger(course.id, None)
        for risk in store.list_risks(course.id):
            if risk.publication_id is None and not any(
                _is_about(risk, row.part_id, row.claim_id, row.document_id, row.quote_hash) for row in rows
            ):
                _resolve(risk, Resolution.EDITED, user, now, "")

    def _decide(self, user: str, course_id: int, kind: DecisionKind, seen_hash: str, reason: str = "") -> CourseView:
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            under_review, _ = self._under_review(store, course)
            following = decide(under_review, kind, user, seen_hash)
            if kind is DecisionKind.WITHDRAWN and user not in under_review.authors:
                raise NotItsAuthor(kind)
            if kind is DecisionKind.APPROVED and (stale := self._stale(store, course)):
                raise NotReady(stale)
            self._record(store, course, kind, user, reason)
            course.state = following
            session.flush()
            return self._view(store, course)

    def _under_review(self, store: CourseStore, course: Course) -> tuple[UnderReview, CourseContent]:
        head = store.head(course)
        content = unpack(head.content)
        editors = last_editors(content, list(course.structure_editors.values()))
        state = CourseState(course.state)
        return UnderReview(course.id, state, head.content_hash, course.maker, editors), content

    def _record(
        self,
        store: CourseStore,
        course: Course,
        kind: DecisionKind,
        user: str,
        reason: str,
        publication: CoursePublication | None = None,
    ) -> None:
        head = store.head(course)
        head.closed = True
        store.add(
            CourseDecision(
                course_id=course.id,
                kind=kind,
                decided_by=user,
                decided_at=self._clock(),
                revision_id=publication.revision_id if publication else head.id,
                content_hash=publication.content_hash if publication else head.content_hash,
                reason=reason.strip()[:_LONGEST_TEXT],
            )
        )

    def _stale(self, store: CourseStore, course: Course) -> tuple[Lack, ...]:
        """What stands on words that were not found in their source as it is now."""
        content = unpack(store.head(course).content)
        found = sorted(store.out_of_practice(course.id, None))
        lacking = []
        for part_id, claim_id in dict.fromkeys((standing.part_id, standing.claim_id) for standing in found):
            _, part = content.part(part_id)
            claim = find_claim(part, claim_id)
            said = claim.text[:80] if claim else "A clip or picture"
            lacking.append(Lack(f"The source of “{said}” has changed: see to it first.", part_id, claim_id or None))
        return tuple(lacking)

    def _comment(
        self,
        user: str,
        course_id: int,
        text: str,
        part_id: str | None,
        claim_id: str | None,
        suggestion: str | None,
    ) -> CourseView:
        if not text.strip() and suggestion is None:
            raise Invalid("Write what you want to say.")
        if len(text) > _LONGEST_TEXT:
            raise TooLarge("A comment's characters", _LONGEST_TEXT)
        with self._writing.begin() as session:
            store, course = CourseStore(session), self._course(session, user, course_id)
            digest = ""
            if part_id is not None:
                _, part = unpack(store.head(course).content).part(part_id)
                if claim_id is not None:
                    claim_of(part, claim_id)
                digest = part_hash(part)
            store.head(course).closed = True
            store.add(
                CourseComment(
                    course_id=course.id,
                    part_id=part_id,
                    part_hash=digest,
                    author=user,
                    text=text.strip(),
                    written_at=self._clock(),
                    claim_id=claim_id,
                    suggestion=suggestion,
                )
            )
            return self._view(store, course)

    # As it is shown

    def _view(self, store: CourseStore, course: Course) -> CourseView:
        head = store.head(course)
        under_review, content = self._under_review(store, course)
        risks = store.list_risks(course.id)
        at_risk = {risk.publication_id for risk in risks}
        return CourseView(
            course_id=course.id,
            title=course.title,
            audience=store.audience_name(course),
            maker=course.maker,
            state=under_review.state,
            content=content,
            revision=head.number,
            content_hash=head.content_hash,
            authors=under_review.authors,
            created_at=course.created_at,
            changed_at=course.changed_at,
            changed_by=head.editor,
            submitted_at=course.submitted_at,
            submitted_by=course.submitted_by,
            due_at=course.due_at,
            reviewer=course.reviewer,
            source_ids=tuple(store.list_source_ids(course.id)),
            drafters=tuple(course.drafters),
            lacks=tuple(lacks(content)),
            out_of_practice=parts_of(store.out_of_practice(course.id, None)),
            risks=tuple(self._risk_entries(store, course, risks)),
            comments=tuple(comment_entry(comment, content) for comment in store.list_comments(course.id)),
            verdicts=tuple(verdict_entry(verdict, content) for verdict in store.list_verdicts(course.id)),
            publications=tuple(
                publication_entry(publication, at_risk) for publication in store.list_publications(course.id)
            ),
        )

    def _risk_entries(self, store: CourseStore, course: Course, risks: Sequence[Risk]) -> list[RiskEntry]:
        if not risks:
            return []
        contents: dict[int | None, CourseContent] = {None: unpack(store.head(course).content)}
        numbers: dict[int | None, int] = {}
        for publication in store.list_publications(course.id):
            numbers[publication.id] = publication.number
            if any(risk.publication_id == publication.id for risk in risks):
                contents[publication.id] = unpack(publication.content)
        return [
            risk_entry(store, course, risk, numbers.get(risk.publication_id), contents[risk.publication_id])
            for risk in risks
        ]


def _materials(content: CourseContent) -> list[tuple[int, ...]]:
    return [lesson.material for lesson in content.lessons]


def _kind_of(part: Part) -> str:
    return "a block" if isinstance(part, Block) else "a quiz item"


def _is_about(risk: Risk, part_id: str, claim_id: str, document_id: int, quote: str) -> bool:
    return (risk.part_id, risk.claim_id, risk.document_id, risk.quote_hash) == (part_id, claim_id, document_id, quote)


def _resolve(risk: Risk, resolution: Resolution, by: str, now: datetime, reason: str) -> None:
    risk.resolution, risk.resolved_by, risk.resolved_at, risk.reason = resolution, by, now, reason
