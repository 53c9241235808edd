"""Pages of a PDF as pictures, with the boxes of the marked words laid over them."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.marks import Mark
from corpus.locator import PageLocator, PagePlace
from corpus.places import Places

OVERLAY = 1000
"""Units of the overlay along each side of a page."""


@dataclass(frozen=True, slots=True)
class Area:
    """A box in units of the overlay. `anchor`: the first box of its mark."""

    x: float
    y: float
    width: float
    height: float
    mark: int
    anchor: bool


@dataclass(frozen=True, slots=True)
class ShownPage:
    number: int
    areas: tuple[Area, ...]
    is_unread: bool


@dataclass(frozen=True, slots=True)
class PagesBody:
    """`width` and `height` reserve the room of a page before its picture is there."""

    pages: tuple[ShownPage, ...]
    page: int
    page_count: int
    width: int
    height: int
    kind: str = "pages"

    @property
    def first(self) -> int:
        return self.pages[0].number

    @property
    def last(self) -> int:
        return self.pages[-1].number


def first_marked_page(places: Places, marks: Sequence[Mark]) -> int:
    for mark in marks:
        found = places.pages(mark.spans)
        if found:
            return found[0]
    return 1


def marked_areas(places: Places, marks: Sequence[Mark]) -> dict[int, list[Area]]:
    """By page."""
    found: dict[int, list[Area]] = {}
    for mark in marks:
        locator = places.locator(mark.spans, ())
        for number, place in enumerate(locator.areas if isinstance(locator, PageLocator) else ()):
            found.setdefault(place.page, []).append(_area(place, mark.number, number == 0))
    return found


def _area(place: PagePlace, mark: int, anchor: bool) -> Area:
    # A little room around the words, as a highlighter leaves.
    box = place.box
    room = (box.bottom - box.top) * 0.12
    return Area(
        x=round((box.left - 0.003) * OVERLAY, 1),
        y=round((box.top - room) * OVERLAY, 1),
        width=round((box.right - box.left + 0.006) * OVERLAY, 1),
        height=round((box.bottom - box.top + 2 * room) * OVERLAY, 1),
        mark=mark,
        anchor=anchor,
    )
