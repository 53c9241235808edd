"""What applies in which case, as sentences say it."""

import pytest

from authoring.conditionals import Case, Conditional, conditional_of


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "If the invitation is for a media interview, work with the press office to coordinate.",
            Conditional(
                Case.IF, "the invitation is for a media interview", "Work with the press office to coordinate", True
            ),
        ),
        (
            "You get a warning when the mailbox is nearly full.",
            Conditional(Case.WHEN, "the mailbox is nearly full", "You get a warning", False),
        ),
        (
            "If you need a laptop, a phone or a badge, ask the reception for help.",
            Conditional(Case.IF, "you need a laptop, a phone or a badge", "Ask the reception for help", True),
        ),
    ],
)
def test_case_and_consequence_are_told_apart(sentence: str, expected: Conditional) -> None:
    assert conditional_of(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "If possible, ask the reception for help.",
        "If the pump leaks, it is scrapped at once.",
        "Guests wear a badge in blue at all times.",
        "To be sure of this, the limits are low.",
    ],
)
def test_sentences_whose_parts_need_each_other_are_no_conditionals(sentence: str) -> None:
    assert conditional_of(sentence) is None
