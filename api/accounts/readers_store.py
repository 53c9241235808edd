"""All SQL of groups, and of the audiences that people and groups read, as administrators see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from api.accounts.account import Account
from corpus.audience import (
    EVERYONE,
    Audience,
    AudiencePrincipal,
    Membership,
    Principal,
    PrincipalKind,
)
from corpus.document import Document


@dataclass(frozen=True, slots=True)
class PrincipalEntry:
    """`has_account`: of users only; one without cannot sign in."""

    principal_id: int
    kind: PrincipalKind
    name: str
    has_account: bool = False
    is_disabled: bool = False

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """`audiences`: the names of what its members read by it."""

    group_id: int
    name: str
    member_count: int
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AudienceRow:
    audience_id: int
    name: str
    readers: tuple[PrincipalEntry, ...]
    document_count: int


class ReadersStore:
    """Reads and writes in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find_principal(self, kind: PrincipalKind, name: str) -> PrincipalEntry | None:
        return self._one(_PRINCIPALS.where(Principal.kind == kind, Principal.name == name))

    def get_principal(self, principal_id: int) -> PrincipalEntry | None:
        return self._one(_PRINCIPALS.where(Principal.id == principal_id))

    def names_of(self, kind: PrincipalKind) -> list[str]:
        return list(
            self._session.scalars(select(Principal.name).where(Principal.kind == kind).order_by(Principal.name))
        )

    # Groups

    def list_groups(self) -> list[GroupEntry]:
        """All but the one that holds everybody, by name."""
        groups = self._session.execute(
            select(Principal.id, Principal.name).where(
                Principal.kind == PrincipalKind.GROUP, Principal.name != EVERYONE
            )
        ).all()
        counted = self._session.execute(select(Membership.group_id, func.count()).group_by(Membership.group_id))
        counts: dict[int, int] = {group_id: count for group_id, count in counted}  # noqa: C416 - rows are not tuples
        audiences = self._audiences_of([group_id for group_id, _ in groups])
        entries = [
            GroupEntry(group_id, name, counts.get(group_id, 0), tuple(audiences.get(group_id, ())))
            for group_id, name in groups
        ]
        return sorted(entries, key=lambda entry: entry.name.casefold())

    def list_members(self, group_id: int) -> list[PrincipalEntry]:
        """By name."""
        rows = self._session.execute(
            _PRINCIPALS.join(Membership, Membership.user_id == Principal.id)
            .where(Membership.group_id == group_id)
            .order_by(func.lower(Principal.name))
        )
        return [_entry(row[0], row[1]) for row in rows]

    def find_membership(self, group_id: int, user_id: int) -> Membership | None:
        return self._session.get(Membership, (group_id, user_id))

    def add_membership(self, group_id: int, user_id: int) -> None:
        self._session.add(Membership(group_id=group_id, user_id=user_id))
        self._session.flush()

    def drop_membership(self, group_id: int, user_id: int) -> None:
        self._session.execute(delete(Membership).where(Membership.group_id == group_id, Membership.user_id == user_id))

    def user_ids(self) -> frozenset[int]:
        """Of all who may read anything: disabled ones are left out."""
        return frozenset(
            self._session.scalars(
                select(Principal.id).where(Principal.kind == PrincipalKind.USER, Principal.disabled_at.is_(None))
            )
        )

    def user_ids_by(self, principal_ids: Sequence[int]) -> frozenset[int]:
        """Those who read by being these, or by being in these; disabled ones left out."""
        everyone = self.find_principal(PrincipalKind.GROUP, EVERYONE)
        if everyone is not None and everyone.principal_id in principal_ids:
            return self.user_ids()
        members = select(Membership.user_id).where(Membership.group_id.in_(principal_ids))
        return frozenset(
            self._session.scalars(
                select(Principal.id).where(
                    Principal.kind == PrincipalKind.USER,
                    Principal.disabled_at.is_(None),
                    Principal.id.in_(principal_ids) | Principal.id.in_(members),
                )
            )
        )

    # Audiences

    def list_audiences(self, limit: int, offset: int, name_contains: str) -> tuple[list[AudienceRow], int]:
        """All, whoever may read them, by name; and how many match."""
        wanted = select(Audience.id)
        if name_contains:
            wanted = wanted.where(Audience.name.icontains(name_contains, autoescape=True))
        total = self._session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        ids = self._session.scalars(
            wanted.order_by(func.lower(Audience.name), Audience.id).limit(limit).offset(offset)
        ).all()
        return self._rows(ids), total

    def find_audience(self, audience_id: int) -> AudienceRow | None:
        return next(iter(self._rows([audience_id])), None)

    def find_audience_named(self, name: str) -> AudienceRow | None:
        return next(
            iter(self._rows(self._session.scalars(select(Audience.id).where(Audience.name == name)).all())), None
        )

    def reader_ids(self, audience_id: int) -> list[int]:
        return list(
            self._session.scalars(
                select(AudiencePrincipal.principal_id).where(AudiencePrincipal.audience_id == audience_id)
            )
        )

    def add_reader(self, audience_id: int, principal_id: int) -> None:
        self._session.add(AudiencePrincipal(audience_id=audience_id, principal_id=principal_id))
        self._session.flush()

    def drop_reader(self, audience_id: int, principal_id: int) -> None:
        self._session.execute(
            delete(AudiencePrincipal).where(
                AudiencePrincipal.audience_id == audience_id, AudiencePrincipal.principal_id == principal_id
            )
        )

    def _rows(self, ids: Sequence[int]) -> list[AudienceRow]:
        """In the order of their names."""
        readers: dict[int, list[PrincipalEntry]] = {}
        for audience_id, principal, account_id in self._session.execute(
            select(AudiencePrincipal.audience_id, Principal, Account.principal_id)
            .join(Principal, Principal.id == AudiencePrincipal.principal_id)
            .outerjoin(Account, Account.principal_id == Principal.id)
            .where(AudiencePrincipal.audience_id.in_(ids))
            .order_by(Principal.kind, func.lower(Principal.name))
        ):
            readers.setdefault(audience_id, []).append(_entry(principal, account_id))
        documents = (
            select(func.count())
            .where(Document.audience_id == Audience.id, Document.removed_at.is_(None))
            .scalar_subquery()
        )
        found = self._session.execute(
            select(Audience.id, Audience.name, documents)
            .where(Audience.id.in_(ids))
            .order_by(func.lower(Audience.name), Audience.id)
        )
        return [AudienceRow(row[0], row[1], tuple(readers.get(row[0], ())), row[2] or 0) for row in found]

    def _audiences_of(self, principal_ids: Sequence[int]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for principal_id, name in self._session.execute(
            select(AudiencePrincipal.principal_id, Audience.name)
            .join(Audience, Audience.id == AudiencePrincipal.audience_id)
            .where(AudiencePrincipal.principal_id.in_(principal_ids))
            .order_by(Audience.name)
        ):
            found.setdefault(principal_id, []).append(name)
        return found

    def _one(self, wanted: Select[Principal, int | None]) -> PrincipalEntry | None:
        row = self._session.execute(wanted).one_or_none()
        return None if row is None else _entry(row[0], row[1])


_PRINCIPALS = select(Principal, Account.principal_id).outerjoin(Account, Account.principal_id == Principal.id)


def _entry(principal: Principal, account_id: int | None) -> PrincipalEntry:
    return PrincipalEntry(
        principal.id,
        PrincipalKind(principal.kind),
        principal.name,
        account_id is not None,
        principal.disabled_at is not None,
    )
