"""Transcripts that people and programs write are read with the times they have."""

import json

import pytest

from corpus.transcript import Transcript, Word
from ingestion.limited_parsing import DirectParsing
from ingestion.parsed import Unreadable
from ingestion.transcript_file import TranscriptFile, read_transcript
from ingestion.transcript_writing import vtt_of


def read(name: str, content: str | bytes | object) -> Transcript:
    raw = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else None
    return read_transcript(TranscriptFile(name, raw or json.dumps(content).encode()), DirectParsing())


def test_cues_of_webvtt_keep_speakers_and_times() -> None:
    transcript = read("a.vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Wehner>Salt &amp; water.\n")
    (cue,) = transcript.cues
    assert (cue.speaker, cue.text, cue.start_s, cue.end_s) == ("Wehner", "Salt & water.", 1.0, 3.0)


def test_the_time_of_a_cue_is_spread_over_its_words() -> None:
    (cue,) = read("a.srt", "1\n00:00:00,000 --> 00:00:10,000\nabcd abcd\n").cues
    assert cue.words == (Word("abcd", 0.0, 5.0), Word("abcd", 5.0, 10.0))


def test_words_of_whisper_keep_their_confidence() -> None:
    words = [{"word": " Open", "start": 0.1, "end": 0.4, "probability": 0.9}, {"word": " it.", "start": 0.4, "end": 1}]
    transcript = read("a.json", {"language": "en", "segments": [{"start": 0, "end": 1, "text": "x", "words": words}]})
    assert list(transcript.words) == [Word("Open", 0.1, 0.4, 0.9), Word("it.", 0.4, 1.0)]
    assert transcript.language == "en"


def test_segments_of_podcasts_are_read() -> None:
    segment = {"speaker": "Ana", "startTime": 2.0, "endTime": 4.0, "body": "Good morning."}
    (cue,) = read("a.json", {"version": "1.0.0", "segments": [segment]}).cues
    assert (cue.speaker, cue.start_s, cue.text) == ("Ana", 2.0, "Good morning.")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"segments": [{"text": "no times"}]},
        {"segments": [{"start": -1, "end": 2, "text": "before the beginning"}]},
        {"segments": [{"start": "1", "end": 2, "text": "not a number"}]},
        {"segments": []},
        {"segments": [[]]},
        [1, 2],
        "nothing of the kind",
        "[" * 100_000,
    ],
)
def test_json_that_is_no_transcript_is_refused(content: object) -> None:
    with pytest.raises(Unreadable):
        read("a.json", content)


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(Unreadable, match="no transcript"):
        read("a.txt", "Just a text.\n")


def test_what_is_written_as_webvtt_is_read_back() -> None:
    transcript = read(
        "a.vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ana>1 < 2 & 3\n\n01:00:00.000 --> 01:00:01.000\nEnd.\n"
    )
    again = read("b.vtt", vtt_of(transcript))
    assert [(cue.text, cue.speaker, cue.start_s) for cue in again.cues] == [
        (cue.text, cue.speaker, cue.start_s) for cue in transcript.cues
    ]
