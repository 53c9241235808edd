"""Who may read: principals, the audiences made of them, and the reader on whose behalf everything is read."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from corpus.database import Entity, Moment
from corpus.errors import Conflict, Invalid, NotFound

EVERYONE = "everyone"
OWNER = "owner"
"""The user that a single-user installation acts as. Reader of every audience it creates."""


_MARKED = re.compile(r" - [0-9a-f]{10}$")


class PrincipalKind(StrEnum):
    USER = "user"
    GROUP = "group"


class Principal(Entity):
    """A user or a group. The group `everyone` holds every user without being listed in memberships."""

    __tablename__ = "principals"
    __table_args__ = (UniqueConstraint("kind", "name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[PrincipalKind] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    manages: Mapped[bool] = mapped_column(default=False)
    """May change everything that they may read, also what belongs to others. Of users only; gives no sight."""
    disabled_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """From then on nothing is read or done on this user's behalf; None for all others."""


class Membership(Entity):
    """This user belongs to this group."""

    __tablename__ = "memberships"

    group_id: Mapped[int] = mapped_column(ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True, index=True)


class Audience(Entity):
    """A set of principals who may read a document; also the partition of the indexes."""

    __tablename__ = "audiences"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class AudiencePrincipal(Entity):
    """This principal may read what belongs to this audience."""

    __tablename__ = "audience_principals"

    audience_id: Mapped[int] = mapped_column(ForeignKey("audiences.id", ondelete="CASCADE"), primary_key=True)
    principal_id: Mapped[int] = mapped_column(
        ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True, index=True
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """The asker with every principal they act as: themselves, their groups and everyone."""

    name: str
    principal_ids: frozenset[int]
    manages: bool = False
    """Whether they may change everything that they may read, also what belongs to others."""


@dataclass(frozen=True, slots=True)
class ReadersChange:
    """How many people may read a document afterwards, how many of them could not before, and how many no longer can."""

    readers: int
    gain: int
    lose: int


class UserNotFound(NotFound):
    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"There is no user “{name}”. Known users: {', '.join(known) or 'none'}.")
        self.name = name


class UserDisabled(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"The user “{name}” is disabled.")
        self.name = name


class AudienceNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no audience “{name}”.")
        self.name = name


class PrincipalNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no user or group “{name}”.")
        self.name = name


class LastReader(Conflict):
    def __init__(self, audience: str) -> None:
        super().__init__(f"The audience “{audience}” would have no reader left. Add another one first.")


class BadName(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name[:60]}” cannot be a name. Use 1 to 100 letters, digits, spaces, dots, dashes, underscores or @."
        )


class BadReader(Invalid):
    def __init__(self, said: str) -> None:
        super().__init__(f"“{said[:60]}” names no reader. Write user:NAME or group:NAME.")


def parse_principal(said: str) -> tuple[PrincipalKind, str]:
    """`user:name` or `group:name`. Raises `BadReader` or `BadName`."""
    kind, colon, name = said.partition(":")
    if not colon or kind not in (PrincipalKind.USER, PrincipalKind.GROUP):
        raise BadReader(said)
    return PrincipalKind(kind), checked_name(name)


def name_of_readers(principals: Sequence[tuple[PrincipalKind, str]]) -> str:
    """What the audience of exactly these is called: their names as far as there is room, and a mark of all of them."""
    said = "\n".join(f"{kind}:{name}" for kind, name in principals)
    mark = hashlib.sha256(said.encode()).hexdigest()[:10]
    shown = " ".join(name for _, name in principals)[:80].strip() or "nobody else"
    return f"{shown} - {mark}"


def is_name_of_readers(name: str) -> bool:
    """Whether it stands for exactly the readers that it was made of, and so must not get others."""
    return _MARKED.search(name) is not None


def checked_name(name: str) -> str:
    """The name of a user, group or audience, stripped. Raises `BadName`."""
    stripped = name.strip()
    if not 1 <= len(stripped) <= 100 or not all(c.isalnum() or c in " .-_@" for c in stripped):
        raise BadName(name)
    return stripped
