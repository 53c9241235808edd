"""Numbers, dates, amounts and names of a sentence against its sources."""

import pytest

from assistant.facts import FactKind, has_date, missing_facts, states_another_number, states_money


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("You get four weeks off.", "Staff get 4 weeks."),
        ("The fee is $1,000.", "A fee of 1000 dollars applies."),
        ("It has 1.5 million users.", "We count 1,500,000 users."),
        ("Es kostet 1.500 Euro.", "The price is €1,500."),
        ("It was paid on March 5, 2024.", "Payment: 2024-03-05"),
        ("It ended on 5 March 2024.", "It ended 05/03/2024."),
        ("Am 3. Mai 2020 beginnt es.", "It begins on 3 May 2020."),
        ("It opened in 2001.", "The doors opened on May 3, 2001."),
        ("The rate is 20%.", "The rate is twenty percent."),
        ("It takes 4 weeks.", "It takes 4 consecutive weeks."),
        ("Store it at -20 °C.", "Storage: −20 °C"),
        ("It takes 10 to 20 days.", "It takes 10-20 days."),
        ("It holds 40 bar.", "Pressure (bar): 40"),
        ("Ask Jane Doe.", "Jane Doe answers questions."),
        ("You earn PTO every month.", "Paid time off is earned every month."),
        ("Use form A-12 here.", "The form is a-12."),
        ("Close at 10:30 today.", "We close at 10:30."),
        ("It lasts one year.", "It lasts a year."),
        ("The limit is 25 GB.", "limited to 25 GB"),
    ],
)
def test_the_same_fact_in_other_words_is_found(sentence: str, source: str) -> None:
    assert missing_facts(sentence, [source]) == []


@pytest.mark.parametrize(
    ("sentence", "source", "kind"),
    [
        ("You get five weeks off.", "Staff get 4 weeks.", FactKind.NUMBER),
        ("You get 4 days off.", "Staff get 4 weeks.", FactKind.NUMBER),
        ("The fee is €1,000.", "The fee is 1000 dollars.", FactKind.NUMBER),
        ("The rate is 20%.", "There are 20 employees.", FactKind.NUMBER),
        ("It costs $12.50.", "It costs $12.05.", FactKind.NUMBER),
        ("It has 2 million users.", "It has 2 billion users.", FactKind.NUMBER),
        ("Store it at 20 °C.", "Store it at -20 °C.", FactKind.NUMBER),
        ("Store it at -20 °C.", "Store it at 20 °C.", FactKind.NUMBER),
        ("Store it at 20 °C.", "Store it at 20 °F.", FactKind.NUMBER),
        ("It holds 40 bar.", "It holds 40 mbar.", FactKind.NUMBER),
        ("It was paid on March 6, 2024.", "Payment: 2024-03-05", FactKind.DATE),
        ("It starts in April.", "It starts in May 2020.", FactKind.DATE),
        ("Ask Jane Roe.", "Jane Doe answers questions.", FactKind.NAME),
        ("Bob Smith said so.", "Jane said so.", FactKind.NAME),
        ("The team in Paris works.", "The team in London works.", FactKind.NAME),
        ("Use form A-12 here.", "Class A, number 12", FactKind.NAME),
        ("Close at 10:45 today.", "We close at 10:30.", FactKind.NAME),
        ("It needs ISO-27002 papers.", "It needs ISO-27001 papers.", FactKind.NAME),
    ],
)
def test_a_fact_that_no_source_states_is_named(sentence: str, source: str, kind: FactKind) -> None:
    assert kind in {fact.kind for fact in missing_facts(sentence, [source])}


def test_sources_are_read_together() -> None:
    assert missing_facts("Ann pays 5 dollars.", ["It is Ann who pays.", "The price is 5 dollars."]) == []


def test_a_name_may_stand_in_the_title_and_a_number_may_not() -> None:
    assert missing_facts("With Contoso Plus it is free.", ["It is free."], ["Contoso Plus"]) == []
    assert missing_facts("In 2031 it is free.", ["It is free."], ["Plan 2031"]) != []


def test_german_nouns_are_no_names_but_persons_are() -> None:
    source = "Angestellte bekommen die Kosten zurück."
    assert missing_facts("Die Firma trägt die Kosten für den Weg und das Essen.", [source]) == []
    assert missing_facts("Das Geld wird von Frau Müller und der Bank gezahlt.", [source]) != []


def test_recognises_numbers_and_times() -> None:
    assert states_another_number("about twelve people", "How many of the 3 teams are there?")
    assert not states_another_number("one of the 3 teams", "How many of the 3 teams are there?")
    assert has_date("on Tuesday")
    assert not has_date("in the kitchen")


def test_recognises_money() -> None:
    assert states_money("It costs 1,200 euros.")
    assert states_money("The budget is 3.2 percent of all salaries.")
    assert not states_money("It is inspected every 12 months.")
