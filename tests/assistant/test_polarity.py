"""Sentences that turn their source round."""

import pytest

from assistant.polarity import contradiction


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("You must not smoke here.", "You must smoke here."),
        ("Employees are not covered.", "Employees are covered by the plan."),
        ("Employees are covered.", "Employees are not covered by the plan."),
        ("It doesn't expire.", "It expires after a year."),
        ("Sales increased in May.", "Sales decreased in May."),
        ("You pay at least 5 dollars.", "You pay at most 5 dollars."),
        ("All staff may travel.", "None of the staff may travel."),
        ("Apply before the course.", "Apply after the course."),
        ("Die Kosten werden erstattet.", "Die Kosten werden nicht erstattet."),
        ("Les frais sont remboursés.", "Les frais ne sont pas remboursés."),
    ],
)
def test_the_opposite_is_noticed(sentence: str, quote: str) -> None:
    assert contradiction(sentence, [quote]) is not None


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("It costs no more than 5 dollars.", "It costs not more than 5 dollars."),
        ("Staff may use it.", "Staff may use it, but visitors may not enter the building alone."),
        ("You do not need approval.", "Approval is not needed."),
        ("Visitors cannot enter without a badge.", "Without a badge visitors cannot enter."),
        ("Both Ann and Bob came.", "Not only Ann but also Bob came."),
        ("Prices rose before they fell.", "Prices rose, and then they fell, before the year ended."),
    ],
)
def test_the_same_in_other_words_is_no_contradiction(sentence: str, quote: str) -> None:
    assert contradiction(sentence, [quote]) is None
