"""What every Drafter must do."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.model_budget import Boundless
from authoring.block import Block
from authoring.course import Brief, Lesson, LessonState, Part
from authoring.drafter import Drafter
from authoring.quiz_item import QuizItem
from corpus.chunk import ChunkKind, Piece
from corpus.citation import find_quote
from corpus.errors import Invalid
from corpus.passage import Passage, PassageChunk
from tests.assistant.passages import a_passage

TITLE = "Pump handbook"

STEPS = (
    "Work on a pump is done in this order:\n\n"
    "1. Close the suction valve.\n"
    "2. Lock the main switch and keep the key.\n"
    "3. Drain the housing for 15 minutes.\n"
    "4. Open the cover with the red spanner.\n\n"
    "Two people are present whenever a housing is open. The second person carries the radio."
)
LEAVE = (
    "Every pump is inspected once every 12 months. The inspection takes 3 hours and is done by Ruth Ahrens. "
    "A pump that leaked is inspected again after 4 weeks.\n\n"
    "Spare parts are ordered in the portal. An order needs the consent of the shift leader if it costs more than €500. "
    "Parts that are not used are sent back within 30 days."
)
TABLE = (
    "Pump: P90 | Oil change: every 6 months | Weight: 84 kg\n"
    "Pump: P120 | Oil change: every 9 months | Weight: 97 kg\n"
    "Pump: P240 | Oil change: every 12 months | Weight: 120 kg\n"
    "Pump: P360 | Oil change: every 18 months | Weight: 145 kg"
)
NOTICE = (
    "A buffer is a tank of water between the pump and its consumers. "
    "A strainer is a sieve that keeps sand out of the pump. "
    "A ramp is the time in which the pump reaches its full speed. "
    "The strainer has to be cleaned after every 200 hours of operation, because sand wears the seals."
)


def pump_material() -> list[Passage]:
    """A small handbook, one passage for each chunk."""
    passages = [
        a_passage(NOTICE, chunk_id=11, title=TITLE, headings=(TITLE, "Words")),
        a_passage(STEPS, chunk_id=12, title=TITLE, headings=(TITLE, "Opening a pump")),
        a_passage(LEAVE, chunk_id=13, title=TITLE, headings=(TITLE, "Inspections and parts")),
        a_passage(TABLE, chunk_id=14, title=TITLE, headings=(TITLE, "Models"), kind=ChunkKind.TABLE),
    ]
    return [replace(passage, document_id=1, version_id=1, chunks=(_placed(passage),)) for passage in passages]


def _placed(passage: Passage) -> PassageChunk:
    """At a place of its own in the one document."""
    chunk = passage.chunks[0]
    return replace(chunk, pieces=(Piece(0, 10_000 * chunk.chunk_id, len(chunk.text)),))


class DrafterContract:
    """Subclass it and give the fixture `drafter`."""

    @pytest.fixture
    def drafter(self) -> Drafter:
        raise NotImplementedError

    @pytest.fixture
    def material(self) -> list[Passage]:
        return pump_material()

    def test_has_a_name(self, drafter: Drafter) -> None:
        assert drafter.name

    def test_an_outline_plans_lessons_of_the_given_material(self, drafter: Drafter, material: list[Passage]) -> None:
        lessons = drafter.outline(Brief(), material, Boundless())
        known = {passage.chunks[0].chunk_id for passage in material}
        assert lessons
        assert all(lesson.state is LessonState.PLANNED and not lesson.parts for lesson in lessons)
        assert all(lesson.title and lesson.objective.verb and lesson.objective.what for lesson in lessons)
        assert all(lesson.material and set(lesson.material) <= known for lesson in lessons)
        assert len({lesson.id for lesson in lessons}) == len(lessons)

    def test_an_outline_has_no_more_lessons_than_the_brief_allows(
        self, drafter: Drafter, material: list[Passage]
    ) -> None:
        assert len(drafter.outline(Brief(lessons=1), material, Boundless())) == 1

    def test_material_that_says_nothing_is_refused(self, drafter: Drafter) -> None:
        with pytest.raises(Invalid):
            drafter.outline(Brief(), [a_passage("1", chunk_id=1, title="Empty")], Boundless())

    def test_a_lesson_comes_as_blocks_and_then_items(self, drafter: Drafter, material: list[Passage]) -> None:
        lesson, parts = drafted(drafter, material)
        kinds = [isinstance(part, QuizItem) for part in parts]
        assert parts
        assert isinstance(parts[0], Block)
        assert kinds == sorted(kinds)
        assert lesson.blocks

    def test_whatever_is_quoted_stands_word_for_word_in_the_material(
        self, drafter: Drafter, material: list[Passage]
    ) -> None:
        texts = [passage.chunks[0].text for passage in material]
        lesson, _ = drafted(drafter, material)
        quoted = [evidence.quote for part in lesson.parts for claim in part.claims for evidence in claim.evidence]
        assert quoted
        assert all(any(find_quote(text, quote) is not None for text in texts) for quote in quoted)

    def test_ids_of_parts_and_claims_are_unique(self, drafter: Drafter, material: list[Passage]) -> None:
        lessons = drafter.outline(Brief(), material, Boundless())
        parts = [part for lesson in lessons for part in drafter.draft(Brief(), lesson, material, Boundless())]
        ids = [*(part.id for part in parts), *(claim.id for part in parts for claim in part.claims)]
        assert len(set(ids)) == len(ids)

    def test_the_same_asked_again_is_answered_the_same(self, drafter: Drafter, material: list[Passage]) -> None:
        first, second = (drafter.outline(Brief(), material, Boundless()) for _ in range(2))
        assert first == second
        assert drafted(drafter, material) == drafted(drafter, material)

    def test_a_part_is_redrafted_under_its_id(self, drafter: Drafter, material: list[Passage]) -> None:
        lesson, parts = drafted(drafter, material)
        block = next(part for part in parts if isinstance(part, Block))
        try:
            other = drafter.redraft(Brief(), lesson, block, "shorter", material, Boundless())
        except Invalid:
            return
        assert isinstance(other, Block)
        assert other.id == block.id
        assert other.text != block.text


def drafted(drafter: Drafter, material: Sequence[Passage]) -> tuple[Lesson, list[Part]]:
    """The first lesson with all its parts."""
    lesson = drafter.outline(Brief(), material, Boundless())[0]
    parts = list(drafter.draft(Brief(), lesson, material, Boundless()))
    blocks = tuple(part for part in parts if isinstance(part, Block))
    items = tuple(part for part in parts if isinstance(part, QuizItem))
    full = Lesson(lesson.id, lesson.title, lesson.objective, LessonState.DRAFTED, blocks, items, lesson.material)
    return full, parts
