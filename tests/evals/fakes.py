"""A system made of sentences: every line of a document is a chunk, questions are answered by counting shared words."""

import re
from collections.abc import Sequence
from pathlib import Path

from assistant.answer import Answer, AnswerStatus, Sentence
from corpus.chunk import ChunkKind, Piece
from corpus.citation import Citation
from corpus.errors import NotFound, Unavailable
from corpus.locator import HeadingLocator, Span
from corpus.passage import Passage, PassageChunk
from evals.case import Turn
from evals.dataset import PassageText
from evals.system import Unread


class NoSuchVersion(NotFound):
    pass


class LineSystem:
    """Document and version ids are the same. A form feed starts a new page; a question with `broken` fails."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.sources: list[str] = []
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.limits: list[int] = []
        self.searched: list[tuple[str, tuple[Turn, ...]]] = []

    def ingest(self, folder: Path) -> Sequence[Unread]:
        unread = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            source = path.relative_to(folder).as_posix()
            if path.stat().st_size == 0:
                unread.append(Unread(source, "The file holds no text."))
            else:
                self._add(source, path.read_text(encoding="utf-8"))
        return unread

    def ingest_passages(self, passages: Sequence[PassageText]) -> Sequence[Unread]:
        for passage in passages:
            self._add(passage.id, passage.text)
        return []

    def search(
        self, question: str, limit: int, scope: frozenset[str] | None, history: Sequence[Turn] = ()
    ) -> Sequence[Passage]:
        self.limits.append(limit)
        self.searched.append((question, tuple(history)))
        if "broken" in question:
            raise Unavailable("The index does not answer.")
        wanted = _words(question)
        passages = []
        for number, text in enumerate(self.texts):
            if scope is not None and self.sources[number] not in scope:
                continue
            for line in re.finditer(r"[^\n\f]+", text):
                score = len(wanted & _words(line.group()))
                if score:
                    passages.append(self.passage(number, Span(line.start(), line.end()), score))
        return sorted(passages, key=lambda passage: -passage.score)[:limit]

    def answer(self, question: str, history: Sequence[Turn], scope: frozenset[str] | None) -> Answer:
        self.asked.append((question, tuple(history)))
        passages = self.search(question, 1, scope)
        confidence = passages[0].score / 10 if passages else 0.0
        if confidence < 0.2:
            return Answer(AnswerStatus.NOT_FOUND, (), tuple(passages), "extractive", confidence)
        sentence = Sentence(passages[0].text, (citation_of(passages[0]),))
        return Answer(AnswerStatus.ANSWERED, (sentence,), (), "extractive", confidence)

    def source_of(self, document_id: int) -> str:
        return self.sources[document_id]

    def version_text(self, version_id: int) -> str:
        if not 0 <= version_id < len(self.texts):
            raise NoSuchVersion(f"There is no version {version_id}.")
        return self.texts[version_id]

    def pages_of(self, version_id: int, spans: Sequence[Span]) -> frozenset[int]:
        return frozenset(self.texts[version_id].count("\f", 0, span.start) + 1 for span in spans)

    def passage(self, number: int, span: Span, score: float = 1.0) -> Passage:
        text = self.texts[number][span.start : span.end]
        chunk = PassageChunk(span.start, 0, text, (Piece(0, span.start, len(span)),))
        return Passage(
            document_id=number,
            version_id=number,
            document_name=self.sources[number],
            title=self.sources[number],
            media_type="text/plain",
            language="en",
            headings=(),
            kind=ChunkKind.PROSE,
            chunks=(chunk,),
            score=score,
            cosine=0.0,
            keywords=score,
        )

    def _add(self, source: str, text: str) -> None:
        self.sources.append(source)
        self.texts.append(text)


def citation_of(passage: Passage) -> Citation:
    chunk = passage.chunks[0]
    piece = chunk.pieces[0]
    return Citation(
        document_id=passage.document_id,
        version_id=passage.version_id,
        chunk_id=chunk.chunk_id,
        document_name=passage.document_name,
        title=passage.title,
        headings=passage.headings,
        quote=chunk.text,
        chunk_span=Span(0, len(chunk.text)),
        spans=(Span(piece.text_start, piece.text_start + piece.length),),
        locator=HeadingLocator(()),
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
