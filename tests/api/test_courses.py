"""What people do with courses, over a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.course_editing import ChunkQuote, SignedByAnother
from api.course_views import CourseView
from api.courses import Courses
from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import Brief, CourseNotFound, LessonState
from authoring.record import CourseState, DecisionKind, PublicationState
from authoring.review import (
    NotAllowed,
    NotInState,
    NotItsAuthor,
    NotReady,
    NotSaved,
    OtherContent,
    OwnWork,
    ReasonMissing,
)
from authoring.source_text import NotInSource
from corpus.audience import PrincipalKind
from corpus.document import DocumentNotFound
from corpus.locator import Span
from corpus.store import CorpusStore
from tests.authoring.course_people import (
    HANDBOOK,
    PEOPLE,
    a_block,
    a_course_of,
    a_lesson,
    an_item,
    copied_corpus,
    courses_of,
    in_review,
    selected,
)
from tests.authoring.small_corpus import SmallCorpus
from tests.conftest import Ticking


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of today's form, to be copied."""
    folder = tmp_path_factory.mktemp("courses")
    SmallCorpus(folder, Ticking(), tuple(PEOPLE)).engine.dispose()
    return folder


@pytest.fixture
def corpus(prepared: Path, tmp_path: Path) -> Iterator[SmallCorpus]:
    opened = copied_corpus(prepared, tmp_path, Ticking())
    yield opened
    opened.engine.dispose()


@pytest.fixture
def courses(corpus: SmallCorpus) -> Courses:
    return courses_of(corpus)


def a_bound_course(corpus: SmallCorpus, courses: Courses) -> CourseView:
    document_id = corpus.add("leave.md", HANDBOOK)
    return a_course_of(corpus, courses, document_id, "Every employee gets 30 days of leave a year.")


def test_a_course_goes_from_draft_to_published(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    assert course.state is CourseState.DRAFT
    assert course.lacks == ()
    course = in_review(courses, course)
    assert course.state is CourseState.IN_REVIEW
    course = courses.approve("rita", course.course_id, course.content_hash, "As the handbook says.")
    assert course.state is CourseState.APPROVED
    course = courses.publish("rita", course.course_id, course.content_hash)
    assert course.state is CourseState.PUBLISHED
    [publication] = course.publications
    assert (publication.number, publication.approved_by, publication.state) == (1, "rita", PublicationState.PUBLISHED)
    learnt = courses.get_publication("lea", course.course_id)
    assert learnt.content == course.content
    kinds = [entry.kind for entry in courses.history("ana", course.course_id) if entry.kind]
    assert kinds == [DecisionKind.PUBLISHED, DecisionKind.APPROVED, DecisionKind.SUBMITTED, DecisionKind.CONFIRMED]


def test_nobody_approves_or_publishes_what_they_made_or_edited_last(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    course = courses.add_part("ben", course.course_id, "l1", 2, a_block("I have seen it.", "b2", "c2"))
    course = courses.sign("ben", course.course_id, "b2", 1, "c2")
    course = courses.add_part("adam", course.course_id, "l1", 3, a_block("So have I.", "b3", "c3"))
    course = in_review(courses, courses.sign("adam", course.course_id, "b3", 1, "c3"))
    for author in ("ana", "ben", "adam"):
        with pytest.raises(OwnWork):
            courses.approve(author, course.course_id, course.content_hash, "Fine.")
    course = courses.approve("rita", course.course_id, course.content_hash, "Fine.")
    for author in ("ana", "ben", "adam"):
        with pytest.raises(OwnWork):
            courses.publish(author, course.course_id, course.content_hash)


def test_learners_and_contributors_do_not_review_and_reviewers_do_not_edit(
    corpus: SmallCorpus, courses: Courses
) -> None:
    course = in_review(courses, a_bound_course(corpus, courses))
    with pytest.raises(NotAllowed):
        courses.approve("lea", course.course_id, course.content_hash, "Fine.")
    with pytest.raises(NotAllowed):
        courses.approve("otto", course.course_id, course.content_hash, "Fine.")
    with pytest.raises(NotAllowed):
        courses.put_part("rita", course.course_id, 2, a_block("Otherwise."))
    with pytest.raises(CourseNotFound):
        courses.get("lea", course.course_id)
    assert courses.list_published("lea").total == 0


def test_an_edit_voids_the_approval_and_leaves_the_publication(corpus: SmallCorpus, courses: Courses) -> None:
    course = in_review(courses, a_bound_course(corpus, courses))
    approved = courses.approve("rita", course.course_id, course.content_hash, "Fine.")
    block = approved.content.lessons[0].blocks[0]
    edited = courses.put_part("ana", course.course_id, block.revision, replace(block, heading="Days"))
    assert edited.state is CourseState.DRAFT
    with pytest.raises(OtherContent):
        courses.publish("rita", course.course_id, approved.content_hash)
    with pytest.raises(NotInState):
        courses.publish("rita", course.course_id, edited.content_hash)
    back = courses.put_part("ana", course.course_id, block.revision + 1, block)
    assert back.content_hash == approved.content_hash
    with pytest.raises(NotInState):
        courses.publish("rita", course.course_id, back.content_hash)


def test_what_was_changed_meanwhile_is_not_overwritten_and_the_words_come_back(
    corpus: SmallCorpus, courses: Courses
) -> None:
    course = a_bound_course(corpus, courses)
    block = course.content.lessons[0].blocks[0]
    courses.put_part("ben", course.course_id, block.revision, replace(block, heading="By ben"))
    mine = replace(block, heading="By ana")
    with pytest.raises(NotSaved, match="by ben") as caught:
        courses.put_part("ana", course.course_id, block.revision, mine)
    assert caught.value.unsaved == mine
    assert isinstance(caught.value.current, Block)
    assert caught.value.current.heading == "By ben"
    courses.remove_part("ben", course.course_id, "b1", block.revision + 1)
    with pytest.raises(NotSaved) as caught:
        courses.put_part("ana", course.course_id, block.revision + 1, mine)
    assert (caught.value.unsaved, caught.value.current) == (mine, None)


def test_two_people_edit_different_parts_without_getting_in_each_others_way(
    corpus: SmallCorpus, courses: Courses
) -> None:
    course = a_bound_course(corpus, courses)
    course = courses.add_part("ana", course.course_id, "l1", 2, a_block("Ask early.", "b2", "c2"))
    one, other = course.content.lessons[0].blocks
    courses.put_part("ana", course.course_id, one.revision, replace(one, heading="One"))
    course = courses.put_part("ben", course.course_id, other.revision, replace(other, heading="Other"))
    assert [block.heading for block in course.content.lessons[0].blocks] == ["One", "Other"]


def test_unbound_claims_and_lessons_that_are_only_planned_are_not_submitted(
    corpus: SmallCorpus, courses: Courses
) -> None:
    course = a_bound_course(corpus, courses)
    course = courses.add_part("ana", course.course_id, "l1", 2, a_block("Somebody said so.", "b2", "c2"))
    planned = replace(a_lesson("l2", "More"), state=LessonState.PLANNED)
    course = courses.set_outline("ana", course.course_id, course.content.revision, [*course.content.lessons, planned])
    courses.confirm("ana", course.course_id, course.content_hash)
    with pytest.raises(NotReady) as caught:
        courses.submit("ana", course.course_id, course.content_hash)
    assert [(lack.part_id, lack.claim_id) for lack in caught.value.reasons] == [(None, None), ("b2", "c2")]


def test_only_who_made_or_edited_it_says_that_it_is_what_they_meant(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    with pytest.raises(NotItsAuthor):
        courses.confirm("ben", course.course_id, course.content_hash)
    with pytest.raises(OtherContent):
        courses.confirm("ana", course.course_id, "0" * 64)
    with pytest.raises(NotInState):
        courses.submit("ana", course.course_id, course.content_hash)


def test_evidence_has_to_stand_in_a_document_that_the_editor_may_read(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    secret = corpus.add("secret.md", "# Plans\n\nThe office in Lyon will be closed in June of next year.\n", "board")
    block = course.content.lessons[0].blocks[0]
    [known] = block.claims[0].evidence
    forged = replace(known, quote="Every employee gets 60 days of leave a year.")
    claims = (replace(block.claims[0], evidence=(forged,)),)
    with pytest.raises(NotInSource):
        courses.put_part("ana", course.course_id, block.revision, replace(block, claims=claims))
    hidden = selected(corpus, secret, "The office in Lyon will be closed in June")
    with pytest.raises(DocumentNotFound):
        courses.bind("ana", course.course_id, "b1", block.revision, "c1", [hidden])
    moved = replace(known, spans=(Span(0, 3),), title="Another title", headings=("Elsewhere",))
    claims = (replace(block.claims[0], evidence=(moved,)),)
    course = courses.put_part("ana", course.course_id, block.revision, replace(block, heading="x", claims=claims))
    assert course.content.lessons[0].blocks[0].claims[0].evidence == (known,)


def test_words_of_a_found_chunk_bind_a_claim(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    document_id = course.source_ids[0]
    version_id = corpus.version_id(document_id)
    with corpus.sessions() as session:
        chunks = CorpusStore(session).list_chunks(version_id)
    chunk = next(chunk for chunk in chunks if "two weeks" in chunk.text)
    course = courses.bind(
        "ana", course.course_id, "b1", 2, "c1", [ChunkQuote(chunk.chunk_id, "Ask your lead two  weeks before.")]
    )
    evidence = course.content.lessons[0].blocks[0].claims[0].evidence
    assert [one.quote for one in evidence] == [
        "Every employee gets 30 days of leave a year.",
        "Ask your lead two weeks before.",
    ]
    assert evidence[1].spans == (corpus.place(document_id, "Ask your lead two weeks before."),)


def test_own_experience_is_signed_by_who_has_it(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    course = courses.add_part("ana", course.course_id, "l1", 2, a_block("It takes a day.", "b2", "c2"))
    forged = Block("b2", BlockKind.TEXT, (Claim("c2", "It takes a day.", own_experience_of="ben"),))
    with pytest.raises(SignedByAnother):
        courses.put_part("ana", course.course_id, 1, forged)
    course = courses.sign("ben", course.course_id, "b2", 1, "c2")
    signed = course.content.part("b2")[1]
    assert signed.claims[0].own_experience_of == "ben"
    other_words = (replace(signed.claims[0], text="It takes a week."),)
    assert isinstance(signed, Block)
    course = courses.put_part("ana", course.course_id, 2, replace(signed, claims=other_words))
    assert not course.content.part("b2")[1].claims[0].is_bound


def test_a_course_is_hidden_from_who_may_not_read_one_of_its_documents(corpus: SmallCorpus, courses: Courses) -> None:
    with corpus.writing.begin() as session:
        store = CorpusStore(session)
        store.ensure_audience("board", corpus.clock())
        store.allow("board", PrincipalKind.USER, "ana")
        store.allow("board", PrincipalKind.USER, "rita")
    secret = corpus.add("secret.md", "# Plans\n\nThe office in Lyon will be closed in June of next year.\n", "board")
    course = courses.create("ana", "Plans", Brief(), document_ids=[])
    assert courses.get("ben", course.course_id).title == "Plans"
    course = courses.set_outline("ana", course.course_id, 1, [a_lesson()])
    course = courses.add_part("ana", course.course_id, "l1", 1, a_block("Lyon closes."))
    words = selected(corpus, secret, "The office in Lyon will be closed in June")
    course = courses.bind("ana", course.course_id, "b1", 1, "c1", [words])
    with pytest.raises(CourseNotFound):
        courses.get("ben", course.course_id)
    assert courses.list_courses("ben").total == 0
    assert courses.get("rita", course.course_id).title == "Plans"
    block = course.content.lessons[0].blocks[0]
    courses.put_part("ana", course.course_id, block.revision, replace(block, claims=()))
    corpus.remove(secret)
    with pytest.raises(CourseNotFound):
        courses.get("ben", course.course_id)


def test_the_drafting_job_may_run_twice(corpus: SmallCorpus, courses: Courses) -> None:
    course = courses.create("ana", "Leave", Brief())
    lesson = replace(a_lesson(), state=LessonState.PLANNED, material=(1, 2))
    for _ in range(2):
        course = courses.set_outline("ana", course.course_id, 1, [lesson])
    assert course.content.revision == 2
    for _ in range(2):
        course = courses.put_lesson_draft("ana", course.course_id, "l1", a_block("Drafted."))
    assert [block.id for block in course.content.lessons[0].blocks] == ["b1"]
    courses.remove_part("ana", course.course_id, "b1", 1)
    course = courses.put_lesson_draft("ana", course.course_id, "l1", a_block("Drafted."))
    assert course.content.lessons[0].blocks == ()
    for _ in range(2):
        course = courses.put_lesson_draft("ana", course.course_id, "l1", drafted_by="extractive")
    assert course.content.lessons[0].state is LessonState.DRAFTED


def test_the_old_part_is_kept_when_it_is_drafted_anew(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    block = course.content.lessons[0].blocks[0]
    anew = replace(block, claims=(replace(block.claims[0], text="30 days it is."),))
    courses.put_redraft("ana", course.course_id, block.revision, anew)
    versions = courses.list_part_versions("ana", course.course_id, "b1")
    assert [version.part.claims[0].text for version in versions][:2] == ["30 days it is.", block.claims[0].text]
    course = courses.take_back("ana", course.course_id, "b1", block.revision + 1, versions[1].revision)
    assert course.content.lessons[0].blocks[0].claims == block.claims


def test_an_autosave_shares_a_revision_but_no_decision_loses_its_own(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    block = course.content.lessons[0].blocks[0]
    first = courses.put_part("ana", course.course_id, 2, replace(block, heading="H"))
    second = courses.put_part("ana", course.course_id, 3, replace(block, heading="He"))
    assert second.revision == first.revision
    other = courses.put_part("ben", course.course_id, 4, replace(block, heading="Her"))
    assert other.revision == second.revision + 1
    courses.comment("rita", course.course_id, "Who is she?", "b1")
    third = courses.put_part("ben", course.course_id, 5, replace(block, heading="Here"))
    assert third.revision == other.revision + 1
    diff = courses.diff("ana", course.course_id, other.revision)
    [change] = diff.parts
    assert [(words.stretch, words.text) for words in change.texts[0].words] == [("removed", "Her"), ("added", "Here")]


def test_a_reviewer_comments_suggests_and_accepts_part_by_part(corpus: SmallCorpus, courses: Courses) -> None:
    course = in_review(courses, a_bound_course(corpus, courses))
    course = courses.accept_part("rita", course.course_id, "b1", course.part_hashes["b1"])
    assert [(verdict.reviewer, verdict.holds) for verdict in course.verdicts] == [("rita", True)]
    course = courses.comment("rita", course.course_id, "Is this for part-timers too?", "b1")
    course = courses.suggest("rita", course.course_id, "b1", "c1", "Everybody gets 30 days of leave a year.")
    question, suggestion = course.comments
    assert suggestion.current == "Every employee gets 30 days of leave a year."
    courses.request_changes("rita", course.course_id, course.content_hash, "See my comments.")
    course = courses.take_suggestion("ana", course.course_id, suggestion.comment_id, 2)
    assert course.state is CourseState.DRAFT
    assert course.content.lessons[0].blocks[0].claims[0].text == "Everybody gets 30 days of leave a year."
    assert course.content.lessons[0].blocks[0].claims[0].is_bound
    course = courses.resolve_comment("ana", course.course_id, question.comment_id)
    assert all(comment.resolved_by == "ana" and comment.is_outdated for comment in course.comments)
    assert not course.verdicts[0].holds
    with pytest.raises(NotSaved):
        courses.accept_part("rita", course.course_id, "b1", "0" * 64)
    diff = courses.diff_since_my_decision("rita", course.course_id)
    assert diff is not None
    assert [change.part.id for change in diff.parts] == ["b1"]
    assert courses.diff_since_my_decision("rolf", course.course_id) is None


def test_the_queue_shows_what_is_due_first_and_who_has_how_much(corpus: SmallCorpus, courses: Courses) -> None:
    late, soon, whenever = (a_signed_course(courses, title) for title in ("late", "soon", "whenever"))
    now = corpus.clock()
    courses.submit("ana", late.course_id, late.content_hash, now + timedelta(days=9), "rita")
    courses.submit("ana", soon.course_id, soon.content_hash, now + timedelta(days=1), "rita")
    courses.submit("ana", whenever.course_id, whenever.content_hash)
    queue = courses.review_queue("rolf")
    assert [entry.title for entry in queue.entries] == ["soon", "late", "whenever"]
    assert queue.loads == (("rita", 2),)
    with pytest.raises(ReasonMissing):
        courses.approve("rolf", soon.course_id, soon.content_hash, " ")


def a_signed_course(courses: Courses, title: str, key: str = "30") -> CourseView:
    """By ana, of one quiz item that stands on her own experience."""
    course = courses.create("ana", title, Brief())
    course = courses.set_outline("ana", course.course_id, 1, [a_lesson()])
    course = courses.add_part("ana", course.course_id, "l1", 1, an_item(key))
    return courses.confirm("ana", course.course_id, course.content_hash)


def test_a_new_publication_names_items_whose_key_was_corrected(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_signed_course(courses, "Leave")
    for key in ("30", "25"):
        if key == "25":
            course = courses.put_part("ana", course.course_id, 1, an_item(key))
            course = courses.confirm("ana", course.course_id, course.content_hash)
        courses.submit("ana", course.course_id, course.content_hash)
        courses.approve("rita", course.course_id, course.content_hash, "Fine.")
        course = courses.publish("rolf", course.course_id, course.content_hash)
    newest, first = course.publications
    assert (first.changed_keys, newest.changed_keys) == ((), ("q1",))
    begun = courses.get_publication("lea", course.course_id, 1)
    assert [option.claim.text for option in begun.content.lessons[0].items[0].keys] == ["30 days"]
    course = courses.retire("rita", course.course_id, 2, "No longer taught.")
    assert [entry.state for entry in course.publications] == [PublicationState.RETIRED, PublicationState.PUBLISHED]
    assert courses.list_published("lea").total == 0


def test_a_part_moves_between_lessons_and_leaves_the_outline_as_it_is(corpus: SmallCorpus, courses: Courses) -> None:
    course = a_bound_course(corpus, courses)
    lessons = [*course.content.lessons, a_lesson("l2", "More")]
    course = courses.set_outline("ana", course.course_id, course.content.revision, lessons)
    course = courses.move_part("ben", course.course_id, "b1", 2, "l2", 0)
    assert [len(lesson.parts) for lesson in course.content.lessons] == [0, 1]
    assert "ben" in course.authors
    course = courses.set_outline(
        "ana", course.course_id, course.content.revision, list(reversed(course.content.lessons))
    )
    assert [(lesson.id, len(lesson.parts)) for lesson in course.content.lessons] == [("l2", 1), ("l1", 0)]
    assert "ana" in course.authors


def test_edits_at_the_same_moment_follow_one_another_and_none_is_lost(corpus: SmallCorpus, courses: Courses) -> None:
    course_id = a_bound_course(corpus, courses).course_id
    editors, times = ("ana", "ben", "adam"), 6

    def keep_writing(editor: str) -> None:
        done = 0
        while done < times:
            block = courses.get(editor, course_id).content.lessons[0].blocks[0]
            heading = f"{block.heading} {editor}{done}".strip()
            with suppress(NotSaved):
                courses.put_part(editor, course_id, block.revision, replace(block, heading=heading))
                done += 1

    with ThreadPoolExecutor(len(editors)) as pool:
        list(pool.map(keep_writing, editors))
    written = courses.get("ana", course_id).content.lessons[0].blocks[0].heading.split()
    assert sorted(written) == sorted(f"{editor}{number}" for editor in editors for number in range(times))
