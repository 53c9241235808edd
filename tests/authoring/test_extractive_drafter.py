"""The extractive drafter meets the contract, and makes whole lessons of the sources' own words."""

import pytest

from assistant.model_budget import Boundless
from authoring.block import BlockKind
from authoring.clips import CLIP_S
from authoring.course import LESSON_WORDS, BloomLevel, Brief
from authoring.duration import lesson_words
from authoring.extractive_drafter import ExtractiveDrafter, NothingElse
from authoring.quiz_item import ItemKind
from corpus.chunk import ChunkKind
from corpus.passage import Passage
from tests.authoring.drafting import TimedResolver, a_course, a_document, a_drafter, blocks_of, full, items_of
from tests.contracts.drafter import DrafterContract, pump_material

FILLER = (
    "Every machine in the hall has a card that says who looks after it. The card hangs beside the main switch. "
    "Whoever moves a machine writes the new place on the card. Cards that cannot be read any more are replaced. "
)


class TestExtractiveDrafter(DrafterContract):
    @pytest.fixture
    def drafter(self) -> ExtractiveDrafter:
        return a_drafter()


def test_numbered_steps_become_steps_in_their_order() -> None:
    (steps,) = blocks_of(a_course(pump_material()), BlockKind.STEPS)
    assert [claim.text for claim in steps.claims] == [
        "Close the suction valve.",
        "Lock the main switch and keep the key.",
        "Drain the housing for 15 minutes.",
        "Open the cover with the red spanner.",
    ]


def test_a_table_becomes_a_table_with_its_columns() -> None:
    (table,) = blocks_of(a_course(pump_material()), BlockKind.TABLE)
    assert table.columns == ("Pump", "Oil change", "Weight")
    assert table.claims[1].text == "P120\tevery 9 months\t97 kg"


def test_a_checklist_becomes_a_job_aid() -> None:
    text = f"{FILLER}\n\n- Check the oil\n- Clean the strainer\n- Close the cover\n- Write down the hours"
    (aid,) = blocks_of(a_course(a_document(("Before the weekend", text))), BlockKind.JOB_AID)
    assert [claim.text for claim in aid.claims][:2] == ["Check the oil", "Clean the strainer"]


def test_an_example_is_told_as_one() -> None:
    text = f"{FILLER} A pass is valid for one day. For example, a pass of Monday opens no door on Tuesday."
    (example,) = blocks_of(a_course(a_document(("Passes", text))), BlockKind.EXAMPLE)
    assert example.text == "For example, a pass of Monday opens no door on Tuesday."


def test_what_points_at_another_place_of_the_page_is_left_out() -> None:
    text = f"{FILLER} See the table below for all passes. Guests get a blue pass at the gate."
    lesson = a_course(a_document(("Passes", text)))[0]
    assert "below" not in " ".join(block.text for block in lesson.blocks)
    assert any("blue pass" in block.text for block in lesson.blocks)


def test_contents_and_links_are_no_lessons() -> None:
    contents = "Passes ........ 3\nMachines ........ 4\nLeave ........ 7"
    links = "- Travel Policy\n- Leave Policy\n- Expense Form\n- Security Guide"
    lessons = a_course(a_document(("Contents", contents), ("Machines", FILLER * 2), ("See also", links)))
    said = " ".join(block.text for lesson in lessons for block in lesson.blocks)
    assert "....." not in said
    assert "Expense Form" not in said


def test_a_long_document_is_divided_along_its_headings() -> None:
    sections = [(f"Topic {number}", f"{FILLER} Rule {number} holds in hall {number}. " * 5) for number in range(6)]
    lessons = a_drafter().outline(Brief(), a_document(*sections), Boundless())
    assert [lesson.title for lesson in lessons] == [f"Topic {number}" for number in range(6)]


def test_no_lesson_is_longer_than_a_lesson_may_be() -> None:
    sections = [(f"Topic {number}", f"{FILLER} Rule {number} says {number} times so. " * 25) for number in range(3)]
    lessons = a_course(a_document(*sections))
    assert lessons
    assert all(lesson_words(lesson) <= LESSON_WORDS for lesson in lessons)


def test_the_goal_decides_which_lessons_are_taught() -> None:
    sections = [
        ("Parking", "Cars of guests stand behind hall two, and bicycles stand under the roof. " * 40),
        ("Leave", "Annual leave is requested in the portal, and the manager answers the request. " * 40),
    ]
    brief = Brief(goal="Employees request annual leave in the portal", lessons=1)
    (lesson,) = a_drafter().outline(brief, a_document(*sections), Boundless())
    assert lesson.title == "Leave"


def test_what_defines_a_term_comes_before_what_uses_it() -> None:
    uses = "The Duty Roster is posted on Monday, and swaps of the Duty Roster need the consent of the planner. " * 8
    defines = "The Duty Roster is a list of who is on call in which week and at which of our sites. " * 8
    material = [
        *a_document(("Swaps", uses), title="Swaps", document_id=1, first_chunk=1),
        *a_document(("Words", defines), title="Words", document_id=2, first_chunk=9),
    ]
    lessons = a_drafter().outline(Brief(), material, Boundless())
    assert [lesson.title for lesson in lessons] == ["Words", "Swaps"]


def test_a_procedure_is_to_be_applied_and_words_are_to_be_understood() -> None:
    steps = "\n".join(f"{number}. Press the button number {number} and wait for the light." for number in range(1, 9))
    words = " ".join(
        f"A {name} is a part of the machine that keeps it cool." for name in ("fin", "fan", "coil", "duct")
    )
    first, second = a_course(
        [
            *a_document(("Starting", steps), title="Starting", document_id=1, first_chunk=1),
            *a_document(("Parts", words), title="Parts", document_id=2, first_chunk=5),
        ]
    )
    assert first.objective.level is BloomLevel.APPLY
    assert second.objective.level is BloomLevel.UNDERSTAND


def test_german_material_is_asked_about_in_german() -> None:
    rows = "\n".join(f"Ort: {place} | Schicht: {hour} Uhr" for place, hour in (("Kiel", 6), ("Ulm", 7), ("Jena", 9)))
    prose = "Die Schichten beginnen je nach Ort zu anderen Zeiten. Wer tauscht, sagt es der Leitung am Tag davor. " * 3
    material = a_document(("Schichten", prose), title="Plan", language="de")
    material += a_document(("Schichten", rows), title="Plan", language="de", kind=ChunkKind.TABLE, first_chunk=2)
    stems = [item.stem.text for lesson in a_course(material) for item in lesson.items]
    assert any(stem.startswith(("Was gibt die Tabelle", "Schichten: Ordnen Sie")) for stem in stems)


def test_a_language_without_stems_of_its_own_gets_items_that_need_none() -> None:
    steps = "\n".join(f"{number}. Trykk på knappen nummer {number}." for number in range(1, 6))
    lessons = a_course(a_document(("Start", steps), language="nb"))
    kinds = {item.kind for lesson in lessons for item in lesson.items}
    assert kinds <= {ItemKind.CLOZE, ItemKind.ORDERING, ItemKind.MATCHING}
    assert ItemKind.ORDERING in kinds


def test_what_is_said_becomes_quotes_with_the_question_before_them() -> None:
    lesson = a_course(an_interview("text/vtt"))[0]
    quotes = blocks_of([lesson], BlockKind.QUOTE)
    assert "Guest: Why does the oil heater run for so long?" in [quote.claims[0].text for quote in quotes]
    assert not blocks_of([lesson], BlockKind.CLIP)


def test_a_recording_is_shown_where_it_is_explained() -> None:
    drafter, material = a_drafter(TimedResolver()), an_interview("video/mp4")
    lesson = full(drafter, drafter.outline(Brief(), material, Boundless())[0], material)
    (shown,) = blocks_of([lesson], BlockKind.CLIP)
    assert shown.clip is not None
    assert 10 < shown.clip.end_s - shown.clip.start_s <= CLIP_S
    said = material[0].text[int(shown.clip.start_s * 10) : int(shown.clip.end_s * 10)]
    assert [claim.text for claim in shown.claims] == said.splitlines()


def an_interview(media_type: str) -> list[Passage]:
    text = (
        "Guest: Why does the oil heater run for so long?\n"
        "Ruth: The oil soaks itself full of the refrigerant when the machine stands still. The heater drives it out "
        "again before the first start, because foam in the oil ruins the bearings.\n"
        "Guest: What should a new colleague learn first?\n"
        "Ruth: A new colleague should learn to write down pressures and temperatures every ten minutes. The notes show "
        "years later what a machine did on its first day.\n"
        "Guest: When do you call for help?\n"
        "Ruth: I call for help before the third bolt of a cover is loose. Somebody who waits longer stands in the "
        "water and has no hand free for the telephone."
    )
    return a_document(("", text), title="Interview", kind=ChunkKind.TRANSCRIPT, media_type=media_type)


def test_another_version_of_a_block_says_something_else_under_the_same_id() -> None:
    drafter, material = a_drafter(), pump_material()
    lesson = full(drafter, drafter.outline(Brief(), material, Boundless())[0], material)
    block = next(block for block in lesson.blocks if block.kind is BlockKind.TEXT and len(block.claims) > 1)
    other = drafter.redraft(Brief(), lesson, block, "shorter", material, Boundless())
    assert other.id == block.id
    assert 0 < len(other.claims) < len(block.claims)
    assert {claim.id for claim in other.claims}.isdisjoint(claim.id for claim in block.claims)


def test_another_version_of_an_item_asks_something_else() -> None:
    drafter, material = a_drafter(), pump_material()
    lesson = full(drafter, drafter.outline(Brief(), material, Boundless())[0], material)
    item = lesson.items[0]
    other = drafter.redraft(Brief(), lesson, item, "", material, Boundless())
    assert other.id == item.id
    assert other.claims[0].text != item.stem.text


def test_an_item_of_a_named_kind_is_made_where_the_sources_have_one() -> None:
    drafter, material = a_drafter(), pump_material()
    lesson = full(drafter, drafter.outline(Brief(), material, Boundless())[0], material)
    asked = next(item for item in lesson.items if item.kind is not ItemKind.TRUE_FALSE)
    other = drafter.redraft(Brief(), lesson, asked, "make it true/false", material, Boundless())
    assert getattr(other, "kind", None) is ItemKind.TRUE_FALSE


def test_where_the_sources_say_nothing_else_it_is_said_so() -> None:
    drafter = a_drafter()
    material = a_document(("Guests", "Guests of the company wear a badge in blue, which they return at the gate. " * 4))
    lesson = full(drafter, drafter.outline(Brief(), material, Boundless())[0], material)
    with pytest.raises(NothingElse):
        drafter.redraft(Brief(), lesson, lesson.blocks[0], "another one", material, Boundless())


def test_every_option_says_why_and_every_claim_is_bound() -> None:
    lessons = a_course(pump_material())
    items = [item for lesson in lessons for item in lesson.items]
    assert items
    assert all(claim.is_bound for lesson in lessons for part in lesson.parts for claim in part.claims)
    chosen = [*items_of(lessons, ItemKind.MULTIPLE_CHOICE), *items_of(lessons, ItemKind.TRUE_FALSE)]
    assert all(option.rationale is not None for item in chosen for option in item.options)
