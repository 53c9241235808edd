"""Each rule finds its flaw, names the words, and leaves sound items alone."""

import pytest

from authoring.item_finding import Rule
from authoring.item_shape import check_shape
from authoring.quiz_item import ItemKind, QuizItem
from tests.authoring.some_items import a_statement, an_item

STEM = "Where is leave requested?"

FLAWED = [
    (Rule.ALL_OF_THE_ABOVE, an_item(STEM, "In the portal", "By letter", "All of the above"), "All of the above"),
    (Rule.ALL_OF_THE_ABOVE, an_item("Wo wird Urlaub beantragt?", "Im Portal", "Alle oben genannten"), "Alle oben"),
    (Rule.NONE_OF_THE_ABOVE, an_item(STEM, "In the portal", "By letter", "None of these"), "None of these"),
    (Rule.NONE_OF_THE_ABOVE, an_item("Wo wird Urlaub beantragt?", "Im Portal", "Keine der Antworten"), "Keine der"),
    (
        Rule.LONGEST_KEY,
        an_item(STEM, "In the staff portal, by the form that the personnel office has put there", "By letter"),
        "personnel office",
    ),
    (Rule.TRUE_FALSE_OPTIONS, an_item("Can leave be refused?", "Yes", "No", "By the manager"), "Yes / No"),
    (Rule.TRUE_FALSE_OPTIONS, an_item("Which of these statements is true?", "Leave ends", "Leave begins"), "is true"),
    (Rule.TRUE_FALSE_OPTIONS, an_item("Welche Aussage ist richtig?", "Urlaub endet", "Urlaub ruht"), "ist richtig"),
    (Rule.INCOMPLETE_STEM, an_item("Leave:", "is requested in the portal", "is requested by letter"), "Leave:"),
    (Rule.INCOMPLETE_STEM, an_item("In _____ leave is requested.", "the portal", "a letter"), "_____"),
    (Rule.ABSOLUTE, an_item(STEM, "In the portal", "Always by letter"), "Always"),
    (Rule.ABSOLUTE, an_item("Wo wird Urlaub beantragt?", "Im Portal", "Niemals im Portal"), "Niemals"),
    (Rule.ABSOLUTE, a_statement("Leave is always approved.", key=False), "always"),
    (Rule.WORD_IN_KEY, an_item("Who signs a travel request?", "The travel desk", "The reception"), "travel"),
    (Rule.K_TYPE, an_item("What is needed?", "A badge", "A card", "Both a and b"), "Both a and b"),
    (Rule.K_TYPE, an_item("Was wird gebraucht?", "Ein Ausweis", "Eine Karte", "Nur A und B"), "Nur A und B"),
    (Rule.GRAMMATICAL_CUE, an_item("Who is late needs an", "apology", "badge", "card"), "an"),
    (Rule.GRAMMATICAL_CUE, an_item("The things to return in the evening are:", "Cards", "Badge", "Key"), "are"),
    (Rule.NUMBER_ORDER, an_item("How many days of leave are there?", "28 days", "30 days", "21 days"), "28 days / 30"),
    (Rule.VAGUE, an_item(STEM, "Usually in the portal", "By letter"), "Usually"),
    (Rule.VAGUE, an_item("Wo wird Urlaub in der Regel beantragt?", "Im Portal", "Per Brief"), "in der Regel"),
    (Rule.NEGATIVE_STEM, an_item("Which of these is NOT a visitor card?", "A badge", "A day card"), "NOT"),
    (Rule.NEGATIVE_STEM, an_item("Welche Karte gilt nicht?", "Die alte", "Die neue"), "nicht"),
    (Rule.KEY_COUNT, an_item(STEM, "In the portal", "By letter", key=(0, 1)), "In the portal / By letter"),
    (Rule.KEY_COUNT, an_item(STEM, "In the portal", "By letter", key=()), ""),
    (Rule.SAME_OPTION, an_item(STEM, "In the portal", "By letter", "by letter."), "by letter."),
    (
        Rule.CONVERGENCE,
        an_item("What does the desk check?", "Date and amount", "Date and purpose", "Reason and amount", "Name"),
        "date, amount",
    ),
]


@pytest.mark.parametrize(
    ("rule", "item", "words"), FLAWED, ids=[f"{rule}: {item.stem.text}" for rule, item, _ in FLAWED]
)
def test_a_flaw_is_found_with_its_words_and_a_mend(rule: Rule, item: QuizItem, words: str) -> None:
    found = {finding.rule: finding for finding in check_shape(item)}
    assert rule in found
    assert words in found[rule].words
    assert found[rule].mend.endswith(".")


SOUND = [
    an_item("Where does an employee request leave?", "In the staff portal", "At the reception", "With the travel desk"),
    an_item("Wo beantragen Beschäftigte ihren Urlaub?", "Im Personalportal", "Am Empfang", "Bei der Reisestelle"),
    an_item("How many days of paid leave does a year have?", "21 days", "28 days", "30 days", key=1),
    an_item("How many days of paid leave does a year have?", "1.500", "1.200", "900", key=1),
    an_item("The desk that receipts are sent to is the", "travel desk", "help desk", "front desk"),
    an_item("Who is late gives an", "apology", "excuse", "answer"),
    an_item("How many controllers does the bus have?", "Only one controller", "Two controllers", "Four controllers"),
    an_item("When does it apply?", "Always in winter", "Always in summer", "Always in spring"),
    a_statement("A flight can be booked when the train takes longer than six hours.", key=True),
    an_item("The reception hands out a _____ for the day.", "visitor card", kind=ItemKind.SHORT_ANSWER),
    an_item("Leave is requested in the _____ portal.", "staff", "visitor", "travel", kind=ItemKind.CLOZE),
]


@pytest.mark.parametrize("item", SOUND, ids=[item.stem.text for item in SOUND])
def test_nothing_is_found_in_a_sound_item(item: QuizItem) -> None:
    assert check_shape(item) == ()


def test_a_rule_is_named_once_however_often_it_is_broken() -> None:
    item = an_item(STEM, "Usually in the portal", "Often by letter", "Sometimes by telephone")
    assert [finding.rule for finding in check_shape(item)] == [Rule.VAGUE]


def test_a_longer_key_that_hardly_shows_is_let_be() -> None:
    assert check_shape(an_item(STEM, "In the staff portal", "At the reception", "By telephone")) == ()


@pytest.mark.parametrize("stem", ["How often are badges checked?", "Wie oft werden Ausweise geprüft?"])
def test_who_asks_how_often_is_not_vague(stem: str) -> None:
    assert check_shape(an_item(stem, "2 times", "4 times", "6 times")) == ()
