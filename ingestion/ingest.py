"""The ingest flow: read a file into a draft, embed drafts together, record each as one transaction of the caller.

Reading and embedding touch no database, so that no transaction is open while they take their time. A document's new
version is written whole, vectors included, and becomes active in the same transaction.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from corpus.blobs import Blobs, hash_of
from corpus.document import Document, Version, VersionText
from corpus.embedder import Embedder, EmbeddingModel, Vectors
from corpus.errors import Invalid
from corpus.locator import Span
from corpus.places import encode_places
from corpus.store import CorpusStore, StoredChunk
from corpus.surroundings import in_surroundings
from ingestion.chunking import ChunkDraft, ChunkLimits, SentenceSplitter, cut, embedded_text, embedding_context
from ingestion.limited_parsing import FileParsing
from ingestion.parsed import ElementKind, Empty, ParsedDocument

READING = "7"
"""Raised whenever parsers or chunking change what they make of the same bytes, so that files are read again."""

_JOINTS = re.compile(r"[\s_]+|(?<=\w)-+(?=[^\W\d])")
_COPY = re.compile(r"(?:\s*\(\d{1,3}\)|\s+-?\s*copy)+$", re.IGNORECASE)
"""What systems add to the name of a file that is there already."""


class Outcome(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    REMOVED = "removed"
    ATTACHED = "attached"
    """It is the transcript of a recording beside it, and no document of its own."""
    FAILED = "failed"


class Step(StrEnum):
    """How far a file is. After each of these a process may end without losing or doubling anything."""

    READ = "read"
    EMBEDDED = "embedded"
    STORED = "stored"
    RECORDED = "recorded"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file. `reason` says why it failed or what is noteworthy."""

    name: str
    outcome: Outcome
    document_id: int | None = None
    chunk_count: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """`origin` identifies the document from one ingest to the next; `name` is what people see.

    `title`: what its source calls it, where that is known better than the file itself tells. `remarks`: what was
    noteworthy before it was read. `owner`: who answers for it if it is new.
    """

    name: str
    origin: str
    content: bytes
    title: str | None = None
    remarks: tuple[str, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read and cut, ready to be embedded."""

    file: IncomingFile
    content_hash: str
    document: ParsedDocument
    media_type: str
    title: str
    language: str
    remarks: tuple[str, ...]
    chunks: tuple[ChunkDraft, ...]


class CutFile(Protocol):
    """Whatever was read and cut."""

    @property
    def chunks(self) -> tuple[ChunkDraft, ...]: ...


class LanguageDetector(Protocol):
    def detect(self, text: str) -> str:
        """ISO 639-1 code, `und` where the text does not tell."""


class FileTooLarge(Invalid):
    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"The file has {size / 1e6:.0f} MB; the limit is {limit / 1e6:.0f} MB. Split it or raise the limit."
        )


class Ingest:
    def __init__(
        self,
        parsing: FileParsing,
        embedder: Embedder,
        splitter: Callable[[], SentenceSplitter],
        languages: LanguageDetector,
        blobs: Blobs,
        limits: ChunkLimits,
        max_bytes: int,
        reached: Callable[[Step], None] = lambda step: None,
        recognises: bool = False,
    ) -> None:
        """`reached` hears of every step of every file. `recognises`: `parsing` reads pages without a text layer too."""
        self.reached = reached
        self._recognises = recognises
        self._parsing = parsing
        self._embedder = embedder
        self._splitter = LazySplitter(splitter)
        self._languages = languages
        self._blobs = blobs
        self._limits = limits
        self._max_bytes = max_bytes

    @property
    def recipe(self) -> str:
        """Which reading and chunking this is; versions made by another one are made again."""
        return recipe_of(self._limits)

    def find_known(self, store: CorpusStore, file: IncomingFile, audience_id: int) -> FileReport | None:
        """Reports a file whose bytes are already the active version; None if there is work to do."""
        return self._known(store, file, store.find_present(audience_id, file.origin))

    def _known(self, store: CorpusStore, file: IncomingFile, document: Document | None) -> FileReport | None:
        version = document and store.get_active_version(document)
        if not document or not version:
            return None
        if version.content_hash != hash_of(file.content) or version.recipe != self.recipe:
            return None
        if version.unread_pages and self._recognises:
            # Read before there was text recognition here.
            return None
        return FileReport(file.name, Outcome.UNCHANGED, document.id)

    def find_duplicate(self, store: CorpusStore, file: IncomingFile, audience_id: int) -> FileReport | None:
        """Reports an upload whose bytes the audience already has under another name."""
        document = store.find_by_content(audience_id, hash_of(file.content))
        if document is None or document.origin == file.origin:
            return None
        return FileReport(
            file.name, Outcome.DUPLICATE, document.id, reason=f"The same bytes are already there as “{document.name}”."
        )

    def read(self, file: IncomingFile) -> ReadFile:
        """Reads, cuts, and keeps the file's bytes. Raises `Unreadable` or `FileTooLarge`."""
        if len(file.content) > self._max_bytes:
            raise FileTooLarge(len(file.content), self._max_bytes)
        reading = self._parsing.parse(file.content, file.name)
        document = reading.document
        title = file.title or title_in(document, file.name)
        chunks = cut(document, title, self._embedder.count_tokens, self._splitter, self._limits)
        if not chunks:
            raise Empty
        # Here, since it waits for the disk: several files are read at a time, but recorded one after another.
        content_hash = self._blobs.put(file.content)
        self.reached(Step.READ)
        remarks = [*file.remarks, *document.remarks]
        if reading.mislabelled:
            remarks.insert(0, f"The file's name suggests another type than its content, which is {reading.media_type}.")
        return ReadFile(
            file=file,
            content_hash=content_hash,
            document=document,
            media_type=reading.media_type,
            title=title,
            language=self._languages.detect("\n".join(chunk.text for chunk in chunks[:8])),
            remarks=tuple(remarks),
            chunks=tuple(chunks),
        )

    def embed(self, files: Sequence[CutFile]) -> list[Vectors]:
        """One array per file, shape (chunks, dimension). All files' chunks go to the model together."""
        vectors = self._embedder.embed([chunk.embedded for file in files for chunk in file.chunks])
        found, start = [], 0
        for file in files:
            found.append(in_surroundings(vectors[start : start + len(file.chunks)]))
            start += len(file.chunks)
        self.reached(Step.EMBEDDED)
        return found

    def embed_chunks(self, chunks: Sequence[StoredChunk]) -> Vectors:
        """The present model's vectors for all chunks of a version that was embedded with another one."""
        count_tokens = self._embedder.count_tokens
        contexts = [
            embedding_context(chunk.title, chunk.headings, count_tokens, self._limits.context) for chunk in chunks
        ]
        texts = [embedded_text(context, chunk.text) for context, chunk in zip(contexts, chunks, strict=True)]
        return in_surroundings(self._embedder.embed(texts))

    def record(
        self, store: CorpusStore, read: ReadFile, vectors: Vectors, audience_id: int, now: datetime
    ) -> FileReport:
        """Writes the new version and makes it active. Recording the same content again changes nothing."""
        document = store.find_present(audience_id, read.file.origin)
        known = self._known(store, read.file, document)
        if known is not None:
            return known
        # Kept already, unless an erasure has taken it away meanwhile.
        self._blobs.put(read.file.content)
        self.reached(Step.STORED)
        outcome = Outcome.UPDATED if document else Outcome.ADDED
        if document is None:
            document = store.find_elsewhere(audience_id, read.file.origin)
            if document is not None:
                store.move(document, audience_id)
                outcome = Outcome.MOVED
        if document is None:
            document = store.add(
                Document(
                    audience_id=audience_id,
                    origin=read.file.origin,
                    name=read.file.name,
                    created_at=now,
                    owner=read.file.owner,
                )
            )
        version = store.add(
            Version(
                document_id=document.id,
                number=store.next_version_number(document.id),
                content_hash=read.content_hash,
                size=len(read.file.content),
                media_type=read.media_type,
                title=read.title[:500],
                language=read.language,
                recipe=self.recipe,
                created_at=now,
                page_count=read.document.page_count,
                unread_pages=list(read.document.unread_pages),
                remarks=list(read.remarks),
            )
        )
        write_content(store, version.id, read.document, read.chunks, vectors, self._embedder.model)
        store.activate(document, version)
        self.reached(Step.RECORDED)
        return FileReport(read.file.name, outcome, document.id, len(read.chunks), _reason(read))


def recipe_of(limits: ChunkLimits) -> str:
    return f"{READING}:{limits.text}/{limits.window}/{limits.context}"


def write_content(
    store: CorpusStore,
    version_id: int,
    document: ParsedDocument,
    drafts: Sequence[ChunkDraft],
    vectors: Vectors,
    model: EmbeddingModel,
) -> None:
    """Text, places, chunks and their vectors, for a version that was just added."""
    store.add(VersionText(version_id=version_id, text=document.text, places=encode_places(document.places)))
    model_id = store.ensure_model(model)
    rows = [_row(draft, version_id, ordinal) for ordinal, draft in enumerate(drafts)]
    store.add_chunks(rows, vectors, model_id)


class LazySplitter:
    """A splitter that is made when the first text is too long: its vendor takes seconds to import."""

    def __init__(self, make: Callable[[], SentenceSplitter]) -> None:
        self._make = make
        self._made: SentenceSplitter | None = None

    def split(self, text: str, max_tokens: int) -> list[Span]:
        if self._made is None:
            self._made = self._make()
        return self._made.split(text, max_tokens)


def _row(draft: ChunkDraft, version_id: int, ordinal: int) -> dict[str, object]:
    return {
        "version_id": version_id,
        "ordinal": ordinal,
        "kind": draft.kind,
        "headings": list(draft.headings),
        "text": draft.text,
        "pieces": [[piece.chunk_start, piece.text_start, piece.length] for piece in draft.pieces],
        "token_count": draft.token_count,
    }


def title_in(document: ParsedDocument, name: str) -> str:
    """What a document is called: by itself, by its first heading, by its name."""
    if document.title and document.title.strip():
        return " ".join(document.title.split())
    first = next((element for element in document.elements if element.kind is ElementKind.HEADING), None)
    if first is not None and first.level == 1:
        heading = " ".join("".join(document.text[span.start : span.end] for span in first.spans).split())
        if heading:
            return heading
    return title_of(name)


def title_of(name: str) -> str:
    """What a file's name says it is about: `q3_report-final (2).pdf` is `Q3 report final`."""
    words = _COPY.sub("", _JOINTS.sub(" ", PurePosixPath(name).stem)).split()
    if not words:
        return name
    first = words[0].capitalize() if words[0].islower() else words[0]
    return " ".join([first, *words[1:]])


def _reason(read: ReadFile) -> str | None:
    unread = read.document.unread_pages
    notes = list(read.remarks)
    if unread:
        shown = ", ".join(map(str, unread[:10])) + ("…" if len(unread) > 10 else "")
        notes.insert(
            0,
            f"{len(unread)} of {read.document.page_count} pages have no text layer and were not read: {shown}. "
            "Install Tesseract where Groundwork runs and add the file again.",
        )
    return " ".join(notes) or None
