"""Takes people, their roles and groups out of a table: all of it or nothing, unless bad rows may be left out."""

from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy.orm import Session, sessionmaker

from api.accounts.accounts import Accounts
from api.accounts.groups import NoSuchPrincipal
from api.accounts.people_csv import BadRow, PersonRow, read_people
from api.accounts.readers_store import ReadersStore
from api.accounts.roles import Role
from api.accounts.store import AccountStore
from corpus.audience import PrincipalKind
from corpus.errors import GroundworkError
from corpus.store import CorpusStore


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`added` and `changed`: names. Where `applied` is false they say what would have been done."""

    applied: bool
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    new_groups: tuple[str, ...]
    bad: tuple[BadRow, ...]


class _NotApplied(Exception):
    """Takes everything back."""


class PeopleImport:
    def __init__(self, accounts: Accounts, writing: sessionmaker[Session]) -> None:
        self._accounts = accounts
        self._writing = writing

    def take(self, text: str, skips_bad: bool, makes_groups: bool) -> ImportReport:
        """In one transaction. Without `makes_groups`, a group that is not there makes its row a bad one.

        Nobody is disabled or taken away for not being in the table. Raises `NotATable`.
        """
        rows, unread = read_people(text)
        bad = list(unread)
        added: list[str] = []
        changed: list[str] = []
        new_groups: list[str] = []
        try:
            with self._writing.begin() as session:
                known = set(ReadersStore(session).names_of(PrincipalKind.GROUP))
                # Whoever becomes an administrator comes first, so that somebody else can stop being the last one.
                for row in sorted(rows, key=lambda row: Role.ADMIN not in (row.roles or ())):
                    try:
                        with session.begin_nested():
                            missing = self._missing(row, known, makes_groups)
                            outcome = self._put(session, row)
                    except GroundworkError as error:
                        bad.append(BadRow(row.line, row.name, str(error)))
                        continue
                    known.update(missing)
                    new_groups += missing
                    if outcome is not None:
                        (added if outcome else changed).append(row.name)
                if bad and not skips_bad:
                    raise _NotApplied
            applied = True
        except _NotApplied:
            applied = False
        return ImportReport(
            applied=applied,
            added=tuple(sorted(added, key=str.casefold)),
            changed=tuple(sorted(changed, key=str.casefold)),
            unchanged=len(rows) + len(unread) - len(bad) - len(added) - len(changed),
            new_groups=tuple(sorted(new_groups, key=str.casefold)),
            bad=tuple(sorted(bad, key=lambda row: row.line)),
        )

    def _missing(self, row: PersonRow, known: set[str], makes_groups: bool) -> list[str]:
        missing = [group for group in row.groups or () if group not in known]
        if missing and not makes_groups:
            near = get_close_matches(missing[0], sorted(known), 2)
            raise NoSuchPrincipal(PrincipalKind.GROUP, missing[0], near)
        return missing

    def _put(self, session: Session, row: PersonRow) -> bool | None:
        """Whether the person is new; None where nothing had to be done."""
        store = AccountStore(session)
        found = store.find_like(row.name)
        if found is None:
            self._accounts.check_may_add()
            principal = self._accounts.put_new(session, row.name, row.roles or {Role.EMPLOYEE}, row.display_name or "")
            CorpusStore(session).set_groups(principal.name, row.groups or ())
            return True
        principal, account = found
        before = store.entry(principal.name)
        self._accounts.change(
            session,
            principal,
            account,
            row.roles or account.role_set,
            account.display_name if row.display_name is None else row.display_name,
        )
        if row.groups is not None:
            CorpusStore(session).set_groups(principal.name, row.groups)
        session.flush()
        return None if store.entry(principal.name) == before else False
