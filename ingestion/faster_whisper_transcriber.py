"""Speech recognition with faster-whisper, on this machine, by a model that the administrator names."""

import threading
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from faster_whisper import WhisperModel  # type: ignore[import-not-found]  # of the extra `speech`

from corpus.transcript import Cue, Transcript, Word, spread
from ingestion.cues import cues_of
from ingestion.transcriber import TranscriberFailed


class FasterWhisperTranscriber:
    def __init__(self, model: str, threads: int) -> None:
        """`model`: a folder with a converted model, or a name that faster-whisper knows and then fetches itself."""
        self._model = model
        self._threads = threads
        self._one_at_a_time = threading.Lock()

    @property
    def name(self) -> str:
        return f"faster-whisper {self._model}"[:200]

    @property
    def draft_grade(self) -> bool:
        return False

    def transcribe(self, samples: bytes, vocabulary: Sequence[str], language: str | None) -> Transcript:
        sound = np.frombuffer(samples, dtype="<i2").astype(np.float32) / 32768
        try:
            with self._one_at_a_time:
                segments, info = self._whisper.transcribe(
                    sound,
                    language=language,
                    word_timestamps=True,
                    condition_on_previous_text=False,
                    hotwords=", ".join(vocabulary) or None,
                )
                cues = [cue for segment in segments for cue in _cues(segment)]
        except (RuntimeError, ValueError, OSError) as error:
            raise TranscriberFailed(self.name, str(error)) from error
        return Transcript(tuple(cues), info.language, self.name)

    @cached_property
    def _whisper(self) -> WhisperModel:
        return WhisperModel(self._model, device="auto", compute_type="default", cpu_threads=self._threads)


def _cues(segment: object) -> tuple[Cue, ...]:
    words = getattr(segment, "words", None)
    if words:
        timed = [
            Word(word.word.strip(), round(word.start, 3), round(word.end, 3), round(word.probability, 3))
            for word in words
            if word.word.strip()
        ]
        return cues_of(timed)
    text, start_s, end_s = (getattr(segment, name) for name in ("text", "start", "end"))
    spoken = spread(text, start_s, end_s)
    return (Cue(spoken),) if spoken else ()
