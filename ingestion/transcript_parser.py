"""Reads transcripts (WebVTT, SubRip): one element per cue and speaker, with its times. The text is the file itself."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.locator import CuePlace, PlacedSpan, Span
from ingestion.decoding import decode
from ingestion.parsed import Damaged, Element, ElementKind, Empty, ParsedDocument
from ingestion.source_lines import SourceLine, source_lines

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t].*)?")
_TAG = re.compile(r"</?([A-Za-z]*)(?:\.[^\s<>]*)?(?:[ \t]+([^<>]*))?>|<[\d:.]+>|\{\\[^{}]*\}")
_VOICE_TAG = "v"
_TAG_NAMES = frozenset({"", "c", "i", "b", "u", "s", "v", "ruby", "rt", "lang", "font", "span"})
_NAMED = re.compile(r"(?:>>[ \t]*)?\[?([^\W\d_][\w.'\u2019-]*(?:[ \t]+[\w.'\u2019()-]+){0,4})\]?[ \t]*:[ \t]+(?=\S)")
_LEAD = re.compile(r"(?:[-\s]|\{\\[^{}]*\}|</?(?!v\b)[A-Za-z][^<>]*>)*")
# A word before a colon is a speaker if it stands there again and again, or where nearly every cue begins so.
_FEWEST_TURNS = 2
_MOST_CUES = 0.6
_SKIPPED_BLOCKS = ("NOTE", "STYLE", "REGION")


class TranscriptParser:
    def parse(self, content: bytes, name: str) -> ParsedDocument:
        decoded = decode(content)
        cues = list(_cues(decoded.text))
        speakers = _named_speakers(cues)
        elements: list[Element] = []
        places: list[PlacedSpan] = []
        for cue in cues:
            for utterance in _utterances(decoded.text, cue, speakers):
                place = CuePlace(cue.start_s, cue.end_s, utterance.speaker)
                elements.append(Element(ElementKind.CUE, utterance.spans))
                places.extend(PlacedSpan(span, place) for span in utterance.spans)
        if not elements:
            if "-->" in decoded.text:
                raise Damaged("its cues hold no words")
            raise Empty
        title = _title(decoded.text)
        return ParsedDocument(decoded.text, tuple(elements), tuple(places), title=title, remarks=decoded.remarks)


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float
    lines: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class _Utterance:
    speaker: str | None
    spans: tuple[Span, ...]


def _title(text: str) -> str | None:
    first = next(source_lines(text), None)
    if first is None:
        return None
    header = re.match(r"\ufeff?WEBVTT[ \t]+(?:-[ \t]*)?(\S.*)", first.text)
    return header[1].strip() if header is not None else None


def _cues(text: str) -> Iterator[_Cue]:
    timing: re.Match[str] | None = None
    lines: list[SourceLine] = []
    skipping = False
    previous: SourceLine | None = None
    for line in source_lines(text):
        found = _TIMING.fullmatch(line.text)
        if found is not None:
            # Some writers leave no blank line between cues; the cue's number above the times is no speech.
            if timing is not None and previous is not None and previous.text.strip().isdigit() and lines:
                lines.pop()
            if timing is not None:
                yield _cue(timing, lines)
            timing, lines, skipping = found, [], False
        elif line.is_blank:
            if timing is not None and lines:
                yield _cue(timing, lines)
                timing, lines = None, []
            skipping = False
        elif timing is not None:
            lines.append(line)
        elif not skipping:
            skipping = line.text.startswith(_SKIPPED_BLOCKS)
        previous = line
    if timing is not None:
        yield _cue(timing, lines)


def _cue(timing: re.Match[str], lines: Sequence[SourceLine]) -> _Cue:
    start_s, end_s = _seconds(timing.groups()[:4]), _seconds(timing.groups()[4:])
    return _Cue(start_s, max(start_s, end_s), tuple(lines))


def _seconds(groups: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (group or "0" for group in groups)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _named_speakers(cues: Sequence[_Cue]) -> frozenset[str]:
    """The names before a colon that begin several lines; none where voices are tagged."""
    counted: Counter[str] = Counter()
    for cue in cues:
        for line in cue.lines:
            if f"<{_VOICE_TAG}" in line.text:
                return frozenset()
            match = _NAMED.match(line.text, _lead(line))
            if match is not None and match[1][0].isupper():
                counted[match[1]] += 1
    repeated = [name for name, count in counted.items() if count >= _FEWEST_TURNS]
    if len(repeated) >= 2 and counted.total() >= _MOST_CUES * len(cues):
        return frozenset(counted)
    return frozenset(repeated)


def _lead(line: SourceLine) -> int:
    """How many characters of dashes and tags stand before the line's first word."""
    match = _LEAD.match(line.text)
    return match.end() if match is not None else 0


def _utterances(text: str, cue: _Cue, speakers: frozenset[str]) -> Iterator[_Utterance]:
    speaker: str | None = None
    spans: list[Span] = []
    for number, line in enumerate(cue.lines):
        position = line.start
        named = _name_at_start(line, speakers)
        if named is not None:
            yield from _utterance(text, speaker, spans)
            speaker, spans, position = named[0], [], named[1]
        for match in _TAG.finditer(text, position, line.end):
            if match[1] is not None and match[1].lower() not in _TAG_NAMES:
                continue
            spans.append(Span(position, match.start()))
            position = match.end()
            if (match[1] or "").lower() == _VOICE_TAG:
                yield from _utterance(text, speaker, spans)
                speaker, spans = (match[2] or "").strip() or None, []
        # The newline between two lines of a cue keeps their words apart.
        spans.append(Span(position, line.next_start if number + 1 < len(cue.lines) else line.end))
    yield from _utterance(text, speaker, spans)


def _name_at_start(line: SourceLine, speakers: frozenset[str]) -> tuple[str, int] | None:
    match = _NAMED.match(line.text, _lead(line))
    if match is None or match[1] not in speakers:
        return None
    return match[1], line.start + match.end()


def _utterance(text: str, speaker: str | None, spans: Sequence[Span]) -> Iterator[_Utterance]:
    """The visible spans, joined where they touch and without white space at either end."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = Span(joined[-1].start, span.end)
        elif span.start < span.end:
            joined.append(span)
    while joined and not text[joined[0].start : joined[0].end].strip():
        joined.pop(0)
    while joined and not text[joined[-1].start : joined[-1].end].strip():
        joined.pop()
    if joined:
        first = text[joined[0].start : joined[0].end]
        joined[0] = Span(joined[0].end - len(first.lstrip()), joined[0].end)
        last = text[joined[-1].start : joined[-1].end]
        joined[-1] = Span(joined[-1].start, joined[-1].start + len(last.rstrip()))
        yield _Utterance(speaker, tuple(joined))
