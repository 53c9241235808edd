"""Another version of one part of a lesson, made of what its sources say beside it."""

from collections.abc import Sequence
from dataclasses import replace

from authoring.block import Block, BlockKind
from authoring.claim import Evidence
from authoring.course import Lesson
from authoring.cue_phrases import Cue, cues_of, refers_back, stands_alone
from authoring.duration import word_count
from authoring.extractive_items import Candidate, ItemMaker, ItemPool
from authoring.lesson_blocks import BlockDraft, BlockMaker, MadeBlock, paragraph_drafts, quote_draft
from authoring.quiz_item import ItemKind, QuizItem
from authoring.redraft_wish import Wish
from authoring.spoken_quotes import exchanges
from authoring.teaching_material import ParagraphKind, Sourced, teaches
from authoring.teaching_order import LessonPlan
from authoring.wording import Wording
from corpus.chunk import spans_in_version
from corpus.embedder import Embedder

_EASE = {
    ItemKind.TRUE_FALSE: 0,
    ItemKind.MULTIPLE_CHOICE: 1,
    ItemKind.CLOZE: 2,
    ItemKind.MATCHING: 3,
    ItemKind.ORDERING: 4,
    ItemKind.SHORT_ANSWER: 5,
}
"""How much of an answer its options give, most first."""

_SHORTER = 0.75
_BLOCK_WORDS = 110


class BlockRedraft:
    def __init__(self, blocks: BlockMaker, embedder: Embedder) -> None:
        self._blocks = blocks
        self._embedder = embedder

    def redraft(self, lesson: Lesson, block: Block, plan: LessonPlan, wish: Wish) -> Block | None:
        """None where the sources have nothing else."""
        others = [evidence for part in lesson.parts if part.id != block.id and isinstance(part, Block)
                  for claim in part.claims for evidence in claim.evidence]  # fmt: skip
        own = [evidence for claim in block.claims for evidence in claim.evidence]
        drafts = [draft for draft in _drafts(plan) if not any(_stands_in(one, others) for one in draft.statements)]
        if wish.shorter or wish.longer:
            resized = self._resized(block, plan, own, others, wish)
            if resized is not None:
                return self._bound(block, resized)
        wanted = self._wanted(drafts, block, wish)
        at = next(
            (place for place, draft in enumerate(wanted) if any(_stands_in(one, own) for one in draft.statements)), -1
        )
        turned = wanted[at + 1 :] + wanted[: max(at, 0)]
        fresh = [draft for draft in turned if not any(_stands_in(one, own) for one in draft.statements)]
        if wish.shorter:
            fresh = [draft for draft in fresh if _words(draft) <= _SHORTER * word_count(block.text)]
        return next((made for draft in fresh if (made := self._bound(block, draft)) is not None), None)

    def _wanted(self, drafts: Sequence[BlockDraft], block: Block, wish: Wish) -> list[BlockDraft]:
        """Best first."""
        if not drafts:
            return []
        texts = [" ".join(one.text for one in draft.statements) for draft in drafts]
        steered = wish.words or block.heading or texts[0]
        vectors = self._embedder.embed([steered, *texts])
        similar = vectors[1:] @ vectors[0]

        def rank(place: int) -> tuple[float, int]:
            draft = drafts[place]
            value = float(similar[place])
            if wish.example:
                value += any(Cue.EXAMPLE in cues_of(one.text) for one in draft.statements) + (
                    draft.kind is BlockKind.EXAMPLE
                )
            if wish.simpler:
                value -= _hardness(texts[place])
            if wish.harder:
                value += _hardness(texts[place])
            return -value, place

        return [drafts[place] for place in sorted(range(len(drafts)), key=rank)]

    def _resized(
        self, block: Block, plan: LessonPlan, own: Sequence[Evidence], others: Sequence[Evidence], wish: Wish
    ) -> BlockDraft | None:
        """The same block with less, or with more of what stands beside it."""
        statements = [one for paragraph in plan.paragraphs for one in paragraph.statements]
        used = [place for place, one in enumerate(statements) if _stands_in(one, own)]
        if not used or block.kind is BlockKind.CLIP:
            return None
        if wish.shorter:
            return self._shortened(block, [statements[place] for place in used])
        after = used[-1] + 1
        if after >= len(statements) or _stands_in(statements[after], others):
            return None
        more = statements[after]
        if more.kind is not statements[used[-1]].kind or word_count(block.text) + word_count(more.text) > _BLOCK_WORDS:
            return None
        return BlockDraft(block.kind, (*(statements[place] for place in used), more), block.heading)

    def _shortened(self, block: Block, statements: Sequence[Sourced]) -> BlockDraft | None:
        if len(statements) <= 1 or block.kind in (BlockKind.STEPS, BlockKind.TABLE):
            return None
        vectors = self._embedder.embed([one.text for one in statements])
        central = (vectors @ vectors.mean(axis=0)).tolist()
        able = [place for place, one in enumerate(statements) if stands_alone(one.text)] or list(range(len(statements)))
        budget = _SHORTER * word_count(" ".join(one.text for one in statements))
        kept: set[int] = set()
        for place in sorted(able, key=lambda place: (-central[place], place)):
            if not kept or sum(word_count(statements[one].text) for one in {*kept, place}) <= budget:
                kept.add(place)
        kept = {place for place in kept if place - 1 in kept or not refers_back(statements[place].text)} or kept
        if len(kept) == len(statements):
            return None
        return BlockDraft(block.kind, tuple(statements[place] for place in sorted(kept)), block.heading)

    def _bound(self, block: Block, draft: BlockDraft) -> Block | None:
        version = f"{block.id}-v{block.revision + 1}"
        made = self._blocks.bound(version, replace(draft, heading=draft.heading or block.heading))
        return None if made is None else replace(made.block, id=block.id, revision=block.revision)


class ItemRedraft:
    def __init__(self, items: ItemMaker, embedder: Embedder) -> None:
        self._items = items
        self._embedder = embedder

    def redraft(
        self, lesson: Lesson, item: QuizItem, plan: LessonPlan, pool: ItemPool, wording: Wording, wish: Wish
    ) -> QuizItem | None:
        """None where no other sound item can be made."""
        made = [MadeBlock(block, _sources(block, plan)) for block in lesson.blocks]
        others = [other for other in lesson.items if other.id != item.id]
        passages = [passage for section in plan.sections for passage in section.passages]
        found = list(self._items.candidates(lesson, plan, made, pool, wording))
        wanted = self._wanted(found, item, wish)
        at = next((place for place, one in enumerate(wanted) if one.item.stem.text == item.stem.text), -1)
        for candidate in wanted[at + 1 :] + wanted[: max(at, 0)]:
            if candidate.item.stem.text == item.stem.text or (wish.kinds and candidate.item.kind not in wish.kinds):
                continue
            new = replace(candidate.item, id=item.id, revision=item.revision)
            if self._items.is_sound(new, others, lesson, made, passages):
                return new
        return None

    def _wanted(self, found: Sequence[Candidate], item: QuizItem, wish: Wish) -> list[Candidate]:
        """Best first: in the order in which they are made, unless the wish says otherwise."""
        similar = [0.0] * len(found)
        if wish.words and found:
            vectors = self._embedder.embed([wish.words, *(one.item.stem.text for one in found)])
            similar = (vectors[1:] @ vectors[0]).tolist()

        def rank(place: int) -> tuple[float, float, int]:
            ease = _EASE[found[place].item.kind] - _EASE[item.kind]
            steered = -ease if wish.harder else ease if wish.simpler else 0
            return float(steered), -similar[place], place

        return [found[place] for place in sorted(range(len(found)), key=rank)]


def _drafts(plan: LessonPlan) -> list[BlockDraft]:
    """All blocks that the lesson's material makes, whether they are shown or not."""
    if plan.sections[0].is_spoken:
        turns = [paragraph for paragraph in plan.paragraphs if paragraph.kind is ParagraphKind.SPEECH]
        return [quote_draft(exchange) for exchange in exchanges(turns)]
    found: list[BlockDraft] = []
    for section in plan.sections:
        for paragraph in section.paragraphs:
            if teaches(paragraph):
                heading = paragraph.heading or (section.title if len(plan.sections) > 1 else "")
                found += paragraph_drafts(paragraph, heading, key_point=False)
    return [draft for draft in found if draft.kind is not BlockKind.TEXT or not refers_back(draft.statements[0].text)]


def _sources(block: Block, plan: LessonPlan) -> tuple[Sourced, ...]:
    own = [evidence for claim in block.claims for evidence in claim.evidence]
    return tuple(one for paragraph in plan.paragraphs for one in paragraph.statements if _stands_in(one, own))


def _stands_in(statement: Sourced, quoted: Sequence[Evidence]) -> bool:
    """Whether any of the quoted words are the statement's."""
    pieces = statement.passage.chunks[0].pieces
    spans = spans_in_version(pieces, statement.span.start, statement.span.end)
    return any(
        evidence.version_id == statement.passage.version_id and one.overlaps(span)
        for evidence in quoted
        for span in evidence.spans
        for one in spans
    )


def _words(draft: BlockDraft) -> int:
    return sum(word_count(one.text) for one in draft.statements)


def _hardness(text: str) -> float:
    """Of the words and sentences: longer ones are harder."""
    words = text.split()
    sentences = max(1, sum(word[-1] in ".!?" for word in words))
    return len(words) / sentences / 50 + sum(len(word) for word in words) / max(1, len(words)) / 15
