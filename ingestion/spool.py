"""Keeps what was read while listing until it is fetched, on disk and for one sync only."""

import hashlib
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class Spool:
    """Contents by key, in a folder that is deleted at the end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="groundwork-")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put(self, key: str, content: bytes) -> None:
        self._path(key).write_bytes(content)

    def find(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def close(self) -> None:
        self._folder.cleanup()

    def _path(self, key: str) -> Path:
        return Path(self._folder.name) / hashlib.sha256(key.encode()).hexdigest()
