"""A transcript: who said what when, with the marked words."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.marks import Mark, Marking, Run
from corpus.clock_time import clock_time
from corpus.locator import CuePlace
from corpus.places import Places


@dataclass(slots=True)
class Turn:
    """One cue. `speaker` is None where the one before goes on."""

    time: str
    speaker: str | None
    runs: list[Run]


@dataclass(frozen=True, slots=True)
class TranscriptBody:
    turns: tuple[Turn, ...]
    part: int
    part_count: int
    kind: str = "transcript"


def transcript_body(
    text: str, places: Places, marks: Sequence[Mark], part: int | None, part_size: int
) -> TranscriptBody:
    """The part that is asked for, else the one with the first mark."""
    placed = [(item.span, item.place) for item in places.placed if isinstance(item.place, CuePlace)]
    parts = max(-(-len(placed) // part_size), 1)
    if part is None:
        marked = [number for number, (span, _) in enumerate(placed) if marks and marks[0].start < span.end]
        part = (marked[0] if marked else 0) // part_size + 1
    part = min(max(part, 1), parts)
    marking = Marking(text, marks)
    turns: list[Turn] = []
    before: CuePlace | None = None
    for span, place in placed[(part - 1) * part_size : part * part_size]:
        runs = list(marking.runs(span.start, span.end))
        if before is place or before == place:
            turns[-1].runs += [Run(" "), *runs]
        else:
            same = before is not None and place.speaker in (before.speaker, None)
            turns.append(Turn(clock_time(place.start_s), None if same else place.speaker, runs))
        before = place
    return TranscriptBody(tuple(turns), part, parts)


def has_cues(places: Places) -> bool:
    return any(isinstance(item.place, CuePlace) for item in places.placed[:1])
