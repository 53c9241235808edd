"""All SQL of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from api.accounts.account import (
    Account,
    AccountNotFound,
    ApiKey,
    BrowserSession,
    KeyNotFound,
    LinkPurpose,
    OneTimeLink,
    folded,
)
from api.accounts.roles import Permission, Role
from corpus.audience import AudiencePrincipal, Membership, Principal, PrincipalKind
from corpus.document import Document


@dataclass(frozen=True, slots=True)
class GroupName:
    group_id: int
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """A person as lists show them. `groups`: without the one that holds everybody."""

    principal_id: int
    name: str
    display_name: str
    roles: tuple[Role, ...]
    groups: tuple[GroupName, ...]
    created_at: datetime
    last_signed_in_at: datetime | None
    disabled_at: datetime | None
    has_password: bool
    issuer: str | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    entries: tuple[AccountEntry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands behind a credential, as it is now."""

    principal_id: int
    name: str
    display_name: str
    permissions: frozenset[Permission]
    disabled: bool


@dataclass(frozen=True, slots=True)
class ProviderSession:
    """A browser that somebody was signed in to by a provider."""

    session_id: int
    principal_id: int


class AccountStore:
    """Reads and writes accounts in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def any_account(self) -> bool:
        return bool(self._session.scalar(select(exists(select(Account.principal_id)))))

    def find(self, name: str) -> tuple[Principal, Account] | None:
        """By the principal's name, as it is written."""
        row = self._session.execute(_ACCOUNTS.where(Principal.name == name)).one_or_none()
        return None if row is None else (row[0], row[1])

    def get(self, name: str) -> tuple[Principal, Account]:
        """Raises `AccountNotFound`."""
        found = self.find(name)
        if found is None:
            raise AccountNotFound(name)
        return found

    def find_like(self, name: str) -> tuple[Principal, Account] | None:
        """By the name, however it is written: the one that is written so, else the one that is `folded` alike."""
        found = self.find(name)
        if found is not None:
            return found
        row = self._session.execute(_ACCOUNTS.where(Account.sign_in_name == folded(name))).one_or_none()
        return None if row is None else (row[0], row[1])

    def get_by_id(self, account_id: int) -> tuple[Principal, Account]:
        """Raises `AccountNotFound`."""
        row = self._session.execute(_ACCOUNTS.where(Principal.id == account_id)).one_or_none()
        if row is None:
            raise AccountNotFound(account_id)
        return row[0], row[1]

    def find_known_to(self, issuer: str, subject: str) -> tuple[Principal, Account] | None:
        row = self._session.execute(_ACCOUNTS.where(Account.issuer == issuer, Account.subject == subject)).one_or_none()
        return None if row is None else (row[0], row[1])

    def holder(self, principal_id: int) -> Holder | None:
        row = self._session.execute(_ACCOUNTS.where(Principal.id == principal_id)).one_or_none()
        if row is None:
            return None
        principal, account = row
        return Holder(
            principal.id, principal.name, account.display_name, account.permissions, principal.disabled_at is not None
        )

    def list_accounts(self, limit: int, offset: int = 0, name_contains: str = "") -> AccountPage:
        """By name."""
        wanted = _ACCOUNTS
        if name_contains:
            wanted = wanted.where(
                Principal.name.icontains(name_contains, autoescape=True)
                | Account.display_name.icontains(name_contains, autoescape=True)
            )
        total = self._session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        rows = self._session.execute(wanted.order_by(func.lower(Principal.name)).limit(limit).offset(offset)).all()
        groups = self._groups_of([principal.id for principal, _ in rows])
        return AccountPage(tuple(_entry(row[0], row[1], groups.get(row[0].id, ())) for row in rows), total)

    def entry(self, name: str) -> AccountEntry:
        """Raises `AccountNotFound`."""
        principal, account = self.get(name)
        return _entry(principal, account, self._groups_of([principal.id]).get(principal.id, ()))

    def administrators(self) -> list[int]:
        """Principals of those who can sign in and administer."""
        rows = self._session.execute(_ACCOUNTS.where(Principal.disabled_at.is_(None)))
        return [principal.id for principal, account in rows if Permission.ADMINISTER in account.permissions]

    def take_over(self, former: int, former_name: str, principal_id: int, name: str) -> None:
        """Gives everything that one user could read and owned to another as well."""
        known = select(AudiencePrincipal.audience_id).where(AudiencePrincipal.principal_id == principal_id)
        audiences = self._session.scalars(
            select(AudiencePrincipal.audience_id).where(
                AudiencePrincipal.principal_id == former, AudiencePrincipal.audience_id.not_in(known)
            )
        ).all()
        for audience_id in audiences:
            self._session.add(AudiencePrincipal(audience_id=audience_id, principal_id=principal_id))
        self._session.execute(update(Document).where(Document.owner == former_name).values(owner=name))

    def signed_in(self, principal_id: int, now: datetime) -> None:
        self._session.execute(update(Account).where(Account.principal_id == principal_id).values(last_signed_in_at=now))

    def _groups_of(self, principal_ids: Sequence[int]) -> dict[int, tuple[GroupName, ...]]:
        found: dict[int, list[GroupName]] = {}
        for user_id, group_id, name in self._session.execute(
            select(Membership.user_id, Principal.id, Principal.name)
            .join(Principal, Principal.id == Membership.group_id)
            .where(Membership.user_id.in_(principal_ids))
            .order_by(Principal.name)
        ):
            found.setdefault(user_id, []).append(GroupName(group_id, name))
        return {user_id: tuple(groups) for user_id, groups in found.items()}

    # Browsers

    def find_session(self, digest: str) -> BrowserSession | None:
        return self._session.scalar(select(BrowserSession).where(BrowserSession.digest == digest))

    def list_sessions(self, principal_id: int) -> list[BrowserSession]:
        """Last seen first."""
        return list(
            self._session.scalars(
                select(BrowserSession)
                .where(BrowserSession.principal_id == principal_id)
                .order_by(BrowserSession.seen_at.desc(), BrowserSession.id)
            )
        )

    def list_provider_sessions(
        self, issuer: str, subject: str | None, provider_session: str | None
    ) -> list[ProviderSession]:
        """Of that sign-in with the provider; without one named, all of the subject's. Neither named: none."""
        wanted = (
            select(BrowserSession)
            .join(Account, Account.principal_id == BrowserSession.principal_id)
            .where(Account.issuer == issuer, BrowserSession.provider_session.is_not(None))
            .order_by(BrowserSession.id)
        )
        if subject is None and provider_session is None:
            return []
        if subject is not None:
            wanted = wanted.where(Account.subject == subject)
        if provider_session is not None:
            # A sign-in that the provider had no name for is kept under its subject's.
            names = [name for name in (provider_session, subject) if name is not None]
            wanted = wanted.where(BrowserSession.provider_session.in_(names))
        return [ProviderSession(found.id, found.principal_id) for found in self._session.scalars(wanted)]

    def revoke_keys(self, principal_id: int, now: datetime) -> None:
        self._session.execute(
            update(ApiKey)
            .where(ApiKey.principal_id == principal_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def end_sessions(self, principal_id: int, except_id: int | None = None) -> None:
        wanted = delete(BrowserSession).where(BrowserSession.principal_id == principal_id)
        self._session.execute(wanted if except_id is None else wanted.where(BrowserSession.id != except_id))

    def end_session(self, session_id: int, principal_id: int) -> None:
        """Nothing happens where it is over already, or somebody else's."""
        self._session.execute(
            delete(BrowserSession).where(BrowserSession.id == session_id, BrowserSession.principal_id == principal_id)
        )

    def forget_over(self, idle_before: datetime, begun_before: datetime, now: datetime) -> None:
        """Sessions and links that nobody can use any more."""
        self._session.execute(
            delete(BrowserSession).where(
                (BrowserSession.seen_at <= idle_before) | (BrowserSession.created_at <= begun_before)
            )
        )
        self._session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at <= now))

    # Keys

    def find_key(self, digest: str) -> ApiKey | None:
        return self._session.scalar(select(ApiKey).where(ApiKey.digest == digest))

    def get_key(self, key_id: int, principal_id: int | None) -> ApiKey:
        """Of that owner, or of anybody. Raises `KeyNotFound`."""
        key = self._session.get(ApiKey, key_id)
        if key is None or principal_id not in (None, key.principal_id):
            raise KeyNotFound(key_id)
        return key

    def list_keys(self, principal_id: int) -> list[ApiKey]:
        """Newest first."""
        return list(
            self._session.scalars(select(ApiKey).where(ApiKey.principal_id == principal_id).order_by(ApiKey.id.desc()))
        )

    # Links

    def find_link(self, digest: str) -> OneTimeLink | None:
        return self._session.scalar(select(OneTimeLink).where(OneTimeLink.digest == digest))

    def forget_links(self, purpose: LinkPurpose, principal_id: int | None) -> None:
        self._session.execute(
            delete(OneTimeLink).where(
                OneTimeLink.purpose == purpose, OneTimeLink.principal_id.is_not_distinct_from(principal_id)
            )
        )

    def add(self, entity: Account | BrowserSession | ApiKey | OneTimeLink) -> None:
        self._session.add(entity)
        self._session.flush()

    def delete(self, entity: BrowserSession | OneTimeLink) -> None:
        self._session.delete(entity)
        self._session.flush()


_ACCOUNTS = (
    select(Principal, Account)
    .join(Account, Account.principal_id == Principal.id)
    .where(Principal.kind == PrincipalKind.USER)
)


def _entry(principal: Principal, account: Account, groups: tuple[GroupName, ...]) -> AccountEntry:
    return AccountEntry(
        principal_id=principal.id,
        name=principal.name,
        display_name=account.display_name,
        roles=tuple(sorted(account.role_set)),
        groups=groups,
        created_at=account.created_at,
        last_signed_in_at=account.last_signed_in_at,
        disabled_at=principal.disabled_at,
        has_password=account.password_hash is not None,
        issuer=account.issuer,
    )
