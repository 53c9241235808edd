"""The port of sources: list what is there, cheaply and lazily, and fetch one thing of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from corpus.errors import Invalid, NotFound, Unavailable

LONGEST_KEY = 2000

Memory = Mapping[str, Any]
"""What a reader was told it would be reminded of; JSON."""

Recall = Callable[[str], Memory | None]
"""What is remembered of a key; None for one that has not been fetched yet."""


@dataclass(frozen=True, slots=True)
class ListedItem:
    """`key` tells it from the source's others, `origin` from everything else; `name` is what people see.

    `stamp` changes whenever the content may have: an item with the stamp it was last fetched with is not fetched
    again. None where only fetching tells. `size` in bytes where listing tells it. `whole` when it must be fetched
    although it may be as it was, since it is to be read in a new way.
    """

    key: str
    origin: str
    name: str
    stamp: str | None = None
    size: int | None = None
    memory: Memory = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class FetchedItem:
    """`readers` (`user:name`, `group:name`) are given where the source says who may read it, else None."""

    content: bytes
    title: str | None = None
    memory: Memory = field(default_factory=dict)
    readers: frozenset[str] | None = None
    remarks: tuple[str, ...] = ()
    file: Path | None = None
    """Where a recording lies that is too large to be held in memory; `content` is empty then."""


class SourceReader(Protocol):
    lists_everything: bool
    """Whether what is no longer listed is gone. Of a feed it is not: it names the newest entries only."""

    keeps_listing: bool
    """Whether `fetch` needs what `list_items` kept, so that a sync that goes on in another process lists again."""

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """Raises `SourceUnavailable` also in the middle: what follows is then unknown, not gone."""

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        """None where it is as it was. Raises `ItemGone`, `SourceUnavailable` or what makes this one item fail.

        May be called from several threads, after `list_items` was read to its end.
        """

    def close(self) -> None:
        """Lets go of connections and temporary files."""


class SourceUnavailable(Unavailable):
    """The source cannot be listed or asked now. The sentence says why."""


class ItemGone(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no longer there.")


class BadSource(Invalid):
    """An address or option with which a source cannot be opened. The sentence says what to write instead."""
