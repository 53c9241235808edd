"""Values under another condition than in their source."""

from time import process_time

import pytest

from assistant.qualifiers import changed_condition


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Submit it by 3 May.", "Submit it from 3 May."),
        ("Submit the form by 3 May.", "Submit the form after 3 May 2024."),
        ("You need at least 5 days.", "You need at most 5 days."),
        ("It costs more than 5 dollars.", "It costs less than 5 dollars."),
        ("You get EUR 50 per month.", "You get EUR 50 per year."),
        ("Report monthly.", "Report yearly."),
        ("You get EUR 50 per month.", "You get EUR 50."),
        ("You have at most 10 days.", "You have 10 days or more."),
        ("Mindestens 5 Tage sind nötig.", "Höchstens 5 Tage sind nötig."),
        ("Reichen Sie es bis zum 3. Mai ein.", "Reichen Sie es ab dem 3. Mai ein."),
        ("Sie erhalten 50 Euro pro Monat.", "Sie erhalten 50 Euro im Jahr."),
        (
            "Apply at least 5 days before travel and claim at most 30 days after it.",
            "Apply at most 5 days before travel and claim at least 30 days after it.",
        ),
        ("Claim within 30 days.", "Claim after 30 days."),
        (
            "Claims up to EUR 50 need approval.",
            "Claims up to EUR 50 are free; claims over EUR 50 need approval by a manager.",
        ),
        ("Leave lasts more than 26 weeks.", "Leave lasts 26 weeks."),
        ("Apply two weeks before the start date.", "Apply two weeks after the start date."),
        ("It is open from 10 am.", "It is open until 10 am."),
        ("The maximum age is 21.", "The minimum age is 21."),
        ("The price may not be less than 5 dollars.", "The price may not exceed 5 dollars."),
        ("You may not take less than 5 days.", "You may not take more than 5 days."),
        (
            "The new rule applied until 1 April 2024.",
            "The new rule applies from 1 April 2024 and replaces the old rule.",
        ),
        ("Please submit your form by 3 May.", "Submit the application from 3 May."),
        ("The window for claims closes on 3 May.", "The window for claims opens on 3 May. Late claims are refused."),
        ("Die Frist beginnt am 3. Mai.", "Die Frist endet am 3. Mai."),
        ("Die Kosten dürfen 50 Euro nicht überschreiten.", "Die Kosten betragen mindestens 50 Euro."),
    ],
)
def test_another_condition_is_noticed(sentence: str, quote: str) -> None:
    assert changed_condition(sentence, [quote]) is not None


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Submit it by 3 May.", "The deadline is 3 May."),
        ("Submit it by 3 May.", "Submit it no later than 3 May."),
        ("Do not submit it after 3 May.", "Submit it by 3 May."),
        ("You may not take more than 5 days.", "You may take at most 5 days."),
        ("Claims over EUR 50 are not paid.", "Claims are paid up to EUR 50."),
        ("Leave expires after 31 March.", "Leave is valid until 31 March."),
        (
            "Claims up to EUR 50 are free.",
            "Claims up to EUR 50 are free; claims over EUR 50 need approval by a manager.",
        ),
        ("You get 25 days each year.", "You get 25 days per calendar year."),
        ("Each year, you get 25 days.", "25 days of annual leave are granted."),
        ("It lasts up to 5 days.", "It lasts 5 days."),
        ("It lasts 5 days.", "It lasts up to 5 days."),
        ("It needs a minimum of 5 days.", "It needs at least 5 days."),
        ("No fewer than 5 people.", "At least 5 people are needed."),
        ("It costs EUR 50 a month or EUR 500 a year.", "EUR 500 per year, EUR 50 per month."),
        (
            "The old rule applied until 1 April 2024.",
            "The new rule applies from 1 April 2024 and replaces the old rule.",
        ),
        (
            "The new rule has applied since 1 April 2024.",
            "Until 1 April 2024 the old rule applied, and then the new one.",
        ),
        ("Drivers must be at least 21.", "The minimum age of drivers is 21."),
        ("From 3 May to 5 June it is closed.", "It is closed between 3 May and 5 June."),
        ("It is open from 3 May until 5 June.", "Open: 3 May - 5 June"),
        ("Apply two weeks in advance.", "Apply two weeks before the start."),
        ("The report is due every month.", "Monthly reports are due."),
        ("Sie erhalten 50 Euro monatlich.", "You get EUR 50 per month."),
        ("You may claim expenses of the last 30 days.", "Claims must be made within 30 days."),
        ("Files are kept up to 30 days.", "Files are deleted after 30 days."),
        ("It was founded before 1999.", "It was founded before 1999."),
        ("Stay within 5 km.", "You may go up to 5 km."),
        ("More than 500 people work here.", "Over 500 people work here."),
        ("It grew by 5 percent.", "Growth was at least 5 percent."),
    ],
)
def test_the_same_condition_in_other_words_is_none(sentence: str, quote: str) -> None:
    assert changed_condition(sentence, [quote]) is None


def test_both_ends_of_a_range_are_told_apart() -> None:
    assert changed_condition("It is closed from 5 June to 3 May.", ["It is closed from 3 May to 5 June."]) is not None


def test_the_clause_that_speaks_of_the_same_decides() -> None:
    quote = "Members with up to 5 years get 20 days of leave, members with more than 5 years get 25 days of leave."
    assert changed_condition("Members with more than 5 years get 25 days of leave.", [quote]) is None
    assert changed_condition("Members with up to 5 years get 20 days of leave.", [quote]) is None


def test_a_rate_may_stand_in_a_title() -> None:
    assert changed_condition("You get EUR 50 per month.", ["Allowance: EUR 50"], ["Monthly allowances"]) is None
    assert changed_condition("You get EUR 50 per month.", ["Allowance: EUR 50"], ["Allowances"]) is not None


def test_one_quote_with_the_same_condition_is_enough() -> None:
    quotes = ["Notice is given at least 5 days before.", "Notice is given at most 5 days before."]
    assert changed_condition("Notice is given at least 5 days before.", quotes) is None


PLANS = "The Basic plan costs $5 per month. The Team plan costs $9 per month."
ROWS = ("Plan: Basic | Price: $5 | Seats: 3", "Plan: Team | Price: $9 | Seats: 10")
TERMS = "Probation lasts 12 weeks. Parental leave lasts 26 weeks."


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        ("The Basic plan costs $9 per month.", [PLANS]),
        ("The Basic plan costs $9.", ROWS),
        ("The Basic plan costs $9.", ["The Basic plan costs $5 and the Team plan costs $9."]),
        ("The Aarhus office closes on 3 May.", ["The Oslo office closes on 3 May, the Aarhus office closes on 5 May."]),
        ("Probation lasts 26 weeks.", [TERMS]),
        ("Trainees get 30 days of leave.", ["Managers get 30 days of leave and trainees get 28 days."]),
        ("Cars cost 60 euros a day.", ["Vans cost 60 euros a day to rent, and cars 40 euros."]),
        ("You get 30 days of sickness pay.", ["You get 30 days of leave and 28 days of sickness pay."]),
        ("Die Probezeit dauert 26 Wochen.", ["Die Probezeit dauert 12 Wochen. Die Elternzeit dauert 26 Wochen."]),
    ],
)
def test_a_value_of_something_else_is_noticed(sentence: str, quotes: list[str]) -> None:
    assert changed_condition(sentence, quotes) is not None


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        ("The Basic plan costs $5 per month.", [PLANS]),
        ("The Team plan costs $9, the Basic plan $5.", [PLANS]),
        ("Basic and Team cost $5 and $9.", [PLANS]),
        ("The cheapest plan costs $5.", [PLANS]),
        ("The Basic plan costs $5.", ROWS),
        ("Team has 10 seats for $9.", ROWS),
        ("Leave lasts 26 weeks and probation 12 weeks.", [TERMS]),
        ("Parents get 26 weeks off.", [TERMS]),
        ("Managers get 30 days of leave.", ["Managers get 30 days of leave and trainees get 28 days."]),
        ("Trainees get 28 days of leave.", ["Managers get 30 days of leave and trainees get 28 days."]),
        ("Cars cost 40 euros a day.", ["Vans cost 60 euros a day to rent, and cars 40 euros."]),
        ("Vans cost 60 euros a day.", ["Vans cost 60 euros a day to rent, and cars 40 euros."]),
        ("Trainees get 28 days of training.", ["Trainees get 30 days of leave and 28 days of training."]),
        ("Trainees get 30 days of leave.", ["Trainees get 30 days of leave and 28 days of training."]),
        (
            "The notice period is eight weeks after five years.",
            ["The notice period is four weeks; after five years it is eight weeks."],
        ),
    ],
)
def test_a_value_of_the_same_thing_is_left_to_it(sentence: str, quotes: list[str]) -> None:
    assert changed_condition(sentence, quotes) is None


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The limit is 50 kilometres per hour.", "The limit is 50 km/h."),
        ("You get 15 dollars per hour.", "You get $15/hr."),
        ("The rent is EUR 500 per month.", "The rent is EUR 500/mo."),
        ("The rent is 500 euros per month.", "The rent is 500 p.m."),
        ("The rent is EUR 50 per month.", "The rent is EUR 50 p.m."),
        ("The salary is 52,000 dollars per year.", "The salary is $52,000/yr."),
        ("The limit is 80 miles per hour.", "The limit is 80 mph."),
        ("You get $15/hr.", "You get 15 dollars per hour."),
    ],
)
def test_a_rate_may_be_written_short(sentence: str, quote: str) -> None:
    assert changed_condition(sentence, [quote]) is None


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The rent is EUR 500 per month.", "The rent is EUR 500/yr."),
        ("You get 15 dollars per month.", "You get $15/hr."),
        ("You get $15/hr.", "You get $15 per day."),
        ("The fee is EUR 20 per month.", "The fee of EUR 20 is due at 5 p.m."),
        ("The fee is EUR 20 per hour.", "The fee is EUR 20."),
    ],
)
def test_another_rate_is_noticed_though_written_short(sentence: str, quote: str) -> None:
    assert changed_condition(sentence, [quote]) is not None


def test_many_values_take_no_longer_than_they_are() -> None:
    row = ", ".join(f"plan {place} costs {place + 5} euros per month" for place in range(400))
    started = process_time()
    assert changed_condition("Plan 7 costs 12 euros per month.", [row]) is None
    assert changed_condition(", ".join(row.split(", ")[:30]), [row]) is None
    assert changed_condition("Plan 7 costs 12 euros per year.", [row.replace(",", "")]) is not None
    assert process_time() - started < 10


def test_long_rows_of_commas_take_no_longer_than_they_are() -> None:
    quote = "Submit by" + "," * 2000 + "x 5 May 2020."
    started = process_time()
    assert changed_condition("Submit it by 5 May 2020.", [quote]) is None
    assert process_time() - started < 5
