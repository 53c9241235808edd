"""Courses are drafted by jobs: from documents, folders and notes, lesson by lesson, and never twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from api.course_writing import Lost
from api.drafting import (
    DraftRequest,
    NoMaterial,
    Notes,
    NothingBelow,
    NothingCalled,
    NothingPlanned,
    SeveralCalled,
)
from api.ingesting import find_files
from api.jobs import draft_kind
from api.jobs.immediate_job_queue import ImmediateJobQueue
from api.jobs.job import State
from api.jobs.job_point import JobPoint
from api.services import Services
from api.settings import Settings
from assistant.model_budget import Budget
from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import BloomLevel, Brief, Lesson, LessonState, Objective, Part
from authoring.drafter import Drafter
from corpus.audience import EVERYONE, OWNER
from corpus.document import DocumentNotFound
from corpus.embedder import Embedder
from corpus.errors import Unavailable
from corpus.passage import Passage
from corpus.store import CorpusStore
from tests.conftest import Ticking
from tests.fakes import WordEmbedder

LEAVE = "# Leave\n\nEvery employee gets thirty days of leave a year.\n"
TRAVEL = "# Travel\n\nTrains are booked by the office two weeks before.\n"


class ModelGone(Unavailable):
    def __init__(self) -> None:
        super().__init__("The model is away.")


class OneLessonEach:
    """A lesson for each passage, with two blocks that say so. Fails from the lesson of that number on."""

    def __init__(self, name: str, drafted: list[str], fails_at: int | None = None) -> None:
        self.name = name
        self._drafted = drafted
        self._fails_at = fails_at

    def outline(self, brief: Brief, material: Sequence[Passage], budget: Budget) -> list[Lesson]:
        objective = Objective("state", "what it says", BloomLevel.REMEMBER)
        return [
            Lesson(f"l{number}", passage.title, objective, material=(passage.chunks[0].chunk_id,))
            for number, passage in enumerate(material, 1)
        ]

    def draft(self, brief: Brief, lesson: Lesson, material: Sequence[Passage], budget: Budget) -> Iterator[Part]:
        if self._fails_at is not None and int(lesson.id[1:]) >= self._fails_at:
            raise ModelGone
        self._drafted.append(lesson.id)
        for number in (1, 2):
            part_id = f"{lesson.id}-b{number}"
            yield Block(part_id, BlockKind.TEXT, (Claim(f"{part_id}-c", f"{self.name} says {part_id}."),))

    def redraft(
        self, brief: Brief, lesson: Lesson, part: Part, instruction: str, material: Sequence[Passage], budget: Budget
    ) -> Part:
        assert isinstance(part, Block)
        return replace(part, claims=(Claim("new", f"{instruction}, from {material[0].title}"),))


class DraftingServices(Services):
    """Drafts with `OneLessonEach`; where `model_fails_at` is set, as a model that fails and something stands in for."""

    def __init__(
        self,
        settings: Settings,
        model_fails_at: int | None = None,
        reached_in_job: Callable[[JobPoint], None] = lambda point: None,
    ) -> None:
        super().__init__(settings, Ticking(), reached_in_job=reached_in_job)
        self.drafted: list[str] = []
        self._fails_at = model_fails_at

    def _embedder(self) -> Embedder:
        return WordEmbedder()

    def _drafter(self, user: str, lost: Lost) -> Drafter:
        return OneLessonEach("model", self.drafted, self._fails_at)

    def _extractive_drafter(self, user: str, lost: Lost) -> Drafter:
        return OneLessonEach("extractive", self.drafted)


@pytest.fixture
def services(settings: Settings) -> Iterator[DraftingServices]:
    with DraftingServices(settings) as opened:
        yield opened


def added(services: Services, name: str, text: str, audience: str = EVERYONE) -> str:
    return str(services.library.add_upload(name, text.encode(), audience, OWNER).document_id)


def titles(services: Services, course_id: int) -> list[str]:
    return [lesson.title for lesson in services.courses.get(OWNER, course_id).content.lessons]


def request(*documents: str, **given: object) -> DraftRequest:
    return replace(DraftRequest(Brief(goal="Know it"), documents), **given)  # type: ignore[arg-type]


def test_a_course_is_drafted_from_documents_by_number_and_by_name(services: DraftingServices) -> None:
    added(services, "travel.md", TRAVEL)
    begun = services.drafting.begin(OWNER, request(added(services, "leave.md", LEAVE), "travel.md"))
    assert begun.job is not None
    assert begun.job.state is State.DONE
    view = services.courses.get(OWNER, begun.course.course_id)
    assert [lesson.title for lesson in view.content.lessons] == ["Leave", "Travel"]
    assert {lesson.state for lesson in view.content.lessons} == {LessonState.DRAFTED}
    assert view.drafters == ("model",)
    assert {part.edited_by for lesson in view.content.lessons for part in lesson.parts} == {OWNER}
    result = services.jobs.result(begun.job.job_id, OWNER)
    assert (result["lessons"], result["parts"], result["drafters"]) == (2, 4, ["model"])


def test_a_job_that_drafts_says_nothing_of_what_the_course_is_about(services: DraftingServices) -> None:
    begun = services.drafting.begin(OWNER, request(added(services, "leave.md", LEAVE)))
    assert begun.job is not None
    assert begun.job.title == f"Course {begun.course.course_id}"


def test_a_course_is_drafted_from_everything_below_a_folder(services: DraftingServices) -> None:
    for name, text in (("rules/leave.md", LEAVE), ("rules/more/travel.md", TRAVEL), ("rulesets.md", "# Other\n\nNo.")):
        path = services.folder.path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    list(services.ingesting.add_paths(find_files([services.folder.path / "files"]), EVERYONE))
    begun = services.drafting.begin(OWNER, request(folders=("rules",)))
    assert titles(services, begun.course.course_id) == ["Leave", "Travel"]
    with pytest.raises(NothingBelow):
        services.drafting.begin(OWNER, request(folders=("nowhere",)))


def test_pasted_notes_become_a_document_of_their_audience_that_replaces_nothing(services: DraftingServices) -> None:
    notes = Notes("# Pumps\n\nThe seal is changed every six months.\n", "board")
    first = services.drafting.begin(OWNER, request(notes=notes))
    services.drafting.begin(OWNER, request(notes=replace(notes, text=notes.text + "\nAnd the oil.\n")))
    entries = services.library.list_documents(OWNER, 10).entries
    assert [(entry.audience, entry.number, entry.owner) for entry in entries] == [("board", 1, OWNER)] * 2
    assert titles(services, first.course.course_id) == ["Pumps"]


def test_a_course_needs_material_that_its_author_may_read(services: DraftingServices) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    number = added(services, "salaries.md", LEAVE, "board")
    for said, refusal in ((number, DocumentNotFound), ("salaries.md", NothingCalled), ("99", DocumentNotFound)):
        with pytest.raises(refusal):
            services.drafting.begin("mara", request(said))
    with pytest.raises(NoMaterial):
        services.drafting.begin(OWNER, request())
    assert services.courses.list_courses(OWNER).total == 0


def test_a_name_that_two_documents_have_is_not_guessed_at(services: DraftingServices) -> None:
    added(services, "leave.md", LEAVE)
    added(services, "leave.md", TRAVEL, "board")
    with pytest.raises(SeveralCalled, match="1, 2"):
        services.drafting.begin(OWNER, request("leave.md"))


def test_an_author_puts_the_outline_right_before_lessons_are_drafted(services: DraftingServices) -> None:
    documents = [added(services, "leave.md", LEAVE), added(services, "travel.md", TRAVEL)]
    begun = services.drafting.begin(OWNER, request(*documents, outline_only=True))
    content = begun.course.content
    assert [lesson.state for lesson in content.lessons] == [LessonState.PLANNED] * 2
    assert services.drafted == []
    own = Lesson("", "Trains", Objective("book", "a train", BloomLevel.APPLY))
    services.courses.set_outline(OWNER, begun.course.course_id, content.revision, [own, content.lessons[0]])
    assert services.drafting.go_on(OWNER, begun.course.course_id).state is State.DONE
    view = services.courses.get(OWNER, begun.course.course_id)
    assert [lesson.title for lesson in view.content.lessons] == ["Trains", "Leave"]
    assert {lesson.state for lesson in view.content.lessons} == {LessonState.DRAFTED}
    with pytest.raises(NothingPlanned):
        services.drafting.go_on(OWNER, begun.course.course_id)


def test_one_part_is_drafted_anew_as_asked_and_the_old_one_is_kept(services: DraftingServices) -> None:
    begun = services.drafting.begin(OWNER, request(added(services, "leave.md", LEAVE)))
    course_id = begun.course.course_id
    view = services.drafting.redraft(OWNER, course_id, "l1-b1", 1, "Shorter")
    assert view.content.part("l1-b1")[1].claims[0].text == "Shorter, from Leave"
    versions = services.courses.list_part_versions(OWNER, course_id, "l1-b1")
    assert [version.part.claims[0].text for version in versions] == ["Shorter, from Leave", "model says l1-b1."]


def test_a_model_that_fails_is_stood_in_for_only_where_settings_say_so(settings: Settings) -> None:
    chosen = settings.model_copy(update={"model": "some/model", "model_fallback": True})
    with DraftingServices(chosen, model_fails_at=2) as services:
        documents = [added(services, "leave.md", LEAVE), added(services, "travel.md", TRAVEL)]
        begun = services.drafting.begin(OWNER, request(*documents))
        assert begun.job is not None
        assert begun.job.state is State.DONE
        assert "The model is away." in (begun.job.reason or "")
        assert services.courses.get(OWNER, begun.course.course_id).drafters == ("model", "extractive")
    alone = settings.model_copy(update={"model": "some/model", "model_fallback": False})
    with DraftingServices(alone, model_fails_at=1) as services:
        course = services.drafting.begin(OWNER, request("leave.md", outline_only=True)).course
        with pytest.raises(ModelGone):
            services.course_writing.lesson(OWNER, course.course_id, "l1", lambda count: None)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", [JobPoint.PLANNED, JobPoint.UNIT_DONE, JobPoint.FINISHED])
def test_a_draft_whose_process_ended_goes_on_and_doubles_nothing(settings: Settings, point: JobPoint) -> None:
    left: list[JobPoint] = []

    def end(reached: JobPoint) -> None:
        if reached in left:
            left.remove(reached)
            if not left:
                raise Killed

    with DraftingServices(settings, reached_in_job=end) as services:
        documents = [added(services, f"{name}.md", f"# {name}\n\nAll about {name}.\n") for name in ("a", "b", "c")]
        left += [point] * (2 if point is JobPoint.UNIT_DONE else 1)
        with pytest.raises(Killed):
            services.drafting.begin(OWNER, request(*documents))
    with DraftingServices(settings) as services:
        (job,) = services.jobs.list_jobs(OWNER, 10, kind=draft_kind.KIND).entries
        assert job.state is State.RUNNING
        services.jobs.run_in_background(ImmediateJobQueue, lambda: None)
        assert services.jobs.wait(job.job_id, 20).state is State.DONE
        (entry,) = services.courses.list_courses(OWNER).entries
        lessons = services.courses.get(OWNER, entry.course_id).content.lessons
        again = services.drafted
    assert [lesson.title for lesson in lessons] == ["a", "b", "c"]
    assert [[part.id for part in lesson.parts] for lesson in lessons] == [
        [f"l{number}-b1", f"l{number}-b2"] for number in (1, 2, 3)
    ]
    assert again == {JobPoint.PLANNED: ["l1", "l2", "l3"], JobPoint.UNIT_DONE: ["l3"], JobPoint.FINISHED: []}[point]


def test_what_its_author_took_out_while_it_was_drafted_does_not_come_back(services: DraftingServices) -> None:
    begun = services.drafting.begin(OWNER, request(added(services, "leave.md", LEAVE), outline_only=True))
    course_id = begun.course.course_id
    services.courses.put_lesson_draft(OWNER, course_id, "l1", *_parts("l1"))
    services.courses.remove_part(OWNER, course_id, "l1-b1", 1)
    services.drafting.go_on(OWNER, course_id)
    view = services.courses.get(OWNER, course_id)
    assert [part.id for part in view.content.lessons[0].parts] == ["l1-b2"]


def _parts(lesson_id: str) -> list[Part]:
    return [
        Block(f"{lesson_id}-b{number}", BlockKind.TEXT, (Claim(f"{lesson_id}-b{number}-c", "So."),))
        for number in (1, 2)
    ]
