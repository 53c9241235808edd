"""What one PDF page shows: its words in upright coordinates, and the ruling lines between them."""

from dataclasses import dataclass, field

from corpus.locator import Box


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of characters is set. `size` in points as displayed, `colour` as 0xRRGGBB."""

    size: float
    bold: bool
    italic: bool
    fixed_pitch: bool
    colour: int


@dataclass(slots=True)
class Word:
    """Characters without white space between them, in points of their Sheet (origin top left, `top` < `bottom`).

    Not frozen for speed alone (a handbook has 100,000): nothing writes to a Word after it was made.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    style: Style
    glued: bool = False
    """No white space before it, as between Chinese characters."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line or the edge of a filled rectangle; horizontal if top == bottom, else vertical (left == right)."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def horizontal(self) -> bool:
        return self.top == self.bottom


@dataclass(frozen=True, slots=True)
class Sheet:
    """The words of a page that read in one direction, turned upright.

    `turn` says how the sheet lies on the displayed page, in quarter turns clockwise: a table set sideways on an upright
    page is a sheet of its own. `width` and `height` are the sheet's own.
    """

    page: int
    turn: int
    width: float
    height: float
    words: tuple[Word, ...]
    rules: tuple[Rule, ...] = field(default=(), repr=False)

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The displayed place, as fractions of the displayed page, of an area of this sheet."""
        width, height = self.width, self.height
        x0, y0, x1, y1 = left / width, top / height, right / width, bottom / height
        if x0 < 0 or y0 < 0 or x1 > 1 or y1 > 1:
            x0, y0, x1, y1 = _unit(x0), _unit(y0), _unit(x1), _unit(y1)
        if self.turn == 0:
            return Box(x0, y0, x1, y1)
        if self.turn == 1:
            return Box(1 - y1, x0, 1 - y0, x1)
        if self.turn == 2:
            return Box(1 - x1, 1 - y1, 1 - x0, 1 - y0)
        return Box(y0, 1 - x1, y1, 1 - x0)


@dataclass(frozen=True, slots=True)
class Page:
    """`sheets` in order of how much they say, fullest first; none if the page holds no text."""

    number: int
    sheets: tuple[Sheet, ...]
    shows_pictures: bool
    large_images: int = 0
    undecodable: bool = False
    """Most characters have no known meaning: their font lacks a mapping to Unicode."""


def _unit(fraction: float) -> float:
    return 0.0 if fraction < 0.0 else 1.0 if fraction > 1.0 else fraction
