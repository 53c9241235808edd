"""Routes for commands on the same machine, opened by a token from the data folder: they read local paths."""

import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from api.accounts.form import AskedKeyForm, NewKeyForm
from api.context import As, Context
from api.context_names import TOKEN_HEADER
from api.ingesting import FoundFile
from api.job_form import JobForm
from api.jobs import reindex_kind
from api.schemas import ErasureForm, ErasureReportForm
from corpus.audience import EVERYONE


def _check_token(request: Request) -> None:
    if not secrets.compare_digest(request.headers.get(TOKEN_HEADER, ""), request.app.state.token):
        raise HTTPException(404)


router = APIRouter(prefix="/api/local", include_in_schema=False, dependencies=[Depends(_check_token)])


class _FileForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: Path
    name: str


class _IngestForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    files: list[_FileForm]
    folders: list[Path] = []
    audience: Annotated[str, "name"] = EVERYONE


@router.post("/ingest", status_code=202)
def ingest(form: _IngestForm, context: Context, user: As) -> JobForm:
    """The job that adds the files. It goes on without whoever started it."""
    services = context.services
    files = [FoundFile(file.path, file.name) for file in form.files]
    return services.job_form(services.library.start_folders(files, form.folders, form.audience, user))


class _EraseForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    targets: Annotated[list[str], Field(min_length=1, max_length=10_000)]


@router.post("/erase/plan")
def plan_erasure(form: _EraseForm, context: Context) -> ErasureForm:
    """What erasing would take away."""
    return ErasureForm.of(context.services.erasing.plan(form.targets))


@router.post("/erase")
def erase(form: _EraseForm, context: Context) -> ErasureReportForm:
    """Takes as long as writing the database and the keyword index anew."""
    return ErasureReportForm.of(context.services.erasing.erase(form.targets))


class _TranscribeForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    document: Annotated[str, Field(min_length=1, max_length=500)]
    engine: Annotated[str | None, Field(max_length=200)] = None
    replace: bool = False


@router.post("/transcribe", status_code=202)
def transcribe(form: _TranscribeForm, context: Context, user: As) -> JobForm:
    """The job that transcribes one recording. It goes on without whoever started it."""
    services = context.services
    recording = services.recordings.get_to_transcribe(form.document, user, form.replace)
    return services.job_form(services.start_transcription(recording, user, form.engine))


@router.post("/keys", status_code=201)
def add_key(form: AskedKeyForm, context: Context) -> NewKeyForm:
    """A key for somebody else: whoever can read the data folder could make one in any case."""
    made = context.services.accounts.new_key(form.owner, form.name, form.scopes, form.days)
    return NewKeyForm.of(made)


@router.post("/reindex", status_code=202)
def reindex(context: Context, user: As) -> JobForm:
    """The job that builds the indexes anew, while the present ones answer."""
    services = context.services
    return services.job_form(services.jobs.submit(reindex_kind.KIND, "All indexes", user, {}))
