"""Routes of sources: add, list, sync, remove."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.context import As, Context
from api.errors import PROBLEMS
from api.job_form import JobForm
from api.services import Services
from api.source_form import RemovedForm, SourceAddForm, SourceForm, SyncForm
from api.sources import NewSource
from ingestion.store import SourceEntry

router = APIRouter(prefix="/api", tags=["sources"], responses={code: PROBLEMS[code] for code in (404, 409, 422, 503)})


@router.get("/sources")
def list_sources(context: Context, user: As) -> list[SourceForm]:
    """The sources of audiences that you belong to, by name."""
    return [form_of(context.services, entry, user) for entry in context.services.sources.list_entries(user)]


@router.post("/sources", status_code=201)
def add_source(form: SourceAddForm, context: Context, user: As) -> SourceForm:
    """Adds a source and asks nothing of it yet. Secrets are given by reference only."""
    new = NewSource(form.name, form.kind, form.address, form.audience, form.every_minutes, form.credential)
    return form_of(context.services, context.services.sources.add(new, form.options, user), user)


@router.get("/sources/{source_id}")
def get_source(source_id: int, context: Context, user: As) -> SourceForm:
    return form_of(context.services, context.services.sources.get(source_id, user), user)


@router.post("/sources/{source_id}/sync", status_code=202)
def sync_source(source_id: int, form: SyncForm, context: Context, user: As) -> JobForm:
    """The job that takes in what is new or changed and removes what is gone."""
    services = context.services
    return services.job_form(services.sources.start_sync(source_id, user, form.confirmed))


@router.delete("/sources/{source_id}")
def remove_source(
    source_id: int,
    context: Context,
    user: As,
    keep_documents: Annotated[bool, Query(description="Leave what came from it in the library.")] = False,
) -> RemovedForm:
    """Removes the source and, unless they are to be kept, its documents: they are gone from answers at once."""
    return RemovedForm(documents=context.services.sources.remove(source_id, user, keep_documents))


def form_of(services: Services, entry: SourceEntry, user: str) -> SourceForm:
    job = services.sources.find_job(entry.source.id)
    return SourceForm.of(entry, services.library.reader(user), services.job_form(job) if job else None)
