"""The port to a language model that writes text."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

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


class ReplyCut(ModelUnavailable):
    """What had arrived was handed over before."""

    def __init__(self, model: str) -> None:
        super().__init__(model, "its reply was cut off.")


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """What a reply is to look like. `schema` is JSON Schema: a model that can be held to one is, any other is not.

    `longest_tokens` is where a reply is cut.
    """

    name: str
    schema: Mapping[str, Any]
    longest_tokens: int


class LanguageModel(Protocol):
    @property
    def name(self) -> str:
        """Which model writes, as an administrator named it."""

    def stream(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None = None,
    ) -> Generator[str, None, None]:
        """The reply in pieces, in order, as they arrive. Raises `ModelUnavailable`, also between pieces; `ReplyCut`.

        The whole reply, with every retry, takes at most `timeout_s`; what is not there by then is an error.
        `spent` hears of each request that the provider took up, also of one that breaks off or is not read to its end.
        """
