"""`groundwork items`: check quiz items, wherever they were written."""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from api.clock import now
from api.commands.options import fails_clearly, print_table
from api.item_checking import CheckedItem, check_lines
from api.services import Services
from api.settings import Settings
from authoring.item_finding import Rule
from authoring.item_lines import NotText, read_item_lines
from corpus.audience import OWNER

_MOST_SHOWN = 20


@click.group("items", help="Check quiz items, wherever they were written.")
def command() -> None:
    pass


@command.command("check", help="Judge the shape and the key of each item in ITEMS, a file of JSON lines.")
@click.argument("items", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--documents",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the documents that the items name.",
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write what is found here.")
@fails_clearly
def check(items: Path, documents: Path, json_file: Path | None) -> None:
    """Needs no data folder and no server, and leaves nothing behind."""
    try:
        lines = list(read_item_lines(items.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError as error:
        raise NotText(items.name) from error
    with tempfile.TemporaryDirectory(prefix="groundwork-items-") as folder:
        # A folder of its own, whatever else is set: the installation's database is left alone.
        settings = Settings(data=Path(folder), database_url=None, jobs_url=None)
        with Services(settings, now) as services:
            files, budget = services.lesson_files(documents), services.model_budgets.of(OWNER)
            with click.progressbar(
                length=len(lines), label="Checking", show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
            ) as bar:
                found = list(check_lines(lines, files, services.key_gate, budget, lambda: bar.update(1)))
    if json_file is not None:
        json_file.write_text(json.dumps(_as_json(found), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _print(found)


def _as_json(found: Sequence[CheckedItem]) -> dict[str, object]:
    return {
        "items": [
            {
                "id": item.id,
                "shape": [
                    {"rule": finding.rule, "words": finding.words, "mend": finding.mend} for finding in item.shape
                ],
                "key": {"ok": item.key.ok, "score": round(item.key.score, 4), "reason": item.key.reason},
            }
            for item in found
        ]
    }


def _print(found: Sequence[CheckedItem]) -> None:
    blocked = [item for item in found if not item.key.ok]
    for item in blocked[:_MOST_SHOWN]:
        click.echo(f"{item.id}: {item.key.reason}")
    if len(blocked) > _MOST_SHOWN:
        click.echo(f"… and {len(blocked) - _MOST_SHOWN} more.")
    rules = Counter(finding.rule for item in found for finding in item.shape)
    if rules:
        print_table(["Flaw", "Items"], [[rule.value, rules[rule]] for rule in Rule if rules[rule]])
    flawed = sum(bool(item.shape) for item in found)
    click.echo(f"{len(found)} items: {len(blocked)} with a key to look at, {flawed} with flaws in their shape.")
