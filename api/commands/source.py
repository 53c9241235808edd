"""`groundwork source`: places that documents come from again and again."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from api.commands.following import follow
from api.commands.opening import find_server, open_services, recorded, settings_for
from api.commands.options import Exit, as_option, data_option, fails_clearly, json_option, print_json, print_table
from api.job_form import JobForm
from api.services import Services
from api.settings import Settings
from api.source_form import SourceForm, SyncReportForm
from api.sources import NewSource, minutes_of
from corpus.audience import EVERYONE
from ingestion.source import SourceKind, SourceNotFound
from ingestion.source_options import KINDS, FieldType, Value
from ingestion.source_reading import BadSource

_EXAMPLES = "\n\n".join(
    f"\b\n{description.kind}: {description.title.lower()}\n  groundwork source add {description.kind} NAME "
    f"{description.address_example}"
    + "".join(f"\n    --with {field.name}=…  {field.label}" for field in description.fields)
    for description in KINDS.values()
)


@click.group("source", help="Add, sync and remove places that documents come from again and again.")
def command() -> None:
    pass


@command.command("add", help=f"Add a source named NAME of a kind, at ADDRESS.\n\n{_EXAMPLES}")
@click.argument("kind", type=click.Choice([kind.value for kind in SourceKind]))
@click.argument("name")
@click.argument("address")
@click.option("--audience", default=EVERYONE, show_default=True, help="Who may read what comes from it.")
@click.option(
    "--every", default="never", show_default=True, help="How often to look, while a server runs: 30m, 6h, 1d."
)
@click.option("--watch", is_flag=True, help="Take changes of a folder in at once, while a server runs.")
@click.option("--credential", help="Where the secret is: env:NAME or file:/path. Never the secret itself.")
@click.option("--with", "given", multiple=True, metavar="OPTION=VALUE", help="An option of the kind; can be repeated.")
@data_option
@as_option
@json_option
@fails_clearly
def add(
    kind: str,
    name: str,
    address: str,
    audience: str,
    every: str,
    watch: bool,
    credential: str | None,
    given: Sequence[str],
    data: Path | None,
    user: str,
    as_json: bool,
) -> None:
    options = _options(SourceKind(kind), given) | ({"watch": True} if watch else {})
    if kind in (SourceKind.FOLDER, SourceKind.MAILBOX):
        address = str(Path(address).expanduser().absolute())
    settings, minutes = settings_for(data), minutes_of(every)
    server = find_server(settings, user)
    if server is not None:
        body = {
            "name": name,
            "kind": kind,
            "address": address,
            "audience": audience,
            "every_minutes": minutes,
            "credential": credential,
            "options": options,
        }
        form = SourceForm.model_validate(server.post("/api/sources", body))
    else:
        with open_services(settings) as services:
            new = NewSource(name, SourceKind(kind), address, audience, minutes, credential)
            with recorded(services, user, "source.add"):
                added = services.sources.add(new, options, user)
            form = SourceForm.of(added, services.library.reader(user), None)
    if as_json:
        print_json(form.model_dump(mode="json"))
    else:
        click.echo(f"“{form.name}” is added. Take its documents in with: groundwork source sync “{form.name}”")


@command.command("list", help="List the sources that a user may know of.")
@data_option
@as_option
@json_option
@fails_clearly
def list_sources(data: Path | None, user: str, as_json: bool) -> None:
    forms = _forms(settings_for(data), user)
    if as_json:
        print_json([form.model_dump(mode="json") for form in forms])
        return
    print_table(
        ["Source", "Kind", "Audience", "Documents", "Looks", "Last sync"],
        [[form.name, form.kind, form.audience, form.document_count, form.schedule, _last_sync(form)] for form in forms],
    )


@command.command("show", help="Show a source and the report of its last sync.")
@click.argument("name")
@data_option
@as_option
@json_option
@fails_clearly
def show(name: str, data: Path | None, user: str, as_json: bool) -> None:
    form = _named(_forms(settings_for(data), user), name)
    if as_json:
        print_json(form.model_dump(mode="json"))
        return
    click.echo(f"{form.name}: {KINDS[form.kind].title.lower()} at {form.address}")
    click.echo(f"Read by      {form.audience}")
    click.echo(f"Documents    {form.document_count}")
    click.echo(f"Looks        {form.schedule}")
    if form.credential:
        click.echo(f"Credential   {form.credential}")
    for option, value in form.options.items():
        click.echo(f"  {option} = {json.dumps(value, ensure_ascii=False)}")
    click.echo(f"Last sync    {_last_sync(form)}")
    if form.report is not None:
        _print_report(form.name, form.report)


@command.command("sync", help="Take in what is new or changed, follow what moved, and remove what is gone.")
@click.argument("name")
@click.option(
    "--confirm",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Agree to the removal of up to N documents where more than half of them are gone.",
)
@data_option
@as_option
@json_option
@fails_clearly
def sync(name: str, confirm: int, data: Path | None, user: str, as_json: bool) -> None:
    settings = settings_for(data)
    server = find_server(settings, user)
    if server is not None:
        form = _named([SourceForm.model_validate(found) for found in server.get("/api/sources")], name)
        address = f"/api/sources/{form.source_id}"
        job = JobForm.model_validate(server.post(f"{address}/sync", {"confirmed": confirm}))
        with _progress(quiet=as_json) as advance:
            follow(server, job, lambda job: advance(job.done, job.total or 0))
        report = SourceForm.model_validate(server.get(address)).report
    else:
        with open_services(settings) as services, _progress(quiet=as_json) as advance:
            source = services.sources.find(name, user).source
            with recorded(services, user, "source.sync", "source", source.id):
                found = services.sources.sync_now(source.id, user, confirm, advance)
            report = SyncReportForm.of(found, names_failures=source.is_looked_after_by(services.library.reader(user)))
    if report is None:
        raise SystemExit(Exit.PARTLY_FAILED)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _print_report(name, report)
    if report.problem or report.failed or report.held_back:
        raise SystemExit(Exit.PARTLY_FAILED)


@command.command("remove", help="Remove a source, and with it its documents unless they are to be kept.")
@click.argument("name")
@click.option("--keep-documents", is_flag=True, help="Leave what came from it in the library.")
@data_option
@as_option
@fails_clearly
def remove(name: str, keep_documents: bool, data: Path | None, user: str) -> None:
    settings = settings_for(data)
    server = find_server(settings, user)
    if server is not None:
        form = _named([SourceForm.model_validate(found) for found in server.get("/api/sources")], name)
        keep = "true" if keep_documents else "false"
        count = server.delete(f"/api/sources/{form.source_id}?keep_documents={keep}")["documents"]
    else:
        with open_services(settings) as services:
            source_id = services.sources.find(name, user).source.id
            with recorded(services, user, "source.remove", "source", source_id):
                count = services.sources.remove(source_id, user, keep_documents)
    click.echo(f"“{name}” is removed, and {count} {'document' if count == 1 else 'documents'} with it.")


def _forms(settings: Settings, user: str) -> list[SourceForm]:
    server = find_server(settings, user)
    if server is not None:
        return [SourceForm.model_validate(found) for found in server.get("/api/sources")]
    with open_services(settings) as services:
        return [
            SourceForm.of(entry, services.library.reader(user), _job(services, entry.source.id))
            for entry in services.sources.list_entries(user)
        ]


def _job(services: Services, source_id: int) -> JobForm | None:
    job = services.sources.find_job(source_id)
    return services.job_form(job) if job else None


def _named(forms: Sequence[SourceForm], name: str) -> SourceForm:
    for form in forms:
        if form.name == name:
            return form
    raise SourceNotFound(name)


def _options(kind: SourceKind, given: Sequence[str]) -> dict[str, Value]:
    """`option=value` as the kind's fields want it. Raises `BadSource`; names are checked when the source is added."""
    types = {field.name: field.type for field in KINDS[kind].fields}
    options: dict[str, Value] = {}
    for said in given:
        name, equals, value = said.partition("=")
        if not equals:
            raise BadSource(f"“{said}” is no option. Write OPTION=VALUE.")
        options[name] = _value(name, value, types.get(name, FieldType.TEXT))
    return options


def _value(name: str, said: str, type: FieldType) -> Value:
    if type is FieldType.TEXT:
        return said
    try:
        value: Any = json.loads({"yes": "true", "no": "false"}.get(said, said))
    except ValueError as error:
        raise BadSource(f"{name}: “{said}” is not right. Write a number, yes, no, or JSON.") from error
    if not isinstance(value, bool | int | dict):
        raise BadSource(f"{name}: “{said}” is not right. Write a number, yes, no, or JSON.")
    return value


def _last_sync(form: SourceForm) -> str:
    if form.job is not None:
        return "under way"
    if form.report is None or form.synced_at is None:
        return "never"
    at = form.synced_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{at}, {'failed' if form.report.problem else form.report.counted}"


def _print_report(name: str, report: SyncReportForm) -> None:
    click.echo(f"{report.listed} listed in {report.seconds:.1f} s: {report.counted}.")
    if report.problem:
        click.echo(f"Nothing was removed, since the source could not be listed to its end: {report.problem}")
    if report.held_back:
        click.echo(
            f"{report.held_back} documents are no longer there, which is more than half. They stay. If they are to go: "
            f"groundwork source sync “{name}” --confirm {report.held_back}"
        )
    for failure in report.failures:
        click.echo(f"! {failure.name}: {failure.reason}")
    if report.failed > len(report.failures) > 0:
        click.echo(f"… and {report.failed - len(report.failures)} more.")


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Gives what to call with how much is done of how much."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=1, label="Syncing", show_pos=True, file=sys.stderr, hidden=hidden) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield advance
