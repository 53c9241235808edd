"""The ingest flow of recordings: listen through the file, take the transcript that is there, record both as a version.

A recording without a transcript becomes a version that can be played and says nothing; its words follow as the next
version. Until then a document that had words keeps them: its earlier version stays active.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import numpy as np

from corpus.blobs import Blobs, hash_of, hash_of_file
from corpus.document import Document, Version
from corpus.embedder import Embedder, Vectors
from corpus.recording import Recording, TranscriptChanged, TranscriptOrigin
from corpus.recording_store import RecordedVersion, RecordingStore, StoredVector
from corpus.store import CorpusStore
from corpus.surroundings import in_surroundings
from corpus.transcript import Transcript, decode_transcript, encode_transcript, text_of
from ingestion.audio import AudioDecoding, Sound
from ingestion.chunking import ChunkDraft, ChunkLimits, SentenceSplitter, cut
from ingestion.ingest import (
    FileReport,
    FileTooLarge,
    LanguageDetector,
    LazySplitter,
    Outcome,
    recipe_of,
    title_of,
    write_content,
)
from ingestion.limited_parsing import FileParsing
from ingestion.media_type import UnsupportedType
from ingestion.parsed import Element, ElementKind, ParsedDocument, Unreadable
from ingestion.recording_type import (
    HEAD_BYTES,
    RECORDING_EXTENSIONS,
    TRANSCRIPT_EXTENSIONS,
    is_mislabelled,
    is_recording_name,
    media_type_of,
    recording_kind,
)
from ingestion.transcript_file import TranscriptFile, read_transcript

_COPY_TYPES = {"audio/webm": "audio/webm", "video/webm": "video/webm"}


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is among the blobs already."""

    content_hash: str


@dataclass(frozen=True, slots=True)
class IncomingRecording:
    """Like `IncomingFile`, for what is too large to be held in memory. `beside`: the transcript found with it."""

    name: str
    origin: str
    file: Path | KeptFile
    beside: TranscriptFile | None = None
    title: str | None = None
    owner: str | None = None
    """The user who answers for what it says, where it is known."""


@dataclass(frozen=True, slots=True)
class Medium:
    """The file of a recording: kept already, and known to be playable."""

    content_hash: str
    size: int
    media_type: str
    played_hash: str
    played_type: str
    duration_s: float
    has_picture: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadRecording:
    """Ready to be embedded. `chunks` is empty where there is no transcript."""

    name: str
    origin: str
    medium: Medium
    title: str
    transcript: Transcript | None
    transcript_origin: TranscriptOrigin
    beside_hash: str | None
    document: ParsedDocument
    language: str
    chunks: tuple[ChunkDraft, ...]
    owner: str | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        said = list(self.medium.remarks)
        if self.transcript is None:
            said.append("What is said in it is not written down yet.")
        elif self.transcript.draft_grade:
            said.append(
                f"Its transcript is a draft by {self.transcript.engine}, with many wrong words. "
                "Correct it, or attach a better one."
            )
        return tuple(said)


class RecordingIngest:
    def __init__(
        self,
        decoding: AudioDecoding,
        parsing: FileParsing,
        embedder: Embedder,
        splitter: Callable[[], SentenceSplitter],
        languages: LanguageDetector,
        blobs: Blobs,
        limits: ChunkLimits,
        max_bytes: int,
    ) -> None:
        self.recipe = recipe_of(limits)
        self.max_bytes = max_bytes
        self._decoding = decoding
        self._parsing = parsing
        self._embedder = embedder
        self._splitter = LazySplitter(splitter)
        self._languages = languages
        self._blobs = blobs
        self._limits = limits

    def content_hash(self, incoming: IncomingRecording) -> str:
        """Raises `OSError`."""
        return incoming.file.content_hash if isinstance(incoming.file, KeptFile) else hash_of_file(incoming.file)

    def find_known(
        self, store: CorpusStore, recordings: RecordingStore, content_hash: str, origin: str, audience_id: int
    ) -> RecordedVersion | None:
        """The newest version of the recording, if it has that content."""
        document = store.find_present(audience_id, origin)
        newest = document and recordings.find_newest(document.id)
        return newest if newest and newest.version.content_hash == content_hash else None

    def is_current(self, known: RecordedVersion, beside: TranscriptFile | None) -> bool:
        """Whether reading the same file again would change nothing. A transcript that is gone is kept."""
        same_words = beside is None or hash_of(beside.content) == known.recording.beside_hash
        return same_words and known.version.recipe == self.recipe

    def read(self, incoming: IncomingRecording, known: RecordedVersion | None = None) -> ReadRecording:
        """Raises an `Unreadable` or `FileTooLarge`. `known`: the version with the same content, if there is one."""
        if known is not None and not self._brings_words(known, incoming.beside):
            kept = known.recording.transcript
            transcript = None if kept is None else decode_transcript(kept)
            return self.rewrite(known, incoming.name, incoming.origin, transcript, known.recording.origin)
        transcript = None if incoming.beside is None else read_transcript(incoming.beside, self._parsing)
        medium = self._take_in(incoming) if known is None else _medium(known)
        return self._cut(
            name=incoming.name,
            origin=incoming.origin,
            medium=medium,
            title=incoming.title or (known.version.title if known else title_of(incoming.name)),
            transcript=transcript,
            transcript_origin=TranscriptOrigin.MISSING if transcript is None else TranscriptOrigin.BESIDE,
            beside_hash=None if incoming.beside is None else hash_of(incoming.beside.content),
            owner=incoming.owner,
        )

    def rewrite(
        self,
        known: RecordedVersion,
        name: str,
        origin: str,
        transcript: Transcript | None,
        transcript_origin: TranscriptOrigin,
    ) -> ReadRecording:
        """The same recording with other words."""
        return self._cut(
            name=name,
            origin=origin,
            medium=_medium(known),
            title=known.version.title,
            transcript=transcript,
            transcript_origin=transcript_origin,
            beside_hash=known.recording.beside_hash,
        )

    def read_transcript(self, file: TranscriptFile) -> Transcript:
        """Raises an `Unreadable`."""
        return read_transcript(file, self._parsing)

    def is_transcript(self, file: TranscriptFile) -> bool:
        """Whether its content is what its name promises."""
        try:
            self.read_transcript(file)
        except Unreadable:
            return False
        return True

    def embed(self, read: ReadRecording, before: Sequence[StoredVector] = ()) -> Vectors:
        """Takes over the vectors of chunks that stand in `before` between the same neighbours."""
        count = len(read.chunks)
        found: Vectors = np.zeros((count, self._embedder.model.dimension), dtype=np.float32)
        texts = [chunk.text for chunk in read.chunks]
        old = _by_neighbours([each.text for each in before])
        fresh = []
        for at, key in enumerate(_neighbourhoods(texts)):
            known = old.get(key)
            if known is None:
                fresh.append(at)
            else:
                found[at] = np.frombuffer(before[known].vector, dtype="<f2").astype(np.float32)
        # A chunk's vector has something of its neighbours in it, so that these are embedded too.
        needed = sorted({near for at in fresh for near in (at - 1, at, at + 1) if 0 <= near < count})
        raw: Vectors = np.zeros_like(found)
        if needed:
            raw[needed] = self._embedder.embed([read.chunks[at].embedded for at in needed])
        for at in fresh:
            low = max(at - 1, 0)
            found[at] = in_surroundings(raw[low : at + 2])[at - low]
        return found

    def record(
        self,
        store: CorpusStore,
        recordings: RecordingStore,
        read: ReadRecording,
        vectors: Vectors,
        audience_id: int,
        now: datetime,
        expected_version: int | None = None,
    ) -> FileReport:
        """Writes the new version. Recording the same again changes nothing.

        `expected_version`: the newest one that this was made from; raises `TranscriptChanged` if there is a newer one.
        """
        document = store.find_present(audience_id, read.origin)
        outcome = Outcome.UPDATED if document else Outcome.ADDED
        if document is None:
            document = store.find_elsewhere(audience_id, read.origin)
            if document is not None:
                store.move(document, audience_id)
                outcome = Outcome.MOVED
        if document is None:
            document = store.add(
                Document(audience_id=audience_id, origin=read.origin, name=read.name, created_at=now, owner=read.owner)
            )
        newest = recordings.find_newest(document.id)
        if newest is not None and self._is_written(newest, read):
            return FileReport(read.name, Outcome.UNCHANGED, document.id)
        if expected_version is not None and (newest is None or newest.version.id != expected_version):
            raise TranscriptChanged(document.id, newest.version.id if newest else 0)
        # It was kept before this transaction; an erasure may have taken it away meanwhile. Raises `BlobNotFound`.
        self._blobs.open(read.medium.content_hash).close()
        version = store.add(
            Version(
                document_id=document.id,
                number=store.next_version_number(document.id),
                content_hash=read.medium.content_hash,
                size=read.medium.size,
                media_type=read.medium.media_type,
                title=read.title[:500],
                language=read.language,
                recipe=self.recipe,
                created_at=now,
                remarks=list(read.remarks),
            )
        )
        store.add(
            Recording(
                version_id=version.id,
                played_hash=read.medium.played_hash,
                played_type=read.medium.played_type,
                duration_s=read.medium.duration_s,
                has_picture=read.medium.has_picture,
                origin=read.transcript_origin,
                transcript=None if read.transcript is None else encode_transcript(read.transcript),
                beside_hash=read.beside_hash,
                remarks=list(read.medium.remarks),
            )
        )
        write_content(store, version.id, read.document, read.chunks, vectors, self._embedder.model)
        if read.transcript is not None or document.active_version_id is None:
            store.activate(document, version)
        if read.transcript is not None:
            recordings.delete_pieces(read.medium.content_hash)
        return FileReport(read.name, outcome, document.id, len(read.chunks), " ".join(read.remarks) or None)

    def _is_written(self, newest: RecordedVersion, read: ReadRecording) -> bool:
        transcript = None if read.transcript is None else encode_transcript(read.transcript)
        return (
            newest.version.content_hash == read.medium.content_hash
            and newest.version.recipe == self.recipe
            and newest.version.title == read.title[:500]
            and newest.recording.transcript == transcript
            and newest.recording.beside_hash == read.beside_hash
        )

    def _brings_words(self, known: RecordedVersion, beside: TranscriptFile | None) -> bool:
        return beside is not None and hash_of(beside.content) != known.recording.beside_hash

    def _take_in(self, incoming: IncomingRecording) -> Medium:
        kept = incoming.file
        with self._blobs.open(kept.content_hash) if isinstance(kept, KeptFile) else kept.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > self.max_bytes:
                raise FileTooLarge(size, self.max_bytes)
            kind = recording_kind(file.read(HEAD_BYTES))
            if kind is None:
                raise UnsupportedType("A file that is no recording", "Add it as a document.")
            sound = self._decoding.decode(file, lambda part: None)
            file.seek(0)
            content_hash = kept.content_hash if isinstance(kept, KeptFile) else self._blobs.put_file(file)
            media_type = media_type_of(kind, sound.has_picture)
            played_hash, played_type = content_hash, media_type
            if not sound.is_searchable and media_type in _COPY_TYPES:
                with tempfile.TemporaryFile() as copy:
                    self._decoding.make_searchable(file, lambda part: _write(copy.write, part))
                    copy.seek(0)
                    played_hash, played_type = self._blobs.put_file(copy), _COPY_TYPES[media_type]
        mislabelled = is_mislabelled(kind, incoming.name)
        return Medium(
            content_hash=content_hash,
            size=size,
            media_type=media_type,
            played_hash=played_hash,
            played_type=played_type,
            duration_s=sound.duration_s,
            has_picture=sound.has_picture,
            remarks=_remarks(sound, media_type if mislabelled else None),
        )

    def _cut(
        self,
        *,
        name: str,
        origin: str,
        medium: Medium,
        title: str,
        transcript: Transcript | None,
        transcript_origin: TranscriptOrigin,
        beside_hash: str | None,
        owner: str | None = None,
    ) -> ReadRecording:
        document = ParsedDocument("", ()) if transcript is None else document_of(transcript)
        chunks = cut(document, title, self._embedder.count_tokens, self._splitter, self._limits)
        said = transcript.language if transcript else None
        return ReadRecording(
            name=name,
            origin=origin,
            medium=medium,
            title=title,
            transcript=transcript,
            transcript_origin=transcript_origin,
            beside_hash=beside_hash,
            document=document,
            language=said or self._languages.detect("\n".join(chunk.text for chunk in chunks[:8])),
            chunks=tuple(chunks),
            owner=owner,
        )


def document_of(transcript: Transcript) -> ParsedDocument:
    written = text_of(transcript)
    elements = tuple(Element(ElementKind.CUE, (placed.span,)) for placed in written.cues)
    return ParsedDocument(written.text, elements, written.places)


def transcript_origins(origin: str) -> tuple[str, ...]:
    """What the transcript of a recording is called where it lies beside it: `talk.vtt` or `talk.mp4.vtt`."""
    stem = origin.removesuffix(PurePosixPath(origin).suffix)
    return tuple(f"{base}{extension}" for base in (stem, origin) for extension in _as_written(TRANSCRIPT_EXTENSIONS))


def recordings_of(transcript: str) -> tuple[str, ...]:
    """What the recording may be called that this file, by its name, is the transcript of."""
    path = PurePosixPath(transcript)
    if path.suffix.lower() not in TRANSCRIPT_EXTENSIONS:
        return ()
    bare = transcript.removesuffix(path.suffix)
    if is_recording_name(bare):
        return (bare,)
    return tuple(f"{bare}{ending}" for ending in _as_written(RECORDING_EXTENSIONS))


def _as_written(extensions: Sequence[str]) -> Iterator[str]:
    """Also in capitals, as cameras write them."""
    for extension in extensions:
        yield from (extension, extension.upper())


def find_beside(recording: Path) -> Path | None:
    """The transcript file that lies beside a recording."""
    return next((Path(name) for name in transcript_origins(str(recording)) if Path(name).is_file()), None)


def is_recording(file: Path) -> bool:
    with file.open("rb") as opened:
        return recording_kind(opened.read(HEAD_BYTES)) is not None


def find_recording(transcript: Path) -> Path | None:
    """The recording that this file is the transcript of, because it is named like it."""
    named = map(Path, recordings_of(str(transcript)))
    return next((path for path in named if path.is_file() and _is_beside(path, transcript)), None)


def _is_beside(recording: Path, transcript: Path) -> bool:
    """On disks that do not tell capitals apart the names may differ."""
    found = find_beside(recording)
    return found is not None and transcript.is_file() and found.samefile(transcript)


def _medium(known: RecordedVersion) -> Medium:
    version, recording = known.version, known.recording
    return Medium(
        content_hash=version.content_hash,
        size=version.size,
        media_type=version.media_type,
        played_hash=recording.played_hash,
        played_type=recording.played_type,
        duration_s=recording.duration_s,
        has_picture=recording.has_picture,
        remarks=tuple(recording.remarks),
    )


def _remarks(sound: Sound, unexpected_type: str | None) -> tuple[str, ...]:
    said = list(sound.remarks)
    if unexpected_type is not None:
        said.insert(0, f"The file's name suggests another type than its content, which is {unexpected_type}.")
    return tuple(said)


def _write(write: Callable[[bytes], int], part: bytes) -> None:
    write(part)


def _neighbourhoods(texts: Sequence[str]) -> list[tuple[str | None, str, str | None]]:
    padded = [None, *texts, None]
    return [(padded[at], text, padded[at + 2]) for at, text in enumerate(texts)]


def _by_neighbours(texts: Sequence[str]) -> dict[tuple[str | None, str, str | None], int]:
    return {key: at for at, key in enumerate(_neighbourhoods(texts))}
