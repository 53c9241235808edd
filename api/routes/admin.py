"""Routes of administration: people, groups, audiences, keys. What is in documents is not told here."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.accounts.form import (
    AccountAddedForm,
    AccountForm,
    AccountListForm,
    AudiencePageForm,
    AudienceReadersForm,
    ForeseenForm,
    GroupForm,
    GroupMembersForm,
    ImportReportForm,
    KeyForm,
    KeyListForm,
    LinkForm,
    NewAccountForm,
    NewAudienceForm,
    NewPrincipalForm,
    PeopleTableForm,
    PrincipalForm,
    RolesForm,
)
from api.accounts.people_csv import write_people
from api.context import Context
from api.errors import PROBLEMS
from api.request_recording import made
from api.schemas import ReadersChangeForm
from api.services import Services
from corpus.audience import PrincipalKind

router = APIRouter(
    prefix="/api/admin", tags=["administration"], responses={code: PROBLEMS[code] for code in (404, 409, 422, 503, 507)}
)

_TABLE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "One person a line."}}
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]
Contains = Annotated[str, Query(max_length=200, description="Part of the name.")]


@router.get("/accounts")
def list_accounts(
    context: Context,
    contains: Contains = "",
    name: Annotated[str, Query(max_length=200, description="The whole name, however it is written.")] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> AccountListForm:
    """By name."""
    accounts = context.services.accounts
    page = accounts.find_accounts(name) if name else accounts.list_accounts(limit, offset, contains)
    return AccountListForm.of(page)


@router.post("/accounts", status_code=201)
def add_account(request: Request, form: NewAccountForm, context: Context) -> AccountAddedForm:
    """Makes an account, for a user who was there without one too, and a link to choose a password by."""
    services = context.services
    entry = services.accounts.add_account(form.name, form.roles, form.display_name)
    made(request, "account", entry.principal_id)
    return AccountAddedForm(**AccountForm.of(entry).model_dump(), link=new_link(services, entry.name))


@router.get("/accounts/{account_id}")
def show_account(account_id: int, context: Context) -> AccountForm:
    return _account(context.services, account_id)


@router.put("/accounts/{account_id}/roles")
def set_roles(account_id: int, form: RolesForm, context: Context) -> AccountForm:
    """From the next request on. There is always an administrator."""
    services = context.services
    services.accounts.set_roles(services.accounts.name_of(account_id), form.roles)
    return _account(services, account_id)


@router.post("/accounts/{account_id}/disable")
def disable_account(account_id: int, context: Context) -> AccountForm:
    """Ends sessions and keys for good, what is under way within seconds, and cancels jobs."""
    services = context.services
    services.accounts.disable(services.accounts.name_of(account_id))
    return _account(services, account_id)


@router.post("/accounts/{account_id}/enable")
def enable_account(account_id: int, context: Context) -> AccountForm:
    """Password, roles and groups are as before."""
    services = context.services
    services.accounts.enable(services.accounts.name_of(account_id))
    return _account(services, account_id)


@router.post("/accounts/{account_id}/link", status_code=201)
def make_link(account_id: int, context: Context) -> LinkForm:
    """A link by which this person chooses a password, once. Earlier ones no longer work."""
    services = context.services
    return new_link(services, services.accounts.name_of(account_id))


@router.get("/accounts/{account_id}/keys")
def list_keys(account_id: int, context: Context) -> KeyListForm:
    """Newest first, with those that are over."""
    accounts = context.services.accounts
    return KeyListForm(keys=[KeyForm.of(entry) for entry in accounts.list_keys(accounts.name_of(account_id))])


@router.delete("/keys/{key_id}", status_code=204, response_class=Response)
def revoke_key(key_id: int, context: Context) -> Response:
    """Whosever it is. Twice is as once."""
    context.services.accounts.revoke_key(key_id, None)
    return Response(status_code=204)


@router.get("/people.csv", response_class=StreamingResponse, responses=_TABLE)
def export_people(context: Context) -> StreamingResponse:
    """Everybody who has an account, with roles and groups, as importing reads it."""
    return StreamingResponse(
        write_people(context.services.accounts.all_accounts()),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="people.csv"'},
    )


@router.post("/people")
def import_people(form: PeopleTableForm, context: Context) -> ImportReportForm:
    """Adds and changes who is in the table. Nobody is disabled for not being in it."""
    return ImportReportForm.of(context.services.people_import.take(form.table, form.skips_bad, form.makes_groups))


@router.get("/principals")
def find_principal(
    context: Context, kind: PrincipalKind, name: Annotated[str, Query(min_length=1, max_length=200)]
) -> PrincipalForm:
    """The user or group of exactly that name. Where there is none, what comes nearest is named."""
    return PrincipalForm.of(context.services.groups.get_principal(kind, name))


@router.post("/principals", status_code=201)
def add_principal(form: NewPrincipalForm, context: Context) -> PrincipalForm:
    """A group, or a user without an account. The one of that name where it is there already."""
    return PrincipalForm.of(context.services.groups.add_principal(form.kind, form.name))


@router.get("/groups")
def list_groups(context: Context) -> list[GroupForm]:
    """All but the one that holds everybody, by name."""
    return [GroupForm.of(entry) for entry in context.services.groups.list_groups()]


@router.get("/groups/{group_id}")
def show_group(group_id: int, context: Context) -> GroupMembersForm:
    return GroupMembersForm.of_group(context.services.groups.get_group(group_id))


@router.put("/groups/{group_id}/members/{user_id}")
def add_member(group_id: int, user_id: int, context: Context) -> GroupMembersForm:
    """Twice is as once. What the group reads, this user reads from the next request on."""
    return GroupMembersForm.of_group(context.services.groups.join(group_id, user_id))


@router.delete("/groups/{group_id}/members/{user_id}")
def drop_member(group_id: int, user_id: int, context: Context) -> GroupMembersForm:
    return GroupMembersForm.of_group(context.services.groups.leave(group_id, user_id))


@router.get("/audiences")
def list_audiences(
    context: Context,
    contains: Contains = "",
    name: Annotated[str, Query(max_length=200, description="The whole name.")] = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> AudiencePageForm:
    """All of them, whoever may read them, by name."""
    audiences = context.services.audiences
    if not name:
        return AudiencePageForm.of(audiences.list_audiences(limit, offset, contains))
    found = audiences.find_audience(name)
    entries = [AudienceReadersForm.of(found)] if found else []
    return AudiencePageForm(audiences=entries, total=len(entries))


@router.post("/audiences", status_code=201)
def create_audience(form: NewAudienceForm, context: Context) -> AudienceReadersForm:
    """Read by the group of the same name, which is made where it is not there."""
    return AudienceReadersForm.of(context.services.audiences.create(form.name))


@router.get("/audiences/{audience_id}")
def show_audience(audience_id: int, context: Context) -> AudienceReadersForm:
    return AudienceReadersForm.of(context.services.audiences.get_audience(audience_id))


@router.get("/audiences/{audience_id}/readers/{principal_id}")
def foresee(audience_id: int, principal_id: int, context: Context) -> ForeseenForm:
    """How many people would gain or lose sight if this user or group were let in, or put out where it is in."""
    return ForeseenForm.of(context.services.audiences.foresee(audience_id, principal_id))


@router.put("/audiences/{audience_id}/readers/{principal_id}")
def allow(audience_id: int, principal_id: int, context: Context) -> ReadersChangeForm:
    """Twice is as once. Holds from the next request on."""
    return ReadersChangeForm.of(context.services.audiences.allow(audience_id, principal_id))


@router.delete("/audiences/{audience_id}/readers/{principal_id}")
def deny(audience_id: int, principal_id: int, context: Context) -> ReadersChangeForm:
    """Whoever is in by a group as well stays in. Holds from the next request on."""
    return ReadersChangeForm.of(context.services.audiences.deny(audience_id, principal_id))


def new_link(services: Services, name: str) -> LinkForm:
    made = services.accounts.new_password_link(name)
    return LinkForm(link=services.address_of(f"/link/{made.code}"), expires_at=made.expires_at)


def _account(services: Services, account_id: int) -> AccountForm:
    return AccountForm.of(services.accounts.get_account(services.accounts.name_of(account_id)))
