"""Pictures of the pages of a file, made by a confined child a few at a time."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from ingestion.limited_parsing import OutOfMemory, ParserCrashed, ParsingLimits, ParsingTimedOut, child_environment
from ingestion.recognition import Picture

HEAD = struct.Struct("<qqqq")
MOST_DOTS = 30_000_000
AT_ONCE = 8
"""Pages drawn by one child: enough to make its start cheap, few enough that its limits mean something."""


def pictures_of(content: bytes, media_type: str, pages: Sequence[int], limits: ParsingLimits) -> Iterator[Picture]:
    """In the order of `pages`. One that cannot be drawn has no dots.

    Raises `ParsingTimedOut`, `OutOfMemory` or `ParserCrashed`.
    """
    for start in range(0, len(pages), AT_ONCE):
        yield from _drawn(content, media_type, pages[start : start + AT_ONCE], limits)


def _drawn(content: bytes, media_type: str, pages: Sequence[int], limits: ParsingLimits) -> list[Picture]:
    task = {
        "media_type": media_type,
        "pages": list(pages),
        "memory_bytes": limits.memory_bytes,
        "cpu_s": limits.cpu_s,
    }
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-s", "-m", "ingestion.picture_child", json.dumps(task)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=child_environment(os.environ),
        start_new_session=True,
    )
    with process:
        try:
            said, _ = process.communicate(content, timeout=limits.wall_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise ParsingTimedOut(limits.wall_s) from None
    pictures = list(_received(memoryview(said)))
    if process.returncode == 0 and len(pictures) == len(pages):
        return pictures
    if process.returncode in (1, -9):
        # Python's own end for want of memory, or the system's.
        raise OutOfMemory(limits.memory_bytes)
    raise ParserCrashed(f"drawing its pages ended with {process.returncode}")


def _received(said: memoryview) -> Iterator[Picture]:
    while len(said) >= HEAD.size:
        page, width, height, dots_per_inch = HEAD.unpack(said[: HEAD.size])
        if not (0 <= width * height <= MOST_DOTS and 0 < dots_per_inch <= 2400):
            return
        end = HEAD.size + width * height
        if len(said) < end:
            return
        dots = np.frombuffer(said[HEAD.size : end], dtype=np.uint8).reshape(height, width)
        yield Picture(page, dots, dots_per_inch)
        said = said[end:]
