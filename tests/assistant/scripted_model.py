"""Language models that say what a test wrote down: one in memory, one behind a socket that speaks OpenAI's protocol."""

import json
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

from assistant.language_model import Message, ModelUnavailable, ReplyForm
from assistant.model_budget import ModelUsage


@dataclass
class ScriptedModel:
    """Says the pieces, then fails if a reason is given. Records what it was asked."""

    pieces: Sequence[str]
    fails_with: str | None = None
    name: str = "scripted/model"
    tokens_in: int = 100
    money: float | None = None
    asked: list[Sequence[Message]] = field(default_factory=list)

    def stream(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None = None,
    ) -> Generator[str, None, None]:
        self.asked.append(messages)
        written = 0
        try:
            for piece in self.pieces:
                written += len(piece.split())
                yield piece
            if self.fails_with is not None:
                raise ModelUnavailable(self.name, self.fails_with)
        finally:
            spent(ModelUsage(self.tokens_in, written, self.money))


@dataclass(frozen=True)
class Reply:
    """What the server does with one request, in the order of the fields."""

    status: int = 200
    wait_s: float = 0.0
    pieces: Sequence[str] = ()
    pause_s: float = 0.0
    """Before each piece."""
    garbage: bytes = b""
    """Sent after the pieces, as it is."""
    keep_alives: int = 0
    """Comments sent after the pieces, a tenth of a second apart."""
    usage: tuple[int, int] | None = None
    """Tokens read and written, where the provider counts them."""
    finished: bool = True
    """Without it the connection is closed before the stream says that it is over."""


class ModelServer:
    """Answers each request with the next reply; the last one again and again."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self) -> Reply:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append(json.loads(body))
                server.keys.append(self.headers.get("Authorization"))
                reply = server._next()
                time.sleep(reply.wait_s)
                try:
                    self._send(reply)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def _send(self, reply: Reply) -> None:
                if reply.status != 200:
                    content = json.dumps(
                        {"error": {"message": f"scripted status {reply.status}", "type": "x"}}
                    ).encode()
                    self.send_response(reply.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                for piece in reply.pieces:
                    time.sleep(reply.pause_s)
                    self._event({"content": piece}, None)
                self.wfile.write(reply.garbage)
                for _ in range(reply.keep_alives):
                    self.wfile.write(b": still here\n\n")
                    self.wfile.flush()
                    time.sleep(0.1)
                if reply.finished:
                    self._event({}, "stop")
                    if reply.usage is not None:
                        taken, written = reply.usage
                        counted = {
                            "prompt_tokens": taken,
                            "completion_tokens": written,
                            "total_tokens": taken + written,
                        }
                        self._send_event({"choices": [], "usage": counted})
                    self.wfile.write(b"data: [DONE]\n\n")
                self.close_connection = True

            def _event(self, delta: dict[str, str], reason: str | None) -> None:
                self._send_event({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

            def _send_event(self, content: dict[str, Any]) -> None:
                event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"} | content
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                self.wfile.flush()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        return Handler
