from pathlib import Path

import pytest

from corpus.locator import Span
from evals.case import Answerable, Evidence, Fact, Turn
from evals.dataset import PassageText, SetInvalid, read_dataset
from tests.evals.sets import a_line, a_set, gold

LEAVE = {"leave.md": "Leave lasts 16 weeks."}


def test_a_case_is_read_with_everything_that_the_set_says_about_it(tmp_path: Path) -> None:
    line = a_line(
        history=[{"role": "user", "content": "Hi"}],
        rewritten="How many weeks is parental leave?",
        evidence=[gold("documents/leave.md", quote="16 weeks", start=12, end=20)],
        scope=["documents/"],
        facts=["16 weeks", ["sixteen", "16"]],
        tags=["leave"],
        conversation="7",
        source_field="left alone",
    )
    case = read_dataset(a_set(tmp_path, [line], LEAVE)).cases[0]
    assert case.answerable is Answerable.YES
    assert case.history == (Turn("user", "Hi"),)
    assert case.rewritten == "How many weeks is parental leave?"
    assert case.evidence == (Evidence("leave.md", quote="16 weeks", span=Span(12, 20)),)
    assert case.scope == {"leave.md"}
    assert case.facts == (Fact(("16 weeks",)), Fact(("sixteen", "16")))
    assert case.conversation == "7"


def test_a_set_without_facts_leaves_them_unmeasured(tmp_path: Path) -> None:
    assert read_dataset(a_set(tmp_path, [a_line()], LEAVE)).cases[0].facts is None


def test_a_folder_in_the_scope_stands_for_the_documents_below_it(tmp_path: Path) -> None:
    documents = {"hr/leave.md": "a", "hr/pay.md": "b", "it/laptops.md": "c"}
    dataset = read_dataset(a_set(tmp_path, [a_line(scope=["documents/hr/"])], documents))
    assert dataset.cases[0].scope == {"hr/leave.md", "hr/pay.md"}


def test_a_pool_of_passages_is_read_from_one_file(tmp_path: Path) -> None:
    passages = [{"id": "p1", "title": "Leave", "text": "16 weeks.", "url": "x"}, {"id": "p2", "title": "", "text": "b"}]
    dataset = read_dataset(a_set(tmp_path, [a_line(evidence=[gold("p1")])], passages=passages))
    assert dataset.passages == (PassageText("p1", "Leave", "16 weeks."), PassageText("p2", "", "b"))
    assert dataset.cases[0].evidence == (Evidence("p1"),)


def test_the_set_is_named_after_its_folder(tmp_path: Path) -> None:
    (tmp_path / "handbook").mkdir()
    assert read_dataset(a_set(tmp_path / "handbook", [a_line()], LEAVE)).name == "handbook"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": "two"', "not JSON"),
        ('{"id": "two", "question": "q", "answerable": "maybe"}', "answerable"),
        ('{"id": "two", "question": "", "answerable": "yes"}', "question"),
        ('{"id": "one", "question": "q", "answerable": "yes"}', "twice"),
        ('{"id": "two", "question": "q", "answerable": "yes", "evidence": [{"document": "no.md"}]}', "no.md"),
        ('{"id": "two", "question": "q", "answerable": "no", "evidence": [{"document": "leave.md"}]}', "empty"),
        ('{"id": "two", "question": "q", "answerable": "yes", "scope": ["documents/pay/"]}', "documents/pay/"),
        (
            '{"id": "two", "question": "q", "answerable": "yes", "evidence": [{"document": "leave.md", "page": 0}]}',
            "evidence.0.page",
        ),
        (
            '{"id": "two", "question": "q", "answerable": "yes", "evidence": [{"document": "leave.md", "start": 4}]}',
            "belong together",
        ),
        (
            '{"id": "two", "question": "q", "answerable": "yes",'
            ' "evidence": [{"document": "leave.md", "start": 4, "end": 4}]}',
            "after start",
        ),
    ],
)
def test_a_faulty_case_is_refused_with_its_file_and_line(tmp_path: Path, line: str, reason: str) -> None:
    folder = a_set(tmp_path, [a_line()], LEAVE)
    with (folder / "cases.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" + line + "\n")
    with pytest.raises(SetInvalid, match=reason) as refused:
        read_dataset(folder)
    assert refused.value.path == folder / "cases.jsonl"
    assert refused.value.line == 3
    assert "cases.jsonl, line 3" in str(refused.value)


def test_a_faulty_passage_is_refused_with_its_file_and_line(tmp_path: Path) -> None:
    folder = a_set(tmp_path, [a_line()], passages=[{"id": "p1", "text": "a"}, {"id": "p1", "text": "b"}])
    with pytest.raises(SetInvalid, match=r"passages\.jsonl, line 2: the id p1 stands there twice"):
        read_dataset(folder)


def test_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    folder = a_set(tmp_path, [a_line()], LEAVE)
    (folder / "cases.jsonl").write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(SetInvalid, match="not UTF-8"):
        read_dataset(folder)


def test_a_folder_that_is_no_set_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(SetInvalid, match="no such folder"):
        read_dataset(tmp_path / "missing")
    with pytest.raises(SetInvalid, match=r"cases\.jsonl"):
        read_dataset(tmp_path)
    (tmp_path / "cases.jsonl").write_text("")
    with pytest.raises(SetInvalid, match="documents"):
        read_dataset(tmp_path)
    (tmp_path / "documents").mkdir()
    with pytest.raises(SetInvalid, match="no documents"):
        read_dataset(tmp_path)
    (tmp_path / "documents" / "leave.md").write_text("16 weeks")
    with pytest.raises(SetInvalid, match="no cases"):
        read_dataset(tmp_path)


def test_passages_beside_other_documents_are_refused(tmp_path: Path) -> None:
    folder = a_set(tmp_path, [a_line()], LEAVE, passages=[{"id": "p1", "text": "a"}])
    with pytest.raises(SetInvalid, match="no other documents"):
        read_dataset(folder)
