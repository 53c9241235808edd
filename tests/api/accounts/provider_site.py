"""A server of Groundwork that knows a provider, and browsers that sign in to it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi.testclient import TestClient
from httpx2 import Response

from api.accounts.roles import Role
from api.app import build_app
from api.clock import now
from api.services import Services
from api.settings import Settings

LATER = "/library?audience=everyone"
PAGE = {"accept": "text/html"}


class Clock:
    """The real one, which tests can set forward: tokens are made by others, in real time."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


class Browser:
    def __init__(self, client: TestClient) -> None:
        self._client = client

    def get(self, path: str) -> Response:
        return self._client.get(path, headers=PAGE, follow_redirects=False)

    def post(self, path: str, form: dict[str, str]) -> Response:
        return self._client.post(path, data=form, headers=PAGE, follow_redirects=False)

    def begin(self, path: str = LATER) -> str:
        """Where the provider wants it."""
        reply = self._client.get("/sign-in/provider", params={"path": path}, headers=PAGE, follow_redirects=False)
        assert reply.status_code == 303, reply.text
        return reply.headers["location"]

    def come_back(self, address: str) -> Response:
        parts = urlsplit(address)
        assert parts.netloc == "localhost"
        return self.get(f"{parts.path}?{parts.query}")

    def sign_out(self) -> Response:
        token = re.search(r'name="form_token" value="([^"]+)"', self.get("/account").text)
        assert token is not None
        return self.post("/sign-out", {"form_token": token[1]})

    @property
    def is_signed_in(self) -> bool:
        return self.get("/account").status_code == 200


class Site:
    def __init__(self, services: Services, clock: Clock) -> None:
        self.services = services
        self.clock = clock
        self._app = build_app(services, "token")

    def browser(self) -> Browser:
        # Secure cookies are kept from plain connections.
        return Browser(TestClient(self._app, base_url="https://localhost"))

    def groups_of(self, name: str) -> list[str]:
        return sorted(group.name for group in self.services.accounts.get_account(name).groups)


@contextmanager
def provider_site(folder: Path, issuer: str, first: str | None = "root", **settings: Any) -> Iterator[Site]:
    """`first`: an administrator who has nothing to do with the provider."""
    clock = Clock()
    made = Settings(
        **{
            "data": folder / "data",
            "cache": folder / "cache",
            "oidc_issuer": issuer,
            "oidc_client_id": "groundwork",
            "limit_sign_in_per_minute": 0,
            **settings,
        }
    )
    with Services(made, clock) as services:
        if first is not None:
            services.accounts.add_account(first, [Role.ADMIN])
        yield Site(services, clock)
