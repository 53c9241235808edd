"""SQL of what users have taken of language models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.limits.model_usage import ModelUsageOfDay
from assistant.model_budget import ModelUsage
from corpus.audience import Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class Spent:
    tokens: int = 0
    money: float = 0.0


class ModelUsageStore:
    """Reads and writes in the session's transaction; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def spent(self, user: str, day: date) -> Spent:
        wanted = select(ModelUsageOfDay).where(
            ModelUsageOfDay.principal_id.in_(_id_of(user)), ModelUsageOfDay.day == day
        )
        found = self._session.scalar(wanted)
        return Spent() if found is None else Spent(found.tokens_in + found.tokens_out, found.money)

    def add(self, user: str, day: date, usages: Sequence[ModelUsage]) -> None:
        """In a transaction that writes, so that two do not add to the same number. Somebody erased takes nothing."""
        principal_id = self._session.scalar(_id_of(user))
        if principal_id is None:
            return
        row = self._session.get(ModelUsageOfDay, (principal_id, day))
        if row is None:
            row = ModelUsageOfDay(principal_id=principal_id, day=day)
            self._session.add(row)
        for usage in usages:
            row.add(usage)


def _id_of(user: str) -> Select[int]:
    return select(Principal.id).where(Principal.kind == PrincipalKind.USER, Principal.name == user)
