"""`groundwork jobs`: what long work there is, how far it is, and stopping or repeating it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.commands.opening import find_server, open_existing, recorded, settings_for
from api.commands.options import as_option, data_option, fails_clearly, json_option, print_json, print_table
from api.job_form import JobForm, JobListForm, JobResultForm
from api.jobs.store import JobEntry
from api.services import Services

_LONGEST_TITLE = 40


class _ListsByDefault(click.Group):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["list", *args])


@click.group("jobs", cls=_ListsByDefault, help="Show long work and how far it is; cancel or retry it.")
def command() -> None:
    """`groundwork jobs` alone lists."""


@command.command("list", help="The newest jobs that you may know of.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@data_option
@as_option
@json_option
@fails_clearly
def list_jobs(limit: int, data: Path | None, user: str, as_json: bool) -> None:
    said = _asked(
        data,
        user,
        lambda client: client.get("/api/jobs", limit=limit),
        lambda services: _listed(services, user, limit).model_dump(mode="json"),
    )
    if as_json:
        print_json(said)
        return
    jobs = JobListForm.model_validate(said).jobs
    if not jobs:
        click.echo("There are no jobs.")
        return
    print_table(
        ("job", "state", "what", "progress", "note"),
        [(job.job_id, _state(job), _title(job), job.counted, job.reason or job.estimate) for job in jobs],
    )


@command.command("show", help="One job, and what came of it.")
@click.argument("job_id", type=int)
@data_option
@as_option
@json_option
@fails_clearly
def show(job_id: int, data: Path | None, user: str, as_json: bool) -> None:
    said = _asked(
        data,
        user,
        lambda client: client.get(f"/api/jobs/{job_id}"),
        lambda services: JobResultForm(
            **services.job_form(services.jobs.get(job_id, user)).model_dump(), result=services.jobs.result(job_id, user)
        ).model_dump(mode="json"),
    )
    if as_json:
        print_json(said)
        return
    job = JobResultForm.model_validate(said)
    _print(job)
    for name, value in job.result.items():
        if not isinstance(value, list):
            click.echo(f"{name}: {value}")


@command.command("cancel", help="Stop a job after the unit under way. What it has finished stays.")
@click.argument("job_id", type=int)
@data_option
@as_option
@fails_clearly
def cancel(job_id: int, data: Path | None, user: str) -> None:
    _print(
        JobForm.model_validate(
            _asked(
                data,
                user,
                lambda client: client.post(f"/api/jobs/{job_id}/cancel", {}),
                lambda services: _recorded(services, user, "job.cancel", job_id, services.jobs.cancel),
            )
        )
    )


@command.command("retry", help="Begin a failed or cancelled job anew.")
@click.argument("job_id", type=int)
@data_option
@as_option
@fails_clearly
def retry(job_id: int, data: Path | None, user: str) -> None:
    _print(
        JobForm.model_validate(
            _asked(
                data,
                user,
                lambda client: client.post(f"/api/jobs/{job_id}/retry", {}),
                lambda services: _recorded(services, user, "job.retry", job_id, services.jobs.retry),
            )
        )
    )


def _asked(
    data: Path | None,
    user: str,
    server: Callable[[Any], Any],
    alone: Callable[[Services], Any],
) -> Any:  # noqa: ANN401 - JSON
    """The same from the server that owns the folder, or from the folder itself."""
    settings = settings_for(data)
    client = find_server(settings, user)
    if client is not None:
        return server(client)
    with open_existing(settings) as services:
        return alone(services)


def _recorded(
    services: Services, user: str, action: str, job_id: int, change: Callable[[int, str], JobEntry]
) -> dict[str, Any]:
    with recorded(services, user, action, "job", job_id):
        return services.job_form(change(job_id, user)).model_dump(mode="json")


def _listed(services: Services, user: str, limit: int) -> JobListForm:
    found = services.jobs.list_jobs(user, limit)
    return JobListForm(jobs=[services.job_form(entry) for entry in found.entries], total=found.total)


def _state(job: JobForm) -> str:
    """A job that is being cancelled ends after what it is at."""
    return "stopping" if job.cancel_requested and not job.state.is_over else job.state.value


def _title(job: JobForm) -> str:
    title = f"{job.kind}: {job.title}"
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"


def _print(job: JobForm) -> None:
    click.echo(f"Job {job.job_id}, {job.kind}: {job.title}. {_state(job).capitalize()}.")
    for line in (job.step, job.counted, job.estimate, job.reason):
        if line:
            click.echo(line)
