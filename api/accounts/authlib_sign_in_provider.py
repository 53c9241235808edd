"""OpenID Connect with Authlib and joserfc: authorization code with PKCE, and every check of what comes back."""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from threading import Lock
from typing import Any, Generic, TypeVar
from urllib.parse import quote_plus, urlsplit

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]  # It ships no types.
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, RSAKey
from pydantic import BaseModel, Field, ValidationError

from api.accounts.sign_in_provider import (
    NOTICE_LIVES,
    Challenge,
    NotVouchedFor,
    ProviderFailed,
    SignOutNotice,
    Vouched,
)
from api.httpx_web_client import HttpxWebClient
from corpus.errors import GroundworkError

_LEEWAY_S = 60
"""So far clocks may be apart."""
_KEPT_FOR = timedelta(hours=1)
_NOT_ASKED_AGAIN_FOR = timedelta(seconds=5)
"""After it did not answer: otherwise everybody waits for it, one after the other."""
_NEW_KEYS_AFTER = timedelta(seconds=60)
"""Keys are fetched anew for an unknown one, but no more often: anybody can make up names of keys."""
_LEAST_RSA_BITS = 2048
_LONGEST_TOKEN = 100_000
_LONGEST_HEADER = 16_000
_LONGEST_NAME = 255
"""Of a subject (OpenID Connect Core, section 2), and of a sign-in."""
_SIGNED_OUT = "http://schemas.openid.net/event/backchannel-logout"
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}

_Value = TypeVar("_Value")
_Key = RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class Client:
    """How Groundwork is registered with the provider. `secret`: None for a public client.

    `wanted`: claims for which the provider is asked where its token leaves one out.
    """

    issuer: str
    client_id: str
    secret: str | None
    scopes: Sequence[str]
    algorithms: frozenset[str]
    wanted: frozenset[str]


class _Discovery(BaseModel):
    """What the provider says about itself (OpenID Connect Discovery, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = Field(default=["client_secret_basic"])
    authorization_response_iss_parameter_supported: bool = False


class _TokenReply(BaseModel):
    id_token: str = Field(max_length=_LONGEST_TOKEN)
    access_token: str | None = None


class _Refusal(BaseModel):
    error: str = Field(max_length=100, pattern=r"^[\x20-\x21\x23-\x5b\x5d-\x7e]+$")


class _KeySet(BaseModel):
    keys: list[dict[str, Any]] = Field(max_length=100)


@dataclass(frozen=True, slots=True)
class _NamedKey:
    """`name`: the key id, where it has one. `algorithm`: the only one that it is for, where it says so."""

    name: str | None
    algorithm: str | None
    key: _Key

    def fits(self, algorithm: str) -> bool:
        if self.algorithm not in (None, algorithm):
            return False
        if algorithm in _CURVES:
            return isinstance(self.key, ECKey) and self.key.curve_name == _CURVES[algorithm]
        return isinstance(self.key, RSAKey)


class AuthlibSignInProvider:
    """Asks the provider for its description and keys when they are needed first, and keeps them for an hour."""

    def __init__(self, client: Client, web: HttpxWebClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._web = web
        self._clock = clock
        self._discovery = _Kept(self._fetch_discovery, clock)
        self._keys = _Kept(self._fetch_keys, clock)

    def begin_address(self, challenge: Challenge) -> str:
        address = prepare_grant_uri(
            self._discovery.get().authorization_endpoint,
            self._client.client_id,
            "code",
            redirect_uri=challenge.return_address,
            scope=" ".join(self._client.scopes),
            state=challenge.state,
            nonce=challenge.nonce,
            code_challenge=create_s256_code_challenge(challenge.verifier),
            code_challenge_method="S256",
        )
        return str(address)

    def redeem(self, code: str, challenge: Challenge, said_issuer: str | None) -> Vouched:
        discovery = self._discovery.get()
        if said_issuer is None and discovery.authorization_response_iss_parameter_supported:
            raise NotVouchedFor("it does not say which provider it is of")
        if said_issuer not in (None, self._client.issuer):
            raise NotVouchedFor("it is of another provider")
        reply = self._ask_for_token(discovery, code, challenge)
        token = self._verified(reply.id_token)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self._client.issuer},
                "aud": {"essential": True, "value": self._client.client_id},
            },
            params={
                "nonce": challenge.nonce,
                "client_id": self._client.client_id,
                "access_token": reply.access_token,
            },
        )
        _checked(lambda: claims.validate(now=self._now_s(), leeway=_LEEWAY_S))
        subject = _name(token.claims, "sub")
        if subject is None:
            raise NotVouchedFor("it names nobody")
        said = dict(token.claims)
        lacks = self._client.wanted - said.keys()
        if lacks and reply.access_token is not None and discovery.userinfo_endpoint is not None:
            said = self._user_information(discovery.userinfo_endpoint, reply.access_token, subject) | said
        return Vouched(self._client.issuer, subject, said, _name(token.claims, "sid"))

    def read_sign_out(self, token: str) -> SignOutNotice:
        if len(token) > _LONGEST_TOKEN:
            raise NotVouchedFor("it is too long")
        now = self._now_s()
        claims = self._verified(token).claims
        rules = jwt.JWTClaimsRegistry(
            now,
            _LEEWAY_S,
            iss={"essential": True, "value": self._client.issuer},
            aud={"essential": True, "value": self._client.client_id},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
        )
        _checked(lambda: rules.validate(claims))
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(_SIGNED_OUT), dict):
            raise NotVouchedFor("it is no notice of a sign-out")
        if "nonce" in claims:
            raise NotVouchedFor("it is made for a sign-in")
        if claims["iat"] <= now - NOTICE_LIVES.total_seconds():
            raise NotVouchedFor("it is too old")
        subject, session = _name(claims, "sub"), _name(claims, "sid")
        if subject is None and session is None:
            raise NotVouchedFor("it names nobody")
        return SignOutNotice(self._client.issuer, subject, session, str(claims["jti"]))

    def find_sign_out_address(self, return_address: str) -> str | None:
        endpoint = self._discovery.get().end_session_endpoint
        if endpoint is None:
            return None
        said = [("client_id", self._client.client_id), ("post_logout_redirect_uri", return_address)]
        return str(add_params_to_uri(endpoint, said))

    def _now_s(self) -> int:
        return int(self._clock().timestamp())

    # Asking

    def _fetch_discovery(self) -> _Discovery:
        address = f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration"
        discovery = _read(_Discovery, self._get(address), "its description of itself cannot be read.")
        if discovery.issuer != self._client.issuer:
            raise ProviderFailed(
                f"it calls itself “{discovery.issuer[:200]}”. If that is the right one, set GROUNDWORK_OIDC_ISSUER to "
                f"exactly that; now it is “{self._client.issuer}”."
            )
        for endpoint in (
            discovery.authorization_endpoint,
            discovery.token_endpoint,
            discovery.jwks_uri,
            discovery.userinfo_endpoint,
            discovery.end_session_endpoint,
        ):
            if endpoint is not None and not self._is_protected(endpoint):
                raise ProviderFailed("it names an address that is none, or not protected by TLS.")
        return discovery

    def _is_protected(self, endpoint: str) -> bool:
        try:
            parts, issuer = urlsplit(endpoint), urlsplit(self._client.issuer)
        except ValueError:
            return False
        if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
            return False
        if parts.scheme == "https":
            return bool(parts.hostname)
        same = parts.scheme == issuer.scheme == "http" and parts.netloc == issuer.netloc
        return same and _is_this_machine(parts.hostname)

    def _fetch_keys(self) -> tuple[_NamedKey, ...]:
        said = _read(_KeySet, self._get(self._discovery.get().jwks_uri), "its keys cannot be read.")
        return tuple(key for key in map(_find_key, said.keys) if key is not None)

    def _get(self, address: str, headers: Mapping[str, str] | None = None) -> bytes:
        try:
            reply = self._web.get(address, {"Accept": "application/json", **(headers or {})})
        except GroundworkError as error:
            raise ProviderFailed(str(error)) from error
        if reply.status != 200:
            raise ProviderFailed(f"it answers {reply.status}.")
        return reply.content

    def _ask_for_token(self, discovery: _Discovery, code: str, challenge: Challenge) -> _TokenReply:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": challenge.return_address,
            "code_verifier": challenge.verifier,
        }
        headers = {"Accept": "application/json"}
        secret, methods = self._client.secret, discovery.token_endpoint_auth_methods_supported
        if secret is None:
            fields["client_id"] = self._client.client_id
        elif "client_secret_basic" not in methods and "client_secret_post" in methods:
            fields |= {"client_id": self._client.client_id, "client_secret": secret}
        else:
            # Encoded first, as RFC 6749, section 2.3.1, has it.
            pair = f"{quote_plus(self._client.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        try:
            reply = self._web.send_form(discovery.token_endpoint, fields, headers)
        except GroundworkError as error:
            raise ProviderFailed(str(error)) from error
        if reply.status in (400, 401):
            refusal = _read(_Refusal, reply.content, f"it answers {reply.status}.")
            if refusal.error == "invalid_grant":
                raise NotVouchedFor("the provider does not know this sign-in")
            raise ProviderFailed(f"it answers “{refusal.error}”.")
        if reply.status != 200:
            raise ProviderFailed(f"it answers {reply.status}.")
        return _read(_TokenReply, reply.content, "it sends no token.")

    def _user_information(self, endpoint: str, access_token: str, subject: str) -> dict[str, object]:
        """What is left out of tokens to keep them small. Of another subject it is worth nothing (section 5.3.2)."""
        content = self._get(endpoint, {"Authorization": f"Bearer {access_token}"})
        said = _object(content)
        if said is None:
            raise ProviderFailed("what it knows of a user cannot be read.")
        if said.get("sub") != subject:
            raise NotVouchedFor("what it knows of the user is of somebody else")
        return said

    # Checking

    def _verified(self, token: str) -> jwt.Token:
        """Its signature, and nothing else. Raises `NotVouchedFor`."""
        header = _unproven_header(token)
        algorithm, name = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._client.algorithms:
            raise NotVouchedFor("it is signed in a way that is not allowed")
        if name is not None and not isinstance(name, str):
            raise NotVouchedFor("it names its key in a way that cannot be read")
        for keys in (self._keys.get, lambda: self._keys.get_newer(_NEW_KEYS_AFTER)):
            key = _choose(keys(), name, algorithm)
            if key is None:
                continue
            try:
                return jwt.decode(token, key, [algorithm], _registry(algorithm))
            except BadSignatureError as error:
                if name is not None:
                    raise NotVouchedFor("its signature is wrong") from error
            except (JoseError, ValueError) as error:
                raise NotVouchedFor("it cannot be read") from error
        raise NotVouchedFor("it is not signed with a key of the provider's")


class _Kept(Generic[_Value]):
    """Fetched when it is needed first, and anew when it has become old. One thread fetches, the others wait."""

    def __init__(self, fetch: Callable[[], _Value], clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._value: _Value | None = None
        self._fetched_at: datetime | None = None
        self._failed: ProviderFailed | None = None
        self._failed_at: datetime | None = None
        self._renewed_at: datetime | None = None

    def get(self) -> _Value:
        with self._lock:
            now = self._clock()
            if self._value is not None and self._fetched_at is not None and now < self._fetched_at + _KEPT_FOR:
                return self._value
            return self._renew(now)

    def get_newer(self, after: timedelta) -> _Value:
        """Fetched now, unless that was done so short a time ago that what is there has to do."""
        with self._lock:
            now = self._clock()
            if self._value is not None and self._renewed_at is not None and now < self._renewed_at + after:
                return self._value
            self._renewed_at = now
            return self._renew(now)

    def _renew(self, now: datetime) -> _Value:
        if self._failed is not None and self._failed_at is not None and now < self._failed_at + _NOT_ASKED_AGAIN_FOR:
            raise ProviderFailed(self._failed.why)
        try:
            self._value = self._fetch()
        except ProviderFailed as error:
            self._failed, self._failed_at = error, self._clock()
            raise
        self._failed = None
        self._fetched_at = now
        return self._value


def _is_this_machine(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False


_Model = TypeVar("_Model", bound=BaseModel)


def _read(model: type[_Model], content: bytes, otherwise: str) -> _Model:
    """Raises `ProviderFailed`."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise ProviderFailed(otherwise) from error


def _object(content: bytes) -> dict[str, object] | None:
    try:
        said = json.loads(content)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _find_key(said: Mapping[str, Any]) -> _NamedKey | None:
    """None for one that is for something else, or of a kind that is not known here: others may do all the same."""
    name, algorithm = said.get("kid"), said.get("alg")
    if said.get("use", "sig") != "sig" or not isinstance(name, str | None) or not isinstance(algorithm, str | None):
        return None
    parts = {part: said[part] for part in ("kty", "n", "e", "crv", "x", "y") if part in said}
    try:
        match said.get("kty"):
            case "RSA" if _bits(parts["n"]) >= _LEAST_RSA_BITS:
                key: _Key = RSAKey.import_key(parts)
            case "EC":
                key = ECKey.import_key(parts)
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return _NamedKey(name, algorithm, key)


def _bits(modulus: str) -> int:
    """Raises `ValueError`."""
    return int.from_bytes(urlsafe_b64decode(f"{modulus}==")).bit_length()


def _choose(keys: Sequence[_NamedKey], name: str | None, algorithm: str) -> _Key | None:
    """The key of that name, if it fits the algorithm; without a name the only one that does."""
    fitting = [key for key in keys if key.fits(algorithm) and name in (None, key.name)]
    return fitting[0].key if fitting and (name is not None or len(fitting) == 1) else None


def _registry(algorithm: str) -> jws.JWSRegistry:
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = _LONGEST_HEADER
    return registry


def _unproven_header(token: str) -> Mapping[str, object]:
    try:
        registry = jws.JWSRegistry(strict_check_header=False)
        registry.max_header_length = _LONGEST_HEADER
        return dict(jws.extract_compact(token.encode("ascii"), registry=registry).headers())
    except (JoseError, ValueError) as error:
        raise NotVouchedFor("it cannot be read") from error


def _checked(check: Callable[[], None]) -> None:
    """Raises `NotVouchedFor`."""
    try:
        check()
    except JoseError as error:
        claim = getattr(error, "claim", None) or error.error
        raise NotVouchedFor(f"its “{claim}” is not right") from error


def _name(claims: Mapping[str, object], claim: str) -> str | None:
    said = claims.get(claim)
    if said is None:
        return None
    if not isinstance(said, str) or not 0 < len(said) <= _LONGEST_NAME:
        raise NotVouchedFor(f"its “{claim}” is not right")
    return said
