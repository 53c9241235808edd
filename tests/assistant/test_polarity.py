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
        ("A badge is required and a photo is not required.", "A badge is not required and a photo is required."),
        (
            "Contractors may enter the lab. Visitors may not.",
            "Visitors may enter the lab; contractors may not enter the lab.",
        ),
        ("Contractors may enter the lab.", "Visitors may enter the lab, contractors may not enter the lab."),
        ("Visitors may not enter the lab.", "Visitors may enter the lab, contractors may not enter the lab."),
        ("Employees must work from home on Fridays.", "Employees may work from home on Fridays."),
        ("Working from home on Fridays is mandatory.", "Working from home on Fridays is allowed."),
        ("You must take a taxi.", "You can take a taxi."),
        ("Mitarbeiter müssen freitags zu Hause arbeiten.", "Mitarbeiter dürfen freitags zu Hause arbeiten."),
        (
            "Besucher dürfen das Labor betreten.",
            "Mitarbeiter dürfen das Labor betreten, Besucher dürfen das Labor nicht betreten.",
        ),
        (
            "Mobile phones are covered and laptops are not covered.",
            "Laptops are covered and mobile phones are not covered.",
        ),
        ("Employees may use the gym and the pool.", "Employees may use the gym and not the pool."),
        ("The fee and the deposit are refunded.", "The fee is not refunded and the deposit is refunded."),
        ("You must take a taxi after 10 pm.", "You can take a taxi after 10 pm."),
        ("You must use the lab once you register.", "Once you register you can use the lab."),
        ("Employees must agree the day by mail.", "Employees can agree the day by mail."),
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
        ("You can request leave in the portal.", "Leave must be requested in the portal."),
        ("You must not enter.", "You may not enter."),
        ("You must have a badge to enter.", "You may enter only with a badge."),
        ("Leave must be requested.", "Leave requests are mandatory, but you can also call."),
        ("Contractors may not enter the lab.", "Visitors may enter the lab, contractors may not enter the lab."),
        ("Visitors may enter the lab.", "Visitors may enter the lab, contractors may not enter the lab."),
        ("A photo is required and a badge is not.", "A badge is not required and a photo is required."),
        (
            "Laptops are covered, mobile phones are not covered.",
            "Laptops are covered and mobile phones are not covered.",
        ),
        (
            "You may not work abroad on probation.",
            "Working abroad is not allowed during probation, but employees may work from home.",
        ),
        (
            "You need no approval for trips under EUR 50.",
            "Trips under EUR 50 do not need approval, trips over EUR 50 need approval.",
        ),
        ("Delays must be expected.", "Delays may occur and must be expected."),
        (
            "The age set by statute varies between 14 and 18.",
            "The age set by statute varies between 14 and 18, while in 18 states there is no age set by statute.",
        ),
        ("Laptops are insured and phones are not.", "Laptops are insured and phones are not insured."),
        ("Employees may use the gym and the pool.", "Employees may use the gym and the pool, but not the sauna."),
        ("The fee and the deposit are refunded.", "The fee is refunded and the deposit is refunded."),
        ("You must register to use the lab.", "You can use the lab once you register."),
        ("Employees must register to use the lab.", "Employees may use the lab if they register."),
        ("Employees must register to use the lab.", "Once they register employees may use the lab."),
        ("Applicants need to send the form to HR.", "Applicants can apply by sending the form to HR."),
        ("Mitarbeiter müssen das Formular senden.", "Mitarbeiter dürfen fahren wenn sie das Formular senden."),
    ],
)
def test_the_same_in_other_words_is_no_contradiction(sentence: str, quote: str) -> None:
    assert contradiction(sentence, [quote]) is None


def test_what_stands_word_for_word_in_one_of_its_quotes_is_no_contradiction() -> None:
    said = "In the absence of oxygen, not all of the carbon - carbon bonds can be broken."
    assert contradiction(said, ["Bonds hold carbon together.", said]) is None
