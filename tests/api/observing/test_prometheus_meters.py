"""Counts as Prometheus fetches them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.observing.meters import IndexCount, Inventory
from api.observing.prometheus_meters import OTHER, PrometheusMeters

FULL = Inventory(
    parts={"database": "works", "keywords": "failed", "vectors": "degraded"},
    jobs={("ingest", "done"): 3, ("ingest", "waiting"): 1},
    documents=12,
    indexes={"keywords": IndexCount("ready", 400)},
    answers_under_way=2,
    answers_waiting=5,
    disk_free_bytes=1_000,
    disk_total_bytes=2_000,
)
AWAY = Inventory(
    parts={"database": "failed"},
    jobs=None,
    documents=None,
    indexes=None,
    answers_under_way=0,
    answers_waiting=0,
    disk_free_bytes=None,
    disk_total_bytes=None,
)

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(meters: PrometheusMeters) -> Samples:
    families = text_string_to_metric_families(meters.exposition().text.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_everything_is_counted_under_its_name() -> None:
    meters = PrometheusMeters(lambda: FULL)
    meters.request_began()
    meters.request_began()
    meters.request_over("POST /api/ask", 200, 0.2)
    meters.first_sentence(0.3)
    meters.answered("answered", "extractive", 0.4)
    meters.unanswered("abandoned")
    meters.model_called(True, 0.1)
    meters.model_tokens(100, 20)
    meters.refused("answers")
    meters.unit_over("ingest", False, 1.5)
    found = samples(meters)

    def value(name: str, **labels: str) -> float:
        return found[name, tuple(sorted(labels.items()))]

    assert value("groundwork_requests_in_flight") == 1
    assert value("groundwork_requests_total", operation="POST /api/ask", status="2xx") == 1
    assert value("groundwork_request_seconds_bucket", operation="POST /api/ask", le="0.25") == 1
    assert value("groundwork_request_seconds_bucket", operation="POST /api/ask", le="0.1") == 0
    assert value("groundwork_first_sentence_seconds_sum") == pytest.approx(0.3)
    assert value("groundwork_answers_total", status="answered", composer="extractive") == 1
    assert value("groundwork_answers_unfinished_total", reason="abandoned") == 1
    assert value("groundwork_model_calls_total", outcome="failed") == 1
    assert value("groundwork_model_tokens_total", direction="read") == 100
    assert value("groundwork_model_tokens_total", direction="written") == 20
    assert value("groundwork_refusals_total", limit="answers") == 1
    assert value("groundwork_job_units_total", kind="ingest", outcome="done") == 1
    assert value("groundwork_part_up", part="database") == 1
    assert value("groundwork_part_up", part="keywords") == 0
    assert value("groundwork_part_up", part="vectors") == 1
    assert value("groundwork_jobs", kind="ingest", state="waiting") == 1
    assert value("groundwork_documents") == 12
    assert value("groundwork_index_entries", index="keywords", state="ready") == 400
    assert value("groundwork_questions", stage="waiting") == 5
    assert value("groundwork_disk_free_bytes") == 1_000
    assert value("process_resident_memory_bytes") > 1_000_000
    assert value("process_cpu_seconds_total") > 0


def test_what_cannot_be_looked_up_is_absent_rather_than_zero() -> None:
    names = {name for name, _ in samples(PrometheusMeters(lambda: AWAY))}
    assert "groundwork_part_up" in names
    assert not names & {"groundwork_documents", "groundwork_jobs", "groundwork_index_entries"}


def test_the_number_of_series_is_bounded_whoever_calls() -> None:
    meters = PrometheusMeters(lambda: AWAY)
    for number in range(3_000):
        meters.request_began()
        meters.request_over(f"GET /{number}", 100 + number % 500, 0.01)
        meters.answered("answered", f"model-{number}", 0.1)
        meters.refused(f"limit-{number}")
    found = samples(meters)
    operations = {dict(labels)["operation"] for name, labels in found if name == "groundwork_requests_total"}
    assert len(operations) == 401
    assert OTHER in operations
    assert sum(value for (name, _), value in found.items() if name == "groundwork_requests_total") == 3_000
    assert len({labels for name, labels in found if name == "groundwork_answers_total"}) == 31
    assert len({labels for name, labels in found if name == "groundwork_refusals_total"}) == 31


def test_two_applications_in_one_process_count_for_themselves() -> None:
    one, other = PrometheusMeters(lambda: AWAY), PrometheusMeters(lambda: AWAY)
    one.refused("answers")
    assert ("groundwork_refusals_total", (("limit", "answers"),)) in samples(one)
    assert ("groundwork_refusals_total", (("limit", "answers"),)) not in samples(other)
