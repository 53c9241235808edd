"""A day with Groundwork as one program: ingest, ask, rebuild, ask a model, serve. `test_network` runs and watches it.

Usage: python -m tests.conformance.journey DOCUMENTS DATA
"""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

GROUNDWORK = [sys.executable, "-m", "api.cli"]
QUESTION = "How often are Kelva loggers calibrated?"


def main(documents: Path, data: Path) -> None:
    _bring_loopback_up()
    ingested = _groundwork(data, "ingest", str(documents), "--json")
    assert set(ingested["outcomes"]) == {"added"}, ingested
    _groundwork(data, "search", QUESTION, "--json")
    _groundwork(data, "ask", QUESTION, "--json")
    _groundwork(data, "reindex")
    with _model() as address:
        _groundwork(
            data,
            "ask",
            QUESTION,
            "--json",
            GROUNDWORK_MODEL="openai/local",
            GROUNDWORK_MODEL_API_BASE=address,
            GROUNDWORK_MODEL_API_KEY="none",
        )
    _serve(data)


def _groundwork(data: Path, *arguments: str, **settings: str) -> Any:
    done = subprocess.run(
        [*GROUNDWORK, *arguments, "--data", str(data)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(arguments)} failed with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout) if "--json" in arguments else None


def _serve(data: Path) -> None:
    command = [*GROUNDWORK, "serve", "--port", "0", "--data", str(data)]
    environment = os.environ | {"GROUNDWORK_VECTOR_INDEX": "chroma"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[2].rstrip(",")
        _get(f"{address}/")
        asked = json.dumps({"question": QUESTION}).encode()
        _get(Request(f"{address}/api/ask", data=asked, headers={"Content-Type": "application/json"}))
        patience = time.monotonic() + 120
        while any(index["state"] != "ready" for index in json.loads(_get(f"{address}/api/status"))["indexes"]):
            assert time.monotonic() < patience, "the indexes are not ready after two minutes"
            time.sleep(0.2)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=15) == 0


def _get(request: Request | str) -> bytes:
    with build_opener(ProxyHandler({})).open(request, timeout=60) as reply:
        content: bytes = reply.read()
        return content


@contextmanager
def _model() -> Iterator[str]:
    """A language model's API on this machine that has nothing to say."""

    class Reply(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "-"}}
            body = json.dumps(
                {"id": "1", "object": "chat.completion", "created": 1, "model": "local", "choices": [choice]}
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with TCPServer(("127.0.0.1", 0), Reply) as server:  # an HTTPServer would look its own name up
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def _bring_loopback_up() -> None:
    """In a network namespace of its own even loopback is down at first."""
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, get_flags, asked), 16)
        if not flags & up:
            fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
