"""The styleguide: every component in every state, to look at before and after a change."""

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.context import Context, find_identity
from api.frame import frame, page
from api.pages.ask import NumberedAnswer
from api.pages.library import Uploaded
from api.pages.marks import Run
from api.pages.sheet_view import SheetBody, SheetCell, SheetLine
from api.pages.text_view import Divider, Grid, Heading, Item, ItemList, Paragraph, Row, TextBody
from api.pages.transcript_view import TranscriptBody, Turn
from api.schemas import AnswerForm, CitationForm, DocumentForm, LocatorForm, PassageForm, SentenceForm
from assistant.answer import AnswerStatus
from ingestion.ingest import Outcome

router = APIRouter()

_MARKED = Run("Pumps are serviced every six months.", 1, anchor=True)


@dataclass(frozen=True, slots=True)
class Specimen:
    answers: tuple[NumberedAnswer, ...]
    documents: tuple[DocumentForm, ...]
    uploads: tuple[Uploaded, ...]
    text: TextBody
    sheet: SheetBody
    transcript: TranscriptBody


@router.get("/styleguide")
def styleguide(request: Request, context: Context) -> HTMLResponse:
    identity = find_identity(request)
    user = "" if identity is None else identity.user
    return page("styleguide/index.html", frame(request, context.services, "styleguide", user), _specimen())


def _specimen() -> Specimen:
    return Specimen(
        answers=tuple(map(_answer, AnswerStatus)),
        documents=(
            _document("Service manual", "everyone", [], []),
            _document("Salary bands", "people-team", [3, 4], ["12 embedded images were not read."]),
        ),
        uploads=(
            Uploaded("manual.pdf", Outcome.ADDED, None, 1, 84),
            Uploaded("manual (copy).pdf", Outcome.DUPLICATE, "The same bytes are already there as “manual.pdf”.", 1, 0),
            Uploaded("locked.pdf", Outcome.FAILED, "The file is protected by a password.", None, 0),
        ),
        text=TextBody(
            (
                Divider("Slide 4"),
                Heading(3, "Service"),
                Paragraph([Run("Two people are needed. "), _MARKED, Run(" Write down what was done.")]),
                ItemList([Item(1, [Run("Close the valve.")]), Item(2, [Run("Wait until the gauge shows zero.")])]),
                Grid(["Part", "Months"], [Row({"Part": [Run("Pump")], "Months": [Run("6", 2, anchor=True)]})]),
            ),
            1,
            1,
        ),
        sheet=SheetBody(
            sheets=("Prices", "Spare parts"),
            sheet="Prices",
            columns=("A", "B"),
            head=SheetLine(1, (SheetCell((Run("Article"),)), SheetCell((Run("Price"),)))),
            rows=(SheetLine(42, (SheetCell((Run("Pump"),)), SheetCell((Run("1,240", 3, anchor=True),), True, True))),),
            part=1,
            part_count=1,
            start=42,
            row_count=60,
        ),
        transcript=TranscriptBody(
            (
                Turn("02:11", "Wehner", [Run("First I listen.")]),
                Turn("02:14", None, [Run("If it sounds like gravel, I switch it off.", 4, anchor=True)]),
            ),
            1,
            1,
        ),
    )


def _answer(status: AnswerStatus) -> NumberedAnswer:
    said = () if status is AnswerStatus.NOT_FOUND else (_sentence("Pumps are serviced every six months.", 2),)
    return NumberedAnswer.of(
        AnswerForm(
            status=status,
            sentences=[*said, *([_sentence("Part: Pump seal | Months: 6 | Store: hall two", 1)] if said else [])],
            related=[] if said else [_passage()],
            composer="ollama/llama3.1" if status is AnswerStatus.PARTIAL else "extractive",
            confidence=0.9,
            notice="The model did not answer in time. These are the sources' own sentences."
            if status is AnswerStatus.PARTIAL
            else None,
        )
    )


def _sentence(text: str, citations: int) -> SentenceForm:
    return SentenceForm(text=text, citations=[_citation(text, page) for page in range(7, 7 + citations)])


def _citation(quote: str, page: int) -> CitationForm:
    return CitationForm(
        document_id=1,
        version_id=1,
        chunk_id=page,
        document_name="service/manual.pdf",
        title="Service manual",
        headings=["Service"],
        quote=quote,
        locator=LocatorForm(kind="page", label=f"page {page}", page=page),
        link="/documents/1/versions/1",
    )


def _passage() -> PassageForm:
    return PassageForm(
        document_id=1,
        version_id=1,
        document_name="service/manual.pdf",
        title="Service manual",
        headings=["Service", "Intervals"],
        text="Pumps are serviced every six months. Fans are serviced once a year, before the heating season begins.",
        score=0.4,
        cosine=0.4,
        keywords=2.0,
        link="/documents/1/versions/1",
    )


def _document(title: str, audience: str, unread: list[int], remarks: list[str]) -> DocumentForm:
    at = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    return DocumentForm(
        document_id=1,
        version_id=1,
        number=2,
        name=f"service/{title.lower().replace(' ', '-')}.pdf",
        title=title,
        media_type="application/pdf",
        language="en",
        size=1_240_000,
        page_count=26,
        unread_pages=unread,
        remarks=remarks,
        audience=audience,
        added_at=at,
        changed_at=at,
        chunk_count=84,
    )
