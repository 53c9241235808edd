"""Has one recording transcribed by a scripted engine, and kills itself where it is told to.

Called as `python -m tests.chaos.transcribing_child DATA CACHE RECORDING HEARD [POINT COUNT]`. HEARD is a file that gets
a line for every piece that the engine begins to hear; the POINT `inside` is the middle of hearing one.
"""

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from api.clock import now
from api.jobs.job import State
from api.jobs.job_point import JobPoint
from api.jobs.transcribe_kind import KIND
from api.services import Services
from api.settings import Settings
from corpus.transcript import Transcript
from ingestion.transcription import Transcription
from tests.ingestion.scripted_transcriber import ScriptedTranscriber

INSIDE = "inside"


class LoggingTranscriber(ScriptedTranscriber):
    """Says something else of every piece, so that its words tell which pieces became part of a transcript."""

    def __init__(self, heard: Path, reached: Callable[[str], None]) -> None:
        super().__init__()
        self._heard = heard
        self._reached = reached

    def transcribe(self, samples: bytes, vocabulary: Sequence[str], language: str | None) -> Transcript:
        word = spoken_word(samples)
        with self._heard.open("a") as file:
            file.write(f"{word}\n")
        self._reached(INSIDE)
        self._words = f"here begins {word} and ends"
        return super().transcribe(samples, vocabulary, language)


class TranscribingServices(Services):
    transcriber: LoggingTranscriber

    @cached_property
    def transcription(self) -> Transcription:
        return Transcription(self.decoding, self.blobs, self.transcriber, self.folder.scratch)


def spoken_word(samples: bytes) -> str:
    return "w" + hashlib.sha256(samples).hexdigest()[:12]


def main(data: str, cache: str, recording: str, heard: str, point: str | None = None, count: str = "1") -> None:
    left = int(count)

    def reached(here: str) -> None:
        nonlocal left
        if here == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def reached_in_job(here: JobPoint) -> None:
        # What is done for the upload is another test's; its job is over before the other one begins.
        if services.jobs.list_jobs("owner", 1, kind=KIND).total:
            reached(here.value)

    settings = Settings(data=Path(data), cache=Path(cache), threads=1, parse_workers=1)
    with TranscribingServices(settings, now, serving=True, reached_in_job=reached_in_job) as services:
        services.transcriber = LoggingTranscriber(Path(heard), reached)
        services.run_jobs()
        if not services.jobs.list_jobs("owner", 1).total:
            services.library.start_upload(Path(recording).name, Path(recording).read_bytes(), "everyone", "owner")
        while not services.jobs.list_jobs("owner", 1, states=(State.DONE, State.FAILED), kind=KIND).total:
            time.sleep(0.05)
    print("over", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
