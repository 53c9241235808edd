"""The one way out: requests through httpx, connected to the address that was checked, within limits."""

import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from api.outgoing import OutgoingRules
from ingestion.web_client import NotAllowed, NotReached, ReplyTooLarge, WebReply

USER_AGENT = "Groundwork (+documents for an organisation's own answers)"
_MOST_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}


class HttpxWebClient:
    """Asks nothing but what the rules allow, at every redirect anew."""

    def __init__(
        self,
        rules: OutgoingRules,
        most_bytes: int,
        timeout_s: float,
        authorization: str | None = None,
        authorized_host: str | None = None,
        elapsed: Callable[[], float] = time.monotonic,
        most_redirects: int = _MOST_REDIRECTS,
    ) -> None:
        """`authorization` is a header's value, sent to `authorized_host` alone."""
        self._rules = rules
        self._most_bytes = most_bytes
        self._timeout_s = timeout_s
        self._authorization = authorization
        self._authorized_host = authorized_host
        self._elapsed = elapsed
        self._most_redirects = most_redirects
        self._http = httpx.Client(
            headers={"User-Agent": USER_AGENT},
            timeout=min(timeout_s, 30.0),
            follow_redirects=False,
            trust_env=False,
            # Connections are told apart by address: one that was opened for a name may not serve another name.
            limits=httpx.Limits(max_keepalive_connections=1 if len(rules.hosts or ()) == 1 else 0),
        )

    def close(self) -> None:
        self._http.close()

    def get(self, address: str, headers: Mapping[str, str] | None = None, most_bytes: int | None = None) -> WebReply:
        deadline = self._elapsed() + self._timeout_s
        at = address
        for _ in range(self._most_redirects + 1):
            reply = self._ask("GET", at, headers or {}, b"", most_bytes or self._most_bytes, deadline)
            target = reply.headers.get("location")
            if reply.status not in (301, 302, 303, 307, 308) or target is None:
                return reply
            at = urljoin(at, target)
        often = f"more than {self._most_redirects} times" if self._most_redirects else "to another address"
        raise NotAllowed(address, f"it leads on {often}.")

    def send_form(self, address: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> WebReply:
        """Any status, also a redirect: a form is sent nowhere else. Raises as `get` does."""
        typed = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        content = urlencode(fields).encode("ascii")
        return self._ask("POST", address, typed, content, self._most_bytes, self._elapsed() + self._timeout_s)

    def _ask(
        self, method: str, address: str, headers: Mapping[str, str], form: bytes, most_bytes: int, deadline: float
    ) -> WebReply:
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
            url = httpx.URL(address)
        except (ValueError, httpx.InvalidURL) as error:
            raise NotAllowed(address, "it is no address.") from error
        checked = self._rules.checked_address(address, parts.scheme, host, port)
        request = self._http.build_request(
            method,
            # The checked address is connected to, so that a name cannot come to mean another one in between; the
            # certificate must still be the name's.
            url.copy_with(host=checked, fragment=None, userinfo=b""),
            content=form or None,
            headers={**headers, "Host": url.netloc.decode("ascii"), **self._authorized(host)},
            extensions={"sni_hostname": url.raw_host.decode("ascii")} if parts.scheme == "https" else None,
        )
        try:
            reply = self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            raise NotReached(address, _reason(error)) from error
        try:
            content = self._read(reply, address, most_bytes, deadline)
        finally:
            reply.close()
        return WebReply(
            address, reply.status_code, {name.lower(): reply.headers[name] for name in reply.headers}, content
        )

    def _read(self, reply: httpx.Response, address: str, most_bytes: int, deadline: float) -> bytes:
        content = bytearray()
        try:
            for piece in reply.iter_bytes():
                content += piece
                if len(content) > most_bytes:
                    raise ReplyTooLarge(address, most_bytes)
                if self._elapsed() > deadline:
                    raise NotReached(address, f"it did not end within {self._timeout_s:.0f} seconds.")
        except httpx.HTTPError as error:
            raise NotReached(address, _reason(error)) from error
        return bytes(content)

    def _authorized(self, host: str | None) -> dict[str, str]:
        if self._authorization is None or host != self._authorized_host:
            return {}
        return {"Authorization": self._authorization}


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it does not answer in time."
    if isinstance(error, httpx.DecodingError):
        return "what it sends is not encoded as it says."
    return f"{error or type(error).__name__}.".replace("..", ".")
