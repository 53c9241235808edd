"""`groundwork export`: a course as one file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.opening import administering, settings_for
from api.commands.options import as_option, data_option, fails_clearly
from api.course_schemas import CourseListForm
from authoring.export import FORMATS, check_format
from corpus.errors import Conflict, NotFound

if TYPE_CHECKING:
    from api.client import Client

_PAGE = 200
_LONGEST_NUMBER = 12


class NoCourseCalled(NotFound):
    def __init__(self, title: str, draft: bool) -> None:
        what = "course" if draft else "published course"
        hint = "" if draft else " What is not published yet is exported with --draft."
        super().__init__(f"There is no {what} “{title[:80]}”.{hint}")


class SeveralCoursesCalled(Conflict):
    def __init__(self, title: str, numbers: list[int]) -> None:
        super().__init__(f"Several courses are called “{title[:80]}”. Use a number: {', '.join(map(str, numbers))}.")


@click.command(
    "export",
    help=(
        "Write COURSE, a number or an exact title, into one file, with the evidence of every sentence. Without --draft "
        "it is the newest publication."
    ),
)
@click.argument("course")
@click.option("--format", "format_name", required=True, help=f"One of: {', '.join(FORMATS)}.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--draft", is_flag=True, help="As it is worked on, instead of what learners meet.")
@data_option
@as_option
@fails_clearly
def command(course: str, format_name: str, out: Path, draft: bool, data: Path | None, user: str) -> None:
    check_format(format_name)
    with administering(settings_for(data), user=user) as client:
        course_id = _number_of(client, course, draft)
        parameters = {"format": format_name, "draft": str(draft).lower()}
        content = b"".join(client.stream(f"/api/courses/{course_id}/export", **parameters))
    out.write_bytes(content)
    click.echo(f"{out}: {len(content):,} bytes.")


def _number_of(client: "Client", named: str, draft: bool) -> int:
    if named.isascii() and named.isdigit() and len(named) < _LONGEST_NUMBER:
        return int(named)
    found: list[int] = []
    offset = 0
    while True:
        said = client.get(
            "/api/courses", title=named[:_PAGE], published=str(not draft).lower(), limit=_PAGE, offset=offset
        )
        page = CourseListForm.model_validate(said)
        found += [entry.course_id for entry in page.courses if entry.title == named]
        offset += _PAGE
        if offset >= page.total:
            break
    if not found:
        raise NoCourseCalled(named, draft)
    if len(found) > 1:
        raise SeveralCoursesCalled(named, found)
    return found[0]
