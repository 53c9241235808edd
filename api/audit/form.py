"""The forms in which the HTTP interface and the command line report the audit log."""

from pydantic import BaseModel, ConfigDict, Field

from api.audit.chain import Fault, Verification
from api.audit.store import EntryPage, NamedEntry


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AuditEntryForm(_Form):
    """`at`, in UTC, as it is hashed. `actor`: the user's name; null where there was none or they have been erased."""

    id: int
    at: str
    actor_id: int | None
    actor: str | None
    via: str
    action: str
    object: str
    decision: str
    status: int | None
    request_id: str
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, named: NamedEntry) -> "AuditEntryForm":
        entry = named.entry
        return cls(
            id=entry.id,
            at=entry.at,
            actor_id=entry.actor_id,
            actor=named.actor,
            via=entry.via,
            action=entry.action,
            object=entry.object,
            decision=entry.decision,
            status=entry.status,
            request_id=entry.request_id,
            previous_hash=entry.previous_hash,
            hash=entry.hash,
        )


class AuditListForm(_Form):
    """`total` counts everything that matches."""

    entries: list[AuditEntryForm]
    total: int

    @classmethod
    def of(cls, page: EntryPage) -> "AuditListForm":
        return cls(entries=[AuditEntryForm.of(named) for named in page.entries], total=page.total)


class VerificationForm(_Form):
    """`count` and `head`: of the part that is sound. Noted elsewhere, the head shows later what was cut off.

    `noted_entry`: the entry with the hash that was asked about; null where none has it, or none was asked about.
    """

    is_sound: bool
    count: int
    head: str
    fault: Fault | None
    fault_entry: int | None
    noted: str | None
    noted_entry: int | None
    said: str = Field(description="The result in a sentence.")

    @classmethod
    def of(cls, verification: Verification) -> "VerificationForm":
        fault = verification.fault
        return cls(
            is_sound=verification.is_sound,
            count=verification.head.count,
            head=verification.head.hash,
            fault=None if fault is None else fault.fault,
            fault_entry=None if fault is None else fault.entry_id,
            noted=verification.asked,
            noted_entry=verification.noted,
            said=str(verification),
        )
