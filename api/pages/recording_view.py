"""A recording: a player, and beside it what is said, with the marked words and the times that play."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.marks import Mark, Marking, Run
from corpus.clock_time import clock_time
from corpus.recording import Recording
from corpus.transcript import PlacedCue, TranscriptText, decode_transcript, text_of


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One cue. `speaker` is None where the one before goes on."""

    time: str
    start_s: float
    end_s: float
    speaker: str | None
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class RecordingBody:
    """`mark_times`: when each mark begins to be spoken. `draft_by` names an engine whose words are not to rely on."""

    has_picture: bool
    media_type: str
    duration: str
    start_s: float
    mark_times: tuple[float, ...]
    draft_by: str | None
    has_words: bool
    turns: tuple[SpokenTurn, ...]
    part: int
    part_count: int
    kind: str = "recording"

    @property
    def start(self) -> str:
        return clock_time(self.start_s)


def recording_body(recording: Recording, marks: Sequence[Mark], part: int | None, part_size: int) -> RecordingBody:
    """The part of the transcript that is asked for, else the one with the first mark."""
    transcript = None if recording.transcript is None else decode_transcript(recording.transcript)
    written = TranscriptText("", (), ()) if transcript is None else text_of(transcript)
    times = tuple(_time_of(written, mark) for mark in marks)
    parts = max(-(-len(written.cues) // part_size), 1)
    if part is None:
        marked = [at for at, placed in enumerate(written.cues) if marks and marks[0].start < placed.span.end]
        part = (marked[0] if marked else 0) // part_size + 1
    part = min(max(part, 1), parts)
    shown = written.cues[(part - 1) * part_size : part * part_size]
    return RecordingBody(
        has_picture=recording.has_picture,
        media_type=recording.played_type,
        duration=clock_time(recording.duration_s),
        start_s=times[0] if times else (shown[0].cue.start_s if part > 1 and shown else 0.0),
        mark_times=times,
        draft_by=transcript.engine if transcript is not None and transcript.draft_grade else None,
        has_words=transcript is not None,
        turns=_turns(shown, Marking(written.text, marks)),
        part=part,
        part_count=parts,
    )


def _time_of(written: TranscriptText, mark: Mark) -> float:
    for placed in written.cues:
        for span, word in zip(placed.spans, placed.cue.words, strict=True):
            if mark.start < span.end:
                return word.start_s
    return 0.0


def _turns(cues: Sequence[PlacedCue], marking: Marking) -> tuple[SpokenTurn, ...]:
    turns: list[SpokenTurn] = []
    before: str | None = None
    for number, placed in enumerate(cues):
        cue = placed.cue
        goes_on = number > 0 and cue.speaker in (before, None)
        turns.append(
            SpokenTurn(
                time=clock_time(cue.start_s),
                start_s=cue.start_s,
                end_s=cue.end_s,
                speaker=None if goes_on else cue.speaker,
                runs=tuple(marking.runs(placed.span.start, placed.span.end)),
            )
        )
        before = cue.speaker
    return tuple(turns)
