"""Keeps what was read while listing until it is fetched, on disk and for one sync only."""

import hashlib
import shutil
import tempfile
import weakref
from pathlib import Path


class Spool:
    """Contents by key, in a folder that is deleted when it is closed or forgotten."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="groundwork-"))
        self._delete = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def put(self, key: str, content: bytes) -> None:
        self._path(key).write_bytes(content)

    def find(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def close(self) -> None:
        self._delete()

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()
