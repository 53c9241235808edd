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
from api.accounts.sign_in_provider import ProviderFailed
from api.context import Context, RequestContext, Who, address_of, find_identity
from api.context_names import BROWSER_COOKIE, SESSION_COOKIE
from api.errors import status_of
from api.frame import Frame, frame, local_path, page
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
    """`path` is where one goes afterwards. `provider`: what the organisation's own one is called."""

    name: str
    path: str
    problem: str | None
    provider: str | None
    by_password: bool
    signed_out: bool = False


@dataclass(frozen=True, slots=True)
class LeavingView:
    """`address`: where one signs out of the provider; None with a `problem`."""

    provider: str
    address: str | None
    problem: str | None = None


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
    view = _sign_in_view(context, "", path, None, done == "out")
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
            browser_of(request),
            address_of(request),
            request.cookies.get(BROWSER_COOKIE, ""),
        )
    except (SignInRefused, TooManyTries) as error:
        await recorder.signed_in("account.sign_in", None, request)
        status, _ = status_of(error)
        view = _sign_in_view(context, name[:200], path, str(error))
        reply = page("sign_in/index.html", frame(request, context.services, "", ""), view, status)
        if isinstance(error, TooManyTries):
            reply.status_code = 429
            reply.headers["Retry-After"] = str(error.seconds)
        return reply
    await recorder.signed_in("account.sign_in", signed_in.identity, request)
    return await let_in(request, context, signed_in, path)


@router.post("/sign-out")
def sign_out(request: Request, context: Context, who: Who) -> Response:
    by_provider = context.services.accounts.came_by_provider(who)
    context.services.accounts.sign_out(who)
    leaving = _leaving(request, context) if by_provider else None
    if leaving is None:
        reply: Response = RedirectResponse("/sign-in?done=out", 303)
    else:
        nobody = Frame("", "/", "", ())
        reply = page("sign_in/leaving.html", nobody, leaving)
        if leaving.address is not None:
            # Not a redirect: browsers let what follows a form lead to this site only.
            reply.headers["Refresh"] = f"0; url={leaving.address}"
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
            signed_in = await run_in_threadpool(accounts.set_up, code, name, password, browser_of(request))
        else:
            signed_in = await run_in_threadpool(accounts.choose_password, code, password, browser_of(request))
    except (PasswordsDiffer, BadPassword, BadName, ReservedName) as error:
        return await run_in_threadpool(_link_page, request, context, code, link, name or link.name or "", error)
    except SignInRefused as error:
        raise LinkSpent from error
    await recorder.signed_in(operation, signed_in.identity, request)
    return await let_in(request, context, signed_in, "/")


async def let_in(request: Request, context: Context, signed_in: SignedIn, path: str) -> Response:
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


def _sign_in_view(
    context: RequestContext, name: str, path: str, problem: str | None, signed_out: bool = False
) -> SignInView:
    settings = context.services.settings
    provider = settings.oidc_name if settings.oidc_issuer is not None else None
    return SignInView(name, local_path(path), problem, provider, settings.passwords, signed_out)


def _leaving(request: Request, context: RequestContext) -> LeavingView | None:
    """None where the provider has no place to sign out, or there is none any more."""
    services = context.services
    if services.sign_in_provider is None:
        return None
    base = services.settings.public_url or f"http://{request.headers['host']}"
    try:
        address = services.sign_in_provider.find_sign_out_address(f"{base}/sign-in?done=out")
    except ProviderFailed as error:
        return LeavingView(services.settings.oidc_name, None, str(error))
    return None if address is None else LeavingView(services.settings.oidc_name, address)


def browser_of(request: Request) -> str:
    """What it calls itself."""
    return request.headers.get("user-agent", "")
