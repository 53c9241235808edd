"""The forms in which sources are added, listed and reported."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.job_form import JobForm
from api.schemas import Form
from corpus.audience import EVERYONE, Reader
from ingestion.source import SourceKind
from ingestion.store import SourceEntry
from ingestion.syncing import SyncReport

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class SourceAddForm(Form):
    """`options` depend on the kind. `credential` says where a secret is: `env:NAME` or `file:/path`."""

    name: Line
    kind: SourceKind
    address: Line
    audience: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = EVERYONE
    every_minutes: Annotated[int | None, Field(description="How often to look; null: when somebody asks.")] = None
    credential: Line | None = None
    options: Annotated[dict[str, Any], Field(default_factory=dict)]


class SyncForm(Form):
    confirmed: Annotated[int, Field(ge=0, description="So many removals are agreed to.")] = 0


class ItemFailureForm(Form):
    name: str
    reason: str


class SyncReportForm(Form):
    """`held_back` documents are no longer there and wait for somebody to confirm that they are to go."""

    started_at: datetime
    finished_at: datetime | None
    seconds: float
    listed: int
    added: int
    updated: int
    moved: int
    unchanged: int
    removed: int
    failed: int
    held_back: int
    problem: str | None
    failures: list[ItemFailureForm]

    @property
    def counted(self) -> str:
        """`3 added, 1 removed, 40 unchanged`."""
        numbers = {
            "added": self.added,
            "updated": self.updated,
            "moved": self.moved,
            "removed": self.removed,
            "unchanged": self.unchanged,
            "failed": self.failed,
        }
        return ", ".join(f"{number:,} {name}" for name, number in numbers.items() if number) or "nothing there"

    @classmethod
    def of(cls, report: SyncReport, names_failures: bool) -> "SyncReportForm":
        return cls(
            started_at=report.started_at,
            finished_at=report.finished_at,
            seconds=round(report.seconds, 3),
            listed=report.listed,
            added=report.added,
            updated=report.updated,
            moved=report.moved,
            unchanged=report.unchanged,
            removed=report.removed,
            failed=report.failed,
            held_back=report.held_back,
            problem=report.problem,
            failures=[ItemFailureForm(name=item.name, reason=item.reason) for item in report.failures]
            if names_failures
            else [],
        )


class SourceForm(Form):
    """`job` is the sync under way. Names of what failed are shown to those who look after the source."""

    source_id: int
    name: str
    kind: SourceKind
    address: str
    audience: str
    document_count: int
    every_minutes: int | None
    credential: str | None
    options: dict[str, Any]
    owner: str | None
    is_watched: bool
    synced_at: datetime | None
    report: SyncReportForm | None
    job: JobForm | None

    @property
    def schedule(self) -> str:
        """`every 6 hours`, `when files change`, `by hand`."""
        said = [words_of_minutes(self.every_minutes)] if self.every_minutes else []
        return ", ".join([*(["when files change"] if self.is_watched else []), *said]) or "by hand"

    @classmethod
    def of(cls, entry: SourceEntry, reader: Reader, job: JobForm | None) -> "SourceForm":
        source = entry.source
        looks_after_it = source.is_looked_after_by(reader)
        report = SyncReport.from_json(source.report) if source.report else None
        return cls(
            source_id=source.id,
            name=source.name,
            kind=source.kind,
            address=source.address,
            audience=entry.audience,
            document_count=entry.document_count,
            every_minutes=source.every_minutes,
            credential=source.credential if looks_after_it else None,
            options=source.options if looks_after_it else {},
            owner=source.owner,
            is_watched=source.is_watched,
            synced_at=source.synced_at,
            report=SyncReportForm.of(report, looks_after_it) if report else None,
            job=job,
        )


class RemovedForm(Form):
    documents: int


def words_of_minutes(minutes: int) -> str:
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            number = minutes // size
            return f"every {word}" if number == 1 else f"every {number} {word}s"
    raise AssertionError
