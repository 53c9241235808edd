"""A kind of job, with a span and a count around each unit."""

from collections.abc import Callable, Sequence

from api.jobs.job_queue import Lane
from api.jobs.kind import Arguments, Ending, JobKind, Json, Tell
from api.observing.meters import JobMeters
from api.observing.tracer import Tracer


class ObservedKind(JobKind):
    def __init__(
        self, name: str, kind: JobKind, tracer: Tracer, meters: JobMeters, monotonic: Callable[[], float]
    ) -> None:
        self._name = name
        self._kind = kind
        self._tracer = tracer
        self._meters = meters
        self._monotonic = monotonic
        self.unit = kind.unit

    def lane(self, arguments: Arguments) -> Lane:
        return self._kind.lane(arguments)

    def claim(self, arguments: Arguments) -> str | None:
        return self._kind.claim(arguments)

    def plan(self, arguments: Arguments) -> list[Json]:
        return self._kind.plan(arguments)

    def weight(self, unit: Json) -> int:
        return self._kind.weight(unit)

    def describe(self, unit: Json) -> str:
        return self._kind.describe(unit)

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        began, failed = self._monotonic(), True
        with self._tracer.within("job unit") as span:
            span.note("kind", self._name)
            try:
                report = self._kind.do(arguments, unit, tell)
                failed = False
                return report
            finally:
                self._meters.unit_over(self._name, failed, self._monotonic() - began)

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        return self._kind.finish(arguments, reports)
