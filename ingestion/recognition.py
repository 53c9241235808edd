"""Text recognition: what is read off a picture of a page, and the port behind which it is read."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import Unavailable
from corpus.locator import Box


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in shades of grey, as displayed. `dots` shape (height, width), 0 is black."""

    page: int
    dots: NDArray[np.uint8]
    dots_per_inch: int


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """`box` in fractions of the page as displayed; `line` is the same for words of one line, ascending down the page.

    `confidence` from 0 to 100.
    """

    text: str
    box: Box
    line: int
    confidence: int


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """`turn`: by how many quarter turns clockwise its text lies on the displayed page. No words: none were found."""

    page: int
    turn: int
    width: float
    height: float
    """Of the displayed page, in points."""
    words: tuple[RecognisedWord, ...]


class OcrFailed(Unavailable):
    def __init__(self, reason: str) -> None:
        super().__init__(f"Text recognition failed: {reason}.")
        self.reason = reason


class OcrReader(Protocol):
    """Contract: `tests/contracts/ocr_reader.py`. May be called from several threads."""

    @property
    def name(self) -> str:
        """Engine, version and languages: another name may read the same picture differently."""

    def read(self, picture: Picture) -> RecognisedPage:
        """Raises `OcrFailed`, also when it takes too long."""


class PageMemory(Protocol):
    """Keeps what was recognised, so that an interrupted reading of a long scan goes on where it was."""

    def find(self, content_hash: str, reader: str) -> dict[int, RecognisedPage]:
        """By page."""

    def keep(self, content_hash: str, reader: str, page: RecognisedPage) -> None:
        """Durable on return. Keeping it again changes nothing."""
