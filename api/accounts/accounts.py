"""What is done with accounts: set up, sign in, invite, disable, keys. One call, one transaction."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy.orm import Session, sessionmaker

from api.accounts.account import (
    ABSOLUTE,
    IDLE,
    LINK_LIVES,
    LONGEST_FOLDED,
    LONGEST_KEY_DAYS,
    SEEN_EVERY,
    SET_UP_LIVES,
    Account,
    AccountDisabled,
    AccountTaken,
    ApiKey,
    BadKeyLife,
    BrowserSession,
    LastAdministrator,
    LinkPurpose,
    LinkSpent,
    NoAdministrator,
    OneTimeLink,
    PasswordsOff,
    ProviderMakesAccounts,
    ReservedName,
    ScopeBeyondOwner,
    SignInRefused,
    SignsInElsewhere,
    check_password,
    folded,
)
from api.accounts.identity import Identity, Via
from api.accounts.passwords import Passwords
from api.accounts.roles import Permission, Role
from api.accounts.secrets import (
    KEY_PREFIX,
    browser_token,
    digest_of,
    form_token,
    is_known_browser,
    new_secret,
)
from api.accounts.sign_in_tries import SignInTries
from api.accounts.store import AccountEntry, AccountPage, AccountStore, Holder, ProviderSession
from authoring.erasure_store import rename_user
from corpus.audience import EVERYONE, OWNER, BadName, Principal, checked_name
from corpus.store import CorpusStore

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`secret` goes into the browser's cookie, `browser_token` into another that outlives it."""

    identity: Identity
    secret: str
    browser_token: str | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """`secret` is shown once, and kept nowhere."""

    key_id: int
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewLink:
    """`code` is told once, and kept nowhere."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionEntry:
    session_id: int
    browser: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class KeyEntry:
    key_id: int
    name: str
    ending: str
    scopes: tuple[Permission, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Link:
    """What a one-time link is for, and for whom; None for the first administrator."""

    purpose: LinkPurpose
    name: str | None


class Accounts:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        passwords: Callable[[], Passwords],
        clock: Callable[[], datetime],
        stop_work_of: Callable[[str], None],
        by_password: bool = True,
    ) -> None:
        """`stop_work_of` cancels the jobs of a user who was disabled. `by_password`: whether passwords let people in;
        the first administrator chooses one in any case.
        """
        self._sessions = sessions
        self._writing = writing
        self._make_passwords = passwords
        self._clock = clock
        self._stop_work_of = stop_work_of
        self._by_password = by_password
        self._tries = SignInTries(clock)
        self._there_are = False

    @cached_property
    def _passwords(self) -> Passwords:
        return self._make_passwords()

    @cached_property
    def _nobodys_hash(self) -> str:
        """Verified against where there is no such account, so that it takes as long."""
        return self._passwords.hash(new_secret())

    @property
    def on_trial(self) -> bool:
        """Whether nobody has an account yet. Once false, false for good."""
        if not self._there_are:
            with self._sessions() as session:
                self._there_are = AccountStore(session).any_account()
        return not self._there_are

    # The first administrator

    def new_set_up_code(self) -> str:
        """For the link that makes the first administrator; earlier ones no longer work."""
        return self._new_link(LinkPurpose.SET_UP, None, SET_UP_LIVES).code

    def open_link(self, code: str) -> Link:
        """Looks without using it up. Raises `LinkSpent`."""
        with self._sessions() as session:
            link, principal = self._good_link(session, code)
            return Link(LinkPurpose(link.purpose), None if principal is None else principal.name)

    def set_up(self, code: str, name: str, password: str, browser: str) -> SignedIn:
        """Makes the first administrator, who takes over what the installation's owner could read and owned.

        Raises `LinkSpent`, `BadName`, `ReservedName`, `BadPassword`.
        """
        name = checked_user(name)
        check_password(password, name)
        kept = self._passwords.hash(password)
        with self._writing.begin() as session:
            store, corpus = AccountStore(session), CorpusStore(session)
            link, _ = self._good_link(session, code)
            if link.purpose != LinkPurpose.SET_UP or store.any_account():
                raise LinkSpent
            principal = corpus.ensure_user(name)
            self._add_account(store, principal, [Role.ADMIN], name, kept)
            store.take_over(corpus.ensure_user(OWNER).id, OWNER, principal.id, name)
            rename_user(session, OWNER, name)
            store.delete(link)
            return self._begin_session(store, principal.id, browser, kept)

    # Signing in and out

    def sign_in(self, name: str, password: str, browser: str, address: str, known_browser: str) -> SignedIn:
        """`known_browser`: the token that an earlier sign-in left with the browser, or "".

        Raises `SignInRefused`, `TooManyTries`, `PasswordsOff`.
        """
        self._check_by_password()
        with self._sessions() as session:
            store = AccountStore(session)
            found = store.find_like(name.strip())
            principal_id, kept, disabled = 0, self._nobodys_hash, True
            if found is not None and found[1].password_hash is not None:
                principal_id, kept = found[0].id, found[1].password_hash
                disabled = found[0].disabled_at is not None
        known = known_browser if principal_id and is_known_browser(known_browser, kept) else None
        attempt = self._tries.begin(folded(name), address, known)
        is_right = self._passwords.verify(kept, password)
        if not is_right or disabled or not principal_id:
            raise SignInRefused
        self._tries.succeeded(attempt)
        newer = self._passwords.hash(password) if self._passwords.is_outdated(kept) else None
        with self._writing.begin() as session:
            store = AccountStore(session)
            account = session.get_one(Account, principal_id)
            if account.password_hash != kept:
                raise SignInRefused
            account.password_hash = newer or kept
            return self._begin_session(store, principal_id, browser, newer or kept)

    def sign_in_known_to(self, principal_id: int, browser: str, provider_session: str | None) -> SignedIn:
        """For somebody whom a provider has vouched for. Raises `SignInRefused` where the user is disabled."""
        with self._writing.begin() as session:
            return self._begin_session(AccountStore(session), principal_id, browser, None, provider_session)

    def came_by_provider(self, identity: Identity) -> bool:
        """Whether this browser was signed in by a provider, where its user may still be signed in."""
        with self._sessions() as session:
            found = session.get(BrowserSession, identity.credential_id) if identity.via is Via.SESSION else None
            return found is not None and found.provider_session is not None

    def sessions_by_provider(
        self, issuer: str, subject: str | None, provider_session: str | None
    ) -> list[ProviderSession]:
        """Of that sign-in with the provider; without one named, all of the subject's."""
        with self._sessions() as session:
            return AccountStore(session).list_provider_sessions(issuer, subject, provider_session)

    def sign_out(self, identity: Identity) -> None:
        with self._writing.begin() as session:
            AccountStore(session).end_session(identity.credential_id, identity.principal_id)

    def identify_browser(self, secret: str) -> Identity | None:
        """Whoever is signed in with this cookie. Each look counts as being seen."""
        now = self._clock()
        with self._sessions() as session:
            store = AccountStore(session)
            found = store.find_session(digest_of(secret))
            if found is None or found.is_over(now):
                return None
            holder = store.holder(found.principal_id)
            if holder is None or holder.disabled:
                return None
            identity = _identity(holder, Via.SESSION, found.id, form_token(secret), holder.permissions)
            is_stale = now - found.seen_at >= SEEN_EVERY
        if is_stale:
            with self._writing.begin() as session:
                seen = session.get(BrowserSession, identity.credential_id)
                if seen is not None:
                    seen.seen_at = now
        return identity

    def identify_key(self, secret: str) -> Identity | None:
        """Whoever this key acts for: what it may, as far as its owner still may."""
        now = self._clock()
        with self._sessions() as session:
            store = AccountStore(session)
            key = store.find_key(digest_of(secret))
            if key is None or not key.is_good(now):
                return None
            holder = store.holder(key.principal_id)
            if holder is None or holder.disabled:
                return None
            identity = _identity(holder, Via.KEY, key.id, "", holder.permissions & key.permissions)
            is_stale = key.used_at is None or now - key.used_at >= SEEN_EVERY
        if is_stale:
            with self._writing.begin() as session:
                used = session.get(ApiKey, identity.credential_id)
                if used is not None:
                    used.used_at = now
        return identity

    def identify_unproven(self, user: str, via: Via) -> Identity:
        """For the trial and for processes that can read the data folder. Raises `UserNotFound`, `UserDisabled`."""
        with self._sessions() as session:
            corpus = CorpusStore(session)
            corpus.reader(user)
            return Identity(user, corpus.ensure_user(user).id, frozenset(Permission), via, display_name=user)

    def permissions_of(self, user: str) -> frozenset[Permission]:
        """By the roles of the account. Names without one are used by who can read the data folder, who may do all."""
        with self._sessions() as session:
            found = AccountStore(session).find(user)
            return frozenset(Permission) if found is None else found[1].permissions

    def still_good(self, identity: Identity) -> bool:
        """Whether a request that is under way may go on: the credential is there and its holder not disabled."""
        now = self._clock()
        with self._sessions() as session:
            store = AccountStore(session)
            if identity.via is Via.SESSION:
                found = session.get(BrowserSession, identity.credential_id)
                if found is None or found.is_over(now):
                    return False
            if identity.via is Via.KEY:
                key = session.get(ApiKey, identity.credential_id)
                if key is None or not key.is_good(now):
                    return False
            if identity.via in (Via.SESSION, Via.KEY):
                holder = store.holder(identity.principal_id)
                return holder is not None and not holder.disabled
            principal = session.get(Principal, identity.principal_id)
            return principal is not None and principal.disabled_at is None

    # One's own account

    def change_password(self, identity: Identity, present: str, new: str, address: str) -> None:
        """Signs every other browser out. Raises `SignInRefused`, `TooManyTries`, `BadPassword`, `PasswordsOff`."""
        self._check_by_password()
        attempt = self._tries.begin(identity.user, address, f"account {identity.principal_id}")
        with self._sessions() as session:
            kept = session.get_one(Account, identity.principal_id).password_hash
        if kept is None or not self._passwords.verify(kept, present):
            raise SignInRefused
        self._tries.succeeded(attempt)
        check_password(new, identity.user)
        self._set_password(identity.principal_id, self._passwords.hash(new), except_session=identity.credential_id)

    def choose_password(self, code: str, password: str, browser: str) -> SignedIn:
        """By a one-time link. Signs every other browser out.

        Raises `LinkSpent`, `BadPassword`, `SignInRefused`, `PasswordsOff`.
        """
        self._check_by_password()
        link = self.open_link(code)
        if link.name is None:
            raise LinkSpent
        check_password(password, link.name)
        kept = self._passwords.hash(password)
        with self._writing.begin() as session:
            store = AccountStore(session)
            row, principal = self._good_link(session, code)
            if principal is None:
                raise LinkSpent
            store.delete(row)
            session.get_one(Account, principal.id).password_hash = kept
            store.end_sessions(principal.id)
            return self._begin_session(store, principal.id, browser, kept)

    def list_sessions(self, principal_id: int) -> list[SessionEntry]:
        now = self._clock()
        with self._sessions() as session:
            return [
                SessionEntry(found.id, found.browser, found.created_at, found.seen_at)
                for found in AccountStore(session).list_sessions(principal_id)
                if not found.is_over(now)
            ]

    def end_session(self, session_id: int, principal_id: int) -> None:
        with self._writing.begin() as session:
            AccountStore(session).end_session(session_id, principal_id)

    # Keys

    def new_key(self, owner: str, name: str, scopes: Collection[Permission], days: int) -> NewKey:
        """Raises `AccountNotFound`, `AccountDisabled`, `BadName`, `BadKeyLife`, `ScopeBeyondOwner`."""
        if not 1 <= days <= LONGEST_KEY_DAYS:
            raise BadKeyLife
        secret, now = KEY_PREFIX + new_secret(), self._clock()
        with self._writing.begin() as session:
            store = AccountStore(session)
            principal, account = store.get(owner)
            if principal.disabled_at is not None:
                raise AccountDisabled(owner)
            if beyond := set(scopes) - account.permissions:
                raise ScopeBeyondOwner(beyond)
            key = ApiKey(
                principal_id=principal.id,
                name=checked_name(name),
                digest=digest_of(secret),
                ending=secret[-4:],
                scopes=sorted(set(scopes)),
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
            store.add(key)
            return NewKey(key.id, secret, key.expires_at)

    def list_keys(self, owner: str) -> list[KeyEntry]:
        """Raises `AccountNotFound`."""
        with self._sessions() as session:
            store = AccountStore(session)
            principal, _ = store.get(owner)
            return [
                KeyEntry(
                    key.id,
                    key.name,
                    key.ending,
                    tuple(sorted(key.permissions)),
                    key.created_at,
                    key.expires_at,
                    key.used_at,
                    key.revoked_at,
                )
                for key in store.list_keys(principal.id)
            ]

    def revoke_key(self, key_id: int, principal_id: int | None) -> None:
        """`principal_id`: whose it has to be; None for anybody's. Twice is as once. Raises `KeyNotFound`."""
        with self._writing.begin() as session:
            key = AccountStore(session).get_key(key_id, principal_id)
            key.revoked_at = key.revoked_at or self._clock()

    # Administration

    def list_accounts(self, limit: int, offset: int = 0, name_contains: str = "") -> AccountPage:
        with self._sessions() as session:
            return AccountStore(session).list_accounts(limit, offset, name_contains)

    def get_account(self, name: str) -> AccountEntry:
        """Raises `AccountNotFound`."""
        with self._sessions() as session:
            return AccountStore(session).entry(name)

    def all_accounts(self) -> Iterator[AccountEntry]:
        """By name, as they are when each page of them is read."""
        offset = 0
        while entries := self.list_accounts(_AT_ONCE, offset).entries:
            yield from entries
            offset += len(entries)

    def name_of(self, account_id: int) -> str:
        """Raises `AccountNotFound`."""
        with self._sessions() as session:
            return AccountStore(session).get_by_id(account_id)[0].name

    def find_accounts(self, name: str) -> AccountPage:
        """The one of that name, however it is written; or none."""
        with self._sessions() as session:
            store = AccountStore(session)
            found = store.find_like(name)
            return AccountPage((), 0) if found is None else AccountPage((store.entry(found[0].name),), 1)

    def add_account(self, name: str, roles: Collection[Role], display_name: str = "") -> AccountEntry:
        """For a user who was there without one, too. The first one takes over what the installation's owner had.

        Raises `BadName`, `ReservedName`, `AccountTaken`, `NoRole`, `NoAdministrator`, `ProviderMakesAccounts`.
        """
        name = checked_user(name)
        self.check_may_add()
        with self._writing.begin() as session:
            self.put_new(session, name, roles, display_name)
        return self.get_account(name)

    def check_may_add(self) -> None:
        """Raises `ProviderMakesAccounts`."""
        if not self._by_password:
            raise ProviderMakesAccounts

    def put_new(self, session: Session, name: str, roles: Collection[Role], display_name: str) -> Principal:
        """As `add_account`, in a transaction of the caller's."""
        name, store, corpus = checked_user(name), AccountStore(session), CorpusStore(session)
        taken = store.find_like(name)
        if taken is not None:
            raise AccountTaken(taken[0].name)
        is_first = not store.any_account()
        if is_first and Role.ADMIN not in roles:
            raise NoAdministrator
        principal = corpus.ensure_user(name)
        self._add_account(store, principal, roles, display_name.strip()[:200])
        if is_first:
            store.take_over(corpus.ensure_user(OWNER).id, OWNER, principal.id, name)
            rename_user(session, OWNER, name)
        return principal

    def change(
        self, session: Session, principal: Principal, account: Account, roles: Collection[Role], display_name: str
    ) -> None:
        """In a transaction of the caller's. Raises `NoRole`, `LastAdministrator`."""
        self._give_roles(AccountStore(session), principal, account, roles)
        account.display_name = display_name.strip()[:200]

    def ensure_known(
        self,
        issuer: str,
        subject: str,
        name: str,
        display_name: str,
        groups: Collection[str] | None,
        roles: Collection[Role] | None,
        first_roles: Collection[Role],
    ) -> int:
        """The principal of somebody whom a provider vouches for, with exactly these groups and roles from now on.

        None for `groups` or `roles`: what the provider says nothing about stays; whoever is new gets `first_roles`.
        Only issuer and subject tell who it is: the name is what a new account is called, and never changes.
        Raises `AccountTaken` where the name belongs to somebody else, `AccountDisabled`, `BadName`, `ReservedName`,
        `NoRole`, `NoAdministrator`, `LastAdministrator`.
        """
        display_name = display_name.strip()[:200]
        with self._writing.begin() as session:
            store, corpus = AccountStore(session), CorpusStore(session)
            found = store.find_known_to(issuer, subject)
            if found is None:
                principal = self.put_new(session, name, first_roles if roles is None else roles, display_name)
                account = session.get_one(Account, principal.id)
                account.issuer, account.subject = issuer, subject
            else:
                principal, account = found
                if principal.disabled_at is not None:
                    raise AccountDisabled(principal.name)
                if roles is not None:
                    self._give_roles(store, principal, account, roles)
                account.display_name = display_name
            if groups is not None:
                corpus.set_groups(principal.name, groups)
            return principal.id

    def set_roles(self, name: str, roles: Collection[Role]) -> None:
        """Raises `AccountNotFound`, `NoRole`, `LastAdministrator`."""
        with self._writing.begin() as session:
            store = AccountStore(session)
            principal, account = store.get(name)
            self._give_roles(store, principal, account, roles)

    def disable(self, name: str) -> None:
        """Ends every session and key at once, streams and jobs at their next step. Keys stay ended for good.

        Raises `AccountNotFound`, `LastAdministrator`.
        """
        with self._writing.begin() as session:
            store = AccountStore(session)
            principal, _ = store.get(name)
            if store.administrators() == [principal.id]:
                raise LastAdministrator(name)
            principal.disabled_at = principal.disabled_at or self._clock()
            store.end_sessions(principal.id)
            store.revoke_keys(principal.id, self._clock())
            store.forget_links(LinkPurpose.PASSWORD, principal.id)
        self._stop_work_of(name)

    def enable(self, name: str) -> None:
        """Raises `AccountNotFound`."""
        with self._writing.begin() as session:
            AccountStore(session).get(name)[0].disabled_at = None

    def new_password_link(self, name: str) -> NewLink:
        """For a link by which somebody chooses a password; earlier ones no longer work.

        Raises `AccountNotFound`, `AccountDisabled`, `SignsInElsewhere`, `PasswordsOff`.
        """
        self._check_by_password()
        with self._sessions() as session:
            principal, account = AccountStore(session).get(name)
            if principal.disabled_at is not None:
                raise AccountDisabled(name)
            if account.issuer is not None:
                raise SignsInElsewhere(name)
            principal_id = principal.id
        return self._new_link(LinkPurpose.PASSWORD, principal_id, LINK_LIVES)

    def tidy(self) -> None:
        """Forgets sessions and links that nobody can use any more."""
        now = self._clock()
        with self._writing.begin() as session:
            AccountStore(session).forget_over(now - IDLE, now - ABSOLUTE, now)

    def _check_by_password(self) -> None:
        if not self._by_password:
            raise PasswordsOff

    def _add_account(
        self,
        store: AccountStore,
        principal: Principal,
        roles: Collection[Role],
        display_name: str,
        password_hash: str | None = None,
    ) -> Account:
        account = Account(
            principal_id=principal.id,
            sign_in_name=folded(principal.name),
            created_at=self._clock(),
            roles=[],
            display_name=display_name,
            password_hash=password_hash,
        )
        account.give(roles)
        store.add(account)
        principal.manages = Permission.ADMINISTER in account.permissions
        return account

    def _give_roles(self, store: AccountStore, principal: Principal, account: Account, roles: Collection[Role]) -> None:
        if Role.ADMIN not in roles and store.administrators() == [principal.id]:
            raise LastAdministrator(principal.name)
        account.give(roles)
        principal.manages = Permission.ADMINISTER in account.permissions

    def _set_password(self, principal_id: int, kept: str, except_session: int) -> None:
        with self._writing.begin() as session:
            session.get_one(Account, principal_id).password_hash = kept
            AccountStore(session).end_sessions(principal_id, except_session)

    def _begin_session(
        self,
        store: AccountStore,
        principal_id: int,
        browser: str,
        password_hash: str | None,
        provider_session: str | None = None,
    ) -> SignedIn:
        holder = store.holder(principal_id)
        if holder is None or holder.disabled:
            raise SignInRefused
        secret, now = new_secret(), self._clock()
        begun = BrowserSession(
            principal_id=principal_id,
            digest=digest_of(secret),
            created_at=now,
            seen_at=now,
            browser=browser[:200],
            provider_session=provider_session,
        )
        store.add(begun)
        store.signed_in(principal_id, now)
        identity = _identity(holder, Via.SESSION, begun.id, form_token(secret), holder.permissions)
        return SignedIn(identity, secret, browser_token(password_hash) if password_hash else None)

    def _new_link(self, purpose: LinkPurpose, principal_id: int | None, lives: timedelta) -> NewLink:
        code, expires_at = new_secret(), self._clock() + lives
        with self._writing.begin() as session:
            store = AccountStore(session)
            store.forget_links(purpose, principal_id)
            store.add(
                OneTimeLink(
                    purpose=purpose,
                    principal_id=principal_id,
                    digest=digest_of(code),
                    expires_at=expires_at,
                )
            )
        return NewLink(code, expires_at)

    def _good_link(self, session: Session, code: str) -> tuple[OneTimeLink, Principal | None]:
        link = AccountStore(session).find_link(digest_of(code))
        if link is None or self._clock() >= link.expires_at:
            raise LinkSpent
        principal = None if link.principal_id is None else session.get_one(Principal, link.principal_id)
        if principal is not None and principal.disabled_at is not None:
            raise LinkSpent
        return link, principal


def _identity(holder: Holder, via: Via, credential_id: int, token: str, permissions: frozenset[Permission]) -> Identity:
    return Identity(
        holder.name, holder.principal_id, permissions, via, credential_id, token, holder.display_name or holder.name
    )


def checked_user(name: str) -> str:
    """Raises `BadName`, `ReservedName`."""
    name = checked_name(name)
    if len(folded(name)) > LONGEST_FOLDED:
        raise BadName(name)
    if folded(name) in (OWNER, EVERYONE):
        raise ReservedName(name)
    return name
