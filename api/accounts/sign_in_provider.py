"""The port to the organisation's own provider of sign-ins: where people are sent, who came back, who signed out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from corpus.errors import Invalid, Unavailable

NOTICE_LIVES = timedelta(minutes=10)
"""A notice that somebody signed out is sent at once, or again soon after; older ones are not heeded."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What only a sign-in that was begun here knows.

    `state` goes along with the browser, `nonce` comes back inside the token, and `verifier` shows the provider that
    whoever brings the code is who began.
    """

    state: str
    nonce: str
    verifier: str
    return_address: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom the provider has vouched for. `session`: its own name of the sign-in, where it has one."""

    issuer: str
    subject: str
    claims: Mapping[str, object]
    session: str | None


@dataclass(frozen=True, slots=True)
class SignOutNotice:
    """The provider says that a sign-in is over, or all of a subject. `notice_id` is that of the notice itself."""

    issuer: str
    subject: str | None
    session: str | None
    notice_id: str


class SignInProvider(Protocol):
    def begin_address(self, challenge: Challenge) -> str:
        """Where the browser is sent. Raises `ProviderFailed`."""

    def redeem(self, code: str, challenge: Challenge, said_issuer: str | None) -> Vouched:
        """`said_issuer`: who sent the browser back, by its own account. Raises `NotVouchedFor`, `ProviderFailed`."""

    def read_sign_out(self, token: str) -> SignOutNotice:
        """Does not know whether the notice came before. Raises `NotVouchedFor`, `ProviderFailed`."""

    def find_sign_out_address(self, return_address: str) -> str | None:
        """Where the browser is sent to sign out there too; None if there is no such place. Raises `ProviderFailed`."""


class NotVouchedFor(Invalid):
    """What came back does not prove who somebody is. `why` names what is wrong with it, never what it says."""

    def __init__(self, why: str) -> None:
        super().__init__(f"What the provider sent does not prove who you are: {why}.")
        self.why = why


class ProviderFailed(Unavailable):
    def __init__(self, why: str) -> None:
        super().__init__(f"The provider cannot be asked now: {why}")
        self.why = why
