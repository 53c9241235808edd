"""The gate before all routes: who asks, whether they may, whether it is too much, and what is recorded of it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from secrets import compare_digest
from urllib.parse import quote, unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.accounts.accounts import Accounts
from api.accounts.identity import Identity, Via
from api.context import address_of
from api.context_names import COOKIE, HEADER, SESSION_COOKIE, TOKEN_HEADER
from api.frame import Problem, is_page
from api.limits.limiter import Limiter
from api.limits.refusal import Refusal
from api.operations import Door, Operation, Operations
from api.request_recording import RequestRecorder
from corpus.audience import OWNER, UserNotFound
from corpus.errors import GroundworkError

_LOG = logging.getLogger(__name__)

_LOOK_AGAIN_S = 2.0
"""How often it is asked whether a request that takes long may still go on."""
_SIGN_IN = "/sign-in"
_WHO_PASSES = {Door.SIGNED_IN: Via.SESSION, Door.ON_TRIAL: Via.TRIAL, Door.LOCAL: Via.LOCAL}


class Gate:
    """ASGI middleware. Puts the `Identity` into `request.state.identity`; where nobody is known, there is none."""

    def __init__(
        self,
        app: ASGIApp,
        accounts: Accounts,
        operations: Operations,
        recorder: RequestRecorder,
        token: str,
        open_to_all: bool,
        limiter: Limiter,
        too_much: Callable[[Scope, Refusal], Response],
    ) -> None:
        """`token` proves that a caller can read the data folder. `open_to_all`: while there are no accounts, everybody
        acts as they please; only for servers that nobody else can reach. `too_much` makes the reply to who is over a
        limit of theirs.
        """
        self._app = app
        self._accounts = accounts
        self._operations = operations
        self._recorder = recorder
        self._token = token
        self._open_to_all = open_to_all
        self._limiter = limiter
        self._too_much = too_much
        self._left_behind: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or str(scope["path"]).startswith("/static/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        found = self._operations.find(request.method, request.url.path, request.query_params.keys())
        if found is not None and found[0].needs is Door.OPEN:
            await self._app(scope, receive, send)
            return
        try:
            identity = await run_in_threadpool(self._identify, Headers(scope=scope))
        except UserNotFound as error:
            # On trial the switch of users must be within reach of a browser that remembers one who is gone.
            identity = Identity(error.name, 0, frozenset(), Via.TRIAL)
            request.state.identity = identity
            if found is None or found[0].needs is not Door.ON_TRIAL:
                await (await errors.expected(request, error))(scope, receive, send)
                return
        except GroundworkError as error:
            if found is None or found[0].needs is not Door.ANYBODY:
                await (await errors.expected(request, error))(scope, receive, send)
                return
            identity = None
        if identity is not None:
            request.state.identity = identity
        request.state.needs_form_token = found is not None and found[0].needs is not Door.ANYBODY
        reply = await self._refusal(request, identity, found[0] if found else None)
        if reply is not None:
            if found is not None and identity is not None:
                try:
                    await self._recorder.denied(found[0], found[1], identity, request, reply.status_code)
                except GroundworkError as error:
                    reply = await errors.expected(request, error)
            await reply(scope, receive, send)
            return
        assert found is not None
        if (over := await self._over_limit(request, found[0], identity)) is not None:
            await self._too_much(scope, over)(scope, receive, send)
            return
        await self._let_through(request, found[0], found[1], identity, receive, send)

    def _identify(self, headers: Headers) -> Identity | None:
        """Raises `UserNotFound` for a name that is not there, from where names are believed."""
        is_local = compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token.encode())
        if is_local:
            return self._accounts.identify_unproven(unquote(headers.get(HEADER, "")) or OWNER, Via.LOCAL)
        cookies = _cookies(headers)
        if self._accounts.on_trial:
            if not self._open_to_all:
                return None
            named = headers.get(HEADER) or cookies.get(COOKIE, "")
            return self._accounts.identify_unproven(unquote(named) or OWNER, Via.TRIAL)
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret:
            # Never the cookie instead: whoever sends a key means the key.
            return self._accounts.identify_key(secret.strip())
        session = cookies.get(SESSION_COOKIE)
        return None if session is None else self._accounts.identify_browser(session)

    async def _refusal(
        self, request: Request, identity: Identity | None, operation: Operation | None
    ) -> Response | None:
        """None if it may be done. Whoever is not known learns nothing, not even which addresses there are."""
        if operation is not None and operation.needs is Door.ANYBODY:
            return None
        if identity is None:
            return await _unknown(request)
        refused = _refused(identity, operation) if operation else self._nothing_there(request)
        return await errors.respond(request, refused.status, refused.title, refused.detail) if refused else None

    def _nothing_there(self, request: Request) -> Problem:
        methods = self._operations.methods_at(request.url.path)
        if not methods:
            return _NOTHING
        detail = f"{request.method} is not possible at this address; possible is {', '.join(methods)}."
        return Problem(405, "Method not allowed", detail)

    async def _over_limit(self, request: Request, operation: Operation, identity: Identity | None) -> Refusal | None:
        user_key = str(identity.principal_id) if identity else None
        return await self._limiter.refuse(operation.load, user_key, address_of(request))

    async def _let_through(
        self,
        request: Request,
        operation: Operation,
        places: Mapping[str, str],
        identity: Identity | None,
        receive: Receive,
        send: Send,
    ) -> None:
        try:
            await self._recorder.first(operation, places, identity, request)
        except GroundworkError as error:
            await (await errors.expected(request, error))(request.scope, receive, send)
            return
        status = 0

        async def watch_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._while_permitted(request, identity, receive, watch_status)
        finally:
            self._recorder.after(operation, places, identity, request, status or 500)
        if not status:
            await (await _unknown(request))(request.scope, receive, send)

    async def _while_permitted(self, request: Request, identity: Identity | None, receive: Receive, send: Send) -> None:
        """Ends a reply that is under way when whoever asked is signed out, disabled, or loses the key.

        A thread that works on it cannot be stopped. It is not waited for either: nothing that it still says is sent.
        """
        begun = over = False

        async def send_while_permitted(message: Message) -> None:
            nonlocal begun
            if not over:
                begun = True
                await send(message)

        work = asyncio.ensure_future(self._app(request.scope, receive, send_while_permitted))
        try:
            while not (await asyncio.wait({work}, timeout=_LOOK_AGAIN_S))[0]:
                if identity is not None and not await run_in_threadpool(self._accounts.still_good, identity):
                    over = True
                    self._left_behind.add(work)
                    work.add_done_callback(self._forget)
                    work.cancel()
                    if begun:
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
                    return
            work.result()
        finally:
            work.cancel()

    def _forget(self, work: "asyncio.Future[None]") -> None:
        self._left_behind.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            _LOG.warning("what was left behind of a reply failed", exc_info=error)


_NOTHING = Problem(404, "Not found", "There is nothing at this address.")


def _refused(identity: Identity, operation: Operation) -> Problem | None:
    if isinstance(operation.needs, Door):
        return None if identity.via is _WHO_PASSES[operation.needs] else _NOTHING
    if identity.may(operation.needs):
        return None
    whose = "this key" if identity.via is Via.KEY else "your account"
    detail = (
        f"This needs the right to {operation.needs}, which {whose} does not have. An administrator can change that."
    )
    return Problem(403, "Not permitted", detail)


async def _unknown(request: Request) -> Response:
    if is_page(request) and request.method in ("GET", "HEAD"):
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{_SIGN_IN}?path={quote(path, safe='')}" if path != "/" else _SIGN_IN, 303)
    reply = await errors.respond(request, 401, "Sign in", "Sign in first, or send an API key that is still good.")
    reply.headers["WWW-Authenticate"] = "Bearer"
    return reply


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}
