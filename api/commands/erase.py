"""`groundwork erase`: take a document or a person away for good."""

from collections.abc import Sequence
from pathlib import Path

import click

from api.commands.opening import find_server, open_existing, recorded, settings_for
from api.commands.options import data_option, fails_clearly, json_option, print_json
from api.schemas import ErasureForm, ErasureReportForm
from corpus.audience import OWNER


@click.command(
    "erase",
    help=(
        "Erase each TARGET, a document's number or name, or `user:NAME` or `group:NAME`, with all that was made of it, "
        "so that no file in the data folder holds it any more. With a person go the documents that nobody else can "
        "read. Unlike deleting in the library this cannot be undone, except from a backup, which it does not reach."
    ),
)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--yes", is_flag=True, help="Do not ask before.")
@data_option
@json_option
@fails_clearly
def command(targets: Sequence[str], yes: bool, data: Path | None, as_json: bool) -> None:
    settings = settings_for(data)
    server = find_server(settings, "owner")
    if server is not None:
        plan = ErasureForm.model_validate(server.post("/api/local/erase/plan", {"targets": list(targets)}))
        _confirm(plan, yes)
        (line,) = server.lines("/api/local/erase", {"targets": list(targets)})
        report = ErasureReportForm.model_validate_json(line)
    else:
        with open_existing(settings) as services:
            _confirm(ErasureForm.of(services.erasing.plan(targets)), yes)
            with recorded(services, OWNER, "document.erase"):
                report = ErasureReportForm.of(services.erasing.erase(targets))
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    _print(report)


def _confirm(plan: ErasureForm, yes: bool) -> None:
    if yes:
        return
    for line in _described(plan):
        click.echo(line, err=True)
    click.confirm("Erase all of this for good?", abort=True, err=True)


def _described(plan: ErasureForm) -> list[str]:
    lines = list(plan.principals)
    lines += [f"audience “{name}”, which nobody else reads" for name in plan.audiences]
    for document in plan.documents:
        state = ", deleted before" if document.is_removed else ""
        lines.append(
            f"document {document.document_id} “{document.name}” for “{document.audience}”{state}: "
            f"{document.versions} versions, {document.chunks} chunks"
        )
    return lines


def _print(report: ErasureReportForm) -> None:
    for line in _described(report.erased):
        click.echo(f"- {line}")
    kept = f" {report.kept_files} stay because other documents have the same content." if report.kept_files else ""
    click.echo(f"Erased. {report.deleted_files} original files deleted.{kept} The indexes are built anew.")
    if report.sources:
        click.echo(f"It came from {', '.join(report.sources)}. Remove it there too, or the next sync brings it back.")
