"""`groundwork items check`: a file of items, a folder of documents, no data folder."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.commands.options import Exit

LESSON = """# Leave

Every employee has 28 days of paid leave in a calendar year. Leave is requested in the staff portal.

# Badges

A lost badge must be reported to the reception, which hands out a visitor card for the day.
"""
ITEM = {
    "id": "days",
    "document": "lessons/leave.md",
    "stem": "How many days of paid leave does an employee have in a year?",
    "options": ["21 days", "28 days", "42 days"],
    "key": [1],
}


@pytest.fixture
def folder(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDWORK_CACHE", str(model_cache))
    monkeypatch.setenv("GROUNDWORK_DATA", str(tmp_path / "data"))
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "leave.md").write_text(LESSON, encoding="utf-8")
    return tmp_path


def check(folder: Path, *items: object, documents: str = ".") -> Result:
    lines = "".join(f"{item if isinstance(item, str) else json.dumps(item)}\n" for item in items)
    (folder / "items.jsonl").write_text(lines, encoding="utf-8")
    arguments = ["--documents", str(folder / documents), "--json", str(folder / "found.json")]
    return CliRunner().invoke(main, ["items", "check", str(folder / "items.jsonl"), *arguments])


def found(folder: Path) -> list[dict[str, Any]]:
    said: dict[str, list[dict[str, Any]]] = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return said["items"]


def test_each_item_is_judged_in_shape_and_key_and_nothing_is_left_behind(folder: Path) -> None:
    wrong = ITEM | {"id": "wrong", "key": [2]}
    flawed = ITEM | {"id": "flawed", "options": ["28 days", "All of the above"], "key": [0]}
    shown = check(folder, wrong, ITEM, flawed)
    assert shown.exit_code == Exit.OK, shown.output
    assert [(item["id"], item["key"]["ok"]) for item in found(folder)][:2] == [("wrong", False), ("days", True)]
    assert set(found(folder)[0]) == {"id", "shape", "key"}
    assert set(found(folder)[0]["key"]) == {"ok", "score", "reason"}
    assert found(folder)[0]["shape"] == []
    rules = [finding["rule"] for finding in found(folder)[2]["shape"]]
    assert "all of the above" in rules
    assert "3 items: " in shown.output
    assert not (folder / "data").exists()


def test_what_a_line_tells_of_the_right_key_changes_nothing(folder: Path) -> None:
    wrong = ITEM | {"key": [2]}
    check(folder, wrong)
    before = found(folder)
    told = wrong | {"correct_key": [2], "key_is_correct": True, "explanation": "It is 42 days.", "tags": ["right"]}
    assert check(folder, told).exit_code == Exit.OK
    assert found(folder) == before


def test_documents_are_found_below_the_folder_with_and_without_its_name(folder: Path) -> None:
    assert check(folder, ITEM, ITEM | {"id": "b", "document": "leave.md"}, documents="lessons").exit_code == Exit.OK


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("{", "Line 2 of the items is wrong: it is no JSON"),
        (ITEM | {"id": "other", "document": "lessons/pay.md"}, "Line 2 of the items is wrong: There is no document"),
        (ITEM | {"id": "other", "document": "../secret.md"}, "Line 2 of the items is wrong: There is no document"),
        (ITEM | {"id": "other", "document": "lessons/empty.md"}, "Line 2 of the items is wrong: “lessons/empty.md”"),
        (ITEM | {"id": "other", "options": ["only"]}, "Line 2 of the items is wrong: “options” is not right"),
    ],
    ids=["no JSON", "no document", "outside", "empty document", "one option"],
)
def test_a_line_that_cannot_be_checked_is_named_and_nothing_is_written(folder: Path, item: object, said: str) -> None:
    (folder.parent / "secret.md").write_text(LESSON, encoding="utf-8")
    (folder / "lessons" / "empty.md").write_text("", encoding="utf-8")
    shown = check(folder, ITEM, item)
    assert shown.exit_code == Exit.INVALID
    assert said in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
    assert not (folder / "found.json").exists()


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "items.jsonl").write_bytes(b"\xff\xfe\x00\x81")
    shown = CliRunner().invoke(main, ["items", "check", str(folder / "items.jsonl"), "--documents", str(folder)])
    assert shown.exit_code == Exit.INVALID
    assert "no text in UTF-8" in shown.stderr
