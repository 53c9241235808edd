"""The forms in which the HTTP interface and the command line report."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.erasing import ErasureReport
from assistant.answer import Answer, AnswerStatus, Sentence
from corpus.audience import ReadersChange
from corpus.citation import Citation
from corpus.erasure_store import Erasure
from corpus.locator import (
    CueLocator,
    HeadingLocator,
    Locator,
    MailLocator,
    PageLocator,
    SheetLocator,
    SlideLocator,
)
from corpus.passage import Passage
from corpus.place_label import place_label
from corpus.store import AudienceEntry, DocumentEntry
from ingestion.ingest import FileReport, Outcome

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AreaForm(Form):
    """A rectangle on a page, as fractions of its width and height, origin top left."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


class LocatorForm(Form):
    """`label` says the place in words; the other fields depend on `kind`."""

    kind: Literal["page", "slide", "sheet", "mail", "cue", "heading"]
    label: str
    page: int | None = None
    areas: list[AreaForm] = []
    slide: int | None = None
    sheet: str | None = None
    cells: str | None = None
    part: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    speaker: str | None = None
    path: list[str] = []

    @classmethod
    def of(cls, locator: Locator) -> "LocatorForm":
        match locator:
            case PageLocator(areas):
                forms = [
                    AreaForm(
                        page=area.page,
                        left=area.box.left,
                        top=area.box.top,
                        right=area.box.right,
                        bottom=area.box.bottom,
                    )
                    for area in areas
                ]
                return cls(kind="page", label=place_label(locator), page=locator.page, areas=forms)
            case SlideLocator(slide, _):
                return cls(kind="slide", label=place_label(locator), slide=slide)
            case SheetLocator(sheet, cells):
                return cls(kind="sheet", label=place_label(locator), sheet=sheet, cells=cells)
            case MailLocator(part):
                return cls(kind="mail", label=place_label(locator), part=part)
            case CueLocator(start_s, end_s, speaker):
                return cls(kind="cue", label=place_label(locator), start_s=start_s, end_s=end_s, speaker=speaker)
            case HeadingLocator(path):
                return cls(kind="heading", label=place_label(locator), path=list(path))


class CitationForm(Form):
    document_id: int
    version_id: int
    chunk_id: int
    document_name: str
    title: str
    headings: list[str]
    quote: str
    locator: LocatorForm
    link: str
    review_due_at: datetime | None = None

    @classmethod
    def of(cls, citation: Citation) -> "CitationForm":
        return cls(
            document_id=citation.document_id,
            version_id=citation.version_id,
            chunk_id=citation.chunk_id,
            document_name=citation.document_name,
            title=citation.title,
            headings=list(citation.headings),
            quote=citation.quote,
            locator=LocatorForm.of(citation.locator),
            link=citation.link,
            review_due_at=citation.review_due_at,
        )


class SentenceForm(Form):
    text: str
    citations: list[CitationForm]

    @classmethod
    def of(cls, sentence: Sentence) -> "SentenceForm":
        return cls(text=sentence.text, citations=[CitationForm.of(citation) for citation in sentence.citations])


class PassageForm(Form):
    """`link` opens the document with the passage marked."""

    document_id: int
    version_id: int
    document_name: str
    title: str
    headings: list[str]
    text: str
    score: float
    cosine: float
    keywords: float
    link: str

    @classmethod
    def of(cls, passage: Passage) -> "PassageForm":
        return cls(
            document_id=passage.document_id,
            version_id=passage.version_id,
            document_name=passage.document_name,
            title=passage.title,
            headings=list(passage.headings),
            text=passage.text,
            score=round(passage.score, 6),
            cosine=round(passage.cosine, 6),
            keywords=round(passage.keywords, 6),
            link=passage_link(passage),
        )


class AnswerForm(Form):
    status: AnswerStatus
    sentences: list[SentenceForm]
    related: list[PassageForm]
    composer: str
    confidence: float
    notice: str | None

    @classmethod
    def of(cls, answer: Answer) -> "AnswerForm":
        return cls(
            status=answer.status,
            sentences=[SentenceForm.of(sentence) for sentence in answer.sentences],
            related=[PassageForm.of(passage) for passage in answer.related],
            composer=answer.composer,
            confidence=round(answer.confidence, 4),
            notice=answer.notice,
        )


class AskForm(Form):
    question: Question


class SearchResultForm(Form):
    question: str
    passages: list[PassageForm]


class DocumentForm(Form):
    document_id: int
    version_id: int
    number: int
    name: str
    title: str
    media_type: str
    language: str
    size: int
    page_count: int | None
    unread_pages: list[int]
    remarks: list[str]
    audience: str
    added_at: datetime
    changed_at: datetime
    chunk_count: int
    owner: str | None = None
    reviewed_at: datetime | None = None
    review_days: int | None = None
    review_due_at: datetime | None = None

    @classmethod
    def of(cls, entry: DocumentEntry) -> "DocumentForm":
        return cls(
            document_id=entry.document_id,
            version_id=entry.version_id,
            number=entry.number,
            name=entry.name,
            title=entry.title,
            media_type=entry.media_type,
            language=entry.language,
            size=entry.size,
            page_count=entry.page_count,
            unread_pages=list(entry.unread_pages),
            remarks=list(entry.remarks),
            audience=entry.audience,
            added_at=entry.added_at,
            changed_at=entry.changed_at,
            chunk_count=entry.chunk_count,
            owner=entry.owner,
            reviewed_at=entry.reviewed_at,
            review_days=entry.review_days,
            review_due_at=entry.review_due_at,
        )


class DocumentListForm(Form):
    documents: list[DocumentForm]
    total: int


class FileReportForm(Form):
    name: str
    outcome: Outcome
    document_id: int | None
    chunk_count: int
    reason: str | None

    @classmethod
    def of(cls, report: FileReport) -> "FileReportForm":
        return cls(
            name=report.name,
            outcome=report.outcome,
            document_id=report.document_id,
            chunk_count=report.chunk_count,
            reason=report.reason,
        )


class AudienceForm(Form):
    name: str
    readers: list[str]
    document_count: int

    @classmethod
    def of(cls, entry: AudienceEntry) -> "AudienceForm":
        return cls(name=entry.name, readers=list(entry.readers), document_count=entry.document_count)


class ReadersChangeForm(Form):
    """`readers`: how many people may read it afterwards; `gain`: who could not before; `lose`: who no longer can."""

    readers: int
    gain: int
    lose: int

    @classmethod
    def of(cls, change: ReadersChange) -> "ReadersChangeForm":
        return cls(readers=change.readers, gain=change.gain, lose=change.lose)


class LookAfterForm(Form):
    """`owner` answers for what the document says. It is to be reviewed every so many days, from its last review on."""

    owner: Annotated[str | None, StringConstraints(strip_whitespace=True, max_length=100)] = None
    review_days: int | None = None


class AudienceChangeForm(Form):
    audience: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class QuoteForm(Form):
    chunk_id: int
    quote: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class VersionTextForm(Form):
    version_id: int
    text: str


class ErasedDocumentForm(Form):
    document_id: int
    name: str
    audience: str
    is_removed: bool
    versions: int
    chunks: int


class ErasureForm(Form):
    """What an erasure takes away. `principals` are written `user:name` or `group:name`."""

    documents: list[ErasedDocumentForm]
    principals: list[str]
    audiences: list[str]

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureForm":
        documents = [
            ErasedDocumentForm(
                document_id=document.document_id,
                name=document.name,
                audience=document.audience,
                is_removed=document.is_removed,
                versions=document.versions,
                chunks=document.chunks,
            )
            for document in erasure.documents
        ]
        principals = [str(principal) for principal in erasure.principals]
        return cls(documents=documents, principals=principals, audiences=list(erasure.audiences))


class ErasureReportForm(Form):
    """`kept_files`: original files that other documents have as well. `sources`: those that would bring it back."""

    erased: ErasureForm
    deleted_files: int
    kept_files: int
    sources: list[str]

    @classmethod
    def of(cls, report: ErasureReport) -> "ErasureReportForm":
        return cls(
            erased=ErasureForm.of(report.erasure),
            deleted_files=report.deleted_files,
            kept_files=report.kept_files,
            sources=list(report.sources),
        )


class IndexForm(Form):
    """`state`: ready, building, or unavailable; `remark` says what went wrong or what answers meanwhile.

    `entries` counts what everybody has put in, and so is told only to who administers.
    """

    name: str
    state: str
    entries: int | None
    remark: str | None


class StatusForm(Form):
    """`data`: the folder, told only to who administers."""

    version: str
    data: str | None
    documents: int
    chunks: int
    model: str | None
    embedding_model: str
    embedding_dimension: int
    parsing: str
    indexes: list[IndexForm]


class ProblemForm(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = Field(
        None, description="Which fields of the request are wrong, and why; or what a course still lacks, and where."
    )
    current: Any = Field(
        default=None, description="What is there now, where somebody else's change came first and yours was not taken."
    )
    request_id: str | None = Field(
        default=None,
        description="What the log calls this request, where the server failed. All replies have it as a header.",
    )


def passage_link(passage: Passage) -> str:
    """Opens the document with the whole passage marked, one mark per chunk."""
    marks = []
    for chunk in passage.chunks:
        if chunk.pieces:
            last = max(chunk.pieces, key=lambda piece: piece.text_start)
            first = min(piece.text_start for piece in chunk.pieces)
            marks.append(f"{first}-{last.text_start + last.length}")
    return f"/documents/{passage.document_id}/versions/{passage.version_id}?marks={','.join(marks)}"
