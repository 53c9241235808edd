"""What Groundwork makes of somebody whom the provider vouches for: name, groups and roles."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from api.accounts.accounts import Accounts, SignedIn
from api.accounts.groups import Groups
from api.accounts.roles import Role
from api.accounts.sign_in_provider import SignOutNotice, Vouched
from api.accounts.store import ProviderSession
from corpus.audience import EVERYONE
from corpus.errors import Invalid

_USUAL_NAMES = ("preferred_username", "email")
_MOST_GROUPS = 1000


class NameNotSaid(Invalid):
    def __init__(self, claims: Collection[str]) -> None:
        super().__init__(
            f"The provider does not say what you are called: {' and '.join(claims)} "
            f"{'is' if len(claims) == 1 else 'are'} missing from what it sends. An administrator can have it sent "
            "there, or name another claim with GROUNDWORK_OIDC_USER_CLAIM."
        )


class GroupsNotRead(Invalid):
    def __init__(self, claim: str) -> None:
        super().__init__(
            f"The provider sends groups that cannot be read: {claim} has to be a list of names. An administrator can "
            "change that at the provider, or name another claim with GROUNDWORK_OIDC_GROUPS_CLAIM."
        )


@dataclass(frozen=True, slots=True)
class Person:
    """`groups`: None where the provider says nothing of groups. `roles`: None where it does not decide on roles."""

    name: str
    display_name: str
    groups: tuple[str, ...] | None
    roles: tuple[Role, ...] | None


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """`user_claim`: None for the usual ones. `groups_claim`: with dots for one that lies inside others.

    `groups` and `roles`: what the provider's groups are here. Without any `groups` they are called alike.
    """

    user_claim: str | None
    groups_claim: str
    groups: Mapping[str, str]
    roles: Mapping[str, Role]
    default_role: Role

    @property
    def wanted(self) -> frozenset[str]:
        """The claims that are needed first of all."""
        return frozenset({self.user_claim or _USUAL_NAMES[0], self.groups_claim.partition(".")[0]})

    def person_of(self, claims: Mapping[str, object]) -> Person:
        """Raises `NameNotSaid`, `GroupsNotRead`."""
        said = self._said_groups(claims)
        display_name = claims.get("name")
        return Person(
            name=self._name(claims),
            display_name=display_name.strip() if isinstance(display_name, str) else "",
            groups=None if said is None else self._groups(said),
            roles=None if said is None or not self.roles else self._roles(said),
        )

    def _name(self, claims: Mapping[str, object]) -> str:
        names = (self.user_claim,) if self.user_claim else _USUAL_NAMES
        for claim in names:
            said = claims.get(claim)
            if isinstance(said, str) and said.strip():
                return said
        raise NameNotSaid(names)

    def _said_groups(self, claims: Mapping[str, object]) -> tuple[str, ...] | None:
        found: object = claims.get(self.groups_claim)
        if found is None:
            found = claims
            for step in self.groups_claim.split("."):
                found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            return None
        if isinstance(found, str):
            return (found,)
        if not isinstance(found, list) or len(found) > _MOST_GROUPS or not all(isinstance(name, str) for name in found):
            raise GroupsNotRead(self.groups_claim)
        return tuple(found)

    def _groups(self, said: Collection[str]) -> tuple[str, ...]:
        named = {self.groups[name] for name in said if name in self.groups} if self.groups else set(said)
        return tuple(sorted(named - {EVERYONE}))

    def _roles(self, said: Collection[str]) -> tuple[Role, ...]:
        found = {self.roles[name] for name in said if name in self.roles}
        return tuple(sorted(found or {self.default_role}))


class ProviderPeople:
    def __init__(self, accounts: Accounts, groups: Groups, rules: ClaimRules) -> None:
        self._accounts = accounts
        self._groups = groups
        self._rules = rules

    def let_in(self, vouched: Vouched, browser: str) -> SignedIn:
        """With the groups and roles that the provider says now.

        Raises `NameNotSaid`, `GroupsNotRead`, `BadName`, `ReservedName`, `AccountTaken`, `AccountDisabled`,
        `NoAdministrator`, `LastAdministrator`.
        """
        person = self._rules.person_of(vouched.claims)
        principal_id = self._accounts.ensure_known(
            vouched.issuer,
            vouched.subject,
            person.name,
            person.display_name,
            self._existing(person.groups),
            person.roles,
            (self._rules.default_role,),
        )
        return self._accounts.sign_in_known_to(principal_id, browser, vouched.session or vouched.subject)

    def sessions_of(self, notice: SignOutNotice) -> list[ProviderSession]:
        """What a notice of the provider ends."""
        return self._accounts.sessions_by_provider(notice.issuer, notice.subject, notice.session)

    def _existing(self, groups: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Groups that are called alike have to be there; those that settings name are made when first needed."""
        if groups is None or self._rules.groups:
            return groups
        there = {entry.name for entry in self._groups.list_groups()}
        return tuple(name for name in groups if name in there)
