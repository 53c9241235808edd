"""Parts a paragraph at newlines that are no line wraps, and finds headings set between equals signs in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.locator import Span

# Nobody wraps lines by hand at this width: a paragraph with such a line has one paragraph per line.
_LONGEST_WRAPPED = 160
_FEWEST_WORDS = 16
_EQUALS_HEADING = re.compile(r"[ \t]*((?:=[ \t]?){1,6})[ \t]*([^=\s](?:[^\n]*?[^=\s])?)[ \t]*((?:[ \t]?=){1,6})?[ \t]*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading if `level` is not 0."""

    spans: tuple[Span, ...]
    level: int = 0


def unwrapped(text: str, spans: Sequence[Span]) -> Iterator[Passage]:
    """The same characters, in one or more passages."""
    lines = list(_lines(text, spans))
    apart = any(_is_long(text, line) for line in lines)
    kept: list[Span] = []
    for line in lines:
        heading = _equals_heading(text, line)
        if kept and (apart or heading is not None):
            yield Passage(_joined(kept))
            kept = []
        if heading is not None:
            yield heading
        else:
            kept.extend(line)
    if kept:
        yield Passage(_joined(kept))


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)


def _lines(text: str, spans: Sequence[Span]) -> Iterator[list[Span]]:
    line: list[Span] = []
    for span in spans:
        start = span.start
        for match in re.compile(r"\r\n|\r|\n").finditer(text, span.start, span.end):
            line.append(Span(start, match.end()))
            yield line
            line, start = [], match.end()
        if start < span.end:
            line.append(Span(start, span.end))
    if line:
        yield line


def _is_long(text: str, line: Sequence[Span]) -> bool:
    if sum(len(span) for span in line) <= _LONGEST_WRAPPED:
        return False
    return sum(len(text[span.start : span.end].split()) for span in line) >= _FEWEST_WORDS


def _equals_heading(text: str, line: Sequence[Span]) -> Passage | None:
    """`== Title ==` and `= = Title = =`; with signs on the left only from two on, for `= 5` may be a sum."""
    seen = [span for span in line if text[span.start : span.end].strip()]
    if len(seen) != 1 or len(seen[0]) > _LONGEST_WRAPPED:
        return None
    match = _EQUALS_HEADING.fullmatch(text[seen[0].start : seen[0].end].rstrip("\r\n"))
    if match is None:
        return None
    level = match[1].count("=")
    if match[3] is None:
        if level < 2 or not match[1].endswith(" "):
            return None
    elif match[3].count("=") != level:
        return None
    start = seen[0].start
    return Passage((Span(start + match.start(2), start + match.end(2)),), level)
