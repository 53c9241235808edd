"""What is taken out of a web page before it is read: its main text and its links, each in a confined child.

Pages come from anybody. What a page does to the library that reads it is an outcome of that page alone.
"""

from dataclasses import dataclass
from typing import Protocol

from ingestion.limited_parsing import KnownTypeParsing
from ingestion.parsed import Empty

MAIN_TEXT = "text/html; part=main"
LINKS = "text/html; part=links"
"""Types that no file is of: by them `ingestion.parsers` knows the parsers that take a part out of a page."""


@dataclass(frozen=True, slots=True)
class MainText:
    """`html` has the text in plain elements; equal pages give equal bytes whatever changes around their text."""

    title: str | None
    html: bytes


class WebPages(Protocol):
    def main_text(self, page: bytes, address: str) -> MainText | None:
        """None where the page has no text of its own. Raises an `Unreadable`, `Unavailable`."""

    def links(self, page: bytes, address: str) -> tuple[str, ...]:
        """Where links lead to, as written, in the order of the page. Raises an `Unreadable`, `Unavailable`."""


class ConfinedWebPages:
    def __init__(self, parsing: KnownTypeParsing) -> None:
        self._parsing = parsing

    def main_text(self, page: bytes, address: str) -> MainText | None:
        try:
            document = self._parsing.parse_as(page, address, MAIN_TEXT).document
        except Empty:
            return None
        return MainText(document.title, document.text.encode())

    def links(self, page: bytes, address: str) -> tuple[str, ...]:
        text = self._parsing.parse_as(page, address, LINKS).document.text
        return tuple(text.split("\n")) if text else ()
