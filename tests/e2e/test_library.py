"""The library in a browser: adding, finding, moving and deleting documents."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visitor


def add(page: Page, *files: Path) -> None:
    page.get_by_label("Files").set_input_files([str(file) for file in files])
    page.get_by_role("button", name="Add", exact=True).click()


def row(page: Page, name: str) -> str:
    return page.get_by_role("row").filter(has_text=name).inner_text()


@pytest.fixture
def note(tmp_path: Path) -> Path:
    file = tmp_path / f"{tmp_path.name}.md"
    file.write_text(f"# Note {tmp_path.name}\n\nThe {tmp_path.name} is kept in hall nine.\n")
    return file


def test_files_are_added_one_by_one_each_with_its_outcome(visitor: Visitor, note: Path, tmp_path: Path) -> None:
    broken, copy = tmp_path / "broken.pdf", tmp_path / "copy.md"
    broken.write_bytes(b"%PDF-1.7\nnothing more")
    copy.write_bytes(note.read_bytes())
    page = visitor.open("/library")
    add(page, note, broken, copy)
    outcomes = page.locator("#outcomes .outcome")
    expect(outcomes).to_have_count(3)
    expect(outcomes.nth(0)).to_contain_text("Added · 1 passage")
    expect(outcomes.nth(1)).to_contain_text("Not added")
    expect(outcomes.nth(1)).to_contain_text("Not added")
    expect(outcomes.nth(1).locator('[data-slot="reason"]')).to_have_text(
        re.compile("^The file is damaged or incomplete: ")
    )
    expect(outcomes.nth(2)).to_contain_text("The same bytes are already there")
    expect(page.get_by_role("row").filter(has_text=note.name)).to_be_visible()
    outcomes.nth(0).get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Note {note.stem}")


def test_files_can_be_dropped(visitor: Visitor, note: Path) -> None:
    page = visitor.open("/library")
    data = page.evaluate_handle(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name, { type: "text/markdown" }));
          return data;
        }""",
        [note.name, note.read_text()],
    )
    page.dispatch_event("#upload-drop", "dragenter", {"dataTransfer": data})
    expect(page.locator("#upload-drop")).to_have_class("upload__drop is-over")
    page.dispatch_event("#upload-drop", "drop", {"dataTransfer": data})
    expect(page.locator("#outcomes .outcome")).to_contain_text("Added")


def test_an_upload_reaches_only_the_chosen_audience(visitor: Visitor, note: Path) -> None:
    page = visitor.open("/library")
    page.get_by_label("Who may read them").select_option("people-team")
    add(page, note)
    expect(page.locator("#outcomes .outcome")).to_contain_text("Added")
    assert "people-team" in row(page, note.name)
    page.locator("#menu summary").click()
    page.get_by_label("View as").select_option("mara")
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_role("row").filter(has_text="rules.md")).to_be_visible()
    assert note.name not in page.content()
    assert "people-team" not in page.content()


def test_documents_are_filtered_by_name_and_audience(visitor: Visitor) -> None:
    page = visitor.open("/library")
    page.get_by_role("searchbox", name="Name or title").fill("service")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody").get_by_role("row")).to_have_count(1)
    assert "manual.pdf" in row(page, "Service manual")
    page.get_by_role("searchbox", name="Name or title").fill("there is no such thing")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("heading", name="No document matches")).to_be_visible()
    page.get_by_role("link", name="Show all", exact=True).click()
    page.locator("#filter-audience").select_option("people-team")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody").get_by_role("row").filter(has_text="payroll.txt")).to_be_visible()
    expect(page.locator("tbody").get_by_role("row").filter(has_text="manual.pdf")).to_have_count(0)


def test_deleting_asks_first(visitor: Visitor, note: Path) -> None:
    page = visitor.open("/library")
    add(page, note)
    link = page.get_by_role("link", name=f"Delete Note {note.stem}")
    link.click()
    dialog = page.get_by_role("dialog", name="Delete this document?")
    expect(dialog).to_contain_text(f"Note {note.stem}")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    link.click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The document is deleted.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=note.name)).to_have_count(0)


def test_who_may_read_a_document_is_shown_and_changed(visitor: Visitor, note: Path) -> None:
    page = visitor.open("/library")
    add(page, note)
    page.get_by_role("link", name=f"Manage Note {note.stem}").click()
    expect(page.get_by_label("everyone")).to_be_checked()
    expect(page.get_by_text("group people-team, user owner")).to_be_visible()
    page.get_by_label("people-team").check()
    page.get_by_role("region", name="Who may read it").get_by_role("button", name="Save").click()
    expect(page.get_by_text("would gain sight of it")).to_be_visible()
    page.get_by_role("button", name="Yes, change it").click()
    expect(page.get_by_text("From now on people-team may read it")).to_be_visible()
    expect(page.get_by_label("people-team")).to_be_checked()


def test_a_document_is_replaced_and_its_old_version_says_so(visitor: Visitor, note: Path) -> None:
    page = visitor.open("/library")
    add(page, note)
    page.locator("#outcomes .outcome").get_by_role("link", name="Open").click()
    first = page.url
    page.get_by_role("link", name="Manage").click()
    note.write_text(f"# Note {note.stem}\n\nIt is kept in hall ten.\n")
    page.get_by_label("File").set_input_files(str(note))
    page.get_by_role("button", name="Replace").click()
    expect(page.get_by_text("Version 2 is in use.")).to_be_visible()
    page.goto(first)
    expect(page.get_by_text("hall nine")).to_be_visible()
    page.get_by_role("link", name="Open version 2").click()
    expect(page.get_by_text("hall ten")).to_be_visible()
    expect(page.get_by_text("A newer version is in use")).to_have_count(0)


def test_a_form_shows_that_it_is_being_sent_and_is_sent_once(visitor: Visitor) -> None:
    page = visitor.open(f"/library/documents/{visitor.site.ids['rules.md']}")
    page.evaluate(
        """() => {
          window.sent = [];
          addEventListener("submit", (event) => { sent.push(!event.defaultPrevented); event.preventDefault(); });
        }"""
    )
    save = page.get_by_role("region", name="Who answers for it").get_by_role("button", name="Save")
    save.click()
    expect(save).to_have_attribute("aria-busy", "true")
    expect(save).to_be_focused()
    save.click()
    assert page.evaluate("sent") == [True, False]
