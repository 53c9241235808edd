"""Lets questions wait for their turn without holding a thread, and sends away at once who would wait too long."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits.admission import Admission, QueueFull
from api.limits.refusal import Refusal, too_busy

_REDRAFT = re.compile(r"/api/courses/\d+/parts/[^/]+/redraft")
_HELD_BYTES = 64_000
"""So much of a body is taken in while its request waits; the rest stays in the connection."""


class AnswerQueue:
    """ASGI middleware. `user_of` names on whose behalf a request is, before anything of its body is read."""

    def __init__(
        self,
        app: ASGIApp,
        admission: Admission,
        user_of: Callable[[Scope], str],
        refuse: Callable[[Scope, Refusal], ASGIApp],
    ) -> None:
        self._app = app
        self._admission = admission
        self._user_of = user_of
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_question(scope):
            await self._app(scope, receive, send)
            return
        try:
            await in_its_turn(self._app, self._admission, self._user_of(scope), scope, receive, send)
        except QueueFull as full:
            await self._refuse(scope, too_busy(full.wait_s))(scope, receive, send)


class FullHouse:
    """ASGI middleware before anybody is asked who they are: when there is no room, finding that out is too much."""

    def __init__(self, app: ASGIApp, admission: Admission, refuse: Callable[[Scope, Refusal], ASGIApp]) -> None:
        self._app = app
        self._admission = admission
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_question(scope):
            try:
                self._admission.check_room()
            except QueueFull as full:
                await self._refuse(scope, too_busy(full.wait_s))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_question(scope: Scope) -> bool:
    """Whether it takes a search, and maybe an answer, which is what the processor and the model are short of."""
    match scope["method"], scope["path"]:
        case ("POST", "/api/ask") | ("GET", "/api/search"):
            return True
        case ("GET", "/"):
            return "q" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        case ("POST", path):
            return _REDRAFT.fullmatch(path) is not None
        case _:
            return False


async def in_its_turn(
    app: ASGIApp, admission: Admission, user_key: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """Handles the request when there is a place, and keeps that until the reply is over, also if it is a stream.

    Nothing is done if the client goes away meanwhile. Raises `QueueFull` before anything is sent.
    """
    place = admission.join(user_key)
    try:
        if place.admitted.done():
            await app(scope, receive, send)
            return
        heard = _Heard(receive)
        gone = asyncio.ensure_future(heard.until_gone())
        try:
            await asyncio.wait(
                {place.admitted, gone},
                timeout=admission.capacity.longest_wait_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            gone.cancel()
        if heard.is_over:
            return
        if not place.admitted.done():
            raise admission.full()
        await app(scope, heard.receive, send)
    finally:
        place.release()


class _Heard:
    """What a client sends while it waits, kept for who handles the request."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: deque[Message] = deque()
        self.is_over = False

    async def until_gone(self) -> None:
        size = 0
        while size <= _HELD_BYTES:
            message = await self._receive()
            self._kept.append(message)
            if message["type"] == "http.disconnect":
                self.is_over = True
                return
            size += len(message.get("body", b""))
        await asyncio.get_running_loop().create_future()

    async def receive(self) -> Message:
        return self._kept.popleft() if self._kept else await self._receive()
