"""`groundwork search`: passages for a question."""

from pathlib import Path

import click

from api.commands.opening import find_server, open_existing, settings_for
from api.commands.options import Exit, as_option, data_option, fails_clearly, json_option, print_json
from api.schemas import PassageForm


@click.command("search", help="List the passages found for QUERY, best first.")
@click.argument("query")
@click.option("-k", "limit", default=5, show_default=True, type=click.IntRange(1, 100), help="How many passages.")
@data_option
@as_option
@json_option
@fails_clearly
def command(query: str, limit: int, data: Path | None, user: str, as_json: bool) -> None:
    settings = settings_for(data)
    server = find_server(settings, user)
    if server is not None:
        found = server.get("/api/search", q=query, limit=limit)["passages"]
        passages = [PassageForm.model_validate(passage) for passage in found]
    else:
        with open_existing(settings) as services:
            passages = [PassageForm.of(passage) for passage in services.asking.find(query, user, limit)]
    if as_json:
        print_json({"question": query, "passages": [passage.model_dump() for passage in passages]})
    else:
        for number, passage in enumerate(passages, 1):
            place = " › ".join([passage.title, *passage.headings])
            click.echo(
                click.style(f"{number}. {place}", bold=True) + f"  ({passage.document_name}, {passage.score:.2f})"
            )
            click.echo(click.wrap_text(" ".join(passage.text.split()), 100, "   ", "   ") + "\n")
    if not passages:
        click.echo("Nothing found.", err=True)
        raise SystemExit(Exit.NOT_ANSWERED)
