"""`groundwork evaluate`: measure search and answers on a labelled set."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.clock import now
from api.commands.options import Exit, fails_clearly
from api.evaluating import MeasuredSystem
from api.services import Services
from api.settings import Settings
from evals.case import Part
from evals.dataset import read_dataset
from evals.report import as_json, as_table, report_of
from evals.run import AskedQuestion, Options, ScopeChoice, ask_cases, ingest_documents

_ALL = "all"


@click.command(
    "evaluate", help="Ingest the documents of SET_FOLDER into a fresh data folder, ask its questions, and report."
)
@click.argument("set_folder", type=click.Path(path_type=Path))
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write the report here."
)
@click.option(
    "--question",
    type=click.Choice([kind.value for kind in AskedQuestion]),
    default=AskedQuestion.LAST.value,
    show_default=True,
    help="What is asked where a case has earlier turns: the last turn alone, its published rewriting, or the last "
    "turn with the turns before it.",
)
@click.option(
    "--scope",
    type=click.Choice([kind.value for kind in ScopeChoice]),
    default=ScopeChoice.ALL.value,
    show_default=True,
    help="Ask over all documents, or over those that the case names.",
)
@click.option(
    "--split",
    type=click.Choice([*(part.value for part in Part), _ALL]),
    default=_ALL,
    show_default=True,
    help="Which part of the cases.",
)
@click.option("--limit", type=click.IntRange(1), help="Ask only so many cases, evenly spread.")
@click.option("--search-only", is_flag=True, help="Compose no answers.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the data folder here and use it again; must hold nothing else. Default: a temporary one.",
)
@click.option("--seed", default=7, show_default=True, help="Of the resampling behind the intervals.")
@fails_clearly
def command(
    set_folder: Path,
    json_file: Path | None,
    question: str,
    scope: str,
    split: str,
    limit: int | None,
    search_only: bool,
    data: Path | None,
    seed: int,
) -> None:
    dataset = read_dataset(set_folder)
    options = Options(
        AskedQuestion(question),
        ScopeChoice(scope),
        None if split == _ALL else Part(split),
        limit,
        answers=not search_only,
    )
    with _folder(data) as folder, Services(Settings(data=folder), now) as services:
        with _bar("Ingesting") as on_file:
            system = MeasuredSystem(services, on_file)
            unread = ingest_documents(dataset, system)
        with _bar("Asking") as on_case:
            run = ask_cases(dataset, system, options, clock=time.perf_counter, on_case=on_case, unread=unread)
    report = report_of(run, seed)
    click.echo(as_table(report))
    if json_file is not None:
        json_file.write_text(as_json(report), encoding="utf-8")
    if report.failed_calls:
        raise SystemExit(Exit.PARTLY_FAILED)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="groundwork-evaluate-") as folder:
        yield Path(folder)


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, whose length is known with the first call."""
    with click.progressbar(
        length=1, label=label, show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance
