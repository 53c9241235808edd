"""Hostile strings in names, titles, texts, words, speakers, people, audiences, sources and forms do nothing at all.

Here with strings of our own; `python -m tests.chaos.hostile` does it with a large collection.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.hostile import examined, injected
from tests.e2e.hostile_strings import HARMLESS, STRINGS

EVERY = 20
"""In the short form each string goes to one in so many forms and routes, in turn."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("harmless")


def test_hostile_strings_have_no_effect_on_any_page(browser: Browser, folders: tuple[Path, Path]) -> None:
    harmless = examined(browser, folders[1], HARMLESS, EVERY * 3, 60)
    hostile = examined(browser, folders[0], STRINGS, EVERY, 200)
    assert hostile.pages > 100
    assert hostile.failures == []
    assert hostile.effects == []
    assert injected(hostile, harmless) == []
    assert harmless.effects == []
