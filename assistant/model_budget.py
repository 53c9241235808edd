"""What language models take for an answer, and who says whether there is any left of it."""

from dataclasses import dataclass
from typing import Protocol

from corpus.errors import Unavailable


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Of one request. `money` in dollars; None where the model's price is not known."""

    tokens_in: int
    tokens_out: int
    money: float | None


class BudgetSpent(Unavailable):
    """`wait_s`: until there is a new one."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            "What a language model may write for you in a day has been written. The day ends at midnight UTC."
        )
        self.wait_s = wait_s


class PriceUnknown(Unavailable):
    def __init__(self, model: str) -> None:
        super().__init__(
            f"The price of {model} is not known, so no budget of money can be kept. Instead of "
            "GROUNDWORK_MODEL_MONEY_PER_DAY, set GROUNDWORK_MODEL_TOKENS_PER_DAY."
        )
        self.model = model


class Budget(Protocol):
    """Of whoever asks."""

    def check(self, model: str) -> None:
        """Raises `BudgetSpent` or `PriceUnknown`."""

    def spend(self, model: str, usage: ModelUsage) -> None:
        """Notes what has been taken. What is on its way at the same time may go beyond the budget together."""


class Boundless:
    """The budget where nobody counts."""

    def check(self, model: str) -> None:
        """There is always more."""

    def spend(self, model: str, usage: ModelUsage) -> None:
        """It does not matter."""
