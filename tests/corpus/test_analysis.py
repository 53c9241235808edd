"""Cutting text into terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.analysis import Analysis, Language, QuestionTerm, arabic_stem

ENGLISH_STOP_WORDS = frozenset(
    """a about and are be but by do does for from how i in into is it my not of on or our the this to us was what when
    where which who with you your""".split()
)
ENGLISH = Language("en", lambda word: word.removesuffix("s"), ENGLISH_STOP_WORDS.__contains__)
GERMAN = Language("de", lambda word: word.removesuffix("en"), frozenset({"die", "der", "in", "was"}).__contains__)
ANALYSIS = Analysis([ENGLISH, GERMAN, Language("ar", arabic_stem, lambda word: False)])


def terms(text: str, language: str = "en") -> list[str]:
    return ANALYSIS.document_terms(text, language).terms


def alternatives(question: str, *present: str) -> list[set[str]]:
    return [set(term.alternatives) for term in ANALYSIS.question_terms(question, dict.fromkeys(present, 1))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Boats, and the boat!", ["boat", "boat"]),
        ("Ask IT about it", ["ask", "IT"]),
        ("HX-200", ["hx", "200", "hx200"]),
        ("HX200", ["hx200", "hx", "200"]),
        ("4.2.1", ["4.2.1", "4", "4.2"]),
        ("2024-05-01", ["2024.05.01", "2024", "2024.05", "05", "01"]),
        ("1,250.40", ["1.250.40", "1250", "1250.40"]),
        ("10\u202f000 and 10 000", ["10.000", "10000", "10000", "10", "000"]),
        ("1, 2,3", ["1", "2.3", "2"]),
        ("e\u2011mail", ["mail", "email"]),
        ("sup\u00adport", ["support"]),
        ("Ａcme", ["acme"]),
        ("C# and C++, but note#", ["c", "c#", "c", "c++", "note"]),
        ("Zoë's café", ["zoe", "cafe"]),
        ("東京都", ["東", "京", "都", "東京", "京都"]),
        ("第3章", ["第", "3", "章"]),
        ("ที่นี่", ["ที่", "นี่", "ที่นี่"]),
        ("क्षमता", ["क्षमता"]),
        ("١٢٣", ["123"]),
        ("", []),
        ("?!… —", []),
    ],
)
def test_a_document_is_cut_into_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_a_document_of_unknown_language_keeps_every_word_as_it_is() -> None:
    assert terms("The boats", "und") == ["the", "boats"]


def test_long_words_of_compounding_languages_give_their_beginnings_and_endings() -> None:
    parts = ANALYSIS.document_terms("Reisekosten und Rechte", "de").parts
    assert {"reis", "reise", "kost"} <= set(parts)
    assert all(4 <= len(part) <= 6 for part in parts)
    assert ANALYSIS.document_terms("Internationalisation", "en").parts == []


def test_a_question_is_stemmed_in_every_language_present() -> None:
    assert alternatives("boats frachten", "en", "de") == [{"boat", "boats"}, {"frachten", "fracht"}]
    assert alternatives("boats", "en") == [{"boat", "boats"}]
    assert alternatives("boats") == [{"boats"}]


def test_stop_words_of_the_questions_language_are_left_out() -> None:
    assert alternatives("was kostet die Fracht in der Stadt", "en", "de") == [{"kostet"}, {"fracht"}, {"stadt"}]
    assert alternatives("die casting", "en", "de") == [{"die"}, {"casting"}]
    assert alternatives("what is it", "en", "de") == []


def test_each_word_of_a_question_counts_once() -> None:
    assert alternatives("boat, boat and boat", "en") == [{"boat"}]


def test_umlauts_may_be_spelt_out() -> None:
    assert {"grosse", "groesse"} <= alternatives("größe", "de")[0]
    assert "grosse" in alternatives("groesse", "de")[0]


def test_a_long_word_of_a_question_is_also_looked_up_by_its_parts() -> None:
    (term,) = ANALYSIS.question_terms("Reisekosten", {"de": 1})
    assert "reise" in term.parts_of_it
    assert term.part == ("reisekost",)
    assert ANALYSIS.question_terms("Reisekosten", {"en": 1}) == [QuestionTerm(("reisekosten",), (), ())]


@pytest.mark.parametrize(
    ("word", "stem"), [("والإجازات".replace("إ", "ا"), "اجاز"), ("اجازة", "اجاز"), ("موظفين", "موظف"), ("من", "من")]
)
def test_arabic_loses_its_article_and_endings(word: str, stem: str) -> None:
    assert arabic_stem(word) == stem


@given(text=st.text(), language=st.sampled_from(["en", "de", "ar", "und"]))
def test_terms_hold_no_white_space_and_are_not_empty(text: str, language: str) -> None:
    document = ANALYSIS.document_terms(text, language)
    assert all(term and not any(character.isspace() for character in term) for term in document.terms + document.parts)


@given(word=st.from_regex(r"[A-Za-zÀ-ÿ]{3,20}|\d{1,9}|[A-Z]{1,4}-\d{1,5}", fullmatch=True))
def test_a_word_is_found_by_itself(word: str) -> None:
    for language in ("en", "de"):
        stored = set(terms(word, language))
        asked = ANALYSIS.question_terms(word, {language: 1})
        assert not stored or any(stored & {*term.alternatives} for term in asked)
