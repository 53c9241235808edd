"""Talks to the server that owns a data folder, for commands called while it runs."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from api.context_names import HEADER, TOKEN_HEADER
from api.data_folder import RunningServer
from corpus.errors import Conflict, GroundworkError, Invalid, NotFound, NotPermitted, Unavailable

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_KINDS: dict[int, type[GroundworkError]] = {
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    422: Invalid,
    503: Unavailable,
    507: Unavailable,
}
_TIMEOUT_S = 120.0


class ServerGone(Unavailable):
    def __init__(self, address: str) -> None:
        super().__init__(f"The server at {address} owns the data folder but does not answer. Restart it.")


class UnexpectedReply(Unavailable):
    def __init__(self, status: int) -> None:
        super().__init__(f"The server failed with status {status}. Its log says why.")


class InThisProcess(httpx.BaseTransport):
    """Asks the application without a server, so that the same is done, permitted and recorded as with one."""

    def __init__(self, app: "ASGIApp") -> None:
        self._transport = httpx.ASGITransport(app)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._answer(request))

    def close(self) -> None:
        self._runner.close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        reply = await self._transport.handle_async_request(request)
        return httpx.Response(reply.status_code, headers=reply.headers, content=await reply.aread())


class Client:
    def __init__(self, server: RunningServer, user: str, transport: httpx.BaseTransport | None = None) -> None:
        self.address = server.address
        self._http = httpx.Client(
            base_url=server.address,
            headers={HEADER: quote(user), TOKEN_HEADER: server.token},
            timeout=_TIMEOUT_S,
            trust_env=False,
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **parameters: str | int) -> Any:  # noqa: ANN401 - JSON
        return self._checked("GET", path, params=parameters).json()

    def post(self, path: str, body: Any) -> Any:  # noqa: ANN401 - JSON
        return self._checked("POST", path, json=body).json()

    def put(self, path: str, body: Any) -> Any:  # noqa: ANN401 - JSON
        return self._checked("PUT", path, json=body).json()

    def delete(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """None where there is nothing to say."""
        reply = self._checked("DELETE", path)
        return reply.json() if reply.content else None

    def stream(self, path: str, **parameters: str | int) -> Iterator[bytes]:
        """The body as it comes. Raises `ServerGone` where it ends too early."""
        try:
            with self._http.stream("GET", path, params=parameters, timeout=None) as reply:
                if reply.status_code >= 400:
                    reply.read()
                _raise_for(reply)
                yield from reply.iter_bytes()
        except httpx.TransportError as error:
            raise ServerGone(self.address) from error

    def lines(self, path: str, body: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
        """The lines of a streamed reply as they come."""
        try:
            with self._http.stream("POST", path, json=body, timeout=None) as reply:
                if reply.status_code >= 400:
                    reply.read()
                _raise_for(reply)
                yield from reply.iter_lines()
        except httpx.TransportError as error:
            raise ServerGone(self.address) from error

    def _checked(self, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401
        try:
            reply = self._http.request(method, path, **given)
        except httpx.TransportError as error:
            raise ServerGone(self.address) from error
        _raise_for(reply)
        return reply


def _raise_for(reply: httpx.Response) -> None:
    if reply.status_code < 400:
        return
    kind = _KINDS.get(reply.status_code)
    if kind is None:
        raise UnexpectedReply(reply.status_code)
    raise kind(reply.json()["detail"])
