"""`groundwork user`: who has an account, and what they may do."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.accounts.form import AccountAddedForm, AccountForm, AccountListForm, LinkForm
from api.accounts.roles import Role
from api.commands.opening import IN_THIS_PROCESS, administering, settings_for
from api.commands.options import data_option, fails_clearly, json_option, print_json, print_table
from api.commands.people import ADDRESS, get_account, whole_link

if TYPE_CHECKING:
    from api.client import Client

_ROLE = click.Choice([role.value for role in Role])


@click.group("user", help="Add people, and say what they may do. What they may see is said with: groundwork audience")
def command() -> None:
    """People who sign in."""


@command.command("add", help="Make an account for NAME, and a link to choose a password by. The first one is an admin.")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=_ROLE, default=[Role.EMPLOYEE.value], show_default=True)
@click.option("--display-name", default="", help="What pages call this person.")
@data_option
@json_option
@fails_clearly
def add(name: str, roles: Sequence[str], display_name: str, data: Path | None, as_json: bool) -> None:
    with administering(settings_for(data), makes_folder=True) as client:
        body = {"name": name, "roles": list(roles), "display_name": display_name}
        said = client.post(f"{ADDRESS}/accounts", body)
        if as_json:
            print_json(said)
            return
        form = AccountAddedForm.model_validate(said)
        click.echo(f"“{form.name}” has an account now: {', '.join(form.roles)}.")
        _print_link(client, form.link)


@command.command("list", help="List those who have an account.")
@click.option("--contains", default="", help="Only those with this in their name.")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True)
@data_option
@json_option
@fails_clearly
def list_users(contains: str, limit: int, data: Path | None, as_json: bool) -> None:
    with administering(settings_for(data)) as client:
        said = client.get(f"{ADDRESS}/accounts", contains=contains, limit=limit)
    if as_json:
        print_json(said)
        return
    page = AccountListForm.model_validate(said)
    if not page.accounts:
        click.echo("There are no such accounts.")
        return
    print_table(
        ["Name", "Roles", "Groups", "Last signed in", "State"],
        [
            [
                form.name,
                ", ".join(form.roles),
                ", ".join(group.name for group in form.groups),
                form.last_signed_in_at.astimezone().strftime("%Y-%m-%d %H:%M") if form.last_signed_in_at else "never",
                _state(form),
            ]
            for form in page.accounts
        ],
    )
    if page.total > len(page.accounts):
        click.echo(f"… and {page.total - len(page.accounts)} more.")


@command.command("roles", help="Give NAME exactly these roles: employee, sme, reviewer, evaluator, admin.")
@click.argument("name")
@click.argument("roles", nargs=-1, required=True, type=_ROLE, metavar="ROLE...")
@data_option
@fails_clearly
def set_roles(name: str, roles: Sequence[str], data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        account = get_account(client, name)
        said = client.put(f"{ADDRESS}/accounts/{account.account_id}/roles", {"roles": list(roles)})
    form = AccountForm.model_validate(said)
    click.echo(f"“{form.name}” is now: {', '.join(form.roles)}.")


@command.command("disable", help="End sessions, keys and jobs of NAME, who cannot sign in any more.")
@click.argument("name")
@data_option
@fails_clearly
def disable(name: str, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        account = get_account(client, name)
        client.post(f"{ADDRESS}/accounts/{account.account_id}/disable", {})
    click.echo(f"“{account.name}” is disabled. Sessions and keys are ended, jobs are cancelled.")


@command.command("enable", help="Let NAME sign in again. Keys have to be made anew.")
@click.argument("name")
@data_option
@fails_clearly
def enable(name: str, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        account = get_account(client, name)
        client.post(f"{ADDRESS}/accounts/{account.account_id}/enable", {})
    click.echo(f"“{account.name}” can sign in again.")


@command.command("link", help="Make a link by which NAME chooses a new password, once.")
@click.argument("name")
@data_option
@fails_clearly
def link(name: str, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        account = get_account(client, name)
        form = LinkForm.model_validate(client.post(f"{ADDRESS}/accounts/{account.account_id}/link", {}))
        _print_link(client, form)


def _print_link(client: "Client", form: LinkForm) -> None:
    click.echo(f"  {whole_link(client, form)}")
    until = form.expires_at.astimezone().strftime("%Y-%m-%d %H:%M")
    if client.address == IN_THIS_PROCESS and form.link.startswith("/"):
        click.echo(f"The link follows the address of the server: it works once, until {until}. Give it to nobody else.")
    else:
        click.echo(f"The link works once, until {until}. Give it to nobody else.")


def _state(form: AccountForm) -> str:
    if form.disabled_at is not None:
        return "disabled"
    return "" if form.has_password or form.provider else "has no password yet"
