"""What tests of several packages share: folders and services of their own, the real embedder prepared once."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.data_folder import DataFolder
from api.offline import switch_off_telemetry
from api.services import Services
from api.settings import Settings
from corpus.embedder import Embedder
from corpus.onnx_embedder import OnnxEmbedder
from tests.postgresql import PostgresqlServer, running_server, why_not

switch_off_telemetry()
# A library that asks for the event loop of the main thread is otherwise given a new one, which nobody ever closes.
asyncio.set_event_loop(None)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Ticking:
    """A clock that moves a second on with every look."""

    def __init__(self) -> None:
        self._now = NOON

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture(autouse=True)
def no_loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Between its calls the browser's driver leaves its event loop set as the thread's; `asyncio.run` refuses then."""
    if "e2e" in request.path.parts:
        yield
        return
    left = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(left)


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the built-in embedding model is prepared, once for all tests of a worker."""
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Skips where PostgreSQL is not installed. A test that stops the server starts it again."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with running_server() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(data=tmp_path / "data", cache=model_cache, threads=1)


@pytest.fixture(scope="session")
def open_embedder(model_cache: Path) -> Embedder:
    """The built-in one, opened once for all tests of a worker."""
    return OnnxEmbedder(model_cache, threads=1)


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the first start leaves it."""
    settings = Settings(data=tmp_path_factory.mktemp("new") / "data")
    with Services(settings, Ticking()):
        pass
    return DataFolder(settings.data).database


@pytest.fixture
def services(settings: Settings, open_embedder: Embedder, new_database: Path) -> Iterator[Services]:
    database = DataFolder(settings.data).database
    if not database.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        shutil.copy(new_database, database)
    with Services(settings, Ticking(), embedder=open_embedder) as opened:
        yield opened
