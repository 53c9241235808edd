"""Drafts of the extractive drafter, built in view of a test."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from assistant.model_budget import Boundless
from assistant.verification import Verifier
from authoring.binding import Binder
from authoring.block import Block, BlockKind
from authoring.course import Brief, Lesson
from authoring.extractive_drafter import ExtractiveDrafter
from authoring.quiz_item import ItemKind, QuizItem
from corpus.chunk import ChunkKind, Piece
from corpus.citation import Citation
from corpus.citing import CitationResolver
from corpus.locator import CueLocator, Span
from corpus.passage import Passage, PassageChunk
from tests.assistant.passages import PlainResolver, a_passage
from tests.fakes import WordEmbedder


def a_drafter(resolver: PlainResolver | None = None) -> ExtractiveDrafter:
    embedder = WordEmbedder()
    cites = cast(CitationResolver, resolver or PlainResolver())
    return ExtractiveDrafter(embedder, Binder(Verifier(embedder), cites))


class TimedResolver(PlainResolver):
    """Of a recording in which ten characters are said in a second."""

    def resolve(self, passage: Passage, chunk: PassageChunk, span: Span) -> Citation:
        citation = super().resolve(passage, chunk, span)
        return replace(citation, locator=CueLocator(span.start / 10, span.end / 10, None))


def a_document(
    *sections: tuple[str, str],
    title: str = "Handbook",
    kind: ChunkKind = ChunkKind.PROSE,
    language: str = "en",
    first_chunk: int = 1,
    document_id: int = 1,
    media_type: str = "text/markdown",
) -> list[Passage]:
    """One chunk for each section, given as heading and text; without a heading where that is empty."""
    found = []
    for place, (heading, text) in enumerate(sections):
        headings = (title, heading) if heading else ()
        passage = a_passage(text, chunk_id=first_chunk + place, title=title, headings=headings, kind=kind)
        chunk = replace(passage.chunks[0], pieces=(Piece(0, 10_000 * place, len(text)),))
        found.append(
            replace(
                passage,
                chunks=(chunk,),
                document_id=document_id,
                version_id=document_id,
                language=language,
                media_type=media_type,
            )
        )
    return found


def a_course(material: Sequence[Passage], brief: Brief = Brief()) -> list[Lesson]:  # noqa: B008 - a frozen value
    drafter = a_drafter()
    return [full(drafter, lesson, material, brief) for lesson in drafter.outline(brief, material, Boundless())]


def full(
    drafter: ExtractiveDrafter,
    lesson: Lesson,
    material: Sequence[Passage],
    brief: Brief = Brief(),  # noqa: B008 - as above
) -> Lesson:
    parts = list(drafter.draft(brief, lesson, material, Boundless()))
    blocks = tuple(part for part in parts if isinstance(part, Block))
    return replace(lesson, blocks=blocks, items=tuple(part for part in parts if isinstance(part, QuizItem)))


def blocks_of(lessons: Sequence[Lesson], kind: BlockKind) -> list[Block]:
    return [block for lesson in lessons for block in lesson.blocks if block.kind is kind]


def items_of(lessons: Sequence[Lesson], kind: ItemKind) -> list[QuizItem]:
    return [item for lesson in lessons for item in lesson.items if item.kind is kind]
