"""Turns view models into HTML. Everything is escaped; a name that a template misspells is an error."""

from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.clock import now

TEMPLATES = Path(__file__).parent / "templates"

_KINDS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "Slides",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Workbook",
    "application/epub+zip": "E-book",
    "application/x-subrip": "Transcript",
    "image/jpeg": "Picture",
    "image/png": "Picture",
    "image/tiff": "Scan",
    "audio/aac": "Sound",
    "audio/flac": "Sound",
    "audio/mp4": "Sound",
    "audio/mpeg": "Sound",
    "audio/ogg": "Sound",
    "audio/wav": "Sound",
    "audio/webm": "Sound",
    "audio/x-matroska": "Sound",
    "video/mp4": "Video",
    "video/ogg": "Video",
    "video/quicktime": "Video",
    "video/webm": "Video",
    "video/x-matroska": "Video",
    "message/rfc822": "E-mail",
    "text/csv": "Table",
    "text/html": "Web page",
    "text/markdown": "Markdown",
    "text/plain": "Text",
    "text/tab-separated-values": "Table",
    "text/vtt": "Transcript",
}


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["kind"] = kind
    made.filters["moment"] = moment
    made.filters["is_past"] = is_past
    made.filters["size"] = size
    made.filters["count"] = count
    return made


def render(template: str, **values: object) -> str:
    return environment().get_template(template).render(**values)


def kind(media_type: str) -> str:
    """What people call this type of file."""
    return _KINDS.get(media_type, media_type)


def moment(at: datetime) -> str:
    """In the time of this machine: `5 May 2026, 14:03`."""
    local = at.astimezone()
    return f"{local.day} {local:%b %Y, %H:%M}"


def is_past(at: datetime | None) -> bool:
    return at is not None and at < now()


def size(byte_count: int) -> str:
    """`640 B`, `12 kB`, `3.4 MB`."""
    if byte_count < 1000:
        return f"{byte_count} B"
    if byte_count < 1_000_000:
        return f"{byte_count / 1000:.0f} kB"
    return f"{byte_count / 1_000_000:.1f}".removesuffix(".0") + " MB"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 page`, `26 pages`, `1,204 pages`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
