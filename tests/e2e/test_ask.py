"""Asking in a browser: sentences, numbers, and the source beside them."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NARROW, WIDE, Visitor

QUESTION = "How often is the pump serviced?"
WATCH_SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifted += shift.value;
  }).observe({ type: "layout-shift" });
}"""


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask").click()


def test_an_answer_appears_with_numbered_citations(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, QUESTION)
    expect(page.get_by_role("status").filter(has_text="Answered from")).to_be_visible()
    sentences = page.locator("#sentences .sentence")
    expect(sentences).to_have_count(4)
    expect(sentences.first.get_by_role("link", name=re.compile("^Source 1: "))).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=How%20often"))


def test_the_question_can_be_asked_with_the_keyboard_alone(visitor: Visitor) -> None:
    page = visitor.open("/")
    expect(page.get_by_label("Question")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#sentences .sentence")).to_have_count(4)


def test_sentences_that_are_there_stay_where_they_are_while_others_come(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.evaluate(WATCH_SHIFTS)
    ask(page, f"slowly: {QUESTION}")
    first = page.locator("#sentences .sentence").first
    expect(first).to_be_visible()
    before = first.bounding_box()
    expect(page.get_by_role("status").filter(has_text="Answered from")).to_be_visible()
    assert first.bounding_box() == before
    assert page.evaluate("shifted") < 0.01


def test_a_text_that_is_too_long_is_kept_counted_and_not_sent(visitor: Visitor) -> None:
    page = visitor.open("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    field, alert = page.get_by_label("Question"), page.get_by_role("alert")
    field.fill("why 🛠 " * 650 + "!")
    expect(page.locator("#q-count")).to_have_text("3,901 of 4,000 characters")
    field.focus()
    page.keyboard.insert_text("x" * 9000)
    expect(alert.filter(has_text="characters, 4,000 are possible. Shorten it by ")).to_be_visible()
    assert len(field.input_value()) == 9000 + len("why x ") * 650 + 1
    field.fill("why " * 1200 + "!")
    said = "The question has 4,801 characters, 4,000 are possible. Shorten it by 801."
    expect(alert.filter(has_text=said)).to_be_visible()
    page.get_by_role("button", name="Ask").click()
    expect(alert.filter(has_text=said)).to_be_visible()
    expect(field).to_have_value("why " * 1200 + "!")
    assert not [address for address in sent if "/api/" in address]
    field.fill("How often is the pump serviced?")
    expect(field).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#sentences .sentence")).to_have_count(4)


def test_an_answer_can_be_stopped(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, f"slowly: {QUESTION}")
    expect(page.locator("#sentences .sentence").first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped. What is shown has been checked.")).to_be_visible()
    expect(page.get_by_role("button", name="Ask")).to_be_visible()


def test_a_number_shows_the_quoted_words_on_focus_and_hides_them_on_escape(visitor: Visitor) -> None:
    page = visitor.open(f"/?q={QUESTION}")
    page.locator("#sentences .chip").nth(1).hover()
    preview = page.get_by_role("tooltip")
    expect(preview).to_be_visible()
    quoted = page.locator('[data-source-item="2"] .quote').text_content()
    expect(preview.locator(".quote")).to_have_text(quoted or "")
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    page.locator("#sentences .chip").first.focus()
    page.keyboard.press("Tab")
    expect(preview).to_be_visible()


def test_a_number_opens_the_page_with_the_words_boxed_and_in_view(visitor: Visitor) -> None:
    page = visitor.open(f"/?q={QUESTION}")
    citation = page.locator(".cited").filter(has_text="manual.pdf").locator(".cited__title").first
    citation.click()
    panel = page.get_by_role("complementary", name="Source")
    expect(panel.get_by_role("heading", name="Service manual")).to_be_visible()
    box = panel.locator("#panel-mark-1")
    expect(box).to_be_in_viewport()
    image = panel.locator("img")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1200
    area, sheet = box.bounding_box(), image.bounding_box()
    assert area
    assert sheet
    # The words stand 48 pt from the left and 480 pt from the bottom of a page of 420 by 595 pt.
    assert abs((area["x"] - sheet["x"]) / sheet["width"] - 48 / 420) < 0.02
    assert abs((area["y"] + area["height"] - sheet["y"]) / sheet["height"] - 115 / 595) < 0.02


def test_a_number_opens_a_table_row_and_a_cue(visitor: Visitor) -> None:
    for question, name in (("number P-050 item months", "register.csv"), ("First I listen", "interview.vtt")):
        page = visitor.open(f"/?q={question}")
        cited = page.locator(".cited").filter(has_text=name).first
        cited.get_by_role("link").click()
        expect(page.locator("#evidence-body")).to_contain_text(name)
        expect(page.locator("#evidence mark").first).to_be_in_viewport()
        quote = cited.locator(".quote").text_content() or ""
        marked = page.locator("#evidence mark").all_text_contents()
        assert marked
        assert all(words in quote for words in marked)


def test_a_row_of_a_table_is_read_line_by_line_and_stays_word_for_word(visitor: Visitor) -> None:
    for size in (WIDE, NARROW):
        page = visitor.open("/?q=number P-050 item months", size)
        row = page.locator(".sentence").filter(has=page.locator(".pairs")).first
        names, values = row.locator(".pair__name"), row.locator(".pair__value")
        expect(names).to_have_text(["number:", "item:", "months:"])
        assert (row.locator('[data-slot="text"]').text_content() or "").strip() == " | ".join(
            (name or "") + (value or "")
            for name, value in zip(names.all_text_contents(), values.all_text_contents(), strict=True)
        )
        tops = [box["y"] for value in values.all() if (box := value.bounding_box())]
        assert tops == sorted(set(tops))
        expect(row.get_by_role("link", name=re.compile("^Source"))).to_be_visible()


def test_keys_step_through_the_sources(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, QUESTION)
    at = page.locator("#evidence-at")
    expect(at).to_have_text("Source 1 of 4")
    page.locator("#sentences .chip").first.focus()
    page.keyboard.press("j")
    expect(at).to_have_text("Source 2 of 4")
    expect(page.locator("#sentences .chip").nth(1)).to_be_focused()
    expect(page.locator("#sentences .chip").nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowRight")
    expect(at).to_have_text("Source 3 of 4")
    page.keyboard.press("k")
    expect(at).to_have_text("Source 2 of 4")
    page.keyboard.press("Escape")
    expect(at).to_have_text("Source")
    expect(page.locator('.chip[aria-current="true"]')).to_have_count(0)


def test_single_keys_can_be_switched_off(visitor: Visitor) -> None:
    page = visitor.open(f"/?q={QUESTION}")
    expect(page.locator("#evidence-at")).to_have_text("Source 1 of 4")
    page.locator("#menu summary").click()
    page.get_by_label("Step through sources with single keys").uncheck()
    page.keyboard.press("Escape")
    page.locator("#sentences .chip").first.focus()
    page.keyboard.press("j")
    expect(page.locator("#evidence-at")).to_have_text("Source 1 of 4")


def test_writing_j_into_the_question_is_writing(visitor: Visitor) -> None:
    page = visitor.open(f"/?q={QUESTION}")
    page.get_by_label("Question").fill("")
    page.keyboard.type("jk")
    expect(page.get_by_label("Question")).to_have_value("jk")
    expect(page.locator("#evidence-at")).to_have_text("Source 1 of 4")


def test_on_a_small_screen_the_source_covers_the_page_and_gives_the_focus_back(visitor: Visitor) -> None:
    page = visitor.open(f"/?q={QUESTION}", NARROW)
    panel = page.locator("#evidence")
    expect(panel).to_be_hidden()
    chip = page.locator("#sentences .chip").nth(1)
    chip.focus()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": NARROW[0], "height": NARROW[1]}
    expect(page.get_by_role("button", name="Close the source")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(chip).to_be_focused()


def test_what_the_documents_do_not_answer_has_related_reading_and_no_citations(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, "Which pump is on the moon?")
    expect(page.get_by_role("heading", name="The documents do not answer this")).to_be_visible()
    expect(page.locator("#answer .chip, #answer .cited")).to_have_count(0)
    related = page.get_by_role("heading", name="Related reading").locator("..").get_by_role("listitem")
    expect(related).to_have_count(3)
    related.first.get_by_role("link").click()
    expect(page.locator("#evidence mark, #evidence rect").first).to_be_in_viewport()


def test_a_degraded_answer_says_so(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, f"notice: {QUESTION}")
    expect(page.get_by_text("The model did not answer in time.")).to_be_visible()


def test_places_in_one_document_are_not_called_several_documents(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, f"twice: {QUESTION}")
    expect(page.locator("#answer-state")).to_have_text("Answered from 2 places in one document.")
    page.reload()
    expect(page.locator("#answer-state")).to_have_text("Answered from 2 places in one document.")


def test_a_failure_stands_beside_the_question(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, f"down: {QUESTION}")
    expect(page.get_by_role("alert").filter(has_text="The language model cannot be reached.")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("link", name="Who opens the pump?")).to_be_visible()
    ask(page, QUESTION)
    expect(page.locator("#sentences .sentence")).to_have_count(4)
    expect(page.get_by_label("Question")).not_to_have_attribute("aria-invalid", "true")


def test_a_failure_in_the_middle_keeps_what_was_checked(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, f"broken: {QUESTION}")
    expect(page.get_by_text("The language model stopped in the middle.")).to_be_visible()
    expect(page.locator("#sentences .sentence")).to_have_count(1)


def test_an_answer_is_copied_with_its_sources(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, QUESTION)
    page.get_by_role("button", name="Copy with sources").click()
    expect(page.get_by_text("Copied with sources.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "The pump is serviced every six months by two people. [" in copied
    assert re.search(r"\[1\] .+ \(.+\)", copied)
    assert f"{visitor.site.address}/documents/" in copied


def test_what_the_browser_builds_is_what_the_server_renders(visitor: Visitor) -> None:
    page = visitor.open("/")
    ask(page, QUESTION)
    expect(page.locator("#evidence-at")).to_have_text("Source 1 of 4")
    built = page.locator("#answer").inner_text()
    links = [link.get_attribute("href") for link in page.locator("#answer a").all()]
    page.reload()
    expect(page.locator("#evidence-at")).to_have_text("Source 1 of 4")
    assert page.locator("#answer").inner_text() == built
    assert [link.get_attribute("href") for link in page.locator("#answer a").all()] == links


def test_an_example_is_asked_with_a_click(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.get_by_role("link", name="Who opens the pump?").click()
    expect(page.get_by_label("Question")).to_have_value("Who opens the pump?")
    expect(page.locator("#sentences .sentence").first).to_be_visible()


def test_a_reader_sees_only_what_they_may_read(visitor: Visitor) -> None:
    page = visitor.open("/?q=What does the pump fitter earn in euros?")
    expect(page.locator("#answer")).to_contain_text("4,200 euros")
    page.locator("#menu summary").click()
    page.get_by_label("View as").select_option("mara")
    page.get_by_role("button", name="Switch").click()
    expect(page.locator("#menu summary")).to_contain_text("mara")
    expect(page.locator("#answer")).to_be_visible()
    assert "4,200" not in page.content()


def test_the_chosen_appearance_stays(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.locator("#menu summary").click()
    page.get_by_label("Appearance").select_option("dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.goto("/library")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
