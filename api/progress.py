"""How long work tells how far it is."""

from typing import Protocol

from ingestion.ingest import FileReport


class IngestProgress(Protocol):
    def started(self, total: int) -> None:
        """`total` files will be looked at."""

    def finished(self, report: FileReport) -> None:
        """One file is done; what it reports is durable."""
