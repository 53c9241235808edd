"""Random secrets that people and programs carry. Only their digests are kept, so that the database opens nothing."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

KEY_PREFIX = "gw_"
"""How every API key begins, so that one that leaked is recognised for what it is."""

_BYTES = 32


def new_secret() -> str:
    """256 random bits, fit for addresses and headers."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(secret: str) -> str:
    """Hexadecimal SHA-256. Fast on purpose: what has 256 random bits cannot be guessed, unlike a password."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(secret: str) -> str:
    """What forms of a signed-in browser carry beside its cookie: follows from the secret, does not give it away."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), b"form", "sha256")).decode().rstrip("=")


def is_same(given: str, expected: str) -> bool:
    """In the same time wherever they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())


def browser_token(password_hash: str) -> str:
    """Tells later that a browser was signed in to the account before; worth nothing once the password is another."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_sealed(nonce, password_hash)}"


def is_known_browser(token: str, password_hash: str) -> bool:
    nonce, _, seal = token.partition(".")
    return is_same(seal, _sealed(nonce, password_hash))


def _sealed(nonce: str, password_hash: str) -> str:
    return hmac.digest(password_hash.encode(), nonce.encode(), "sha256").hex()
