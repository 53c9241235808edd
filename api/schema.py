"""Which form the database has, and how it is brought to the one this version needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from corpus.errors import Conflict

NEWEST = "0011"
"""The newest migration; a test keeps it equal to Alembic's head. Opening a current database needs no Alembic."""


class NewerSchema(Conflict):
    def __init__(self, found: str) -> None:
        super().__init__(
            f"The database was written by a newer version of groundwork (form {found}, this one knows {NEWEST}). "
            "Upgrade groundwork."
        )


def current_form(engine: Engine) -> str | None:
    """The form of the database, None while it is empty."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def migrate(engine: Engine) -> bool:
    """Brings the database to the newest form. True if anything had to be done. Raises `NewerSchema`."""
    found = current_form(engine)
    if found == NEWEST:
        return False
    if found is not None and found > NEWEST:
        raise NewerSchema(found)
    from alembic import command  # noqa: PLC0415 - half a second that only a changed form is worth
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection, without_cascades(connection), connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


@contextmanager
def without_cascades(connection: Connection) -> Iterator[None]:
    """A migration that writes a table of SQLite anew drops the old one, and with it all rows that refer to it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")
