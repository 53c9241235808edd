"""axe-core finds nothing to complain about, in light and dark, wide and narrow; nothing scrolls sideways."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NARROW, WIDE, Visitor
from tests.e2e.site import HOSTILE_NAME, Site

COLOURS: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")

PAGES: dict[str, Callable[[Site], str]] = {
    "start": lambda site: "/",
    "answer": lambda site: "/?q=How often is the pump serviced?",
    "not found": lambda site: "/?q=Which pump is on the moon?",
    "row of a table": lambda site: "/?q=number P-050 item months",
    "too long": lambda site: f"/?q={'why ' * 1200}",
    "failure": lambda site: "/?q=down",
    "library": lambda site: "/library",
    "nothing matches": lambda site: "/library?name=nothing+like+this",
    "document": lambda site: f"/library/documents/{site.ids['manual.pdf']}",
    "record": lambda site: "/record",
    "sources": lambda site: "/sources",
    "a new source": lambda site: "/sources/new/website",
    "delete": lambda site: f"/library/documents/{site.ids['manual.pdf']}/delete",
    "pdf": lambda site: site.source("manual.pdf", site.marks_of("manual.pdf", "every six months")),
    "text": lambda site: site.source("rules.md", site.marks_of("rules.md", "Two people", "Pump seal")),
    "table": lambda site: site.source("register.csv", site.marks_of("register.csv", "Pump 50")),
    "transcript": lambda site: site.source("interview.vtt", site.marks_of("interview.vtt", "gravel")),
    "hostile": lambda site: site.source(HOSTILE_NAME),
    "audit log": lambda site: "/admin/audit/verify",
    "problem": lambda site: "/documents/4242",
    "styleguide": lambda site: "/styleguide",
}


def violations(page: Page, axe: str, only: str = "") -> list[str]:
    """`only`: the one rule whose outcome can differ from the last time."""
    page.evaluate(axe)
    rules = f"runOnly: ['{only}']," if only else ""
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {{ {rules} resultTypes: ['violations'] }})")
    return [f"{item['id']}: {node['html'][:160]}" for item in found["violations"] for node in item["nodes"]]


def check(page: Page, axe: str) -> list[str]:
    """In both colours and both sizes."""
    found = []
    for size in (WIDE, NARROW):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size[0]:
            found.append(f"{size[0]} px wide, but scrolls to {width}")
        for colours in COLOURS:
            page.emulate_media(color_scheme=colours)
            only = "color-contrast" if colours == "dark" else ""
            found += [f"{size[0]} px, {colours}: {item}" for item in violations(page, axe, only)]
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_violation(visitor: Visitor, axe: str, name: str) -> None:
    page = visitor.open(PAGES[name](visitor.site))
    page.wait_for_load_state("networkidle")
    assert check(page, axe) == []


def test_neither_have_the_panel_the_preview_the_menu_and_the_dialog(visitor: Visitor, axe: str) -> None:
    page = visitor.open("/?q=How often is the pump serviced?")
    expect(page.locator("#evidence .panel")).to_be_visible()
    page.locator("#sentences .chip").first.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert violations(page, axe) == []
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    expect(page.get_by_role("button", name="Close the source")).to_be_visible()
    assert violations(page, axe) == []
    page.goto("/library")
    page.locator("#menu summary").click()
    assert violations(page, axe) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Delete Service manual").click()
    assert violations(page, axe) == []


def test_high_contrast_has_no_violation(visitor: Visitor, axe: str) -> None:
    page = visitor.open("/styleguide")
    page.locator("#menu summary").click()
    page.get_by_label("Appearance").select_option("contrast")
    for colours in COLOURS:
        page.emulate_media(color_scheme=colours)
        assert violations(page, axe) == []


def test_everything_is_reached_with_the_keyboard_in_the_order_that_is_seen(visitor: Visitor) -> None:
    page = visitor.open("/library")
    seen = []
    for _ in range(16):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert seen[:4] == ["Skip to the content", "Groundwork", "Ask", "Library"]
    first = seen.index("upload-file")
    assert seen[first : first + 4] == ["upload-file", seen[first + 1], "Who is that?", "Add"]
    page.goto("/library")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
