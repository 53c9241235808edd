"""Sends requests to the application in this process, and reads replies that never end as far as their beginning."""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlencode, urlsplit

from starlette.types import ASGIApp, Message, Scope

HOST = "127.0.0.1:8765"
_LISTENED_TO_S = 0.05
"""So long a stream that nobody ends is listened to."""
_MOST_S = 120.0


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` are in lower case; `failure` is what the application raised after it had answered with 500."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    failure: Exception | None

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def said(self) -> Any:
        return json.loads(self.body)


class Visits:
    """Any number of threads may call it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._loop.shutdown_default_executor(), self._loop).result(_MOST_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __call__(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json_body: object = None,
    ) -> Reply:
        """`address` as in a request line. `form` and `json_body` are other ways to give a body."""
        given = dict(headers or {})
        if query:
            address = f"{address}?{urlencode(query)}"
        if form is not None:
            body = urlencode(form).encode()
            given["Content-Type"] = "application/x-www-form-urlencoded"
        if json_body is not None:
            body = json.dumps(json_body).encode()
            given["Content-Type"] = "application/json"
        future: Future[Reply] = asyncio.run_coroutine_threadsafe(self._send(method, address, given, body), self._loop)
        return future.result(_MOST_S)

    async def _send(self, method: str, address: str, headers: Mapping[str, str], body: bytes) -> Reply:
        parts = urlsplit(address)
        lines = {"host": HOST, **{name.lower(): value for name, value in headers.items()}}
        if body:
            lines["content-length"] = str(len(body))
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines.items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8765),
            "state": {},
        }
        return await _Exchange(body, parts.path).run(self._app, scope)


class _Exchange:
    """One request and what comes back."""

    def __init__(self, body: bytes, path: str) -> None:
        self._body: bytes | None = body
        self._never_ends = path.rstrip("/").endswith("/events")
        self._heard_enough = asyncio.Event()
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._received = bytearray()

    async def run(self, app: ASGIApp, scope: Scope) -> Reply:
        failure: Exception | None = None
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - a bug of the application, told to whoever asked
            failure = error
        return Reply(self._status, self._headers, bytes(self._received), failure)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._heard_enough.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            self._headers = tuple(
                (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]
            )
            if self._never_ends:
                asyncio.get_running_loop().call_later(_LISTENED_TO_S, self._heard_enough.set)
        elif message["type"] == "http.response.body":
            self._received += message.get("body", b"")
