"""Checking quiz items: both gates for each line of a file, its document read from a folder."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from api.lesson_files import LessonFiles, LessonMissing
from assistant.model_budget import Budget
from authoring.item_finding import Finding
from authoring.item_key import KeyGate, KeyJudgement
from authoring.item_lines import ItemLine, WrongItemLine
from authoring.item_shape import check_shape
from ingestion.parsed import Unreadable


@dataclass(frozen=True, slots=True)
class CheckedItem:
    id: str
    shape: tuple[Finding, ...]
    key: KeyJudgement


def check_lines(
    lines: Sequence[ItemLine], files: LessonFiles, gate: KeyGate, budget: Budget, on_item: Callable[[], None]
) -> Iterator[CheckedItem]:
    """In the order of the lines. Documents are looked for before anything is judged; `on_item` hears of each one done.

    Raises `WrongItemLine` where a document is missing or cannot be read, `Unavailable`.
    """
    for line in lines:
        try:
            files.find(line.document)
        except LessonMissing as error:
            raise WrongItemLine(line.number, str(error)) from error
    judged: dict[int, KeyJudgement] = {}
    # Lines of one document together: the gate keeps the last material it has read.
    for line in sorted(lines, key=lambda one: one.document):
        try:
            passages = files.passages(line.document)
        except Unreadable as error:
            raise WrongItemLine(line.number, f"“{line.document}”: {error}") from error
        judged[line.number] = gate.judge(line.item, passages, budget)
        on_item()
    for line in lines:
        yield CheckedItem(line.item.id, check_shape(line.item), judged[line.number])
