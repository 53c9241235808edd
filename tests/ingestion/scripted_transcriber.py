"""An engine that hears what it is told to, by the length of the piece and how often it was asked."""

from collections.abc import Sequence

from corpus.transcript import Transcript, spread
from ingestion.audio import RATE, SAMPLE_BYTES
from ingestion.cues import cues_of
from ingestion.transcriber import TranscriberFailed


class ScriptedTranscriber:
    """Says `words` once for every piece, spread over it. `fails_at` names the call that fails, counted from 1."""

    def __init__(self, words: str = "the pump is switched off", fails_at: int = 0, draft_grade: bool = False) -> None:
        self.calls: list[float] = []
        self.vocabularies: list[tuple[str, ...]] = []
        self._words = words
        self._fails_at = fails_at
        self._draft_grade = draft_grade

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def draft_grade(self) -> bool:
        return self._draft_grade

    def transcribe(self, samples: bytes, vocabulary: Sequence[str], language: str | None) -> Transcript:
        seconds = len(samples) / SAMPLE_BYTES / RATE
        self.calls.append(seconds)
        self.vocabularies.append(tuple(vocabulary))
        if len(self.calls) == self._fails_at:
            raise TranscriberFailed(self.name, "it was told to fail")
        return Transcript(cues_of(spread(self._words, 0, seconds, 0.9)), "en", self.name, self._draft_grade)
