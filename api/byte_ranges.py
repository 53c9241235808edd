"""Answers requests for a part of a file (RFC 9110, section 14), which is how players jump in a recording."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")
_PART = 1 << 18


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`end` is exclusive."""

    start: int
    end: int


class Unsatisfiable(ValueError):
    """The range lies behind the end of the file."""


def range_of(header: str | None, size: int) -> ByteRange | None:
    """None where the whole is to be sent: no range, several ones, or none of this form. Raises `Unsatisfiable`."""
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = int(match[2])
        if length == 0 or size == 0:
            raise Unsatisfiable
        return ByteRange(max(size - length, 0), size)
    start = int(match[1])
    end = min(int(match[2]) + 1, size) if match[2] else size
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, end) if start < end else None


def ranged_response(request: Request, file: BinaryIO, media_type: str, tag: str) -> Response:
    """Takes over `file` and closes it. `tag` changes with the content."""
    size = file.seek(0, 2)
    etag = f'"{tag}"'
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == etag:
        file.close()
        return Response(status_code=304, headers=headers)
    # A client that has another state of the file in part gets the whole of this one.
    wanted = request.headers.get("range") if request.headers.get("if-range", etag) == etag else None
    try:
        found = range_of(wanted, size)
    except Unsatisfiable:
        file.close()
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    part = found or ByteRange(0, size)
    headers["Content-Length"] = str(part.end - part.start)
    if found is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    return StreamingResponse(
        iter(()) if request.method == "HEAD" else _parts(file, part),
        status_code=200 if found is None else 206,
        media_type=media_type,
        headers=headers,
        background=BackgroundTask(file.close),
    )


def _parts(file: BinaryIO, part: ByteRange) -> Iterator[bytes]:
    file.seek(part.start)
    left = part.end - part.start
    while left > 0 and (piece := file.read(min(_PART, left))):
        left -= len(piece)
        yield piece
