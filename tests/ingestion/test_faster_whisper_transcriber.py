"""The faster-whisper engine on a stand-in for the library, since neither it nor a model is installed for tests."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from ingestion.transcriber import Transcriber, TranscriberFailed
from tests.contracts.transcriber import TranscriberContract
from tests.sounds import tone


@dataclass(frozen=True, slots=True)
class SaidWord:
    word: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    text: str
    start: float
    end: float
    words: tuple[SaidWord, ...] | None


@dataclass(frozen=True, slots=True)
class Information:
    language: str


class WhisperModel:
    """Its constructor and `transcribe` take what those of the library take."""

    asked: list[dict[str, Any]] = []  # noqa: RUF012 - read by the tests

    def __init__(self, model: str, *, device: str, compute_type: str, cpu_threads: int) -> None:
        if model == "missing":
            raise ValueError("Invalid model size 'missing'")

    def transcribe(self, audio: Any, **options: Any) -> tuple[Iterator[Segment], Information]:
        assert audio.dtype == "float32"
        assert abs(audio).max() <= 1
        self.asked.append(options)
        words = (SaidWord(" Open", 0.1, 0.4, 0.99), SaidWord(" it.", 0.4, 0.9, 0.31))
        return iter((Segment(" Open it.", 0.1, 0.9, words), Segment(" Now.", 1.0, 1.5, None))), Information("en")


@pytest.fixture
def transcribers(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    library = ModuleType("faster_whisper")
    library.WhisperModel = WhisperModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", library)
    monkeypatch.delitem(sys.modules, "ingestion.faster_whisper_transcriber", raising=False)
    WhisperModel.asked.clear()
    yield importlib.import_module("ingestion.faster_whisper_transcriber")
    sys.modules.pop("ingestion.faster_whisper_transcriber", None)


class TestFasterWhisperTranscriber(TranscriberContract):
    @pytest.fixture
    def transcriber(self, transcribers: ModuleType) -> Transcriber:
        made: Transcriber = transcribers.FasterWhisperTranscriber("small", threads=1)
        return made

    @pytest.fixture
    def speech(self) -> bytes:
        return tone(2).tobytes()


def test_words_keep_their_times_and_confidence(transcribers: ModuleType) -> None:
    heard = transcribers.FasterWhisperTranscriber("small", threads=1).transcribe(tone(2).tobytes(), (), None)
    assert [(word.text, word.start_s, word.confidence) for word in heard.words] == [
        ("Open", 0.1, 0.99),
        ("it.", 0.4, 0.31),
        ("Now.", 1.0, None),
    ]
    assert [word.is_doubtful for word in heard.words] == [False, True, False]


def test_the_vocabulary_is_given_as_hot_words(transcribers: ModuleType) -> None:
    transcribers.FasterWhisperTranscriber("small", threads=1).transcribe(tone(1).tobytes(), ("Wehner", "torque"), "de")
    (options,) = WhisperModel.asked
    assert (options["hotwords"], options["language"]) == ("Wehner, torque", "de")


def test_a_model_that_is_not_there_is_named(transcribers: ModuleType) -> None:
    with pytest.raises(TranscriberFailed, match="missing"):
        transcribers.FasterWhisperTranscriber("missing", threads=1).transcribe(tone(1).tobytes(), (), None)
