"""Items in a file of JSON lines."""

import json

import pytest

from authoring.item_lines import WrongItemLine, read_item_lines
from authoring.quiz_item import ItemKind

LINE = {"id": "a", "document": "leave.md", "stem": "Where?", "options": ["Here", "There"], "key": [1]}


def test_a_line_becomes_an_item_and_what_it_says_of_its_key_is_left_out() -> None:
    told = LINE | {"correct_key": [0], "key_is_correct": False, "explanation": "It is here."}
    (line,) = read_item_lines(json.dumps(told) + "\n\n")
    assert (line.number, line.document) == (1, "leave.md")
    assert [(option.claim.text, option.is_key, option.rationale) for option in line.item.options] == [
        ("Here", False, None),
        ("There", True, None),
    ]
    assert "It is here" not in repr(line)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["True", "False"], ItemKind.TRUE_FALSE),
        (["falsch", "richtig"], ItemKind.TRUE_FALSE),
        (["True", "False", "False"], ItemKind.MULTIPLE_CHOICE),
        (["True", "Perhaps"], ItemKind.MULTIPLE_CHOICE),
    ],
)
def test_two_options_that_judge_make_a_true_false_item(options: list[str], kind: ItemKind) -> None:
    (line,) = read_item_lines(json.dumps(LINE | {"options": options}))
    assert line.item.kind is kind


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ("{", "it is no JSON"),
        ("[]", "it is not an object"),
        (json.dumps({**LINE, "id": "b", "stem": ""}), "“stem” is not right"),
        (json.dumps({**LINE, "id": "b", "key": ["1"]}), "“key.0” is not right"),
        (json.dumps({**LINE, "id": "b", "key": [2]}), "“key” names options from 0 to 1"),
        (json.dumps({key: LINE[key] for key in ("id", "stem", "options", "key")}), "“document” is not right"),
        (json.dumps(LINE), "the id “a” stands on line 1 already"),
    ],
)
def test_a_wrong_line_is_named(second: str, reason: str) -> None:
    with pytest.raises(WrongItemLine) as refused:
        list(read_item_lines(f"{json.dumps(LINE)}\n{second}\n"))
    assert "Line 2" in str(refused.value)
    assert reason in str(refused.value)
