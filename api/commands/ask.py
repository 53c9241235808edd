"""`groundwork ask`: a cited answer."""

from pathlib import Path

import click

from api.commands.opening import find_server, open_existing, settings_for
from api.commands.options import Exit, as_option, data_option, fails_clearly, json_option, print_json
from api.schemas import AnswerForm, CitationForm
from assistant.answer import AnswerStatus


@click.command(
    "ask", help="Answer QUESTION. Every sentence names where it stands. Exit code 1 where nothing was found."
)
@click.argument("question")
@data_option
@as_option
@json_option
@fails_clearly
def command(question: str, data: Path | None, user: str, as_json: bool) -> None:
    settings = settings_for(data)
    server = find_server(settings, user)
    if server is not None:
        answer = AnswerForm.model_validate(server.post("/api/ask", {"question": question}))
    else:
        with open_existing(settings) as services:
            answer = AnswerForm.of(services.asking.ask(question, user))
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        _print(answer)
    if answer.status is AnswerStatus.NOT_FOUND:
        raise SystemExit(Exit.NOT_ANSWERED)


def _print(answer: AnswerForm) -> None:
    if answer.notice:
        click.echo(click.style(answer.notice, italic=True), err=True)
    if answer.status is AnswerStatus.NOT_FOUND:
        click.echo("The documents do not answer this.")
        if answer.related:
            click.echo("\nNearest passages:")
        for passage in answer.related:
            click.echo(f"  - {' › '.join([passage.title, *passage.headings])}  ({passage.document_name})")
        return
    listed: list[CitationForm] = []
    for sentence in answer.sentences:
        numbers = []
        for citation in sentence.citations:
            if citation not in listed:
                listed.append(citation)
            numbers.append(f"[{listed.index(citation) + 1}]")
        marks = click.style("".join(numbers), fg="blue")
        click.echo(click.wrap_text(f"{' '.join(sentence.text.split())} {marks}", 100))
    click.echo()
    for number, citation in enumerate(listed, 1):
        place = citation.locator.label
        click.echo(f"[{number}] {citation.title} ({citation.document_name})" + (f", {place}" if place else ""))
        click.echo(click.style(click.wrap_text(f"“{' '.join(citation.quote.split())}”", 100, "    ", "    "), dim=True))
