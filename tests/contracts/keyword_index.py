"""What every KeywordIndex must do."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from corpus.index import IndexedText, KeywordIndex

HR, SALES, BOARD = 1, 2, 3


def a_text(
    chunk_id: int,
    text: str,
    title: str = "",
    headings: tuple[str, ...] = (),
    language: str = "en",
    version_id: int = 1,
    audience_id: int = HR,
) -> IndexedText:
    return IndexedText(chunk_id, version_id, audience_id, language, title, headings, text)


def found(index: KeywordIndex, question: str, audience_ids: Sequence[int] = (HR,), limit: int = 10) -> list[int]:
    return [hit.chunk_id for hit in index.search(audience_ids, question, limit)]


class KeywordIndexContract:
    """Subclass it and give the fixture `index`, an empty index."""

    @pytest.fixture
    def index(self) -> KeywordIndex:
        raise NotImplementedError

    def test_an_empty_index_finds_nothing(self, index: KeywordIndex) -> None:
        assert index.search([HR], "leave", 10) == []

    def test_finds_the_chunks_with_a_word_of_the_question_best_first(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "Parental leave lasts 26 weeks."), a_text(2, "Leave."), a_text(3, "Travel expenses.")])
        hits = index.search([HR], "How long is parental leave?", 10)
        assert [hit.chunk_id for hit in hits] == [1, 2]
        assert hits[0].score > hits[1].score > 0

    def test_titles_and_headings_are_searched_too(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "It lasts 26 weeks.", title="Parental leave"), a_text(2, "Ask Ana.", headings=("Leave",))])
        assert sorted(found(index, "leave")) == [1, 2]

    def test_what_was_added_is_found_at_once(self, index: KeywordIndex) -> None:
        for chunk_id, word in enumerate(["leave", "travel", "salary", "pension"]):
            index.add([a_text(chunk_id, f"The {word} policy applies.")])
            assert found(index, word) == [chunk_id]

    def test_only_the_named_audiences_are_searched(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "salary bands"), a_text(2, "salary bands", audience_id=SALES)])
        assert found(index, "salary", [HR]) == [1]
        assert found(index, "salary", [SALES]) == [2]
        assert found(index, "salary", [SALES, HR]) == [1, 2]
        assert found(index, "salary", [HR, HR]) == [1]
        assert found(index, "salary", [BOARD]) == []
        assert found(index, "salary", []) == []

    def test_a_better_match_of_another_audience_takes_no_place(self, index: KeywordIndex) -> None:
        index.add([a_text(number, "salary salary salary", audience_id=SALES) for number in range(50)])
        index.add([a_text(100, "a long text in which the salary is mentioned at some place or other")])
        assert found(index, "salary", [HR], limit=1) == [100]

    def test_equal_scores_are_ordered_by_chunk_id(self, index: KeywordIndex) -> None:
        for chunk_id in (30, 10, 40, 20, *range(100, 140)):
            index.add([a_text(chunk_id, "annual leave")])
        assert found(index, "leave", limit=3) == [10, 20, 30]
        assert found(index, "leave", limit=100) == [10, 20, 30, 40, *range(100, 140)]

    def test_gives_at_most_limit_hits(self, index: KeywordIndex) -> None:
        index.add([a_text(number, "leave " + "and more " * number) for number in range(20)])
        assert found(index, "leave", limit=7) == found(index, "leave", limit=100)[:7]
        assert found(index, "leave", limit=0) == []

    def test_adding_a_chunk_again_replaces_it(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "parental leave")])
        index.add([a_text(1, "travel expenses")])
        assert found(index, "leave") == []
        assert found(index, "expenses") == [1]

    def test_a_chunk_added_to_another_audience_leaves_the_first(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "leave")])
        index.add([a_text(1, "leave", audience_id=SALES)])
        assert found(index, "leave", [HR]) == []
        assert found(index, "leave", [SALES]) == [1]

    def test_the_last_of_equal_chunk_ids_counts(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "parental leave"), a_text(1, "travel expenses")])
        assert found(index, "leave") == []
        assert found(index, "expenses") == [1]

    def test_removing_a_version_forgets_all_its_chunks_in_every_audience(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "leave", version_id=1), a_text(2, "leave", version_id=2)])
        index.add([a_text(3, "leave", version_id=1, audience_id=SALES)])
        index.remove([1])
        assert found(index, "leave", [HR, SALES]) == [2]

    def test_removing_unknown_versions_or_none_changes_nothing(self, index: KeywordIndex) -> None:
        index.remove([7])
        index.add([a_text(1, "leave")])
        index.add([])
        index.remove([7, 8])
        index.remove([])
        assert found(index, "leave") == [1]

    def test_equal_searches_give_equal_hits(self, index: KeywordIndex) -> None:
        for batch in range(5):
            index.add([a_text(batch * 40 + row, f"leave {'policy ' * (row % 7)}") for row in range(40)])
        assert index.search([HR], "leave policy", 50) == index.search([HR], "leave policy", 50)

    def test_scores_of_chunks_are_those_of_the_search(self, index: KeywordIndex) -> None:
        index.add([a_text(number, "leave " * (number + 1) + "policy " * (number % 3)) for number in range(12)])
        index.add([a_text(100, "leave", audience_id=SALES), a_text(101, "travel")])
        hits = index.search([HR, SALES], "leave policy", 20)
        both = [SALES, HR]
        assert index.score(both, [hit.chunk_id for hit in hits], "leave policy") == hits
        assert index.score(both, [3, 100], "leave policy") == [hit for hit in hits if hit.chunk_id in (3, 100)]

    def test_chunks_of_other_audiences_have_no_score(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "leave"), a_text(2, "leave", audience_id=SALES)])
        assert [hit.chunk_id for hit in index.score([HR], [1, 2], "leave")] == [1]
        assert [hit.chunk_id for hit in index.score([SALES, HR], [1, 2], "leave")] == [1, 2]
        assert index.score([], [1, 2], "leave") == []

    def test_words_of_other_audiences_change_neither_scores_nor_order(self, index: KeywordIndex) -> None:
        """All texts are equally long: their average length is no word."""
        index.add(
            [
                a_text(1, "annual leave gets paid"),
                a_text(2, "sick leave needs notes"),
                a_text(3, "annual reports come due"),
            ]
        )
        index.add([a_text(4, "Kündigungsfrist Urlaub Regeln Vertrag", language="de")])
        questions = ("annual leave", "sick notes", "leave reports", "Frist", "the annual notes", "unknown leave")
        before = {question: index.search([HR], question, 10) for question in questions}
        for number, text in enumerate(
            ("annual annual annual annual", "sick sick leave annual", "notes sick notes due")
        ):
            index.add([a_text(100 + 10 * number + row, text, audience_id=SALES) for row in range(7)])
        french = "congé annuel travail Frist"
        index.add([a_text(200 + row, french, language="fr", audience_id=SALES) for row in range(40)])
        assert {question: index.search([HR], question, 10) for question in questions} == before
        assert index.score([HR, SALES], [1, 2, 3], "annual leave") != before["annual leave"]

    def test_deleted_chunks_change_no_score(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "annual leave"), a_text(2, "sick leave")])
        before = index.search([HR], "annual leave", 10)
        index.add([a_text(3 + row, "annual leave", version_id=2) for row in range(5)])
        index.remove([2])
        assert index.search([HR], "annual leave", 10) == before

    def test_chunks_without_a_word_of_the_question_have_no_score(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "leave"), a_text(2, "travel")])
        assert [hit.chunk_id for hit in index.score([HR], [1, 2, 7], "leave")] == [1]
        assert index.score([HR], [], "leave") == []
        assert index.score([HR], [1], "?") == []

    @pytest.mark.parametrize(
        ("stored", "language", "questions"),
        [
            ("Employees are entitled to holidays.", "en", ["holiday", "EMPLOYEE", "entitlement"]),
            ("Сотрудники имеют право на отпуск.", "ru", ["отпуска", "сотрудник"]),
            ("يحق للموظفين الحصول على إجازات سنوية", "ar", ["إجازة", "اجازات", "الموظفين"]),
            ("年次有給休暇は毎年付与されます。", "ja", ["有給休暇", "休暇", "付与"]),
            ("員工請假需要經理批准", "zh", ["請假", "經理批准嗎", "假"]),
            ("직원은 연차 휴가를 사용할 수 있습니다", "ko", ["휴가", "연차"]),
            ("พนักงานมีสิทธิ์ลาพักร้อนปีละสิบวัน", "th", ["ลาพักร้อน", "พนักงาน"]),
            ("कर्मचारियों को छुट्टी मिलती है", "hi", ["छुट्टी"]),
            ("Les employés ont droit aux congés payés.", "fr", ["congé", "conges", "EMPLOYÉ"]),
            ("Die Kündigungsfrist beträgt drei Monate.", "de", ["Frist", "Kündigung", "kuendigungsfrist", "Fristen"]),
            ("Die Reisekostenabrechnung ist einzureichen.", "de", ["Reisekosten", "Abrechnung", "Abrechnungen"]),
            ("Reisekosten werden erstattet.", "de", ["Reisekostenabrechnung"]),
            ("Çalışanların yıllık izni", "tr", ["yıllık", "YILLIK", "calisanlarin"]),
        ],
    )
    def test_finds_words_in_every_script(
        self, index: KeywordIndex, stored: str, language: str, questions: list[str]
    ) -> None:
        index.add([a_text(1, stored, language=language), a_text(2, "qqq", language="en")])
        assert {question: found(index, question) for question in questions} == {question: [1] for question in questions}

    @pytest.mark.parametrize(
        ("stored", "questions"),
        [
            ("Pump HX-200 is checked.", ["HX-200", "hx200", "HX 200", "HX", "200"]),
            ("Error E-1042 means overheating.", ["E-1042", "e1042", "1042"]),
            ("Certified by ISO 27001:2013.", ["ISO 27001", "ISO27001", "27001", "ISO-27001", "27001:2013"]),
            ("See section 4.2.1 for exceptions.", ["4.2.1", "4.2"]),
            ("It costs 1,250.40 dollars.", ["1250.40", "1,250.40", "1.250,40", "1250"]),
            ("Il coûte 12\u00a0500 €, soit 12\u202f500.", ["12500", "12 500", "12,500", "12'500"]),
            ("Write an e-mail to jane.doe@example.com.", ["email", "e-mail", "jane.doe@example.com", "example"]),
            ("The C++ and C# guides.", ["C++", "c#"]),
            ("Call max_tokens with 5.", ["max_tokens", "max tokens"]),
            ("Contact the IT department.", ["IT"]),
            ("The company's rules.", ["company", "company\u2019s"]),
            ("Ｆｕｌｌｗｉｄｔｈ ①", ["fullwidth", "1"]),
        ],
    )
    def test_finds_identifiers_and_numbers_whole_and_in_parts(
        self, index: KeywordIndex, stored: str, questions: list[str]
    ) -> None:
        index.add([a_text(1, stored), a_text(2, "qqq")])
        assert {question: found(index, question) for question in questions} == {question: [1] for question in questions}

    def test_a_whole_identifier_outranks_its_parts(self, index: KeywordIndex) -> None:
        index.add(
            [a_text(1, "HX-300 needs 200 litres"), a_text(2, "the pump HX-200 is serviced"), a_text(3, "200 HX-3")]
        )
        assert found(index, "HX-200")[0] == 2

    def test_a_question_in_another_language_still_finds_exact_words(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "Die Kündigungsfristen stehen im Vertrag.", language="de"), a_text(2, "leave")])
        assert found(index, "What does Kündigungsfristen mean?") == [1]

    def test_stop_words_alone_decide_nothing(self, index: KeywordIndex) -> None:
        index.add([a_text(1, "it is for them and this is not that"), a_text(2, "leave")])
        assert found(index, "Is this the leave?") == [2]

    @example('"unbalanced (AND OR NOT *:^~[] {TO} field:value +- \\')
    @example("a" * 5000 + " " + "b-" * 3000)
    @example("\x00\ud800\u202e\u200b")
    @example("的" * 500)
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(question=st.text(max_size=80))
    def test_any_text_is_a_valid_question(self, index: KeywordIndex, question: str) -> None:
        assert len(index.search([HR, SALES], question, 5)) <= 5

    @example("\x00\ud800\u202e\u200b")
    @example("x" * 100_000)
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.text(max_size=80))
    def test_any_text_can_be_added(self, index: KeywordIndex, text: str) -> None:
        index.add([a_text(1, text + " leave", title=text, headings=(text,))])
        assert found(index, "leave") == [1]
