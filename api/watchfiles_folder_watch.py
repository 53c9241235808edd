"""Watches folders through watchfiles and says which of them changed, some moments after the last of several changes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

from watchfiles import watch

_SETTLE_MS = 1600
"""Long enough for what is written in several goes, and for file times to tell the last of them."""

_LOOK_MS = 500


class WatchfilesFolderWatch:
    def changes(self, folders: Sequence[Path], stop: Event) -> Iterator[frozenset[Path]]:
        """The folders in which something changed, over and over until `stop` is set. Nothing where none are given."""
        present = [folder for folder in folders if folder.is_dir()]
        if not present:
            return
        for changes in watch(
            *present,
            stop_event=stop,
            debounce=_SETTLE_MS,
            step=200,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            changed = [Path(path) for _, path in changes]
            yield frozenset(
                folder
                for folder in present
                if any(path.is_relative_to(folder) and _counts(path, folder) for path in changed)
            )


def _counts(path: Path, folder: Path) -> bool:
    """Hidden files and folders are no documents."""
    return not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
