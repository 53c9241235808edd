"""The audit log as a file: what was hashed and the hashes, so that whoever has it can follow the chain without us."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, fields
from enum import StrEnum
from itertools import islice

from api.audit.entry import StoredEntry
from api.csv_cells import csv_line

_LINES_AT_ONCE = 500


class ExportFormat(StrEnum):
    """`jsonl`: a line without its member `hash` is, byte for byte, what that hash was made from."""

    JSONL = "jsonl"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        return "application/jsonl" if self is ExportFormat.JSONL else "text/csv; charset=utf-8"


def export(entries: Iterable[StoredEntry], written_as: ExportFormat) -> Iterator[str]:
    """Many whole lines at a time. Entries name people by id, so that an erased person is in no export either."""
    lines = _lines(entries, written_as)
    while piece := "".join(islice(lines, _LINES_AT_ONCE)):
        yield piece


def _lines(entries: Iterable[StoredEntry], written_as: ExportFormat) -> Iterator[str]:
    if written_as is ExportFormat.JSONL:
        for entry in entries:
            yield json.dumps(asdict(entry), sort_keys=True, separators=(",", ":"), default=repr) + "\n"
        return
    yield csv_line([field.name for field in fields(StoredEntry)])
    for entry in entries:
        yield csv_line(astuple(entry))
