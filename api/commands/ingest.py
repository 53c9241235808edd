"""`groundwork ingest`: add files and folders."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.following import follow
from api.commands.opening import find_server, open_services, recorded, settings_for
from api.commands.options import Exit, as_option, data_option, fails_clearly, json_option, print_json
from api.ingesting import FoundFile, find_files
from api.job_form import JobForm
from api.jobs.ingest_kind import reports_of
from api.jobs.job import State
from api.settings import Settings
from corpus.audience import EVERYONE
from corpus.errors import Unavailable
from ingestion.ingest import FileReport, Outcome

_MARKS = {
    Outcome.ADDED: "+",
    Outcome.UPDATED: "~",
    Outcome.MOVED: ">",
    Outcome.UNCHANGED: "=",
    Outcome.DUPLICATE: "=",
    Outcome.REMOVED: "-",
    Outcome.ATTACHED: "+",
    Outcome.FAILED: "!",
}


if TYPE_CHECKING:
    from api.client import Client


class NotIngested(Unavailable):
    def __init__(self, job: JobForm) -> None:
        super().__init__(job.reason or f"Job {job.job_id} is {job.state.value}.")


@click.command("ingest", help="Add files and folders to the corpus. Files that did not change cost nothing.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--audience", default=EVERYONE, show_default=True, help="Who may read them; a new name makes a new audience."
)
@click.option("--sync", is_flag=True, help="Also remove documents whose files in the given folders are gone.")
@data_option
@as_option
@json_option
@fails_clearly
def command(paths: Sequence[Path], audience: str, sync: bool, data: Path | None, user: str, as_json: bool) -> None:
    settings = settings_for(data)
    files = find_files(paths)
    folders = [path.expanduser().resolve() for path in paths if path.is_dir()] if sync else []
    reports: list[FileReport] = []
    server = find_server(settings, user)
    if server is not None:
        reports = ingest_in_server(server, files, folders, audience, quiet=as_json)
    else:
        with _progress(len(files), quiet=as_json) as advance:
            for report in _reports(settings, user, files, folders, audience):
                reports.append(report)
                advance(report)
    counted = Counter(report.outcome for report in reports)
    if as_json:
        print_json({"files": [asdict(report) for report in reports], "outcomes": counted})
    else:
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items())) or "nothing to do"
        click.echo(f"{len(files)} files for “{audience}”: {said}.")
    if counted[Outcome.FAILED]:
        raise SystemExit(Exit.PARTLY_FAILED)


def _reports(
    settings: Settings, user: str, files: Sequence[FoundFile], folders: Sequence[Path], audience: str
) -> Iterator[FileReport]:
    with open_services(settings) as services:
        services.library.check_audience(audience, user)
        with recorded(services, user, "document.add"):
            yield from services.ingesting.add_paths(files, audience)
            for folder in folders:
                yield from services.ingesting.remove_missing(folder, files, audience)
        services.indexes.follow()


def ingest_in_server(
    server: "Client", files: Sequence[FoundFile], folders: Sequence[Path], audience: str, quiet: bool
) -> list[FileReport]:
    """As a job of the server, which goes on when this process ends."""
    body = {
        "files": [{"path": str(file.path), "name": file.name} for file in files],
        "folders": [str(folder) for folder in folders],
        "audience": audience,
    }
    job = JobForm.model_validate(server.post("/api/local/ingest", body))
    try:
        with click.progressbar(
            length=len(files),
            label=f"Ingesting, as job {job.job_id} of the server",
            show_pos=True,
            file=sys.stderr,
            hidden=quiet or not sys.stderr.isatty(),
        ) as bar:
            ended = follow(server, job, lambda now: bar.update(now.done - bar.pos))
    except KeyboardInterrupt:
        click.echo(f"It goes on in the server. Stop it with: groundwork jobs cancel {job.job_id}", err=True)
        raise
    reports = reports_of(ended.result)
    if not reports and ended.state is not State.DONE:
        raise NotIngested(ended)
    if not quiet:
        for report in reports:
            if _is_worth_a_line(report):
                click.echo(_line(report))
    return reports


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[FileReport], None]]:
    """Gives what to call with each report: a bar on a terminal, and a line for every file that is worth one."""
    if quiet:
        yield lambda report: None
        return
    with click.progressbar(
        length=total, label="Ingesting", show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def advance(report: FileReport) -> None:
            if _is_worth_a_line(report):
                click.echo(_line(report) if bar.hidden else f"\r\x1b[K{_line(report)}")
            if report.outcome is not Outcome.REMOVED:
                bar.update(1)

        yield advance


def _is_worth_a_line(report: FileReport) -> bool:
    return report.outcome is not Outcome.UNCHANGED or report.reason is not None


def _line(report: FileReport) -> str:
    line = f"{_MARKS[report.outcome]} {report.name}: {report.outcome}"
    if report.chunk_count:
        line += f", {report.chunk_count} chunks"
    return f"{line}. {report.reason}" if report.reason else line
