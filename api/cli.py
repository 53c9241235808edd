"""The `groundwork` command. Starts fast: a command's module is imported only when that command is called."""

import importlib
import sys
from dataclasses import dataclass

import click

from api.offline import switch_off_telemetry


@dataclass(frozen=True, slots=True)
class _Listed:
    module: str
    summary: str


COMMANDS = {
    "serve": _Listed("api.commands.serve", "Serve the pages and the HTTP interface."),
    "ingest": _Listed("api.commands.ingest", "Add files and folders to the corpus."),
    "source": _Listed("api.commands.source", "Keep up with folders, websites and other places."),
    "transcribe": _Listed("api.commands.transcribe", "Have the words of a recording written down."),
    "search": _Listed("api.commands.search", "List the passages found for a question."),
    "ask": _Listed("api.commands.ask", "Answer a question with cited sentences."),
    "status": _Listed("api.commands.status", "Show what the corpus holds and how its indexes are."),
    "worker": _Listed("api.commands.worker", "Work on jobs beside the server, on PostgreSQL."),
    "jobs": _Listed("api.commands.jobs", "Show long work and how far it is; cancel or retry it."),
    "audit": _Listed("api.commands.audit", "Show what was done and by whom; verify and export that record."),
    "user": _Listed("api.commands.user", "Add people, and say what they may do."),
    "group": _Listed("api.commands.group", "Show and change who belongs to which group."),
    "audience": _Listed("api.commands.audience", "Show and change who may read what."),
    "key": _Listed("api.commands.key", "Make, show and revoke API keys."),
    "reindex": _Listed("api.commands.reindex", "Build the indexes anew from the database."),
    "items": _Listed("api.commands.items", "Check quiz items against their documents."),
    "draft": _Listed("api.commands.draft", "Draft a course from files, documents and recordings."),
    "export": _Listed("api.commands.export", "Write a course into one file."),
    "evaluate": _Listed("api.commands.evaluate", "Measure search and answers on a labelled set."),
    "erase": _Listed("api.commands.erase", "Erase a document or a person so that no byte of it stays."),
    "backup": _Listed("api.commands.backup", "Write everything into one file, also while serving."),
    "restore": _Listed("api.commands.restore", "Make a data folder out of a backup."),
    "upgrade": _Listed("api.commands.upgrade", "Bring the database to this version's form, or take that back."),
    "openapi": _Listed("api.commands.openapi", "Print the description of the HTTP interface."),
    "migrate": _Listed("api.commands.migrate", "Bring the database to this version's form."),
}

CRASHED = 70
"""As `EX_SOFTWARE` of sysexits.h."""


class LazyGroup(click.Group):
    """Lists all commands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        listed = COMMANDS.get(cmd_name)
        if listed is None:
            return None
        command = importlib.import_module(listed.module).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{listed.module}.command is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.summary) for name, listed in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundwork")
def main() -> None:
    """Answers and courses that can be trusted, from what an organisation's experts know."""
    switch_off_telemetry()


def run() -> None:
    """What is left to crash ends with a code of its own: Python's 1 means here that a question was not answered."""
    try:
        main()
    except Exception:  # noqa: BLE001  It crashes all the same, with its traceback.
        # The traceback on stderr; with secrets taken out of it where a server has set up its log.
        sys.excepthook(*sys.exc_info())
        sys.exit(CRASHED)


if __name__ == "__main__":
    run()
