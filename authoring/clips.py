"""Clips: the seconds of a recording in which somebody explains what a lesson is about."""

from collections.abc import Sequence
from dataclasses import dataclass

from authoring.block import Clip
from authoring.claim import Claim
from authoring.teaching_material import Sourced
from corpus.locator import CueLocator

CLIP_S = 40.0
"""About how long a clip is: long enough for an explanation, short enough to be watched to its end."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A claim with what it says, and when."""

    sourced: Sourced
    claim: Claim

    @property
    def start_s(self) -> float | None:
        locator = self.claim.evidence[0].locator
        return locator.start_s if isinstance(locator, CueLocator) else None

    @property
    def end_s(self) -> float | None:
        locator = self.claim.evidence[0].locator
        return locator.end_s if isinstance(locator, CueLocator) else None


def is_recording(media_type: str) -> bool:
    """Whether there is something to play; a transcript alone has nothing."""
    return media_type.startswith(("audio/", "video/"))


def clip_around(heard: Sequence[Heard], first: int, last: int) -> tuple[Clip, tuple[Heard, ...]] | None:
    """The clip that holds `first` to `last`, and goes on, then begins earlier, while it is no longer than `CLIP_S`.

    None where the times are not known. What alone is longer is shown to its end.
    """
    if any(one.start_s is None or one.end_s is None for one in heard[first : last + 1]):
        return None
    while last + 1 < len(heard) and _length(heard, first, last + 1) <= CLIP_S:
        last += 1
    while first > 0 and _length(heard, first - 1, last) <= CLIP_S:
        first -= 1
    start, end = heard[first].start_s, heard[last].end_s
    if start is None or end is None or end <= start:
        return None
    passage = heard[first].sourced.passage
    return Clip(passage.document_id, passage.version_id, start, end), tuple(heard[first : last + 1])


def _length(heard: Sequence[Heard], first: int, last: int) -> float:
    start, end = heard[first].start_s, heard[last].end_s
    if (
        start is None
        or end is None
        or heard[first].sourced.passage.version_id != heard[last].sourced.passage.version_id
    ):
        return float("inf")
    return end - start
