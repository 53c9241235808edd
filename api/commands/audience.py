"""`groundwork audience`: who may read what."""

from pathlib import Path

import click

from api.clock import now
from api.commands.opening import find_server, open_existing, open_services, settings_for
from api.commands.options import Exit, as_option, data_option, fails_clearly, json_option, print_json, print_table, stop
from api.schemas import AudienceForm
from api.services import Services
from api.settings import Settings
from corpus.audience import parse_principal
from corpus.store import CorpusStore


@click.group("audience", help="Show and change who may read what.")
def command() -> None:
    pass


@command.command("list", help="List the audiences that a user belongs to.")
@data_option
@as_option
@json_option
@fails_clearly
def list_audiences(data: Path | None, user: str, as_json: bool) -> None:
    settings = settings_for(data)
    server = find_server(settings, user)
    if server is not None:
        forms = [AudienceForm.model_validate(entry) for entry in server.get("/api/audiences")]
    else:
        with open_existing(settings) as services:
            forms = [AudienceForm.of(entry) for entry in services.library.list_audiences(user)]
    if as_json:
        print_json([form.model_dump() for form in forms])
    else:
        print_table(
            ["Audience", "Documents", "Readers"],
            [[form.name, form.document_count, ", ".join(form.readers)] for form in forms],
        )


@command.command("allow", help="Let READER (user:NAME or group:NAME) read what belongs to AUDIENCE.")
@click.argument("audience")
@click.argument("reader")
@data_option
@fails_clearly
def allow(audience: str, reader: str, data: Path | None) -> None:
    kind, name = parse_principal(reader)
    with _changing(settings_for(data)) as services, services.writing.begin() as session:
        CorpusStore(session).allow(audience, kind, name)
    click.echo(f"{reader} may now read what belongs to “{audience}”.")


@command.command("deny", help="Take that right from READER again.")
@click.argument("audience")
@click.argument("reader")
@data_option
@fails_clearly
def deny(audience: str, reader: str, data: Path | None) -> None:
    kind, name = parse_principal(reader)
    with _changing(settings_for(data)) as services, services.writing.begin() as session:
        CorpusStore(session).deny(audience, kind, name)
    click.echo(f"{reader} may no longer read what belongs to “{audience}” on its own account.")


@command.command("create", help="Make an audience, read by the group of the same name.")
@click.argument("audience")
@data_option
@fails_clearly
def create(audience: str, data: Path | None) -> None:
    with _changing(settings_for(data)) as services, services.writing.begin() as session:
        CorpusStore(session).ensure_audience(audience, now())
    click.echo(f"The audience “{audience}” is there. Add people with: groundwork audience join {audience} NAME")


@command.command("join", help="Make USER a member of GROUP. Both are made if they are not there.")
@click.argument("group")
@click.argument("user")
@data_option
@fails_clearly
def join(group: str, user: str, data: Path | None) -> None:
    with _changing(settings_for(data)) as services, services.writing.begin() as session:
        CorpusStore(session).ensure_member(group, user)
    click.echo(f"{user} belongs to the group “{group}”.")


def _changing(settings: Settings) -> Services:
    if find_server(settings, "owner") is not None:
        stop("A server is running on this data folder. Stop it first, and start it again afterwards.", Exit.CONFLICT)
    return open_services(settings)
