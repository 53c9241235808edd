"""The maintained test provider `oidc-provider-mock`, in a process of its own: a login with its own form and pages."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import httpx


class Mock:
    def __init__(self, address: str, process: "subprocess.Popen[bytes]") -> None:
        self.address = address
        self._process = process

    def stop(self) -> None:
        """Twice is as once."""
        self._process.terminate()
        self._process.wait(20)

    def know(self, subject: str, **claims: object) -> None:
        httpx.put(f"{self.address}/users/{subject}", json=claims, trust_env=False).raise_for_status()

    def sign_in(self, address: str, subject: str) -> str:
        """Sends the form at this address as somebody would: where the browser is sent then."""
        shown = httpx.get(address, trust_env=False)
        assert re.search(r'name="sub"', shown.text), shown.text
        return self._sent_on(httpx.post(address, data={"sub": subject}, trust_env=False))

    def decline(self, address: str) -> str:
        return self._sent_on(httpx.post(address, data={"action": "deny"}, trust_env=False))

    def sign_out(self, address: str) -> str:
        shown = httpx.get(address, trust_env=False)
        target = re.search(r'name="redirect_uri" value="([^"]+)"', shown.text)
        action = re.search(r'<form method="post" action="([^"]+)"', shown.text)
        assert target is not None
        assert action is not None
        sent = urljoin(self.address, action[1])
        return self._sent_on(httpx.post(sent, data={"redirect_uri": target[1]}, trust_env=False))

    def _sent_on(self, reply: httpx.Response) -> str:
        assert reply.status_code == 302, reply.text
        return reply.headers["location"]


@contextmanager
def running_mock() -> Iterator[Mock]:
    """It makes a key of its own when it starts; a second one on the same port is one that has changed its key."""
    port = _free_port()
    with running_mock_at(port) as mock:
        yield mock


@contextmanager
def running_mock_at(port: int, **users: dict[str, object]) -> Iterator[Mock]:
    said = [f"--user-claims={json.dumps({'sub': subject, **claims})}" for subject, claims in users.items()]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", f"--port={port}", "--require-nonce", *said],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Its library insists on TLS otherwise, also on loopback.
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    mock = Mock(f"http://127.0.0.1:{port}", process)
    try:
        _wait_for(mock.address, process)
        yield mock
    finally:
        mock.stop()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "The test provider ended."
        try:
            httpx.get(f"{address}/.well-known/openid-configuration", trust_env=False).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
