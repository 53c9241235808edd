"""`kill -9` at every named point of a job and at random moments: nothing accepted is lost, nothing is doubled."""

from collections.abc import Callable, Sequence
from pathlib import Path

from api.jobs.job_point import JobPoint
from ingestion.ingest import Step
from tests.chaos.job_kills import ON_SQLITE, POINTS, JobKills
from tests.postgresql import PostgresqlServer

RANDOM_KILLS = 1
ON_POSTGRESQL = (JobPoint.BEGUN, JobPoint.UNIT_DONE, JobPoint.FINISHED)
"""The queue is another one there, the units are not; `make chaos` goes through all."""


def disturb(folder: Path, cache: Path, points: Sequence[Step | JobPoint], new_database: Callable[[], str]) -> None:
    """One process after the other on the same data, each killed somewhere else, the last one undisturbed."""
    kills = JobKills(folder, cache, uploads=2 * len(points), files=24, seed=5, new_database=new_database)
    kills.begin()
    for point in points:
        kills.kill_at(point, 2)
    for number in range(RANDOM_KILLS):
        kills.kill_after(0.4 * number)
    kills.check("killed at every point")
    assert kills.faults == []
    assert kills.kills >= len(points) - 2


def test_kills_at_every_point_of_a_job_lose_and_double_nothing(model_cache: Path, tmp_path: Path) -> None:
    disturb(tmp_path, model_cache, POINTS, lambda: ON_SQLITE)


def test_they_do_not_with_the_queue_on_postgresql(
    model_cache: Path, tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    disturb(tmp_path, model_cache, ON_POSTGRESQL, postgresql.new_database)
