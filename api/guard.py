"""What a request passes before a route sees it: names of this server only, nothing from other sites, strict headers."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem
from api.strict_headers import STRICT_HEADERS

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ONLY_PROTECTED = {"Strict-Transport-Security": "max-age=31536000"}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """ASGI middleware. Answers only to the server's own names, since any other may be made to lead to this machine, and
    changes nothing on behalf of a page from another site.
    """

    def __init__(self, app: ASGIApp, public_host: str | None = None) -> None:
        """`public_host`: by which people reach it, beside the loopback names."""
        self._app = app
        self._hosts = _LOOPBACK if public_host is None else _LOOPBACK | {public_host.lower()}
        self._headers = STRICT_HEADERS if public_host is None else STRICT_HEADERS | _ONLY_PROTECTED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(str(scope["method"]), headers)
        if refusal is not None:
            await problem(403, "Forbidden", refusal)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    added.setdefault(name, value)
                static = str(scope["path"]).startswith("/static/")
                added.setdefault("Cache-Control", "no-cache" if static else "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
        if host not in self._hosts:
            return (
                "This server does not answer to that name, only to localhost, 127.0.0.1 and the one that "
                "GROUNDWORK_PUBLIC_URL names."
            )
        if method in _SAFE:
            return None
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "The request comes from another site."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return "The request comes from another site."
        return None
