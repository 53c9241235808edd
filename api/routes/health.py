"""How the server is, for those who keep it running: alive, ready, and in numbers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.accounts.identity import Identity
from api.accounts.roles import Permission
from api.context import Context
from api.observing.readiness import Overall, PartState, Report

router = APIRouter(tags=["operation"])

_LOOKING = ThreadPoolExecutor(4, thread_name_prefix="looking")
"""Threads of their own: however busy all others are with answers, it is told how things are."""


class AliveForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: Annotated[str, Field(description="Always `alive`: whoever can say it is.")] = "alive"


class PartForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    state: PartState
    remark: str


class ReadyForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: Overall
    parts: list[PartForm] | None = Field(None, description="Told to administrators.")


@router.get("/health")
async def health() -> AliveForm:
    """That the process lives and answers. Says nothing else, and asks nothing of anything."""
    return AliveForm()


@router.get("/ready", response_model=ReadyForm, responses={503: {"model": ReadyForm, "description": "Not ready"}})
async def ready(request: Request, context: Context) -> Response:
    """Whether people can be sent here now. `degraded` answers too, slower or plainer."""
    report = await asyncio.get_running_loop().run_in_executor(_LOOKING, context.services.readiness.report)
    form = ReadyForm(status=report.overall, parts=_parts(report) if _may_know(request) else None)
    status = 503 if report.overall is Overall.NOT_READY else 200
    headers = {"Retry-After": "5"} if status == 503 else None
    return JSONResponse(form.model_dump(mode="json", exclude_none=True), status, headers=headers)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(context: Context) -> Response:
    """Counts and times in Prometheus' text form."""
    found = await asyncio.get_running_loop().run_in_executor(_LOOKING, context.services.meters.exposition)
    return Response(found.text, media_type=found.media_type)


def _parts(report: Report) -> list[PartForm]:
    return [PartForm(name=part.name, state=part.state, remark=part.remark) for part in report.parts]


def _may_know(request: Request) -> bool:
    identity: Identity | None = getattr(request.state, "identity", None)
    return identity is not None and identity.may(Permission.ADMINISTER)
