"""Drafts courses without a language model: everything they say stands word for word in the sources."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock

from assistant.model_budget import Budget
from assistant.remembered_vectors import RememberedVectors
from authoring.binding import Binder
from authoring.block import Block
from authoring.course import Brief, Lesson, Part
from authoring.extractive_items import ItemMaker, ItemPool
from authoring.extractive_redraft import BlockRedraft, ItemRedraft
from authoring.item_key import KeyGate
from authoring.lesson_blocks import BlockMaker, MadeBlock
from authoring.objectives import objective_of, vocabulary_of
from authoring.redraft_wish import read_wish
from authoring.teaching_material import Section, read_sections
from authoring.teaching_order import LessonPlan, choose_lessons, in_teaching_order, plan_lessons
from authoring.wording import Wording, wording_of
from corpus.embedder import Embedder, Vectors
from corpus.errors import Invalid
from corpus.passage import Passage

NAME = "extractive"

ITEMS = 3
"""Of a lesson at most; fewer where the material makes no more that are sound."""

_REMEMBERED_MATERIALS = 4


class NothingToTeach(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "The material holds no text that could be taught. Choose documents with whole sentences, tables or steps."
        )


class NothingElse(Invalid):
    """No other version of a part can be made of the sources."""

    def __init__(self) -> None:
        super().__init__(
            "The sources say nothing else that fits here. Add material to the course, or write this part yourself."
        )


class ReadMaterial:
    """Material with what is found in it, each looked for once."""

    def __init__(self, material: Sequence[Passage]) -> None:
        self.sections: list[Section] = read_sections(material)
        languages = [passage.language for passage in material]
        self.language = max(sorted(set(languages)), key=languages.count) if languages else ""

    @cached_property
    def pool(self) -> ItemPool:
        return ItemPool.of(self.sections)


class ExtractiveDrafter:
    """A `Drafter`."""

    def __init__(self, embedder: Embedder, binder: Binder) -> None:
        self._embedder = RememberedVectors(embedder)
        self._blocks = BlockMaker(binder, self._embedder)
        self._items = ItemMaker(binder, KeyGate(self._embedder), self._embedder)
        self._block_redraft = BlockRedraft(self._blocks, self._embedder)
        self._item_redraft = ItemRedraft(self._items, self._embedder)
        self._read: OrderedDict[tuple[int, ...], ReadMaterial] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        return NAME

    def outline(self, brief: Brief, material: Sequence[Passage], budget: Budget) -> list[Lesson]:
        read = self._material(material)
        wording = _wording(brief, read.language)
        plans = plan_lessons(read.sections, wording)
        if not plans:
            raise NothingToTeach
        goal = self._goal(brief)
        if goal is not None or len(plans) > 1:
            vectors = self._embedder.embed([plan.text for plan in plans])
            plans = choose_lessons(plans, vectors, goal, brief.lessons)
        vocabulary = vocabulary_of([passage.text for passage in material])
        return [
            Lesson(
                id=_lesson_id(plan),
                title=plan.title,
                objective=objective_of(plan, wording, vocabulary),
                material=plan.chunk_ids,
            )
            for plan in in_teaching_order(plans)
        ]

    def draft(self, brief: Brief, lesson: Lesson, material: Sequence[Passage], budget: Budget) -> Iterator[Part]:
        read = self._material(material)
        wording = _wording(brief, read.language)
        plan = _plan_of(lesson, read.sections)
        if plan is None:
            return
        made: list[MadeBlock] = []
        for one in self._blocks.blocks(lesson.id, plan, read.sections, self._goal(brief)):
            made.append(one)
            yield one.block
        yield from self._items.items(lesson, plan, made, read.pool, wording, ITEMS)

    def redraft(
        self, brief: Brief, lesson: Lesson, part: Part, instruction: str, material: Sequence[Passage], budget: Budget
    ) -> Part:
        read = self._material(material)
        plan = _plan_of(lesson, read.sections)
        if plan is None:
            raise NothingElse
        wish = read_wish(instruction)
        made: Part | None
        if isinstance(part, Block):
            made = self._block_redraft.redraft(lesson, part, plan, wish)
        else:
            wording = _wording(brief, read.language)
            made = self._item_redraft.redraft(lesson, part, plan, read.pool, wording, wish)
        if made is None:
            raise NothingElse
        return made

    def _material(self, material: Sequence[Passage]) -> ReadMaterial:
        key = tuple(chunk.chunk_id for passage in material for chunk in passage.chunks)
        with self._lock:
            if key in self._read:
                self._read.move_to_end(key)
                return self._read[key]
        read = ReadMaterial(material)
        with self._lock:
            self._read[key] = read
            while len(self._read) > _REMEMBERED_MATERIALS:
                self._read.popitem(last=False)
        return read

    def _goal(self, brief: Brief) -> Vectors | None:
        wanted = " ".join(part for part in (brief.goal, brief.outcome, brief.learners) if part.strip())
        if not wanted:
            return None
        goal: Vectors = self._embedder.embed([wanted])[0]
        return goal


def _wording(brief: Brief, language: str) -> Wording:
    return wording_of(brief.language or language)


def _lesson_id(plan: LessonPlan) -> str:
    digest = hashlib.blake2b(repr((plan.title, plan.chunk_ids)).encode(errors="surrogatepass"), digest_size=5)
    return f"lesson-{digest.hexdigest()}"


def _plan_of(lesson: Lesson, sections: Sequence[Section]) -> LessonPlan | None:
    """The sections of the lesson's material, each with what begins in it."""
    wanted = set(lesson.material)
    found: list[Section] = []
    for section in sections:
        passages = tuple(passage for passage in section.passages if passage.chunks[0].chunk_id in wanted)
        paragraphs = tuple(one for one in section.paragraphs if one.statements[0].chunk_id in wanted)
        if passages and paragraphs:
            found.append(replace(section, passages=passages, paragraphs=paragraphs))
    return LessonPlan(lesson.title, tuple(found)) if found else None
