"""The marked stretches of a version's text, as an address names them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.errors import Invalid
from corpus.locator import Span

MOST_MARKS = 200
_FORM = re.compile(r"[0-9]{1,9}-[0-9]{1,9}(?:,[0-9]{1,9}-[0-9]{1,9})*")


class BadMarks(Invalid):
    def __init__(self, marks: str) -> None:
        super().__init__(f"“{marks[:60]}” does not name places in a text. Marks look like 12-40,55-80.")


@dataclass(frozen=True, slots=True)
class Mark:
    """Stretches that belong together, since no letter or digit stands between them. Counted from 1."""

    number: int
    spans: tuple[Span, ...]

    @property
    def start(self) -> int:
        return self.spans[0].start


@dataclass(frozen=True, slots=True)
class Run:
    """Text that is marked throughout or not at all. `anchor`: the first shown run of its mark."""

    text: str
    mark: int | None = None
    anchor: bool = False


def parse_marks(marks: str, text: str) -> tuple[Mark, ...]:
    """In the order of the text; what lies behind its end is left out. Raises `BadMarks`."""
    if not marks:
        return ()
    if not _FORM.fullmatch(marks) or marks.count(",") >= MOST_MARKS:
        raise BadMarks(marks)
    spans: list[Span] = []
    for start, end in sorted(tuple(map(int, part.split("-"))) for part in marks.split(",")):
        if start >= end:
            raise BadMarks(marks)
        if start >= len(text):
            continue
        span = Span(start, min(end, len(text)))
        if spans and start <= spans[-1].end:
            before = spans.pop()
            span = Span(before.start, max(before.end, span.end))
        spans.append(span)
    groups: list[list[Span]] = []
    for span in spans:
        if groups and not any(map(str.isalnum, text[groups[-1][-1].end : span.start])):
            groups[-1].append(span)
        else:
            groups.append([span])
    return tuple(Mark(number, tuple(group)) for number, group in enumerate(groups, 1))


class Marking:
    """Cuts shown text into runs. Remembers which marks were shown, so that each is anchored once."""

    def __init__(self, text: str, marks: Sequence[Mark]) -> None:
        self._text = text
        self._spans = [(span, mark.number) for mark in marks for span in mark.spans]
        self._shown: set[int] = set()

    def runs(self, start: int, end: int) -> Iterator[Run]:
        """Characters `start` to `end` of the version's text."""
        at = start
        for span, number in self._spans:
            low, high = max(span.start, at), min(span.end, end)
            if low >= high:
                continue
            if at < low:
                yield Run(self._text[at:low])
            yield Run(self._text[low:high], number, self.anchors(number))
            at = high
        if at < end:
            yield Run(self._text[at:end])

    def anchors(self, number: int) -> bool:
        """Whether this is the first time that the mark is shown."""
        first = number not in self._shown
        self._shown.add(number)
        return first
