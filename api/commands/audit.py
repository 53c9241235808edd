"""`groundwork audit`: who did what, that the record is as it was written, and the record as a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from api.audit.entry import Decision
from api.audit.export import ExportFormat, export
from api.audit.form import AuditEntryForm, AuditListForm, VerificationForm
from api.audit.store import AuditFilter
from api.commands.opening import find_server, open_existing, settings_for
from api.commands.options import Exit, data_option, fails_clearly, json_option, print_json, print_table
from api.services import Services
from corpus.audience import OWNER
from corpus.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from api.client import Client

_ADDRESS = "/api/admin/audit"


class FileThere(Conflict):
    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} exists already. Name another file.")


class NotWritten(Unavailable):
    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} could not be written: {reason}.")


class _Time(click.ParamType[datetime]):
    """A date, or a date and a time; of this machine where no zone is named."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        try:
            return datetime.fromisoformat(value).astimezone()
        except (ValueError, OverflowError):
            self.fail(f"“{value}” is no time. Write 2026-05-01 or 2026-05-01T14:30.", param, ctx)


_since = click.option("--since", type=_Time(), help="From this time on: 2026-05-01 or 2026-05-01T14:30.")
_until = click.option("--until", type=_Time(), help="Before this time.")


@click.group("audit", help="Show what was done and by whom; verify and export that record.")
def command() -> None:
    """What the gate of the server records."""


@command.command("list", help="The newest entries.")
@click.option("--actor", default="", help="Only of this user; #12 for the principal of that id.")
@click.option("--action", default="", help="Only this action, such as document.delete.")
@click.option("--object", "object_", default="", help="Only on this object or what begins with it, such as document.")
@click.option("--decision", type=click.Choice([decision.value for decision in Decision]))
@_since
@_until
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@data_option
@json_option
@fails_clearly
def list_entries(
    actor: str,
    action: str,
    object_: str,
    decision: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    data: Path | None,
    as_json: bool,
) -> None:
    wanted = AuditFilter(actor, action, object_, Decision(decision) if decision else None, since, until)
    said = _asked(
        data,
        lambda client: client.get(_ADDRESS, limit=limit, **_parameters(wanted)),
        lambda services: AuditListForm.of(services.audit.list_entries(wanted, limit)).model_dump(mode="json"),
    )
    if as_json:
        print_json(said)
        return
    entries = AuditListForm.model_validate(said).entries
    if not entries:
        click.echo("There are no such entries.")
        return
    print_table(
        ("entry", "time", "who", "via", "action", "object", "decision", "status", "request"),
        [
            (
                entry.id,
                entry.at,
                _who(entry),
                entry.via,
                entry.action,
                entry.object,
                entry.decision,
                entry.status if entry.status is not None else "",
                entry.request_id,
            )
            for entry in entries
        ],
    )


@command.command("verify", help="Walk the whole record and tell whether it is as it was written.")
@click.option("--head", help="A hash that was noted before: what was cut off at the end is found by it only.")
@data_option
@json_option
@fails_clearly
def verify(head: str | None, data: Path | None, as_json: bool) -> None:
    """Ends with 4 where the record is not as it was written."""
    said = _asked(
        data,
        lambda client: client.get(f"{_ADDRESS}/verify", **({} if head is None else {"head": head})),
        lambda services: VerificationForm.of(services.audit.verify(head)).model_dump(mode="json"),
    )
    form = VerificationForm.model_validate(said)
    if as_json:
        print_json(said)
    else:
        click.echo(form.said)
        click.echo(f"Head: {form.head} (of {form.count} entries)")
    if not form.is_sound:
        sys.exit(Exit.CONFLICT)


@command.command("export", help="The record as a file, oldest first. People are named by id only.")
@click.option(
    "--format",
    "written_as",
    type=click.Choice([written_as.value for written_as in ExportFormat]),
    default=ExportFormat.JSONL.value,
    show_default=True,
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: standard output.")
@_since
@_until
@data_option
@fails_clearly
def export_entries(
    written_as: str, out: Path | None, since: datetime | None, until: datetime | None, data: Path | None
) -> None:
    wanted = AuditFilter(since=since, until=until)
    settings = settings_for(data)
    client = find_server(settings, OWNER)
    with _opened(out) as file:
        if client is not None:
            for received in client.stream(f"{_ADDRESS}/export", format=written_as, **_parameters(wanted)):
                file.write(received)
            return
        with open_existing(settings) as services:
            for piece in export(services.audit.entries(wanted), ExportFormat(written_as)):
                file.write(piece.encode())


@contextmanager
def _opened(out: Path | None) -> Iterator[BinaryIO]:
    """A file that is there under its name only when it is whole. Raises `FileThere` or `NotWritten`."""
    if out is None:
        yield sys.stdout.buffer
        return
    if out.exists():
        raise FileThere(out)
    unfinished = out.with_name(f"{out.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(out)
    except OSError as error:
        raise NotWritten(out, error.strerror or str(error)) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _asked(data: Path | None, server: Callable[["Client"], Any], alone: Callable[[Services], Any]) -> Any:  # noqa: ANN401
    """The same from the server that owns the folder, or from the folder itself."""
    settings = settings_for(data)
    client = find_server(settings, OWNER)
    if client is not None:
        return server(client)
    with open_existing(settings) as services:
        return alone(services)


def _parameters(wanted: AuditFilter) -> dict[str, str]:
    said = {
        "actor": wanted.actor,
        "action": wanted.action,
        "object": wanted.object,
        "decision": wanted.decision or "",
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }
    return {name: value for name, value in said.items() if value}


def _who(entry: AuditEntryForm) -> str:
    if entry.actor_id is None:
        return ""
    return entry.actor or f"(erased) #{entry.actor_id}"
