"""`groundwork migrate`: bring the database to this version's form."""

from pathlib import Path

import click

from api.commands.opening import find_server, open_services, settings_for
from api.commands.options import data_option, fails_clearly
from api.schema import NEWEST


@click.command("migrate", help="Bring the database to this version's form. Every other command does so by itself.")
@data_option
@fails_clearly
def command(data: Path | None) -> None:
    settings = settings_for(data)
    if find_server(settings, "owner") is not None:
        click.echo(f"Nothing to do: a running server has brought the database to form {NEWEST}.")
        return
    with open_services(settings) as services:
        click.echo(f"The database is now of form {NEWEST}." if services.migrated else "Nothing to do.")
