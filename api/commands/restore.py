"""`groundwork restore`: a backup becomes a data folder again."""

from pathlib import Path

import click

from api.backup import NotSqlite, restore
from api.commands.opening import open_services, settings_for
from api.commands.options import data_option, fails_clearly
from api.commands.status import print_status


@click.command(
    "restore",
    help=(
        "Make a data folder out of the backup FILE, check every byte of it, and build the indexes. The folder must be "
        "new or empty: nothing is ever overwritten. A backup of an earlier version is brought to this one's form."
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@fails_clearly
def command(file: Path, data: Path | None) -> None:
    settings = settings_for(data)
    if settings.database_url is not None:
        raise NotSqlite
    manifest = restore(file, settings.data)
    click.echo(f"Restored what groundwork {manifest.program} backed up on {manifest.made_at:%Y-%m-%d %H:%M} UTC.")
    with open_services(settings) as services:
        services.indexes.rebuild()
        print_status(services.status("owner"))
