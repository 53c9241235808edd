"""The port to a language model that writes text."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from assistant.model_budget import ModelUsage
from corpus.errors import Unavailable


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


class ModelUnavailable(Unavailable):
    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"The language model {model} cannot be used now: {reason}")
        self.model = model
        self.reason = reason


class LanguageModel(Protocol):
    @property
    def name(self) -> str:
        """Which model writes, as an administrator named it."""

    def stream(
        self, messages: Sequence[Message], timeout_s: float, spent: Callable[[ModelUsage], None]
    ) -> Generator[str, None, None]:
        """The reply in pieces, in order, as they arrive. Raises `ModelUnavailable`, also between pieces.

        The whole reply, with every retry, takes at most `timeout_s`; what is not there by then is an error.
        `spent` hears of each request that the provider took up, also of one that breaks off or is not read to its end.
        """
