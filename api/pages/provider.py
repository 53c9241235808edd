"""Signing in with the organisation's own provider: there, back again, and out when the provider says so."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.accounts.account import (
    AccountDisabled,
    AccountTaken,
    LastAdministrator,
    NoAdministrator,
    ReservedName,
    SignInRefused,
)
from api.accounts.accounts import SignedIn
from api.accounts.identity import Via
from api.accounts.provider_people import GroupsNotRead, NameNotSaid
from api.accounts.provider_sign_ins import LIVES, SignInNotBegun
from api.accounts.sign_in_provider import NotVouchedFor, ProviderFailed, SignInProvider
from api.context import Context, RequestContext, find_identity
from api.context_names import PROVIDER_COOKIE
from api.errors import problem, status_of
from api.frame import frame, local_path, page
from api.pages.sign_in import browser_of, let_in
from api.request_recording import RequestRecorder
from corpus.audience import BadName
from corpus.errors import GroundworkError, Invalid, NotFound

router = APIRouter(prefix="/sign-in/provider")

_SIGN_IN = "account.provider_sign_in"
_SIGN_OUT = "account.provider_sign_out"
_NO_STORE = {"Cache-Control": "no-store"}


class NoProvider(NotFound):
    def __init__(self) -> None:
        super().__init__("Nobody signs in here with a provider. GROUNDWORK_OIDC_ISSUER can name one.")


class DeniedThere(Invalid):
    def __init__(self, why: str) -> None:
        super().__init__(f"The provider did not sign you in. It says: {why[:200]}")


@dataclass(frozen=True, slots=True)
class ProblemView:
    """`remedy`: what an administrator can do; "" where trying again is all. `path`: where one wanted to go."""

    provider: str
    problem: str
    remedy: str
    path: str


@router.get("")
def begin(request: Request, context: Context, path: Annotated[str, Query(max_length=4000)] = "/") -> Response:
    provider = _provider(context)
    path = local_path(path)
    if (identity := find_identity(request)) is not None and identity.via is Via.SESSION:
        return RedirectResponse(path, 303)
    begun = context.services.provider_sign_ins.begin(
        request.cookies.get(PROVIDER_COOKIE, ""), path, f"{_base(request, context)}{router.prefix}/return"
    )
    try:
        reply = RedirectResponse(provider.begin_address(begun.challenge), 303)
    except ProviderFailed as error:
        return _problem_page(request, context, error, path)
    # Lax, since it has to come along when the provider sends the browser back.
    reply.set_cookie(
        PROVIDER_COOKIE,
        begun.browser,
        max_age=int(LIVES.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return reply


@router.get("/return")
async def finish(
    request: Request,
    context: Context,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    error_description: Annotated[str, Query(max_length=1000)] = "",
    iss: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    recorder: RequestRecorder = request.app.state.recorder
    provider = await run_in_threadpool(_provider, context)
    path = "/"
    try:
        begun = context.services.provider_sign_ins.finish(state, request.cookies.get(PROVIDER_COOKIE, ""))
        path = begun.path
        if error or not code:
            raise DeniedThere(error_description or error or "nothing")

        def redeem() -> SignedIn:
            vouched = provider.redeem(code, begun.challenge, iss)
            return context.services.provider_people.let_in(vouched, browser_of(request))

        signed_in = await run_in_threadpool(redeem)
    except _EXPECTED as failure:
        await recorder.signed_in(_SIGN_IN, None, request)
        return await run_in_threadpool(_problem_page, request, context, failure, path)
    await recorder.signed_in(_SIGN_IN, signed_in.identity, request)
    return await let_in(request, context, signed_in, path)


@router.post("/sign-out")
async def sign_out(request: Request, context: Context, logout_token: Annotated[str, Form()] = "") -> Response:
    """For the provider itself (OpenID Connect Back-Channel Logout 1.0)."""
    recorder: RequestRecorder = request.app.state.recorder
    services, provider = context.services, await run_in_threadpool(_provider, context)
    try:
        notice = await run_in_threadpool(provider.read_sign_out, logout_token)
        services.sign_out_notices.take(notice.notice_id)
    except NotVouchedFor as error:
        return problem(400, "Not a valid notice", f"This notice is not heeded: {error.why}.")
    try:
        sessions = await run_in_threadpool(services.provider_people.sessions_of, notice)
        for principal_id in sorted({session.principal_id for session in sessions}):
            await recorder.signed_out(_SIGN_OUT, principal_id, request)
        for session in sessions:
            await run_in_threadpool(services.accounts.end_session, session.session_id, session.principal_id)
    except GroundworkError:
        services.sign_out_notices.give_back(notice.notice_id)
        raise
    return Response(status_code=200, headers=_NO_STORE)


_EXPECTED = (
    AccountDisabled,
    AccountTaken,
    BadName,
    DeniedThere,
    GroupsNotRead,
    LastAdministrator,
    NameNotSaid,
    NoAdministrator,
    NotVouchedFor,
    ProviderFailed,
    ReservedName,
    SignInNotBegun,
    SignInRefused,
)


def _provider(context: RequestContext) -> SignInProvider:
    provider = context.services.sign_in_provider
    if provider is None:
        raise NoProvider
    return provider


def _base(request: Request, context: RequestContext) -> str:
    """By which people reach this server. The guard has let through a name of this machine only."""
    return context.services.settings.public_url or f"http://{request.headers['host']}"


def _problem_page(request: Request, context: RequestContext, error: GroundworkError, path: str) -> Response:
    view = ProblemView(context.services.settings.oidc_name, _said(error), _remedy(error), path)
    status, _ = status_of(error)
    return page("sign_in/provider.html", frame(request, context.services, "", ""), view, status)


def _said(error: GroundworkError) -> str:
    if isinstance(error, AccountTaken):
        return f"The account “{error.name}” is here already, and the provider does not know it as you."
    if isinstance(error, AccountDisabled | SignInRefused):
        return "Your account is disabled."
    return str(error)


def _remedy(error: GroundworkError) -> str:
    return next((remedy for kinds, remedy in _REMEDIES if isinstance(error, kinds)), "")


_REMEDIES: tuple[tuple[tuple[type[GroundworkError], ...], str], ...] = (
    (
        (AccountTaken,),
        "Names are not taken as proof of who somebody is. An administrator can have the provider send another name for "
        "you, or set GROUNDWORK_OIDC_USER_CLAIM to a claim that is nobody else's name, such as email.",
    ),
    ((BadName, ReservedName), "An administrator can name another claim with GROUNDWORK_OIDC_USER_CLAIM."),
    ((AccountDisabled, SignInRefused), "An administrator can enable it."),
    (
        (NoAdministrator,),
        "An administrator begins with the link that the server prints when it starts, or names a group of the provider "
        "in GROUNDWORK_OIDC_ROLES whose members are administrators.",
    ),
    ((LastAdministrator,), "The provider takes this role away by GROUNDWORK_OIDC_ROLES."),
    ((ProviderFailed,), "If this goes on, an administrator can look whether the GROUNDWORK_OIDC_ settings are right."),
)
"""What an administrator can do about it."""
