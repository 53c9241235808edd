"""On whose behalf a request comes, how that was proved, and what it may do."""

from dataclasses import dataclass
from enum import StrEnum

from api.accounts.roles import Permission


class Via(StrEnum):
    TRIAL = "trial"
    """No accounts yet: whoever reaches the server."""
    SESSION = "session"
    """A browser that somebody signed in with."""
    KEY = "key"
    LOCAL = "local"
    """A process that can read the data folder, and so could do anything without asking."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`credential_id`: the browser session's or key's; 0 for the others. `form_token`: what its forms must carry."""

    user: str
    principal_id: int
    permissions: frozenset[Permission]
    via: Via
    credential_id: int = 0
    form_token: str = ""
    display_name: str = ""

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions
