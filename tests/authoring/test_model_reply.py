"""Reading what a model replies: as it arrives, and when it is not quite what was asked for."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.block import BlockKind
from authoring.course import BloomLevel
from authoring.model_reply import BLOCKS, ITEMS, LESSONS, MalformedElement, SaidLesson, WholeElements
from authoring.quiz_item import ItemKind

LEAVE = {
    "kind": "text",
    "heading": 'Ask "early"',
    "columns": [],
    "sentences": [{"text": "A [b] {c}.", "sources": ["S1"]}],
}
TRAVEL = {"kind": "key point", "heading": "", "columns": [], "sentences": [{"text": "It ends \\ here.", "sources": []}]}
REPLY = json.dumps({"blocks": [LEAVE, TRAVEL]})


def elements(reply: str, key: str = "blocks") -> list[Any]:
    return [json.loads(found) for found in WholeElements(key).feed(reply)]


@pytest.mark.parametrize(
    "reply",
    [
        REPLY,
        f"```json\n{REPLY}\n```",
        f"Here [as asked] is the lesson:\n\n{REPLY}\n\nAsk for {{more}}!",
        json.dumps([LEAVE, TRAVEL]),
        json.dumps({"thoughts": [{"text": "Short."}], "blocks": [LEAVE, TRAVEL]}),
    ],
)
def test_finds_the_elements_of_the_list_whatever_stands_around_it(reply: str) -> None:
    assert elements(reply) == [LEAVE, TRAVEL]


@given(st.lists(st.integers(0, len(REPLY)), max_size=12))
def test_pieces_may_be_cut_anywhere(cuts: list[int]) -> None:
    reader = WholeElements("blocks")
    places = [0, *sorted(cuts), len(REPLY)]
    found = [element for start, end in pairwise(places) for element in reader.feed(REPLY[start:end])]
    assert [json.loads(element) for element in found] == [LEAVE, TRAVEL]


def test_an_element_is_there_as_soon_as_it_is_whole() -> None:
    reader = WholeElements("blocks")
    end = REPLY.index('}, {"kind": "key') + 1
    assert reader.feed(REPLY[: end - 1]) == []
    assert len(reader.feed(REPLY[end - 1 : end])) == 1


@given(st.integers(0, len(REPLY)))
def test_of_a_reply_that_was_cut_the_whole_elements_are_kept(end: int) -> None:
    ends = (REPLY.index('}, {"kind": "key') + 1, len(REPLY) - 2)
    assert elements(REPLY[:end]) == [block for block, whole in zip([LEAVE, TRAVEL], ends, strict=True) if whole <= end]


def test_one_element_may_come_without_a_list() -> None:
    assert elements(json.dumps(LEAVE)) == [LEAVE]


def test_an_empty_list_is_a_reply_and_no_list_is_none() -> None:
    for reply, is_empty in (('{"blocks": [ ]}', True), ("[,]", True), ("I cannot do that.", False), (REPLY, False)):
        reader = WholeElements("blocks")
        reader.feed(reply)
        assert reader.is_empty is is_empty, reply


def test_commas_too_many_and_line_breaks_in_strings_are_mended_and_strings_left_alone() -> None:
    said = '{"kind": "text", "sentences": [{"text": "One,]\n two, }", "sources": ["S1",],},],}'
    block = BLOCKS.read(said)
    assert block.sentences[0].text == "One,]\n two, }"
    assert block.sentences[0].sources == ("S1",)


def test_kinds_are_known_however_they_are_written_and_one_source_needs_no_list() -> None:
    block = BLOCKS.read('{"kind": "Key_Point", "heading": null, "sentences": [{"text": "A.", "sources": "S2"}]}')
    assert (block.kind, block.heading, block.sentences[0].sources) == (BlockKind.KEY_POINT, "", ("S2",))
    item = ITEMS.read('{"kind": "Multiple-choice", "stem": "How many?", "options": [{"text": 26, "correct": true}]}')
    assert (item.kind, item.options[0].text) == (ItemKind.MULTIPLE_CHOICE, "26")
    lesson = LESSONS.read('{"title": "Leave", "level": "Apply", "verb": "ask", "what": "for it", "sources": [1]}')
    assert lesson == SaidLesson("Leave", BloomLevel.APPLY, "ask", "for it", ("1",))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('{"kind": "poem", "sentences": []}', "kind"),
        ('{"sentences": []}', "kind"),
        ('{"kind": "text", "sentences": "One."}', "sentences"),
        ('{"kind": "text" "sentences": []}', "not JSON"),
        ('{"kind": "text", "heading": {"text": "Leave"}}', "heading"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong(said: str, reason: str) -> None:
    with pytest.raises(MalformedElement, match=reason):
        BLOCKS.read(said)


@pytest.mark.parametrize("form", [LESSONS, BLOCKS, ITEMS])
def test_the_schema_names_every_property_as_required_and_allows_no_other(form: Any) -> None:
    def objects(schema: Any) -> list[Any]:
        if isinstance(schema, list):
            return [found for part in schema for found in objects(part)]
        if not isinstance(schema, dict):
            return []
        return [schema] * ("properties" in schema) + [found for part in schema.values() for found in objects(part)]

    found = objects(form.reply.schema)
    assert len(found) >= 2
    for schema in found:
        assert schema["required"] == list(schema["properties"])
        assert schema["additionalProperties"] is False
    assert form.key in form.reply.schema["properties"]
