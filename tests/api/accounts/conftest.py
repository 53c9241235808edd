"""Accounts on a database of their own, with passwords that are hashed fast."""

import pytest

from api.accounts.accounts import Accounts
from api.accounts.argon2_passwords import Argon2Passwords
from api.services import Services
from tests.api.accounts.clock import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def stopped() -> list[str]:
    """Whose jobs were cancelled."""
    return []


@pytest.fixture
def accounts(services: Services, clock: StandingClock, stopped: list[str]) -> Accounts:
    weak = Argon2Passwords(memory_kib=64)
    return Accounts(services.sessions, services.writing, lambda: weak, clock, stopped.append)
