"""The editor of a transcript: correct words, name speakers, split and join cues. Works as a plain form."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.context import As, Context
from api.errors import status_of
from api.frame import frame, page
from api.recordings import EditableTranscript
from api.services import Services
from corpus.clock_time import clock_time
from corpus.errors import GroundworkError, NotFound
from corpus.transcript import Cue
from ingestion.transcript_editing import CueEdit

router = APIRouter()

CUES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class EditableCue:
    """`doubtful`: its words that an engine was not sure of, in their order, each once."""

    number: int
    time: str
    start_s: float
    speaker: str
    text: str
    doubtful: tuple[str, ...]
    joins_next: bool = False
    is_right: bool = False


@dataclass(frozen=True, slots=True)
class EditorView:
    editable: EditableTranscript
    cues: tuple[EditableCue, ...]
    speakers: tuple[str, ...]
    doubtful_count: int
    part: int
    part_count: int
    done: str
    problem: str | None = None

    @property
    def path(self) -> str:
        return f"/documents/{self.editable.document_id}/transcript"

    @property
    def media(self) -> str:
        return f"/api/documents/{self.editable.document_id}/versions/{self.editable.version_id}/media"

    @property
    def first(self) -> int:
        return (self.part - 1) * CUES_SHOWN

    def at_part(self, number: int) -> str:
        return f"{self.path}?part={number}"


@router.get("/documents/{document_id}/transcript")
def show_editor(
    document_id: int,
    request: Request,
    context: Context,
    user: As,
    part: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    editable = context.services.recordings.get_editable(document_id, user)
    return _shown(request, context.services, user, _view(editable, part, done))


@router.post("/documents/{document_id}/transcript")
def save_transcript(
    document_id: int,
    request: Request,
    context: Context,
    user: As,
    version_id: Annotated[int, Form()],
    first: Annotated[int, Form(ge=0)],
    text: Annotated[list[str], Form()],
    speaker: Annotated[list[str], Form()],
    join: Annotated[list[int] | None, Form()] = None,
    right: Annotated[list[int] | None, Form()] = None,
    checked: Annotated[bool, Form()] = False,
) -> Response:
    """`join` and `right` name cues by their number in the whole transcript."""
    joined, sure = set(join or ()), set(right or ())
    edits = [
        CueEdit(words, name, first + at in joined, first + at in sure)
        for at, (words, name) in enumerate(zip(text, speaker, strict=False))
    ]
    part = first // CUES_SHOWN + 1
    recordings = context.services.recordings
    try:
        recordings.edit_transcript(document_id, version_id, first, edits, checked, user)
    except NotFound:
        raise
    except GroundworkError as error:
        # What was typed is shown again, so that nothing of it is lost.
        view = _as_typed(_view(recordings.get_editable(document_id, user), part, "", str(error)), edits)
        return _shown(request, context.services, user, view, status_of(error)[0])
    return RedirectResponse(f"/documents/{document_id}/transcript?part={part}&done=saved", 303)


@router.post("/documents/{document_id}/transcript/speaker")
def rename_speaker(
    document_id: int,
    context: Context,
    user: As,
    version_id: Annotated[int, Form()],
    name: Annotated[str, Form(max_length=200)],
    speaker: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Names a speaker everywhere."""
    context.services.recordings.rename_speaker(document_id, version_id, speaker or None, name, user)
    return RedirectResponse(f"/documents/{document_id}/transcript?done=saved", 303)


def _view(editable: EditableTranscript, part: int, done: str, problem: str | None = None) -> EditorView:
    cues = editable.transcript.cues
    parts = max(-(-len(cues) // CUES_SHOWN), 1)
    part = min(part, parts)
    first = (part - 1) * CUES_SHOWN
    return EditorView(
        editable=editable,
        cues=tuple(_editable(number, cue) for number, cue in enumerate(cues[first : first + CUES_SHOWN], first)),
        speakers=tuple(sorted({cue.speaker for cue in cues if cue.speaker})),
        doubtful_count=sum(word.is_doubtful for word in editable.transcript.words),
        part=part,
        part_count=parts,
        done=done,
        problem=problem,
    )


def _editable(number: int, cue: Cue) -> EditableCue:
    doubtful = tuple(dict.fromkeys(word.text for word in cue.words if word.is_doubtful))
    return EditableCue(number, clock_time(cue.start_s), cue.start_s, cue.speaker or "", cue.text, doubtful)


def _as_typed(view: EditorView, edits: list[CueEdit]) -> EditorView:
    cues = tuple(
        replace(cue, speaker=edit.speaker or "", text=edit.text, joins_next=edit.joins_next, is_right=edit.is_right)
        for cue, edit in zip(view.cues, edits, strict=False)
    )
    return replace(view, cues=cues, done="")


def _shown(request: Request, services: Services, user: str, view: EditorView, status: int = 200) -> HTMLResponse:
    return page("transcript/index.html", frame(request, services, "library", user), view, status)
