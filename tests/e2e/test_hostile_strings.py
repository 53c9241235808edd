"""Hostile strings in names, titles, texts, words, speakers, people, audiences, sources and forms do nothing at all.

Here with strings of our own; `python -m tests.chaos.hostile` does it with a large collection.
"""

from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.hostile import Seen, examined, injected, vocabulary
from tests.e2e.hostile_strings import STRINGS

EVERY = 25
"""In the short form each string goes to one in so many forms and routes, in turn."""

MOST_PAGES = 130


def test_hostile_strings_have_no_effect_on_any_page(browser: Browser, tmp_path: Path) -> None:
    seen = examined(browser, tmp_path, STRINGS, EVERY, MOST_PAGES)
    assert seen.pages == MOST_PAGES
    assert seen.failures == []
    assert seen.effects == []
    assert injected(seen) == []


def test_what_no_template_makes_would_be_noticed() -> None:
    elements, attributes = vocabulary()
    assert {"a", "table", "textarea", "h4"} <= elements
    assert {"iframe", "object", "embed", "base", "b", "style", "math", "form2"}.isdisjoint(elements)
    assert not {name for name in attributes if name.startswith("on")}
    seen = Seen(made={"img": "/", "img onerror": "/", "b": "/", "b class": "/", "a href": "/"})
    assert [effect.what for effect in injected(seen)] == ["img onerror", "b", "b class"]
