"""The kind of job that transcribes one recording, a piece at a time."""

from collections.abc import Callable, Sequence

from api.jobs.job_queue import Lane
from api.jobs.kind import Arguments, Ending, JobKind, Json, Tell
from api.transcribing import Overtaken, Transcribing
from corpus.clock_time import clock_time
from ingestion.silences import SoundPiece

KIND = "transcribe"
_MINUTE_MS = 60_000


def transcribe_arguments(document_id: int, version_id: int, name: str, engine: str | None = None) -> Arguments:
    """`engine`: None for the one in the settings."""
    return {"document_id": document_id, "version_id": version_id, "name": name, "engine": engine}


class TranscribeKind(JobKind):
    unit = "minutes of sound"

    def __init__(self, transcribing: Callable[[], Transcribing]) -> None:
        self._transcribing = transcribing

    def lane(self, arguments: Arguments) -> Lane:
        return Lane.LARGE

    def claim(self, arguments: Arguments) -> str | None:
        """The recording: two jobs would hear each piece twice, and the second one's words come too late."""
        return str(arguments["document_id"])

    def plan(self, arguments: Arguments) -> list[Json]:
        pieces = self._transcribing().plan(*_about(arguments), arguments.get("engine"))
        return [[piece.start_ms, piece.end_ms, piece.is_silent] for piece in pieces]

    def weight(self, unit: Json) -> int:
        """Minutes that were begun by then, so that the units of a recording add up to its length."""
        return _minutes(unit[1]) - _minutes(unit[0])

    def describe(self, unit: Json) -> str:
        return f"Listening to {clock_time(unit[0] / 1000)} to {clock_time(unit[1] / 1000)}"

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        words = self._transcribing().hear(*_about(arguments), SoundPiece(*unit), arguments.get("engine"))
        return {"words": words, "piece": unit}

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        pieces = tuple(SoundPiece(*report["piece"]) for report in reports)
        result = {"document_id": arguments["document_id"], "words": sum(report["words"] for report in reports)}
        try:
            self._transcribing().finish(*_about(arguments), pieces, arguments.get("engine"))
        except Overtaken as error:
            return Ending(result, str(error))
        return Ending(result)


def _about(arguments: Arguments) -> tuple[int, int]:
    return arguments["document_id"], arguments["version_id"]


def _minutes(milliseconds: int) -> int:
    return -(-milliseconds // _MINUTE_MS)
