"""Builds the ASGI application from ready services."""

import re
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.staticfiles import StaticFiles

from api import errors
from api.body_limit import BodyLimit
from api.context import user_of
from api.guard import Guard
from api.observing.observe import Observe
from api.pages import ask, comparison, library, record, source, styleguide, transcript_editor
from api.pages import jobs as job_pages
from api.pages import sources as source_pages
from api.routes import asking, documents, health, jobs, local, piecewise_uploads, recordings, sources, status
from api.services import Services
from api.uploads import MEGABYTE

_FORM_BYTES = 1_000_000
"""What a form may carry beside its file."""

_FILES = re.compile(r"/(?:api/documents(?:/\d+/versions)?|library(?:/documents/\d+/versions)?)/?")
"""Where files arrive that may be recordings: what is sent there lies on disk, everything else in memory."""

_STATIC = Path(__file__).parent / "static"


def build_app(services: Services, token: str) -> FastAPI:
    """`token` opens the routes that only processes with access to the data folder may call."""
    app = FastAPI(
        title="Groundwork",
        version=status.VERSION,
        summary="Answers and courses that can be trusted, from what an organisation's experts know.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.services = services
    app.state.token = token
    errors.install(app)
    for router in (
        asking.router,
        documents.router,
        jobs.router,
        recordings.router,
        piecewise_uploads.router,
        sources.router,
        status.router,
        health.router,
        local.router,
    ):
        app.include_router(router)
    for router in (
        ask.router,
        library.router,
        comparison.router,
        record.router,
        job_pages.router,
        source_pages.router,
        source.router,
        transcript_editor.router,
        styleguide.router,
    ):
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(
        BodyLimit,
        most_bytes=lambda path: _most_bytes(services, path),
        check=lambda request, announced: _check_room(services, request, announced),
    )
    app.add_middleware(Guard)
    app.add_middleware(Observe, meters=services.meters, tracer=services.tracer)
    return app


def _check_room(services: Services, request: Request, announced: int) -> None:
    """Raises `QuotaExceeded` for files that would not fit, before they are sent; small ones are looked at later."""
    if announced > _FORM_BYTES and request.method == "POST" and _FILES.fullmatch(request.url.path):
        services.upload_quota.check(user_of(request), announced - _FORM_BYTES)


def _most_bytes(services: Services, path: str) -> int:
    largest = services.library.max_bytes
    if _FILES.fullmatch(path):
        largest = max(largest, services.settings.max_recording_mb * MEGABYTE)
    return largest + _FORM_BYTES
