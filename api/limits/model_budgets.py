"""What each user may take of language models in a day, and has taken."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from api.limits.store import ModelUsageStore
from assistant.model_budget import Budget, BudgetSpent, ModelUsage, PriceUnknown
from corpus.errors import Unavailable


class ModelBudgets:
    """For many threads. What was taken counts at once; it is in the database when `write_down` comes by.

    Noting it takes no time and no lock of the database, since it may happen where a broken connection is cleaned up.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        clock: Callable[[], datetime],
        tokens_per_day: int | None,
        money_per_day: float | None,
    ) -> None:
        """None is no limit."""
        self._sessions = sessions
        self._writing = writing
        self._clock = clock
        self._tokens = tokens_per_day
        self._money = money_per_day
        self._lock, self._one_writes = Lock(), Lock()
        self._noted: defaultdict[tuple[str, date], list[ModelUsage]] = defaultdict(list)
        self._unpriced: set[str] = set()

    def of(self, user: str) -> Budget:
        return _UserBudget(self, user)

    def check(self, user: str, model: str) -> None:
        """Raises `BudgetSpent` or `PriceUnknown`."""
        if self._money is not None and model in self._unpriced:
            raise PriceUnknown(model)
        if self._tokens is None and self._money is None:
            return
        now = self._clock().astimezone(UTC)
        with self._sessions() as session:
            spent = ModelUsageStore(session).spent(user, now.date())
        with self._lock:
            noted = list(self._noted.get((user, now.date()), ()))
        tokens = spent.tokens + sum(usage.tokens_in + usage.tokens_out for usage in noted)
        money = spent.money + sum(usage.money or 0.0 for usage in noted)
        if (self._tokens is not None and tokens >= self._tokens) or (self._money is not None and money >= self._money):
            raise BudgetSpent(_left_of_day_s(now))

    def note(self, user: str, model: str, usage: ModelUsage) -> None:
        day = self._clock().astimezone(UTC).date()
        with self._lock:
            self._noted[user, day].append(usage)
            if usage.money is None:
                self._unpriced.add(model)

    def write_down(self) -> None:
        """Puts what is noted into the database. What cannot be written now is kept for the next time."""
        if not self._one_writes.acquire(blocking=False):
            return
        try:
            with self._lock:
                noted = {key: tuple(usages) for key, usages in self._noted.items()}
            if noted:
                with suppress(Unavailable, OperationalError):
                    self._write(noted)
                    self._forget(noted)
        finally:
            self._one_writes.release()

    def _forget(self, written: Mapping[tuple[str, date], Sequence[ModelUsage]]) -> None:
        with self._lock:
            for key, usages in written.items():
                del self._noted[key][: len(usages)]
                if not self._noted[key]:
                    del self._noted[key]

    def _write(self, noted: Mapping[tuple[str, date], Sequence[ModelUsage]]) -> None:
        with self._writing.begin() as session:
            store = ModelUsageStore(session)
            for (user, day), usages in noted.items():
                store.add(user, day, usages)


class _UserBudget:
    def __init__(self, budgets: ModelBudgets, user: str) -> None:
        self._budgets = budgets
        self._user = user

    def check(self, model: str) -> None:
        self._budgets.check(self._user, model)

    def spend(self, model: str, usage: ModelUsage) -> None:
        self._budgets.note(self._user, model, usage)


def _left_of_day_s(now: datetime) -> float:
    midnight = datetime.combine(now.date() + timedelta(days=1), time.min, UTC)
    return (midnight - now).total_seconds()
