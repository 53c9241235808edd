"""Where documents come from: the sources, what their last sync did, and forms to add, sync and remove them."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.context import As, Context
from api.errors import status_of
from api.frame import frame, page
from api.routes.sources import form_of
from api.schemas import AudienceForm
from api.services import Services
from api.source_form import SourceForm
from api.sources import NewSource
from corpus.errors import GroundworkError, NotFound
from ingestion.source import SourceKind
from ingestion.source_options import KINDS, FieldType, KindDescription, Value

router = APIRouter(prefix="/sources")

SCHEDULES = (
    ("", "Only by hand"),
    ("60", "Every hour"),
    ("360", "Every 6 hours"),
    ("1440", "Every day"),
    ("10080", "Every week"),
)
"""Minutes, and what they are called."""


@dataclass(frozen=True, slots=True)
class SourcesView:
    sources: tuple[SourceForm, ...]
    kinds: tuple[KindDescription, ...]
    done: str


@dataclass(frozen=True, slots=True)
class AddView:
    """`given` is what was typed into the form when something was wrong with it, by field."""

    kind: KindDescription
    kinds: tuple[KindDescription, ...]
    audiences: tuple[AudienceForm, ...]
    given: dict[str, str]
    problem: str | None
    schedules: tuple[tuple[str, str], ...] = SCHEDULES

    def value(self, name: str, default: Value | None = None) -> str:
        if name in self.given:
            return self.given[name]
        return "" if default is None or isinstance(default, bool) else _shown(default)

    def is_checked(self, name: str, default: Value | None) -> bool:
        return self.given.get(name) == "on" if self.given else bool(default)


@dataclass(frozen=True, slots=True)
class SourceView:
    source: SourceForm
    kind: KindDescription
    may_change: bool
    options: tuple[tuple[str, str], ...]
    done: str
    problem: str | None


@router.get("")
def show_sources(
    request: Request, context: Context, user: As, done: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    services = context.services
    forms = tuple(form_of(services, entry, user) for entry in services.sources.list_entries(user))
    view = SourcesView(forms, tuple(KINDS.values()), done)
    return page("sources/index.html", frame(request, services, "sources", user), view)


@router.get("/new/{kind}")
def show_form(kind: SourceKind, request: Request, context: Context, user: As) -> HTMLResponse:
    return _form_page(request, context.services, user, kind, {}, None)


async def _fields(request: Request) -> dict[str, str]:
    """What was typed. Forms differ by kind, so their fields are read as they come; there are no files among them."""
    form = await request.form(max_files=0, max_fields=50)
    return {name: value for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(_fields)]


@router.post("/new/{kind}")
def add_source(kind: SourceKind, request: Request, context: Context, user: As, fields: Fields) -> Response:
    """With `sync` it is synced at once."""
    services = context.services
    try:
        minutes = int(fields["every"]) if fields.get("every", "").isdecimal() else None
        new = NewSource(
            fields.get("name", ""),
            kind,
            fields.get("address", ""),
            fields.get("audience", ""),
            minutes,
            fields.get("credential"),
        )
        source_id = services.sources.add(new, _options(KINDS[kind], fields), user).source.id
        services.sources.start_sync(source_id, user)
    except NotFound:
        raise
    except GroundworkError as error:
        return _form_page(request, services, user, kind, fields, error)
    return RedirectResponse(f"/sources/{source_id}?done=added", 303)


@router.get("/{source_id}")
def show_source(
    source_id: int, request: Request, context: Context, user: As, done: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    view = _source_view(context.services, source_id, user, done)
    return page("sources/source.html", frame(request, context.services, "sources", user), view)


@router.post("/{source_id}/sync")
def sync_source(
    source_id: int, request: Request, context: Context, user: As, confirmed: Annotated[int, Form(ge=0)] = 0
) -> Response:
    services = context.services
    try:
        services.sources.start_sync(source_id, user, confirmed)
    except NotFound:
        raise
    except GroundworkError as error:
        return _refused(request, services, source_id, user, error)
    return RedirectResponse(f"/sources/{source_id}?done=syncing", 303)


@router.get("/{source_id}/remove")
def confirm_remove(source_id: int, request: Request, context: Context, user: As) -> HTMLResponse:
    services = context.services
    services.sources.get(source_id, user).source.check_looked_after_by(services.library.reader(user))
    view = _source_view(context.services, source_id, user, "")
    return page("sources/remove.html", frame(request, context.services, "sources", user), view)


@router.post("/{source_id}/remove")
def remove_source(
    source_id: int, request: Request, context: Context, user: As, keep: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    services = context.services
    try:
        services.sources.remove(source_id, user, keep_documents=keep == "yes")
    except NotFound:
        raise
    except GroundworkError as error:
        return _refused(request, services, source_id, user, error)
    return RedirectResponse("/sources?done=removed", 303)


def _form_page(
    request: Request,
    services: Services,
    user: str,
    kind: SourceKind,
    given: dict[str, str],
    error: GroundworkError | None,
) -> HTMLResponse:
    audiences = tuple(AudienceForm.of(entry) for entry in services.library.list_audiences(user))
    view = AddView(KINDS[kind], tuple(KINDS.values()), audiences, given, str(error) if error else None)
    status = status_of(error)[0] if error else 200
    return page("sources/add.html", frame(request, services, "sources", user), view, status)


def _source_view(services: Services, source_id: int, user: str, done: str, problem: str | None = None) -> SourceView:
    entry = services.sources.get(source_id, user)
    form = form_of(services, entry, user)
    labels = {field.name: field.label for field in KINDS[form.kind].fields}
    options = tuple(
        (labels[name], _shown(value)) for name, value in form.options.items() if value not in (False, {}, "")
    )
    return SourceView(
        form, KINDS[form.kind], entry.source.is_looked_after_by(services.library.reader(user)), options, done, problem
    )


def _refused(request: Request, services: Services, source_id: int, user: str, error: GroundworkError) -> HTMLResponse:
    view = _source_view(services, source_id, user, "", str(error))
    return page("sources/source.html", frame(request, services, "sources", user), view, status_of(error)[0])


def _options(kind: KindDescription, fields: dict[str, str]) -> dict[str, Value]:
    options: dict[str, Value] = {}
    for field in kind.fields:
        said = fields.get(field.name, "").strip()
        if field.type is FieldType.CHECK:
            options[field.name] = said == "on"
        elif not said:
            continue
        elif field.type is FieldType.TEXT:
            options[field.name] = said
        else:
            options[field.name] = _read(said)
    return options


def _read(said: str) -> Value:
    """What is neither a number nor an object stays as it was typed; the rule of its option says what to write."""
    try:
        value: Any = json.loads(said)
    except ValueError:
        return said
    return value if isinstance(value, int | dict) else said


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
