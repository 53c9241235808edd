"""Builds the ASGI application from ready services."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api import errors
from api.body_limit import BodyLimit
from api.context import check_form, user_of
from api.description import describing
from api.gate import Gate
from api.guard import Guard
from api.limits.address import networks_of
from api.limits.address_middleware import AddressLimit
from api.limits.answer_queue import AnswerQueue, FullHouse
from api.limits.refusal import Refusal
from api.observing.observe import Observe
from api.operations import OPERATIONS, RouteWithoutOperation
from api.pages import (
    account,
    admin_audiences,
    admin_groups,
    ask,
    comparison,
    library,
    provider,
    record,
    review,
    sign_in,
    source,
    studio,
    studio_parts,
    styleguide,
    transcript_editor,
    view_as,
)
from api.pages import admin as admin_pages
from api.pages import audit as audit_pages
from api.pages import jobs as job_pages
from api.pages import sources as source_pages
from api.request_recording import RequestRecorder
from api.routes import (
    admin,
    asking,
    audit,
    courses,
    documents,
    health,
    jobs,
    local,
    piecewise_uploads,
    recordings,
    sources,
    status,
)
from api.services import Services
from api.settings import LOOPBACK
from api.uploads import MEGABYTE

_FORM_BYTES = 1_000_000
"""What a form may carry beside its file."""

_FILES = re.compile(r"/(?:api/documents(?:/\d+/versions)?|library(?:/documents/\d+/versions)?)/?")
"""Where files arrive that may be recordings: what is sent there lies on disk, everything else in memory."""

_STATIC = Path(__file__).parent / "static"


def routed_app() -> FastAPI:
    """All routes and their description, with nothing behind them and nothing before."""
    app = FastAPI(
        title="Groundwork",
        version=status.VERSION,
        summary="Answers and courses that can be trusted, from what an organisation's experts know.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        dependencies=[Depends(check_form)],
    )
    described = (
        admin.router,
        asking.router,
        audit.router,
        courses.router,
        documents.router,
        jobs.router,
        recordings.router,
        piecewise_uploads.router,
        sources.router,
        status.router,
        health.router,
        local.router,
    )
    pages = (
        ask.router,
        library.router,
        comparison.router,
        admin_pages.router,
        admin_groups.router,
        admin_audiences.router,
        audit_pages.router,
        record.router,
        job_pages.router,
        source_pages.router,
        source.router,
        transcript_editor.router,
        studio.router,
        studio_parts.router,
        review.router,
        styleguide.router,
        view_as.router,
        sign_in.router,
        provider.router,
        account.router,
    )
    for router in described:
        app.include_router(router)
    for router in pages:
        app.include_router(router, include_in_schema=False)
    OPERATIONS.check({("GET", "/api/openapi.json"), *_routes(described), *_routes(pages)})
    app.openapi = describing(app.openapi, OPERATIONS)  # type: ignore[method-assign]
    return app


def build_app(services: Services, token: str) -> FastAPI:
    """`token` opens the routes that only processes with access to the data folder may call."""
    app = routed_app()
    app.state.services = services
    app.state.token = token
    app.state.recorder = RequestRecorder(services.audit, services.now)
    errors.install(app)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(
        BodyLimit,
        most_bytes=lambda path: _most_bytes(services, path),
        check=lambda request, announced: _check_room(services, request, announced),
    )
    app.add_middleware(
        AnswerQueue,
        admission=services.limiter.answers,
        user_of=_user_of,
        refuse=_counted(services, "answers"),
    )
    app.add_middleware(
        Gate,
        accounts=services.accounts,
        operations=OPERATIONS,
        recorder=app.state.recorder,
        token=token,
        open_to_all=services.settings.host in LOOPBACK,
        limiter=services.limiter,
        too_much=_counted(services, "user"),
    )
    app.add_middleware(FullHouse, admission=services.limiter.answers, refuse=_counted(services, "answers"))
    app.add_middleware(
        AddressLimit,
        limiter=services.limiter,
        proxies=networks_of(services.settings.trusted_proxies),
        refuse=_counted(services, "address"),
    )
    app.add_middleware(Guard, public_host=_host(services.settings.public_url))
    app.add_middleware(Observe, meters=services.meters, tracer=services.tracer, template_at=_template_at)
    return app


def _routes(routers: Sequence[APIRouter]) -> Iterator[tuple[str, str]]:
    """Method and path of each. Raises `RouteWithoutOperation` for a kind of route that has neither."""
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise RouteWithoutOperation(f"{route!r} is no route of its own; include its router in the application")
            yield from ((method, route.path) for method in route.methods or () if method != "HEAD")


def _user_of(scope: Scope) -> str:
    """Whom the gate has let in."""
    return user_of(Request(scope))


def _template_at(method: str, path: str) -> str | None:
    found = OPERATIONS.find(method, path)
    return None if found is None else found[0].path


def _counted(services: Services, limit: str) -> Callable[[Scope, Refusal], Response]:
    def refuse(scope: Scope, refusal: Refusal) -> Response:
        services.meters.refused(limit)
        return errors.refused(scope, refusal)

    return refuse


def _host(url: str | None) -> str | None:
    return None if url is None else urlsplit(url).hostname


def _check_room(services: Services, request: Request, announced: int) -> None:
    """Raises `QuotaExceeded` for files that would not fit, before they are sent; small ones are looked at later."""
    if announced > _FORM_BYTES and request.method == "POST" and _FILES.fullmatch(request.url.path):
        services.upload_quota.check(user_of(request), announced - _FORM_BYTES)


def _most_bytes(services: Services, path: str) -> int:
    largest = services.library.max_bytes
    if _FILES.fullmatch(path):
        largest = max(largest, services.settings.max_recording_mb * MEGABYTE)
    return largest + _FORM_BYTES
