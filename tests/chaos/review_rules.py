"""`python -m tests.chaos.review_rules [--steps 10000] [--seed 1]`: people do anything to courses, in any order.

Several users with stale and fresh views edit, confirm, submit, approve, publish and retire courses while a source of
theirs changes. A second account of everything, kept from what was acknowledged alone, says what must hold:

- a publication has a content that somebody approved, as exactly that, after its last edit, who was none of its authors;
- so is whoever published it; and a publication never changes;
- an edit of what is not there any more is refused and gives its words back, and one of what is there is taken;
- every acknowledged edit is in the head or in the history, unless who made it went on writing there within a minute;
- the state is the one that follows from what was acknowledged.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.course_views import CourseView
from api.courses import SHARED_FOR, Courses
from authoring.block import Block
from authoring.claim import Claim
from authoring.course import Brief, CourseContent, PartNotFound
from authoring.course_json import content_hash
from authoring.quiz_item import QuizItem
from authoring.record import CourseState, DecisionKind, PublicationState
from authoring.review import NotSaved, OtherContent, OwnWork
from corpus.errors import GroundworkError
from tests.authoring.course_people import PEOPLE, a_block, a_lesson, courses_of, selected
from tests.authoring.small_corpus import SmallCorpus

COURSES = 3
EDITORS = ("ana", "ben", "adam")
REVIEWERS = ("ana", "ben", "adam", "rita", "rolf")
SENTENCES = ("Every employee gets 30 days of leave a year.", "A note is needed from the third day on.")
_AFTER = {
    DecisionKind.CONFIRMED: CourseState.SME_CONFIRMED,
    DecisionKind.SUBMITTED: CourseState.IN_REVIEW,
    DecisionKind.WITHDRAWN: CourseState.DRAFT,
    DecisionKind.APPROVED: CourseState.APPROVED,
    DecisionKind.CHANGES_REQUESTED: CourseState.CHANGES_REQUESTED,
    DecisionKind.PUBLISHED: CourseState.PUBLISHED,
}


class Broken(AssertionError):
    """A rule was."""


@dataclass(slots=True)
class Written:
    """An acknowledged edit: words that stand nowhere else."""

    words: str
    by: str
    part_id: str
    at: datetime


@dataclass(slots=True)
class Account:
    """What must be true of one course, by what was acknowledged."""

    maker: str
    state: CourseState = CourseState.DRAFT
    content_hash: str = ""
    part_revisions: dict[str, int] = field(default_factory=dict)
    part_editors: dict[str, str] = field(default_factory=dict)
    structure_editors: dict[str, str] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)
    approved_by: str | None = None
    """Of the present content, since its last edit."""
    publications: list[tuple[str, str, str]] = field(default_factory=list)
    """Hash, who approved it, who published it."""

    @property
    def authors(self) -> set[str]:
        return {self.maker, *self.part_editors.values(), *self.structure_editors.values()}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=10)
        return self.now


class ReviewRules:
    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        self._clock = Clock()
        self.corpus = SmallCorpus(folder, self._clock, tuple(PEOPLE))
        self.courses: Courses = courses_of(self.corpus)
        self._document_id = self.corpus.add("leave.md", "\n\n".join(("# Leave", *SENTENCES)))
        self._said: list[str] = list(SENTENCES)
        self._views: dict[tuple[str, int], CourseView] = {}
        self._accounts: dict[int, Account] = {}
        self._parts: dict[tuple[int, str], tuple[str, ...]] = {}
        """Of each lesson, as it was after the last step."""
        self._tokens = 0
        self.outcomes: Counter[str] = Counter()
        self.begin_courses()

    def begin_courses(self) -> None:
        """New ones; what was done to those before is checked once more and left as it is."""
        self.check()
        self._accounts = {}
        for _ in range(COURSES):
            maker = self._chance.choice(EDITORS)
            view = self.courses.create(maker, "Course", Brief(), document_ids=[self._document_id])
            self._accounts[view.course_id] = Account(maker, structure_editors={"outline": maker})
            view = self.courses.set_outline(maker, view.course_id, 1, [a_lesson("l1"), a_lesson("l2")])
            self._edited(view, maker, None, "")

    def step(self) -> None:
        self._clock.now += timedelta(seconds=self._chance.choice((0, 1, 5, 70)))
        course_id = self._chance.choice(list(self._accounts))
        user, act = self._likely(course_id) if self._chance.random() < 0.45 else self._any()
        view = self._seen(user, course_id)
        name = act.__name__.lstrip("_")
        if view is None:
            self.outcomes[f"{name}: unseen"] += 1
            return
        try:
            act(user, view)
            self.outcomes[f"{name}: done"] += 1
        except GroundworkError as error:
            self.outcomes[f"{name}: {type(error).__name__}"] += 1
        self._compare(course_id)

    def check(self) -> None:
        """What would take long after every step."""
        for course_id, account in self._accounts.items():
            kept = "\n".join(str(content) for content in self._all_contents(course_id))
            for place, written in enumerate(account.written):
                if written.words not in kept and not _went_on(written, account.written[place + 1 :]):
                    raise Broken(f"course {course_id} has lost {written}")

    # What people do

    def _put(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        assert isinstance(part, Block)
        words = self._words()
        claims = (Claim(part.claims[0].id, words, own_experience_of=user), *part.claims[1:])
        changed = replace(part, claims=claims)
        if self._chance.random() < 0.3:
            self._edit(
                user,
                view,
                part.id,
                words,
                lambda: self.courses.put_redraft(user, view.course_id, part.revision, changed),
            )
        else:
            self._edit(
                user, view, part.id, words, lambda: self.courses.put_part(user, view.course_id, part.revision, changed)
            )

    def _add(self, user: str, view: CourseView) -> None:
        lesson = self._chance.choice(view.content.lessons)
        if len(lesson.parts) > 5:
            return
        words = self._words()
        self._tokens += 1
        part = a_block(words, f"b{self._tokens}", f"c{self._tokens}")
        part = replace(part, claims=(replace(part.claims[0], own_experience_of=user),))
        made = self.courses.add_part(user, view.course_id, lesson.id, lesson.revision, part)
        self._accounts[view.course_id].structure_editors[lesson.id] = user
        self._edited(made, user, part.id, words)

    def _remove(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        made = self._fresh(view, part, lambda: self.courses.remove_part(user, view.course_id, part.id, part.revision))
        account = self._accounts[view.course_id]
        del account.part_revisions[part.id]
        del account.part_editors[part.id]
        self._moved(made, user)

    def _move(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        target = self._chance.choice(view.content.lessons).id
        before = self.courses.get(user, view.course_id)
        made = self._fresh(
            view, part, lambda: self.courses.move_part(user, view.course_id, part.id, part.revision, target, 0)
        )
        if made.content_hash != before.content_hash:
            self._accounts[view.course_id].structure_editors[target] = user
            self._edited(made, user, None, "")

    def _outline(self, user: str, view: CourseView) -> None:
        words = self._words()
        first, *rest = view.content.lessons
        lessons = [*rest, replace(first, title=words)]
        present = self.courses.get(user, view.course_id).content.revision
        try:
            made = self.courses.set_outline(user, view.course_id, view.content.revision, lessons)
        except NotSaved as error:
            _hold(view.content.revision != present, "an outline was refused that nobody had changed")
            _hold(error.unsaved is not None and words in str(error.unsaved), "the words did not come back")
            raise
        _hold(view.content.revision == present, "an outline was overwritten")
        self._accounts[view.course_id].structure_editors["outline"] = user
        self._edited(made, user, None, words)

    def _bind(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        quote = selected(self.corpus, self._document_id, self._chance.choice(self._said))
        before = self.courses.get(user, view.course_id)
        made = self._fresh(
            view,
            part,
            lambda: self.courses.bind(user, view.course_id, part.id, part.revision, part.claims[0].id, [quote]),
        )
        if made.content_hash != before.content_hash:
            self._edited(made, user, part.id, "")

    def _sign(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        before = self.courses.get(user, view.course_id)
        made = self._fresh(
            view, part, lambda: self.courses.sign(user, view.course_id, part.id, part.revision, part.claims[0].id)
        )
        if made.content_hash != before.content_hash:
            self._edited(made, user, part.id, "")

    def _take_back(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        versions = self.courses.list_part_versions(user, view.course_id, part.id)
        chosen = self._chance.choice(versions)
        before = self.courses.get(user, view.course_id)
        made = self._fresh(
            view,
            part,
            lambda: self.courses.take_back(user, view.course_id, part.id, part.revision, chosen.revision),
        )
        if made.content_hash != before.content_hash:
            self._edited(made, user, part.id, "")

    def _suggest(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        self.courses.suggest(user, view.course_id, part.id, part.claims[0].id, self._words())

    def _take(self, user: str, view: CourseView) -> None:
        open_ones = [
            one for one in self.courses.get(user, view.course_id).comments if one.suggestion and not one.resolved_at
        ]
        if not open_ones:
            return
        comment = self._chance.choice(open_ones)
        assert comment.part_id is not None
        assert comment.suggestion is not None
        _, part = view.content.part(comment.part_id)
        made = self._fresh(
            view,
            part,
            lambda: self.courses.take_suggestion(user, view.course_id, comment.comment_id, part.revision),
        )
        self._edited(made, user, part.id, comment.suggestion)

    def _comment(self, user: str, view: CourseView) -> None:
        self.courses.comment(user, view.course_id, "Why?")

    def _accept(self, user: str, view: CourseView) -> None:
        part = self._a_part(view)
        self.courses.accept_part(user, view.course_id, part.id, view.part_hashes[part.id])

    def _confirm(self, user: str, view: CourseView) -> None:
        self._decide(
            user, view, DecisionKind.CONFIRMED, lambda: self.courses.confirm(user, view.course_id, view.content_hash)
        )

    def _submit(self, user: str, view: CourseView) -> None:
        self._decide(
            user, view, DecisionKind.SUBMITTED, lambda: self.courses.submit(user, view.course_id, view.content_hash)
        )

    def _withdraw(self, user: str, view: CourseView) -> None:
        self._decide(
            user, view, DecisionKind.WITHDRAWN, lambda: self.courses.withdraw(user, view.course_id, view.content_hash)
        )

    def _approve(self, user: str, view: CourseView) -> None:
        account = self._accounts[view.course_id]
        self._decide(
            user,
            view,
            DecisionKind.APPROVED,
            lambda: self.courses.approve(user, view.course_id, view.content_hash, "Yes."),
        )
        _hold(user not in account.authors, f"{user} approved own work")
        account.approved_by = user

    def _request(self, user: str, view: CourseView) -> None:
        self._decide(
            user,
            view,
            DecisionKind.CHANGES_REQUESTED,
            lambda: self.courses.request_changes(user, view.course_id, view.content_hash, "No."),
        )

    def _publish(self, user: str, view: CourseView) -> None:
        account = self._accounts[view.course_id]
        self._decide(
            user, view, DecisionKind.PUBLISHED, lambda: self.courses.publish(user, view.course_id, view.content_hash)
        )
        _hold(user not in account.authors, f"{user} published own work")
        _hold(account.approved_by is not None, "something was published that nobody had approved")
        assert account.approved_by is not None
        _hold(account.approved_by not in account.authors, "an author's approval was enough")
        account.publications.append((view.content_hash, account.approved_by, user))
        account.approved_by = None

    def _retire(self, user: str, view: CourseView) -> None:
        present = [one for one in view.publications if one.state is not PublicationState.RETIRED]
        if present:
            self.courses.retire(user, view.course_id, self._chance.choice(present).number, "Enough.")

    def _change_source(self, user: str, view: CourseView) -> None:
        """Sentences move, and sometimes one is another for a while."""
        self._said = [*(sentence for sentence in SENTENCES if self._chance.random() < 0.9), "The end."]
        self._chance.shuffle(self._said)
        self.corpus.change(self._document_id, "\n\n".join(("# Leave", self._words(), *self._said)))
        _ = user, view

    def _see_to_risks(self, user: str, view: CourseView) -> None:
        for risk in self.courses.get(user, view.course_id).risks:
            self.courses.accept_risk(user, view.course_id, risk.risk_id, "Still so.")

    # The second account

    def _decide(self, user: str, view: CourseView, kind: DecisionKind, decide: Callable[[], CourseView]) -> None:
        account = self._accounts[view.course_id]
        try:
            made = decide()
        except OtherContent:
            _hold(view.content_hash != account.content_hash, "a decision about the present content was refused")
            raise
        except OwnWork:
            _hold(user in account.authors, f"{user} is no author and was taken for one")
            raise
        _hold(view.content_hash == account.content_hash, "a decision was made about what is not there any more")
        account.state = _AFTER[kind]
        if kind in (DecisionKind.CHANGES_REQUESTED, DecisionKind.WITHDRAWN):
            account.approved_by = None
        self._views[user, view.course_id] = made

    def _edit(self, user: str, view: CourseView, part_id: str, words: str, edit: Callable[[], CourseView]) -> None:
        _, part = view.content.part(part_id)
        made = self._fresh(view, part, edit, words)
        self._edited(made, user, part_id, words)

    def _fresh(
        self, view: CourseView, part: Block | QuizItem, edit: Callable[[], CourseView], words: str = ""
    ) -> CourseView:
        """Refused if, and only if, the part is not as it was seen."""
        known = self._accounts[view.course_id].part_revisions.get(part.id)
        try:
            made = edit()
        except NotSaved as error:
            _hold(known != part.revision, "an edit was refused although nobody had changed the part")
            _hold(not words or words in str(error.unsaved), "the words did not come back")
            raise
        _hold(known == part.revision, "an edit was made on what is not there any more")
        return made

    def _edited(self, made: CourseView, user: str, part_id: str | None, words: str) -> None:
        account = self._accounts[made.course_id]
        if part_id is not None:
            account.part_editors[part_id] = user
            account.part_revisions[part_id] = made.content.part(part_id)[1].revision
        if words:
            account.written.append(Written(words, user, part_id or "", self._clock.now))
        _hold(made.content_hash != account.content_hash, "an edit left everything as it was")
        account.content_hash, account.state, account.approved_by = made.content_hash, CourseState.DRAFT, None
        self._views[user, made.course_id] = made

    def _moved(self, made: CourseView, user: str) -> None:
        account = self._accounts[made.course_id]
        for lesson in made.content.lessons:
            before = self._parts.get((made.course_id, lesson.id))
            if before is not None and before != tuple(part.id for part in lesson.parts):
                account.structure_editors[lesson.id] = user
        self._edited(made, user, None, "")

    def _compare(self, course_id: int) -> None:
        account = self._accounts[course_id]
        view = self.courses.get("rita", course_id)
        for lesson in view.content.lessons:
            self._parts[course_id, lesson.id] = tuple(part.id for part in lesson.parts)
        _hold(view.state is account.state, f"course {course_id} is {view.state}, not {account.state}")
        _hold(view.content_hash == account.content_hash == content_hash(view.content), "another content is there")
        _hold(set(view.authors) == account.authors, f"authors are {set(view.authors)}, not {account.authors}")
        found = [(one.content_hash, one.approved_by, one.published_by) for one in reversed(view.publications)]
        _hold(found == account.publications, "publications are others than were made")
        for number, (published_hash, approved_by, published_by) in enumerate(account.publications, 1):
            content = self.courses.get_publication("rita", course_id, number).content
            _hold(content_hash(content) == published_hash, f"publication {number} has changed")
            _hold(account.maker not in (approved_by, published_by), "the maker had a part in a publication")

    def _all_contents(self, course_id: int) -> Iterator[CourseContent]:
        for entry in self.courses.history("rita", course_id):
            if entry.kind is None:
                yield self.courses.get_revision("rita", course_id, entry.revision)

    # Chance

    def _seen(self, user: str, course_id: int) -> CourseView | None:
        """Often what the user saw some time ago."""
        known = self._views.get((user, course_id))
        if known is None or self._chance.random() < 0.75:
            # A learner, who sees no drafts, acts on what somebody has told them of.
            known = self.courses.get("rita" if user == "lea" else user, course_id)
            self._views[user, course_id] = known
        return known

    def _likely(self, course_id: int) -> tuple[str, Callable[[str, CourseView], None]]:
        """What would come next if all went well."""
        account = self._accounts[course_id]
        others = [user for user in REVIEWERS if user not in account.authors]
        reviewer = self._chance.choice(others or list(REVIEWERS))
        if self._chance.random() < 0.25:
            reviewer = self._chance.choice(sorted(account.authors))
        return {
            CourseState.DRAFT: (self._chance.choice(sorted(account.authors)), self._confirm),
            CourseState.CHANGES_REQUESTED: (self._chance.choice(EDITORS), self._put),
            CourseState.SME_CONFIRMED: (
                self._chance.choice(EDITORS),
                self._chance.choice((self._submit, self._submit, self._submit, self._add, self._see_to_risks)),
            ),
            CourseState.IN_REVIEW: (reviewer, self._approve),
            CourseState.APPROVED: (reviewer, self._publish),
            CourseState.PUBLISHED: (self._chance.choice(EDITORS), self._put),
        }[account.state]

    def _any(self) -> tuple[str, Callable[[str, CourseView], None]]:
        often = (*[self._put] * 6, self._add, self._add, self._approve, self._see_to_risks)
        seldom = (
            self._remove,
            self._move,
            self._outline,
            self._bind,
            self._sign,
            self._take_back,
            self._suggest,
            self._take,
            self._comment,
            self._accept,
            self._confirm,
            self._submit,
            self._withdraw,
            self._approve,
            self._request,
            self._publish,
            self._retire,
            self._change_source,
        )
        return self._chance.choice((*PEOPLE, *EDITORS)), self._chance.choice((*often, *seldom))

    def _a_part(self, view: CourseView) -> Block | QuizItem:
        parts = [part for lesson in view.content.lessons for part in lesson.parts]
        if not parts:
            raise PartNotFound("any")
        return self._chance.choice(parts)

    def _words(self) -> str:
        self._tokens += 1
        return f"Words number {self._tokens:06}."


def _hold(true: bool, otherwise: str) -> None:
    if not true:
        raise Broken(otherwise)


def _went_on(written: Written, later: Sequence[Written]) -> bool:
    """Whether the same person wrote the next words in that part, soon: an autosave of one text."""
    following = next((one for one in later if one.part_id == written.part_id), None)
    return following is not None and following.by == written.by and following.at - written.at < SHARED_FOR


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        rules = ReviewRules(Path(folder), given.seed)
        for number in range(1, given.steps + 1):
            rules.step()
            if number % 1000 == 0:
                rules.begin_courses()
                print(f"{number:,} steps, {time.monotonic() - began:.0f} s", flush=True)
        rules.check()
    for name, count in sorted(rules.outcomes.items()):
        print(f"{count:7,}  {name}")
    print(f"{given.steps:,} steps, every rule held")
    return 0


if __name__ == "__main__":
    sys.exit(main())
