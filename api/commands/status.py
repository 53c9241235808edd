"""`groundwork status`: what the corpus holds and how it is."""

from pathlib import Path

import click

from api.commands.opening import find_server, open_existing, settings_for
from api.commands.options import as_option, data_option, fails_clearly, json_option, print_json, print_table
from api.schemas import StatusForm


@click.command("status", help="Show what the corpus holds and how its indexes are.")
@data_option
@as_option
@json_option
@fails_clearly
def command(data: Path | None, user: str, as_json: bool) -> None:
    settings = settings_for(data)
    server = find_server(settings, user)
    if server is not None:
        status = StatusForm.model_validate(server.get("/api/status"))
    else:
        with open_existing(settings) as services:
            status = services.status(user)
    if as_json:
        print_json(status.model_dump(mode="json"))
        return
    print_status(status)
    click.echo(f"Server            {server.address if server else 'not running'}")


def print_status(status: StatusForm) -> None:
    click.echo(f"Groundwork {status.version}" + (f", data in {status.data}" if status.data else ""))
    click.echo(f"Documents         {status.documents}")
    click.echo(f"Chunks            {status.chunks}")
    click.echo(f"Answers by        {status.model or 'the sources’ own sentences (no language model set)'}")
    click.echo(f"Embedding model   {status.embedding_model}, {status.embedding_dimension} dimensions")
    click.echo(f"Reads files       {status.parsing}")
    click.echo()
    print_table(
        ["Index", "State", "Entries", "Remark"],
        [
            [index.name, index.state, "" if index.entries is None else index.entries, index.remark or ""]
            for index in status.indexes
        ],
    )
