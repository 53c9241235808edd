"""The kind of job that embeds what the present model has not embedded, and then builds the indexes anew."""

from collections.abc import Callable, Iterator, Sequence

from api.jobs.job_queue import Lane
from api.jobs.kind import Arguments, Ending, JobKind, Json, Tell

KIND = "reindex"


class ReindexKind(JobKind):
    unit = "steps"

    def __init__(self, embed_missing: Callable[[], Iterator[int]], rebuild: Callable[[], None]) -> None:
        self._embed_missing = embed_missing
        self._rebuild = rebuild

    def lane(self, arguments: Arguments) -> Lane:
        return Lane.OWNER

    def plan(self, arguments: Arguments) -> list[Json]:
        return ["embed", "rebuild"]

    def describe(self, unit: Json) -> str:
        return {"embed": "Embedding what the present model lacks", "rebuild": "Building the indexes anew"}[unit]

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        """Embedding may take long; every version is stored as it is done, so that a repetition goes on from there."""
        if unit == "rebuild":
            self._rebuild()
            return {}
        embedded = 0
        for _ in self._embed_missing():
            embedded += 1
            tell(f"Embedding what the present model lacks: {embedded} documents done")
        return {"embedded": embedded}

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        return Ending({"embedded": sum(report.get("embedded", 0) for report in reports)})
