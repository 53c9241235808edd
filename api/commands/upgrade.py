"""`groundwork upgrade`: bring a populated database to this version's form, or take that back."""

from importlib.metadata import version
from pathlib import Path

import click

from api import schema
from api.backup import NotSqlite
from api.clock import now
from api.commands.opening import settings_for
from api.commands.options import data_option, fails_clearly
from api.data_folder import DataFolder
from api.upgrading import Upgrade, Upgrading
from corpus.database import open_database, sqlite_url


@click.command(
    "upgrade",
    help=(
        "Copy the database, bring it to this version's form and check that nothing was lost. The copy stays in the "
        "data folder until the next upgrade. Stop the server before. Every other command that finds a database of an "
        "earlier form does the same by itself."
    ),
)
@click.option("--rollback", is_flag=True, help="Put the database back as it was before the last upgrade.")
@click.option("--discard-changes", is_flag=True, help="With --rollback: also where it was written to since.")
@data_option
@fails_clearly
def command(rollback: bool, discard_changes: bool, data: Path | None) -> None:
    settings = settings_for(data)
    if settings.database_url is not None:
        raise NotSqlite
    folder = DataFolder(settings.data)
    folder.own()
    engine = open_database(sqlite_url(folder.database))
    upgrading = Upgrading(folder, engine, version("groundwork"))
    try:
        if rollback:
            _say_rolled_back(upgrading.roll_back(discard_changes))
        else:
            _say_upgraded(upgrading.upgrade(now()))
    finally:
        engine.dispose()
        folder.release()


def _say_upgraded(upgrade: Upgrade | None) -> None:
    if upgrade is None:
        click.echo(f"Nothing to do: the database is of form {schema.NEWEST}.")
        return
    rows = sum(count for count, _ in upgrade.before.values())
    click.echo(
        f"From form {upgrade.from_form} to {upgrade.to_form}; {rows} rows checked. "
        "groundwork upgrade --rollback takes it back."
    )


def _say_rolled_back(upgrade: Upgrade) -> None:
    click.echo(
        f"The database is again of form {upgrade.from_form}, as it was on {upgrade.made_at:%Y-%m-%d %H:%M} UTC. "
        "Install the version of groundwork that wrote it: this one would upgrade it again."
    )
