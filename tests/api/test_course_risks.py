"""What courses say is put at risk where, and only where, its source has changed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from api.course_risks import CourseRisks, Followed
from api.course_views import CourseView
from api.courses import Courses, NoMend
from authoring.course import Brief, CourseNotFound
from authoring.erasure_store import forget_audiences, forget_documents, forget_user, rename_user
from authoring.quiz_item import QuizItem
from authoring.record import ERASED, CourseState, PublicationState, RiskKind
from authoring.review import NotReady, OwnWork
from authoring.store import PublicationNotFound
from corpus.erasure_store import ErasureStore
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
    published,
    selected,
)
from tests.authoring.small_corpus import SmallCorpus
from tests.conftest import Ticking

DAYS = "Every employee gets 30 days of leave a year."
NOTE = "A note is needed from the third day on."
SHORTER = HANDBOOK.replace("30 days", "25 days")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of today's form, to be copied."""
    folder = tmp_path_factory.mktemp("risks")
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


@pytest.fixture
def risks(corpus: SmallCorpus) -> CourseRisks:
    return CourseRisks(corpus.sessions, corpus.writing, corpus.clock)


@pytest.fixture
def handbook(corpus: SmallCorpus) -> int:
    return corpus.add("leave.md", HANDBOOK)


@pytest.fixture
def course(corpus: SmallCorpus, courses: Courses, handbook: int) -> CourseView:
    """Published, with a block for each of the two sentences."""
    return published(courses, a_course_of(corpus, courses, handbook, DAYS, NOTE))


def test_words_that_moved_are_bound_anew_and_approvals_stay(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    top, how_much, sentences, *rest = HANDBOOK.split("\n\n")
    version_id = corpus.change(handbook, "\n\n".join([top, "New here.", *rest, how_much, sentences]))
    assert risks.follow() == Followed(rebound=4)
    after = courses.get("ana", course.course_id)
    assert (after.state, after.content_hash) == (CourseState.PUBLISHED, course.content_hash)
    [evidence] = after.content.part("b1")[1].claims[0].evidence
    assert (evidence.version_id, evidence.spans) == (version_id, (corpus.place(handbook, DAYS),))
    assert courses.get_publication("lea", course.course_id).content == after.content
    assert after.risks == ()
    assert after.out_of_practice == frozenset()


def test_changed_words_put_only_their_claim_at_risk(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    corpus.change(handbook, SHORTER)
    # Before anybody has looked, nothing that stands on the former version is in practice.
    assert courses.get_publication("lea", course.course_id).out_of_practice == {"b1", "b2"}
    assert risks.follow() == Followed(rebound=2, opened=2)
    learnt = courses.get_publication("lea", course.course_id)
    assert learnt.out_of_practice == {"b1"}
    assert learnt.entry.state is PublicationState.AT_RISK
    [in_head, in_publication] = courses.list_risks("ana", mine=True)
    assert (in_head.publication, in_publication.publication) == (None, 1)
    assert (in_head.kind, in_head.claim_id) == (RiskKind.CHANGED, "c1")
    assert (in_head.old_passage, in_head.new_passage) == (DAYS, DAYS.replace("30", "25"))
    assert in_head.mend == DAYS.replace("30", "25")
    assert courses.list_courses("rita", at_risk_only=True).total == 1


def test_following_twice_changes_nothing(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    corpus.change(handbook, SHORTER)
    risks.follow()
    before = courses.get("ana", course.course_id)
    with corpus.writing.begin() as session:
        session.execute(text("DELETE FROM course_following"))
    assert CourseRisks(corpus.sessions, corpus.writing, corpus.clock).follow() == Followed()
    assert courses.get("ana", course.course_id) == before


def test_a_draft_that_is_written_after_its_source_changed_is_looked_at_too(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int
) -> None:
    quote = selected(corpus, handbook, DAYS)
    corpus.change(handbook, SHORTER)
    risks.follow()
    course = a_course_of(corpus, courses, handbook, NOTE)
    course = courses.add_part("ana", course.course_id, "l1", 2, a_block(DAYS, "b9", "c9"))
    courses.bind("ana", course.course_id, "b9", 1, "c9", [quote])
    assert risks.follow() == Followed(opened=1)


def test_words_that_come_back_resolve_their_risk(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    corpus.change(handbook, SHORTER)
    risks.follow()
    corpus.change(handbook, HANDBOOK)
    assert risks.follow() == Followed(rebound=4, returned=2)
    assert courses.get("ana", course.course_id).risks == ()
    assert courses.get_publication("lea", course.course_id).out_of_practice == frozenset()


def test_a_removed_document_puts_everything_on_it_at_risk(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    corpus.remove(handbook)
    assert risks.follow() == Followed(opened=4)
    found = courses.list_risks("rita")
    assert {(risk.kind, risk.new_passage, risk.mend) for risk in found} == {(RiskKind.DOCUMENT_REMOVED, "", "")}
    assert courses.get_publication("lea", course.course_id).out_of_practice == {"b1", "b2"}


def test_a_mend_is_taken_with_one_step_and_goes_the_whole_way_to_learners(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    corpus.change(handbook, SHORTER)
    risks.follow()
    [risk, _] = courses.list_risks("ana")
    revision = courses.get("ana", course.course_id).content.part("b1")[1].revision
    mended = courses.take_mend("ana", course.course_id, risk.risk_id, revision)
    claim = mended.content.part("b1")[1].claims[0]
    assert (claim.text, [one.quote for one in claim.evidence]) == (risk.mend, [risk.mend])
    assert mended.state is CourseState.DRAFT
    assert [risk.publication for risk in mended.risks] == [1]
    again = published(courses, mended)
    assert again.risks == ()
    assert [entry.state for entry in again.publications] == [PublicationState.PUBLISHED] * 2
    assert courses.get_publication("lea", course.course_id).out_of_practice == frozenset()
    # Whoever began the first one is still not asked what is wrong in it.
    assert courses.get_publication("lea", course.course_id, 1).out_of_practice == {"b1"}


def test_a_mend_takes_the_signature_off_that_was_for_other_words(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    part = courses.get("ana", course.course_id).content.part("b1")[1]
    signed = courses.sign("ana", course.course_id, "b1", part.revision, part.claims[0].id)
    assert signed.content.part("b1")[1].claims[0].own_experience_of == "ana"
    corpus.change(handbook, SHORTER)
    risks.follow()
    risk = next(one for one in courses.list_risks("ana") if one.publication is None and one.part_id == "b1")
    revision = courses.get("ana", course.course_id).content.part("b1")[1].revision
    mended = courses.take_mend("ana", course.course_id, risk.risk_id, revision)
    claim = mended.content.part("b1")[1].claims[0]
    assert (claim.text, claim.own_experience_of) == (risk.mend, None)


def test_what_somebody_found_right_all_the_same_is_back_until_those_words_change(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    reworded = HANDBOOK.replace(DAYS, "All employees get 30 days of leave each year.")
    corpus.change(handbook, reworded)
    risks.follow()
    [risk, _] = courses.list_risks("rita")
    with pytest.raises(NotReady):
        in_review(courses, touched(courses, course))
    accepted = courses.accept_risk("ben", course.course_id, risk.risk_id, "It means the same.")
    assert accepted.risks == ()
    assert courses.get_publication("lea", course.course_id).out_of_practice == frozenset()
    corpus.change(handbook, reworded + "\n\nAnd so on.")
    assert risks.follow().opened == 0
    assert courses.get_publication("lea", course.course_id).out_of_practice == frozenset()
    corpus.change(handbook, reworded.replace("30", "28"))
    assert risks.follow().opened == 2
    assert courses.get_publication("lea", course.course_id).out_of_practice == {"b1"}


def test_authors_find_their_draft_right_and_leave_what_is_published_to_others(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int, course: CourseView
) -> None:
    corpus.change(handbook, HANDBOOK.replace(DAYS, "All employees get 30 days of leave each year."))
    risks.follow()
    draft, published = sorted(courses.list_risks("ana"), key=lambda one: one.publication is not None)
    with pytest.raises(OwnWork):
        courses.accept_risk("ana", course.course_id, published.risk_id, "It means the same.")
    [left] = courses.accept_risk("ana", course.course_id, draft.risk_id, "It means the same.").risks
    assert left.risk_id == published.risk_id
    assert courses.get_publication("lea", course.course_id).out_of_practice == {"b1"}


def touched(courses: Courses, course: CourseView) -> CourseView:
    """Edited by ana, so that it is a draft again."""
    part = courses.get("ana", course.course_id).content.part("b2")[1]
    assert not isinstance(part, QuizItem)
    return courses.put_part("ana", course.course_id, part.revision, replace(part, heading="Sickness"))


def test_what_changed_under_an_approval_is_not_published(corpus: SmallCorpus, courses: Courses, handbook: int) -> None:
    course = in_review(courses, a_course_of(corpus, courses, handbook, DAYS))
    courses.approve("rita", course.course_id, course.content_hash, "Fine.")
    corpus.change(handbook, SHORTER)
    with pytest.raises(NotReady):
        courses.publish("rolf", course.course_id, course.content_hash)


def test_a_short_key_is_not_taken_for_found_where_the_same_words_say_something_else(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks
) -> None:
    said = "# Leave\n\nEmployees get 30 days of leave. Managers get 30 days of leave and a car.\n\nAsk 30 days before."
    document_id = corpus.add("leave.md", said)
    course = a_course_of(corpus, courses, document_id, "30 days")
    corpus.change(document_id, said.replace("Employees get 30", "Employees get 25"))
    assert risks.follow() == Followed(opened=1)
    [risk] = courses.get("ana", course.course_id).risks
    assert risk.mend == "25 days"


def test_what_a_question_asks_is_not_replaced_by_a_sentence_of_the_source(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int
) -> None:
    course = a_course_of(corpus, courses, handbook, NOTE)
    course = courses.add_part("ana", course.course_id, "l1", 2, an_item("30"))
    quote = selected(corpus, handbook, DAYS)
    course = courses.bind("ana", course.course_id, "q1", 1, "s1", [quote])
    corpus.change(handbook, SHORTER)
    risks.follow()
    [risk] = courses.get("ana", course.course_id).risks
    assert (risk.new_passage, risk.mend) == (DAYS.replace("30", "25"), "")
    with pytest.raises(NoMend):
        courses.take_mend("ana", course.course_id, risk.risk_id, 2)


def erase(corpus: SmallCorpus, document_id: int) -> None:
    with corpus.writing.begin() as session:
        forget_documents(session, [document_id])
    corpus.erase(document_id)


def test_an_erased_document_leaves_no_word_in_any_course(
    corpus: SmallCorpus, courses: Courses, risks: CourseRisks, handbook: int
) -> None:
    other = corpus.add("other.md", "# Other\n\nWhoever is ill calls before nine o'clock.")
    course = a_course_of(corpus, courses, handbook, DAYS, NOTE)
    kept = selected(corpus, other, "Whoever is ill calls before nine o'clock.")
    course = courses.bind("ana", course.course_id, "b2", 2, "c2", [kept])
    course = courses.add_part("ana", course.course_id, "l1", 3, a_block("Whoever is ill calls.", "b3", "c3"))
    course = courses.bind("ana", course.course_id, "b3", 1, "c3", [kept])
    course = published(courses, course)
    courses.comment("rita", course.course_id, "Is it still 30 days?", "b1")
    corpus.change(handbook, SHORTER)
    risks.follow()
    erase(corpus, handbook)
    after = courses.get("ana", course.course_id)
    assert [part.id for part in after.content.lessons[0].parts] == ["b2", "b3"]
    assert [one.document_id for one in after.content.part("b2")[1].claims[0].evidence] == [other]
    assert (after.state, after.risks, after.comments, after.source_ids) == (CourseState.DRAFT, (), (), (other,))
    assert [entry.state for entry in after.publications] == [PublicationState.RETIRED]
    with pytest.raises(PublicationNotFound):
        courses.get_publication("lea", course.course_id)
    for entry in courses.history("ana", course.course_id):
        if entry.kind is None:
            said = str(courses.get_revision("ana", course.course_id, entry.revision))
            assert "30 days" not in said
    assert "30 days" not in str(courses.get_publication("ana", course.course_id, 1).content)
    assert risks.follow() == Followed()


def test_another_name_for_a_person_voids_no_approval_and_opens_no_way_around_it(
    corpus: SmallCorpus, courses: Courses, handbook: int
) -> None:
    course = a_course_of(corpus, courses, handbook, DAYS)
    course = courses.add_part("ana", course.course_id, "l1", 2, an_item("30"))
    course = in_review(courses, course)
    courses.approve("rita", course.course_id, course.content_hash, "Fine.")
    with corpus.writing.begin() as session:
        rename_user(session, "ana", "ben")
    renamed = courses.get("rita", course.course_id)
    assert (renamed.state, renamed.maker, renamed.authors) == (CourseState.APPROVED, "ben", frozenset({"ben"}))
    with pytest.raises(OwnWork):
        courses.publish("ben", course.course_id, renamed.content_hash)
    courses.publish("rolf", course.course_id, renamed.content_hash)
    with corpus.writing.begin() as session:
        forget_user(session, "ben")
    erased = courses.get("rita", course.course_id)
    assert "ben" not in str(erased)
    assert "ben" not in str(courses.history("rita", course.course_id))


def test_a_course_goes_with_the_person_who_alone_could_see_it(corpus: SmallCorpus, courses: Courses) -> None:
    with corpus.writing.begin() as session:
        only_hers = CorpusStore(session).ensure_audience_of(["user:ben"], corpus.clock()).name
    gone = courses.create("ben", "Hers alone", Brief(), only_hers)
    stays = courses.create("ben", "For all", Brief())
    with corpus.writing.begin() as session:
        store = ErasureStore(session)
        erasure = store.of_principal(CorpusStore(session).ensure_user("ben"))
        forget_audiences(session, erasure.audiences)
        forget_user(session, "ben")
        store.erase(erasure)
    assert courses.get("ana", stays.course_id).maker == ERASED
    with corpus.sessions() as session:
        for table in ("courses", "course_revisions"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 1
    with pytest.raises(CourseNotFound):
        courses.get("ana", gone.course_id)


def test_words_and_headings_of_an_erased_document_go_also_where_nothing_was_bound(
    corpus: SmallCorpus, courses: Courses, handbook: int
) -> None:
    course = courses.create("ana", "leave", Brief(), document_ids=[handbook])
    course = courses.set_outline("ana", course.course_id, 1, [a_lesson(title="Sickness")])
    course = courses.add_part("ana", course.course_id, "l1", 1, a_block(DAYS))
    block = course.content.lessons[0].blocks[0]
    course = courses.put_part("ana", course.course_id, 1, replace(block, heading="How much"))
    course = courses.add_part("ben", course.course_id, "l1", 2, a_block("My own words.", "b2", "c2"))
    courses.bind("ana", course.course_id, "b1", 2, "c1", [selected(corpus, handbook, DAYS)])
    erase(corpus, handbook)
    for entry in courses.history("ana", course.course_id):
        said = str(courses.get_revision("ana", course.course_id, entry.revision))
        assert not [words for words in (DAYS, "How much", "Sickness", "title='leave'") if words in said]
    assert [part.id for part in courses.get("ana", course.course_id).content.lessons[0].parts] == ["b2"]
