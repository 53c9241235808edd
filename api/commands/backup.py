"""`groundwork backup`: everything in one file."""

from importlib.metadata import version
from pathlib import Path

import click

from api.backup import NotSqlite, back_up
from api.clock import now
from api.commands.opening import settings_for
from api.commands.options import data_option, fails_clearly, json_option, print_json
from api.data_folder import DataFolder


@click.command(
    "backup",
    help=(
        "Write the database and all original files as they are at this moment into FILE, a zip archive with a manifest "
        "and checksums. A server may go on serving. Indexes are left out: restoring builds them anew."
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@json_option
@fails_clearly
def command(file: Path, data: Path | None, as_json: bool) -> None:
    settings = settings_for(data)
    if settings.database_url is not None:
        raise NotSqlite
    manifest = back_up(DataFolder(settings.data), file, version("groundwork"), now())
    if as_json:
        print_json(manifest.model_dump(mode="json", exclude={"members"}) | {"files": manifest.files, "file": str(file)})
        return
    click.echo(f"{file}: the database and {manifest.files} original files, {manifest.size / 1e6:.1f} MB unpacked.")
