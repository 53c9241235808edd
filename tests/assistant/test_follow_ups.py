"""How many of 78 follow-ups and new questions, in English and German, are completed as they were meant."""

from pathlib import Path

from assistant.conversation import History, Speaker, Turn
from assistant.model_budget import Boundless
from assistant.standalone_question import CarryingCompleter
from corpus.embedder import Embedder

FILE = Path(__file__).parent / "follow_ups.txt"
"""The user's turns with `>` between them, then `|` and what the last one stands for says, or with `!` must not."""

LEAST_RIGHT = 0.9


def is_as_meant(text: str, wanted: str) -> bool:
    parts = [part.casefold() for part in wanted.split(";")]
    return all((part[1:] not in text) if part.startswith("!") else (part in text) for part in parts)


def test_most_are_completed_as_they_were_meant(embedder: Embedder) -> None:
    completer, wrong = CarryingCompleter(embedder), []
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for line in lines:
        conversation, wanted = line.split(" | ")
        *before, asked = conversation.split(" > ")
        history = History(tuple(Turn(Speaker.USER, turn) for turn in before))
        found = completer.complete(asked, history, Boundless())
        if not is_as_meant(found.text.casefold(), wanted):
            wrong.append(f"{conversation} -> {found.text}")
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(lines), wrong
