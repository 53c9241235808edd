"""Where a stretch of text stands in its original file, and the narrowest such place for a quote."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a Version's text in Unicode characters, end exclusive. All places are tied to such offsets."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page as fractions (0 to 1) of the page's width and height as displayed, origin top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PagePlace:
    """One word, or an unbroken run of words on one line, of a page. Pages count from 1."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class SlidePlace:
    """Text on a slide or in its speaker notes. Slides count from 1."""

    slide: int
    in_notes: bool


@dataclass(frozen=True, slots=True)
class CellPlace:
    """One cell of a sheet. Rows and columns count from 1."""

    sheet: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class MailPlace:
    """A part of an e-mail: `headers`, `body`, or the file name of an attachment."""

    part: str


@dataclass(frozen=True, slots=True)
class CuePlace:
    """One cue of a transcript; times in seconds from the start of the recording."""

    start_s: float
    end_s: float
    speaker: str | None


Place = PagePlace | SlidePlace | CellPlace | MailPlace | CuePlace


@dataclass(frozen=True, slots=True)
class PlacedSpan:
    """Says that this stretch of the Version's text stands at this place."""

    span: Span
    place: Place


@dataclass(frozen=True, slots=True)
class PageLocator:
    """The words of a quote on pages, one PagePlace per line of the quote, in reading order."""

    areas: tuple[PagePlace, ...]

    @property
    def page(self) -> int:
        return self.areas[0].page


@dataclass(frozen=True, slots=True)
class SlideLocator:
    slide: int
    in_notes: bool


@dataclass(frozen=True, slots=True)
class SheetLocator:
    """`cells` in A1 notation: `B4` or `B4:D6`."""

    sheet: str
    cells: str


@dataclass(frozen=True, slots=True)
class MailLocator:
    part: str


@dataclass(frozen=True, slots=True)
class CueLocator:
    start_s: float
    end_s: float
    speaker: str | None


@dataclass(frozen=True, slots=True)
class HeadingLocator:
    """The path of headings above the quote, outermost first; empty in a document without headings."""

    path: tuple[str, ...]


Locator = PageLocator | SlideLocator | SheetLocator | MailLocator | CueLocator | HeadingLocator
