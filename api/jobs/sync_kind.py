"""The kind of job that syncs a source: listed when it is planned, then fetched some items at a time."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from api.ingesting import BATCH_FILES
from api.jobs.job_queue import Lane
from api.jobs.kind import Arguments, Ending, JobKind, Json, Tell
from api.source_readers import SourceReaders
from api.source_syncing import SourceSyncing
from corpus.errors import GroundworkError
from ingestion.source import Source
from ingestion.source_reading import SourceReader
from ingestion.syncing import Fetched, Listing, Removed, SyncReport

KIND = "sync"
_MOST_UNITS = 2000


def sync_arguments(source_id: int, confirmed: int) -> Arguments:
    """`confirmed`: so many removals somebody has agreed to."""
    return {"source_id": source_id, "confirmed": confirmed}


class SyncKind(JobKind):
    unit = "items"

    def __init__(
        self,
        source: Callable[[int], Source],
        readers: Callable[[], SourceReaders],
        syncing: Callable[[], SourceSyncing],
        clock: Callable[[], datetime],
    ) -> None:
        """`source` gives the source of an id, detached. Raises `SourceNotFound`."""
        self._source = source
        self._readers = readers
        self._syncing = syncing
        self._clock = clock
        self._reader: SourceReader | None = None

    def lane(self, arguments: Arguments) -> Lane:
        return Lane.LARGE

    def claim(self, arguments: Arguments) -> str | None:
        """Its source. A second sync would list while the first one removes what the listing has not come to yet."""
        return str(arguments["source_id"])

    def plan(self, arguments: Arguments) -> list[Json]:
        """What keeps the source from being read ends up in its report; the next sync tries again."""
        source = self._source(arguments["source_id"])
        try:
            self._reader = self._readers().open(source)
        except GroundworkError as error:
            return [_listed(Listing(self._clock(), 0, 0, 0, 0, str(error)))]
        listing = self._syncing().list(source, self._reader)
        run = {"run": listing.started_at.isoformat()}
        new, changed = _batches(listing.new, False, run), _batches(listing.changed, True, run)
        if listing.problem is not None:
            return [_listed(listing), *new, *changed]
        # What is new comes before what is gone, since it may be what is gone under another name.
        first, last = {"do": "remove", "lost": 0, **run}, {"do": "remove", "lost": listing.gone, **run}
        return [_listed(listing), *new, first, *changed, last]

    def weight(self, unit: Json) -> int:
        return int(unit.get("items", 0))

    def describe(self, unit: Json) -> str:
        if unit["do"] == "fetch":
            return "Reading what changed" if unit["recorded"] else "Reading what is new"
        return "Removing what is gone" if unit["do"] == "remove" else "Listing"

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        if unit["do"] == "listed":
            return unit
        source, syncing = self._source(arguments["source_id"]), self._syncing()
        started_at = datetime.fromisoformat(unit["run"])
        reader = self._open(source)
        if unit["do"] == "fetch":
            return asdict(syncing.fetch(source, reader, started_at, unit["recorded"], unit["items"]))
        return asdict(syncing.remove_gone(source, reader, started_at, unit["lost"], arguments["confirmed"]))

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        fetched, removed, held_back = Fetched(), 0, 0
        for report in reports[1:]:
            if "removed" in report:
                removed, held_back = removed + report["removed"], report["held_back"]
            else:
                fetched += Fetched(**report)
        listing = Listing(**{**reports[0]["listing"], "started_at": datetime.fromisoformat(reports[0]["run"])})
        source = self._source(arguments["source_id"])
        report = self._syncing().finish(source, listing, fetched, Removed(removed, held_back))
        # Names of single items are for those who look after the source; a job is shown to more people.
        result = {name: value for name, value in report.to_json().items() if name != "failures"}
        return Ending(result, _reason(source, report), failed=report.problem is not None)

    def _open(self, source: Source) -> SourceReader:
        """The reader that listed, or in another process a new one."""
        if self._reader is None:
            self._reader = self._readers().open(source)
            if self._reader.keeps_listing:
                self._syncing().list_again(source, self._reader)
        return self._reader


def _listed(listing: Listing) -> Json:
    said = asdict(listing)
    started_at = said.pop("started_at").isoformat()
    return {"do": "listed", "run": started_at, "listing": said}


def _batches(count: int, recorded: bool, run: dict[str, str]) -> list[Json]:
    size = max(BATCH_FILES, -(-count // _MOST_UNITS))
    return [
        {"do": "fetch", "recorded": recorded, "items": min(size, count - start), **run}
        for start in range(0, count, size)
    ]


def _reason(source: Source, report: SyncReport) -> str | None:
    if report.problem is not None:
        return report.problem
    if report.held_back:
        return (
            f"{report.held_back} documents are no longer listed by “{source.name}”, which is more than half. They stay "
            "until somebody confirms that they are to go, on the page of the source."
        )
    if report.failed:
        return f"{report.failed} of {report.listed} could not be read. The page of the source says why."
    return None
