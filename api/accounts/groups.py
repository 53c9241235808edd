"""Groups, and who belongs to them. One call, one transaction."""

from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy.orm import Session, sessionmaker

from api.accounts.readers_store import GroupEntry, PrincipalEntry, ReadersStore
from corpus.audience import EVERYONE, PrincipalKind, checked_name
from corpus.errors import Conflict, NotFound
from corpus.store import CorpusStore


class NoSuchPrincipal(NotFound):
    """Names what comes nearest, since most who name somebody that is not there have mistyped."""

    def __init__(self, kind: PrincipalKind, name: str, near: list[str]) -> None:
        meant = f" Did you mean {' or '.join(f'“{found}”' for found in near)}?" if near else ""
        super().__init__(f"There is no {kind} “{name}”.{meant}")
        self.name = name
        self.near = tuple(near)


class PrincipalIdUnknown(NotFound):
    def __init__(self, kind: str, principal_id: int) -> None:
        super().__init__(f"There is no {kind} {principal_id}.")
        self.principal_id = principal_id


class BuiltInGroup(Conflict):
    def __init__(self) -> None:
        super().__init__(f"The group “{EVERYONE}” holds everybody by itself; nobody is put into it or taken out.")


@dataclass(frozen=True, slots=True)
class Group:
    entry: GroupEntry
    members: tuple[PrincipalEntry, ...]


class Groups:
    def __init__(self, sessions: sessionmaker[Session], writing: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._writing = writing

    def list_groups(self) -> list[GroupEntry]:
        """All but the one that holds everybody, by name."""
        with self._sessions() as session:
            return ReadersStore(session).list_groups()

    def get_group(self, group_id: int) -> Group:
        """Raises `PrincipalIdUnknown`."""
        with self._sessions() as session:
            return _group(ReadersStore(session), group_id)

    def get_principal(self, kind: PrincipalKind, name: str) -> PrincipalEntry:
        """Raises `BadName`, `NoSuchPrincipal`."""
        with self._sessions() as session:
            return find_or_suggest(ReadersStore(session), kind, checked_name(name))

    def list_user_names(self) -> list[str]:
        with self._sessions() as session:
            return ReadersStore(session).names_of(PrincipalKind.USER)

    def add_principal(self, kind: PrincipalKind, name: str) -> PrincipalEntry:
        """The one that is there, or a new one; a user that is made so has no account. Raises `BadName`."""
        with self._writing.begin() as session:
            corpus = CorpusStore(session)
            name = checked_name(name)
            principal = corpus.ensure_user(name) if kind is PrincipalKind.USER else corpus.ensure_group(name)
            found = ReadersStore(session).get_principal(principal.id)
            assert found is not None
            return found

    def join(self, group_id: int, user_id: int) -> Group:
        """Twice is as once. Raises `PrincipalIdUnknown`, `BuiltInGroup`."""
        with self._writing.begin() as session:
            store = ReadersStore(session)
            _changeable(store, group_id)
            _user(store, user_id)
            if store.find_membership(group_id, user_id) is None:
                store.add_membership(group_id, user_id)
            return _group(store, group_id)

    def leave(self, group_id: int, user_id: int) -> Group:
        """Raises `PrincipalIdUnknown`, also for somebody who is no member; `BuiltInGroup`."""
        with self._writing.begin() as session:
            store = ReadersStore(session)
            _changeable(store, group_id)
            if store.find_membership(group_id, user_id) is None:
                raise PrincipalIdUnknown("member", user_id)
            store.drop_membership(group_id, user_id)
            return _group(store, group_id)


def find_or_suggest(store: ReadersStore, kind: PrincipalKind, name: str) -> PrincipalEntry:
    """Raises `NoSuchPrincipal`."""
    found = store.find_principal(kind, name)
    if found is None:
        raise NoSuchPrincipal(kind, name, get_close_matches(name, store.names_of(kind), 2))
    return found


def _group(store: ReadersStore, group_id: int) -> Group:
    entry = next((entry for entry in store.list_groups() if entry.group_id == group_id), None)
    if entry is None:
        raise PrincipalIdUnknown("group", group_id)
    return Group(entry, tuple(store.list_members(group_id)))


def _changeable(store: ReadersStore, group_id: int) -> None:
    found = store.get_principal(group_id)
    if found is None or found.kind is not PrincipalKind.GROUP:
        raise PrincipalIdUnknown("group", group_id)
    if found.name == EVERYONE:
        raise BuiltInGroup


def _user(store: ReadersStore, user_id: int) -> None:
    found = store.get_principal(user_id)
    if found is None or found.kind is not PrincipalKind.USER:
        raise PrincipalIdUnknown("user", user_id)
