"""The key gate: what the evidence supports, by itself and with a language model that answers blind."""

import json
import time
from dataclasses import replace

import pytest

from assistant.litellm_language_model import LitellmLanguageModel
from assistant.model_budget import Boundless, BudgetSpent
from authoring.blind_answer import LONGEST_REPLY_TOKENS, BlindAnswering
from authoring.claim import Claim, Evidence, Stance
from authoring.item_key import SETTLED, KeyGate
from authoring.quiz_item import ItemKind, Option, QuizItem
from corpus.embedder import Embedder
from corpus.locator import HeadingLocator
from tests.assistant.scripted_model import ModelServer, Reply, ScriptedModel
from tests.authoring.some_items import HANDBOOK, a_statement, an_item

WHERE = ("Where is leave requested?", "In the staff portal", "At the reception", "At the travel desk")
HOW_MANY = ("How many days of paid leave does an employee have in a year?", "10 days", "28 days", "42 days")


@pytest.fixture(scope="module")
def gate(embedder: Embedder) -> KeyGate:
    return KeyGate(embedder)


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        (WHERE, 0),
        (HOW_MANY, 1),
        (("What does the reception hand out for a lost badge?", "A new badge", "A visitor card", "A receipt"), 1),
        (("A flight can be booked when the train takes longer than:", "ten days", "two weeks", "six hours"), 2),
    ],
    ids=["place", "number", "thing", "continued"],
)
def test_only_the_option_that_the_evidence_supports_is_let_through(
    gate: KeyGate, asked: tuple[str, ...], right: int
) -> None:
    verdicts = [gate.judge(an_item(*asked, key=place), HANDBOOK) for place in range(len(asked) - 1)]
    assert [verdict.ok for verdict in verdicts] == [place == right for place in range(len(asked) - 1)]
    wrong = verdicts[right - 1]
    assert wrong.score < verdicts[right].score
    assert f"agrees more with “{asked[1 + right]}”" in wrong.reason


@pytest.mark.parametrize("kind", [ItemKind.CLOZE, ItemKind.MULTIPLE_CHOICE])
def test_a_sentence_of_the_evidence_with_a_gap_takes_only_what_stands_there(gate: KeyGate, kind: ItemKind) -> None:
    stem = "Receipts are sent to the travel desk within _____ of the return."
    options = ("three working days", "ten days", "six hours")
    verdicts = [gate.judge(an_item(stem, *options, key=place, kind=kind), HANDBOOK) for place in range(3)]
    assert [verdict.score for verdict in verdicts] == pytest.approx([1 - SETTLED, SETTLED, 1 - SETTLED])
    assert "agrees more with “ten days” than with the key “six hours”" in verdicts[2].reason


def test_a_second_key_that_is_not_supported_is_caught(gate: KeyGate) -> None:
    stem, *options = HOW_MANY
    assert not gate.judge(an_item(f"{stem} (Select all that apply)", *options, key=(1, 2)), HANDBOOK).ok


@pytest.mark.parametrize(
    ("said", "is_true"),
    [
        ("Leave is requested in the staff portal at least two weeks before it begins.", True),
        ("Every employee has 28 days of paid leave in a calendar year.", True),
        ("Every employee has 42 days of paid leave in a calendar year.", False),
        ("Visitor cards are not returned in the evening.", False),
        ("Trips inside the country are always made by plane.", False),
    ],
)
def test_a_statement_is_true_if_the_evidence_says_it_and_false_if_it_says_otherwise(
    gate: KeyGate, said: str, is_true: bool
) -> None:
    assert gate.judge(a_statement(said, key=is_true), HANDBOOK).ok
    assert not gate.judge(a_statement(said, key=not is_true), HANDBOOK).ok


def test_the_words_that_decide_about_a_statement_are_named(gate: KeyGate) -> None:
    said = a_statement("Every employee has 42 days of paid leave in a calendar year.", key=True)
    assert "“42 days” is not there" in gate.judge(said, HANDBOOK).reason


def test_what_is_not_the_case_is_the_option_that_the_evidence_does_not_support(gate: KeyGate) -> None:
    asked = (
        "Which of these is NOT done by the reception?",
        "Hands out a visitor card",
        "Blocks the badge",
        "Books a hotel in Lisbon",
    )
    assert gate.judge(an_item(*asked, key=2), HANDBOOK).ok
    assert not gate.judge(an_item(*asked, key=0), HANDBOOK).ok


def test_an_item_about_something_else_is_refused_whatever_its_key(gate: KeyGate) -> None:
    asked = ("Which gas do plants take in by photosynthesis?", "Carbon dioxide", "Argon", "Helium")
    for place in range(3):
        verdict = gate.judge(an_item(*asked, key=place), HANDBOOK)
        assert not verdict.ok
        assert "does not speak of" in verdict.reason


def test_an_item_that_its_own_stem_answers_is_refused(gate: KeyGate) -> None:
    item = an_item("Who asks for leave in the staff portal uses which portal?", "Staff portal", "Travel portal")
    verdict = gate.judge(item, HANDBOOK)
    assert not verdict.ok
    assert "The stem itself says “Staff portal”" in verdict.reason


def test_without_key_or_evidence_there_is_nothing_to_agree_with(gate: KeyGate) -> None:
    assert "No option is marked" in gate.judge(an_item(*WHERE, key=()), HANDBOOK).reason
    assert "no evidence" in gate.judge(an_item(*WHERE), []).reason


def evidence(quote: str, stance: Stance = Stance.SUPPORTS) -> Evidence:
    return Evidence(1, 1, "handbook.md", "Staff handbook", (), quote, (), HeadingLocator(()), stance)


def test_a_bound_item_is_held_against_its_own_quotes(gate: KeyGate) -> None:
    item = an_item(*WHERE)
    quote = "Leave is requested in the staff portal at least two weeks before it begins."
    bound = replace(item, stem=replace(item.stem, evidence=(evidence(quote),)))
    assert gate.judge(bound, []).ok
    taken = replace(item, stem=replace(item.stem, evidence=(evidence(quote, Stance.TAKEN_FROM),)))
    assert "no evidence" in gate.judge(taken, []).reason


def test_a_rationale_is_never_looked_at(gate: KeyGate) -> None:
    plain, explained = an_item(*HOW_MANY, key=2), an_item(*HOW_MANY, key=2, rationales=True)
    assert gate.judge(plain, HANDBOOK) == gate.judge(explained, HANDBOOK)


def test_an_accepted_answer_has_to_stand_near_what_is_asked(gate: KeyGate) -> None:
    stem = "Leave is requested in the _____ at least two weeks before it begins."
    assert gate.judge(an_item(stem, "staff portal", kind=ItemKind.SHORT_ANSWER), HANDBOOK).ok
    verdict = gate.judge(an_item(stem, "harbour office", kind=ItemKind.SHORT_ANSWER), HANDBOOK)
    assert not verdict.ok
    assert "harbour office" in verdict.reason


def test_steps_have_to_be_in_the_order_of_the_evidence(gate: KeyGate) -> None:
    steps = ("Report the lost badge to the reception", "The badge is blocked", "Visitor cards are returned")
    stem = "In which order does this happen after a badge was lost?"
    assert gate.judge(an_item(stem, *steps, key=(0, 1, 2), kind=ItemKind.ORDERING), HANDBOOK).ok
    turned = gate.judge(an_item(stem, *steps[::-1], key=(0, 1, 2), kind=ItemKind.ORDERING), HANDBOOK)
    assert not turned.ok
    assert turned.reason == f"The evidence has “{steps[1]}” before “{steps[2]}”."


def pairs(*matches: str) -> QuizItem:
    things = ("Receipts", "Visitor cards", "Leave")
    options = tuple(
        Option(Claim(str(number), thing), is_key=True, match=match)
        for number, (thing, match) in enumerate(zip(things, matches, strict=True))
    )
    return QuizItem("q", ItemKind.MATCHING, Claim("stem", "What belongs to receipts, cards and leave?"), options)


def test_pairs_have_to_be_said_together(gate: KeyGate) -> None:
    assert gate.judge(pairs("travel desk", "evening", "staff portal"), HANDBOOK).ok
    verdict = gate.judge(pairs("staff portal", "evening", "travel desk"), HANDBOOK)
    assert not verdict.ok
    assert "does not have “Receipts” and “staff portal” together" in verdict.reason


def reply(*options: int, quote: str = "") -> str:
    return json.dumps({"options": options, "quote": quote})


def blind(embedder: Embedder, *pieces: str) -> tuple[KeyGate, ScriptedModel]:
    model = ScriptedModel(pieces)
    return KeyGate(embedder, BlindAnswering(model, timeout_s=5)), model


def test_a_model_that_chooses_the_key_blind_changes_nothing(embedder: Embedder, gate: KeyGate) -> None:
    asked_blind, model = blind(embedder, reply(1))
    item = an_item(*WHERE)
    assert asked_blind.judge(item, HANDBOOK) == gate.judge(item, HANDBOOK)
    ((_, question),) = model.asked
    assert "1. In the staff portal\n2. At the reception" in question.text
    assert "Leave is requested in the staff portal" in question.text
    assert "key" not in question.text


def test_a_model_that_chooses_otherwise_blocks_and_is_quoted(embedder: Embedder) -> None:
    asked_blind, _ = blind(embedder, reply(2, quote="A lost badge must be reported to the reception at once."))
    verdict = asked_blind.judge(an_item(*WHERE), HANDBOOK)
    assert not verdict.ok
    assert verdict.reason == (
        "scripted/model, not knowing the key, chose “At the reception”, "
        "because of “A lost badge must be reported to the reception at once.”."
    )


def test_a_quote_that_the_model_made_up_is_not_shown(embedder: Embedder) -> None:
    asked_blind, _ = blind(embedder, reply(quote="Leave is never granted."))
    verdict = asked_blind.judge(an_item(*WHERE), HANDBOOK)
    assert verdict.reason == "scripted/model, not knowing the key, chose none of the options."


def test_a_model_that_agrees_lets_nothing_through_that_the_evidence_speaks_against(embedder: Embedder) -> None:
    asked_blind, _ = blind(embedder, reply(3))
    assert not asked_blind.judge(an_item(*HOW_MANY, key=2), HANDBOOK).ok


def test_who_asks_for_too_much_is_refused_before_the_model_is_asked(embedder: Embedder) -> None:
    class Spent(Boundless):
        def check(self, model: str) -> None:
            raise BudgetSpent(60)

    asked_blind, model = blind(embedder, reply(1))
    with pytest.raises(BudgetSpent):
        asked_blind.judge(an_item(*WHERE), HANDBOOK, Spent())
    assert not model.asked


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("replies", "ok", "said"),
    [
        (["```json\n" + reply(1) + "\n```"], True, ""),
        (["The first, I think.", reply(1)], True, "it is no JSON"),
        ([json.dumps({"options": ["1"], "quote": ""}), reply(1)], True, "(at options.0)"),
        ([reply(9), reply(2)], False, "numbered from 1 to 3"),
        (["no", "no"], False, "it is no JSON"),
    ],
    ids=["fenced", "prose", "wrong type", "no such option", "never"],
)
def test_a_reply_of_another_form_is_asked_for_once_more_and_then_refused(
    embedder: Embedder, replies: list[str], ok: bool, said: str
) -> None:
    with ModelServer(*(Reply(pieces=[text]) for text in replies)) as server:
        model = LitellmLanguageModel("openai/scripted", server.address, None, clock=time.monotonic, wait=time.sleep)
        model.prepare()
        verdict = KeyGate(embedder, BlindAnswering(model, timeout_s=30)).judge(an_item(*WHERE), HANDBOOK)
        assert verdict.ok is ok
        assert len(server.requests) == len(replies)
        assert server.requests[0]["max_tokens"] == LONGEST_REPLY_TOKENS
        if said:
            assert said in server.requests[1]["messages"][-1]["content"]
        if replies[-1] == "no":
            assert "twice not of the form" in verdict.reason
