"""All SQL of the audit log. Nothing here changes or deletes an entry, and the database refuses both."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.orm import Session

from api.audit.entry import (
    LARGEST_ID,
    NO_ENTRIES,
    AuditEntry,
    AuditEvent,
    ChainHead,
    Decision,
    StoredEntry,
    chained,
    written,
)
from corpus.audience import Principal, PrincipalKind
from corpus.errors import Invalid

_FIRST_YEAR, _LAST_YEAR = 1970, 9998


class BadFilter(Invalid):
    def __init__(self, field: str) -> None:
        super().__init__(f"There can be no entry with such a value of “{field}”.")
        self.field = field


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is empty or None does not narrow.

    `actor` is a user's name, or `#12` for the principal of that id, who may be erased. `object` is matched by whole
    words from the beginning: `document` finds every document, `document 1` not document 12. `since` is the earliest
    moment, `until` the first one after. Raises `BadFilter`.
    """

    actor: str = ""
    action: str = ""
    object: str = ""
    decision: Decision | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for field in ("actor", "action", "object"):
            if not getattr(self, field).isprintable():
                raise BadFilter(field)
        for field in ("since", "until"):
            at: datetime | None = getattr(self, field)
            # Years at the edges leave the calendar when they are brought to UTC.
            if at is not None and not _FIRST_YEAR <= at.year <= _LAST_YEAR:
                raise BadFilter(field)

    @property
    def is_empty(self) -> bool:
        return self == EVERYTHING


EVERYTHING = AuditFilter()


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """`actor`: the name of the user, None where there was none or they have been erased."""

    entry: StoredEntry
    actor: str | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """`total` counts everything that matches, not only this page."""

    entries: tuple[NamedEntry, ...]
    total: int


class AuditStore:
    """Reads and appends in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, events: Sequence[AuditEvent]) -> ChainHead:
        """For a session that took the write lock when it began, since each entry follows the newest one."""
        head = self.head()
        entries = []
        for event in events:
            entry = chained(head, event)
            head = ChainHead(entry.id, entry.hash)
            entries.append(asdict(entry))
        if entries:
            self._session.execute(insert(AuditEntry), entries)
        return head

    def head(self) -> ChainHead:
        newest = self._session.execute(
            select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
        ).one_or_none()
        return NO_ENTRIES if newest is None else ChainHead(newest.id, newest.hash)

    def list_entries(self, wanted: AuditFilter, limit: int, offset: int = 0) -> EntryPage:
        """Newest first."""
        matches = _matching(wanted)
        # Ids have no gaps, so that the newest one counts them all.
        total = (
            self.head().count
            if wanted.is_empty
            else self._session.scalar(select(func.count()).select_from(AuditEntry).where(*matches)) or 0
        )
        rows = self._session.execute(
            select(*_COLUMNS, Principal.name)
            .outerjoin(Principal, Principal.id == AuditEntry.actor_id)
            .where(*matches)
            .order_by(AuditEntry.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return EntryPage(tuple(NamedEntry(_stored(row), row[-1]) for row in rows), total)

    def read_after(
        self, entry_id: int | None, limit: int, wanted: AuditFilter = EVERYTHING, until_id: int | None = None
    ) -> list[StoredEntry]:
        """By ascending id, from the first where there is no `entry_id`, and none beyond `until_id`."""
        chosen = select(*_COLUMNS).where(*_after(entry_id, wanted, until_id)).order_by(AuditEntry.id).limit(limit)
        return [_stored(row) for row in self._session.execute(chosen)]

    def ids_after(self, entry_id: int | None, limit: int, wanted: AuditFilter, until_id: int) -> list[int]:
        """Of the same entries."""
        chosen = select(AuditEntry.id).where(*_after(entry_id, wanted, until_id)).order_by(AuditEntry.id).limit(limit)
        return list(self._session.scalars(chosen))


_COLUMNS = tuple(AuditEntry.__table__.columns)


def _stored(row: Sequence[Any]) -> StoredEntry:
    """The columns are in the order of the fields."""
    return StoredEntry(*row[: len(_COLUMNS)])


def _after(entry_id: int | None, wanted: AuditFilter, until_id: int | None) -> list[ColumnElement[bool]]:
    matches = _matching(wanted)
    if entry_id is not None:
        matches.append(AuditEntry.id > entry_id)
    if until_id is not None:
        matches.append(AuditEntry.id <= until_id)
    return matches


def _matching(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    matches: list[ColumnElement[bool]] = []
    if wanted.actor:
        matches.append(_by(wanted.actor))
    if wanted.action:
        matches.append(AuditEntry.action == wanted.action)
    if wanted.object:
        begins = AuditEntry.object.startswith(f"{wanted.object} ", autoescape=True)
        matches.append(or_(AuditEntry.object == wanted.object, begins))
    if wanted.decision is not None:
        matches.append(AuditEntry.decision == wanted.decision.value)
    if wanted.since is not None:
        matches.append(AuditEntry.at >= written(wanted.since))
    if wanted.until is not None:
        matches.append(AuditEntry.at < written(wanted.until))
    return matches


def _by(actor: str) -> ColumnElement[bool]:
    number = actor.removeprefix("#")
    if number != actor and number.isascii() and number.isdecimal() and int(number) <= LARGEST_ID:
        return AuditEntry.actor_id == int(number)
    named = select(Principal.id).where(Principal.kind == PrincipalKind.USER, Principal.name == actor)
    return AuditEntry.actor_id.in_(named)
