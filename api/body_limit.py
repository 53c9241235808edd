"""Refuses request bodies over the limits before they fill a disk, whether their length is announced or not."""

from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import expected, problem
from corpus.errors import GroundworkError


class BodyTooLongError(Exception):
    """More arrived than the limit allows."""


class BodyLimit:
    """ASGI middleware. `most_bytes` says what a request to a path may carry: little where it is held in memory.

    `check` is told of the length that a request announces, and raises if its sender may not send so much.
    """

    def __init__(self, app: ASGIApp, most_bytes: Callable[[str], int], check: Callable[[Request, int], None]) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most_bytes = self._most_bytes(scope["path"])
        refusal = problem(
            413, "Too large", f"At most {most_bytes // 1_000_000} MB are accepted at once. Send a smaller file."
        )
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > most_bytes:
            await refusal(scope, receive, send)
            return
        try:
            if int(announced):
                await run_in_threadpool(self._check, Request(scope), int(announced))
        except GroundworkError as error:
            reply = await expected(Request(scope), error)
            await reply(scope, receive, send)
            return
        taken = 0

        async def receive_counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most_bytes:
                raise BodyTooLongError
            return message

        async def send_unless_too_long(message: Message) -> None:
            # What the application makes of the body that broke off is not what the client should hear.
            if taken <= most_bytes:
                await send(message)

        with suppress(BodyTooLongError):
            await self._app(scope, receive_counting, send_unless_too_long)
        if taken > most_bytes:
            await refusal(scope, receive, send)
