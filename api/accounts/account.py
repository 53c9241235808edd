"""Accounts, the browsers signed in to them, their keys and one-time links, with the rules of each."""

import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.accounts.roles import Permission, Role, permissions_of
from corpus.database import Entity, Moment
from corpus.errors import Conflict, Invalid, NotFound, Unavailable

IDLE = timedelta(hours=12)
"""A browser that asks for nothing for so long is signed out."""
ABSOLUTE = timedelta(days=14)
"""After so long one signs in anew in any case."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when somebody was last seen: each look would be a write."""
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
LONGEST_KEY_DAYS = 365
LONGEST_FOLDED = 400
"""Some letters become many when a name is folded."""
LINK_LIVES = timedelta(days=3)
SET_UP_LIVES = timedelta(days=1)


class Account(Entity):
    """What a user of the kernel needs to sign in. Whether they may is said by the principal's `disabled_at`."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    principal_id: Mapped[int] = mapped_column(ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True)
    sign_in_name: Mapped[str] = mapped_column(String(LONGEST_FOLDED), unique=True)
    """The principal's name as `folded` has it: there is one account of each name, however it is written."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    roles: Mapped[list[str]] = mapped_column(JSON)
    display_name: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str | None] = mapped_column(Text, default=None)
    """None: no password yet, or one signs in with a provider."""
    issuer: Mapped[str | None] = mapped_column(String(500), default=None)
    """The provider that knows this person, and `subject`, as whom."""
    subject: Mapped[str | None] = mapped_column(String(500), default=None)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(Moment, default=None)

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(map(Role, self.roles))

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(self.role_set)

    def give(self, roles: Collection[Role]) -> None:
        """Raises `NoRole`."""
        if not roles:
            raise NoRole
        self.roles = sorted(set(roles))


class BrowserSession(Entity):
    """A browser that somebody has signed in with. `digest`: of the secret in its cookie."""

    __tablename__ = "browser_sessions"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    principal_id: Mapped[int] = mapped_column(ForeignKey("principals.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    browser: Mapped[str] = mapped_column(String(200), default="")
    """What it calls itself, for the person to recognise it by."""
    provider_session: Mapped[str | None] = mapped_column(String(500), default=None, index=True)
    """The provider's own name of this sign-in, by which it can end it."""

    def is_over(self, now: datetime) -> bool:
        return now >= self.seen_at + IDLE or now >= self.created_at + ABSOLUTE


class ApiKey(Entity):
    """Lets a program act for somebody, never further than they may themselves."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    principal_id: Mapped[int] = mapped_column(ForeignKey("principals.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    ending: Mapped[str] = mapped_column(String(4))
    """Its last characters, to recognise it by."""
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment, default=None)

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset(map(Permission, self.scopes))

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class LinkPurpose(StrEnum):
    SET_UP = "set up"
    """Makes the first administrator. Belongs to nobody."""
    PASSWORD = "password"  # noqa: S105 - a purpose
    """Lets somebody choose a password, for the first time or again."""


class OneTimeLink(Entity):
    """A link that works once and for a while. `digest`: of the secret in it."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    purpose: Mapped[LinkPurpose] = mapped_column(String(16))
    principal_id: Mapped[int | None] = mapped_column(ForeignKey("principals.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class AccountNotFound(NotFound):
    def __init__(self, name: str | int) -> None:
        super().__init__(f"There is no account {f'“{name}”' if isinstance(name, str) else name}.")
        self.name = name


class AccountTaken(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is an account “{name}” already. Choose another name.")
        self.name = name


class NoAdministrator(Conflict):
    def __init__(self) -> None:
        super().__init__("The first account has to be an administrator's: who else would let others in?")


class SignsInElsewhere(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” signs in with the organisation's own provider, and so has no password here.")
        self.name = name


class PasswordsOff(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "Passwords are switched off here: one signs in with the organisation's own provider. "
            "GROUNDWORK_PASSWORDS=on allows them again."
        )


class ProviderMakesAccounts(Conflict):
    """Instead of an account that nobody could sign in to, and whose name would keep its owner out."""

    def __init__(self) -> None:
        super().__init__(
            "Passwords are switched off here, so nobody could sign in to an account that is made now. People get "
            "theirs when they first sign in with the organisation's provider; give roles to it then, or to groups of "
            "the provider with GROUNDWORK_OIDC_ROLES. GROUNDWORK_PASSWORDS=on allows accounts with passwords."
        )


class AccountDisabled(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"The account “{name}” is disabled. Enable it first.")
        self.name = name


class ReservedName(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__(f"The name “{name}” is Groundwork's own. Choose another one.")
        self.name = name


class NoRole(Invalid):
    def __init__(self) -> None:
        super().__init__(f"An account needs at least one role. There are: {', '.join(Role)}.")


class UnknownRole(Invalid):
    def __init__(self, said: str) -> None:
        super().__init__(f"“{said[:60]}” is no role. There are: {', '.join(Role)}.")


class UnknownScope(Invalid):
    def __init__(self, said: str) -> None:
        super().__init__(f"“{said[:60]}” is no scope. There are: {', '.join(Permission)}.")


class ScopeBeyondOwner(Invalid):
    def __init__(self, scopes: Collection[Permission]) -> None:
        super().__init__(f"A key cannot do what its owner may not: {', '.join(sorted(scopes))}.")
        self.scopes = frozenset(scopes)


class BadKeyLife(Invalid):
    def __init__(self) -> None:
        super().__init__(f"A key lives between 1 and {LONGEST_KEY_DAYS} days.")


class KeyNotFound(NotFound):
    def __init__(self, key_id: int) -> None:
        super().__init__(f"There is no key {key_id}.")
        self.key_id = key_id


class LastAdministrator(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” is the only administrator left. Make somebody else one first.")
        self.name = name


class BadPassword(Invalid):
    """Says what is wrong with a new password, never what it was."""


class SignInRefused(Invalid):
    """Says the same whatever was wrong, so that nobody learns which names exist."""

    def __init__(self) -> None:
        super().__init__("Name and password do not go together. Check both and try again.")


class TooManyTries(Unavailable):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many tries. Wait {seconds} seconds, then try again.")
        self.seconds = seconds


class LinkSpent(NotFound):
    def __init__(self) -> None:
        super().__init__(
            "This link has been used, has run out, or was cut off. Ask an administrator for a new one; for the very "
            "first administrator, start the server again: it prints another one."
        )


def folded(name: str) -> str:
    """The same for all ways to write a name: in capitals or not, composed or not, full-width or not."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())


def check_password(password: str, name: str) -> None:
    """Length over composition (NIST SP 800-63B, 3.1.1.2), and not just the name. Raises `BadPassword`."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadPassword(f"The password has {len(password)} characters; it needs at least {SHORTEST_PASSWORD}.")
    if len(password) > LONGEST_PASSWORD:
        raise BadPassword(f"The password is longer than {LONGEST_PASSWORD} characters.")
    plain = password.casefold()
    if len(set(plain)) < 5:
        raise BadPassword("The password repeats too few different characters.")
    if len(name) >= 3 and name.casefold() in plain and len(plain) - len(name) < 8:
        raise BadPassword("The password is little more than the name.")
    if any(plain in row or plain in row[::-1] for row in _ROWS):
        raise BadPassword("The password is a row of keys or letters. Take several words instead.")


_ROWS = ("1234567890" * 4, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm" * 2, "password" * 5)
