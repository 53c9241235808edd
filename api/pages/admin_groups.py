"""Administration of groups: who belongs together."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.accounts.groups import Group
from api.accounts.readers_store import GroupEntry
from api.context import As, Context
from api.errors import status_of
from api.frame import frame, local_path, page
from corpus.audience import PrincipalKind
from corpus.errors import GroundworkError

router = APIRouter(prefix="/admin/groups")

_MOST_NAMES = 500
"""That a page offers while one types; of more it would grow too heavy."""


@dataclass(frozen=True, slots=True)
class GroupsView:
    groups: tuple[GroupEntry, ...]
    typed: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class GroupView:
    """`names`: of all users, to choose from while typing."""

    group: Group
    names: tuple[str, ...]
    typed: str
    problem: str | None
    done: str

    @property
    def address(self) -> str:
        return f"/admin/groups/{self.group.entry.group_id}"


@router.get("")
def show_groups(request: Request, context: Context, user: As) -> HTMLResponse:
    return _groups(request, context, user, "", None)


@router.post("")
def add_group(
    request: Request, context: Context, user: As, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    try:
        made = context.services.groups.add_principal(PrincipalKind.GROUP, name)
    except GroundworkError as error:
        return _groups(request, context, user, name, error)
    return RedirectResponse(f"/admin/groups/{made.principal_id}", 303)


@router.get("/{group_id}")
def show_group(
    group_id: int, request: Request, context: Context, user: As, done: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    return _group(request, context, user, group_id, "", None, done)


@router.post("/{group_id}/members")
def find_member(
    group_id: int, request: Request, context: Context, user: As, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Sends the form on to where the user stands in the address, by which it is recorded. Makes nobody."""
    try:
        found = context.services.groups.get_principal(PrincipalKind.USER, name)
    except GroundworkError as error:
        return _group(request, context, user, group_id, name, error, "")
    return RedirectResponse(f"/admin/groups/{group_id}/members/{found.principal_id}/join", 307)


@router.post("/{group_id}/members/{user_id}/join")
def join(
    group_id: int, user_id: int, context: Context, back: Annotated[str, Form(max_length=200)] = "/admin/groups"
) -> Response:
    context.services.groups.join(group_id, user_id)
    return RedirectResponse(f"{local_path(back)}?done=joined", 303)


@router.post("/{group_id}/members/{user_id}/leave")
def leave(
    group_id: int, user_id: int, context: Context, back: Annotated[str, Form(max_length=200)] = "/admin/groups"
) -> Response:
    context.services.groups.leave(group_id, user_id)
    return RedirectResponse(f"{local_path(back)}?done=left", 303)


def _groups(request: Request, context: Context, user: str, typed: str, error: GroundworkError | None) -> HTMLResponse:
    groups = tuple(context.services.groups.list_groups())
    view = GroupsView(groups, typed, None if error is None else str(error))
    status = 200 if error is None else status_of(error)[0]
    return page("admin/groups.html", frame(request, context.services, "admin", user), view, status)


def _group(
    request: Request, context: Context, user: str, group_id: int, typed: str, error: GroundworkError | None, done: str
) -> HTMLResponse:
    """Raises `PrincipalIdUnknown`."""
    groups = context.services.groups
    view = GroupView(
        group=groups.get_group(group_id),
        names=few(tuple(groups.list_user_names())),
        typed=typed,
        problem=None if error is None else str(error),
        done=done,
    )
    status = 200 if error is None else status_of(error)[0]
    return page("admin/group.html", frame(request, context.services, "admin", user), view, status)


def few(names: tuple[str, ...]) -> tuple[str, ...]:
    """All, or none where they are too many to be offered."""
    return names if len(names) <= _MOST_NAMES else ()
