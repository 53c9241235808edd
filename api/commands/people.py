"""What the commands about people share: finding by name what routes take by id, and asking before readers change."""

from typing import TYPE_CHECKING

import click

from api.accounts.account import AccountNotFound
from api.accounts.form import AccountForm, AccountListForm, LinkForm, PrincipalForm
from api.commands.opening import IN_THIS_PROCESS
from corpus.audience import PrincipalKind, parse_principal
from corpus.errors import NotFound

if TYPE_CHECKING:
    from api.client import Client

ADDRESS = "/api/admin"
new_option = click.option("--new", is_flag=True, help="Make the user or group where it is not there.")


class NotThere(NotFound):
    """With how to make it, since that is what somebody means who has not mistyped."""

    def __init__(self, said: str, option: str) -> None:
        super().__init__(f"{said} {option} makes it.")


def get_account(client: "Client", name: str) -> AccountForm:
    """Raises `AccountNotFound`."""
    found = AccountListForm.model_validate(client.get(f"{ADDRESS}/accounts", name=name)).accounts
    if not found:
        raise AccountNotFound(name)
    return found[0]


def get_principal(client: "Client", kind: PrincipalKind, name: str, makes: bool = False) -> PrincipalForm:
    """Raises `NotThere`, which names what comes nearest."""
    try:
        return PrincipalForm.model_validate(client.get(f"{ADDRESS}/principals", kind=kind, name=name))
    except NotFound as error:
        if not makes:
            raise NotThere(str(error), "--new") from error
    return PrincipalForm.model_validate(client.post(f"{ADDRESS}/principals", {"kind": kind, "name": name}))


def get_reader(client: "Client", said: str, makes: bool = False) -> PrincipalForm:
    """`user:NAME` or `group:NAME`. Raises `BadReader`, `BadName`, `NotThere`."""
    kind, name = parse_principal(said)
    return get_principal(client, kind, name, makes)


def whole_link(client: "Client", form: LinkForm) -> str:
    """With the server's address where the installation has no public one."""
    if not form.link.startswith("/"):
        return form.link
    return f"{client.address}{form.link}" if client.address != IN_THIS_PROCESS else form.link
