"""The measurement of binding: what is fabricated is false, what is said to be verbatim is, and both are counted."""

import json
import random
from dataclasses import replace

import pytest

from assistant.words import words
from authoring.block import Block, BlockKind
from authoring.claim import Claim, Evidence
from benchmarks.binding import Material, Published, _look_at, interval
from benchmarks.fabricating_provider import FabricatingProvider
from benchmarks.fabrications import Way, fabricated, halved, reworded
from corpus.locator import CueLocator, CuePlace, PlacedSpan, Span
from corpus.places import Places

SENTENCE = "If the pump leaks, you must tell Ruth Ahrens within 24 hours."
OTHERS = ["The Oil Depot is open until 6 pm.", "Reports are kept by Jonas Weber for two years."]


@pytest.mark.parametrize("way", [way for way in Way if way is not Way.WRONG_SOURCE])
def test_each_way_says_something_else(way: Way) -> None:
    sentence = "Reports can be kept by Ruth Ahrens for 4 years if the pump leaks too often."
    text = fabricated(way, sentence, OTHERS, "pumps", random.Random(1))
    assert text is not None
    assert words(text) != words(sentence)


def test_a_way_that_finds_nothing_to_change_makes_nothing() -> None:
    for way in (Way.NUMBER, Way.NAME, Way.CONDITION, Way.STRONGER):
        assert fabricated(way, "Seals wear out.", OTHERS, "pumps", random.Random(1)) is None, way
    assert halved("There is a pump in the second hall.") is None


def test_other_words_keep_numbers_names_and_conditions() -> None:
    for seed in range(20):
        told = reworded(SENTENCE, random.Random(seed))
        assert {"24", "ruth", "ahrens", "if", "leaks"} <= set(words(told))


def test_the_provider_notes_what_it_wrote_and_makes_up_about_a_third() -> None:
    def source(number: int) -> str:
        said = (f"Room {number}{place} is open for {place + 2} hours on each day of the week." for place in range(30))
        return f'<source id="S1" title="Floor {number}">\n{" ".join(said)}\n</source>'

    with FabricatingProvider(seed=5) as provider:
        replies = "".join(provider.reply('{"blocks"', source(number)) for number in range(30))
    share = sum(one.way is not None for one in provider.written) / len(provider.written)
    assert all(json.dumps(one.text)[1:-1] in replies for one in provider.written)
    assert len(provider.written) > 300
    assert 0.25 < share < 0.42


MATERIAL = Material(
    "notes",
    (),
    {1: "Ana: It takes 3 days.\nBo says little."},
    {1: Places([PlacedSpan(Span(5, 21), CuePlace(0, 2, "Ana"))])},
)


def evidence(quote: str, *spans: Span) -> Evidence:
    return Evidence(1, 1, "notes.txt", "Notes", (), quote, spans, CueLocator(0, 2, "Ana"))


@pytest.mark.parametrize(
    ("found", "stands"),
    [
        (evidence("It takes 3 days.", Span(5, 21)), True),
        (evidence("Ana: It takes 3 days.", Span(5, 21)), True),
        (evidence("It takes 4 days.", Span(5, 21)), False),
        (evidence("It always takes 3 days.", Span(5, 7), Span(8, 21)), False),
        (evidence("It takes 3 days.", Span(4, 20)), False),
        (evidence("It takes 3 days."), False),
    ],
)
def test_a_quote_is_held_against_the_text_of_its_version(found: Evidence, stands: bool) -> None:
    block = Block("b", BlockKind.TEXT, (Claim("c", "It takes 3 days.", (found,)),))
    total = Published()
    _look_at(block, MATERIAL, total)
    _look_at(replace(block, claims=(Claim("c", "Nobody knows."),)), MATERIAL, total)
    assert (total.claims, total.bound, total.verbatim) == (2, 1, int(stands))


def test_the_interval_holds_the_share_and_is_never_empty() -> None:
    low, high = interval(0, 20)
    assert low == 0.0
    assert 0.1 < high < 0.2
    low, high = interval(10, 20)
    assert low < 0.5 < high
