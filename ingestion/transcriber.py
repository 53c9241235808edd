"""The port of engines that write down what is said in a piece of sound."""

from collections.abc import Sequence
from typing import Protocol

from corpus.errors import Unavailable
from corpus.transcript import Transcript


class Transcriber(Protocol):
    """Contract: `tests/contracts/transcriber.py`. May be called from several threads."""

    @property
    def name(self) -> str:
        """Engine and model. What one name has heard is never mixed with what another has."""

    @property
    def draft_grade(self) -> bool:
        """Too many words are wrong to rely on: people are told so wherever its words are shown."""

    def transcribe(self, samples: bytes, vocabulary: Sequence[str], language: str | None) -> Transcript:
        """`samples` as `ingestion/audio.py` says, a minute at most; times count from their beginning.

        `vocabulary` are words to expect, the most important first; engines that take no hints ignore them. `language`
        is an ISO 639-1 code, None to let the engine find out. Raises `TranscriberFailed`.
        """


class TranscriberFailed(Unavailable):
    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(f"The transcription by {engine} failed: {reason}.")
        self.engine = engine
        self.reason = reason
