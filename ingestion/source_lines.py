"""The lines of a text with their offsets, split at newlines only and never at other separators."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """`text` is without its newline; `next_start` is where the next line begins."""

    start: int
    text: str
    next_start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip("\ufeff \t\v\f\xa0\u200b")


def source_lines(text: str) -> Iterator[SourceLine]:
    start = 0
    for match in _NEWLINE.finditer(text):
        yield SourceLine(start, text[start : match.start()], match.end())
        start = match.end()
    if start < len(text):
        yield SourceLine(start, text[start:], len(text))
