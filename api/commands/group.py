"""`groundwork group`: who belongs together, so that audiences need not name everybody."""

from pathlib import Path

import click

from api.accounts.form import GroupForm, GroupMembersForm, ImportReportForm
from api.commands.opening import administering, settings_for
from api.commands.options import Exit, data_option, fails_clearly, json_option, print_json, print_table
from api.commands.people import ADDRESS, get_principal, new_option
from corpus.audience import PrincipalKind
from corpus.errors import Invalid


class NotReadable(Invalid):
    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} could not be read: {reason}.")


@click.group("group", help="Show and change who belongs to which group.")
def command() -> None:
    """Groups of people."""


@command.command("list", help="List the groups. Everybody is in “everyone”, which is left out.")
@data_option
@json_option
@fails_clearly
def list_groups(data: Path | None, as_json: bool) -> None:
    with administering(settings_for(data)) as client:
        said = client.get(f"{ADDRESS}/groups")
    if as_json:
        print_json(said)
        return
    forms = [GroupForm.model_validate(found) for found in said]
    if not forms:
        click.echo("There are no groups.")
        return
    print_table(
        ["Group", "Members", "Reads what belongs to"],
        [[form.name, form.member_count, ", ".join(form.audiences)] for form in forms],
    )


@command.command("show", help="List who belongs to GROUP.")
@click.argument("group")
@data_option
@json_option
@fails_clearly
def show(group: str, data: Path | None, as_json: bool) -> None:
    with administering(settings_for(data)) as client:
        group_id = get_principal(client, PrincipalKind.GROUP, group).principal_id
        said = client.get(f"{ADDRESS}/groups/{group_id}")
    if as_json:
        print_json(said)
        return
    for member in GroupMembersForm.model_validate(said).members:
        click.echo(member.name + (" (disabled)" if member.is_disabled else ""))


@command.command("join", help="Make USER a member of GROUP.")
@click.argument("group")
@click.argument("user")
@new_option
@data_option
@fails_clearly
def join(group: str, user: str, new: bool, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        group_id = get_principal(client, PrincipalKind.GROUP, group, new).principal_id
        user_id = get_principal(client, PrincipalKind.USER, user, new).principal_id
        client.put(f"{ADDRESS}/groups/{group_id}/members/{user_id}", {})
    click.echo(f"“{user}” belongs to the group “{group}”.")


@command.command("leave", help="Take USER out of GROUP.")
@click.argument("group")
@click.argument("user")
@data_option
@fails_clearly
def leave(group: str, user: str, data: Path | None) -> None:
    with administering(settings_for(data)) as client:
        group_id = get_principal(client, PrincipalKind.GROUP, group).principal_id
        user_id = get_principal(client, PrincipalKind.USER, user).principal_id
        client.delete(f"{ADDRESS}/groups/{group_id}/members/{user_id}")
    click.echo(f"“{user}” no longer belongs to the group “{group}”.")


@command.command(
    "import",
    help=(
        "Add and change the people in FILE, a CSV table of the columns name, display_name, roles and groups, of which "
        "only name is a must. Roles and groups in a cell are divided by semicolons, and hold from then on exactly so. "
        "Where a row is not right, nothing is done."
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--new", is_flag=True, help="Make the groups that are not there.")
@click.option("--skip-bad", is_flag=True, help="Leave bad rows out, and do the others.")
@data_option
@json_option
@fails_clearly
def import_people(file: Path, new: bool, skip_bad: bool, data: Path | None, as_json: bool) -> None:
    table = _read(file)
    with administering(settings_for(data)) as client:
        body = {"table": table, "skips_bad": skip_bad, "makes_groups": new}
        said = client.post(f"{ADDRESS}/people", body)
    report = ImportReportForm.model_validate(said)
    if as_json:
        print_json(said)
    else:
        _print(report)
    if report.bad:
        raise SystemExit(Exit.PARTLY_FAILED)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NotReadable(file, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise NotReadable(file, "it is not UTF-8") from error


def _print(report: ImportReportForm) -> None:
    for row in report.bad:
        click.echo(f"! line {row.line} {row.name}: {row.reason}")
    if not report.applied:
        click.echo("Nothing was done, since not every row is right. --skip-bad leaves such rows out.")
        return
    click.echo(f"{len(report.added)} added, {len(report.changed)} changed, {report.unchanged} as they were.")
    if report.new_groups:
        click.echo(f"New groups: {', '.join(report.new_groups)}.")
    if report.added:
        click.echo("Make a link for each new person, unless they sign in with a provider: groundwork user link NAME")
