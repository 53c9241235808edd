"""Sign-ins with the provider that are under way: begun here, not come back yet. Each can end once, where it began."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from api.accounts.secrets import is_same, new_secret
from api.accounts.sign_in_provider import NOTICE_LIVES, Challenge, NotVouchedFor, ProviderFailed
from corpus.errors import Invalid

LIVES = timedelta(minutes=10)
_KEPT = 20_000
"""So many may be under way. Beginning one is limited by address; if there are more, the oldest give way."""
_NOTICES_KEPT = 50_000
_NOTICES_KEPT_FOR = 2 * NOTICE_LIVES
"""Longer than the clocks of two machines are allowed to be apart."""
_SECRET_LENGTH = len(new_secret())


class SignInNotBegun(Invalid):
    """Never begun, ended before, too old, or begun in another browser: nobody learns which."""

    def __init__(self) -> None:
        super().__init__(
            "This sign-in was not begun in this browser, took longer than ten minutes, or has ended before. "
            "Begin once more."
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """`browser` is the secret for the cookie that says which browser began it. `path`: where one goes afterwards."""

    challenge: Challenge
    browser: str
    path: str
    begun_at: datetime


class ProviderSignIns:
    """In memory: a server that starts anew has them begin once more."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._lock = Lock()

    def begin(self, browser: str, path: str, return_address: str) -> Begun:
        """`browser`: the secret that it has from a sign-in in another tab, or ""."""
        challenge = Challenge(new_secret(), new_secret(), new_secret(), return_address)
        with self._lock:
            self._forget_old()
            begun = Begun(challenge, browser if len(browser) == _SECRET_LENGTH else new_secret(), path, self._clock())
            self._begun[challenge.state] = begun
            while len(self._begun) > _KEPT:
                self._begun.popitem(last=False)
        return begun

    def finish(self, state: str, browser: str) -> Begun:
        """Uses it up, also where it is the wrong browser that comes back. Raises `SignInNotBegun`."""
        with self._lock:
            self._forget_old()
            begun = self._begun.pop(state, None)
        if begun is None or not is_same(browser, begun.browser):
            raise SignInNotBegun
        return begun

    def _forget_old(self) -> None:
        over = self._clock() - LIVES
        while self._begun and next(iter(self._begun.values())).begun_at <= over:
            self._begun.popitem(last=False)


class SignOutNotices:
    """Which notices of the provider were heeded, for as long as they could be sent again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._heeded: OrderedDict[str, datetime] = OrderedDict()
        self._lock = Lock()

    def take(self, notice_id: str) -> None:
        """Raises `NotVouchedFor` the second time, `ProviderFailed` where there are more than can be remembered."""
        now = self._clock()
        with self._lock:
            while self._heeded and next(iter(self._heeded.values())) <= now - _NOTICES_KEPT_FOR:
                self._heeded.popitem(last=False)
            if notice_id in self._heeded:
                raise NotVouchedFor("it was sent before")
            if len(self._heeded) >= _NOTICES_KEPT:
                raise ProviderFailed("it sends too many notices in a short time.")
            self._heeded[notice_id] = now

    def give_back(self, notice_id: str) -> None:
        """It could not be heeded after all, and may be sent again."""
        with self._lock:
            self._heeded.pop(notice_id, None)
