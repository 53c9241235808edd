"""Names and parties in each other's place."""

from time import process_time

import pytest

from assistant.roles import exchanged_roles


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Anna reports to Ben.", "Ben reports to Anna."),
        ("Anna Lind reports to Ben Okoro.", "Ben Okoro reports to Anna Lind."),
        ("Since May, Anna reports to Ben.", "Ben reports to Anna since May."),
        ("Anna manages Ben.", "Anna is managed by Ben."),
        ("Ben is managed by Anna.", "Ben manages Anna."),
        ("The manager informs the employee in writing.", "The employee informs the manager in writing."),
        ("Anna sends the report to Ben.", "Ben sends the report to Anna every Friday."),
        ("Ben is the head of Anna.", "Anna is the head of Ben."),
        ("Anna is Ben's mentor.", "Ben is Anna's mentor."),
        ("The train goes from Berlin to Paris.", "The train goes from Paris to Berlin."),
        ("Contoso bought Fabrikam in 2019.", "Fabrikam bought Contoso in 2019."),
        ("Contoso was bought by Fabrikam.", "Contoso bought Fabrikam."),
        ("Anna berichtet an Ben.", "Ben berichtet an Anna."),
        ("Der Mitarbeiter informiert den Vorgesetzten.", "Der Vorgesetzte informiert den Mitarbeiter."),
        ("The customer pays the supplier within 30 days.", "The supplier pays the customer within 30 days."),
        ("Anna earns more than Ben.", "Ben earns more than Anna."),
        ("Carla reports to Anna.", "Ben reports to Anna and Anna reports to Carla."),
        ("Managers report to employees.", "Employees report to managers."),
        ("Suppliers pay the customers.", "The customers pay the suppliers."),
        ("The trainees train the mentors.", "The mentors train the trainees."),
    ],
)
def test_exchanged_roles_are_noticed(sentence: str, quote: str) -> None:
    assert exchanged_roles(sentence, [quote]) is not None


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Anna reports to Ben.", "Anna reports to Ben."),
        ("Anna reports to Ben.", "To Ben, Anna reports."),
        ("Ben manages Anna.", "Anna is managed by Ben."),
        ("Anna is managed by Ben.", "Ben manages Anna."),
        ("Ben, to whom Anna reports, leads sales.", "Anna reports to Ben, who leads sales."),
        ("Anna reports to Ben, who leads sales.", "Ben leads sales. Anna reports to Ben."),
        ("Anna and Ben report to Carla.", "Ben and Anna report to Carla."),
        ("Anna reports to Carla.", "Ben reports to Anna and Anna reports to Carla."),
        ("Ben reports to Anna.", "Ben reports to Anna and Anna reports to Carla."),
        ("Anna met Ben in May.", "Ben met Anna in May."),
        ("Ben's mentor is Anna.", "Anna is the mentor of Ben."),
        ("Anna is Ben's mentor.", "Anna is the mentor of Ben."),
        ("Ben's mentor is Anna.", "Anna is Ben's mentor."),
        ("Fabrikam was bought by Contoso in 2019.", "In 2019 Contoso bought Fabrikam."),
        ("The employee gets the approval from the manager.", "The manager gives the approval to the employee."),
        ("The manager approves the employee's request.", "The employee's request is approved by the manager."),
        ("The employee asks the manager for approval.", "The manager must be asked for approval by the employee."),
        ("Anna wird von Ben geführt.", "Ben führt Anna."),
        ("Den Vorgesetzten informiert der Mitarbeiter.", "Der Mitarbeiter informiert den Vorgesetzten."),
        ("Carla informs Dan after Anna informs Ben.", "Anna informs Ben before Carla informs Dan."),
        ("Paris and Berlin are served by trains.", "Trains serve Berlin and Paris."),
        ("Employees report to managers.", "All employees report to their managers."),
        ("The company employs the contractors.", "The contractors are employed by the company."),
        ("The customers pay the suppliers.", "The suppliers are paid by the customers."),
        ("The train goes to Paris from Berlin.", "The train goes from Berlin to Paris."),
        ("Members of the board, such as Ben, inform Anna.", "Ben and other members of the board inform Anna."),
        ("The committee with Anna and Ben decides.", "Ben and Anna decide in the committee."),
        (
            "The employee informs the manager, who informs HR.",
            "HR is informed by the manager after the employee informs the manager.",
        ),
    ],
)
def test_the_same_roles_in_another_order_are_not_exchanged(sentence: str, quote: str) -> None:
    assert exchanged_roles(sentence, [quote]) is None


def test_a_quote_that_gives_them_the_same_roles_is_enough() -> None:
    quotes = ["Ben reports to Anna in the project.", "Outside of the project, Anna reports to Ben."]
    assert exchanged_roles("Anna reports to Ben.", quotes) is None


def test_many_parties_take_no_longer_than_they_are() -> None:
    quote = "Anna informs Ben and " * 1000 + "Carla."
    started = process_time()
    assert exchanged_roles("Anna informs Ben.", [quote]) is None
    assert process_time() - started < 10


def test_what_speaks_of_something_else_is_left_alone() -> None:
    quote = "Ben reports to Anna about the yearly budget of the northern region."
    assert (
        exchanged_roles("Anna reports incidents, outages and near misses to Ben at once by telephone.", [quote]) is None
    )
