"""What was said in a recording: words with their times, in cues that one person speaks. How it is kept and cut."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from corpus.locator import CuePlace, PlacedSpan, Span

LOW_CONFIDENCE = 0.5
"""Words below it are marked for whoever corrects a transcript."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Word:
    """`confidence`, 0 to 1, is None where nobody has measured it: in what people wrote."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None

    @property
    def is_doubtful(self) -> bool:
        return self.confidence is not None and self.confidence < LOW_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Cue:
    """A few words in a row by one speaker; never without a word."""

    words: tuple[Word, ...]
    speaker: str | None = None

    @property
    def start_s(self) -> float:
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        return max(word.end_s for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Transcript:
    """In the order of time. `engine` is None where people wrote it; `draft_grade`: too many errors to rely on."""

    cues: tuple[Cue, ...]
    language: str | None = None
    engine: str | None = None
    draft_grade: bool = False

    @property
    def words(self) -> Iterator[Word]:
        return (word for cue in self.cues for word in cue.words)


@dataclass(frozen=True, slots=True)
class PlacedCue:
    """A cue, and where each of its words stands in the text."""

    cue: Cue
    spans: tuple[Span, ...]

    @property
    def span(self) -> Span:
        return Span(self.spans[0].start, self.spans[-1].end)


@dataclass(frozen=True, slots=True)
class TranscriptText:
    """The text that citations count in: a line per cue. The places say when each word was spoken, and by whom."""

    text: str
    cues: tuple[PlacedCue, ...]
    places: tuple[PlacedSpan, ...]


def text_of(transcript: Transcript) -> TranscriptText:
    lines: list[str] = []
    placed_cues: list[PlacedCue] = []
    places: list[PlacedSpan] = []
    at = 0
    for cue in transcript.cues:
        spans: list[Span] = []
        for word in cue.words:
            span = Span(at, at + len(word.text))
            spans.append(span)
            places.append(PlacedSpan(span, CuePlace(word.start_s, word.end_s, cue.speaker)))
            at = span.end + 1
        lines.append(cue.text)
        placed_cues.append(PlacedCue(cue, tuple(spans)))
    return TranscriptText("\n".join(lines), tuple(placed_cues), tuple(places))


def spread(text: str, start_s: float, end_s: float, confidence: float | None = None) -> tuple[Word, ...]:
    """The words of a text of which only the beginning and the end are known: time goes to each by its length."""
    words = text.split()
    total = sum(len(word) + 1 for word in words)
    found: list[Word] = []
    at = 0
    for word in words:
        begins = start_s + (end_s - start_s) * at / total
        at += len(word) + 1
        ends = start_s + (end_s - start_s) * at / total
        found.append(Word(word, round(begins, 3), round(ends, 3), confidence))
    return tuple(found)


def shifted(cue: Cue, by_s: float) -> Cue:
    return replace(
        cue,
        words=tuple(
            replace(word, start_s=round(word.start_s + by_s, 3), end_s=round(word.end_s + by_s, 3))
            for word in cue.words
        ),
    )


def encode_transcript(transcript: Transcript) -> bytes:
    """Deflated JSON; `decode_transcript` reads it back."""
    cues = [
        [cue.speaker, [[word.text, word.start_s, word.end_s, word.confidence] for word in cue.words]]
        for cue in transcript.cues
    ]
    said = [_FORMAT, transcript.language, transcript.engine, transcript.draft_grade, cues]
    return zlib.compress(json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode())


def decode_transcript(data: bytes) -> Transcript:
    written, language, engine, draft_grade, cues = json.loads(zlib.decompress(data))
    if written != _FORMAT:
        raise ValueError(f"unknown form of transcript: {written}")
    return Transcript(tuple(_cue(*cue) for cue in cues), language, engine, draft_grade)


def _cue(speaker: str | None, words: list[list[Any]]) -> Cue:
    return Cue(tuple(Word(*word) for word in words), speaker)
