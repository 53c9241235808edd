"""Statements of prose, lists, tables and transcripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences import Statement, StatementKind, is_of_contents, split_statements
from corpus.chunk import ChunkKind


def texts_of(text: str, kind: ChunkKind = ChunkKind.PROSE) -> list[str]:
    return [statement.text for statement in split_statements(text, kind)]


def lead_in_of(statement: Statement, text: str) -> str | None:
    return None if statement.lead_in is None else text[statement.lead_in.start : statement.lead_in.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rains. We stay.", ["It rains.", "We stay."]),
        ("Dr. Smith met Prof. Jones. They spoke.", ["Dr. Smith met Prof. Jones.", "They spoke."]),
        ("It costs $1.5 million, i.e. 3.2 percent. Fine.", ["It costs $1.5 million, i.e. 3.2 percent.", "Fine."]),
        ("We ship e.g. Bolts. Then we rest.", ["We ship e.g. Bolts.", "Then we rest."]),
        ("J. R. Smith left. So did I.", ["J. R. Smith left.", "So did I."]),
        ("He lives in the U.S. The house is old.", ["He lives in the U.S.", "The house is old."]),
        ("See Fig. 3 and No. 5. Read on.", ["See Fig. 3 and No. 5.", "Read on."]),
        ('She asked "Why?" and left. Nobody knew.', ['She asked "Why?" and left.', "Nobody knew."]),
        ("Use 2.0.1 now. Not 1.9!", ["Use 2.0.1 now.", "Not 1.9!"]),
        ("Am 3. Mai beginnt es. Wir (z. B. Kinder) gehen.", ["Am 3. Mai beginnt es.", "Wir (z. B. Kinder) gehen."]),
        ("他请了假。他走了！真的？是。", ["他请了假。", "他走了！", "真的？", "是。"]),
        ("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."]),
        ("यह एक है। यह दो है।", ["यह एक है।", "यह दो है।"]),
    ],
)
def test_sentences_end_where_a_reader_would_stop(text: str, expected: list[str]) -> None:
    assert texts_of(text) == expected


def test_a_wrapped_line_goes_on_in_the_next_one() -> None:
    text = "The notice period for permanent members of staff is\nFour weeks in the first year."
    assert texts_of(text) == [text]


def test_items_know_what_leads_them_in() -> None:
    text = "Every new employee receives:\n- a laptop\n- a badge. Keep it visible.\n\nNothing else."
    statements = split_statements(text, ChunkKind.PROSE)
    assert [(statement.text, lead_in_of(statement, text)) for statement in statements] == [
        ("Every new employee receives:", None),
        ("a laptop", "Every new employee receives:"),
        ("a badge.", "Every new employee receives:"),
        ("Keep it visible.", "Every new employee receives:"),
        ("Nothing else.", None),
    ]


def test_a_short_line_without_punctuation_is_a_title() -> None:
    kinds = [statement.kind for statement in split_statements("Parental leave\n\nIt lasts long.", ChunkKind.PROSE)]
    assert kinds == [StatementKind.TITLE, StatementKind.SENTENCE]


def test_every_line_of_a_table_is_a_row() -> None:
    text = "Plan: Basic | Price: $5. Or so | Seats: 3\nPlan: Pro | Price: $9 | Seats: 5"
    assert texts_of(text, ChunkKind.TABLE) == text.split("\n")


def test_the_first_words_of_a_turn_carry_the_speakers_name() -> None:
    statements = split_statements("Ana Lopez: Hello there. We ship in May.\nBo: Good.", ChunkKind.TRANSCRIPT)
    assert [(statement.speaker, statement.text) for statement in statements] == [
        ("Ana Lopez", "Ana Lopez: Hello there."),
        ("Ana Lopez", "We ship in May."),
        ("Bo", "Bo: Good."),
    ]


@given(st.text(alphabet=st.sampled_from("aB1 .!?:;-*\n\t“”'。？|•é\u00a0"), max_size=200), st.sampled_from(ChunkKind))
def test_statements_stand_where_they_say_and_never_overlap(text: str, kind: ChunkKind) -> None:
    end = 0
    for statement in split_statements(text, kind):
        assert statement.span.start >= end
        assert text[statement.span.start : statement.span.end] == statement.text == statement.text.strip() != ""
        end = statement.span.end


@given(st.text(alphabet=st.sampled_from("éB1 .!?:\n。"), max_size=200))
def test_no_letter_of_prose_is_lost(text: str) -> None:
    kept = "".join(texts_of(text))
    assert [letter for letter in kept if letter.isalpha()] == [letter for letter in text if letter.isalpha()]


def test_table_rows_among_prose_are_rows() -> None:
    text = "Rates:\n\nCountry: Denmark | Full day: €46\nCountry: Austria | Full day: €32\nMeals are deducted."
    found = [(statement.kind, statement.text) for statement in split_statements(text, ChunkKind.PROSE)]
    assert found[1:3] == [
        (StatementKind.ROW, "Country: Denmark | Full day: €46"),
        (StatementKind.ROW, "Country: Austria | Full day: €32"),
    ]


def test_the_rule_of_a_table_in_plain_text_says_nothing() -> None:
    text = "| Site | Pick-up |\n|---|---|\n| Aarhus | 17:15 |"
    kinds = [statement.kind for statement in split_statements(text, ChunkKind.PROSE)]
    assert kinds == [StatementKind.ROW, StatementKind.TITLE, StatementKind.ROW]


@pytest.mark.parametrize(
    "text",
    [
        "How to request leave\nSend the form.",
        "How to request leave.\nSend the form.",
        "How to request leave and other kinds of time off for members of staff\nSend the form.",
        "Requesting leave during the probation period of your contract\nSend the form. It is on the page of People "
        "Operations, where you also find whom to ask.",
        "1. How to request leave\nSend the form.",
        "2. Leave of absence\nSend the form.",
        "Wie man Urlaub beantragt\nSend the form.",
    ],
)
def test_a_headline_is_a_title_whatever_its_length_and_number(text: str) -> None:
    statements = split_statements(text, ChunkKind.PROSE)
    assert statements[0].kind is StatementKind.TITLE
    assert statements[1].text == "Send the form."


@pytest.mark.parametrize(
    "text",
    [
        "How to request leave is told by People Operations.",
        "Requesting leave without telling your manager is possible for one day.",
        "Working from home on two days of every week, which the team\nAgrees on, is usual.",
        "During the probation period of new members of staff their\nManager decides on leave. It may be refused then.",
    ],
)
def test_a_sentence_that_begins_like_a_headline_is_none(text: str) -> None:
    assert split_statements(text, ChunkKind.PROSE)[0].kind is StatementKind.SENTENCE
    assert split_statements(text, ChunkKind.PROSE)[0].text.startswith(text.split(".", maxsplit=1)[0])


def test_numbered_items_of_one_list_are_no_titles() -> None:
    text = "1. Sign the form\n2. Send the form\nThat was all."
    kinds = [statement.kind for statement in split_statements(text, ChunkKind.PROSE)]
    assert kinds == [StatementKind.ITEM, StatementKind.ITEM, StatementKind.SENTENCE]


def test_items_that_answer_how_are_kept_below_what_leads_them_in() -> None:
    text = "You learn:\n- how to request leave\n- how to request a badge"
    kinds = [statement.kind for statement in split_statements(text, ChunkKind.PROSE)]
    assert kinds == [StatementKind.SENTENCE, StatementKind.ITEM, StatementKind.ITEM]


@pytest.mark.parametrize(
    "line",
    [
        "3 Travel .................. 12",
        "3.1 Hotel limits . . . . . . . 4",
        "Preface ........ iv",
        "Travel ……… 12",
        "1 Scope 2\n2 Terms 3\n2.1 Words 3\n3 Duties 10",
    ],
)
def test_lines_of_contents_are_known(line: str) -> None:
    assert is_of_contents(line)


@pytest.mark.parametrize(
    "text",
    [
        "Wait ... then press 3.",
        "The limit is 12",
        "The limit for hotels is 110\nand for flights it is 20",
        "See chapter 3, page 12.",
        "Version 1.2.3.4 is from 2024.",
    ],
)
def test_what_only_looks_like_contents_is_not_taken_for_them(text: str) -> None:
    assert not is_of_contents(text)
