"""`groundwork worker`: work on jobs beside the server, in any number of processes."""

import os
import signal
import sys
from pathlib import Path
from threading import Event, Thread, Timer
from types import FrameType

import click

from api.clock import now
from api.commands.opening import settings_for
from api.commands.options import Exit, data_option, fails_clearly
from api.observing.logs import set_up_logs
from api.observing.redaction import Redaction
from api.services import Services
from api.settings import Settings
from corpus.errors import Invalid

_STOPPED_AFTER_S = 9.0


class NotShared(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "Workers share their work through PostgreSQL. Set GROUNDWORK_DATABASE_URL and GROUNDWORK_JOBS_URL to "
            "PostgreSQL databases for the server and all workers. Without that, the server itself works on all jobs."
        )


@click.command("worker", help="Work on jobs beside the server, until stopped. Needs PostgreSQL for both databases.")
@data_option
@fails_clearly
def command(data: Path | None) -> None:
    settings = settings_for(data)
    if settings.jobs_url is None or not (settings.database_url or "").startswith("postgresql"):
        raise NotShared
    set_up_logs(settings.log_level, settings.log_format, Redaction(settings.secrets()))
    _work(settings)


def _work(settings: Settings) -> None:
    asked_to_stop = Event()

    def stop(number: int, frame: FrameType | None) -> None:
        if not asked_to_stop.is_set():
            os.write(sys.stderr.fileno(), b"Stopping...\n")
            deadline = Timer(_STOPPED_AFTER_S, os._exit, args=(Exit.OK,))
            deadline.daemon = True
            deadline.start()
        Thread(target=asked_to_stop.set, name="stop").start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with Services(settings, now, working=True) as services:
        # Made before the first job, since two at once would make it twice.
        _ = services.ingesting
        services.run_jobs()
        click.echo(f"Groundwork works on jobs, files in {settings.data}\nStop with Ctrl+C.")
        while not asked_to_stop.wait(0.5):
            pass
    click.echo("Stopped.")
    if services.left_behind:
        sys.stdout.flush()
        os._exit(Exit.OK)
