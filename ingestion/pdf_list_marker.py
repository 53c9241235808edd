"""Recognises the bullet or number that opens a list item."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.pdf_page import Word

_BULLETS = frozenset("•◦▪▫●○■□◆◇‣⁃∙·➢➤►▶✓✔❖✦★⚫")
_CHECK_BOXES = frozenset("☐☑☒")
_DASHES = frozenset("-–—*")
_NUMBER = re.compile(r"^(?:\d{1,3}[.)]|\(\d{1,2}\)|\(?[a-zA-Z][.)]|\(?[ivxlIVXL]{1,6}[.)])$")
_SECTION_NUMBER = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}\.|[A-Z]\.|§+)$")
_NAMED_NUMBER = re.compile(
    r"^(?:item|note|part|section|article|chapter|step|exhibit)\s+[\dIVX]+[A-Z]?\s*[.:]?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ListMarker:
    """`is_bullet`: it carries no meaning of its own and is left out of the item's text."""

    is_bullet: bool
    numeral: str = ""


def list_marker(words: Sequence[Word]) -> ListMarker | None:
    """Of a line that has something after the marker."""
    first = words[0].text
    if len(words) < 2:
        return None
    if first in _BULLETS:
        return ListMarker(is_bullet=True)
    if first in _DASHES or (first == "o" and words[0].style != words[1].style):
        return ListMarker(is_bullet=True) if words[1].text[0] not in _DASHES else None
    if first in _CHECK_BOXES or _NUMBER.match(first):
        return ListMarker(is_bullet=False, numeral=first)
    return None


def is_marker_alone(words: Sequence[Word]) -> bool:
    """Whether these words, standing apart to the left of others, only number or mark them."""
    text = " ".join(word.text for word in words)
    if len(words) == 1 and (text in _BULLETS or text in _DASHES or text in _CHECK_BOXES or text == "o"):
        return True
    if len(words) == 1 and (_NUMBER.match(text) or _SECTION_NUMBER.match(text)):
        return True
    return bool(_NAMED_NUMBER.match(text))
