"""Pages by which one gets in: sign in, sign out, and the one-time links that make a password."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.accounts.account import (
    BadPassword,
    LinkPurpose,
    LinkSpent,
    ReservedName,
    SignInRefused,
    TooManyTries,
)
from api.accounts.accounts import Link, SignedIn
from api.accounts.identity import Via
from api.context import Context, Who, find_identity
from api.context_names import BROWSER_COOKIE, SESSION_COOKIE
from api.errors import status_of
from api.frame import frame, local_path, page
from api.request_recording import RequestRecorder
from corpus.audience import BadName
from corpus.errors import GroundworkError, Invalid

router = APIRouter()

_BROWSER_KNOWN_S = 365 * 24 * 3600


class PasswordsDiffer(Invalid):
    def __init__(self) -> None:
        super().__init__("The two passwords differ. Write the same one twice.")


@dataclass(frozen=True, slots=True)
class SignInView:
    """`path` is where one goes afterwards."""

    name: str
    path: str
    problem: str | None
    signed_out: bool = False


@dataclass(frozen=True, slots=True)
class LinkView:
    code: str
    is_set_up: bool
    name: str
    problem: str | None


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    context: Context,
    path: Annotated[str, Query(max_length=4000)] = "/",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    if (identity := find_identity(request)) is not None and identity.via in (Via.SESSION, Via.TRIAL):
        return RedirectResponse(local_path(path), 303)
    view = SignInView("", local_path(path), None, done == "out")
    return page("sign_in/index.html", frame(request, context.services, "", ""), view)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    context: Context,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    path: Annotated[str, Form(max_length=4000)] = "/",
) -> Response:
    recorder: RequestRecorder = request.app.state.recorder
    try:
        signed_in = await run_in_threadpool(
            context.services.accounts.sign_in,
            name,
            password,
            _browser(request),
            address_of(request),
            request.cookies.get(BROWSER_COOKIE, ""),
        )
    except (SignInRefused, TooManyTries) as error:
        await recorder.signed_in("account.sign_in", None, request)
        status, _ = status_of(error)
        view = SignInView(name[:200], local_path(path), str(error))
        reply = page("sign_in/index.html", frame(request, context.services, "", ""), view, status)
        if isinstance(error, TooManyTries):
            reply.status_code = 429
            reply.headers["Retry-After"] = str(error.seconds)
        return reply
    await recorder.signed_in("account.sign_in", signed_in.identity, request)
    return await _let_in(request, context, signed_in, path)


@router.post("/sign-out")
def sign_out(context: Context, who: Who) -> Response:
    context.services.accounts.sign_out(who)
    reply = RedirectResponse("/sign-in?done=out", 303)
    reply.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    # What the browser has kept of pages is no longer anybody's to see.
    reply.headers["Clear-Site-Data"] = '"cache"'
    return reply


@router.get("/link/{code}")
def open_link(code: str, request: Request, context: Context) -> HTMLResponse:
    """The form is shown as often as one likes; sending it uses the link up."""
    link = context.services.accounts.open_link(code)
    return _link_page(request, context, code, link, link.name or "", None)


@router.post("/link/{code}")
async def use_link(
    code: str,
    request: Request,
    context: Context,
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    accounts = context.services.accounts
    link = await run_in_threadpool(accounts.open_link, code)
    recorder: RequestRecorder = request.app.state.recorder
    is_set_up = link.purpose is LinkPurpose.SET_UP
    operation = "account.set_up" if is_set_up else "account.choose_password"
    try:
        if password != again:
            raise PasswordsDiffer
        if is_set_up:
            signed_in = await run_in_threadpool(accounts.set_up, code, name, password, _browser(request))
        else:
            signed_in = await run_in_threadpool(accounts.choose_password, code, password, _browser(request))
    except (PasswordsDiffer, BadPassword, BadName, ReservedName) as error:
        return await run_in_threadpool(_link_page, request, context, code, link, name or link.name or "", error)
    except SignInRefused as error:
        raise LinkSpent from error
    await recorder.signed_in(operation, signed_in.identity, request)
    return await _let_in(request, context, signed_in, "/")


async def _let_in(request: Request, context: Context, signed_in: SignedIn, path: str) -> Response:
    """Whatever this browser was signed in with before is over: nobody's earlier secret becomes this person's."""
    earlier = find_identity(request)
    if earlier is not None and earlier.via is Via.SESSION:
        await run_in_threadpool(context.services.accounts.sign_out, earlier)
    reply = RedirectResponse(local_path(path), 303)
    # No age: it ends with the browser, or on the server when its time is over.
    reply.set_cookie(SESSION_COOKIE, signed_in.secret, path="/", secure=True, httponly=True, samesite="lax")
    if signed_in.browser_token is not None:
        reply.set_cookie(
            BROWSER_COOKIE,
            signed_in.browser_token,
            max_age=_BROWSER_KNOWN_S,
            path="/",
            secure=True,
            httponly=True,
            samesite="strict",
        )
    return reply


def _link_page(
    request: Request, context: Context, code: str, link: Link, name: str, error: GroundworkError | None
) -> HTMLResponse:
    view = LinkView(code, link.purpose is LinkPurpose.SET_UP, name, None if error is None else str(error))
    status = 200 if error is None else status_of(error)[0]
    return page("sign_in/link.html", frame(request, context.services, "", ""), view, status)


def _browser(request: Request) -> str:
    return request.headers.get("user-agent", "")


def address_of(request: Request) -> str:
    """As the limits know it, which also look behind a trusted proxy."""
    known: str | None = getattr(request.state, "address", None)
    return known or (request.client.host if request.client else "")
