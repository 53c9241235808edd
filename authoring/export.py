"""Writes a course into one file: JSON that can be read again, Markdown, HTML."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from authoring.course import CourseContent
from authoring.course_json import content_json
from authoring.html_export import html_of
from authoring.markdown_export import markdown_of
from authoring.printed_course import printed
from corpus.errors import Invalid


@dataclass(frozen=True, slots=True)
class CourseCopy:
    """What is exported. `standing` says in words what it is: a draft, or which publication.

    `address` is where the server is reached, for links to the sources; empty where nobody has said so.
    """

    content: CourseContent
    standing: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """`suffix` is how its name ends, without the dot."""

    suffix: str
    media_type: str
    content: bytes


class UnknownFormat(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no format “{name[:40]}” to export to. There are: {', '.join(FORMATS)}.")
        self.name = name


def export(copy: CourseCopy, format_name: str) -> ExportFile:
    """Raises `UnknownFormat`."""
    check_format(format_name)
    return FORMATS[format_name](copy)


def check_format(format_name: str) -> None:
    """Raises `UnknownFormat`."""
    if format_name not in FORMATS:
        raise UnknownFormat(format_name)


def _json(copy: CourseCopy) -> ExportFile:
    return ExportFile("json", "application/json", content_json(copy.content))


def _markdown(copy: CourseCopy) -> ExportFile:
    text = markdown_of(printed(copy.content), copy.standing, copy.address)
    return ExportFile("md", "text/markdown; charset=utf-8", text.encode())


def _html(copy: CourseCopy) -> ExportFile:
    text = html_of(printed(copy.content), copy.standing, copy.address, copy.content.brief.language)
    return ExportFile("html", "text/html; charset=utf-8", text.encode())


FORMATS: Mapping[str, Callable[[CourseCopy], ExportFile]] = {"json": _json, "markdown": _markdown, "html": _html}
