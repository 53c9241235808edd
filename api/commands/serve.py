"""`groundwork serve`: the pages and the HTTP interface, for one data folder, until stopped."""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread, Timer
from types import FrameType

import click
import uvicorn

from api.app import build_app
from api.clock import now
from api.commands.options import Exit, data_option, fails_clearly, stop
from api.data_folder import DataFolder
from api.observing.logs import set_up_logs
from api.observing.redaction import Redaction
from api.samples import Samples, add_samples, read_samples
from api.services import Services
from api.settings import BUILT_IN_EMBEDDER, LOOPBACK, Settings
from corpus.audience import OWNER
from corpus.errors import Invalid, Unavailable
from ingestion.ingest import Outcome

_LOG = logging.getLogger(__name__)

_REQUESTS_MAY_TAKE_S = 4
_STOPPED_AFTER_S = 9.0


class NotLoopback(Invalid):
    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached from other machines. Set GROUNDWORK_PUBLIC_URL to the https address by which "
            f"people reach it through your proxy, or listen on {', '.join(LOOPBACK)} only."
        )


class PortTaken(Unavailable):
    def __init__(self, host: str, port: int, detail: str) -> None:
        super().__init__(
            f"Cannot listen on {host}, port {port}: {detail}. Name another one with --port; 0 takes a free one."
        )


@click.command("serve", help="Serve the pages and the HTTP interface on this machine, until stopped.")
@click.option("--host", help="Address to listen on. Default: GROUNDWORK_HOST, else 127.0.0.1")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one. Default: GROUNDWORK_PORT, else 8765"
)
@click.option("--samples", "with_samples", is_flag=True, help="First add the documents of a sample company.")
@data_option
@fails_clearly
def command(host: str | None, port: int | None, with_samples: bool, data: Path | None) -> None:
    given = {"host": host, "port": port, "data": data}
    settings = Settings.model_validate({name: value for name, value in given.items() if value is not None})
    if settings.host not in LOOPBACK and settings.public_url is None:
        raise NotLoopback(settings.host)
    running = DataFolder(settings.data).find_server()
    if running is not None:
        stop(f"A server is running on this data folder already, at {running.address}", Exit.CONFLICT)
    # Until there is a server that takes them, both signals end the work in hand as Ctrl+C does.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    samples = read_samples() if with_samples else None
    listener = _listen(settings)
    set_up_logs(settings.log_level, settings.log_format, Redaction(settings.secrets()))
    with listener, Services(settings, now, serving=True) as services:
        if samples is not None:
            _add(samples, services)
        _serve(services, listener, samples)
    click.echo("Stopped.")
    if services.left_behind:
        sys.stdout.flush()
        os._exit(Exit.OK)


def _listen(settings: Settings) -> socket.socket:
    """From here on callers wait instead of being refused. A port that nobody asked for may be another one."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        if "port" in settings.model_fields_set:
            raise PortTaken(settings.host, settings.port, error.strerror or str(error)) from error
    click.echo(f"Port {settings.port} is taken; using a free one.", err=True)
    return socket.create_server((settings.host, 0), family=family)


def _add(samples: Samples, services: Services) -> None:
    failed = []
    with click.progressbar(
        add_samples(services, samples),
        length=len(samples.files),
        label=f"Adding the documents of {samples.company}",
        show_pos=True,
        file=sys.stderr,
    ) as reports:
        for report in reports:
            if report.outcome is Outcome.FAILED:
                failed.append(f"{report.name}: {report.reason}")
    for line in failed:
        click.echo(f"Not added: {line}", err=True)


_SWITCH_S = 0.001
"""So long a thread that calculates keeps others waiting, and the event loop with them; a fifth of what is usual."""


def _serve(services: Services, listener: socket.socket, samples: Samples | None) -> None:
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    # Made before the first request, since two requests at once would make each of them twice.
    _ = (services.asking, services.library, services.ingesting, services.jobs, services.sources)
    services.example_questions = list(samples.questions) if samples is not None else []
    people_reach = services.settings.public_url or address
    lines = [f"Groundwork serves {people_reach}, data in {services.settings.data}"]
    if services.accounts.on_trial:
        trial = services.settings.host in LOOPBACK
        lines += [
            "",
            "On trial: no accounts yet, whoever is on this machine may do everything. To end that, make the first "
            "administrator:"
            if trial
            else "Nobody can sign in yet. Make the first administrator:",
            f"  {people_reach}/link/{services.accounts.new_set_up_code()}",
            "The link works once, for a day.",
        ]
    if samples is not None:
        lines += ["", "Worth asking:", *(f"  {question}" for question in samples.questions), ""]
    server = _Server(
        uvicorn.Config(
            build_app(services, services.folder.announce(address).token),
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_REQUESTS_MAY_TAKE_S,
        ),
        "\n".join([*lines, "Stop with Ctrl+C."]),
        services.stop_background_work,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    warming = Thread(target=_warm_up, args=(services,), name="warm-up")
    warming.start()
    services.run_jobs()
    sys.setswitchinterval(_SWITCH_S)
    server.run(sockets=[listener])
    services.stop_background_work()
    warming.join()


def _warm_up(services: Services) -> None:
    """Embeds what only another model has embedded, and loads what the first question would wait for.

    Otherwise asks nothing of a provider, where each text costs.
    """
    try:
        for _ in services.embed_missing():
            pass
    except Unavailable as error:
        _LOG.warning("some documents are found by keywords only, since they cannot be embedded: %s", error)
    if services.settings.embedding_model == BUILT_IN_EMBEDDER:
        try:
            services.asking.find("warm up", OWNER, 1)
        except Unavailable as error:
            _LOG.warning("searching does not work yet: %s", error)
    services.prepare_model()


class _Server(uvicorn.Server):
    """Stops in bounded time: requests get a while to finish, then the process ends whatever a thread still does."""

    def __init__(self, config: uvicorn.Config, greeting: str, halt: Callable[[], None]) -> None:
        super().__init__(config)
        self._greeting = greeting
        self._halt = halt

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        click.echo(self._greeting)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            # Not with click.echo: the signal may have come in the middle of another line.
            os.write(sys.stderr.fileno(), b"Stopping...\n")
            # In a thread, since it takes locks that the interrupted one may hold.
            Thread(target=self._halt, name="halt").start()
            deadline = Timer(_STOPPED_AFTER_S, _give_up)
            deadline.daemon = True
            deadline.start()
        super().handle_exit(sig, frame)


def _give_up() -> None:
    """Nothing that was acknowledged is lost by this: the data folder survives a process that ends at any moment."""
    click.echo("Some requests did not finish in time and were dropped.", err=True)
    os._exit(Exit.UNAVAILABLE)
