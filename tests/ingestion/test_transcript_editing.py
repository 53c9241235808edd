"""Corrections keep the times of the words that stay, and tell which words took the place of others."""

import pytest

from corpus.transcript import Cue, Transcript, Word
from ingestion.transcript_editing import CueEdit, EditOutOfPlace, NothingLeft, edited, renamed


def spoken(*words: str, start: int = 0, confidence: float | None = 0.9) -> Cue:
    """A word a second."""
    return Cue(tuple(Word(word, start + at, start + at + 0.8, confidence) for at, word in enumerate(words)), "Ana")


TWO = Transcript((spoken("mister", "guess", "came"), spoken("he", "sat", "down", start=5)), "en", "engine", True)


def test_words_that_stay_keep_times_and_confidence() -> None:
    made = edited(TWO, 0, [CueEdit("mister Dashwood came", "Ana")])
    assert made.transcript.cues[0].words == (
        Word("mister", 0, 0.8, 0.9),
        Word("Dashwood", 1, 1.8),
        Word("came", 2, 2.8, 0.9),
    )
    assert made.terms == ("Dashwood",)
    assert made.transcript.cues[1] == TWO.cues[1]


def test_several_words_share_the_time_of_one() -> None:
    made = edited(TWO, 0, [CueEdit("mister John Dashwood came", "Ana")])
    john, dashwood = made.transcript.cues[0].words[1:3]
    assert (john.start_s, dashwood.end_s) == (1, 1.8)
    assert john.end_s == dashwood.start_s


def test_a_line_break_splits_a_cue() -> None:
    made = edited(TWO, 0, [CueEdit("mister\nguess came", "Ana")])
    assert [cue.text for cue in made.transcript.cues] == ["mister", "guess came", "he sat down"]
    assert made.transcript.cues[1].start_s == 1


def test_cues_are_joined() -> None:
    made = edited(TWO, 0, [CueEdit("mister guess came", "Ana", joins_next=True), CueEdit("he sat down", "Ben")])
    (cue,) = made.transcript.cues
    assert (cue.text, cue.speaker) == ("mister guess came he sat down", "Ana")


def test_the_last_cue_shown_is_joined_with_one_that_is_not() -> None:
    made = edited(TWO, 0, [CueEdit("mister guess came", "Ana", joins_next=True)])
    assert [cue.text for cue in made.transcript.cues] == ["mister guess came he sat down"]


def test_a_cue_without_words_is_taken_out() -> None:
    assert [cue.text for cue in edited(TWO, 0, [CueEdit(" ", "Ana")]).transcript.cues] == ["he sat down"]
    with pytest.raises(NothingLeft):
        edited(TWO, 0, [CueEdit("", None), CueEdit("", None)])


def test_capitals_and_punctuation_are_no_new_words() -> None:
    assert edited(TWO, 0, [CueEdit("Mister guess came.", "Ana")]).terms == ()


def test_words_that_are_right_are_in_doubt_no_more() -> None:
    doubtful = Transcript((spoken("a", "b", confidence=0.1),), "en", "engine", True)
    made = edited(doubtful, 0, [CueEdit("a b", "Ana", is_right=True)]).transcript
    assert not any(word.is_doubtful for word in made.words)
    assert made.draft_grade
    assert not edited(doubtful, 0, [CueEdit("a b", "Ana")], is_checked=True).transcript.draft_grade


def test_nothing_changed_is_the_same_transcript() -> None:
    assert edited(TWO, 1, [CueEdit("he sat down", "Ana")]).transcript == TWO


def test_cues_that_are_not_there_cannot_be_edited() -> None:
    with pytest.raises(EditOutOfPlace):
        edited(TWO, 1, [CueEdit("he", None), CueEdit("it", None)])


def test_a_speaker_is_renamed_everywhere() -> None:
    assert {cue.speaker for cue in renamed(TWO, "Ana", " Frau  Wehner ").cues} == {"Frau Wehner"}
