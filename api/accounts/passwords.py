"""Port: turns a password into what may be kept of it, and back into a yes or no."""

from typing import Protocol


class Passwords(Protocol):
    def hash(self, password: str) -> str:
        """Slow and memory-hard; salted, so that equal passwords differ."""

    def verify(self, kept: str, password: str) -> bool:
        """Takes as long for a wrong password as for the right one."""

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with weaker parameters than are used now."""
