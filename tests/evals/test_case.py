from evals.case import RELABELLED, Answerable, Case, Evidence, Part, part_of


def a_case(number: int, **changes: object) -> Case:
    fields: dict[str, object] = {"id": str(number), "question": "?", "answerable": Answerable.YES}
    return Case(**(fields | changes))  # type: ignore[arg-type]  # Fields by name.


def test_cases_of_one_conversation_are_in_the_same_part() -> None:
    parts = {part_of(a_case(number, conversation="7", evidence=(Evidence(str(number)),))) for number in range(50)}
    assert len(parts) == 1


def test_cases_about_one_document_are_in_the_same_part_answerable_or_not() -> None:
    answerable = part_of(a_case(1, evidence=(Evidence("p9"), Evidence("p1"))))
    near_miss = part_of(a_case(2, answerable=Answerable.NO, near_miss=("p9",)))
    assert answerable is near_miss


def test_both_parts_get_about_half_of_independent_cases() -> None:
    held_out = sum(part_of(a_case(number)) is Part.HELD_OUT for number in range(1000))
    assert 440 < held_out < 560


def test_neither_answering_nor_abstaining_is_right_where_it_is_unclear() -> None:
    assert a_case(1, answerable=Answerable.UNCLEAR).has_answer is None
    assert a_case(1, answerable=Answerable.PARTIAL).has_answer is True
    assert a_case(1, answerable=Answerable.NO).has_answer is False


def test_relabelled_cases_count_for_answering_but_not_for_search() -> None:
    evidence = (Evidence("leave.md"),)
    assert a_case(1, evidence=evidence).measures_search
    assert not a_case(1, evidence=evidence, tags=(RELABELLED,)).measures_search
    assert not a_case(1).measures_search
