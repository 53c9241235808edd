"""Lesson files: documents of a folder as passages, read and cut like any other but recorded nowhere."""

from pathlib import Path

from corpus.errors import NotFound
from corpus.passage import Passage, PassageChunk
from ingestion.chunking import ChunkLimits, CountTokens, SentenceSplitter, cut
from ingestion.ingest import title_in
from ingestion.limited_parsing import FileParsing


class LessonMissing(NotFound):
    def __init__(self, document: str, folder: Path) -> None:
        super().__init__(f"There is no document “{document}” in {folder}.")
        self.document = document


class LessonFiles:
    """Reads each document once. A document is named by its path within the folder, or with the folder's own name
    before it.
    """

    def __init__(
        self, folder: Path, parsing: FileParsing, count_tokens: CountTokens, splitter: SentenceSplitter
    ) -> None:
        self._folder = folder.resolve()
        self._parsing = parsing
        self._count_tokens = count_tokens
        self._splitter = splitter
        self._known: dict[Path, tuple[Passage, ...]] = {}

    def find(self, document: str) -> Path:
        """Raises `LessonMissing`, also for what is outside the folder."""
        for base in (self._folder, self._folder.parent):
            path = (base / document).resolve()
            if path.is_relative_to(self._folder) and path.is_file():
                return path
        raise LessonMissing(document, self._folder)

    def passages(self, document: str) -> tuple[Passage, ...]:
        """One for each chunk, in order. Raises `LessonMissing`, `Unreadable`, `Unavailable`."""
        path = self.find(document)
        if path not in self._known:
            self._known[path] = self._read(path, len(self._known) + 1)
        return self._known[path]

    def _read(self, path: Path, number: int) -> tuple[Passage, ...]:
        reading = self._parsing.parse(path.read_bytes(), path.name)
        title = title_in(reading.document, path.name)
        drafts = cut(reading.document, title, self._count_tokens, self._splitter, ChunkLimits())
        return tuple(
            Passage(
                document_id=number,
                version_id=number,
                document_name=path.name,
                title=title,
                media_type=reading.media_type,
                language="",
                headings=draft.headings,
                kind=draft.kind,
                chunks=(PassageChunk(ordinal + 1, ordinal, draft.text, draft.pieces),),
                score=0.0,
                cosine=0.0,
                keywords=0.0,
            )
            for ordinal, draft in enumerate(drafts)
        )
