"""`groundwork reindex`: build the indexes anew."""

from pathlib import Path

import click

from api.commands.following import follow
from api.commands.opening import find_server, open_existing, recorded, settings_for
from api.commands.options import data_option, fails_clearly
from api.commands.status import print_status
from api.job_form import JobForm
from api.jobs.job import State
from api.schemas import StatusForm
from corpus.audience import OWNER
from corpus.errors import Unavailable


class NotReindexed(Unavailable):
    def __init__(self, job: JobForm) -> None:
        super().__init__(f"The indexes were not built anew. {job.reason or f'The job is {job.state.value}.'}")


@click.command(
    "reindex", help="Build the indexes anew from the database. Embeds only what the present model has not embedded."
)
@data_option
@fails_clearly
def command(data: Path | None) -> None:
    settings = settings_for(data)
    server = find_server(settings, "owner")
    if server is not None:
        job = follow(server, JobForm.model_validate(server.post("/api/local/reindex", {})), lambda job: None)
        if job.state is not State.DONE:
            raise NotReindexed(job)
        print_status(StatusForm.model_validate(server.get("/api/status")))
        return
    with open_existing(settings) as services:
        with recorded(services, OWNER, "installation.reindex"):
            embedded = sum(1 for _ in services.embed_missing())
            if embedded:
                click.echo(f"Embedded {embedded} documents with {services.settings.embedding_model}.")
            services.indexes.rebuild()
        print_status(services.status("owner"))
