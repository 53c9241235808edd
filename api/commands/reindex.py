"""`groundwork reindex`: build the indexes anew."""

from pathlib import Path

import click

from api.commands.opening import find_server, open_services, settings_for
from api.commands.options import data_option, fails_clearly
from api.commands.status import print_status
from api.schemas import StatusForm


@click.command(
    "reindex", help="Build the indexes anew from the database. Embeds only what the present model has not embedded."
)
@data_option
@fails_clearly
def command(data: Path | None) -> None:
    settings = settings_for(data)
    server = find_server(settings, "owner")
    if server is not None:
        print_status(StatusForm.model_validate(server.post("/api/local/reindex", {})))
        return
    with open_services(settings) as services:
        embedded = sum(1 for _ in services.embed_missing())
        if embedded:
            click.echo(f"Embedded {embedded} documents with {services.settings.embedding_model}.")
        services.indexes.rebuild()
        print_status(services.status("owner"))
