"""What the audit log is told of requests: who asked for which operation on which object, and whether it was done."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.accounts.identity import Identity
from api.audit.audit_log import AuditLog
from api.audit.entry import LONGEST_OBJECT, AuditEvent, Decision, Via, object_of
from api.operations import Operation, Recorded

_LEAST_FAILURE = 400


def made(request: Request, kind: str, identifier: int) -> None:
    """For a route that makes something: the audit log learns which, which could not be known before."""
    request.state.made = object_of(kind, str(identifier))


class RequestRecorder:
    def __init__(self, log: AuditLog, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._clock = clock

    async def first(
        self, operation: Operation, places: Mapping[str, str], identity: Identity | None, request: Request
    ) -> None:
        """Before it is done: durable on return, or room for saying that it was done.

        Raises `Unavailable`; what cannot be recorded must not be done.
        """
        if operation.recorded is Recorded.FIRST:
            event = self._event(operation, places, identity, request, Decision.ALLOWED, None)
            await asyncio.wrap_future(self._log.begin_record(event))
        elif operation.recorded is Recorded.AFTER and not self._log.has_room:
            await run_in_threadpool(self._log.expect_room)

    def after(
        self, operation: Operation, places: Mapping[str, str], identity: Identity | None, request: Request, status: int
    ) -> None:
        """Of what was recorded before it was done: only that it failed, or what it has made.

        Refuses nothing: the reply has gone out.
        """
        failed = status >= _LEAST_FAILURE
        new = "" if failed else getattr(request.state, "made", "")
        if operation.recorded is Recorded.NOT or (operation.recorded is Recorded.FIRST and not failed and not new):
            return
        decision = Decision.FAILED if failed else Decision.ALLOWED
        self._log.note(self._said(operation.name, new or _object(places), identity, request, decision, status))

    async def denied(
        self, operation: Operation, places: Mapping[str, str], identity: Identity, request: Request, status: int
    ) -> None:
        """Raises `Unavailable` where that cannot be recorded."""
        if not self._log.has_room:
            await run_in_threadpool(self._log.expect_room)
        self._log.note(self._event(operation, places, identity, request, Decision.DENIED, status))

    async def signed_in(self, operation_name: str, identity: Identity | None, request: Request) -> None:
        """Somebody signed in, or was turned away: then nobody is known."""
        decision = Decision.DENIED if identity is None else Decision.ALLOWED
        event = self._said(operation_name, "", identity, request, decision)
        await asyncio.wrap_future(self._log.begin_record(event))

    async def signed_out(self, operation_name: str, principal_id: int, request: Request) -> None:
        """The provider ends somebody's sign-ins. Durable on return. Raises `Unavailable`."""
        user = object_of("user", str(principal_id))
        event = self._said(operation_name, user, None, request, Decision.ALLOWED)
        await asyncio.wrap_future(self._log.begin_record(event))

    def _event(
        self,
        operation: Operation,
        places: Mapping[str, str],
        identity: Identity | None,
        request: Request,
        decision: Decision,
        status: int | None,
    ) -> AuditEvent:
        return self._said(operation.name, _object(places), identity, request, decision, status)

    def _said(
        self,
        action: str,
        what: str,
        identity: Identity | None,
        request: Request,
        decision: Decision,
        status: int | None = None,
    ) -> AuditEvent:
        return AuditEvent(
            at=self._clock(),
            actor_id=(identity.principal_id or None) if identity else None,
            via=Via.ANONYMOUS if identity is None else Via(identity.via),
            action=action,
            object=what,
            decision=decision,
            status=status,
            request_id=getattr(request.state, "request_id", ""),
        )


_SECRET_PLACES = frozenset({"code", "upload_id"})
"""What stands there opens something."""


def _object(places: Mapping[str, str]) -> str:
    """`document 12`, or `group 3 user 5`. Only ids, never names: the log says nothing that erasing must reach."""
    said = [
        object_of(place.removesuffix("_id"), value)
        for place, value in places.items()
        if place.endswith("_id") and place not in _SECRET_PLACES
    ]
    whole = " ".join(said)
    return whole if len(whole) <= LONGEST_OBJECT else said[0]
