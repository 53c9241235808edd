"""Routes for commands on the same machine, opened by a token from the data folder: they read local paths."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from api.context import As, Context
from api.context_names import TOKEN_HEADER
from api.ingesting import FoundFile
from api.schemas import ErasureForm, ErasureReportForm, FileReportForm, StatusForm
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


@router.post("/ingest")
def ingest(form: _IngestForm, context: Context, user: As) -> StreamingResponse:
    """One report a line, as JSON, as each file is done."""
    services = context.services
    services.library.check_audience(form.audience, user)
    files = [FoundFile(file.path, file.name) for file in form.files]

    def lines() -> Iterator[str]:
        for report in services.ingesting.add_paths(files, form.audience):
            yield FileReportForm.of(report).model_dump_json() + "\n"
        for folder in form.folders:
            for report in services.ingesting.remove_missing(folder, files, form.audience):
                yield FileReportForm.of(report).model_dump_json() + "\n"
        services.indexes.follow()

    return StreamingResponse(lines(), media_type="application/x-ndjson")


class _EraseForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    target: str


@router.post("/erase/plan")
def plan_erasure(form: _EraseForm, context: Context) -> ErasureForm:
    """What erasing would take away."""
    return ErasureForm.of(context.services.erasing.plan(form.target))


@router.post("/erase")
def erase(form: _EraseForm, context: Context) -> ErasureReportForm:
    """Takes as long as writing the database and the keyword index anew."""
    return ErasureReportForm.of(context.services.erasing.erase(form.target))


@router.post("/reindex")
def reindex(context: Context, user: As) -> StatusForm:
    """Builds the indexes anew while the present ones answer."""
    context.services.indexes.rebuild()
    return context.services.status(user)
