"""Kinds of operations, and how many of each a user, a site and an address may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.limits.token_bucket import Rate


class OperationKind(StrEnum):
    ASK = "ask"
    READ = "read"
    WRITE = "write"
    UPLOAD = "upload"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Rates:
    """None, or no entry, is no limit. Signing in counts by address as well, since it comes before there is a user."""

    by_user: Mapping[OperationKind, Rate | None]
    by_site: Rate | None
    by_address: Rate | None


def rate(per_minute: int) -> Rate | None:
    """Half a minute's worth may come at once: people work in bursts. 0 is no limit."""
    return Rate(per_minute, max(per_minute // 2, 1)) if per_minute else None
