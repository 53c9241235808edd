"""Makes pictures of pages in a confined process: what draws them is written in C and meets files from anywhere.

    python -m ingestion.picture_child HEADER < FILE

`HEADER` is JSON: `media_type`, `pages` (numbers from 1), `memory_bytes` and `cpu_s`. On standard output, for each page:
page, width, height and dots per inch as int64, then the dots; width 0 where the page cannot be drawn.
"""

import json
import os
import sys

from ingestion.confinement import confine, forbid_network
from ingestion.media_type import PDF
from ingestion.parsing_child import readable_files
from ingestion.pictures import HEAD


def main() -> None:
    task = json.loads(sys.argv[1])
    content = sys.stdin.buffer.read()
    # Imported before the walls stand, since some open what only the packages' own code may need.
    if task["media_type"] == PDF:
        from ingestion.pdfium_pictures import draw  # noqa: PLC0415 - only what this file needs
    else:
        from ingestion.pillow_pictures import draw  # noqa: PLC0415
    confine(task["memory_bytes"], task["cpu_s"], readable_files(), forbid_network())
    for picture in draw(content, task["pages"]):
        height, width = picture.dots.shape
        _write(HEAD.pack(picture.page, width, height, picture.dots_per_inch))
        _write(picture.dots.tobytes())


def _write(payload: bytes) -> None:
    remaining = memoryview(payload)
    while remaining:
        remaining = remaining[os.write(1, remaining) :]


if __name__ == "__main__":
    main()
