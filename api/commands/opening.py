"""Opens the data folder for a command: directly, or through the server that owns it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.accounts.identity import Via
from api.accounts.secrets import new_secret
from api.audit import entry
from api.clock import now
from api.data_folder import DataFolder, RunningServer
from api.services import Services
from api.settings import Settings
from corpus.audience import OWNER
from corpus.errors import GroundworkError, NotFound

if TYPE_CHECKING:
    from api.client import Client


def settings_for(data: Path | None) -> Settings:
    return Settings() if data is None else Settings(data=data)


class NoData(NotFound):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no data in {folder}. Name the right folder with --data or GROUNDWORK_DATA, "
            "or add documents with: groundwork ingest PATH"
        )


def open_services(settings: Settings) -> Services:
    """Makes the data folder where there is none."""
    return Services(settings, now)


def open_existing(settings: Settings) -> Services:
    """For what is about documents that are there: a folder named wrongly is told, not made. Raises `NoData`."""
    if settings.database_url is None and not DataFolder(settings.data).database.exists():
        raise NoData(settings.data)
    return open_services(settings)


def find_server(settings: Settings, user: str) -> "Client | None":
    """The server that owns the data folder now, if one does."""
    server = DataFolder(settings.data).find_server()
    if server is None:
        return None
    from api.client import Client  # noqa: PLC0415 - half a second that only a running server is worth

    return Client(server, user)


@contextmanager
def administering(settings: Settings, makes_folder: bool = False, user: str = OWNER) -> "Iterator[Client]":
    """The server that owns the data folder; where none runs, the same application in this process.

    Either way the gate lets it in for being able to read the data folder, and records what is done.
    """
    server = find_server(settings, user)
    if server is not None:
        yield server
        return
    from api.app import build_app  # noqa: PLC0415 - a second that only administration is worth
    from api.client import Client, InThisProcess  # noqa: PLC0415

    token = new_secret()
    with open_services(settings) if makes_folder else open_existing(settings) as services:
        transport = InThisProcess(build_app(services, token))
        client = Client(RunningServer(IN_THIS_PROCESS, token, os.getpid()), user, transport)
        try:
            yield client
        finally:
            client.close()


IN_THIS_PROCESS = "http://127.0.0.1"
"""Where nothing listens."""


@contextmanager
def recorded(services: Services, user: str, action: str, kind: str = "", identifier: int | str = "") -> Iterator[None]:
    """For what a command does in the data folder itself: as the gate of a server would record it.

    Raises `UserNotFound`, `UserDisabled`, `Unavailable`; what cannot be recorded must not be done.
    """
    event = entry.AuditEvent(
        at=services.now(),
        actor_id=services.accounts.identify_unproven(user, Via.LOCAL).principal_id,
        via=entry.Via.LOCAL,
        action=action,
        object=entry.object_of(kind, str(identifier)) if kind else "",
        decision=entry.Decision.ALLOWED,
        status=None,
        request_id="",
    )
    services.audit.record(event)
    try:
        yield
    except GroundworkError:
        services.audit.note(replace(event, at=services.now(), decision=entry.Decision.FAILED))
        raise
