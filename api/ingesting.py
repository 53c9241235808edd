"""Ingests files in batches: each file is one transaction, a batch is read side by side and embedded together."""

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session, sessionmaker

from corpus.embedder import Vectors
from corpus.errors import Invalid, NotFound, Unavailable
from corpus.index_store import IndexStore
from corpus.recording_store import RecordingStore
from corpus.store import CorpusStore
from ingestion.ingest import CutFile, FileReport, FileTooLarge, IncomingFile, Ingest, Outcome, ReadFile, Step
from ingestion.recording_ingest import (
    IncomingRecording,
    ReadRecording,
    RecordingIngest,
    find_beside,
    find_recording,
    is_recording,
)
from ingestion.recording_type import HEAD_BYTES, recording_kind
from ingestion.transcript_file import TranscriptFile

T = TypeVar("T")

_HIDDEN = (".", "~$")
_NOT_TEXT = "\ufffd"

BATCH_FILES = 16
"""Files whose chunks are embedded together. More would delay the first result, fewer would waste the embedder."""

_BATCHES_AHEAD = 3


class PathNotFound(NotFound):
    def __init__(self, path: Path) -> None:
        super().__init__(f"There is nothing at {path}. Check the path.")
        self.path = path


class NameNotText(Invalid):
    def __init__(self) -> None:
        super().__init__("The file's name is not valid UTF-8. Rename the file.")


class FolderUnreadable(Invalid):
    def __init__(self) -> None:
        super().__init__("The folder cannot be read. Give the user that runs groundwork the right to list it.")


class NothingToSync(Invalid):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} holds no files, so syncing it would remove everything that came from it. "
            "If that is what you want, delete the documents in the library."
        )


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file on disk that is still to be read."""

    path: Path
    name: str

    @property
    def origin(self) -> str:
        return self.path.as_uri()

    @property
    def is_folder(self) -> bool:
        """It stands for all that is below a folder which cannot be read."""
        return self.path.is_dir()


class Arriving(Protocol):
    """Something that is still to be loaded, and may have its say about what becomes of it."""

    @property
    def name(self) -> str:
        """What people see."""

    @property
    def audience_id(self) -> int:
        """Who may read it; asked for after `load`."""

    def load(self) -> IncomingFile | IncomingRecording | FileReport:
        """A report where there is nothing to read. Raises `OSError`, `Invalid` or `Unavailable`."""

    def recorded(self, session: Session, report: FileReport) -> None:
        """Called in the transaction that records it, so that both happen or neither. Not called for what is known."""


@dataclass(frozen=True, slots=True)
class Arrived:
    item: Arriving
    report: FileReport
    failed_for_now: bool = False
    """It could not be fetched at all, so that trying again may help."""


class Ingesting:
    """Adds files on behalf of a person who may write to the audience."""

    def __init__(
        self,
        ingest: Ingest,
        recordings: RecordingIngest,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        clock: Callable[[], datetime],
        workers: int,
        max_bytes: int,
    ) -> None:
        self._ingest = ingest
        self._recordings = recordings
        self._sessions = sessions
        self._writing = writing
        self._clock = clock
        self._workers = workers
        self._max_bytes = max_bytes

    @property
    def recipe(self) -> str:
        """Which reading and chunking this is; what another one made is made again."""
        return self._ingest.recipe

    def add_paths(self, files: Sequence[FoundFile], audience: str) -> Iterator[FileReport]:
        """One report per file, in the order of `files`, after its transaction was committed."""
        audience_id = self._audience_id(audience)
        loading = (_Loading(file, audience_id, self._max_bytes, self._recordings.max_bytes) for file in files)
        yield from (arrived.report for arrived in self.add_arriving(loading))

    def add_upload(self, file: IncomingFile, audience: str) -> FileReport:
        """Like `add_paths` for one file; bytes that the audience already has are recognised under any name."""
        audience_id = self._audience_id(audience)
        with self._sessions() as session:
            duplicate = self._ingest.find_duplicate(CorpusStore(session), file, audience_id)
        if duplicate is not None:
            return duplicate
        return next(arrived.report for arrived in self.add_arriving([_InMemory(file, audience_id)]))

    def add_uploaded_recording(self, incoming: IncomingRecording, audience: str) -> FileReport:
        """Like `add_upload`, for a recording."""
        content_hash = self._recordings.content_hash(incoming)
        with self._sessions() as session:
            document = CorpusStore(session).find_by_content(self._audience_id(audience), content_hash)
            if document is not None and document.origin != incoming.origin:
                reason = f"The same recording is already there as “{document.name}”."
                return FileReport(incoming.name, Outcome.DUPLICATE, document.id, reason=reason)
        return self.add_recording(incoming, audience)

    def add_recording(self, incoming: IncomingRecording, audience: str) -> FileReport:
        """Like `add_paths` for a recording that lies in a file of its own."""
        return next(arrived.report for arrived in self.add_arriving([_OnDisk(incoming, self._audience_id(audience))]))

    def add_texts(self, files: Iterable[IncomingFile], audience: str) -> Iterator[FileReport]:
        """Like `add_paths` for files that are already in memory."""
        audience_id = self._audience_id(audience)
        arriving = (_InMemory(file, audience_id) for file in files)
        yield from (arrived.report for arrived in self.add_arriving(arriving, 8 * BATCH_FILES))

    def is_transcript(self, file: TranscriptFile) -> bool:
        return self._recordings.is_transcript(file)

    def remove_missing(self, folder: Path, found: Sequence[FoundFile], audience: str) -> Iterator[FileReport]:
        """Removes documents that came from `folder` and whose files are gone.

        What is below a folder that could not be read stays. Raises `NothingToSync` if nothing of it was found.
        """
        folder = folder.resolve()
        below = folder.as_uri() + "/"
        present = {file.origin for file in found}
        if not any(origin.startswith(below) for origin in present):
            raise NothingToSync(folder)
        unread = tuple(f"{file.origin}/" for file in found if file.is_folder)
        audience_id = self._audience_id(audience)
        with self._sessions() as session:
            known = CorpusStore(session).list_present_origins(audience_id, below)
        for document_id, origin in known:
            if origin in present or origin.startswith(unread):
                continue
            with self._writing.begin() as session:
                store = CorpusStore(session)
                document = store.find_present(audience_id, origin)
                if document is None:
                    continue
                store.remove(document, self._clock())
                report = FileReport(document.name, Outcome.REMOVED, document_id)
            yield report

    def embed_missing(self, model_id: int) -> Iterator[int]:
        """Embeds what the present model has not embedded yet, one version a transaction, and yields its id."""
        while True:
            with self._sessions() as session:
                versions = IndexStore(session).list_versions_without_vectors(model_id, limit=BATCH_FILES)
            if not versions:
                return
            for version_id in versions:
                with self._sessions() as session:
                    chunks = CorpusStore(session).list_chunks(version_id)
                vectors = self._ingest.embed_chunks(chunks)
                with self._writing.begin() as session:
                    store = IndexStore(session)
                    for chunk, vector in zip(chunks, vectors, strict=True):
                        store.put_vector(chunk.chunk_id, model_id, vector)
                    store.touch(version_id)
                yield version_id

    def _audience_id(self, audience: str) -> int:
        with self._writing.begin() as session:
            return CorpusStore(session).ensure_audience(audience, self._clock()).id

    def add_arriving(self, items: Iterable[Arriving], batch: int = BATCH_FILES) -> Iterator[Arrived]:
        """In the order of `items`. While a batch is recorded the next one is embedded and the one after that read."""
        batches = _batches(items, batch)
        with (
            ThreadPoolExecutor(self._workers) as readers,
            ThreadPoolExecutor(1) as embedding,
            ThreadPoolExecutor(1) as reading,
        ):

            def read(batch: Sequence[Arriving]) -> list[_Read | Arrived]:
                return list(readers.map(self._read, batch))

            def embed(outcomes: Future[list[_Read | Arrived]]) -> list[Arrived | _Embedded]:
                return self._embed(outcomes.result())

            under_way = deque[Future[list[Arrived | _Embedded]]]()
            try:
                while True:
                    while len(under_way) < _BATCHES_AHEAD and (waiting := next(batches, None)) is not None:
                        under_way.append(embedding.submit(embed, reading.submit(read, waiting)))
                    if not under_way:
                        return
                    for outcome in under_way.popleft().result():
                        yield outcome if isinstance(outcome, Arrived) else self._record(outcome)
            finally:
                for batch_under_way in under_way:
                    batch_under_way.cancel()

    def _embed(self, outcomes: Sequence["_Read | Arrived"]) -> list["Arrived | _Embedded"]:
        read: list[CutFile] = [outcome.file for outcome in outcomes if isinstance(outcome, _Read)]
        vectors = iter(self._ingest.embed(read) if read else ())
        return [
            _Embedded(outcome.item, outcome.file, next(vectors)) if isinstance(outcome, _Read) else outcome
            for outcome in outcomes
        ]

    def _record(self, embedded: "_Embedded") -> Arrived:
        item, file = embedded.item, embedded.file
        with self._writing.begin() as session:
            store = CorpusStore(session)
            if isinstance(file, ReadRecording):
                report = self._recordings.record(
                    store, RecordingStore(session), file, embedded.vectors, item.audience_id, self._clock()
                )
            else:
                report = self._ingest.record(store, file, embedded.vectors, item.audience_id, self._clock())
            item.recorded(session, report)
        self._ingest.reached(Step.COMMITTED)
        return Arrived(item, report)

    def _read(self, item: Arriving) -> "_Read | Arrived":
        try:
            file = item.load()
        except (OSError, Invalid, Unavailable) as error:
            reason = f"The file cannot be opened: {error.strerror}." if isinstance(error, OSError) else str(error)
            report = FileReport(item.name, Outcome.FAILED, reason=reason)
            return Arrived(item, report, failed_for_now=not isinstance(error, Invalid))
        if isinstance(file, FileReport):
            return Arrived(item, file)
        if isinstance(file, IncomingRecording):
            return self._read_recording(item, file)
        if recording_kind(file.content[:HEAD_BYTES]) is not None:
            with tempfile.NamedTemporaryFile() as kept:
                kept.write(file.content)
                kept.flush()
                incoming = IncomingRecording(
                    file.name, file.origin, Path(kept.name), title=file.title, owner=file.owner
                )
                return self._read_recording(item, incoming)
        return self._read_file(item, file)

    def _read_file(self, item: Arriving, file: IncomingFile) -> "_Read | Arrived":
        with self._sessions() as session:
            known = self._ingest.find_known(CorpusStore(session), file, item.audience_id)
        if known is not None:
            return Arrived(item, known)
        try:
            return _Read(item, self._ingest.read(file))
        except Invalid as error:
            return Arrived(item, FileReport(item.name, Outcome.FAILED, reason=str(error)))

    def _read_recording(self, item: Arriving, incoming: IncomingRecording) -> "_Read | Arrived":
        try:
            content_hash = self._recordings.content_hash(incoming)
            with self._sessions() as session:
                known = self._recordings.find_known(
                    CorpusStore(session), RecordingStore(session), content_hash, incoming.origin, item.audience_id
                )
            if known is not None and self._recordings.is_current(known, incoming.beside):
                return Arrived(item, FileReport(item.name, Outcome.UNCHANGED, known.version.document_id))
            return _Read(item, self._recordings.read(incoming, known))
        except (OSError, Invalid) as error:
            reason = f"The file cannot be opened: {error.strerror}." if isinstance(error, OSError) else str(error)
            return Arrived(item, FileReport(item.name, Outcome.FAILED, reason=reason))


@dataclass(frozen=True, slots=True)
class _Read:
    item: Arriving
    file: ReadFile | ReadRecording


@dataclass(frozen=True, slots=True)
class _Embedded:
    item: Arriving
    file: ReadFile | ReadRecording
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class _InMemory:
    file: IncomingFile
    audience_id: int

    @property
    def name(self) -> str:
        return self.file.name

    def load(self) -> IncomingFile:
        return self.file

    def recorded(self, session: Session, report: FileReport) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _OnDisk:
    file: IncomingRecording
    audience_id: int

    @property
    def name(self) -> str:
        return self.file.name

    def load(self) -> IncomingRecording:
        return self.file

    def recorded(self, session: Session, report: FileReport) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Loading:
    file: FoundFile
    audience_id: int
    max_bytes: int
    max_recording_bytes: int

    @property
    def name(self) -> str:
        return self.file.name

    def load(self) -> IncomingFile | IncomingRecording | FileReport:
        """Refuses a file by its size before reading it."""
        path = self.file.path
        if _NOT_TEXT in self.file.name and not path.exists():
            raise NameNotText
        if self.file.is_folder:
            raise FolderUnreadable
        size = path.stat().st_size
        recording = find_recording(path)
        if recording is not None:
            return FileReport(self.file.name, Outcome.ATTACHED, reason=f"It is the transcript of {recording.name}.")
        if is_recording(path):
            if size > self.max_recording_bytes:
                raise FileTooLarge(size, self.max_recording_bytes)
            beside = find_beside(path)
            transcript = None if beside is None else TranscriptFile(beside.name, beside.read_bytes())
            return IncomingRecording(self.file.name, self.file.origin, path, transcript)
        if size > self.max_bytes:
            raise FileTooLarge(size, self.max_bytes)
        return IncomingFile(self.file.name, self.file.origin, self.file.path.read_bytes())

    def recorded(self, session: Session, report: FileReport) -> None:
        pass


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch


def find_files(paths: Sequence[Path]) -> list[FoundFile]:
    """The files at and below `paths`, each once, by real path; hidden files and folders are left out.

    Symbolic links inside a folder are not followed. A folder that cannot be read stands for itself, and fails when it
    is loaded, as does a file whose name is no text. Raises `PathNotFound`.
    """
    found: dict[Path, FoundFile] = {}
    for given in paths:
        path = given.expanduser().resolve()
        if path.is_file():
            found.setdefault(path, _found(path, path.name))
        elif path.is_dir():
            for below in sorted(_below(path)):
                found.setdefault(below, _found(below, below.relative_to(path).as_posix()))
        else:
            raise PathNotFound(given)
    return list(found.values())


def _below(folder: Path) -> Iterator[Path]:
    unread: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=lambda error: unread.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        for name in files:
            path = Path(parent, name)
            if not name.startswith(_HIDDEN) and not path.is_symlink() and path.is_file():
                yield path
    yield from unread


def _found(path: Path, name: str) -> FoundFile:
    """With `\ufffd` for bytes of its name that are no UTF-8: such a path can be shown and sent, but not opened."""
    return FoundFile(Path(_as_text(str(path))), _as_text(name) if name != "." else path.name)


def _as_text(name: str) -> str:
    return os.fsencode(name).decode(errors="replace")
