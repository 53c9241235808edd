"""Without JavaScript everything can still be read, asked, added and removed."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import NARROW, Visitor


def test_a_question_is_answered_and_its_citation_opens_at_the_words(visitor: Visitor) -> None:
    page = visitor.open("/", script=False)
    page.get_by_label("Question").fill("How often is the pump serviced?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#sentences .sentence")).to_have_count(4)
    expect(page.locator("#evidence, [data-copy]").first).to_be_hidden()
    page.locator(".cited").filter(has_text="rules.md").get_by_role("link").first.click()
    expect(page.locator("mark#mark-1")).to_be_in_viewport()


def test_a_pdf_opens_at_the_marked_page(visitor: Visitor) -> None:
    marks = visitor.site.marks_of("manual.pdf", "The fan needs no service.")
    page = visitor.open(f"{visitor.site.source('manual.pdf', marks)}#mark-1", NARROW, script=False)
    expect(page.locator("rect#mark-1")).to_be_in_viewport()


def test_an_empty_question_and_a_failure_are_told_beside_the_field(visitor: Visitor) -> None:
    page = visitor.open("/?q=+", script=False)
    expect(page.get_by_role("alert")).to_have_text("Write a question first.")
    page.goto("/?q=down")
    expect(page.get_by_role("alert")).to_have_text("The language model cannot be reached.")
    expect(page.get_by_label("Question")).to_have_value("down")


def test_a_question_that_is_too_long_is_kept_and_told(visitor: Visitor) -> None:
    page = visitor.open("/", script=False)
    page.get_by_label("Question").fill("why " * 1200 + "!")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("The question has 4,801 characters, 4,000 are possible.")
    expect(page.get_by_label("Question")).to_have_value("why " * 1200 + "!")


def test_so_is_the_longest_that_can_be_pasted_in_any_script(visitor: Visitor) -> None:
    page = visitor.open("/", script=False)
    page.get_by_label("Question").focus()
    page.keyboard.insert_text("為" * 30_000)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("The question has 7,000 characters, 4,000 are possible.")


def test_a_document_is_added_moved_and_deleted(visitor: Visitor, tmp_path: Path) -> None:
    good, bad = tmp_path / "plain-form.md", tmp_path / "plain-form.pdf"
    good.write_text("# A plain form\n\nIt needs no script.\n")
    bad.write_bytes(b"%PDF-1.7\nnothing more")
    page = visitor.open("/library", script=False)
    page.get_by_label("Files").set_input_files([str(good), str(bad)])
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#outcomes .outcome")).to_have_count(2)
    failed = page.locator("#outcomes .outcome").filter(has_text="plain-form.pdf")
    expect(failed).to_contain_text("Not added")
    expect(failed.locator('[data-slot="reason"]')).to_have_text(re.compile("^The file is damaged or incomplete: "))
    page.get_by_role("link", name="Manage A plain form").click()
    page.get_by_label("people-team").check()
    page.get_by_role("region", name="Who may read it").get_by_role("button", name="Save").click()
    expect(page.get_by_label("people-team")).to_be_checked()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The document is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="A plain form")).to_have_count(0)


def test_one_can_read_as_somebody_else(visitor: Visitor) -> None:
    page = visitor.open("/library", script=False)
    expect(page.get_by_role("row").filter(has_text="payroll.txt")).to_be_visible()
    page.locator("#menu summary").click()
    expect(page.get_by_text("No accounts: this installation answers on this machine only.")).to_be_visible()
    page.get_by_label("View as").select_option("mara")
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_role("row").filter(has_text="rules.md")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="payroll.txt")).to_have_count(0)
