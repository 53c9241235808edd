"""One's own account: name and rights, password, the browsers one is signed in with, and API keys."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.accounts.account import BadKeyLife, BadPassword, ScopeBeyondOwner, SignInRefused, TooManyTries, UnknownScope
from api.accounts.accounts import KeyEntry, NewKey, SessionEntry
from api.accounts.identity import Identity
from api.accounts.roles import Permission
from api.accounts.store import AccountEntry
from api.context import Context, Who, address_of
from api.errors import status_of
from api.frame import frame, page
from api.pages.sign_in import PasswordsDiffer
from corpus.audience import BadName
from corpus.errors import GroundworkError

router = APIRouter(prefix="/account")


@dataclass(frozen=True, slots=True)
class AccountView:
    """`new_key` is shown this once."""

    account: AccountEntry
    permissions: tuple[Permission, ...]
    sessions: tuple[SessionEntry, ...]
    this_session: int
    keys: tuple[KeyEntry, ...]
    new_key: NewKey | None = None
    password_problem: str | None = None
    key_problem: str | None = None
    done: str = ""


@router.get("")
def show_account(
    request: Request, context: Context, who: Who, done: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    return _page(request, context, who, done=done)


@router.post("/password")
def change_password(
    request: Request,
    context: Context,
    who: Who,
    present: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    try:
        if password != again:
            raise PasswordsDiffer
        context.services.accounts.change_password(who, present, password, address_of(request))
    except (PasswordsDiffer, BadPassword, TooManyTries) as error:
        return _page(request, context, who, error, password_problem=str(error))
    except SignInRefused as error:
        return _page(request, context, who, error, password_problem="The present password is not right.")  # noqa: S106
    return RedirectResponse("/account?done=password", 303)


@router.post("/sessions/{session_id}/end")
def end_session(session_id: int, context: Context, who: Who) -> Response:
    context.services.accounts.end_session(session_id, who.principal_id)
    return RedirectResponse("/account?done=ended#browsers", 303)


@router.post("/keys")
def add_key(
    request: Request,
    context: Context,
    who: Who,
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[str, Form(max_length=10)] = "",
    scope: Annotated[list[str] | None, Form(max_length=20)] = None,
) -> Response:
    try:
        scopes = _scopes(scope or [])
        if not days.isdecimal():
            raise BadKeyLife
        made = context.services.accounts.new_key(who.user, name, scopes, int(days))
    except (BadKeyLife, BadName, ScopeBeyondOwner, UnknownScope) as error:
        return _page(request, context, who, error, key_problem=str(error))
    return _page(request, context, who, new_key=made)


@router.post("/keys/{key_id}/revoke")
def revoke_key(key_id: int, context: Context, who: Who) -> Response:
    context.services.accounts.revoke_key(key_id, who.principal_id)
    return RedirectResponse("/account?done=revoked#keys", 303)


def _scopes(said: list[str]) -> list[Permission]:
    if not said:
        raise UnknownScope("")
    known = {str(permission) for permission in Permission}
    if unknown := [scope for scope in said if scope not in known]:
        raise UnknownScope(unknown[0])
    return [Permission(scope) for scope in said]


def _page(
    request: Request,
    context: Context,
    who: Identity,
    error: GroundworkError | None = None,
    new_key: NewKey | None = None,
    password_problem: str | None = None,
    key_problem: str | None = None,
    done: str = "",
) -> HTMLResponse:
    accounts = context.services.accounts
    view = AccountView(
        account=accounts.get_account(who.user),
        permissions=tuple(sorted(who.permissions)),
        sessions=tuple(accounts.list_sessions(who.principal_id)),
        this_session=who.credential_id,
        keys=tuple(accounts.list_keys(who.user)),
        new_key=new_key,
        password_problem=password_problem,
        key_problem=key_problem,
        done=done,
    )
    status = 200 if error is None else status_of(error)[0]
    reply = page("account/index.html", frame(request, context.services, "account", who.user), view, status)
    if isinstance(error, TooManyTries):
        reply.status_code = 429
        reply.headers["Retry-After"] = str(error.seconds)
    return reply
