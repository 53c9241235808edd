"""What a request passes before a route sees it: loopback names only, nothing from other sites, strict headers."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem
from api.strict_headers import STRICT_HEADERS

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """ASGI middleware for an installation without accounts.

    Such a server trusts whoever can reach it, so it answers only to loopback names (a foreign name that resolves to
    this machine is turned away) and changes nothing on behalf of a page from another site.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = _refusal(str(scope["method"]), headers)
        if refusal is not None:
            await problem(403, "Forbidden", refusal)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                for name, value in STRICT_HEADERS.items():
                    added.setdefault(name, value)
                static = str(scope["path"]).startswith("/static/")
                added.setdefault("Cache-Control", "no-cache" if static else "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _refusal(method: str, headers: Headers) -> str | None:
    host = urlsplit(f"//{headers.get('host', '')}").hostname
    if host not in _LOOPBACK:
        return "This server has no accounts and answers only on this machine, as localhost or 127.0.0.1."
    if method in _SAFE:
        return None
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "The request comes from another site."
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return "The request comes from another site."
    return None
