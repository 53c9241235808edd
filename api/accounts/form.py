"""The forms in which people, groups, audiences and keys are described over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.accounts.accounts import KeyEntry, NewKey
from api.accounts.audiences import AudienceEntry, AudiencePage, Foreseen
from api.accounts.groups import Group
from api.accounts.people_csv import BadRow
from api.accounts.people_import import ImportReport
from api.accounts.readers_store import GroupEntry, PrincipalEntry
from api.accounts.roles import Permission, Role
from api.accounts.store import AccountEntry, AccountPage
from api.schemas import ReadersChangeForm
from corpus.audience import PrincipalKind

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GroupNameForm(Form):
    group_id: int
    name: str


class AccountForm(Form):
    """`account_id` is the principal's, by which the audit log names this person."""

    account_id: int
    name: str
    display_name: str
    roles: list[Role]
    groups: list[GroupNameForm]
    created_at: datetime
    last_signed_in_at: datetime | None
    disabled_at: datetime | None
    has_password: bool
    provider: str | None

    @classmethod
    def of(cls, entry: AccountEntry) -> "AccountForm":
        return cls(
            account_id=entry.principal_id,
            name=entry.name,
            display_name=entry.display_name,
            roles=list(entry.roles),
            groups=[GroupNameForm(group_id=group.group_id, name=group.name) for group in entry.groups],
            created_at=entry.created_at,
            last_signed_in_at=entry.last_signed_in_at,
            disabled_at=entry.disabled_at,
            has_password=entry.has_password,
            provider=entry.issuer,
        )


class AccountListForm(Form):
    accounts: list[AccountForm]
    total: int

    @classmethod
    def of(cls, page: AccountPage) -> "AccountListForm":
        return cls(accounts=[AccountForm.of(entry) for entry in page.entries], total=page.total)


class LinkForm(Form):
    """`link`: the address by which the person chooses a password; only its path where no public address is set."""

    link: str
    expires_at: datetime


class NewAccountForm(Form):
    name: Name
    display_name: Annotated[str, Field(max_length=200)] = ""
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)] = [Role.EMPLOYEE]


class AccountAddedForm(AccountForm):
    link: LinkForm


class RolesForm(Form):
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]


class PrincipalForm(Form):
    """A user or a group. `has_account`: a user without one cannot sign in."""

    principal_id: int
    kind: PrincipalKind
    name: str
    has_account: bool
    is_disabled: bool

    @classmethod
    def of(cls, entry: PrincipalEntry) -> "PrincipalForm":
        return cls(
            principal_id=entry.principal_id,
            kind=entry.kind,
            name=entry.name,
            has_account=entry.has_account,
            is_disabled=entry.is_disabled,
        )


class NewPrincipalForm(Form):
    kind: PrincipalKind
    name: Name


class GroupForm(Form):
    """`audiences`: the names of what its members read by it."""

    group_id: int
    name: str
    member_count: int
    audiences: list[str]

    @classmethod
    def of(cls, entry: GroupEntry) -> "GroupForm":
        return cls(
            group_id=entry.group_id,
            name=entry.name,
            member_count=entry.member_count,
            audiences=list(entry.audiences),
        )


class GroupMembersForm(GroupForm):
    members: list[PrincipalForm]

    @classmethod
    def of_group(cls, group: Group) -> "GroupMembersForm":
        return cls(
            **GroupForm.of(group.entry).model_dump(), members=[PrincipalForm.of(member) for member in group.members]
        )


class NewAudienceForm(Form):
    name: Name


class AudienceReadersForm(Form):
    """`people`: how many may read it, directly or by a group. `is_fixed`: its readers follow from a source."""

    audience_id: int
    name: str
    readers: list[PrincipalForm]
    document_count: int
    people: int
    is_fixed: bool

    @classmethod
    def of(cls, entry: AudienceEntry) -> "AudienceReadersForm":
        return cls(
            audience_id=entry.audience_id,
            name=entry.name,
            readers=[PrincipalForm.of(reader) for reader in entry.readers],
            document_count=entry.document_count,
            people=entry.people,
            is_fixed=entry.is_fixed,
        )


class AudiencePageForm(Form):
    audiences: list[AudienceReadersForm]
    total: int

    @classmethod
    def of(cls, page: AudiencePage) -> "AudiencePageForm":
        return cls(audiences=[AudienceReadersForm.of(entry) for entry in page.entries], total=page.total)


class ForeseenForm(Form):
    """What it would do to let this reader in, or to put them out where they are in already."""

    is_in: bool
    change: ReadersChangeForm

    @classmethod
    def of(cls, foreseen: Foreseen) -> "ForeseenForm":
        return cls(is_in=foreseen.is_in, change=ReadersChangeForm.of(foreseen.change))


class KeyForm(Form):
    """`ending`: the key's last characters, to recognise it by."""

    key_id: int
    name: str
    ending: str
    scopes: list[Permission]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, entry: KeyEntry) -> "KeyForm":
        return cls(
            key_id=entry.key_id,
            name=entry.name,
            ending=entry.ending,
            scopes=list(entry.scopes),
            created_at=entry.created_at,
            expires_at=entry.expires_at,
            used_at=entry.used_at,
            revoked_at=entry.revoked_at,
        )


class KeyListForm(Form):
    keys: list[KeyForm]


class AskedKeyForm(Form):
    """`owner`: for whom the key acts, by name."""

    owner: Name
    name: Name
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=10)] = [Permission.READ]
    days: int = 90


class NewKeyForm(Form):
    """`secret` is told this once."""

    key_id: int
    secret: str
    expires_at: datetime

    @classmethod
    def of(cls, key: NewKey) -> "NewKeyForm":
        return cls(key_id=key.key_id, secret=key.secret, expires_at=key.expires_at)


class PeopleTableForm(Form):
    """`table`: CSV with the columns name, display_name, roles, groups; roles and groups are divided by semicolons.

    `skips_bad`: rows that are not right are left out, instead of nothing being done. `makes_groups`: groups that are
    not there are made.
    """

    table: Annotated[str, Field(max_length=5_000_000)]
    skips_bad: bool = False
    makes_groups: bool = False


class BadRowForm(Form):
    line: int
    name: str
    reason: str

    @classmethod
    def of(cls, row: BadRow) -> "BadRowForm":
        return cls(line=row.line, name=row.name, reason=row.reason)


class ImportReportForm(Form):
    """Where `applied` is false, nothing was done, and the names say what would have been."""

    applied: bool
    added: list[str]
    changed: list[str]
    unchanged: int
    new_groups: list[str]
    bad: list[BadRowForm]

    @classmethod
    def of(cls, report: ImportReport) -> "ImportReportForm":
        return cls(
            applied=report.applied,
            added=list(report.added),
            changed=list(report.changed),
            unchanged=report.unchanged,
            new_groups=list(report.new_groups),
            bad=[BadRowForm.of(row) for row in report.bad],
        )
