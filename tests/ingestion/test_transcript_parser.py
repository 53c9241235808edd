"""Transcripts become cues with their times and speakers; what is written around the words is left out."""

import pytest

from corpus.locator import CuePlace
from ingestion.parsed import Damaged, Empty, ParsedDocument, Parser
from ingestion.transcript_parser import TranscriptParser
from tests.contracts.parser import ParserContract, outline, words_of

MEETING = """WEBVTT - Weekly meeting

NOTE recorded
in room two

STYLE
::cue { color: red }

1
00:00:00.000 --> 00:00:00.800 align:start
<v Ana>Good <i>morning</i>.</v>

00:01.000 --> 00:08.600
<v Bo Berg>We start
with &amp; the budget.

third
01:00:00.000 --> 01:00:01.000
<v Ana>Yes.</v> <v Bo Berg>No.</v>
"""

SUBTITLES = """1
00:00:01,000 --> 00:00:02,500
ANA: Good morning.

2
00:00:03,000 --> 00:00:04,000
- BO: Hello.
- ANA: <font color="red">Note: be brief.</font>
3
00:00:05,000 --> 00:00:06,000
{\\an8}BO: Fine
"""


class TestWebVtt(ParserContract):
    notices_cuts = False

    @pytest.fixture
    def parser(self) -> Parser:
        return TranscriptParser()

    @pytest.fixture
    def content(self) -> bytes:
        return MEETING.encode()


class TestSubRip(ParserContract):
    notices_cuts = False

    @pytest.fixture
    def parser(self) -> Parser:
        return TranscriptParser()

    @pytest.fixture
    def content(self) -> bytes:
        return SUBTITLES.encode("utf-8")


def read(text: str) -> ParsedDocument:
    return TranscriptParser().parse(text.encode(), "meeting.vtt")


def spoken(document: ParsedDocument) -> list[tuple[str | None, str]]:
    """Who said what, by the places alone."""
    said = []
    for placed in document.places:
        assert isinstance(placed.place, CuePlace)
        said.append((placed.place.speaker, document.text[placed.span.start : placed.span.end]))
    return said


def test_a_cue_is_its_words_without_marks() -> None:
    assert outline(read(MEETING)) == [
        "cue 0 Good morning.",
        "cue 0 We start\nwith &amp; the budget.",
        "cue 0 Yes.",
        "cue 0 No.",
    ]


def test_a_cue_keeps_its_times_and_speaker() -> None:
    document = read(MEETING)
    assert document.places[0].place == CuePlace(0.0, 0.8, "Ana")
    assert document.places[-2].place == CuePlace(3600.0, 3601.0, "Ana")
    assert document.places[-1].place == CuePlace(3600.0, 3601.0, "Bo Berg")


def test_the_text_is_the_file_itself_and_the_header_its_title() -> None:
    document = read(MEETING.replace("\n", "\r\n"))
    assert document.text == MEETING.replace("\n", "\r\n")
    assert document.title == "Weekly meeting"


def test_names_before_a_colon_are_speakers_if_they_come_back() -> None:
    assert spoken(read(SUBTITLES)) == [
        ("ANA", "Good morning."),
        ("BO", "Hello."),
        ("ANA", "Note: be brief."),
        ("BO", "Fine"),
    ]


def test_a_word_before_a_colon_is_no_speaker() -> None:
    document = read("WEBVTT\n\n00:01.000 --> 00:02.000\nRemember: lock the door.\n")
    assert words_of(document, document.elements[0].spans) == "Remember: lock the door."


def test_a_file_without_cues_is_empty() -> None:
    with pytest.raises(Empty):
        read("WEBVTT\n\nNOTE nothing was said\n")


def test_cues_without_words_are_damage() -> None:
    with pytest.raises(Damaged):
        read("WEBVTT\n\n00:01.000 --> 00:02.000\n\n")
