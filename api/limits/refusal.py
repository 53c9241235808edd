"""What somebody is told who is over a limit."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Refusal:
    """`retry_after_s` in whole seconds, never too early."""

    status: int
    title: str
    detail: str
    retry_after_s: int


def too_many(what: str, wait_s: float) -> Refusal:
    seconds = max(ceil(wait_s), 1)
    return Refusal(429, "Too many requests", f"{what} Try again in {_in_words(seconds)}.", seconds)


def too_busy(wait_s: float) -> Refusal:
    seconds = max(ceil(wait_s), 1)
    detail = f"More is being asked than can be answered at once. Try again in {_in_words(seconds)}."
    return Refusal(503, "Busy", detail, seconds)


def _in_words(seconds: int) -> str:
    return "a second" if seconds == 1 else f"{seconds} seconds"
