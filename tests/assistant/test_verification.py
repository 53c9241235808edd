"""What may be shown."""

import pytest

from assistant.composer import DraftSentence
from assistant.verification import FailureKind, Verdict, Verifier, unsupported_part
from corpus.citation import Quote
from corpus.embedder import Embedder
from corpus.locator import Span
from tests.assistant.passages import a_passage

TEXT = (
    "Parental leave lasts 26 weeks and is paid in full.\nRequests go to People Operations at least two months before. "
    "Employees on probation must not work abroad. The cafeteria opens at 8:00."
)
LEAVE = "Parental leave lasts 26 weeks and is paid in full."
REQUESTS = "Requests go to People Operations at least two months before."
ABROAD = "Employees on probation must not work abroad."
PASSAGES = [a_passage(TEXT, chunk_id=7, title="Contoso handbook")]


def verified(embedder: Embedder, text: str, *quotes: str, chunk_id: int = 7) -> Verdict:
    return Verifier(embedder).verify(DraftSentence(text, tuple(Quote(chunk_id, quote) for quote in quotes)), PASSAGES)


def kinds(verdict: Verdict) -> set[FailureKind]:
    return {failure.kind for failure in verdict.failures}


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        (LEAVE, [LEAVE]),
        ("Parental leave is fully paid and lasts twenty-six weeks.", [LEAVE]),
        ("You get 26 weeks of paid parental leave.", [LEAVE]),
        ("Ask People Operations at least 2 months before parental leave, which lasts 26 weeks.", [LEAVE, REQUESTS]),
        ("At Contoso, parental leave lasts 26 weeks.", [LEAVE]),
        ("Working abroad is not allowed during probation.", [ABROAD]),
        ("You get 26 weeks of parental leave, and full pay while it lasts.", [LEAVE]),
        ("Parental leave lasts 26 weeks and requests go to People Operations.", [LEAVE, REQUESTS]),
    ],
)
def test_what_its_quotes_say_may_be_shown(embedder: Embedder, text: str, quotes: list[str]) -> None:
    assert verified(embedder, text, *quotes).failures == ()


@pytest.mark.parametrize(
    ("text", "quote", "kind"),
    [
        ("Parental leave lasts 27 weeks and is paid in full.", LEAVE, FailureKind.NUMBER),
        ("Parental leave lasts 26 days and is paid in full.", LEAVE, FailureKind.NUMBER),
        ("Parental leave since March 2020 lasts 26 weeks.", LEAVE, FailureKind.DATE),
        ("Parental leave of Jane Roe lasts 26 weeks.", LEAVE, FailureKind.NAME),
        ("Parental leave does not last 26 weeks and is not paid in full.", LEAVE, FailureKind.POLARITY),
        ("Employees on probation must work abroad.", ABROAD, FailureKind.POLARITY),
        ("Requests go to People Operations at most two months before.", REQUESTS, FailureKind.POLARITY),
        ("Requests go to People Operations up to two months before.", REQUESTS, FailureKind.CONDITION),
        ("Parental leave lasts 26 weeks and every mother receives a basket of gifts.", LEAVE, FailureKind.PART),
        ("Parental leave lasts 26 weeks, because the works council insisted on that.", LEAVE, FailureKind.PART),
        ("A basket of gifts awaits everybody and parental leave lasts 26 weeks.", LEAVE, FailureKind.PART),
        ("The office dog is fed by the receptionist.", LEAVE, FailureKind.MEANING),
        ("Parental leave lasts 26 weeks.", "Parental leave lasts 30 weeks.", FailureKind.NOT_VERBATIM),
        ("Parental leave lasts 26 weeks.", "", FailureKind.NOT_VERBATIM),
    ],
)
def test_what_its_quote_does_not_say_may_not(embedder: Embedder, text: str, quote: str, kind: FailureKind) -> None:
    verdict = verified(embedder, text, quote)
    assert not verdict.passed
    assert kind in kinds(verdict)


def test_a_sentence_without_a_quote_may_not_be_shown(embedder: Embedder) -> None:
    assert kinds(verified(embedder, LEAVE)) == {FailureKind.NO_QUOTE}


def test_a_chunk_that_was_not_found_for_the_question_cannot_be_quoted(embedder: Embedder) -> None:
    assert kinds(verified(embedder, LEAVE, LEAVE, chunk_id=8)) == {FailureKind.NOT_RETRIEVED}


def test_a_quote_is_found_whatever_its_white_space(embedder: Embedder) -> None:
    verdict = verified(
        embedder, "It is paid in full. Requests go to People Operations.", "full.  Requests go\nto People"
    )
    assert verdict.quotes == () or verdict.quotes[0].span == Span(TEXT.index("full."), TEXT.index(" Operations"))


def test_a_quote_that_supports_nothing_is_not_cited(embedder: Embedder) -> None:
    verdict = verified(embedder, "Parental leave lasts 26 weeks.", LEAVE, "The cafeteria opens at 8:00.")
    assert [quote.text for quote in verdict.quotes] == [LEAVE]


def test_a_list_item_said_with_its_lead_in_is_verbatim(embedder: Embedder) -> None:
    passages = [a_passage("You receive:\n- a laptop\n- 3 badges", chunk_id=7)]
    draft = DraftSentence("You receive: 3 badges", (Quote(7, "You receive:"), Quote(7, "3 badges")))
    assert Verifier(embedder).verify(draft, passages).passed


def test_roles_that_were_exchanged_may_not_be_shown(embedder: Embedder) -> None:
    passages = [a_passage("Jane Roe reports to Ben Okoro.", chunk_id=7)]
    draft = DraftSentence("Ben Okoro reports to Jane Roe.", (Quote(7, "Jane Roe reports to Ben Okoro."),))
    assert kinds(Verifier(embedder).verify(draft, passages)) == {FailureKind.ROLES}


def test_what_is_longer_than_a_sentence_may_only_be_shown_word_for_word(embedder: Embedder) -> None:
    rows = "Parental leave lasts 26 weeks, " * 40
    passages = [a_passage(rows, chunk_id=7)]
    told = DraftSentence(f"{rows} and is paid", (Quote(7, rows.strip()),))
    assert kinds(Verifier(embedder).verify(told, passages)) == {FailureKind.TOO_LONG}
    assert Verifier(embedder).verify(DraftSentence(rows, (Quote(7, rows.strip()),)), passages).passed


def test_a_title_supports_a_part_of_a_sentence() -> None:
    sentence = "Parental leave lasts 26 weeks and the travel policy covers taxis."
    assert unsupported_part(sentence, [LEAVE]) == "the travel policy covers taxis."
    assert unsupported_part(sentence, [LEAVE, "Travel policy"]) is None
