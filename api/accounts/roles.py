"""Roles, and what each permits. What one may see is another matter: that is what audiences are for."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    EMPLOYEE = "employee"
    SME = "sme"
    REVIEWER = "reviewer"
    EVALUATOR = "evaluator"
    ADMIN = "admin"


class Permission(StrEnum):
    """What an operation asks for. Also what an API key can be narrowed to."""

    READ = "read"
    """Ask, search, open what one may see, follow one's own jobs."""
    CONTRIBUTE = "contribute"
    """Add documents, recordings and sources, and change one's own."""
    REVIEW = "review"
    """Note that a document was read and found right."""
    APPROVE = "approve"
    """Decide on courses of others: accept parts, ask for changes, approve, publish, retire."""
    EVALUATE = "evaluate"
    """Measure the quality of answers."""
    ADMINISTER = "administer"
    """People, groups, audiences, the audit log, metrics."""


_OF_ROLE: dict[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: frozenset({Permission.READ}),
    Role.SME: frozenset({Permission.READ, Permission.CONTRIBUTE, Permission.REVIEW}),
    Role.REVIEWER: frozenset({Permission.READ, Permission.REVIEW, Permission.APPROVE}),
    Role.EVALUATOR: frozenset({Permission.READ, Permission.EVALUATE}),
    Role.ADMIN: frozenset(Permission),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    return frozenset().union(*(_OF_ROLE[role] for role in roles))
