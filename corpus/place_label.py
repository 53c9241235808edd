"""How a place in a document is called, for people."""

from corpus.clock_time import clock_time
from corpus.locator import (
    CueLocator,
    HeadingLocator,
    Locator,
    MailLocator,
    PageLocator,
    SheetLocator,
    SlideLocator,
)


def place_label(locator: Locator) -> str:
    """`page 3`, `slide 2, notes`, `Sheet1 B4:D6`, `12:03, Ana`, `Leave › Carrying over`; empty where there is none."""
    match locator:
        case PageLocator():
            return f"page {locator.page}"
        case SlideLocator(slide, in_notes):
            return f"slide {slide}" + (", notes" if in_notes else "")
        case SheetLocator(sheet, cells):
            return f"{sheet} {cells}"
        case MailLocator(part):
            return part
        case CueLocator(start_s, _, speaker):
            return clock_time(start_s) + (f", {speaker}" if speaker else "")
        case HeadingLocator(path):
            return " › ".join(path)
