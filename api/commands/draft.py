"""`groundwork draft`: a course from files, documents and recordings."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.following import LostSight
from api.commands.ingest import ingest_in_server
from api.commands.opening import find_server, open_services, recorded, settings_for
from api.commands.options import Exit, as_option, data_option, fails_clearly, stop
from api.course_schemas import BegunForm, BriefForm, CourseForm, DraftForm
from api.course_writing import NothingToDraftFrom
from api.ingesting import FoundFile, find_files
from api.job_form import JobResultForm
from api.jobs.job import State
from api.settings import Settings
from authoring.course import CourseContent, Lesson, LessonState
from authoring.course_json import content_json
from authoring.duration import lesson_minutes
from corpus.audience import EVERYONE
from corpus.errors import Invalid, Unavailable
from ingestion.ingest import FileReport, Outcome

if TYPE_CHECKING:
    from api.client import Client

_LOOK_S = 0.5

Show = Callable[[CourseContent], None]


class NotDrafted(Unavailable):
    def __init__(self, job: JobResultForm) -> None:
        super().__init__(job.reason or f"Job {job.job_id} is {job.state.value}.")


class NoneRead(Invalid):
    def __init__(self, reports: Sequence[FileReport]) -> None:
        said = " ".join(f"{report.name}: {report.reason}" for report in reports[:3])
        super().__init__(f"No file could be read. {said}" if said else "There is no file to read there.")


@dataclass(frozen=True, slots=True)
class _Drafted:
    course_id: int
    content: CourseContent
    drafters: tuple[str, ...]
    address: str
    notice: str


@click.command(
    "draft",
    help=(
        "Draft a course from each PATH_OR_DOCUMENT: files and folders are added to the corpus first, documents of the "
        "corpus are named by number or name. Every sentence of the draft stands on words of these."
    ),
)
@click.argument("sources", metavar="PATH_OR_DOCUMENT...", nargs=-1, required=True)
@click.option("--goal", default="", help="What people are to know or do after it.")
@click.option("--outcome", default="", help="The objective of the organisation that it serves, with its measure.")
@click.option("--learners", default="", help="Who it is for, in words.")
@click.option("--title", default="", help="Default: the goal, else what it is drafted from.")
@click.option("--audience", default=EVERYONE, show_default=True, help="Who may read it, and the files that are added.")
@click.option("--language", default="", help="A code (en, de). Default: that of the material.")
@click.option("--tone", default="", help="Heeded where a language model writes.")
@click.option("--lessons", type=click.IntRange(1, 40), help="At most so many. Default: as the material has it.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole content there."
)
@data_option
@as_option
@fails_clearly
def command(
    sources: Sequence[str],
    goal: str,
    outcome: str,
    learners: str,
    title: str,
    audience: str,
    language: str,
    tone: str,
    lessons: int | None,
    json_file: Path | None,
    data: Path | None,
    user: str,
) -> None:
    settings = settings_for(data)
    brief = BriefForm(goal=goal, outcome=outcome, learners=learners, language=language, tone=tone, lessons=lessons)
    form = DraftForm(brief=brief, title=title, audience=audience)
    paths = [Path(said) for said in sources if Path(said).expanduser().exists()]
    named = tuple(said for said in sources if not Path(said).expanduser().exists())
    files = find_files(paths) if paths else []
    server = find_server(settings, user)
    show = _Showing()
    if server is not None:
        drafted = _in_the_server(server, form, named, files, show)
    else:
        drafted = _alone(settings, user, form, named, files, show)
    if json_file is not None:
        json_file.write_bytes(content_json(drafted.content))
    by = f" by {', '.join(drafted.drafters)}" if drafted.drafters else ""
    click.echo(f"\nCourse {drafted.course_id}, “{drafted.content.title}”, drafted{by}. {drafted.address}")
    if drafted.notice:
        click.echo(drafted.notice, err=True)
    if not any(lesson.parts for lesson in drafted.content.lessons):
        stop(str(NothingToDraftFrom()), Exit.INVALID)


class _Showing:
    """Prints the outline once, and each lesson once it is drafted."""

    def __init__(self) -> None:
        self._outlined = False
        self._shown: set[str] = set()

    def __call__(self, content: CourseContent) -> None:
        if content.lessons and not self._outlined:
            self._outlined = True
            for number, lesson in enumerate(content.lessons, 1):
                click.echo(f"{number:3}. {lesson.title} – {lesson.objective.text}")
            click.echo()
        for number, lesson in enumerate(content.lessons, 1):
            if lesson.state is LessonState.DRAFTED and lesson.id not in self._shown:
                self._shown.add(lesson.id)
                click.echo(f"Drafted {number:2} of {len(content.lessons)}: {lesson.title}, {_counted(lesson)}")


def _counted(lesson: Lesson) -> str:
    blocks, items = len(lesson.blocks), len(lesson.items)
    return (
        f"{blocks} {'block' if blocks == 1 else 'blocks'}, {items} {'question' if items == 1 else 'questions'}, "
        f"about {max(round(lesson_minutes(lesson)), 1)} min"
    )


def _in_the_server(
    server: "Client",
    form: DraftForm,
    named: Sequence[str],
    files: Sequence[FoundFile],
    show: Show,
) -> _Drafted:
    """As a job of the server, which goes on when this process ends."""
    added = ingest_in_server(server, files, [], form.audience, quiet=True) if files else []
    request = form.model_copy(update={"documents": (*named, *_numbers(added, files))})
    begun = BegunForm.model_validate(server.post("/api/courses", request.model_dump(mode="json")))
    assert begun.job is not None
    address = f"/api/courses/{begun.course.course_id}"
    try:
        while True:
            try:
                job = JobResultForm.model_validate(server.get(begun.job.address))
                course = CourseForm.model_validate(server.get(address))
            except Unavailable as error:
                raise LostSight(begun.job, str(error)) from error
            show(course.content)
            if job.state.is_over:
                break
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        click.echo(f"It goes on in the server. Stop it with: groundwork jobs cancel {begun.job.job_id}", err=True)
        raise
    if job.state is not State.DONE:
        raise NotDrafted(job)
    where = f"Open it in the Studio: {server.address}/studio/{course.course_id}"
    return _Drafted(course.course_id, course.content, tuple(course.drafters), where, job.reason or "")


def _alone(
    settings: Settings,
    user: str,
    form: DraftForm,
    named: Sequence[str],
    files: Sequence[FoundFile],
    show: Show,
) -> _Drafted:
    """Lesson by lesson; what is drafted stays, also if this process ends."""
    with open_services(settings) as services:
        added: list[FileReport] = []
        if files:
            services.library.check_audience(form.audience, user)
            with recorded(services, user, "document.add"):
                added = list(services.ingesting.add_paths(files, form.audience))
            services.indexes.follow()
        update = {"documents": (*named, *_numbers(added, files)), "draft": "nothing"}
        request = form.model_copy(update=update).request()
        notices: dict[str, None] = {}
        with recorded(services, user, "course.draft"):
            begun = services.drafting.begin(user, request)
            course = begun.course
            outlined = services.course_writing.outline(user, course.course_id, begun.document_ids)
            notices[outlined.notice] = None
            show(services.courses.get(user, course.course_id).content)
            for lesson_id in outlined.waiting:
                drafted = services.course_writing.lesson(user, course.course_id, lesson_id, lambda count: None)
                notices[drafted.notice] = None
                show(services.courses.get(user, course.course_id).content)
        view = services.courses.get(user, course.course_id)
    where = f"Open it in the Studio: groundwork serve, then /studio/{view.course_id}"
    return _Drafted(view.course_id, view.content, view.drafters, where, " ".join(filter(None, notices)))


def _numbers(reports: Sequence[FileReport], files: Sequence[FoundFile]) -> list[str]:
    """Of the documents that files have become, in the order of the files. Raises `NoneRead`."""
    for report in reports:
        if report.outcome is Outcome.FAILED:
            click.echo(f"! {report.name}: {report.outcome}. {report.reason}", err=True)
    by_name = {report.name: report.document_id for report in reports if report.document_id is not None}
    numbers = [str(by_name[file.name]) for file in files if file.name in by_name]
    if files and not numbers:
        raise NoneRead(reports)
    return list(dict.fromkeys(numbers))
