"""The port for requests to other machines, and the rules that every one of them obeys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from corpus.errors import Invalid, Unavailable

SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class WebReply:
    """`address` is where it came from in the end. Header names are in lower case."""

    address: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class WebClient(Protocol):
    def get(self, address: str, headers: Mapping[str, str] | None = None, most_bytes: int | None = None) -> WebReply:
        """Any status but a redirect, which is followed. Raises `NotAllowed`, `ReplyTooLarge` or `NotReached`."""

    def close(self) -> None:
        """Lets connections go."""


class NotAllowed(Invalid):
    """The address must not be asked, or led to one that must not."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{shown(address)} is not asked: {why}")


class ReplyTooLarge(Invalid):
    def __init__(self, address: str, most_bytes: int) -> None:
        super().__init__(f"{shown(address)} has more than {most_bytes / 1e6:.0f} MB, which is the limit.")


class NotReached(Unavailable):
    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{shown(address)} cannot be reached: {why}")


def shown(address: str) -> str:
    """An address for people: without what may be secret in it."""
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"[:300]
    except ValueError:
        return "An address that is none"
