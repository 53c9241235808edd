"""Questions wait for their turn before anything of them is handled, and leave when their client does."""

import asyncio
import time
from collections.abc import Iterable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits.admission import Admission, Capacity
from api.limits.answer_queue import AnswerQueue, FullHouse, is_question
from api.limits.refusal import Refusal

PATIENT = Capacity(at_once=1, at_once_each=1, waiting=10, waiting_each=10, longest_wait_s=1000.0)


def a_question(user: str = "ana", path: str = "/api/ask", query: str = "", method: str = "POST") -> Scope:
    return {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": [], "user": user}


class Client:
    """Sends its messages, then stays until it goes away. Keeps what it hears."""

    def __init__(self, *bodies: bytes) -> None:
        self._messages = [
            {"type": "http.request", "body": body, "more_body": place + 1 < len(bodies)}
            for place, body in enumerate(bodies)
        ]
        self.sent_all = asyncio.Event()
        self._gone = asyncio.Event()
        self.heard: list[Message] = []

    async def receive(self) -> Message:
        if self._messages:
            return self._messages.pop(0)
        self.sent_all.set()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.heard.append(message)

    def go_away(self) -> None:
        self._gone.set()

    @property
    def status(self) -> int | None:
        return next((message["status"] for message in self.heard if "status" in message), None)


class Slow:
    """An application that reads the body, streams a reply, and is over when let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.bodies: list[bytes] = []
        self.under_way = 0
        self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            body = b""
            while True:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body"):
                    break
            self.bodies.append(body)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
            await self.let_go.wait()
            await send({"type": "http.response.body", "body": b"last"})
        finally:
            self.under_way -= 1


def a_queue(app: ASGIApp, capacity: Capacity = PATIENT) -> tuple[AnswerQueue, Admission]:
    def refuse(scope: Scope, refusal: Refusal) -> ASGIApp:
        return JSONResponse({}, refusal.status, headers={"Retry-After": str(refusal.retry_after_s)})

    admission = Admission(capacity, time.monotonic)
    return AnswerQueue(app, admission, lambda scope: str(scope["user"]), refuse), admission


async def settle(times: int = 20) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


def test_a_place_is_kept_until_a_streamed_reply_is_over_and_then_goes_to_who_waits() -> None:
    async def play() -> None:
        app = Slow()
        queue, admission = a_queue(app)
        clients = [Client(b"one"), Client(b"t", b"w", b"o")]
        asked = [
            asyncio.ensure_future(queue(a_question(f"user {number}"), client.receive, client.send))
            for number, client in enumerate(clients)
        ]
        await settle()
        assert (admission.taken, admission.waiting, app.under_way) == (1, 1, 1)
        assert clients[1].heard == []
        app.let_go.set()
        await asyncio.gather(*asked)
        assert app.bodies == [b"one", b"two"]
        assert app.most == 1
        assert [client.status for client in clients] == [200, 200]
        assert (admission.taken, admission.waiting) == (0, 0)

    asyncio.run(asyncio.wait_for(play(), 10))


def test_who_goes_away_while_waiting_is_not_answered_and_leaves_no_place_taken() -> None:
    async def play() -> None:
        app = Slow()
        queue, admission = a_queue(app)
        first, second = Client(b"one"), Client(b"two")
        holding = asyncio.ensure_future(queue(a_question("ana"), first.receive, first.send))
        await settle()
        waiting = asyncio.ensure_future(queue(a_question("ben"), second.receive, second.send))
        await settle()
        second.go_away()
        await waiting
        assert second.heard == []
        assert (admission.taken, admission.waiting) == (1, 0)
        app.let_go.set()
        await holding
        assert app.bodies == [b"one"]

    asyncio.run(asyncio.wait_for(play(), 10))


def test_a_reply_that_is_cut_short_frees_its_place() -> None:
    async def play() -> None:
        queue, admission = a_queue(Slow())
        client = Client(b"one")
        holding = asyncio.ensure_future(queue(a_question(), client.receive, client.send))
        await settle()
        assert admission.taken == 1
        holding.cancel()
        await asyncio.wait({holding})
        assert admission.taken == 0

    asyncio.run(asyncio.wait_for(play(), 10))


def test_beyond_the_queue_a_question_is_refused_at_once_and_unread() -> None:
    async def play() -> None:
        app = Slow()
        queue, _ = a_queue(app, Capacity(1, 1, waiting=1, waiting_each=1, longest_wait_s=1000.0))
        clients = [Client(b"question") for _ in range(3)]
        asked = [
            asyncio.ensure_future(queue(a_question(f"user {number}"), client.receive, client.send))
            for number, client in enumerate(clients)
        ]
        begun = time.monotonic()
        await asked[2]
        assert time.monotonic() - begun < 0.1
        assert clients[2].status == 503
        assert clients[2]._messages
        (start, *_) = clients[2].heard
        assert int(dict(start["headers"])[b"retry-after"]) >= 1
        app.let_go.set()
        await asyncio.gather(*asked)

    asyncio.run(asyncio.wait_for(play(), 10))


def test_who_has_waited_longest_enough_is_refused() -> None:
    async def play() -> None:
        app = Slow()
        queue, admission = a_queue(app, Capacity(1, 1, waiting=5, waiting_each=5, longest_wait_s=0.5))
        first, second = Client(b"one"), Client(b"two")
        holding = asyncio.ensure_future(queue(a_question("ana"), first.receive, first.send))
        await settle()
        await queue(a_question("ben"), second.receive, second.send)
        assert second.status == 503
        assert admission.waiting == 0
        app.let_go.set()
        await holding

    asyncio.run(asyncio.wait_for(play(), 10))


def test_a_large_body_is_not_taken_in_while_its_request_waits() -> None:
    async def play() -> None:
        app = Slow()
        queue, _ = a_queue(app)
        first, large = Client(b"one"), Client(*[b"x" * 30_000] * 100)
        holding = asyncio.ensure_future(queue(a_question("ana"), first.receive, first.send))
        await settle()
        waiting = asyncio.ensure_future(queue(a_question("ben"), large.receive, large.send))
        await settle(500)
        assert len(large._messages) > 90
        app.let_go.set()
        await asyncio.gather(holding, waiting)
        assert [len(body) for body in app.bodies] == [3, 3_000_000]

    asyncio.run(asyncio.wait_for(play(), 10))


def test_what_is_a_question() -> None:
    def asked(*questions: Scope) -> Iterable[bool]:
        return [is_question(question) for question in questions]

    assert all(
        asked(
            a_question(),
            a_question(path="/api/search", query="q=leave", method="GET"),
            a_question(path="/", query="q=", method="GET"),
        )
    )
    assert not any(
        asked(
            a_question(path="/", method="GET"),
            a_question(path="/library", query="q=x", method="GET"),
            a_question(path="/api/documents"),
        )
    )


def test_a_full_house_is_said_before_anybody_is_asked_who_they_are() -> None:
    async def play() -> None:
        app = Slow()
        admission = Admission(Capacity(1, 1, waiting=0, waiting_each=0, longest_wait_s=1000.0), time.monotonic)
        door = FullHouse(app, admission, lambda scope, refusal: JSONResponse({}, refusal.status))
        place = admission.join("ana")
        late, reading = Client(b"question"), Client(b"")
        await door(a_question(), late.receive, late.send)
        assert (late.status, app.bodies) == (503, [])
        app.let_go.set()
        await door(a_question(path="/library", method="GET"), reading.receive, reading.send)
        assert reading.status == 200
        place.release()
        after = Client(b"question")
        await door(a_question(), after.receive, after.send)
        assert after.status == 200

    asyncio.run(asyncio.wait_for(play(), 10))
