"""`groundwork transcribe`: have the words of a recording written down, by the engine in the settings or another one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from api.commands.following import follow
from api.commands.opening import find_server, open_existing, recorded, settings_for
from api.commands.options import as_option, data_option, fails_clearly, json_option, print_json
from api.job_form import JobForm
from api.jobs.job import State
from api.settings import Settings
from corpus.errors import Unavailable

if TYPE_CHECKING:
    from api.client import Client

_MINUTE_MS = 60_000

Advance = Callable[[int, int], None]
"""Takes minutes of sound that are done, and of the whole."""


class NotTranscribed(Unavailable):
    def __init__(self, job: JobForm) -> None:
        super().__init__(job.reason or f"Job {job.job_id} is {job.state.value}.")


@dataclass(frozen=True, slots=True)
class _Transcribed:
    document_id: int
    name: str
    words: int
    note: str | None


class _ResultForm(BaseModel):
    """What the job leaves behind."""

    document_id: int
    words: int


@click.command(
    "transcribe",
    help=(
        "Have the words of DOCUMENT, the number or name of a recording, written down. A recording that nobody has "
        "transcribed is also done by itself while a server runs; this does so now, anew, or by another engine."
    ),
)
@click.argument("document")
@click.option("--engine", help="pocketsphinx, faster-whisper or a provider's model. Default: GROUNDWORK_TRANSCRIBER.")
@click.option("--replace", is_flag=True, help="Also where people have written or corrected the words.")
@data_option
@as_option
@json_option
@fails_clearly
def command(document: str, engine: str | None, replace: bool, data: Path | None, user: str, as_json: bool) -> None:
    settings = settings_for(data)
    server = find_server(settings, user)
    with _progress(quiet=as_json) as advance:
        if server is not None:
            done = _in_the_server(server, document, engine, replace, advance)
        else:
            done = _alone(settings, user, document, engine, replace, advance)
    if as_json:
        print_json(asdict(done))
        return
    click.echo(f"“{done.name}”: {done.words:,} words." + (f" {done.note}" if done.note else ""))


def _in_the_server(
    server: "Client", document: str, engine: str | None, replace: bool, advance: Advance
) -> _Transcribed:
    """As a job of the server, which goes on when this process ends."""
    body = {"document": document, "engine": engine, "replace": replace}
    job = JobForm.model_validate(server.post("/api/local/transcribe", body))
    try:
        ended = follow(server, job, lambda now: advance(now.done, now.total or 0))
    except KeyboardInterrupt:
        click.echo(f"It goes on in the server. Stop it with: groundwork jobs cancel {job.job_id}", err=True)
        raise
    if ended.state is not State.DONE:
        raise NotTranscribed(ended)
    said = _ResultForm.model_validate(ended.result)
    return _Transcribed(said.document_id, job.title, said.words, ended.reason)


def _alone(
    settings: Settings, user: str, document: str, engine: str | None, replace: bool, advance: Advance
) -> _Transcribed:
    """What was heard is kept piece by piece, so that calling it again goes on from there."""
    with open_existing(settings) as services:
        recording = services.recordings.get_to_transcribe(document, user, replace)
        about = (recording.document_id, recording.version_id)
        with recorded(services, user, "document.transcribe", "document", recording.document_id):
            for step in services.transcribing.transcribe(*about, engine):
                advance(step.done_ms // _MINUTE_MS, -(-step.total_ms // _MINUTE_MS))
        version_id = services.library.get_document(recording.document_id, user).version_id
        transcript = services.recordings.get_transcript(recording.document_id, version_id, user)
        return _Transcribed(recording.document_id, recording.name, sum(1 for _ in transcript.words), None)


@contextmanager
def _progress(quiet: bool) -> Iterator[Advance]:
    with click.progressbar(
        length=1,
        label="Listening, in minutes of sound",
        show_pos=True,
        file=sys.stderr,
        hidden=quiet or not sys.stderr.isatty(),
    ) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield advance
