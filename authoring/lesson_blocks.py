"""The blocks of a lesson that is told in the words of its sources: texts, key points, steps, tables, quotes, clips."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.sentences import QUESTION_MARKS
from authoring.binding import Binder
from authoring.block import Block, BlockKind
from authoring.central_passages import Chosen, central_paragraphs
from authoring.claim import Claim
from authoring.clips import Heard, clip_around, is_recording
from authoring.cue_phrases import (
    Cue,
    cues_of,
    is_imperative,
    is_of_checklist,
    is_of_procedure,
    refers_back,
    stands_alone,
)
from authoring.duration import word_count
from authoring.item_sources import figures_of, table_of
from authoring.spoken_quotes import Exchange, as_one, best_exchanges, spoken_by
from authoring.teaching_material import Paragraph, ParagraphKind, Section, Sourced
from authoring.teaching_order import LessonPlan
from corpus.embedder import Embedder, Vectors

MOST_KEY_POINTS = 3
_KEY_POINT_WORDS = range(6, 36)
_FEWEST_BESIDE_A_KEY_POINT = 2
_MOSTLY = 0.6
_FEWEST_STEPS = 3
_FEWEST_CHECKS = 3
_MOST_TEXT = 90
"""Words in one text; a longer one is divided between its sentences."""


@dataclass(frozen=True, slots=True)
class MadeBlock:
    """A block with the statements of the sources that it is made of, in its order."""

    block: Block
    sources: tuple[Sourced, ...]


class BlockMaker:
    def __init__(self, binder: Binder, embedder: Embedder) -> None:
        self._binder = binder
        self._embedder = embedder

    def blocks(
        self, lesson_id: str, plan: LessonPlan, beside: Sequence[Section], goal: Vectors | None
    ) -> Iterator[MadeBlock]:
        """In reading order. `beside`: all sections of the material."""
        if plan.sections[0].is_spoken:
            drafts = self._spoken(plan, beside, goal)
        else:
            drafts = _written(plan, central_paragraphs(plan.paragraphs, self._embedder, goal))
        for number, draft in enumerate(drafts, start=1):
            made = self.bound(f"{lesson_id}-b{number}", draft)
            if made is not None:
                yield made

    def bound(self, block_id: str, draft: "BlockDraft") -> MadeBlock | None:
        """None where a clip has no times."""
        if draft.kind is BlockKind.CLIP:
            return self._clip(block_id, draft)
        claims = tuple(
            self.claim(f"{block_id}-c{number}", source) for number, source in enumerate(draft.statements, start=1)
        )
        if draft.kind is BlockKind.TABLE:
            claims = tuple(replace(claim, text=row) for claim, row in zip(claims, draft.rows, strict=True))
        return MadeBlock(Block(block_id, draft.kind, claims, draft.heading, draft.columns), draft.statements)

    def claim(self, claim_id: str, source: Sourced) -> Claim:
        return self._binder.verbatim(claim_id, source.passage, source.span)

    def _spoken(self, plan: LessonPlan, beside: Sequence[Section], goal: Vectors | None) -> Iterator["BlockDraft"]:
        version_id = plan.sections[0].document.version_id
        everything = _turns([section for section in beside if section.document.version_id == version_id])
        turns = _turns(plan.sections)
        chosen = best_exchanges(turns, everything, self._embedder, goal)
        shown = _most_explaining(chosen) if is_recording(plan.sections[0].document.media_type) else None
        said = tuple(statement for turn in turns for statement in turn.statements)
        for exchange in chosen:
            yield quote_draft(exchange)
            if exchange is shown:
                yield BlockDraft(BlockKind.CLIP, exchange.statements, around=said)

    def _clip(self, block_id: str, draft: "BlockDraft") -> MadeBlock | None:
        heard = [Heard(one, self.claim(f"{block_id}-s{place}", one)) for place, one in enumerate(draft.around)]
        keys = {statement.key for statement in draft.statements}
        places = [place for place, one in enumerate(heard) if one.sourced.key in keys]
        found = clip_around(heard, places[0], places[-1]) if places else None
        if found is None:
            return None
        clip, said = found
        runs = spoken_by([one.sourced for one in said])
        claims = tuple(self.claim(f"{block_id}-c{number}", as_one(run)) for number, run in enumerate(runs, start=1))
        return MadeBlock(Block(block_id, BlockKind.CLIP, claims, draft.heading, clip=clip), draft.statements)


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """`rows` of a TABLE are its cells. `around` of a CLIP is everything said, from which it is cut."""

    kind: BlockKind
    statements: tuple[Sourced, ...]
    heading: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    around: tuple[Sourced, ...] = ()


def _turns(sections: Sequence[Section]) -> list[Paragraph]:
    return [
        paragraph for section in sections for paragraph in section.paragraphs if paragraph.kind is ParagraphKind.SPEECH
    ]


def paragraph_drafts(paragraph: Paragraph, heading: str, key_point: bool) -> list[BlockDraft]:
    """The blocks of one paragraph, the first of them with the heading."""
    drafts = list(_drafts(paragraph, heading, key_point))
    return [replace(draft, heading=heading if place == 0 else draft.heading) for place, draft in enumerate(drafts)]


def _written(plan: LessonPlan, chosen: Sequence[Chosen]) -> Iterator[BlockDraft]:
    sections = [section for section in plan.sections for _ in section.paragraphs]
    last_heading = plan.title
    key_points = 0
    drafts: list[BlockDraft] = []
    for place, one in enumerate(chosen):
        heading = _heading(one.paragraph, sections[one.place], plan)
        follows = chosen[place + 1].paragraph if place + 1 < len(chosen) else None
        is_lead = follows is not None and follows.kind is not ParagraphKind.PROSE
        key_point = key_points < MOST_KEY_POINTS and place > 0 and not is_lead
        made = paragraph_drafts(one.paragraph, heading if heading != last_heading else "", key_point)
        key_points += sum(draft.kind is BlockKind.KEY_POINT for draft in made)
        last_heading = heading
        drafts += made
    yield from _merged(drafts)


def _merged(drafts: Sequence[BlockDraft]) -> Iterator[BlockDraft]:
    """Short texts that follow each other below one heading as one."""
    last: BlockDraft | None = None
    for draft in drafts:
        if (
            last is not None
            and last.kind is draft.kind is BlockKind.TEXT
            and not draft.heading
            and _length(last.statements) + _length(draft.statements) <= _MOST_TEXT
        ):
            last = replace(last, statements=last.statements + draft.statements)
            continue
        if last is not None:
            yield last
        last = draft
    if last is not None:
        yield last


def _heading(paragraph: Paragraph, section: Section, plan: LessonPlan) -> str:
    if paragraph.heading:
        return paragraph.heading
    if len(plan.sections) == 1:
        return plan.title
    return section.title


def _drafts(paragraph: Paragraph, heading: str, key_point: bool) -> Iterator[BlockDraft]:
    if paragraph.kind is ParagraphKind.TABLE:
        yield _table(paragraph, heading)
        return
    if paragraph.kind in (ParagraphKind.LIST, ParagraphKind.STEPS):
        if paragraph.lead_in is not None:
            yield BlockDraft(BlockKind.TEXT, (paragraph.lead_in,))
        yield BlockDraft(_kind_of_list(paragraph, heading), paragraph.statements)
        return
    yield from _texts(paragraph.statements, key_point)


def _table(paragraph: Paragraph, heading: str) -> BlockDraft:
    table = table_of(paragraph, heading)
    if table is None:
        return BlockDraft(BlockKind.KEY_POINT, paragraph.statements)
    return BlockDraft(
        BlockKind.TABLE,
        tuple(row.sourced for row in table.rows),
        columns=table.columns,
        rows=tuple("\t".join(row.values) for row in table.rows),
    )


def _kind_of_list(paragraph: Paragraph, heading: str) -> BlockKind:
    asks = sum(statement.text.endswith(QUESTION_MARKS) for statement in paragraph.statements)
    if asks >= _MOSTLY * len(paragraph.statements):
        return BlockKind.REFLECTION
    orders = sum(is_imperative(statement.text) for statement in paragraph.statements)
    mostly = orders >= _MOSTLY * len(paragraph.statements)
    if paragraph.kind is ParagraphKind.STEPS and (mostly or is_of_procedure(heading)):
        return BlockKind.STEPS
    if paragraph.kind is ParagraphKind.STEPS and len(paragraph.statements) >= _FEWEST_STEPS:
        return BlockKind.STEPS
    if len(paragraph.statements) >= _FEWEST_CHECKS and (mostly or is_of_checklist(heading)):
        return BlockKind.JOB_AID
    whole = all(statement.text[-1] in ".!" for statement in paragraph.statements)
    return BlockKind.TEXT if whole else BlockKind.JOB_AID


def _texts(statements: Sequence[Sourced], key_point: bool) -> Iterator[BlockDraft]:
    best = _key_point(statements) if key_point else None
    run: list[Sourced] = []
    for place, statement in enumerate(statements):
        if Cue.EXAMPLE in cues_of(statement.text) and refers_back(statement.text):
            if run:
                yield BlockDraft(BlockKind.TEXT, tuple(run))
            yield BlockDraft(BlockKind.EXAMPLE, tuple(statements[place:]))
            return
        if place == best:
            if run:
                yield BlockDraft(BlockKind.TEXT, tuple(run))
                run = []
            yield BlockDraft(BlockKind.KEY_POINT, (statement,))
            continue
        if run and _length(run) + word_count(statement.text) > _MOST_TEXT and not refers_back(statement.text):
            yield BlockDraft(BlockKind.TEXT, tuple(run))
            run = []
        run.append(statement)
    if run:
        yield BlockDraft(BlockKind.TEXT, tuple(run))


def _key_point(statements: Sequence[Sourced]) -> int | None:
    """The sentence that rules most and can be lifted out without leaving its neighbours behind."""
    if len(statements) <= _FEWEST_BESIDE_A_KEY_POINT:
        return None
    best, most = None, 0
    for place, statement in enumerate(statements):
        if Cue.EXAMPLE in cues_of(statement.text):
            break
        if not stands_alone(statement.text) or word_count(statement.text) not in _KEY_POINT_WORDS:
            continue
        if place + 1 < len(statements) and refers_back(statements[place + 1].text):
            continue
        cues = cues_of(statement.text)
        value = 2 * (Cue.RULE in cues) + bool(figures_of(statement)) + (Cue.DEFINITION in cues)
        if value > most:
            best, most = place, value
    return best


def _length(statements: Sequence[Sourced]) -> int:
    return sum(word_count(statement.text) for statement in statements)


def quote_draft(exchange: Exchange) -> BlockDraft:
    runs = [*spoken_by(exchange.question), *spoken_by(exchange.answer)]
    said = tuple(as_one(run) for run in runs)
    speaker = exchange.answer[0].speaker or ""
    named = f"{speaker}:" if speaker else ""
    heading = "" if not speaker or exchange.question or said[0].text.startswith(named) else speaker
    return BlockDraft(BlockKind.QUOTE, said, heading)


def _most_explaining(exchanges: Sequence[Exchange]) -> Exchange | None:
    wanted = {Cue.REASON, Cue.DEFINITION, Cue.EXAMPLE, Cue.CONTRAST, Cue.RULE}

    def value(place: int) -> tuple[int, int]:
        cues = [cue for statement in exchanges[place].answer for cue in cues_of(statement.text)]
        return len(wanted & set(cues)), -place

    return exchanges[max(range(len(exchanges)), key=value)] if exchanges else None
