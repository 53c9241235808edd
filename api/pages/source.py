"""The source view: a document's version as it reads, with the quoted words marked where they stand."""

import struct
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.context import As, Context
from api.frame import frame, page
from api.library import WITH_PAGES, OpenedVersion
from api.pages.marks import Mark, parse_marks
from api.pages.page_view import PagesBody, ShownPage, first_marked_page, marked_areas
from api.pages.recording_view import RecordingBody, recording_body
from api.pages.sheet_view import SheetBody, has_cells, sheet_body
from api.pages.text_view import TextBody, excerpt, text_body
from api.pages.transcript_view import TranscriptBody, has_cues, transcript_body
from api.schemas import LocatorForm
from api.services import Services
from api.templating import render
from ingestion.parsed import Unreadable

router = APIRouter()

PAGES_SHOWN = 40
CHUNKS_SHOWN = 60
ROWS_SHOWN = 100
CUES_SHOWN = 400
SPOKEN_CUES_SHOWN = 1500
"""More than of a mere transcript: playing does not turn pages."""
_PANEL_ROWS = 40
_PANEL_CUES = 60
_PANEL_CHUNKS_AROUND = 3
_A4 = (595, 842)

Body = PagesBody | SheetBody | TranscriptBody | TextBody | RecordingBody


@dataclass(frozen=True, slots=True)
class Opening:
    """What the address asks for. None: what shows the first mark."""

    document_id: int
    version_id: int
    marks: str = ""
    panel: bool = False
    view: Literal["pages", "text"] = "pages"
    page: int | None = None
    sheet: str | None = None
    part: int | None = None

    @property
    def path(self) -> str:
        return f"/documents/{self.document_id}/versions/{self.version_id}"

    @property
    def link(self) -> str:
        wanted = {
            "marks": self.marks,
            "view": self.view if self.view != "pages" else "",
            "sheet": self.sheet or "",
            "page": self.page or "",
            "part": self.part or "",
            "panel": int(self.panel) or "",
        }
        query = urlencode({name: value for name, value in wanted.items() if value != ""}, safe=",")
        return f"{self.path}?{query}" if query else self.path


@dataclass(frozen=True, slots=True)
class SourceView:
    opening: Opening
    opened: OpenedVersion
    marks: tuple[Mark, ...]
    place: str
    body: Body

    @property
    def has_pages(self) -> bool:
        return self.opened.version.media_type in WITH_PAGES

    @property
    def newer(self) -> str | None:
        """Link to the version that answers use now, if this is an earlier one."""
        entry = self.opened.entry
        if entry.version_id == self.opened.version.id:
            return None
        return Opening(entry.document_id, entry.version_id).link

    @property
    def whole(self) -> str:
        """Link to the whole document at the first mark."""
        here = replace(self.opening, panel=False, part=None)
        return here.link + ("#mark-1" if self.marks else "")

    def at_page(self, number: int) -> str:
        return replace(self.opening, page=number).link

    def at_part(self, number: int) -> str:
        return replace(self.opening, part=number).link

    def at_sheet(self, sheet: str) -> str:
        return replace(self.opening, sheet=sheet, part=None).link

    def seen_as(self, view: Literal["pages", "text"]) -> str:
        return replace(self.opening, view=view, part=None, page=None).link + ("#mark-1" if self.marks else "")


@router.get("/documents/{document_id}")
def open_document(document_id: int, context: Context, user: As) -> Response:
    """Leads to the active version."""
    entry = context.services.library.get_document(document_id, user)
    return RedirectResponse(Opening(document_id, entry.version_id).link, 302)


@router.get("/documents/{document_id}/versions/{version_id}")
def open_version(
    document_id: int,
    version_id: int,
    request: Request,
    context: Context,
    user: As,
    marks: Annotated[str, Query(max_length=4000)] = "",
    panel: bool = False,
    view: Literal["pages", "text"] = "pages",
    page_number: Annotated[int | None, Query(alias="page", ge=1, le=100_000)] = None,
    sheet: Annotated[str | None, Query(max_length=200)] = None,
    part: Annotated[int | None, Query(ge=1, le=10_000_000)] = None,
) -> HTMLResponse:
    """With `panel`, only what the evidence panel shows."""
    opening = Opening(document_id, version_id, marks, panel, view, page_number, sheet, part)
    shown = _source_view(opening, context.services, user)
    if panel:
        return HTMLResponse(render("source/panel.html", view=shown))
    return page("source/index.html", frame(request, context.services, "library", user), shown)


def _source_view(opening: Opening, services: Services, user: str) -> SourceView:
    opened = services.library.open_version(opening.document_id, opening.version_id, user)
    marks = parse_marks(opening.marks, opened.text)
    spans = [span for mark in marks for span in mark.spans]
    place = LocatorForm.of(opened.places.locator(spans, _headings(opened, marks))).label if spans else ""
    return SourceView(opening, opened, marks, place, _body(opening, opened, marks, services, user))


def _headings(opened: OpenedVersion, marks: tuple[Mark, ...]) -> tuple[str, ...]:
    for chunk in opened.chunks:
        last = max((piece.text_start + piece.length for piece in chunk.pieces), default=0)
        if marks[0].start < last:
            return tuple(heading for heading in chunk.headings if heading != opened.version.title)
    return ()


def _body(opening: Opening, opened: OpenedVersion, marks: tuple[Mark, ...], services: Services, user: str) -> Body:
    text, places = opened.text, opened.places
    recording = services.recordings.find_recording(opening.document_id, opening.version_id, user)
    if recording is not None:
        size = _PANEL_CUES if opening.panel else SPOKEN_CUES_SHOWN
        return recording_body(recording, marks, opening.part, size)
    if has_cells(places):
        size = _PANEL_ROWS if opening.panel else ROWS_SHOWN
        return sheet_body(text, places, marks, opening.sheet, opening.part, size)
    if has_cues(places):
        size = _PANEL_CUES if opening.panel else CUES_SHOWN
        return transcript_body(text, places, marks, opening.part, size)
    if opened.version.media_type in WITH_PAGES and opening.view == "pages":
        return _pages(opening, opened, marks, services, user)
    title = opened.version.title
    if opening.panel:
        return excerpt(opened.chunks, text, title, places, marks, _PANEL_CHUNKS_AROUND, top_level=3)
    return text_body(opened.chunks, text, title, places, marks, opening.part, CHUNKS_SHOWN, top_level=2)


def _pages(
    opening: Opening, opened: OpenedVersion, marks: tuple[Mark, ...], services: Services, user: str
) -> PagesBody:
    last = opened.version.page_count or 1
    wanted = min(opening.page or first_marked_page(opened.places, marks), last)
    first = wanted if opening.panel else (wanted - 1) // PAGES_SHOWN * PAGES_SHOWN + 1
    numbers = range(first, min(first + (1 if opening.panel else PAGES_SHOWN), last + 1))
    areas = marked_areas(opened.places, marks)
    unread = set(opened.version.unread_pages)
    width, height = _page_size(opening, wanted, services, user)
    return PagesBody(
        pages=tuple(ShownPage(number, tuple(areas.get(number, ())), number in unread) for number in numbers),
        page=wanted,
        page_count=last,
        width=width,
        height=height,
    )


def _page_size(opening: Opening, number: int, services: Services, user: str) -> tuple[int, int]:
    """In proportion; of the page shown first, since most documents have pages of one size."""
    try:
        image = services.library.page_image(opening.document_id, opening.version_id, number, 100, user)
    except Unreadable:
        return _A4
    width, height = struct.unpack(">II", image[16:24])
    return width * 10, height * 10
