"""Follows the folders that are watched, in a thread of the server: what changes there is synced some moments later."""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from api.sources import Sources
from corpus.errors import GroundworkError
from ingestion.source import Source

_LOG = logging.getLogger(__name__)
_LOOK_S = 5.0


class FolderWatch(Protocol):
    def changes(self, folders: Sequence[Path], stop: Event) -> Iterator[frozenset[Path]]:
        """The folders in which something changed, also none of them now and then, until `stop` is set."""


class SourceWatching:
    def __init__(self, sources: Callable[[], Sources], open_watch: Callable[[], FolderWatch]) -> None:
        """`open_watch` is asked for when there is a folder to watch."""
        self._sources = sources
        self._open_watch = open_watch
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._keep_watching, name="watching", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _keep_watching(self) -> None:
        waiting: set[int] = set()
        while not self._stopping.is_set():
            try:
                watched = self._sources().list_watched()
                folders = {source.id: Path(source.address).resolve() for source in watched}
                if any(folder.is_dir() for folder in folders.values()):
                    self._watch(watched, folders, waiting)
                else:
                    self._stopping.wait(_LOOK_S)
            except GroundworkError as error:
                # The database may be away for a while; nothing is lost, since the next sync sees everything.
                _LOG.info("watched folders cannot be looked at now: %s", error)
                self._stopping.wait(_LOOK_S)

    def _watch(self, watched: Sequence[Source], folders: dict[int, Path], waiting: set[int]) -> None:
        """Returns when other folders are to be watched."""
        for changed in self._open_watch().changes(list(folders.values()), self._stopping):
            waiting |= {source_id for source_id, folder in folders.items() if folder in changed}
            for source_id in sorted(waiting):
                # A sync under way may have passed by what changed; then it is synced once more after it.
                if source_id not in folders or self._sources().start_changed(source_id):
                    waiting.discard(source_id)
            if [source.id for source in self._sources().list_watched()] != [source.id for source in watched]:
                return
