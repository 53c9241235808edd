"""Opens the data folder for a command: directly, or through the server that owns it."""

from pathlib import Path

from api.client import Client
from api.clock import now
from api.data_folder import DataFolder
from api.services import Services
from api.settings import Settings


def settings_for(data: Path | None) -> Settings:
    return Settings() if data is None else Settings(data=data)


def open_services(settings: Settings) -> Services:
    return Services(settings, now)


def find_server(settings: Settings, user: str) -> Client | None:
    """The server that owns the data folder now, if one does."""
    server = DataFolder(settings.data).find_server()
    return None if server is None else Client(server, user)
