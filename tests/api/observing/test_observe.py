"""What is told of each request: an id, one line, counts, a span."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator, Sequence

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from api.observing.meters import NoMeters
from api.observing.observe import ID_HEADER, Observe
from api.observing.tracer import NoTracer
from corpus.errors import NotFound, Unavailable
from tests.api.observing.conftest import Lines


class CountingMeters(NoMeters):
    def __init__(self) -> None:
        self.in_flight = 0
        self.told: list[tuple[str, int | None]] = []

    def request_began(self) -> None:
        self.in_flight += 1

    def request_over(self, operation: str, status: int | None, seconds: float) -> None:
        self.in_flight -= 1
        self.told.append((operation, status))


class SaysWho:
    """Stands for the gate."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["identity"] = type("Identity", (), {"principal_id": 17})()
        await self._app(scope, receive, send)


def an_app(meters: CountingMeters, new_id: Callable[[], str], inner: Sequence[Middleware] = ()) -> FastAPI:
    app = FastAPI(middleware=[Middleware(Observe, meters, NoTracer(), new_id=new_id), *inner])
    errors.install(app)

    @app.get("/documents/{document_id}")
    def show(document_id: int) -> dict[str, int]:
        if document_id == 404:
            raise NotFound("There is no document “Salaries of the board”.")
        if document_id == 503:
            raise Unavailable("It is away.")
        if document_id == 500:
            raise ValueError("Salaries of the board")
        return {"id": document_id}

    @app.get("/stream")
    def stream() -> StreamingResponse:
        def pieces() -> Iterator[str]:
            yield "one"
            assert meters.in_flight == 1
            yield "two"

        return StreamingResponse(pieces())

    return app


@pytest.fixture
def meters() -> CountingMeters:
    return CountingMeters()


@pytest.fixture
def client(meters: CountingMeters, lines: Lines) -> TestClient:
    app = an_app(meters, lambda: "made-here-1", [Middleware(SaysWho)])
    return TestClient(app, raise_server_exceptions=False)


def test_each_request_has_an_id_and_a_line(client: TestClient, lines: Lines) -> None:
    reply = client.get("/documents/5?q=how+much+does+the+director+earn", headers={"User-Agent": "Browser of Ana"})
    assert reply.headers[ID_HEADER] == "made-here-1"
    (line,) = lines()
    assert line.pop("duration_ms") >= 0
    assert line.pop("time")
    assert line == {
        "level": "info",
        "logger": "api.observing.observe",
        "message": "request",
        "request_id": "made-here-1",
        "method": "GET",
        "route": "/documents/{document_id}",
        "status": 200,
        "user_id": 17,
    }


@pytest.mark.parametrize("given", ["abcdefgh", "A1-" * 20, "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_an_id_that_can_do_no_harm_is_kept(given: str, client: TestClient) -> None:
    assert client.get("/documents/5", headers={ID_HEADER: given}).headers[ID_HEADER] == given


@pytest.mark.parametrize("given", ["short", "x" * 65, "has space1", "new\\nline-x", "<script>alert(1)</script>", ""])
def test_any_other_id_is_replaced(given: str, client: TestClient, written: io.StringIO) -> None:
    assert client.get("/documents/5", headers={ID_HEADER: given}).headers[ID_HEADER] == "made-here-1"
    assert not given or given not in written.getvalue()


def test_a_failure_of_the_server_is_told_with_the_id_that_the_log_has(client: TestClient, lines: Lines) -> None:
    for number in (500, 503):
        reply = client.get(f"/documents/{number}")
        assert reply.status_code == number
        assert reply.headers[ID_HEADER] == "made-here-1"
        assert reply.json()["request_id"] == "made-here-1"
    assert [line["status"] for line in lines() if line["message"] == "request"] == [500, 503]
    assert "Salaries" not in json.dumps(lines())


def test_what_is_not_there_is_told_in_the_same_words_each_time(client: TestClient) -> None:
    reply = client.get("/documents/404")
    assert "request_id" not in reply.json()
    assert reply.headers[ID_HEADER]


def test_paths_that_lead_nowhere_are_counted_under_one_name(client: TestClient, meters: CountingMeters) -> None:
    for path in ("/a", "/b/c", "/documents/5/secret-name.pdf"):
        client.get(path)
    client.request("BREW", "/documents/5")
    client.delete("/documents/7")
    assert meters.told == [
        ("GET unmatched", 404),
        ("GET unmatched", 404),
        ("GET unmatched", 404),
        ("OTHER /documents/{document_id}", 405),
        ("DELETE /documents/{document_id}", 405),
    ]


def test_a_stream_is_under_way_until_its_end(client: TestClient, meters: CountingMeters) -> None:
    assert client.get("/stream").text == "onetwo"
    assert meters.in_flight == 0
    assert meters.told == [("GET /stream", 200)]


def test_a_request_that_is_turned_away_is_told_by_the_route_it_was_for(meters: CountingMeters, lines: Lines) -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await errors.problem(401, "Sign in", "Sign in first.")(scope, receive, send)

    observed = Observe(refuse, meters, NoTracer(), template_at=lambda method, path: "/documents/{document_id}")
    assert TestClient(observed).get("/documents/8").status_code == 401
    assert meters.told == [("GET /documents/{document_id}", 401)]
    assert lines()[0]["route"] == "/documents/{document_id}"


def test_a_caller_who_goes_away_before_a_reply_is_counted(meters: CountingMeters, lines: Lines) -> None:
    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        return

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}

    async def call() -> None:
        async def receive() -> dict[str, str]:
            return {"type": "http.disconnect"}

        async def send(message: object) -> None:
            raise AssertionError(message)

        await Observe(nothing, meters, NoTracer())(scope, receive, send)

    asyncio.run(call())
    assert meters.told == [("GET unmatched", None)]
    assert lines()[0]["status"] is None
