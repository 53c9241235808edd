"""Opens the data folder for a command: directly, or through the server that owns it."""

from pathlib import Path
from typing import TYPE_CHECKING

from api.clock import now
from api.data_folder import DataFolder
from api.services import Services
from api.settings import Settings
from corpus.errors import NotFound

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
