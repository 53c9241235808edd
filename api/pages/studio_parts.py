"""The parts of a lesson in the Studio: words with autosave, their order, their earlier versions, their evidence."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.context import As, Context
from api.course_editing import ChunkQuote, SpanQuote
from api.course_views import CourseView, PartVersion
from api.errors import status_of
from api.frame import Frame, frame, page
from api.pages.course_view import ShownClaim, ShownPart, unsaved_part
from api.pages.part_form import PartForm, begun, edited
from api.pages.studio import CoursePage, Unadded, course_page, place_of
from api.services import Services
from api.templating import render
from assistant.sentences import split_statements
from assistant.words import content_words, shared_share
from authoring.block import Block
from authoring.course import Lesson, Part, PartNotFound
from authoring.course_diff import Words, changed_words
from authoring.ledger import find_claim, with_claims
from authoring.review import NotSaved
from corpus.citation import find_quote
from corpus.document import DocumentNotFound
from corpus.errors import GroundworkError, Invalid, NotFound, NotPermitted
from corpus.passage import Passage
from corpus.store import DocumentEntry

router = APIRouter(prefix="/studio/{course_id}")

_FOUND = 6
_LONGEST_SEARCH = 1000
_LONGEST_NUMBER = 12


class NoWords(Invalid):
    def __init__(self) -> None:
        super().__init__("Choose the words that say it: a sentence that was found, or words selected in a source.")


@dataclass(frozen=True, slots=True)
class Conflict:
    """`editor` came first. `words`: by line, from what stands there now to what was typed."""

    editor: str
    words: tuple[tuple[Words, ...], ...]
    is_gone: bool


@dataclass(frozen=True, slots=True)
class PartView:
    """One part as it is edited, and around it what its change has changed."""

    page: CoursePage
    part: ShownPart
    conflict: Conflict | None = None


@dataclass(frozen=True, slots=True)
class FoundSentence:
    text: str
    is_nearest: bool


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """`link` opens its document to read on and to select words."""

    title: str
    place: str
    document_name: str
    chunk_id: int
    link: str
    sentences: tuple[FoundSentence, ...]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """Where evidence for one claim is looked for."""

    page: CoursePage
    part: ShownPart
    claim: ShownClaim
    asked: str
    found: tuple[FoundPassage, ...]
    documents: tuple[DocumentEntry, ...]

    @property
    def path(self) -> str:
        return f"{self.page.path}/parts/{self.part.id}/claims/{self.claim.id}"


@dataclass(frozen=True, slots=True)
class ShownVersion:
    version: PartVersion
    words: tuple[tuple[Words, ...], ...]
    """By line, from this version to the present one."""


@dataclass(frozen=True, slots=True)
class VersionsView:
    page: CoursePage
    part: ShownPart
    versions: tuple[ShownVersion, ...]


@router.post("/parts/{part_id}")
def save_part(
    course_id: int,
    part_id: str,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    claim: Annotated[list[str] | None, Form()] = None,
    text: Annotated[list[str] | None, Form()] = None,
    cell: Annotated[list[str] | None, Form()] = None,
    column: Annotated[list[str] | None, Form()] = None,
    heading: Annotated[str, Form(max_length=300)] = "",
    key: Annotated[list[str] | None, Form()] = None,
    match: Annotated[list[str] | None, Form()] = None,
    fragment: Annotated[bool, Form()] = False,
) -> Response:
    """`fragment`: for a script, which shows what it gets in the place of the part."""
    services = context.services
    form = PartForm(claim or (), text or (), heading, column or (), cell or (), key or (), match or ())
    lesson, known = _part(services, user, course_id, part_id)
    made = edited(known, form)
    try:
        services.courses.put_part(user, course_id, seen, made)
    except NotSaved as error:
        around = frame(request, services, "studio", user)
        return _unsaved(services, user, course_id, around, lesson, made, error, fragment)
    return _changed(request, services, user, course_id, lesson, part_id, fragment)


@router.post("/lessons/{lesson_id}")
def add_part(
    course_id: int,
    lesson_id: str,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    kind: Annotated[str, Form(max_length=40)],
    text: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """What cannot be added stays in its fields."""
    services, courses = context.services, context.services.courses
    before = {part.id for lesson in courses.get(user, course_id).content.lessons for part in lesson.parts}
    try:
        course = courses.add_part(user, course_id, lesson_id, seen, begun(kind, text))
    except (NotFound, NotPermitted):
        raise
    except GroundworkError as error:
        status = status_of(error)[0]
        said = (
            f"{error.editor or 'Somebody'} has changed this lesson meanwhile."
            if isinstance(error, NotSaved)
            else str(error)
        )
        shown = replace(course_page(services, user, course_id, lesson_id), unadded=Unadded(kind, text, said))
        return page("studio/course.html", frame(request, services, "studio", user), shown, status)
    added = next((part.id for part in course.content.lesson(lesson_id).parts if part.id not in before), "")
    return RedirectResponse(place_of(course_id, lesson_id, added), 303)


@router.post("/parts/{part_id}/place")
def place_part(
    course_id: int,
    part_id: str,
    context: Context,
    user: As,
    do: Annotated[Literal["up", "down", "remove"], Form()],
    seen: Annotated[int, Form(ge=0)],
) -> Response:
    courses = context.services.courses
    lesson, part = _part(context.services, user, course_id, part_id)
    if do == "remove":
        courses.remove_part(user, course_id, part_id, seen)
        return RedirectResponse(f"/studio/{course_id}?lesson={lesson.id}&done=removed", 303)
    group: tuple[Part, ...] = lesson.blocks if isinstance(part, Block) else lesson.items
    at = [one.id for one in group].index(part_id)
    to = at + (-1 if do == "up" else 1)
    if 0 <= to < len(group):
        courses.move_part(user, course_id, part_id, seen, lesson.id, to)
    return RedirectResponse(place_of(course_id, lesson.id, part_id), 303)


@router.get("/parts/{part_id}/versions")
def show_versions(course_id: int, part_id: str, request: Request, context: Context, user: As) -> HTMLResponse:
    services = context.services
    lesson, _ = _part(services, user, course_id, part_id)
    shown = course_page(services, user, course_id, lesson.id, "part")
    now = _shown(shown, part_id)
    versions = services.courses.list_part_versions(user, course_id, part_id)
    view = VersionsView(shown, now, tuple(ShownVersion(one, _lines(one.part, now.part)) for one in versions[1:]))
    return page("studio/versions.html", frame(request, services, "studio", user), view)


@router.post("/parts/{part_id}/redraft")
def draft_anew(
    course_id: int,
    part_id: str,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    instruction: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """The present version is kept among the earlier ones."""
    lesson, _ = _part(context.services, user, course_id, part_id)
    context.services.drafting.redraft(user, course_id, part_id, seen, instruction)
    return RedirectResponse(place_of(course_id, lesson.id, part_id), 303)


@router.post("/parts/{part_id}/take-back")
def take_back(
    course_id: int,
    part_id: str,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    revision: Annotated[int, Form(ge=0)],
) -> Response:
    lesson, _ = _part(context.services, user, course_id, part_id)
    context.services.courses.take_back(user, course_id, part_id, seen, revision)
    return RedirectResponse(place_of(course_id, lesson.id, part_id), 303)


@router.get("/parts/{part_id}/claims/{claim_id}")
def find_evidence(
    course_id: int,
    part_id: str,
    claim_id: str,
    request: Request,
    context: Context,
    user: As,
    q: Annotated[str, Query(max_length=_LONGEST_SEARCH)] = "",
    panel: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    services = context.services
    lesson, _ = _part(services, user, course_id, part_id)
    shown = course_page(services, user, course_id, lesson.id, "part")
    part = _shown(shown, part_id)
    claim = next((one for one in part.claims if one.id == claim_id), None)
    if claim is None:
        raise PartNotFound(claim_id)
    asked = q.strip() or " ".join(claim.text.split())[:_LONGEST_SEARCH]
    documents = tuple(_documents(services, user, shown.course))
    within = [document.document_id for document in documents]
    passages = services.asking.find_within(asked, user, _FOUND, within) if asked and within else []
    view = EvidenceView(shown, part, claim, asked, tuple(_found(one, asked) for one in passages), documents)
    around = frame(request, services, "studio", user)
    if panel:
        return HTMLResponse(render("studio/evidence_panel.html", view=view, frame=around))
    return page("studio/evidence.html", around, view)


@router.post("/parts/{part_id}/claims/{claim_id}/bind")
def bind_claim(
    course_id: int,
    part_id: str,
    claim_id: str,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    chunk_id: Annotated[int, Form(ge=0)] = 0,
    source: Annotated[str, Form(max_length=40)] = "",
    quote: Annotated[str, Form(max_length=20_000)] = "",
    fragment: Annotated[bool, Form()] = False,
) -> Response:
    """To words of a chunk that was found, or of the document's version that `source` names, divided by a hyphen."""
    services = context.services
    lesson, _ = _part(services, user, course_id, part_id)
    words = ChunkQuote(chunk_id, quote) if chunk_id else _selected(services, user, source, quote)
    services.courses.bind(user, course_id, part_id, seen, claim_id, [words])
    return _changed(request, services, user, course_id, lesson, part_id, fragment)


@router.post("/parts/{part_id}/claims/{claim_id}/unbind")
def unbind_claim(
    course_id: int,
    part_id: str,
    claim_id: str,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    place: Annotated[int, Form(ge=0)] = 0,
    fragment: Annotated[bool, Form()] = False,
) -> Response:
    """`place` is that of the evidence to take off."""
    services = context.services
    lesson, part = _part(services, user, course_id, part_id)
    services.courses.put_part(user, course_id, seen, _without(part, claim_id, place))
    return _changed(request, services, user, course_id, lesson, part_id, fragment)


@router.post("/parts/{part_id}/claims/{claim_id}/sign")
def sign_claim(
    course_id: int,
    part_id: str,
    claim_id: str,
    request: Request,
    context: Context,
    user: As,
    seen: Annotated[int, Form(ge=0)],
    fragment: Annotated[bool, Form()] = False,
) -> Response:
    services = context.services
    lesson, _ = _part(services, user, course_id, part_id)
    services.courses.sign(user, course_id, part_id, seen, claim_id)
    return _changed(request, services, user, course_id, lesson, part_id, fragment)


def _changed(
    request: Request, services: Services, user: str, course_id: int, lesson: Lesson, part_id: str, fragment: bool
) -> Response:
    if fragment:
        return _fragment(services, user, course_id, part_id, frame(request, services, "studio", user))
    return RedirectResponse(place_of(course_id, lesson.id, part_id), 303)


def _part(services: Services, user: str, course_id: int, part_id: str) -> tuple[Lesson, Part]:
    """As it is, or as it was before somebody removed it. Raises `PartNotFound`."""
    content = services.courses.get(user, course_id).content
    try:
        return content.part(part_id)
    except PartNotFound:
        versions = services.courses.list_part_versions(user, course_id, part_id)
        former = services.courses.get_revision(user, course_id, versions[0].revision)
        return former.part(part_id)


def _shown(shown: CoursePage, part_id: str) -> ShownPart:
    for lesson in shown.lessons:
        for part in lesson.parts:
            if part.id == part_id:
                return part
    raise PartNotFound(part_id)


def _fragment(services: Services, user: str, course_id: int, part_id: str, around: Frame) -> HTMLResponse:
    lesson, _ = _part(services, user, course_id, part_id)
    shown = course_page(services, user, course_id, lesson.id)
    view = PartView(shown, _shown(shown, part_id))
    return HTMLResponse(render("studio/part_fragment.html", view=view, frame=around))


def _unsaved(
    services: Services,
    user: str,
    course_id: int,
    around: Frame,
    lesson: Lesson,
    made: Part,
    error: NotSaved,
    fragment: bool,
) -> HTMLResponse:
    """What was typed stays in its fields, beside what somebody else has written meanwhile."""
    current = error.current
    is_gone = not isinstance(current, type(made))
    seen = 0 if is_gone else getattr(current, "revision", 0)
    words = () if is_gone or not isinstance(current, type(made)) else _lines(current, made)
    part = unsaved_part(replace(made, revision=seen))
    shown = course_page(services, user, course_id, lesson.id)
    view = PartView(shown, part, Conflict(error.editor, words, is_gone))
    if fragment:
        return HTMLResponse(render("studio/part_fragment.html", view=view, frame=around), 412)
    return page("studio/conflict.html", around, view, 412)


def _lines(earlier: Part, later: Part) -> tuple[tuple[Words, ...], ...]:
    """The lines that differ, word by word."""
    before = {claim.id: claim.text for claim in earlier.claims}
    after = {claim.id: claim.text for claim in later.claims}
    pairs = [(_heading(earlier), _heading(later))]
    pairs += [(before.get(one, ""), after.get(one, "")) for one in dict.fromkeys((*after, *before))]
    return tuple(changed_words(old, new) for old, new in pairs if old != new)


def _heading(part: Part) -> str:
    return part.heading if isinstance(part, Block) else ""


def _without(part: Part, claim_id: str, place: int) -> Part:
    """The part with one evidence of one claim taken off, or its signature where it has no evidence."""
    if find_claim(part, claim_id) is None:
        raise PartNotFound(claim_id)
    return with_claims(
        part,
        lambda claim: (
            claim
            if claim.id != claim_id
            else replace(claim, evidence=(*claim.evidence[:place], *claim.evidence[place + 1 :]))
            if claim.evidence
            else replace(claim, own_experience_of=None)
        ),
    )


def _selected(services: Services, user: str, source: str, quote: str) -> SpanQuote:
    numbers = [int(number) for number in source.split("-") if number.isdecimal() and len(number) < _LONGEST_NUMBER]
    if not quote.strip() or len(numbers) != 2:
        raise NoWords
    document_id, version_id = numbers
    text = services.library.version_text(document_id, version_id, user)
    span = find_quote(text, quote)
    if span is None:
        raise NoWords
    return SpanQuote(document_id, version_id, (span,))


def _documents(services: Services, user: str, course: CourseView) -> list[DocumentEntry]:
    found: list[DocumentEntry] = []
    for document_id in course.source_ids:
        try:
            found.append(services.library.get_document(document_id, user))
        except DocumentNotFound:
            continue
    return found


def _found(passage: Passage, asked: str) -> FoundPassage:
    chunk = passage.chunks[0]
    said = split_statements(chunk.text, passage.kind)
    texts = [text for text in dict.fromkeys(" ".join(one.text.split()) for one in said) if text]
    wanted = content_words(asked)
    shares = [shared_share(wanted, content_words(text)) for text in texts]
    best = max(shares, default=0.0)
    return FoundPassage(
        title=passage.title,
        place=" › ".join(heading for heading in passage.headings if heading != passage.title),
        document_name=passage.document_name,
        chunk_id=chunk.chunk_id,
        link=f"/documents/{passage.document_id}/versions/{passage.version_id}?view=text",
        sentences=tuple(
            FoundSentence(text, bool(best) and share == best) for text, share in zip(texts, shares, strict=True)
        ),
    )
