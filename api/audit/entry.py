"""An entry of the audit log: what happened, named by ids and never by names or texts, and the hash that chains it.

What is hashed with SHA-256 is the UTF-8 of one JSON object of exactly these members, with its keys in alphabetical
order, no space between anything, and every character that is not ASCII escaped:

    action, actor_id, at, decision, id, object, previous_hash, request_id, status, via

`at` is the time in UTC with six decimals and a Z, `previous_hash` is the hash of the entry before in lower-case hex, or
64 zeros in the first; `actor_id` and `status` may be null, everything else is a string or, `id`, a whole number.
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from corpus.database import Entity

BEFORE_THE_FIRST = "0" * 64
"""What the first entry has as the hash of the one before."""

_HASHED = (
    "action",
    "actor_id",
    "at",
    "decision",
    "id",
    "object",
    "previous_hash",
    "request_id",
    "status",
    "via",
)
_ACTION = re.compile(r"[a-z][a-z0-9_.-]{0,79}")
_OBJECT = re.compile(r"(?:[a-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*)?")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{0,64}")
LONGEST_OBJECT = 120
LARGEST_ID = 2**31 - 1
"""What fits into a whole number of PostgreSQL."""


class Via(StrEnum):
    """What the actor was known by: that the installation is on trial, a browser's session, a key, the data folder."""

    TRIAL = "trial"
    SESSION = "session"
    KEY = "key"
    LOCAL = "local"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Decision(StrEnum):
    """`failed`: it was allowed and recorded so, and then it did not come about."""

    ALLOWED = "allowed"
    DENIED = "denied"
    FAILED = "failed"


def object_of(kind: str, identifier: str) -> str:
    """`document 12`; only the kind where the identifier cannot be one, since people may send anything as one."""
    return f"{kind} {identifier}" if _IDENTIFIER.fullmatch(identifier) else kind


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """`actor_id` is a principal's, None where nobody is known; `object` is `document 12`, or empty where there is none.

    Raises `ValueError` for what no database could keep: one event would keep all others from being recorded.
    """

    at: datetime
    actor_id: int | None
    via: Via
    action: str
    object: str
    decision: Decision
    status: int | None
    request_id: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        if not _ACTION.fullmatch(self.action):
            raise ValueError("an action is named like documents.delete")
        if not _OBJECT.fullmatch(self.object) or len(self.object) > LONGEST_OBJECT:
            raise ValueError("an object is named like document 12, by kind and id")
        if not _REQUEST_ID.fullmatch(self.request_id):
            raise ValueError("a request's id has at most 64 letters, digits, dashes and underscores")
        if any(number is not None and not 0 <= number <= LARGEST_ID for number in (self.actor_id, self.status)):
            raise ValueError("a number is out of range")


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest entry. Noted elsewhere, it shows later whether entries at the end were cut off."""

    count: int
    hash: str


NO_ENTRIES = ChainHead(0, BEFORE_THE_FIRST)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as the database holds it. Nothing about it is believed: somebody may have changed it there."""

    id: int
    at: str
    actor_id: int | None
    via: str
    action: str
    object: str
    decision: str
    status: int | None
    request_id: str
    previous_hash: str
    hash: str

    @property
    def hashed_text(self) -> str:
        """Exactly what its hash is to be made from, see above."""
        members = {name: getattr(self, name) for name in _HASHED}
        # Whatever else a changed row may hold has some text, and another hash.
        return json.dumps(members, sort_keys=True, separators=(",", ":"), default=repr)

    @property
    def is_unchanged(self) -> bool:
        return self.hash == _hash_of(self.hashed_text)

    @property
    def moment(self) -> datetime | None:
        """None where it is no time any more."""
        try:
            return datetime.fromisoformat(self.at)
        except (TypeError, ValueError):
            return None


def chained(head: ChainHead, event: AuditEvent) -> StoredEntry:
    """The event as the entry that comes next."""
    unhashed = StoredEntry(
        id=head.count + 1,
        at=written(event.at),
        actor_id=event.actor_id,
        via=event.via.value,
        action=event.action,
        object=event.object,
        decision=event.decision.value,
        status=event.status,
        request_id=event.request_id,
        previous_hash=head.hash,
        hash="",
    )
    return replace(unhashed, hash=_hash_of(unhashed.hashed_text))


def unreadable(entry_id: int) -> StoredEntry:
    """Stands for an entry that the database cannot read any more; it has not the hash that it should have."""
    return StoredEntry(entry_id, "", None, "", "", "", "", None, "", "", "")


def written(at: datetime) -> str:
    """As entries hold times, which makes the earlier also the lesser text."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


class AuditEntry(Entity):
    """Ids ascend from 1 without gaps. The database refuses to change or delete one; see migration 0008.

    No foreign key: an erased person's principal goes, and the entries stay as they were hashed.
    """

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[str] = mapped_column(String(27))
    """As it is hashed."""
    actor_id: Mapped[int | None] = mapped_column(index=True)
    via: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(80))
    object: Mapped[str] = mapped_column(String(LONGEST_OBJECT))
    decision: Mapped[str] = mapped_column(String(16))
    status: Mapped[int | None]
    request_id: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
