"""What people do with recordings: play them, attach a transcript, correct it, have one made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session, sessionmaker

from corpus.blobs import Blobs
from corpus.document import Document
from corpus.recording import NoRecording, NoTranscript, Recording, TranscriptOrigin
from corpus.recording_store import RecordedVersion, RecordingStore
from corpus.store import CorpusStore
from corpus.transcript import Transcript, decode_transcript
from ingestion.ingest import FileReport, Outcome
from ingestion.recording_ingest import ReadRecording, RecordingIngest
from ingestion.transcript_file import TranscriptFile


@dataclass(frozen=True, slots=True)
class PlayableFile:
    """`tag` changes with the content."""

    file: BinaryIO
    media_type: str
    tag: str


class Recordings:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        blobs: Blobs,
        ingest: RecordingIngest,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
        model_id: int,
    ) -> None:
        """`follow` has the indexes take in what was committed."""
        self._sessions = sessions
        self._writing = writing
        self._blobs = blobs
        self._ingest = ingest
        self._follow = follow
        self._clock = clock
        self._model_id = model_id

    def open_media(self, document_id: int, version_id: int, user: str) -> PlayableFile:
        """Raises `DocumentNotFound` or `NoRecording`."""
        with self._sessions() as session:
            recording = self._recording(session, document_id, version_id, user)
            return PlayableFile(self._blobs.open(recording.played_hash), recording.played_type, recording.played_hash)

    def find_recording(self, document_id: int, version_id: int, user: str) -> Recording | None:
        """None for a document of another kind. Raises `DocumentNotFound`."""
        with self._sessions() as session:
            store = CorpusStore(session)
            store.get_version(store.reader(user), document_id, version_id)
            recording = RecordingStore(session).find_recording(version_id)
            if recording is not None:
                session.expunge(recording)
            return recording

    def get_transcript(self, document_id: int, version_id: int, user: str) -> Transcript:
        """Raises `DocumentNotFound`, `NoRecording` or `NoTranscript`."""
        with self._sessions() as session:
            recording = self._recording(session, document_id, version_id, user)
            if recording.transcript is None:
                raise NoTranscript(document_id)
            return decode_transcript(recording.transcript)

    def attach_transcript(self, document_id: int, file: TranscriptFile, user: str) -> FileReport:
        """Replaces whatever words the recording has. Raises an `Unreadable`, `DocumentNotFound` or `NoRecording`."""
        known, document = self._newest(document_id, user)
        transcript = self._ingest.read_transcript(file)
        read = self._ingest.rewrite(known, document.name, document.origin, transcript, TranscriptOrigin.ATTACHED)
        return self.save(known, document, read)

    def save(self, known: RecordedVersion, document: Document, read: ReadRecording) -> FileReport:
        """Records other words for a recording; only chunks that changed are embedded. Raises `TranscriptChanged`."""
        with self._sessions() as session:
            before = RecordingStore(session).list_vectors(known.version.id, self._model_id)
        vectors = self._ingest.embed(read, before)
        with self._writing.begin() as session:
            report = self._ingest.record(
                CorpusStore(session),
                RecordingStore(session),
                read,
                vectors,
                document.audience_id,
                self._clock(),
                expected_version=known.version.id,
            )
        if report.outcome is not Outcome.UNCHANGED:
            self._follow()
        return report

    def _newest(self, document_id: int, user: str) -> tuple[RecordedVersion, Document]:
        with self._sessions() as session:
            store = CorpusStore(session)
            document = store.get_document_entity(store.reader(user), document_id)
            known = RecordingStore(session).find_newest(document_id)
            if known is None:
                raise NoRecording(document_id)
            session.expunge(document)
            return known, document

    def _recording(self, session: Session, document_id: int, version_id: int, user: str) -> Recording:
        store = CorpusStore(session)
        store.get_version(store.reader(user), document_id, version_id)
        recording = RecordingStore(session).find_recording(version_id)
        if recording is None:
            raise NoRecording(document_id)
        return recording
