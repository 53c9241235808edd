"""Traces: what is in them, and that a collector that is away costs nothing."""

import logging
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import grpc  # type: ignore[import-untyped]  # It has no types.
import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.app import build_app
from api.observing.meters import NoMeters
from api.observing.observed_kind import ObservedKind
from api.observing.opentelemetry_tracer import OpentelemetryTracer, to_collector
from api.services import Services
from api.settings import Settings
from tests.api.jobs.toy import ToyKind
from tests.conftest import Ticking

LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n"
QUESTION = "How many days of leave does an employee get?"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exported: InMemorySpanExporter) -> OpentelemetryTracer:
    return OpentelemetryTracer(SimpleSpanProcessor(exported), "1.0")


def names(exported: InMemorySpanExporter) -> list[str]:
    return [span.name for span in exported.get_finished_spans()]


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_a_question_leaves_the_spans_of_its_parts_and_no_text(
    settings: Settings, tracer: OpentelemetryTracer, exported: InMemorySpanExporter
) -> None:
    with Services(settings, Ticking()) as services:
        services.tracer = tracer
        with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765") as client:
            reply = client.post("/api/documents", files={"file": ("leave.md", LEAVE)}, data={"audience": "everyone"})
            assert reply.status_code == 201, reply.text
            exported.clear()
            for headers in ({}, {"Accept": "text/event-stream"}):
                assert client.post("/api/ask", json={"question": QUESTION}, headers=headers).status_code == 200
    spans = exported.get_finished_spans()
    requests = [span for span in spans if span.name == "request"]
    assert len(requests) == 2
    wanted = {"request", "answer", "search", "embed", "search vectors", "search keywords", "compose", "verify"}
    for request in requests:
        assert request.context is not None
        trace_id = request.context.trace_id
        whole = [span for span in spans if span.context is not None and span.context.trace_id == trace_id]
        assert {span.name for span in whole} == wanted
        assert attributes(request)["groundwork.operation"] == "POST /api/ask"
        assert attributes(request)["groundwork.status"] == 200
        (answer,) = (span for span in whole if span.name == "answer")
        assert attributes(answer)["groundwork.status"] == "answered"
    told = " ".join(span.to_json() for span in spans)
    assert "thirty" not in told
    assert "leave" not in told


def test_a_unit_of_a_job_is_a_span_that_says_when_it_failed(
    tracer: OpentelemetryTracer, exported: InMemorySpanExporter
) -> None:
    kind = ToyKind()
    kind.troubles.append(ValueError("Salaries of the board"))
    with pytest.raises(ValueError, match="Salaries"):
        ObservedKind("toy", kind, tracer, NoMeters(), time.monotonic).do({}, "a", lambda said: None)
    (span,) = exported.get_finished_spans()
    assert span.name == "job unit"
    assert attributes(span) == {"groundwork.kind": "toy"}
    assert not span.status.is_ok
    assert "Salaries" not in span.to_json()


def test_the_library_stays_switched_off_for_everybody_else(tracer: OpentelemetryTracer) -> None:
    assert os.environ["OTEL_SDK_DISABLED"] == "true"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self) -> None:
        self.received: Queue[str] = Queue()

    def Export(  # noqa: N802 - the protocol's name
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.received.put(span.name)
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    server, collector = grpc.server(ThreadPoolExecutor(1)), Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield collector, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


def test_spans_arrive_at_a_collector_before_the_process_ends(collector: tuple[Collector, str]) -> None:
    received, address = collector
    tracer = OpentelemetryTracer(to_collector(address), "1.0")
    with tracer.within("request"):
        tracer.begin("answer").end()
    tracer.close()
    assert {received.received.get(timeout=5), received.received.get(timeout=5)} == {"request", "answer"}


def test_a_collector_that_is_away_neither_slows_nor_fails_anything(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    tracer = OpentelemetryTracer(to_collector(f"http://127.0.0.1:{port}"), "1.0")
    slowest = 0.0
    with caplog.at_level(logging.CRITICAL):
        for _ in range(10_000):
            began = time.perf_counter()
            with tracer.within("request") as span:
                span.note("status", 200)
            slowest = max(slowest, time.perf_counter() - began)
        began = time.perf_counter()
        tracer.close()
    assert slowest < 0.5
    assert time.perf_counter() - began < 4


def test_without_an_address_nothing_of_it_is_imported(settings: Settings) -> None:
    with Services(settings, Ticking()) as services:
        assert type(services.tracer).__name__ == "NoTracer"
