"""A full disk and a database that goes away: what was accepted waits, and goes on by itself."""

from pathlib import Path

import pytest

from tests.chaos.storage_failures import StorageFailures, each_position, small_disk, why_no_disk
from tests.postgresql import PostgresqlServer

POSITIONS = 6
STOPS = 3


def test_jobs_wait_while_the_disk_is_full_and_go_on_by_themselves(model_cache: Path, tmp_path: Path) -> None:
    reason = why_no_disk()
    if reason is not None:
        pytest.skip(reason)
    try:
        with small_disk(tmp_path / "disk") as disk:
            failures = StorageFailures(disk / "data", model_cache, seed=3)
            with failures.serving() as services:
                for left in each_position(POSITIONS):
                    failures.fill_disk(services, left)
    except PermissionError as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    assert failures.faults == []
    assert failures.refused
    assert len(failures.accepted) > POSITIONS


def test_jobs_go_on_after_postgresql_was_away(model_cache: Path, tmp_path: Path, postgresql: PostgresqlServer) -> None:
    failures = StorageFailures(tmp_path, model_cache, seed=3, jobs_url=postgresql.new_database())
    with failures.serving() as services:
        for _ in range(STOPS):
            failures.take_database_away(services, postgresql)
    assert failures.faults == []
    assert len(failures.accepted) == 2 * STOPS + 1
