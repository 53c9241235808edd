"""Clips last about as long as an explanation."""

from authoring.claim import Claim, Evidence
from authoring.clips import CLIP_S, Heard, clip_around, is_recording
from authoring.teaching_material import Sourced, read_sections
from corpus.chunk import ChunkKind
from corpus.locator import CueLocator, HeadingLocator, Locator
from tests.authoring.drafting import a_document


def a_statement() -> Sourced:
    material = a_document(("", "Ruth: The heater runs for twelve hours."), kind=ChunkKind.TRANSCRIPT)
    return read_sections(material)[0].paragraphs[0].statements[0]


def heard(*times: tuple[float, float]) -> list[Heard]:
    return [timed(CueLocator(start, end, "Ruth")) for start, end in times]


def timed(locator: Locator) -> Heard:
    evidence = Evidence(1, 1, "talk.mp4", "Talk", (), "words", (), locator)
    return Heard(a_statement(), Claim("c", "words", (evidence,)))


def test_a_clip_holds_what_is_explained_and_goes_on_for_about_forty_seconds() -> None:
    said = heard((0, 10), (10, 20), (20, 30), (30, 40), (40, 50), (50, 60), (60, 70))
    found = clip_around(said, 2, 2)
    assert found is not None
    clip, inside = found
    assert (clip.start_s, clip.end_s) == (20, 60)
    assert len(inside) == 4
    assert clip.end_s - clip.start_s <= CLIP_S


def test_near_the_end_a_clip_begins_earlier() -> None:
    found = clip_around(heard((0, 10), (10, 20), (20, 30)), 2, 2)
    assert found is not None
    assert (found[0].start_s, found[0].end_s) == (0, 30)


def test_an_explanation_that_is_longer_is_shown_to_its_end() -> None:
    found = clip_around(heard((0, 30), (30, 75), (75, 90)), 0, 1)
    assert found is not None
    assert (found[0].start_s, found[0].end_s) == (0, 75)


def test_without_times_there_is_no_clip() -> None:
    assert clip_around([timed(HeadingLocator(()))], 0, 0) is None


def test_a_transcript_alone_cannot_be_played() -> None:
    assert is_recording("video/mp4")
    assert not is_recording("text/vtt")
