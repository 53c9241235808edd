"""Conversations: what was said before a question, oldest first."""

from dataclasses import dataclass
from enum import StrEnum


class Speaker(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class History:
    """The turns before a question, oldest first; none before the first."""

    turns: tuple[Turn, ...] = ()

    def latest(self, limit: int) -> "History":
        """From the user's turn on that has `limit - 1` user's turns after it."""
        places = [place for place, turn in enumerate(self.turns) if turn.speaker is Speaker.USER]
        return self if len(places) <= limit else History(self.turns[places[-limit] :])

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(turn.text for turn in self.turns if turn.speaker is Speaker.USER)

    @property
    def last_reply(self) -> str:
        """What was said to the user's last turn; empty where nothing was."""
        return self.turns[-1].text if self.turns and self.turns[-1].speaker is Speaker.ASSISTANT else ""
