"""The source view in a browser: the exact words marked, in every kind of document."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NARROW, Visitor
from tests.e2e.site import HOSTILE_NAME, HOSTILE_TITLE


def marked(page: Page) -> list[str]:
    return page.locator("mark").all_text_contents()


def test_a_short_address_leads_to_the_version_in_use(visitor: Visitor) -> None:
    page = visitor.open(f"/documents/{visitor.site.ids['rules.md']}")
    assert page.url == visitor.site.address + visitor.site.source("rules.md")
    expect(page.get_by_role("heading", level=1)).to_have_text("Workshop rules")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Pumps", "Records"])
    expect(page.get_by_role("listitem")).to_have_text(["a torque wrench for the pump", "a bucket"])
    expect(page.get_by_role("columnheader")).to_have_text(["Part", "Months"])


def test_exactly_the_marked_characters_are_marked(visitor: Visitor) -> None:
    words = ["Two people are needed", "torque wrench", "Pump seal"]
    page = visitor.open(visitor.site.source("rules.md", visitor.site.marks_of("rules.md", *words)))
    assert marked(page) == words
    expect(page.locator("mark").first).to_be_in_viewport()


def test_keys_and_buttons_step_through_the_marks(visitor: Visitor) -> None:
    words = ["Two people", "torque wrench", "Every repair"]
    page = visitor.open(visitor.site.source("rules.md", visitor.site.marks_of("rules.md", *words)))
    now = page.locator("mark.is-now")
    expect(now).to_have_text("Two people")
    page.keyboard.press("n")
    expect(now).to_have_text("torque wrench")
    page.get_by_role("button", name="Next").click()
    expect(now).to_have_text("Every repair")
    page.keyboard.press("n")
    expect(now).to_have_text("Every repair")
    page.keyboard.press("p")
    expect(now).to_have_text("torque wrench")


def test_a_pdf_opens_at_the_marked_page_with_the_words_boxed(visitor: Visitor) -> None:
    marks = visitor.site.marks_of("manual.pdf", "The fan needs no service.")
    page = visitor.open(visitor.site.source("manual.pdf", marks), NARROW)
    box = page.locator("rect#mark-1")
    expect(box).to_be_in_viewport()
    expect(page.locator("#page-2 rect")).to_have_count(1)
    expect(page.locator("#page-1 rect, #page-3 rect")).to_have_count(0)
    page.get_by_role("link", name="Read as text").click()
    expect(page.locator("mark")).to_have_text(["The fan needs no service."])


def test_pages_that_are_not_seen_are_not_loaded_but_have_their_room(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("manual.pdf"), NARROW)
    heights = {
        round(box["height"]) for box in (image.bounding_box() for image in page.locator("figure img").all()) if box
    }
    # One that has been loaded is as high as it is; its room was reckoned from a picture of 100 px.
    assert max(heights) - min(heights) <= 0.01 * max(heights)
    assert page.locator("img[loading=lazy]").count() == 2


def test_a_table_shows_its_cells_with_the_marked_one(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("register.csv", visitor.site.marks_of("register.csv", "Pump 100")))
    assert marked(page) == ["Pump 100"]
    cell = page.get_by_role("cell", name="Pump 100")
    expect(cell).to_be_in_viewport()
    expect(page.get_by_role("row").filter(has=cell).get_by_role("rowheader")).to_have_text("102")
    expect(page.get_by_text("Part 2 of 2")).to_be_visible()
    expect(page.locator(".grid__head td")).to_have_text(["number", "item", "months"])


def test_a_transcript_shows_who_said_it_when(visitor: Visitor) -> None:
    marks = visitor.site.marks_of("interview.vtt", "sounds like gravel")
    page = visitor.open(visitor.site.source("interview.vtt", marks))
    turns = page.locator(".turn")
    expect(turns).to_have_count(3)
    expect(turns.nth(1)).to_contain_text("00:06")
    expect(turns.nth(1).locator("mark")).to_have_text("sounds like gravel")
    expect(page.locator(".turn__speaker")).to_have_text(["Wehner", "Interviewer"])


def test_what_documents_say_never_runs(visitor: Visitor) -> None:
    for path in (
        visitor.site.source(HOSTILE_NAME, visitor.site.marks_of(HOSTILE_NAME, "<b onmouseover")),
        f"/library/documents/{visitor.site.ids[HOSTILE_NAME]}",
        f"/library/documents/{visitor.site.ids[HOSTILE_NAME]}/delete",
        "/library",
        "/?q=Which valve hisses loudly?",
        "/?q=%3Cscript%3Edocument.title='owned'%3C/script%3E valve",
    ):
        page = visitor.open(path)
        page.wait_for_load_state("networkidle")
        assert page.title() != "owned", path
        assert page.locator("b, [onerror], [onmouseover], main script").count() == 0, path
    expect(page.locator(".cited").filter(has_text=HOSTILE_TITLE).first).to_be_visible()


def test_a_hostile_answer_does_not_run_when_it_is_streamed(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.get_by_label("Question").fill("Which valve hisses <img src=x onerror=document.title='owned'> loudly?")
    page.keyboard.press("Enter")
    cited = page.locator(".cited").filter(has_text=HOSTILE_TITLE).first
    cited.get_by_role("link").click()
    expect(page.locator("#evidence-body")).to_contain_text("<b onmouseover")
    assert page.title().endswith("Groundwork")
    assert page.locator("b, [onerror], [onmouseover], main script").count() == 0


def test_what_does_not_exist_looks_like_what_may_not_be_read(visitor: Visitor) -> None:
    page = visitor.open("/library")
    page.locator("#menu summary").click()
    page.get_by_label("View as").select_option("mara")
    page.get_by_role("button", name="Switch").click()
    expect(page.locator("#menu summary")).to_contain_text("mara")
    closed = visitor.site.ids["payroll.txt"]
    texts = []
    for number in (closed, 4242):
        reply = page.goto(f"/documents/{number}")
        assert reply
        assert reply.status == 404
        texts.append(page.locator("body").inner_text().replace(str(number), "N"))
    assert texts[0] == texts[1]


def test_wrong_marks_are_a_problem_page(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("rules.md", "x"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Invalid request")
    expect(page.get_by_role("link", name="Open the library")).to_be_visible()
