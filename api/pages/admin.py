"""Administration of people: who has an account, what they may do, and tables to bring in and take along."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from api.accounts.account import NoRole
from api.accounts.accounts import KeyEntry
from api.accounts.form import LinkForm
from api.accounts.people_csv import NotATable, role_named
from api.accounts.people_import import ImportReport
from api.accounts.readers_store import GroupEntry
from api.accounts.roles import Permission, Role, permissions_of
from api.accounts.store import AccountEntry
from api.context import As, Context
from api.errors import status_of
from api.frame import frame, local_path, page
from api.request_recording import made
from api.routes.admin import new_link
from corpus.errors import GroundworkError

router = APIRouter(prefix="/admin")

PER_PAGE = 50
_MOST_TABLE_BYTES = 5_000_000

ROLE_NOTES = {
    Role.EMPLOYEE: "asks and reads",
    Role.SME: "also adds documents, finds documents right, and writes courses",
    Role.REVIEWER: "also finds documents right, and decides on courses of others",
    Role.EVALUATOR: "also measures answers",
    Role.ADMIN: "does all of it, and administers",
}


@dataclass(frozen=True, slots=True)
class PeopleView:
    """`link`: of somebody who was just added, `linked`; shown this once. `typed`: what was to be added and was not."""

    entries: tuple[AccountEntry, ...]
    total: int
    page: int
    contains: str
    roles: dict[Role, str]
    typed_name: str = ""
    typed_display_name: str = ""
    typed_roles: tuple[str, ...] = (Role.EMPLOYEE.value,)
    add_problem: str | None = None
    link: LinkForm | None = None
    linked: str = ""
    report: ImportReport | None = None
    import_problem: str | None = None

    @property
    def page_count(self) -> int:
        return max(-(-self.total // PER_PAGE), 1)

    def at(self, page: int) -> str:
        query = urlencode({"contains": self.contains, "page": page} if page > 1 else {"contains": self.contains})
        return f"/admin?{query}" if self.contains or page > 1 else "/admin"


@dataclass(frozen=True, slots=True)
class PersonView:
    """`other_groups`: those that the person is not in."""

    account: AccountEntry
    permissions: tuple[Permission, ...]
    roles: dict[Role, str]
    keys: tuple[KeyEntry, ...]
    other_groups: tuple[GroupEntry, ...]
    done: str
    problem: str | None = None
    link: LinkForm | None = None

    @property
    def address(self) -> str:
        return f"/admin/people/{self.account.principal_id}"


@router.get("")
def show_people(
    request: Request,
    context: Context,
    user: As,
    contains: Annotated[str, Query(max_length=200)] = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=10_000_000)] = 1,
) -> HTMLResponse:
    return _people(request, context, user, contains=contains.strip(), page_number=page_number)


@router.post("/people")
def add_person(
    request: Request,
    context: Context,
    user: As,
    name: Annotated[str, Form(max_length=200)] = "",
    display_name: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[list[str] | None, Form(max_length=20)] = None,
) -> HTMLResponse:
    """Shows the new link, which no other page could."""
    try:
        added = context.services.accounts.add_account(name, _roles(role), display_name)
        made(request, "account", added.principal_id)
    except GroundworkError as error:
        return _people(
            request,
            context,
            user,
            error,
            typed_name=name,
            typed_display_name=display_name,
            typed_roles=tuple(role or ()),
            add_problem=str(error),
        )
    return _people(request, context, user, link=new_link(context.services, added.name), linked=added.name)


@router.post("/import")
def import_people(
    request: Request,
    context: Context,
    user: As,
    table: UploadFile,
    skips_bad: Annotated[str, Form(max_length=10)] = "",
    makes_groups: Annotated[str, Form(max_length=10)] = "",
) -> HTMLResponse:
    try:
        report = context.services.people_import.take(_text(table), bool(skips_bad), bool(makes_groups))
    except GroundworkError as error:
        return _people(request, context, user, error, import_problem=str(error))
    return _people(request, context, user, report=report, status=200 if report.applied else 422)


@router.get("/people/{account_id}")
def show_person(
    account_id: int, request: Request, context: Context, user: As, done: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    return _person(request, context, user, account_id, done=done)


@router.post("/people/{account_id}/roles")
def set_roles(
    account_id: int,
    request: Request,
    context: Context,
    user: As,
    role: Annotated[list[str] | None, Form(max_length=20)] = None,
) -> Response:
    accounts = context.services.accounts
    name = accounts.name_of(account_id)
    try:
        accounts.set_roles(name, _roles(role))
    except GroundworkError as error:
        return _person(request, context, user, account_id, error)
    return RedirectResponse(f"/admin/people/{account_id}?done=roles", 303)


@router.post("/people/{account_id}/disable")
def disable(account_id: int, request: Request, context: Context, user: As) -> Response:
    accounts = context.services.accounts
    name = accounts.name_of(account_id)
    try:
        accounts.disable(name)
    except GroundworkError as error:
        return _person(request, context, user, account_id, error)
    return RedirectResponse(f"/admin/people/{account_id}?done=disabled", 303)


@router.post("/people/{account_id}/enable")
def enable(account_id: int, context: Context) -> Response:
    context.services.accounts.enable(context.services.accounts.name_of(account_id))
    return RedirectResponse(f"/admin/people/{account_id}?done=enabled", 303)


@router.post("/people/{account_id}/link")
def make_link(account_id: int, request: Request, context: Context, user: As) -> HTMLResponse:
    """Shows the new link, which no other page could."""
    name = context.services.accounts.name_of(account_id)
    try:
        link = new_link(context.services, name)
    except GroundworkError as error:
        return _person(request, context, user, account_id, error)
    return _person(request, context, user, account_id, link=link)


@router.post("/people/{account_id}/groups")
def choose_group(account_id: int, group: Annotated[int, Form()]) -> Response:
    """Sends the form on to where the group and the person stand in the address, by which it is recorded."""
    return RedirectResponse(f"/admin/groups/{group}/members/{account_id}/join", 307)


@router.post("/keys/{key_id}/revoke")
def revoke_key(key_id: int, context: Context, back: Annotated[str, Form(max_length=200)] = "/admin") -> Response:
    context.services.accounts.revoke_key(key_id, None)
    return RedirectResponse(local_path(back), 303)


def _roles(said: list[str] | None) -> list[Role]:
    if not said:
        raise NoRole
    return [role_named(role) for role in said]


def _text(table: UploadFile) -> str:
    content = table.file.read(_MOST_TABLE_BYTES + 1)
    if len(content) > _MOST_TABLE_BYTES:
        raise NotATable("The file has more than 5 MB. Divide it.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotATable("The file is not UTF-8. Save it as “CSV UTF-8”.") from error


def _people(
    request: Request,
    context: Context,
    user: str,
    error: GroundworkError | None = None,
    contains: str = "",
    page_number: int = 1,
    status: int = 200,
    typed_name: str = "",
    typed_display_name: str = "",
    typed_roles: tuple[str, ...] = (Role.EMPLOYEE.value,),
    add_problem: str | None = None,
    link: LinkForm | None = None,
    linked: str = "",
    report: ImportReport | None = None,
    import_problem: str | None = None,
) -> HTMLResponse:
    found = context.services.accounts.list_accounts(PER_PAGE, (page_number - 1) * PER_PAGE, contains)
    view = PeopleView(
        entries=found.entries,
        total=found.total,
        page=page_number,
        contains=contains,
        roles=ROLE_NOTES,
        typed_name=typed_name,
        typed_display_name=typed_display_name,
        typed_roles=typed_roles,
        add_problem=add_problem,
        link=link,
        linked=linked,
        report=report,
        import_problem=import_problem,
    )
    status = status if error is None else status_of(error)[0]
    return page("admin/people.html", frame(request, context.services, "admin", user), view, status)


def _person(
    request: Request,
    context: Context,
    user: str,
    account_id: int,
    error: GroundworkError | None = None,
    done: str = "",
    link: LinkForm | None = None,
) -> HTMLResponse:
    """Raises `AccountNotFound`."""
    services = context.services
    account = services.accounts.get_account(services.accounts.name_of(account_id))
    mine = {group.group_id for group in account.groups}
    view = PersonView(
        account=account,
        permissions=tuple(sorted(permissions_of(account.roles))),
        roles=ROLE_NOTES,
        keys=tuple(services.accounts.list_keys(account.name)),
        other_groups=tuple(group for group in services.groups.list_groups() if group.group_id not in mine),
        done=done,
        problem=None if error is None else str(error),
        link=link,
    )
    status = 200 if error is None else status_of(error)[0]
    return page("admin/person.html", frame(request, services, "admin", user), view, status)
