"""Whether the chain of entries is as it was written, and where it is not for the first time."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from api.audit.entry import NO_ENTRIES, ChainHead, StoredEntry


class Fault(StrEnum):
    CHANGED = "changed"
    """What the entry says does not give its hash."""
    REMOVED = "removed"
    """One or more entries are missing at this place."""
    INSERTED = "inserted"
    """An entry is there whose id was given already."""
    UNLINKED = "unlinked"
    """The entry gives its hash but does not follow the one before: one of the two was written anew or moved."""


@dataclass(frozen=True, slots=True)
class ChainFault:
    entry_id: int
    fault: Fault

    def __str__(self) -> str:
        match self.fault:
            case Fault.CHANGED:
                return f"Entry {self.entry_id} was changed."
            case Fault.REMOVED:
                return f"Entry {self.entry_id} was removed."
            case Fault.INSERTED:
                return f"Entry {self.entry_id} was inserted."
            case Fault.UNLINKED:
                return f"Entry {self.entry_id} does not follow the one before it: one of the two was written anew."


@dataclass(frozen=True, slots=True)
class Verification:
    """`head`: of the part that is sound, which is all of it where there is no `fault`.

    `noted` is the entry whose hash was asked about, 0 for that before the first, None where none was or no entry in the
    sound part has it; `asked` tells the two apart.
    """

    head: ChainHead
    fault: ChainFault | None
    asked: str | None = None
    noted: int | None = None

    @property
    def is_sound(self) -> bool:
        return self.fault is None and (self.asked is None or self.noted is not None)

    def __str__(self) -> str:
        if self.fault is not None:
            sound = f"The {self.head.count:,} before it are as they were written." if self.head.count else ""
            return f"{self.fault} {sound}".strip()
        if self.asked is not None and self.noted is None:
            return (
                "The chain is sound, but no entry has the noted hash: entries at its end were cut off, or all since "
                "were written anew. Or this is the record of another installation."
            )
        if not self.head.count:
            return "There are no entries yet."
        many = self.head.count > 1
        all_ = f"All {self.head.count:,} entries are as they were written" if many else "The entry is as it was written"
        return f"{all_}, and none is missing." + (f" Entry {self.noted} has the noted hash." if self.noted else "")


def walk(entries: Iterable[StoredEntry], expected: int, asked: str | None) -> Verification:
    """Up to the first fault. `entries` by ascending id; at least `expected` are to be there, and `asked` among them."""
    head = NO_ENTRIES
    noted = 0 if asked == head.hash else None
    for entry in entries:
        fault = _fault(entry, head)
        if fault is not None:
            return Verification(head, fault, asked, noted)
        head = ChainHead(entry.id, entry.hash)
        if entry.hash == asked:
            noted = entry.id
    fault = ChainFault(head.count + 1, Fault.REMOVED) if head.count < expected else None
    return Verification(head, fault, asked, noted)


def _fault(entry: StoredEntry, head: ChainHead) -> ChainFault | None:
    if entry.id <= head.count:
        return ChainFault(entry.id, Fault.INSERTED)
    if entry.id > head.count + 1:
        return ChainFault(head.count + 1, Fault.REMOVED)
    if not entry.is_unchanged:
        return ChainFault(entry.id, Fault.CHANGED)
    if entry.previous_hash != head.hash:
        return ChainFault(entry.id, Fault.UNLINKED)
    return None
