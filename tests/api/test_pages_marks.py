"""Marks are parsed from an address, and cut the text that is shown."""

import pytest

from api.pages.marks import BadMarks, Mark, Marking, Run, parse_marks
from corpus.locator import Span

TEXT = "The pump, the fan and the valve."


def test_marks_are_counted_in_the_order_of_the_text() -> None:
    assert parse_marks("14-17,4-8", TEXT) == (Mark(1, (Span(4, 8),)), Mark(2, (Span(14, 17),)))


def test_marks_with_no_word_between_them_are_one() -> None:
    assert parse_marks("4-8,10-13", TEXT) == (Mark(1, (Span(4, 8), Span(10, 13))),)


def test_marks_that_overlap_or_touch_are_merged() -> None:
    assert parse_marks("4-8,6-13,13-17", TEXT) == (Mark(1, (Span(4, 17),)),)


def test_marks_behind_the_end_are_left_out() -> None:
    assert parse_marks("26-400,500-600", TEXT) == (Mark(1, (Span(26, 32),)),)
    assert parse_marks("", TEXT) == ()


@pytest.mark.parametrize(
    "marks", ["x", "4", "4-", "8-4", "4-4", "4-8,", "4-8;10-12", "-4-8", "٤-٨", "1-2," * 300 + "1-2"]
)
def test_other_forms_are_refused(marks: str) -> None:
    with pytest.raises(BadMarks):
        parse_marks(marks, TEXT)


def test_runs_hold_every_character_once() -> None:
    marking = Marking(TEXT, parse_marks("4-8,14-17", TEXT))
    runs = list(marking.runs(2, 20))
    assert "".join(run.text for run in runs) == TEXT[2:20]
    assert [run for run in runs if run.mark] == [Run("pump", 1, anchor=True), Run("fan", 2, anchor=True)]


def test_a_mark_that_is_shown_in_parts_is_anchored_once() -> None:
    marking = Marking(TEXT, parse_marks("4-17", TEXT))
    runs = [run for part in ((0, 8), (10, 17)) for run in marking.runs(*part) if run.mark]
    assert [(run.text, run.anchor) for run in runs] == [("pump", True), ("the fan", False)]
