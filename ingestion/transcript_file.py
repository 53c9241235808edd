"""Reads a transcript that people or other programs have written for a recording: vtt, srt, or the JSON of an engine."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from corpus.locator import CuePlace
from corpus.places import Places
from corpus.transcript import Cue, Transcript, Word, spread
from ingestion.cues import cues_of
from ingestion.decoding import decode
from ingestion.limited_parsing import FileParsing
from ingestion.parsed import Damaged, ParsedDocument, TooLarge, Unreadable

_MOST_JSON_BYTES = 64 << 20
_TRANSCRIPTS = ("text/vtt", "application/x-subrip")


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    name: str
    content: bytes


class NoTranscriptFile(Unreadable):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” is no transcript. Give a vtt, srt or json file with times.")


def read_transcript(file: TranscriptFile, parsing: FileParsing) -> Transcript:
    """Raises an `Unreadable`."""
    if PurePath(file.name).suffix.lower() == ".json":
        return _from_json(file)
    reading = parsing.parse(file.content, file.name)
    if reading.media_type not in _TRANSCRIPTS:
        raise NoTranscriptFile(file.name)
    return _from_cues(reading.document)


def _from_cues(document: ParsedDocument) -> Transcript:
    places = Places(document.places)
    cues = []
    for element in document.elements:
        place = next((item.place for item in places.within(element.spans) if isinstance(item.place, CuePlace)), None)
        if place is None:
            continue
        text = html.unescape("".join(document.text[span.start : span.end] for span in element.spans))
        words = spread(text, place.start_s, place.end_s)
        if words:
            cues.append(Cue(words, place.speaker))
    return Transcript(tuple(sorted(cues, key=lambda cue: cue.start_s)))


def _from_json(file: TranscriptFile) -> Transcript:
    if len(file.content) > _MOST_JSON_BYTES:
        raise TooLarge("a transcript", f"{_MOST_JSON_BYTES >> 20} MiB")
    try:
        said = json.loads(decode(file.content).text)
        segments = said if isinstance(said, list) else said["segments"]
        cues = [cue for segment in segments for cue in _segment_cues(segment)]
        language = said.get("language") if isinstance(said, dict) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NoTranscriptFile(file.name) from error
    if not cues:
        raise Damaged("its segments hold no words")
    known = language if isinstance(language, str) and len(language) == 2 else None
    return Transcript(tuple(sorted(cues, key=lambda cue: cue.start_s)), known)


def _segment_cues(segment: Mapping[str, object]) -> Iterator[Cue]:
    """Segments as whisper and its kin write them, and as podcasts do (`startTime`, `body`)."""
    speaker = segment.get("speaker")
    named = speaker.strip()[:200] or None if isinstance(speaker, str) else None
    words = list(_timed_words(segment.get("words")))
    if words:
        yield from cues_of(words, named)
        return
    start_s = _number(segment["start"] if "start" in segment else segment["startTime"])
    end_s = _number(segment["end"] if "end" in segment else segment.get("endTime", start_s))
    text = segment["text"] if "text" in segment else segment["body"]
    spoken = spread(str(text), start_s, max(start_s, end_s))
    if spoken:
        yield Cue(spoken, named)


def _timed_words(words: object) -> Iterator[Word]:
    if not isinstance(words, Sequence) or isinstance(words, str):
        return
    last_s = 0.0
    for word in words:
        text = str(word["word"] if "word" in word else word["text"]).strip()
        # Some aligners leave out the times of what they could not align, such as numbers.
        start_s = _number(word.get("start", last_s))
        last_s = max(start_s, _number(word.get("end", start_s)))
        confidence = word.get("probability", word.get("confidence", word.get("score")))
        yield from spread(text, start_s, last_s, None if confidence is None else _share(confidence))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e7:
        raise ValueError("no time")
    return float(value)


def _share(value: object) -> float:
    return min(max(_number(value), 0.0), 1.0)
