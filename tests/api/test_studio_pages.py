"""The Studio and the review over HTTP: what their pages show and refuse, without any script."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER
from api.course_editing import SpanQuote
from api.course_views import CourseView
from api.pages.part_form import PartForm, begun, edited
from api.pages.studio import due_at
from api.services import Services
from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import BloomLevel, Brief, CourseContent, Lesson, LessonState, Objective
from authoring.quiz_item import ItemKind, Option, QuizItem
from authoring.record import CourseState
from corpus.errors import Invalid
from corpus.locator import Span
from corpus.store import CorpusStore

HTML = {"Accept": "text/html,application/xhtml+xml"}
SENTENCE = "Every employee gets 30 days of leave a year."
LEAVE = f"# Leave\n\n{SENTENCE} Ask your lead two weeks before.\n".encode()


def a_block(text: str, part_id: str = "b1", claim_id: str = "c1") -> Block:
    return Block(part_id, BlockKind.TEXT, (Claim(claim_id, text),))


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    with TestClient(
        build_app(services, "token"), base_url="http://127.0.0.1:8765", headers=HTML, follow_redirects=False
    ) as opened:
        yield opened


@pytest.fixture
def course(services: Services) -> CourseView:
    """Of one lesson with one block, which says what its document says."""
    courses = services.courses
    document_id = services.library.add_upload("leave.md", LEAVE, "everyone", "owner").document_id or 0
    made = courses.create("owner", "Leave", Brief(), document_ids=[document_id])
    aim = Objective("state", "how much leave there is", BloomLevel.REMEMBER)
    made = courses.set_outline("owner", made.course_id, 1, [Lesson("l1", "Leave", aim, LessonState.DRAFTED)])
    made = courses.add_part("owner", made.course_id, "l1", 1, a_block(SENTENCE))
    version_id = services.library.get_document(document_id, "owner").version_id
    start = services.library.version_text(document_id, version_id, "owner").index(SENTENCE)
    words = SpanQuote(document_id, version_id, (Span(start, start + len(SENTENCE)),))
    return courses.bind("owner", made.course_id, "b1", 1, "c1", [words])


def claims_of(content: CourseContent) -> list[str]:
    return [claim.text for _, claim in content.claims()]


def test_an_empty_studio_says_what_to_do_next(client: TestClient) -> None:
    page = client.get("/studio").text
    assert "You have no courses yet" in page
    assert "Nothing waits for a review" in client.get("/review").text


def test_what_was_filled_in_is_kept_when_nothing_can_be_drafted_from_it(client: TestClient) -> None:
    reply = client.post("/studio", data={"goal": "Know <your> leave", "learners": "Everybody"})
    assert reply.status_code == 422
    assert "choose documents or a folder, or paste notes" in reply.text
    assert "Know &lt;your&gt; leave</textarea>" in reply.text


def test_a_sentence_keeps_its_evidence_when_it_is_put_otherwise(
    client: TestClient, services: Services, course: CourseView
) -> None:
    form = {"seen": "2", "claim": ["c1", "+"], "text": ["Everybody gets 30 days of leave a year.", "Ask early."]}
    reply = client.post(f"/studio/{course.course_id}/parts/b1", data=form)
    assert reply.status_code == 303
    now = services.courses.get("owner", course.course_id)
    first, second = (claim for _, claim in now.content.claims())
    assert first.text == "Everybody gets 30 days of leave a year."
    assert first.evidence[0].quote == SENTENCE
    assert (second.text, second.is_bound) == ("Ask early.", False)
    assert "Find evidence for 1 sentence" in client.get("/studio").text


def test_a_number_that_its_source_does_not_have_is_found(client: TestClient, course: CourseView) -> None:
    form = {"seen": "2", "claim": "c1", "text": "Every employee gets 40 days of leave a year."}
    client.post(f"/studio/{course.course_id}/parts/b1", data=form)
    said = "The number “40 days” is not in its source."
    for page in ("", "/checks"):
        assert said in client.get(f"/studio/{course.course_id}{page}").text
    assert said in client.get(f"/review/{course.course_id}").text


def test_two_people_do_not_overwrite_each_other(client: TestClient, services: Services, course: CourseView) -> None:
    path = f"/studio/{course.course_id}/parts/b1"
    client.post(path, data={"seen": "2", "claim": "c1", "text": "Said first."}, headers={HEADER: "mara"})
    reply = client.post(path, data={"seen": "2", "claim": "c1", "text": "Typed with care."})
    assert reply.status_code == 412
    assert "mara has changed this meanwhile" in reply.text
    assert "Typed with care.</textarea>" in reply.text
    assert re.search(r'<del class="diff__out">Said first\.\s*</del>', reply.text)
    assert claims_of(services.courses.get("owner", course.course_id).content) == ["Said first."]
    # What is sent then is meant: it names what stands there now.
    seen = re.findall(r'name="seen" value="(\d+)" data-seen', reply.text)[0]
    client.post(path, data={"seen": seen, "claim": "c1", "text": "Typed with care."})
    assert claims_of(services.courses.get("owner", course.course_id).content) == ["Typed with care."]


def test_a_script_gets_the_part_alone_and_what_surrounds_it(client: TestClient, course: CourseView) -> None:
    form = {"seen": "2", "claim": "c1", "text": SENTENCE, "heading": "How much", "fragment": "true"}
    reply = client.post(f"/studio/{course.course_id}/parts/b1", data=form)
    assert reply.status_code == 200
    assert 'data-revision="3"' in reply.text
    assert 'id="course-bar"' in reply.text
    assert "<html" not in reply.text


def test_evidence_is_found_in_the_documents_of_the_course(
    client: TestClient, services: Services, course: CourseView
) -> None:
    services.library.add_upload("other.md", b"# Leave\n\nAsk your lead on Mondays.\n", "everyone", "owner")
    client.post(
        f"/studio/{course.course_id}/parts/b1",
        data={"seen": "2", "claim": ["c1", "+"], "text": [SENTENCE, "Ask your lead."]},
    )
    claim_id = list(services.courses.get("owner", course.course_id).content.claims())[1][1].id
    path = f"/studio/{course.course_id}/parts/b1/claims/{claim_id}"
    page = client.get(path).text
    assert "Ask your lead two weeks before." in page
    assert "on Mondays" not in page
    chunk = re.findall(r'name="chunk_id" value="(\d+)"', page)[0]
    form = {"seen": "3", "chunk_id": chunk, "quote": "Ask your lead two weeks before."}
    assert client.post(f"{path}/bind", data=form).status_code == 303
    bound = list(services.courses.get("owner", course.course_id).content.claims())[1][1]
    assert bound.evidence[0].quote == "Ask your lead two weeks before."
    assert client.post(f"{path}/unbind", data={"seen": "4"}).status_code == 303
    assert not list(services.courses.get("owner", course.course_id).content.claims())[1][1].is_bound


def test_words_that_do_not_stand_in_the_source_are_refused(client: TestClient, course: CourseView) -> None:
    version = course.content.lessons[0].blocks[0].claims[0].evidence[0]
    form = {"seen": "2", "source": f"{version.document_id}-{version.version_id}", "quote": "Nobody gets leave."}
    reply = client.post(f"/studio/{course.course_id}/parts/b1/claims/c1/bind", data=form)
    assert reply.status_code == 422
    assert "Choose the words that say it" in reply.text


def test_the_outline_is_put_in_order(client: TestClient, services: Services, course: CourseView) -> None:
    form = {
        "seen": str(course.content.revision),
        "course_title": "All about leave",
        "lesson": ["l1", "", ""],
        "title": ["Leave", "Sickness", ""],
        "verb": ["state", "explain", "explain"],
        "what": ["how much there is", "what to do", ""],
        "level": ["remember", "understand", "understand"],
        "place": ["2", "1", "3"],
    }
    assert client.post(f"/studio/{course.course_id}/outline", data=form).status_code == 303
    now = services.courses.get("owner", course.course_id).content
    assert now.title == "All about leave"
    assert [lesson.title for lesson in now.lessons] == ["Sickness", "Leave"]
    assert claims_of(now) == [SENTENCE]
    typed = form | {"title": ["My <leave>", "Sickness", ""]}
    reply = client.post(f"/studio/{course.course_id}/outline", data=typed)
    assert reply.status_code == 412
    # What was typed stands beside what is there now, to be taken over by hand.
    assert "owner has changed the course since you opened its outline" in reply.text
    assert "My &lt;leave&gt;: state how much there is (remember)" in reply.text
    assert f'name="seen" value="{now.revision}"' in reply.text


def test_what_keeps_a_course_from_review_is_said_on_its_page(
    client: TestClient, services: Services, course: CourseView
) -> None:
    services.courses.add_part("owner", course.course_id, "l1", 2, a_block("Nobody says so.", "b2", "c2"))
    seen = services.courses.get("owner", course.course_id).content_hash
    client.post(f"/studio/{course.course_id}/confirm", data={"seen": seen})
    reply = client.post(f"/studio/{course.course_id}/submit", data={"seen": seen})
    assert reply.status_code == 409
    assert "“Nobody says so.” has no evidence" in reply.text.replace("&#34;", '"')


def test_who_wrote_it_is_told_why_they_do_not_decide(
    client: TestClient, services: Services, course: CourseView
) -> None:
    form = {"seen": course.content_hash}
    client.post(f"/studio/{course.course_id}/confirm", data=form)
    client.post(f"/studio/{course.course_id}/submit", data=form | {"due": "2030-05-12", "reviewer": "mara"})
    assert "Somebody else decides" in client.get(f"/review/{course.course_id}").text
    decision = form | {"do": "approve", "reason": "Because I say so."}
    reply = client.post(f"/review/{course.course_id}/decision", data=decision)
    assert reply.status_code == 403
    assert "somebody else has to have it approved" in reply.text
    empty = client.post(f"/review/{course.course_id}/decision", data=form | {"do": "approve"}, headers={HEADER: "mara"})
    assert empty.status_code == 422
    assert "Say why in a sentence" in empty.text
    client.post(f"/review/{course.course_id}/decision", data=decision, headers={HEADER: "mara"})
    client.post(f"/review/{course.course_id}/publish", data=form, headers={HEADER: "mara"})
    assert services.courses.get("owner", course.course_id).state is CourseState.PUBLISHED


def test_a_suggestion_is_taken_with_one_press(client: TestClient, services: Services, course: CourseView) -> None:
    form = {"part": "b1", "claim": "c1", "suggestion": "Everybody gets 30 days of leave a year.", "text": "Shorter."}
    client.post(f"/review/{course.course_id}/comments", data=form, headers={HEADER: "mara"})
    comment = services.courses.get("owner", course.course_id).comments[0]
    assert "Shorter." in client.get(f"/studio/{course.course_id}").text
    path = f"/studio/{course.course_id}/comments/{comment.comment_id}/take"
    assert client.post(path, data={"seen": "2", "part": "b1", "lesson": "l1"}).status_code == 303
    now = services.courses.get("owner", course.course_id)
    assert claims_of(now.content) == ["Everybody gets 30 days of leave a year."]
    assert now.comments[0].taken


def test_suggested_words_for_no_sentence_in_particular_are_not_lost(
    client: TestClient, services: Services, course: CourseView
) -> None:
    form = {"part": "b1", "claim": "", "suggestion": "Say where to ask.", "text": ""}
    assert client.post(f"/review/{course.course_id}/comments", data=form).status_code == 303
    comment = services.courses.get("owner", course.course_id).comments[0]
    assert (comment.text, comment.suggestion) == ("Suggested words: Say where to ask.", None)


def test_only_who_may_review_a_course_is_given_it(client: TestClient, services: Services, course: CourseView) -> None:
    form = {"seen": course.content_hash}
    client.post(f"/studio/{course.course_id}/confirm", data=form)
    reply = client.post(f"/studio/{course.course_id}/submit", data=form | {"reviewer": "owner"})
    assert reply.status_code == 422
    assert "owner cannot review this course" in reply.text
    assert client.post(f"/studio/{course.course_id}/submit", data=form | {"reviewer": "nobody"}).status_code == 404
    client.post(f"/studio/{course.course_id}/submit", data=form | {"reviewer": "mara"})
    assert client.post(f"/review/{course.course_id}/assign", data={"reviewer": "owner"}).status_code == 422
    assert services.courses.get("owner", course.course_id).reviewer == "mara"
    # Submitted again, it goes to the same person unless somebody says otherwise.
    client.post(f"/studio/{course.course_id}/withdraw", data=form)
    page = client.post(f"/studio/{course.course_id}/confirm", data=form, follow_redirects=True).text
    assert "<option selected>mara</option>" in page


def test_an_earlier_version_is_taken_back(client: TestClient, services: Services, course: CourseView) -> None:
    client.post(f"/studio/{course.course_id}/parts/b1", data={"seen": "2", "claim": "c1", "text": "Something else."})
    page = client.get(f"/studio/{course.course_id}/parts/b1/versions").text
    revision = re.findall(r'name="revision" value="(\d+)"', page)[0]
    path = f"/studio/{course.course_id}/parts/b1/take-back"
    assert client.post(path, data={"seen": "3", "revision": revision}).status_code == 303
    assert claims_of(services.courses.get("owner", course.course_id).content) == [SENTENCE]


def test_parts_are_added_moved_and_taken_out(client: TestClient, services: Services, course: CourseView) -> None:
    path = f"/studio/{course.course_id}"
    form = {"seen": "2", "kind": "steps", "text": "Ask your lead.\n\nWrite it down."}
    client.post(f"{path}/lessons/l1", data=form)
    added = services.courses.get("owner", course.course_id).content.lesson("l1").blocks[1]
    assert [claim.text for claim in added.claims] == ["Ask your lead.", "Write it down."]
    client.post(f"{path}/parts/{added.id}/place", data={"seen": "1", "do": "up"})
    assert services.courses.get("owner", course.course_id).content.lesson("l1").blocks[0].id == added.id
    client.post(f"{path}/parts/{added.id}/place", data={"seen": "1", "do": "remove"})
    assert [part.id for part in services.courses.get("owner", course.course_id).content.lesson("l1").parts] == ["b1"]


def an_item() -> QuizItem:
    return QuizItem(
        "i1",
        ItemKind.MULTIPLE_CHOICE,
        Claim("s", "How many days?"),
        (
            Option(Claim("a", "30"), is_key=True, rationale=Claim("ra", "So says the handbook.")),
            Option(Claim("b", "20"), is_key=False),
        ),
    )


def test_what_cannot_be_added_yet_stays_in_its_fields(
    client: TestClient, services: Services, course: CourseView
) -> None:
    path, lesson = f"/studio/{course.course_id}/lessons/l1", course.content.lesson("l1")
    form = {"seen": str(lesson.revision), "kind": "key point", "text": "Ask <early>."}
    services.courses.add_part("owner", course.course_id, "l1", lesson.revision, a_block("First.", "b2", "c2"))
    reply = client.post(path, data=form)
    assert reply.status_code == 412
    assert "owner has changed this lesson meanwhile" in reply.text
    assert "Ask &lt;early&gt;.</textarea>" in reply.text
    assert '<option value="key point" selected>' in reply.text
    now = services.courses.get("owner", course.course_id).content.lesson("l1")
    assert f'name="seen" value="{now.revision}"' in reply.text
    long = client.post(path, data=form | {"seen": str(now.revision), "text": "word " * 3000})
    assert long.status_code == 422
    assert "What you wrote is still here" in long.text


def test_an_option_left_empty_is_taken_out_and_a_new_one_can_be_the_key() -> None:
    form = PartForm(["s", "a", "ra", "b", "+b", "+"], ["How many?", "", "", "20", "Too few.", "31"], keys=["+"])
    made = edited(an_item(), form)
    assert isinstance(made, QuizItem)
    assert [(option.claim.text, option.is_key) for option in made.options] == [("20", False), ("31", True)]
    assert made.options[0].rationale is not None
    assert made.options[0].rationale.text == "Too few."
    assert made.stem == Claim("s", "How many?")


def test_rows_of_a_table_are_put_together_from_their_cells() -> None:
    table = Block("b", BlockKind.TABLE, (Claim("r1", "Pump\t6"), Claim("r2", "Fan\t12")), columns=("Part", "Months"))
    form = PartForm(["r1", "r2", "+"], columns=["Part", "Weeks"], cells=["Pump", "26", "", "", "Belt", "9"])
    made = edited(table, form)
    assert isinstance(made, Block)
    assert [claim.text for claim in made.claims] == ["Pump\t26", "Belt\t9"]
    assert made.columns == ("Part", "Weeks")


def test_nothing_is_begun_without_a_sentence_or_of_no_kind() -> None:
    for kind, text in (("text", " "), ("song", "La la.")):
        with pytest.raises(Invalid):
            begun(kind, text)


def test_a_date_that_is_none_is_no_date() -> None:
    assert due_at("") is None
    assert due_at("2030-02-31") is None
    due = due_at("2030-02-28")
    assert due is not None
    assert (due.day, due.hour) == (28, 17)
