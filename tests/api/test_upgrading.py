"""A populated database of an earlier form is brought to the present one, or stays exactly as it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner
from sqlalchemy import Engine, text

import api
from api import schema
from api.cli import main
from api.commands.options import Exit
from api.data_folder import DataFolder
from api.services import Services
from api.settings import Settings
from api.upgrading import COPY, UpgradeFailed, Upgrading
from corpus.database import open_database, sqlite_url
from ingestion.ingest import IncomingFile
from tests.chaos.disturbance import orphans
from tests.conftest import NOON, Ticking

FIRST = "0001"
Row = tuple[str, str, str, str, bytes]


def truth(settings: Settings) -> list[Row]:
    """What is stored of every chunk, in any form of the database."""
    with closing(sqlite3.connect(settings.data / "groundwork.sqlite")) as connection:
        return connection.execute(
            "SELECT documents.name, versions.content_hash, version_texts.text, chunks.text, chunk_vectors.vector "
            "FROM documents JOIN versions ON versions.id = documents.active_version_id "
            "JOIN version_texts ON version_texts.version_id = versions.id "
            "JOIN chunks ON chunks.version_id = versions.id "
            "LEFT JOIN chunk_vectors ON chunk_vectors.chunk_id = chunks.id ORDER BY chunks.id"
        ).fetchall()


@pytest.fixture
def earlier(settings: Settings) -> list[Row]:
    """What is in the data folder, whose database is of the first form."""
    with Services(settings, Ticking()) as services:
        for number in range(3):
            content = f"# Note {number}\n\nThe code of note {number} is K-{number}.\n".encode()
            services.ingesting.add_upload(IncomingFile(f"{number}.md", f"upload:{number}.md", content), "everyone")
        services.indexes.follow()
    before = truth(settings)
    assert len(before) == 3
    engine = open_database(sqlite_url(settings.data / "groundwork.sqlite"))
    config = Config()
    config.set_main_option("script_location", str(Path(api.__file__).parent / "migrations"))
    with engine.connect() as connection, schema.without_cascades(connection), connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, FIRST)
    engine.dispose()
    assert form_of(settings) == FIRST
    return before


def form_of(settings: Settings) -> str | None:
    engine = open_database(sqlite_url(settings.data / "groundwork.sqlite"))
    try:
        return schema.current_form(engine)
    finally:
        engine.dispose()


def run(settings: Settings, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["upgrade", *arguments, "--data", str(settings.data)])
    return done.exit_code, done.output


def test_an_upgrade_keeps_everything_and_can_be_taken_back(settings: Settings, earlier: list[Row]) -> None:
    code, said = run(settings)
    assert code == Exit.OK, said
    assert f"From form {FIRST} to {schema.NEWEST}" in said
    assert form_of(settings) == schema.NEWEST
    assert truth(settings) == earlier
    assert orphans(settings.data) == 0
    assert run(settings) == (Exit.OK, f"Nothing to do: the database is of form {schema.NEWEST}.\n")
    code, said = run(settings, "--rollback")
    assert code == Exit.OK, said
    assert form_of(settings) == FIRST
    assert truth(settings) == earlier
    assert run(settings, "--rollback")[0] == Exit.NOT_FOUND


def test_any_command_that_finds_an_earlier_form_upgrades_with_a_copy(settings: Settings, earlier: list[Row]) -> None:
    with Services(settings, Ticking()) as services:
        assert services.upgraded is not None
        assert "K-1" in services.asking.find("code of note 1", "owner", 1)[0].text
    assert run(settings, "--rollback")[0] == Exit.OK
    assert truth(settings) == earlier


def test_what_was_added_since_is_not_lost_unasked(settings: Settings, earlier: list[Row]) -> None:
    run(settings)
    with Services(settings, Ticking()) as services:
        services.ingesting.add_upload(IncomingFile("new.md", "upload:new.md", b"# New\n\nSomething new.\n"), "everyone")
        services.indexes.follow()
        blobs = {path.name for path in services.folder.blobs.rglob("*") if path.is_file()}
    code, said = run(settings, "--rollback")
    assert code == Exit.CONFLICT
    assert "documents" in said
    assert len(truth(settings)) == 4
    assert run(settings, "--rollback", "--discard-changes")[0] == Exit.OK
    assert truth(settings) == earlier
    left = {path.name for path in (settings.data / "blobs").rglob("*") if path.is_file()}
    assert len(blobs - left) == 1


def losing_vectors(engine: Engine) -> bool:
    done = schema.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM chunk_vectors WHERE chunk_id = 2"))
    return done


def test_an_upgrade_that_loses_rows_is_undone(settings: Settings, earlier: list[Row]) -> None:
    folder = DataFolder(settings.data)
    engine = open_database(sqlite_url(folder.database))
    with pytest.raises(UpgradeFailed, match="chunk_vectors"):
        Upgrading(folder, engine, "1", losing_vectors).upgrade(NOON)
    engine.dispose()
    assert form_of(settings) == FIRST
    assert truth(settings) == earlier
    assert not (settings.data / COPY).exists()


def test_a_damaged_copy_is_not_put_back(settings: Settings, earlier: list[Row]) -> None:
    run(settings)
    copy = settings.data / COPY / "groundwork.sqlite"
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    assert run(settings, "--rollback")[0] == Exit.UNAVAILABLE
    assert form_of(settings) == schema.NEWEST


def test_erasing_takes_the_copy_along(settings: Settings, earlier: list[Row]) -> None:
    run(settings)
    with Services(settings, Ticking()) as services:
        services.erasing.erase(["0.md"])
    assert not (settings.data / COPY).exists()
    assert run(settings, "--rollback")[0] == Exit.NOT_FOUND


def test_upgrading_beside_a_server_is_refused(services: Services) -> None:
    assert run(services.settings)[0] == Exit.CONFLICT
