"""The outermost of what a request passes: gives it an id, and tells of it in the log, the counts and a trace."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.observing.logs import FIELDS, REQUEST_ID
from api.observing.meters import RequestMeters
from api.observing.tracer import Tracer

_LOG = logging.getLogger(__name__)

ID_HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = ("GET /static", "GET /health", "GET /ready", "GET /metrics")
"""What browsers and monitoring systems ask again and again: told where it fails, or when everything is told."""
UNMATCHED = "unmatched"
"""In place of the template, where no route was reached."""
_SERVER_ERROR = 500
_CLIENT_ERROR = 400


class Observe:
    """ASGI middleware. Tells which route was asked, by its template: a path, a query or a name may say too much."""

    def __init__(
        self,
        app: ASGIApp,
        meters: RequestMeters,
        tracer: Tracer,
        monotonic: Callable[[], float] = time.perf_counter,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        template_at: Callable[[str, str], str | None] = lambda method, path: None,
    ) -> None:
        """`template_at`: of the route at a method and path, for requests that are turned away before they reach it."""
        self._app = app
        self._meters = meters
        self._tracer = tracer
        self._monotonic = monotonic
        self._new_id = new_id
        self._template_at = template_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._id_of(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = self._monotonic(), None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[ID_HEADER] = request_id
            await send(message)

        before = REQUEST_ID.set(request_id)
        self._meters.request_began()
        try:
            with self._tracer.within("request") as span:
                span.note("request_id", request_id)
                try:
                    await self._app(scope, receive, send_with_id)
                except Exception:
                    # Starlette makes the reply of this, outside of all middleware.
                    status = status or _SERVER_ERROR
                    raise
                finally:
                    span.note("operation", self._operation(scope))
                    if status is not None:
                        span.note("status", status)
        finally:
            self._tell(scope, status, self._monotonic() - began, request_id)
            REQUEST_ID.reset(before)

    def _id_of(self, scope: Scope) -> str:
        """The caller's own, where it can do no harm, so that one id goes through several systems."""
        given = Headers(scope=scope).get(ID_HEADER.lower(), "")
        return given if _ACCEPTED.fullmatch(given) else self._new_id()

    def _operation(self, scope: Scope) -> str:
        """Method and template of the route: one of a bounded number of names."""
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = scope.get("route")
        template = getattr(route, "path_format", None) or getattr(route, "path", None)
        return f"{method} {template or self._template_at(method, scope['path']) or UNMATCHED}"

    def _tell(self, scope: Scope, status: int | None, seconds: float, request_id: str) -> None:
        operation = self._operation(scope)
        self._meters.request_over(operation, status, seconds)
        well = status is not None and status < _CLIENT_ERROR
        level = logging.DEBUG if well and operation.startswith(_QUIET) else logging.INFO
        method, _, route = operation.partition(" ")
        identity = scope["state"].get("identity")
        fields = {
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "request_id": request_id,
            "user_id": getattr(identity, "principal_id", None),
        }
        _LOG.log(level, "request", extra={FIELDS: fields})
