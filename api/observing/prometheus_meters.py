"""Counts for Prometheus, in a registry of each application's own."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from api.observing.meters import Exposition, Inventory

_MOST_OPERATIONS = 400
_MOST_LIMITS = 30
OTHER = "other"
"""Stands for whatever would be one name too many: the number of series is bounded, whoever calls."""

_REQUEST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ANSWER_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
_UNIT_S = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class _Names:
    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def bounded(self, name: str) -> str:
        if name not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(name)
        return name


class PrometheusMeters:
    def __init__(self, inventory: Callable[[], Inventory]) -> None:
        self._registry = CollectorRegistry()
        self._operations = _Names(_MOST_OPERATIONS)
        self._composers = _Names(_MOST_LIMITS)
        self._limits = _Names(_MOST_LIMITS)
        self._in_flight = Gauge(
            "groundwork_requests_in_flight", "Requests that are being answered now.", registry=self._registry
        )
        self._requests = Counter(
            "groundwork_requests",
            "Requests by operation and class of status.",
            ["operation", "status"],
            registry=self._registry,
        )
        self._request_s = Histogram(
            "groundwork_request_seconds",
            "Time of a whole request, streams to their end.",
            ["operation"],
            buckets=_REQUEST_S,
            registry=self._registry,
        )
        self._answers = Counter(
            "groundwork_answers", "Answers by status and composer.", ["status", "composer"], registry=self._registry
        )
        self._answer_s = Histogram(
            "groundwork_answer_seconds",
            "Time from a question to its whole answer.",
            buckets=_ANSWER_S,
            registry=self._registry,
        )
        self._unanswered = Counter(
            "groundwork_answers_unfinished",
            "Answers that failed or were abandoned.",
            ["reason"],
            registry=self._registry,
        )
        self._first_sentence_s = Histogram(
            "groundwork_first_sentence_seconds",
            "Time from a question to its first verified sentence.",
            buckets=_ANSWER_S,
            registry=self._registry,
        )
        self._model_calls = Counter(
            "groundwork_model_calls", "Calls of the language model.", ["outcome"], registry=self._registry
        )
        self._model_s = Histogram(
            "groundwork_model_call_seconds",
            "Time of a call of the language model.",
            buckets=_ANSWER_S,
            registry=self._registry,
        )
        self._model_tokens = Counter(
            "groundwork_model_tokens",
            "Tokens that the language model read and wrote.",
            ["direction"],
            registry=self._registry,
        )
        self._refusals = Counter(
            "groundwork_refusals", "Requests refused by a limit or a full queue.", ["limit"], registry=self._registry
        )
        self._units = Counter(
            "groundwork_job_units", "Units of jobs that were done.", ["kind", "outcome"], registry=self._registry
        )
        self._unit_s = Histogram(
            "groundwork_job_unit_seconds",
            "Time of one unit of a job.",
            ["kind"],
            buckets=_UNIT_S,
            registry=self._registry,
        )
        self._registry.register(_InventoryCollector(inventory))
        # Memory, processor time, open files; nothing where the system has no /proc.
        ProcessCollector(registry=self._registry)

    def request_began(self) -> None:
        self._in_flight.inc()

    def request_over(self, operation: str, status: int | None, seconds: float) -> None:
        self._in_flight.dec()
        name = self._operations.bounded(operation)
        self._requests.labels(name, "none" if status is None else f"{status // 100}xx").inc()
        self._request_s.labels(name).observe(seconds)

    def first_sentence(self, seconds: float) -> None:
        self._first_sentence_s.observe(seconds)

    def answered(self, status: str, composer: str, seconds: float) -> None:
        self._answers.labels(status, self._composers.bounded(composer)).inc()
        self._answer_s.observe(seconds)

    def unanswered(self, reason: str) -> None:
        self._unanswered.labels(reason).inc()

    def model_called(self, failed: bool, seconds: float) -> None:
        self._model_calls.labels("failed" if failed else "answered").inc()
        self._model_s.observe(seconds)

    def model_tokens(self, read: int, written: int) -> None:
        self._model_tokens.labels("read").inc(read)
        self._model_tokens.labels("written").inc(written)

    def refused(self, limit: str) -> None:
        self._refusals.labels(self._limits.bounded(limit)).inc()

    def unit_over(self, kind: str, failed: bool, seconds: float) -> None:
        self._units.labels(kind, "failed" if failed else "done").inc()
        self._unit_s.labels(kind).observe(seconds)

    def exposition(self) -> Exposition:
        return Exposition(generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4)


class _InventoryCollector(Collector):
    """Looked up at each scrape. What cannot be looked up is absent rather than zero."""

    def __init__(self, inventory: Callable[[], Inventory]) -> None:
        self._inventory = inventory

    def describe(self) -> list[Metric]:
        """Known without looking, so that registering asks nothing of the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        found = self._inventory()
        parts = GaugeMetricFamily("groundwork_part_up", "1 where a part of readiness works.", labels=["part"])
        for name, state in found.parts.items():
            parts.add_metric([name], 0.0 if state == "failed" else 1.0)
        yield parts
        answers = GaugeMetricFamily("groundwork_questions", "Questions that were let in, by stage.", labels=["stage"])
        answers.add_metric(["waiting"], found.answers_waiting)
        answers.add_metric(["answering"], found.answers_under_way)
        yield answers
        if found.jobs is not None:
            jobs = GaugeMetricFamily("groundwork_jobs", "Jobs by kind and state.", labels=["kind", "state"])
            for (kind, state), count in found.jobs.items():
                jobs.add_metric([kind, state], count)
            yield jobs
        if found.documents is not None:
            yield GaugeMetricFamily("groundwork_documents", "Documents that can be found.", value=found.documents)
        if found.indexes is not None:
            entries = GaugeMetricFamily(
                "groundwork_index_entries", "Entries of an index by its state.", labels=["index", "state"]
            )
            for name, index in found.indexes.items():
                entries.add_metric([name, index.state], index.entries)
            yield entries
        if found.disk_free_bytes is not None and found.disk_total_bytes is not None:
            yield GaugeMetricFamily("groundwork_disk_free_bytes", "Free on the data disk.", value=found.disk_free_bytes)
            yield GaugeMetricFamily(
                "groundwork_disk_total_bytes", "Size of the data disk.", value=found.disk_total_bytes
            )
