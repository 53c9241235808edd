"""Sends traces to an OpenTelemetry collector, in the background; drops them while it is away."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_SDK_DISABLED
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from api.observing.tracer import Attribute, Span

_SEND_S = 5.0
_CLOSING_S = 3.0
_QUEUED = 2048


class _OpentelemetrySpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, name: str, value: Attribute) -> None:
        self._span.set_attribute(f"groundwork.{name}", value)

    def fail(self, error: BaseException) -> None:
        self._span.set_status(Status(StatusCode.ERROR, type(error).__name__))

    def end(self) -> None:
        self._span.end()


class OpentelemetryTracer:
    def __init__(self, processor: SpanProcessor, version: str) -> None:
        self._provider = _provider(Resource({"service.name": "groundwork", "service.version": version}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("groundwork", version)

    @contextmanager
    def within(self, name: str) -> Iterator[Span]:
        begun = self._tracer.start_span(name)
        span = _OpentelemetrySpan(begun)
        before = context.attach(trace.set_span_in_context(begun))
        try:
            yield span
        except Exception as error:
            span.fail(error)
            raise
        finally:
            context.detach(before)
            span.end()

    def begin(self, name: str) -> Span:
        return _OpentelemetrySpan(self._tracer.start_span(name))

    def close(self) -> None:
        # In a thread, since a collector that is away would hold up the end of the process.
        closing = Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(_CLOSING_S)


def to_collector(endpoint: str) -> SpanProcessor:
    """`endpoint`: `http://HOST:PORT` without encryption, or `https://HOST:PORT`."""
    exporter = OTLPSpanExporter(endpoint, insecure=endpoint.startswith("http://"), timeout=_SEND_S)
    return BatchSpanProcessor(exporter, max_queue_size=_QUEUED)


def _provider(resource: Resource) -> TracerProvider:
    """`api/offline.py` has switched the library off for everybody; this provider alone was asked for."""
    switch = os.environ.pop(OTEL_SDK_DISABLED, None)
    try:
        return TracerProvider(resource=resource, shutdown_on_exit=False)
    finally:
        if switch is not None:
            os.environ[OTEL_SDK_DISABLED] = switch
