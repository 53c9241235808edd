"""Files on their way to being whole: a lock that ends with its process tells those that nobody writes any more."""

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def unfinished(path: Path) -> Iterator[BinaryIO]:
    """A new file to be written. Renaming it is the caller's."""
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def remove_abandoned(paths: Iterable[Path]) -> None:
    """Deletes those of these files whose writer has ended. One without content may be about to be locked."""
    for path in paths:
        try:
            with path.open("rb") as file:
                if not file.read(1):
                    continue
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except (FileNotFoundError, BlockingIOError):
            continue
