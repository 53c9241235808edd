"""A provider of one's own on loopback, which rotates its keys and misbehaves when it is told to."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID = "groundwork"
SECRET = "very secret: 100 %"
Claims = dict[str, Any]


def new_key(name: str | None) -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig"} if name is None else {"kid": name, "use": "sig"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    asked: Mapping[str, str]
    claims: Claims


@dataclass(slots=True)
class Provider:
    """`change` alters the claims of tokens before `sign` signs them; with `leads_on` every reply is a redirect."""

    key: RSAKey
    address: str = ""
    published: list[RSAKey] = field(default_factory=list)
    strange_keys: list[dict[str, object]] = field(default_factory=list)
    metadata: dict[str, object] = field(default_factory=dict)
    user_information: Claims | None = None
    leads_on: bool = False
    change: Callable[[Claims], Claims] = dict
    sign: Callable[[Claims], str] | None = None
    checks_verifier: bool = True
    asked: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Grant] = field(default_factory=dict)

    def rotate(self, name: str | None) -> None:
        self.key = new_key(name)
        self.published = [self.key]

    def sign_in(self, address: str, subject: str, **claims: object) -> str:
        """As when somebody signs in at this address: where the browser is sent then."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code {len(self.codes)} & more"
        self.codes[code] = Grant(asked, {"sub": subject, **claims})
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, claims: Claims, **header: str) -> str:
        named = {} if self.key.kid is None else {"kid": self.key.kid}
        return jwt.encode({"alg": "RS256", **named, **header}, claims, self.key)

    def notice(self, **claims: object) -> Claims:
        """The claims of a notice that somebody signed out."""
        now = int(time.time())
        return {
            "iss": self.address,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **claims,
        }

    def describe(self) -> dict[str, object]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize?tenant=one",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/end",
            **({"userinfo_endpoint": f"{self.address}/user"} if self.user_information is not None else {}),
            **self.metadata,
        }

    def answer(self, path: str, headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[int, object]:
        self.asked[path] += 1
        if self.leads_on:
            return 302, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, self.describe()
            case "/keys":
                return 200, {"keys": [*self.strange_keys, *(key.as_dict(private=False) for key in self.published)]}
            case "/user" if headers.get("authorization") == "Bearer an access token":
                return 200, self.user_information
            case "/token":
                return self._token_reply(headers, form)
        return 404, {}

    def _token_reply(self, headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[int, object]:
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            known = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, SECRET)
        else:
            _, _, pair = headers.get("authorization", "").partition(" ")
            name, _, secret = base64.b64decode(pair).decode().partition(":")
            known = (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, SECRET)
        if not known:
            return 401, {"error": "invalid_client"}
        grant = self.codes.pop(form.get("code", ""), None)
        if grant is None or form.get("redirect_uri") != grant.asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self.checks_verifier and (grant.asked["code_challenge"], grant.asked["code_challenge_method"]) != (
            challenge,
            "S256",
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.asked["nonce"],
            **grant.claims,
        }
        claims = self.change(claims)
        token = self.token(claims) if self.sign is None else self.sign(claims)
        return 200, {"id_token": token, "access_token": "an access token", "token_type": "Bearer"}


def signed_by(key: RSAKey | ECKey, **header: str) -> Callable[[Claims], str]:
    """Whatever the header says that it is signed with."""
    return lambda claims: jwt.encode(dict(header), claims, key, algorithms=[header["alg"]])


def signed_with_secret(secret: bytes, **header: str) -> Callable[[Claims], str]:
    """By hand, since libraries refuse to take a public key for a secret."""

    def sign(claims: Claims) -> str:
        signed = f"{_part({'alg': 'HS256', **header})}.{_part(claims)}"
        return f"{signed}.{_text(hmac.digest(secret, signed.encode(), 'sha256'))}"

    return sign


def unsigned(claims: Claims) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def _part(said: object) -> str:
    return _text(json.dumps(said).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@contextmanager
def running_provider() -> Iterator[Provider]:
    key = new_key("first")
    provider = Provider(key, published=[key])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply(dict(parse_qsl(content)))

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

        def _reply(self, form: Mapping[str, str]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = provider.answer(urlsplit(self.path).path, headers, form)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="provider")
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
