"""`groundwork key`: secrets by which programs act for people."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from api.accounts.account import LONGEST_KEY_DAYS
from api.accounts.form import KeyForm, KeyListForm, NewKeyForm
from api.accounts.roles import Permission
from api.clock import now
from api.commands.opening import administering, settings_for
from api.commands.options import data_option, fails_clearly, json_option, print_json, print_table
from api.commands.people import ADDRESS, get_account


@click.group("key", help="Make, show and revoke API keys.")
def command() -> None:
    """API keys."""


@command.command("add", help="Make a key that acts for OWNER, never further than they may. NAME says what it is for.")
@click.argument("owner")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([permission.value for permission in Permission]),
    default=[Permission.READ.value],
    show_default=True,
    help="What it may; can be repeated.",
)
@click.option("--days", type=click.IntRange(1, LONGEST_KEY_DAYS), default=90, show_default=True)
@data_option
@json_option
@fails_clearly
def add(owner: str, name: str, scopes: Sequence[str], days: int, data: Path | None, as_json: bool) -> None:
    with administering(settings_for(data)) as client:
        account = get_account(client, owner)
        body = {"owner": account.name, "name": name, "scopes": list(scopes), "days": days}
        said = client.post("/api/local/keys", body)
    if as_json:
        print_json(said)
        return
    form = NewKeyForm.model_validate(said)
    click.echo(form.secret)
    click.echo(
        f"Key {form.key_id} of “{account.name}”, good until {_day(form.expires_at)}. Copy it now; it is kept nowhere. "
        "Send it as: Authorization: Bearer …",
        err=True,
    )


@command.command("list", help="List the keys of OWNER.")
@click.argument("owner")
@data_option
@json_option
@fails_clearly
def list_keys(owner: str, data: Path | None, as_json: bool) -> None:
    with administering(settings_for(data)) as client:
        account = get_account(client, owner)
        said = client.get(f"{ADDRESS}/accounts/{account.account_id}/keys")
    if as_json:
        print_json(said)
        return
    keys = KeyListForm.model_validate(said).keys
    if not keys:
        click.echo(f"“{account.name}” has no keys.")
        return
    print_table(
        ["Key", "Name", "Ends with", "May", "State", "Last used"],
        [
            [
                key.key_id,
                key.name,
                key.ending,
                ", ".join(key.scopes),
                _state(key, now()),
                _day(key.used_at) if key.used_at else "never",
            ]
            for key in keys
        ],
    )


@command.command("revoke", help="End the key of that number, as `key list` shows it.")
@click.argument("key_id", type=int)
@data_option
@fails_clearly
def revoke(key_id: int, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        client.delete(f"{ADDRESS}/keys/{key_id}")
    click.echo(f"Key {key_id} opens nothing any more.")


def _state(key: KeyForm, at: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {_day(key.revoked_at)}"
    return f"ran out {_day(key.expires_at)}" if key.expires_at <= at else f"good until {_day(key.expires_at)}"


def _day(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d")
