"""What a user has taken of language models in a day."""

from datetime import date

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assistant.model_budget import ModelUsage
from corpus.database import Entity


class ModelUsageOfDay(Entity):
    """`day` by UTC; `money` in dollars. It goes when the person is erased."""

    __tablename__ = "model_usage"

    principal_id: Mapped[int] = mapped_column(ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    money: Mapped[float] = mapped_column(default=0.0)
    calls: Mapped[int] = mapped_column(default=0)

    def add(self, usage: ModelUsage) -> None:
        self.tokens_in += usage.tokens_in
        self.tokens_out += usage.tokens_out
        self.money += usage.money or 0.0
        self.calls += 1
