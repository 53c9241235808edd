"""Adapter: argon2id through argon2-cffi."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2


class Argon2Passwords:
    """RFC 9106's second recommended option: 64 MiB, three passes. At most two at the same time, for the memory."""

    def __init__(self, memory_kib: int | None = None) -> None:
        parameters = profiles.RFC_9106_LOW_MEMORY
        self._hasher = (
            PasswordHasher.from_parameters(parameters)
            if memory_kib is None
            else PasswordHasher(parameters.time_cost, memory_kib, parameters.parallelism)
        )
        self._room = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        with self._room:
            return self._hasher.hash(password)

    def verify(self, kept: str, password: str) -> bool:
        with self._room:
            try:
                return self._hasher.verify(kept, password)
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, kept: str) -> bool:
        return self._hasher.check_needs_rehash(kept)
