"""From a document to a published course and on: an expert writes, a reviewer decides, a source changes."""

import re

from playwright.sync_api import Page, expect

from api.drafting import DraftRequest
from authoring.course import Brief
from corpus.audience import OWNER
from tests.e2e.conftest import NARROW, WIDE, Visitor
from tests.e2e.site import Site
from tests.e2e.test_accessibility import check, violations

GUIDE = """# Starting the cold store

## Before the start

The fitter checks the oil level of the compressor before every start. The oil level stands between the two marks of
the sight glass. A compressor without oil is damaged within two minutes.

## The start

1. Open the suction valve by two turns.
2. Switch the compressor on at the cabinet.
3. Read the suction pressure after five minutes.

The suction pressure lies between 2 and 4 bar. A pressure below 2 bar means that refrigerant is missing.

## Afterwards

Every start is written into the register with the time and the pressure. The register is kept for ten years. The duty
planner reads the register every Monday.
"""
OWN = "Listen to the compressor for a minute before you leave it."


def become(page: Page, name: str) -> None:
    page.locator("#menu summary").click()
    page.get_by_label("View as").select_option(name)
    page.get_by_role("button", name="Switch").click()


def add_guide(site: Site, name: str) -> int:
    text = GUIDE.replace("cold store", name)
    return site.services.library.add_upload(f"{name}.md", text.encode(), "everyone", OWNER).document_id or 0


def drafted(visitor: Visitor, name: str) -> Page:
    """A course made of the guide, with all of its lessons drafted, open in the Studio."""
    add_guide(visitor.site, name)
    page = visitor.open("/studio")
    page.get_by_role("checkbox", name=f"Starting the {name}").check()
    page.get_by_label("What people can do afterwards").fill(f"Start the {name} safely")
    page.get_by_role("button", name="Draft it").click()
    expect(page.get_by_role("heading", name="The outline")).to_be_visible()
    page.get_by_role("button", name=re.compile("Save it and draft")).click()
    expect(page.locator(".part").first).to_be_visible()
    return page


def begun(site: Site, name: str) -> int:
    """The same, without a browser."""
    drafting = site.services.drafting
    asked = DraftRequest(Brief(), (str(add_guide(site, name)),), title=f"Starting the {name}")
    return drafting.begin(OWNER, asked).course.course_id


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("Saved")


def number_of(page: Page) -> str:
    found = re.search(r"/studio/(\d+)", page.url)
    assert found
    return found[1]


def test_from_a_draft_to_a_publication_whose_source_changes(visitor: Visitor) -> None:
    site = visitor.site
    page = drafted(visitor, "chiller")
    number = number_of(page)

    # The expert adds a sentence of their own, and signs it since no document says it.
    part = page.locator(".part").first
    part.get_by_role("textbox", name="Add a sentence").fill(OWN)
    saved(page)
    row = page.locator(".claim--unbound")
    expect(row).to_have_count(1)
    expect(page.locator("#course-bar")).to_contain_text("1 thing to see to")
    row.get_by_role("textbox").click()
    page.locator("#evidence").get_by_role("button", name="Sign it as my own experience").click()
    expect(page.locator(".claim--unbound")).to_have_count(0)
    expect(page.locator(".mark-tag").filter(has_text="Experience of owner")).to_be_visible()

    page.get_by_role("button", name="This is what I meant").click()
    page.get_by_label("Reviewer").select_option("mara")
    page.get_by_label("By", exact=True).fill("2030-05-12")
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Submitted.")).to_be_visible()

    # Who wrote it does not decide about it.
    page.goto(f"/review/{number}")
    expect(page.get_by_text("Somebody else decides")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    # The reviewer goes from part to part with keys, and asks for a change.
    other = visitor.open("/review")
    become(other, "mara")
    expect(other.get_by_role("row").filter(has_text="chiller")).to_contain_text("you")
    other.get_by_role("link", name=re.compile("chiller")).first.click()
    expect(other.locator("#evidence .panel")).to_contain_text("Starting the chiller")
    other.keyboard.press("a")
    expect(other.locator(".part").first).to_have_class(re.compile("part--accepted"))
    expect(other.locator("#accepted-count")).to_have_text("1")
    other.keyboard.press("c")
    other.keyboard.insert_text("Say for how long.")
    other.locator(".part.is-current").get_by_role("button", name="Send").click()
    expect(other.get_by_text("Say for how long.")).to_be_visible()
    other.get_by_label("Why").fill("One sentence is not precise.")
    other.get_by_role("button", name="Request changes").click()
    expect(other.locator("#course-bar")).to_contain_text("Changes requested")

    # The expert mends it and submits again.
    page.goto(f"/studio/{number}")
    expect(page.get_by_text("mara: One sentence is not precise.")).to_be_visible()
    expect(page.get_by_text("Say for how long.")).to_be_visible()
    page.get_by_role("textbox").filter(has_text=OWN).fill(OWN.replace("a minute", "two minutes"))
    saved(page)
    page.get_by_role("button", name="This is what I meant").click()
    page.get_by_role("button", name="Submit for review").click()

    # The reviewer sees what changed since their decision, approves exactly that, and publishes it.
    other.goto(f"/review/{number}")
    expect(other.locator(".since ins").filter(has_text="two")).to_be_visible()
    # What was accepted has been edited since, and is no longer.
    expect(other.locator(".part--accepted")).to_have_count(0)
    other.get_by_label("Why").fill("As the guide says.")
    other.get_by_role("button", name="Approve").click()
    other.get_by_role("button", name="Publish it").click()
    expect(other.get_by_text("Published as number 1.")).to_be_visible()

    # The source changes: old and new stand side by side, and the new words are taken with one press.
    text = GUIDE.replace("cold store", "chiller").replace("kept for ten years", "kept for twelve years")
    document_id = next(
        entry.document_id
        for entry in site.services.library.list_documents(OWNER, 200).entries
        if entry.name == "chiller.md"
    )
    site.services.library.add_version(document_id, text.encode(), OWNER)
    page.goto("/studio")
    expect(page.get_by_role("heading", name="Sources have changed")).to_be_visible()
    task = page.locator(".risk").first
    expect(task.get_by_role("group", name="Before").locator("del")).to_contain_text("ten")
    expect(task.get_by_role("group", name="Now").locator("ins")).to_contain_text("twelve")
    page.get_by_role("row").filter(has_text="chiller").get_by_role("link", name=re.compile(r"^\d+$")).click()
    page.get_by_role("button", name="Take it").first.click()
    page.goto(f"/studio/{number}/history")
    expect(page.get_by_text("owner mended a claim")).to_be_visible()


def test_words_are_bound_without_a_script_and_looked_up_on_a_phone(visitor: Visitor) -> None:
    site = visitor.site
    number = begun(site, "freezer")
    page = visitor.open(f"/studio/{number}", script=False)
    part = page.locator(".part").first
    part.get_by_role("textbox", name="Add a sentence").fill("The oil level stands between the marks.")
    part.get_by_role("button", name=re.compile("^Save")).click()
    page.get_by_role("link", name="Find evidence").click()
    page.get_by_role("button", name="The oil level stands between the two marks of the sight glass.").click()
    expect(page.get_by_role("link", name="Find evidence")).to_have_count(0)
    page.locator(".part").first.locator(".chip").last.click()
    expect(page.locator("mark#mark-1")).to_have_text(re.compile("^The oil level stands between"))

    page = visitor.open(f"/studio/{number}", NARROW)
    page.locator(".chip").first.click()
    expect(page.locator("#evidence .panel")).to_contain_text("Starting the freezer")
    page.keyboard.press("Escape")
    expect(page.locator(".chip").first).to_be_focused()


def test_pages_of_courses_have_no_violation(visitor: Visitor, axe: str) -> None:
    number = begun(visitor.site, "ice machine")
    services = visitor.site.services
    course = services.courses.get(OWNER, number)
    part = course.content.lessons[0].parts[0]
    services.courses.suggest(OWNER, number, part.id, part.claims[0].id, "Look at the oil first.", "Shorter?")
    found = {}
    page = visitor.open("/review")
    for path in ("/studio", f"/studio/{number}", f"/review/{number}"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        found[path] = check(page, axe)
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        page.emulate_media(color_scheme="light")
    evidence = f"/parts/{part.id}/claims/{part.claims[0].id}"
    for path in (
        "?view=outline",
        "/checks",
        "/comments",
        "/preview",
        "/history",
        f"/parts/{part.id}/versions",
        evidence,
    ):
        page.goto(f"/studio/{number}{path}")
        found[path] = violations(page, axe)
    assert {path: said for path, said in found.items() if said} == {}
