"""Reads a folder: files are told by path, and changes by size and modification time, without opening them."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from ingestion.ingest import FileTooLarge
from ingestion.recording_ingest import is_recording
from ingestion.source_reading import FetchedItem, ItemGone, ListedItem, Recall, SourceUnavailable

_SETTLES_S = 2.0
"""A file that was written so recently may be written again without its time or size telling; it is read again."""


class FolderSourceReader:
    lists_everything = True
    keeps_listing = False

    def __init__(self, folder: Path, now: Callable[[], datetime], max_bytes: int, max_recording_bytes: int) -> None:
        self._folder = folder
        self._now = now
        self._max_bytes = max_bytes
        self._max_recording_bytes = max_recording_bytes
        self._oddly_named: dict[str, Path] = {}
        """Files whose names are no text, by the key that stands for them."""

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """By path. Hidden files and folders are left out, symbolic links are not followed."""
        if not self._folder.is_dir():
            raise SourceUnavailable(f"There is no folder at {self._folder}. Is a disk or share missing?")
        yield from self._list(str(self._folder), "", self._now().timestamp() - _SETTLES_S)

    def _list(self, folder: str, prefix: str, settled_before: float) -> Iterator[ListedItem]:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            # What lies in a folder that cannot be opened is not gone.
            raise SourceUnavailable(f"{folder} cannot be listed: {error.strerror}.") from error
        for entry in entries:
            if entry.name.startswith((".", "~$")) or entry.is_symlink():
                continue
            if entry.is_dir():
                yield from self._list(entry.path, f"{prefix}{entry.name}/", settled_before)
            elif entry.is_file():
                try:
                    about = entry.stat()
                except FileNotFoundError:
                    continue
                stamp = f"{about.st_size}:{about.st_mtime_ns}" if about.st_mtime < settled_before else None
                key = os.fsencode(prefix + entry.name).decode("utf-8", "backslashreplace")
                if key != prefix + entry.name:
                    self._oddly_named[key] = Path(entry.path)
                yield ListedItem(key, Path(entry.path).as_uri(), key, stamp, about.st_size)

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        """Raises `FileTooLarge`, `ItemGone` or `OSError`."""
        path = self._oddly_named.get(item.key, self._folder / item.key)
        try:
            size = path.stat().st_size
            recording = is_recording(path)
            limit = self._max_recording_bytes if recording else self._max_bytes
            if size > limit:
                raise FileTooLarge(size, limit)
            return FetchedItem(b"", file=path) if recording else FetchedItem(path.read_bytes())
        except FileNotFoundError as error:
            raise ItemGone(item.name) from error

    def close(self) -> None:
        pass
