"""Audiences as administrators see them: names, readers and counts, never what is in them. One call, one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from api.accounts.groups import PrincipalIdUnknown
from api.accounts.readers_store import AudienceRow, PrincipalEntry, ReadersStore
from corpus.audience import LastReader, ReadersChange, checked_name, is_name_of_readers
from corpus.errors import Conflict, NotFound
from corpus.store import CorpusStore


class AudienceIdUnknown(NotFound):
    def __init__(self, audience_id: int) -> None:
        super().__init__(f"There is no audience {audience_id}.")
        self.audience_id = audience_id


class AudienceThere(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is an audience “{name}” already.")
        self.name = name


class MadeOfReaders(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” stands for exactly those whom a source names as readers. Change them there, or move the "
            "documents to another audience."
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class AudienceEntry:
    """`people`: how many may read it, directly or by a group. `is_fixed`: its readers follow from a source."""

    audience_id: int
    name: str
    readers: tuple[PrincipalEntry, ...]
    document_count: int
    people: int
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class AudiencePage:
    entries: tuple[AudienceEntry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What it would do to let `reader` in, or to put them out where they are in already."""

    audience: AudienceEntry
    reader: PrincipalEntry
    is_in: bool
    change: ReadersChange


class Audiences:
    def __init__(
        self, sessions: sessionmaker[Session], writing: sessionmaker[Session], clock: Callable[[], datetime]
    ) -> None:
        self._sessions = sessions
        self._writing = writing
        self._clock = clock

    def list_audiences(self, limit: int, offset: int = 0, name_contains: str = "") -> AudiencePage:
        """All of them, by name."""
        with self._sessions() as session:
            store = ReadersStore(session)
            rows, total = store.list_audiences(limit, offset, name_contains)
            return AudiencePage(tuple(_entry(store, row) for row in rows), total)

    def get_audience(self, audience_id: int) -> AudienceEntry:
        """Raises `AudienceIdUnknown`."""
        with self._sessions() as session:
            store = ReadersStore(session)
            return _entry(store, _row(store, audience_id))

    def find_audience(self, name: str) -> AudienceEntry | None:
        with self._sessions() as session:
            store = ReadersStore(session)
            row = store.find_audience_named(name)
            return None if row is None else _entry(store, row)

    def create(self, name: str) -> AudienceEntry:
        """Read by the group of the same name, and by whoever works in the data folder. Raises `AudienceThere`."""
        name = checked_name(name)
        with self._writing.begin() as session:
            corpus, store = CorpusStore(session), ReadersStore(session)
            if corpus.find_audience(name) is not None:
                raise AudienceThere(name)
            return _entry(store, _row(store, corpus.ensure_audience(name, self._clock()).id))

    def foresee(self, audience_id: int, principal_id: int) -> Foreseen:
        """Raises `AudienceIdUnknown`, `PrincipalIdUnknown`."""
        with self._sessions() as session:
            store = ReadersStore(session)
            row, reader = _row(store, audience_id), _principal(store, principal_id)
            before = store.reader_ids(audience_id)
            is_in = principal_id in before
            after = [found for found in before if found != principal_id] + ([] if is_in else [principal_id])
            return Foreseen(_entry(store, row), reader, is_in, _change(store, before, after))

    def allow(self, audience_id: int, principal_id: int) -> ReadersChange:
        """What it did; twice is as once. Raises `AudienceIdUnknown`, `PrincipalIdUnknown`, `MadeOfReaders`."""
        with self._writing.begin() as session:
            store = ReadersStore(session)
            before = _changeable(store, audience_id)
            _principal(store, principal_id)
            if principal_id in before:
                return _change(store, before, before)
            store.add_reader(audience_id, principal_id)
            return _change(store, before, [*before, principal_id])

    def deny(self, audience_id: int, principal_id: int) -> ReadersChange:
        """What it did. Whoever is in by a group stays in.

        Raises `AudienceIdUnknown`, `PrincipalIdUnknown`, also for one that is no reader; `LastReader`, `MadeOfReaders`.
        """
        with self._writing.begin() as session:
            store = ReadersStore(session)
            before = _changeable(store, audience_id)
            if principal_id not in before:
                raise PrincipalIdUnknown("reader", principal_id)
            if len(before) == 1:
                raise LastReader(_row(store, audience_id).name)
            store.drop_reader(audience_id, principal_id)
            return _change(store, before, [found for found in before if found != principal_id])


def _row(store: ReadersStore, audience_id: int) -> AudienceRow:
    row = store.find_audience(audience_id)
    if row is None:
        raise AudienceIdUnknown(audience_id)
    return row


def _changeable(store: ReadersStore, audience_id: int) -> list[int]:
    """Who reads it. Nobody else changes that in the meantime."""
    row = _row(store, audience_id)
    if is_name_of_readers(row.name):
        raise MadeOfReaders(row.name)
    return store.reader_ids(audience_id)


def _principal(store: ReadersStore, principal_id: int) -> PrincipalEntry:
    found = store.get_principal(principal_id)
    if found is None:
        raise PrincipalIdUnknown("user or group", principal_id)
    return found


def _change(store: ReadersStore, before: list[int], after: list[int]) -> ReadersChange:
    seeing, saw = store.user_ids_by(after), store.user_ids_by(before)
    return ReadersChange(len(seeing), len(seeing - saw), len(saw - seeing))


def _entry(store: ReadersStore, row: AudienceRow) -> AudienceEntry:
    people = len(store.user_ids_by([reader.principal_id for reader in row.readers]))
    return AudienceEntry(
        row.audience_id, row.name, row.readers, row.document_count, people, is_name_of_readers(row.name)
    )
