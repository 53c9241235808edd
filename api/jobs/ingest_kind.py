"""The kind of job that adds files: one that was uploaded, or folders on the server's own disk."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from api.ingesting import BATCH_FILES, FoundFile, Ingesting
from api.jobs.job_queue import Lane
from api.jobs.kind import Arguments, Ending, JobKind, Json, Tell
from api.transcript_pairing import TranscriptPairing
from corpus.audience import OWNER
from corpus.blobs import Blobs
from corpus.errors import Conflict, Invalid
from ingestion.ingest import FileReport, IncomingFile, Outcome
from ingestion.recording_ingest import IncomingRecording, KeptFile, recordings_of
from ingestion.recording_type import HEAD_BYTES, recording_kind
from ingestion.transcript_file import TranscriptFile

KIND = "ingest"

_LARGE_FILES = 4 * BATCH_FILES
_LARGE_BYTES = 20_000_000
_NAMED = 5
"""Files that a reason names; the result of the job lists all."""


def upload_arguments(
    name: str, origin: str, content_hash: str, size: int, audience: str, recognise: bool, owner: str
) -> Arguments:
    """The content is in the blobs already. `recognise`: known bytes are not added under a second name."""
    upload = {"name": name, "origin": origin, "content_hash": content_hash, "owner": owner}
    return {"upload": upload, "recognise": recognise, "audience": audience, "bytes": size, "files": [], "folders": []}


def folder_arguments(files: Sequence[FoundFile], folders: Sequence[Path], audience: str, size: int) -> Arguments:
    """`folders`: what is known from there and not among `files` is removed. `size`: of all files together, in bytes."""
    return {
        "files": [{"path": str(file.path), "name": file.name} for file in files],
        "folders": [str(folder) for folder in folders],
        "audience": audience,
        "bytes": size,
    }


def reports_of(result: Arguments) -> list[FileReport]:
    """What became of each file of a job that is over."""
    return [
        FileReport(said["name"], Outcome(said["outcome"]), said["document_id"], said["chunk_count"], said["reason"])
        for said in result.get("files", ())
    ]


class IngestKind(JobKind):
    unit = "files"

    def __init__(
        self,
        ingesting: Callable[[], Ingesting],
        pairing: Callable[[], TranscriptPairing],
        blobs: Blobs,
        follow: Callable[[], None],
    ) -> None:
        """`follow` lets the indexes of this process know of what was added."""
        self._ingesting = ingesting
        self._pairing = pairing
        self._blobs = blobs
        self._follow = follow

    def lane(self, arguments: Arguments) -> Lane:
        large = len(arguments["files"]) > _LARGE_FILES or arguments["bytes"] > _LARGE_BYTES
        return Lane.LARGE if large else Lane.SMALL

    def plan(self, arguments: Arguments) -> list[Json]:
        if "upload" in arguments:
            return [{"upload": arguments["upload"]}]
        files = arguments["files"]
        batches = [{"files": files[start : start + BATCH_FILES]} for start in range(0, len(files), BATCH_FILES)]
        return [*batches, *({"gone_from": folder} for folder in arguments["folders"])]

    def weight(self, unit: Json) -> int:
        return 1 if "upload" in unit else len(unit.get("files", ()))

    def describe(self, unit: Json) -> str:
        if "upload" in unit:
            return f"Reading {unit['upload']['name']}"
        if "gone_from" in unit:
            return f"Removing what is gone from {unit['gone_from']}"
        first, others = unit["files"][0]["name"], len(unit["files"]) - 1
        return f"Reading {first}" + (f" and {others} more" if others else "")

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        audience = arguments["audience"]
        ingesting = self._ingesting()
        if "upload" in unit:
            reports = [self._add_upload(arguments, unit["upload"])]
        elif "gone_from" in unit:
            reports = list(ingesting.remove_missing(Path(unit["gone_from"]), _found(arguments["files"]), audience))
        else:
            reports = list(ingesting.add_paths(_found(unit["files"]), audience))
        self._follow()
        return [asdict(report) for report in reports]

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        files = [said for unit in reports for said in unit]
        failed = [said for said in files if said["outcome"] == Outcome.FAILED]
        result = {"files": files, "outcomes": dict(Counter(said["outcome"] for said in files))}
        if not failed:
            return Ending(result)
        return Ending(result, _reason(failed, len(files)), failed=len(failed) == len(files))

    def _add_upload(self, arguments: Arguments, upload: dict[str, str]) -> FileReport:
        content_hash, name, origin = upload["content_hash"], upload["name"], upload["origin"]
        owner, audience = upload.get("owner"), arguments["audience"]
        with self._blobs.open(content_hash) as opened:
            is_recording = recording_kind(opened.read(HEAD_BYTES)) is not None
        if not arguments["recognise"]:
            if is_recording:
                recording = IncomingRecording(name, origin, KeptFile(content_hash), owner=owner)
                return self._ingesting().add_recording(recording, audience)
            file = IncomingFile(name, origin, self._blobs.get(content_hash), owner=owner)
            return next(iter(self._ingesting().add_texts([file], audience)))
        pairing, user = self._pairing(), owner or OWNER
        if is_recording:
            # Recordings may be far larger than memory; they stay where they are.
            beside = pairing.find_transcript(name, audience)
            recording = IncomingRecording(name, origin, KeptFile(content_hash), beside, owner=owner)
            report = self._ingesting().add_uploaded_recording(recording, audience)
            pairing.settle(name, audience, user)
            return report
        content = self._blobs.get(content_hash)
        try:
            attached = pairing.attach(TranscriptFile(name, content), audience, user)
        except (Invalid, Conflict) as error:
            return FileReport(name, Outcome.FAILED, reason=str(error))
        if attached is not None:
            return attached
        report = self._ingesting().add_upload(IncomingFile(name, origin, content, owner=owner), audience)
        return pairing.settle(name, audience, user) or report if recordings_of(name) else report


def _found(files: Sequence[dict[str, str]]) -> list[FoundFile]:
    return [FoundFile(Path(file["path"]), file["name"]) for file in files]


def _reason(failed: Sequence[dict[str, str]], of: int) -> str:
    if of == 1:
        return f"{failed[0]['name']} was not added. {failed[0]['reason']}"
    named = " ".join(f"{said['name']}: {said['reason']}" for said in failed[:_NAMED])
    others = f" And {len(failed) - _NAMED} more." if len(failed) > _NAMED else ""
    return f"{len(failed)} of {of} files were not added. {named}{others}"
