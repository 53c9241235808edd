"""Jobs of a toy kind on a database of their own, without anything else of an installation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event

from sqlalchemy.orm import Session, sessionmaker

from api import schema
from api.jobs.job_queue import Lane
from api.jobs.job_work import JobWork
from api.jobs.jobs import Jobs
from api.jobs.kind import Arguments, Ending, JobKind, Json, Tell
from api.jobs.news import News
from corpus.audience import EVERYONE, OWNER
from corpus.database import open_database, sqlite_url
from corpus.store import CorpusStore
from tests.conftest import Ticking


class ToyKind(JobKind):
    """Two units, `a` and `b`, of two pieces each. What `troubles` holds is raised, one each time a unit is done."""

    unit = "pieces"

    def __init__(self) -> None:
        self.did: list[str] = []
        self.troubles: list[Exception] = []
        self.before_unit: Callable[[], None] = lambda: None
        self.ending = Ending({"made": "something"})

    def lane(self, arguments: Arguments) -> Lane:
        return Lane.LARGE if arguments.get("large") else Lane.SMALL

    def claim(self, arguments: Arguments) -> str | None:
        return arguments.get("alone")

    def plan(self, arguments: Arguments) -> list[Json]:
        return ["a", "b"]

    def weight(self, unit: Json) -> int:
        return 2

    def describe(self, unit: Json) -> str:
        return f"Doing {unit}"

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        self.before_unit()
        if self.troubles:
            raise self.troubles.pop(0)
        self.did.append(unit)
        return unit

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        self.did.append("finish " + " ".join(reports))
        return self.ending


class NoWait(Event):
    """An event that is waited for in no time, so that pauses cost nothing; tells what happens meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        self.meanwhile()
        return self.is_set()


@dataclass
class Toy:
    jobs: Jobs
    kind: ToyKind
    stopping: NoWait
    writing: sessionmaker[Session]
    clock: Callable[[], datetime]
    reached: list[str] = field(default_factory=list)

    def submit(self, user: str = OWNER, audience: str | None = None, **arguments: object) -> int:
        audience_id = None
        if audience is not None:
            with self.writing.begin() as session:
                audience_id = CorpusStore(session).ensure_audience(audience, self.clock()).id
        return self.jobs.submit("toy", "A toy", user, arguments, audience_id).job_id


def a_toy(folder: Path) -> Toy:
    engine = open_database(sqlite_url(folder / "toy.sqlite"))
    schema.migrate(engine)
    sessions, writing = sessionmaker(engine), sessionmaker(engine.execution_options(write=True))
    clock, kind, stopping, news = Ticking(), ToyKind(), NoWait(), News()
    reached: list[str] = []
    with writing.begin() as session:
        store = CorpusStore(session)
        store.ensure_user(OWNER)
        store.ensure_user("mara")
        store.ensure_member("staff", "mara")
        store.ensure_user("tom")
        store.ensure_audience(EVERYONE, clock())
    kinds = {"toy": lambda: kind}
    work = JobWork(kinds, sessions, writing, news, clock, lambda: 0.0, stopping, reached.append)
    jobs = Jobs(work, kinds, sessions, writing, news, clock, lambda: 0.0, stopping)
    return Toy(jobs, kind, stopping, writing, clock, reached)
