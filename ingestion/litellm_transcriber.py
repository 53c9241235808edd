"""Speech recognition by any provider that litellm speaks to."""

import io
import os
import wave
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from corpus.transcript import Cue, Transcript, Word, spread
from ingestion.audio import RATE, SAMPLE_BYTES
from ingestion.cues import cues_of
from ingestion.transcriber import TranscriberFailed

_RETRIES = 2
_LONGEST_PROMPT = 800
"""Characters of hints; providers cut off longer prompts, and from the front."""


class LitellmTranscriber:
    def __init__(self, model: str, api_base: str | None, api_key: str | None, timeout_s: float) -> None:
        """`model` is the name litellm knows, `openai/whisper-1`."""
        self._model = model
        self._api_base = api_base
        self._api_key = api_key
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        return self._model[:200]

    @property
    def draft_grade(self) -> bool:
        return False

    def transcribe(self, samples: bytes, vocabulary: Sequence[str], language: str | None) -> Transcript:
        litellm = _load_litellm()
        try:
            reply = litellm.transcription(
                model=self._model,
                file=("piece.wav", _wav(samples), "audio/wav"),
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
                prompt=_prompt(vocabulary),
                language=language,
                api_base=self._api_base,
                api_key=self._api_key,
                timeout=self._timeout_s,
                max_retries=_RETRIES,
            )
        except _failures(litellm) as error:
            raise TranscriberFailed(self._model, f"the provider says {type(error).__name__}") from error
        said = reply.model_dump()
        try:
            cues = tuple(_cues(said, len(samples) / SAMPLE_BYTES / RATE))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TranscriberFailed(self._model, "its answer is not of the expected form") from error
        return Transcript(cues, _language(said.get("language")), self.name)


def _load_litellm() -> ModuleType:
    # It downloads a price list while it is being imported unless told to use its own.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm  # noqa: PLC0415 - seconds, which constructing a transcriber must not take

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    return litellm


def _failures(litellm: ModuleType) -> tuple[type[Exception], ...]:
    """Its transcription passes on what clients and providers raise, which its other calls translate."""
    return (litellm.exceptions.openai.OpenAIError, litellm.llms.base_llm.chat.transformation.BaseLLMException)


def _wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(SAMPLE_BYTES)
        written.setframerate(RATE)
        written.writeframes(samples)
    return file.getvalue()


def _prompt(vocabulary: Sequence[str]) -> str | None:
    kept: list[str] = []
    for term in vocabulary:
        if sum(map(len, kept)) + 2 * len(kept) + len(term) > _LONGEST_PROMPT:
            break
        kept.append(term)
    return ", ".join(kept) or None


def _cues(said: Mapping[str, Any], seconds: float) -> Iterator[Cue]:
    """By words where the provider times them, else by segments, else the text spread over the piece."""
    segments = said.get("segments") or []
    timed = [
        Word(str(word["word"]).strip(), float(word["start"]), float(word["end"])) for word in said.get("words") or []
    ]
    timed = [word for word in timed if word.text]
    if timed:
        yield from cues_of(_punctuated(timed, str(said.get("text") or "")))
    elif segments:
        for segment in segments:
            spoken = spread(str(segment["text"]), float(segment["start"]), float(segment["end"]))
            if spoken:
                yield Cue(spoken)
    else:
        if not isinstance(said.get("text"), str):
            raise ValueError("no text")
        yield from cues_of(spread(said["text"], 0.0, seconds))


def _punctuated(words: Sequence[Word], text: str) -> list[Word]:
    """Some providers time bare words beside a text with punctuation. Where both have the same words, the text's win."""
    written = text.split()
    if [_bare(word) for word in written] != [_bare(word.text) for word in words]:
        return list(words)
    return [Word(shown, word.start_s, word.end_s) for shown, word in zip(written, words, strict=True)]


def _bare(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


_LANGUAGES = {
    "arabic": "ar", "chinese": "zh", "danish": "da", "dutch": "nl", "english": "en", "finnish": "fi", "french": "fr",
    "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "italian": "it",
    "japanese": "ja", "korean": "ko", "norwegian": "no", "polish": "pl", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "spanish": "es", "swedish": "sv", "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip
"""OpenAI's interface answers with names instead of codes."""


def _language(said: object) -> str | None:
    if not isinstance(said, str):
        return None
    lowered = said.casefold()
    return lowered if len(lowered) == 2 else _LANGUAGES.get(lowered)
