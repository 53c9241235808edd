"""Drafts with a language model: it composes, and only what verbatim spans of the material bear out gets in."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TypeVar

import numpy as np

from assistant.language_model import LanguageModel, Message, ReplyCut
from assistant.model_budget import Budget, BudgetSpent
from authoring.binding import Binder
from authoring.block import Block
from authoring.cited_writing import CitedWriting, numbers_in
from authoring.course import LESSON_WORDS, Brief, CourseContent, Lesson, Objective, Part
from authoring.draft_loss import DraftLoss, LossKind
from authoring.draft_prompts import Source, blocks_prompt, items_prompt, once_more, outline_prompt, redraft_prompt
from authoring.drafter import Drafter
from authoring.duration import lesson_words, word_count
from authoring.item_key import KeyGate
from authoring.item_set import check_set
from authoring.model_reply import (
    BLOCKS,
    ITEMS,
    LESSONS,
    ListForm,
    MalformedElement,
    SaidLesson,
    WholeElements,
)
from authoring.quiz_item import QuizItem
from authoring.written_block import asserts_nothing, written_block
from authoring.written_item import written_item
from corpus.embedder import Embedder
from corpus.errors import Invalid, Unavailable
from corpus.passage import Passage

T = TypeVar("T")

PROMPT_CHARACTERS = 24_000
"""Of sources, some 6,000 tokens: fits every model's window together with the reply."""

LEAST_OF_SECTION = 240
"""Characters that a section has in an outline's prompt at least, however many there are."""

LESSON_CHARACTERS = 6_000
"""Where the brief does not say how many lessons, there is one for so many characters, at most `MOST_LESSONS`."""

MOST_LESSONS = 12

BLOCK_WORDS = 650
"""Of a lesson's `LESSON_WORDS`; the rest is for its items."""

FEWEST_WORDS = 5
"""Material of fewer holds no sentence."""

OBJECTIVE_WORDS = 25

FEWEST_ITEMS = 2
"""Of a lesson: where fewer are sound, the model is told what was wrong and writes others."""

_TRIES = 2
_MOST_FLAWS = 8
_LONGEST_ERROR = 300
_AT_ANY_TIME = nullcontext()


class MalformedReply(Unavailable):
    def __init__(self, model: str, reason: str) -> None:
        super().__init__(
            f"The language model {model} did not reply in the form that was asked for ({reason}). "
            "Try again, draft without a model, or let an administrator choose another one."
        )
        self.model = model
        self.reason = reason


class NothingToTeach(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "The language model found nothing to teach in this material. Choose documents with more text in them, or "
            "say in the goal what it is about."
        )


class NothingElse(Invalid):
    def __init__(self, part_id: str) -> None:
        super().__init__(
            "Nothing else that the sources bear out could be written for this. Say in the instruction what it is to "
            "be, or edit it yourself."
        )
        self.part_id = part_id


def _uncounted(loss: DraftLoss) -> None:
    """Nobody asked."""


class ModelDrafter:
    """`lost` hears of everything that was written and left out, while the part is made that it was written for.

    `fallback` drafts a lesson of which nothing is borne out, its losses being told first. `turns` is held while
    something is calculated, and never while the model is waited for.
    """

    def __init__(
        self,
        model: LanguageModel,
        binder: Binder,
        embedder: Embedder,
        timeout_s: float,
        fallback: Drafter | None = None,
        lost: Callable[[DraftLoss], None] = _uncounted,
        turns: AbstractContextManager[object] = _AT_ANY_TIME,
    ) -> None:
        self._model = model
        self._binder = binder
        self._embedder = embedder
        self._timeout_s = timeout_s
        self._fallback = fallback
        self._lost = lost
        self._turns = turns
        self._gate = KeyGate(embedder)

    @property
    def name(self) -> str:
        return self._model.name

    def outline(self, brief: Brief, material: Sequence[Passage], budget: Budget) -> list[Lesson]:
        sections = _sections(material)
        if sum(word_count(section.text) for section in sections) < FEWEST_WORDS:
            raise NothingToTeach
        total = sum(section.length for section in sections)
        wanted = brief.lessons or max(1, min(MOST_LESSONS, round(total / LESSON_CHARACTERS)))
        lessons: list[Lesson] = []
        seen = 0
        for batch in _batches(sections, most=wanted):
            seen += sum(section.length for section in batch)
            # Each batch has the lessons that its length entitles it to, and what those before it left.
            left = round(wanted * seen / total) - len(lessons)
            if left < 1:
                continue
            sources = [section.source(number, _share(sections, wanted)) for number, section in enumerate(batch, 1)]
            asked = outline_prompt(brief, sources, left, [lesson.title for lesson in lessons])
            planned = [self._lesson(said, batch, brief) for said in self._elements(asked, LESSONS, "outline", budget)]
            lessons.extend([lesson for lesson in planned if lesson is not None][:left])
        if not lessons:
            raise NothingToTeach
        return _numbered(lessons, brief)

    def draft(self, brief: Brief, lesson: Lesson, material: Sequence[Passage], budget: Budget) -> Iterator[Part]:
        sources = self._sources(lesson, material)
        if not sources:
            return
        blocks: list[Block] = []
        for block in self._blocks(brief, lesson, sources, budget):
            blocks.append(block)
            yield block
        if not blocks and self._fallback is not None:
            yield from self._fallback.draft(brief, lesson, material, budget)
            return
        yield from self._items(brief, replace(lesson, blocks=tuple(blocks), items=()), sources, budget)

    def _blocks(self, brief: Brief, lesson: Lesson, sources: Sequence[Source], budget: Budget) -> Iterator[Block]:
        writing = self._writing(sources, self._lost)
        asked = blocks_prompt(brief, lesson, sources)
        left = BLOCK_WORDS
        for place, said in enumerate(self._elements(asked, BLOCKS, lesson.id, budget), 1):
            block = written_block(f"{lesson.id}-b{place}", said, writing)
            if block is None:
                continue
            length = word_count(block.text)
            if length > left:
                writing.lose(block.id, LossKind.FULL, block.text)
                continue
            left -= length
            yield block

    def _items(self, brief: Brief, lesson: Lesson, sources: Sequence[Source], budget: Budget) -> Iterator[QuizItem]:
        """`lesson` with its blocks. Where few items are sound, others are asked for once, if the budget has it."""
        flaws: list[DraftLoss] = []

        def lost(loss: DraftLoss) -> None:
            flaws.append(loss)
            self._lost(loss)

        writing = self._writing(sources, lost)
        place = 0
        for turn in range(_TRIES):
            asked = items_prompt(brief, lesson, sources, flaws[:_MOST_FLAWS])
            flaws.clear()
            try:
                for said in self._elements(asked, ITEMS, lesson.id, budget):
                    place += 1
                    item = written_item(f"{lesson.id}-i{place}", said, writing, self._gate)
                    if item is not None and _belongs(item, lesson, writing):
                        lesson = replace(lesson, items=(*lesson.items, item))
                        yield item
            except (BudgetSpent, MalformedReply):
                # Without the other items the lesson is whole.
                if not turn:
                    raise
            if len(lesson.items) >= FEWEST_ITEMS or not flaws:
                return

    def redraft(
        self, brief: Brief, lesson: Lesson, part: Part, instruction: str, material: Sequence[Passage], budget: Budget
    ) -> Part:
        sources = self._sources(lesson, material)
        if not sources:
            raise NothingElse(part.id)
        writing = self._writing(sources, self._lost)
        asked = redraft_prompt(brief, lesson, part, instruction, sources)
        known = _said(part)
        made: Block | QuizItem | None
        if isinstance(part, Block):
            for said in self._elements(asked, BLOCKS, part.id, budget):
                made = written_block(part.id, said, writing)
                if made is not None and _said(made) != known:
                    return replace(made, revision=part.revision, edited_by=part.edited_by)
        else:
            for wanted in self._elements(asked, ITEMS, part.id, budget):
                made = written_item(part.id, wanted, writing, self._gate)
                if made is not None and _said(made) != known:
                    return replace(made, revision=part.revision, edited_by=part.edited_by)
        raise NothingElse(part.id)

    def _elements(self, messages: list[Message], form: ListForm[T], part_id: str, budget: Budget) -> Iterator[T]:
        """As they arrive. Asked for once more where there is none that could be read. Raises `MalformedReply`."""
        error = ""
        for _ in range(_TRIES):
            budget.check(self.name)
            elements = WholeElements(form.key)
            said: list[str] = []
            read, error = 0, "there is no list in it"
            spent = partial(budget.spend, self.name)
            # Closed here and now when the reply is not read to its end, so that what it took is noted.
            with closing(self._model.stream(messages, self._timeout_s, spent, form.reply)) as pieces:
                try:
                    for piece in pieces:
                        said.append(piece)
                        for element in elements.feed(piece):
                            try:
                                parsed = form.read(element)
                            except MalformedElement as malformed:
                                error = str(malformed)[:_LONGEST_ERROR]
                                self._lost(DraftLoss(part_id, LossKind.MALFORMED, element, error))
                                continue
                            read += 1
                            yield parsed
                except ReplyCut as cut:
                    error = "it was cut off"
                    self._lost(DraftLoss(part_id, LossKind.MALFORMED, "".join(said)[-200:], cut.reason))
            if read or elements.is_empty:
                return
            messages = once_more(messages, "".join(said), error)
        raise MalformedReply(self.name, error)

    def _lesson(self, said: SaidLesson, batch: Sequence["_Section"], brief: Brief) -> Lesson | None:
        """Ids of sources that were not given are dropped, and so is a lesson without any."""
        used = [batch[number - 1] for number in numbers_in(said.sources) if 1 <= number <= len(batch)]
        passages = [passage for section in sorted(set(used), key=batch.index) for passage in section.passages]
        if not passages:
            self._lost(DraftLoss("outline", LossKind.UNCITED, said.title))
            return None
        known = [
            brief.goal,
            brief.outcome,
            *(line for passage in passages for line in (passage.text, *_titles(passage))),
        ]
        title = " ".join(said.title.split())
        if not title or not asserts_nothing(title, known):
            self._lost(DraftLoss("outline", LossKind.UNBOUND, title, "a title says what the material does not"))
            title = used[0].title
        objective = Objective(
            " ".join(said.verb.split()).casefold(), " ".join(said.what.split()).rstrip("."), said.level
        )
        if not objective.verb or not asserts_nothing(f"to {objective.text}", known, OBJECTIVE_WORDS):
            self._lost(
                DraftLoss("outline", LossKind.UNBOUND, objective.text, "an objective says what the material does not")
            )
            objective = replace(objective, verb=objective.verb or "explain", what=title)
        return Lesson("", title, objective, material=tuple(chunk.chunk_id for one in passages for chunk in one.chunks))

    def _sources(self, lesson: Lesson, material: Sequence[Passage]) -> list[Source]:
        """Of a lesson with more material than fits, what is nearest to its objective, in the order of the documents."""
        passages = list(material)
        if lesson.material:
            passages = [one for one in material if any(chunk.chunk_id in lesson.material for chunk in one.chunks)]
        if sum(len(passage.text) for passage in passages) > PROMPT_CHARACTERS:
            passages = self._nearest(f"{lesson.title}. {lesson.objective.text}", passages)
        return [
            Source(f"S{number}", " > ".join(_titles(passage)), passage.text, (passage,))
            for number, passage in enumerate(passages, 1)
        ]

    def _nearest(self, aim: str, passages: Sequence[Passage]) -> list[Passage]:
        with self._turns:
            vectors = self._embedder.embed([aim, *(passage.text for passage in passages)])
        chosen: list[int] = []
        left = PROMPT_CHARACTERS
        for place in np.argsort(-(vectors[1:] @ vectors[0]), kind="stable"):
            length = len(passages[place].text)
            if length <= left or not chosen:
                chosen.append(int(place))
                left -= length
        return [passages[place] for place in sorted(chosen)]

    def _writing(self, sources: Sequence[Source], lost: Callable[[DraftLoss], None]) -> CitedWriting:
        numbered = {number: source.passages for number, source in enumerate(sources, 1)}
        return CitedWriting(numbered, self._binder, self._embedder, lost, self._turns)


@dataclass(frozen=True, slots=True)
class _Section:
    """What stands under one heading of one document."""

    title: str
    passages: tuple[Passage, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(passage.text for passage in self.passages)

    @property
    def length(self) -> int:
        return sum(len(passage.text) for passage in self.passages)

    def source(self, number: int, characters: int) -> Source:
        text = self.text
        shown = text if len(text) <= characters else text[:characters].rsplit(None, 1)[0] + " […]"
        return Source(f"S{number}", self.title, shown, self.passages)


def _sections(material: Sequence[Passage]) -> list[_Section]:
    """One that is longer than half a prompt is divided, so that what stands at its end is planned for as well."""
    found: list[_Section] = []
    told = [passage for passage in material if passage.text.strip()]
    for _, group in groupby(told, key=lambda passage: (passage.version_id, passage.headings)):
        passages: list[Passage] = []
        for passage in group:
            if passages and sum(len(one.text) for one in passages) + len(passage.text) > PROMPT_CHARACTERS // 2:
                found.append(_section(passages))
                passages = []
            passages.append(passage)
        found.append(_section(passages))
    return found


def _section(passages: Sequence[Passage]) -> _Section:
    return _Section(" > ".join(_titles(passages[0])), tuple(passages))


def _titles(passage: Passage) -> list[str]:
    return list(dict.fromkeys((passage.title, *passage.headings)))


def _share(sections: Sequence[_Section], prompts: int) -> int:
    """The characters that each section may have so that all of them fit into so many prompts, or nearly."""
    lengths = sorted(section.length for section in sections)
    left = prompts * PROMPT_CHARACTERS
    for place, length in enumerate(lengths):
        share = left // (len(lengths) - place)
        if length > share:
            return max(LEAST_OF_SECTION, share)
        left -= length
    return lengths[-1]


def _batches(sections: Sequence[_Section], most: int) -> Iterator[list[_Section]]:
    """As few prompts as hold all sections, cut to `_share`, at most about `most`."""
    share = _share(sections, most)
    batch: list[_Section] = []
    length = 0
    for section in sections:
        shown = min(section.length, share)
        if batch and length + shown > PROMPT_CHARACTERS:
            yield batch
            batch, length = [], 0
        batch.append(section)
        length += shown
    if batch:
        yield batch


def _numbered(lessons: Sequence[Lesson], brief: Brief) -> list[Lesson]:
    """The same ids where the same is planned again."""
    return [
        replace(lesson, id=f"m{hashlib.sha256(repr((brief, place, lesson)).encode()).hexdigest()[:12]}")
        for place, lesson in enumerate(lessons)
    ]


def _belongs(item: QuizItem, lesson: Lesson, writing: CitedWriting) -> bool:
    """Whether it is sound beside the lesson's blocks and its other items, and there is room for it."""
    with_it = replace(lesson, items=(*lesson.items, item))
    if lesson_words(with_it) > LESSON_WORDS:
        writing.lose(item.id, LossKind.FULL, item.stem.text)
        return False
    findings = check_set(CourseContent("", lessons=(with_it,)))
    if findings:
        writing.lose(item.id, LossKind.SHAPE, item.stem.text, "; ".join(f"{one.rule}: {one.words}" for one in findings))
    return not findings


def _said(part: Part) -> list[str]:
    return [claim.text for claim in part.claims]
