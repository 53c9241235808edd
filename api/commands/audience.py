"""`groundwork audience`: who may read what."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.accounts.audiences import MadeOfReaders
from api.accounts.form import AudiencePageForm, AudienceReadersForm, ForeseenForm, PrincipalForm
from api.commands.opening import administering, settings_for
from api.commands.options import data_option, fails_clearly, json_option, print_json, print_table
from api.commands.people import ADDRESS, get_reader, new_option
from api.schemas import ReadersChangeForm
from corpus.audience import AudienceNotFound

if TYPE_CHECKING:
    from api.client import Client

_yes_option = click.option("--yes", is_flag=True, help="Do not ask before.")


@click.group("audience", help="Show and change who may read what.")
def command() -> None:
    """Audiences and their readers."""


@command.command("list", help="List the audiences and who reads them.")
@click.option("--contains", default="", help="Only those with this in their name.")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True)
@data_option
@json_option
@fails_clearly
def list_audiences(contains: str, limit: int, data: Path | None, as_json: bool) -> None:
    with administering(settings_for(data)) as client:
        said = client.get(f"{ADDRESS}/audiences", contains=contains, limit=limit)
    if as_json:
        print_json(said["audiences"])
        return
    page = AudiencePageForm.model_validate(said)
    print_table(
        ["Audience", "Documents", "People", "Readers"],
        [[form.name, form.document_count, form.people, ", ".join(map(_said, form.readers))] for form in page.audiences],
    )
    if page.total > len(page.audiences):
        click.echo(f"… and {page.total - len(page.audiences)} more.")


@command.command("create", help="Make an audience, read by the group of the same name.")
@click.argument("audience")
@data_option
@fails_clearly
def create(audience: str, data: Path | None) -> None:
    with administering(settings_for(data), makes_folder=True) as client:
        form = AudienceReadersForm.model_validate(client.post(f"{ADDRESS}/audiences", {"name": audience}))
    click.echo(f"The audience “{form.name}” is there. Add people with: groundwork group join “{form.name}” NAME")


@command.command("allow", help="Let READER (user:NAME or group:NAME) read what belongs to AUDIENCE.")
@click.argument("audience")
@click.argument("reader")
@new_option
@_yes_option
@data_option
@fails_clearly
def allow(audience: str, reader: str, new: bool, yes: bool, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        form = _get(client, audience)
        principal = get_reader(client, reader, new)
        address = f"{ADDRESS}/audiences/{form.audience_id}/readers/{principal.principal_id}"
        foreseen = ForeseenForm.model_validate(client.get(address))
        if foreseen.is_in:
            click.echo(f"{_said(principal)} reads what belongs to “{form.name}” already.")
            return
        if foreseen.change.gain and not yes:
            click.confirm(f"{_people(foreseen.change.gain)} would gain sight. Go on?", abort=True, err=True)
        change = ReadersChangeForm.model_validate(client.put(address, {}))
    click.echo(
        f"{_said(principal)} may now read what belongs to “{form.name}”. {_people(change.gain)} gained sight; "
        f"{change.readers} may read it."
    )


@command.command("deny", help="Take that right from READER again.")
@click.argument("audience")
@click.argument("reader")
@_yes_option
@data_option
@fails_clearly
def deny(audience: str, reader: str, yes: bool, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        form = _get(client, audience)
        principal = get_reader(client, reader)
        address = f"{ADDRESS}/audiences/{form.audience_id}/readers/{principal.principal_id}"
        foreseen = ForeseenForm.model_validate(client.get(address))
        if foreseen.is_in and foreseen.change.lose and not yes:
            click.confirm(f"{_people(foreseen.change.lose)} would lose sight. Go on?", abort=True, err=True)
        change = ReadersChangeForm.model_validate(client.delete(address))
    click.echo(
        f"{_said(principal)} may no longer read what belongs to “{form.name}” on its own account. "
        f"{_people(change.lose)} lost sight; {change.readers} may read it."
    )


def _get(client: "Client", name: str) -> AudienceReadersForm:
    """One that can be changed. Raises `AudienceNotFound`, `MadeOfReaders`."""
    found = AudiencePageForm.model_validate(client.get(f"{ADDRESS}/audiences", name=name)).audiences
    if not found:
        raise AudienceNotFound(name)
    if found[0].is_fixed:
        raise MadeOfReaders(name)
    return found[0]


def _said(principal: PrincipalForm) -> str:
    return f"{principal.kind}:{principal.name}"


def _people(number: int) -> str:
    return f"{number} {'person' if number == 1 else 'people'}"
