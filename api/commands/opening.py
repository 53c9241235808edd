"""Opens the data folder for a command: directly, or through the server that owns it."""

from pathlib import Path
from typing import TYPE_CHECKING

from api.clock import now
from api.data_folder import DataFolder
from api.services import Services
from api.settings import Settings

if TYPE_CHECKING:
    from api.client import Client


def settings_for(data: Path | None) -> Settings:
    return Settings() if data is None else Settings(data=data)


def open_services(settings: Settings) -> Services:
    return Services(settings, now)


def find_server(settings: Settings, user: str) -> "Client | None":
    """The server that owns the data folder now, if one does."""
    server = DataFolder(settings.data).find_server()
    if server is None:
        return None
    from api.client import Client  # noqa: PLC0415 - half a second that only a running server is worth

    return Client(server, user)
