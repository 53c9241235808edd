"""What a parser makes of a file: one text, its elements in reading order, and where each stretch of it stands.

There is one coordinate system: offsets into `ParsedDocument.text`. Elements and table cells do not own text, they name
spans of it; a reader sees the concatenation of an element's spans (markup between spans is left out). Citations,
highlights and evaluation all meet in these offsets.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from corpus.errors import Invalid
from corpus.locator import Place, PlacedSpan, Span


class ElementKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"
    CUE = "cue"


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell. No spans means an empty cell."""

    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`header` holds the header rows (none where the table has no recognisable header); `rows` the others.

    Rows may differ in length. A merged cell stands once, in its first position; `caption` is the sentence or heading
    that names the table, if the file ties one to it (for a sheet: none, the sheet's name is a heading).
    """

    header: tuple[Row, ...]
    rows: tuple[Row, ...]
    caption: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """`level` counts from 1: a heading's depth (1 is the highest) or a list item's nesting; 0 elsewhere."""

    kind: ElementKind
    spans: tuple[Span, ...]
    level: int = 0
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """`places` are sorted by span and do not overlap. `text` of txt, md, csv, vtt and srt is the file as decoded."""

    text: str
    elements: tuple[Element, ...]
    places: tuple[PlacedSpan, ...] = ()
    title: str | None = None
    page_count: int | None = None
    unread_pages: tuple[int, ...] = ()
    """1-based pages (or slides) that show something but hold no text layer."""
    remarks: tuple[str, ...] = ()
    """What a person should know about this reading: "12 embedded images were not read"."""


class Parser(Protocol):
    """Contract: `tests/contracts/parser.py`. Runs in a limited child process; opens no file and no socket."""

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        """Raises `Unreadable` (a subclass of it where one fits)."""


class Unreadable(Invalid):
    """The file cannot be turned into text. The message says why and what to do."""


class PasswordProtected(Unreadable):
    def __init__(self) -> None:
        super().__init__("The file is protected by a password. Save a copy without one and add that.")


class Damaged(Unreadable):
    def __init__(self, detail: str) -> None:
        super().__init__(
            f"The file is damaged or incomplete: {detail}. Open it in a program that shows such files. If it opens, "
            "save a new copy and add that; if not, download it again or ask for it where it comes from."
        )


class Empty(Unreadable):
    def __init__(self) -> None:
        super().__init__("The file holds no text.")


class WithoutTextLayer(Unreadable):
    def __init__(self, pages: int) -> None:
        what = "The page has no text layer" if pages == 1 else f"None of the {pages} pages has a text layer"
        super().__init__(
            f"{what} (a scan or picture?). Install Tesseract where Groundwork runs and add the file again, or run text "
            "recognition on it elsewhere and add the result."
        )
        self.pages = pages


class TooLarge(Unreadable):
    def __init__(self, what: str, limit: str) -> None:
        super().__init__(
            f"The file exceeds the limit for {what} ({limit}). Split it, or raise the limit in the settings."
        )


class TextBuilder:
    """Collects the text of a document that has none of its own, and the places of what is added."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._places: list[PlacedSpan] = []

    def add(self, text: str, place: Place | None = None) -> Span:
        """Appends `text` as it is and returns its span."""
        span = Span(self._length, self._length + len(text))
        self._parts.append(text)
        self._length = span.end
        if place is not None and text:
            self._places.append(PlacedSpan(span, place))
        return span

    @property
    def length(self) -> int:
        return self._length

    def text(self) -> str:
        return "".join(self._parts)

    def places(self) -> tuple[PlacedSpan, ...]:
        return tuple(self._places)
