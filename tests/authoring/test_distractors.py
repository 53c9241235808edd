"""Distractors are of the key's kind, and are not the key."""

from decimal import Decimal

from authoring.distractors import Distractor, chance, figure_distractors, text_distractors
from authoring.item_sources import Figure, figures_of
from authoring.teaching_material import Sourced, read_sections
from tests.authoring.drafting import a_document

POOL = (
    "Passes are valid for 14 days. Claims are made within 30 days. Loans end after 90 days. "
    "Files are kept for 10 years. The gate opens at 07:30. The canteen closes at 14:15."
)


def sourced(text: str) -> list[Sourced]:
    return list(read_sections(a_document(("Rules", text)))[0].paragraphs[0].statements)


def figures(text: str) -> list[Figure]:
    return [figure for statement in sourced(text) for figure in figures_of(statement)]


def test_numbers_come_with_numbers_of_their_unit_from_the_material_in_their_order() -> None:
    (key,) = figures("Requests are answered within 20 days by the planner.")
    found = figure_distractors(key, figures(POOL), "seed")
    assert [one.size for one in found] == sorted(one.size or Decimal(0) for one in found)
    assert {"14 days", "30 days", "90 days"} == {one.text for one in found}
    assert all(one.taken_from is not None for one in found)


def test_where_the_material_has_none_numbers_are_made_as_round_as_the_key() -> None:
    (key,) = figures("The account may hold 240 hours at most.")
    found = figure_distractors(key, [], "seed")
    assert len(found) == 3
    assert all(one.text.endswith(" hours") and int(one.text.split()[0]) % 10 == 0 for one in found)


def test_words_come_with_words_and_times_with_times() -> None:
    (words,) = figures("The shift leader needs four hours for the report.")
    assert all(one.text.split()[0].isalpha() for one in figure_distractors(words, [], "seed"))
    time = next(figure for figure in figures("Parcels leave the house at 16:30 on all days.") if ":" in figure.text)
    assert all(":" in one.text for one in figure_distractors(time, figures(POOL), "seed"))


def test_no_other_number_is_made_of_an_exact_one() -> None:
    (key,) = figures("The test is done at 1.43 bar in the hall.")
    assert figure_distractors(key, [], "seed") == []


def test_what_the_statement_says_itself_is_no_distractor() -> None:
    key = figures("Rest for 11 hours after 8 hours of work.")[0]
    found = figure_distractors(key, figures("Shifts last 8 hours. Breaks last 1 hour. Trips last 12 hours."), "seed")
    assert "8 hours" not in {one.text for one in found}


def test_texts_that_hold_the_key_or_are_held_by_it_are_left_out() -> None:
    found = text_distractors(
        "stop work",
        [Distractor(text) for text in ("stop work now", "stop", "leave the hall", "call the gate", "open the valve")],
        "seed",
    )
    assert {one.text for one in found} == {"leave the hall", "call the gate", "open the valve"}


def test_fewer_than_two_distractors_are_none() -> None:
    assert text_distractors("stop work", [Distractor("leave the hall")], "seed") == []


def test_the_key_is_at_each_rank_about_as_often() -> None:
    (key,) = figures("Requests are answered within 40 days by the planner.")
    ranks = [
        sum((one.size or Decimal(0)) < key.size for one in figure_distractors(key, [], f"seed {number}"))
        for number in range(400)
    ]
    assert all(60 <= ranks.count(rank) <= 140 for rank in range(4))


def test_chance_is_the_same_for_the_same_words() -> None:
    assert chance("a lesson") == chance("a lesson") != chance("another lesson")
