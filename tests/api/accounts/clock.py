"""A clock that moves when it is told to."""

from datetime import datetime, timedelta

from tests.conftest import NOON


class StandingClock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time
