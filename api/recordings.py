"""What people do with recordings: play them, attach a transcript, correct it, have one made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session, sessionmaker

from corpus.blobs import Blobs, hash_of
from corpus.document import Document
from corpus.errors import Conflict, NotFound
from corpus.recording import NoRecording, NoTranscript, Recording, TranscriptChanged, TranscriptOrigin
from corpus.recording_store import RecordedVersion, RecordingStore, WaitingRecording
from corpus.store import CorpusStore
from corpus.transcript import Transcript, decode_transcript
from ingestion.ingest import FileReport, Outcome
from ingestion.recording_ingest import IncomingRecording, KeptFile, ReadRecording, RecordingIngest
from ingestion.transcript_editing import CueEdit, edited, renamed
from ingestion.transcript_file import TranscriptFile

_MOST_ALIKE = 200
_LONGEST_NUMBER = 12


@dataclass(frozen=True, slots=True)
class PlayableFile:
    """`tag` changes with the content."""

    file: BinaryIO
    media_type: str
    tag: str


@dataclass(frozen=True, slots=True)
class EditableTranscript:
    document_id: int
    version_id: int
    number: int
    title: str
    has_picture: bool
    transcript: Transcript


class WrittenByPeople(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"The words of “{name}” were written or corrected by people, so they stay. To replace them, attach a "
            "transcript on its page, or transcribe it with --replace."
        )


class NothingNamed(NotFound):
    def __init__(self, named: str) -> None:
        super().__init__(f"There is no document “{named}”. The Library shows names and numbers.")


class AmbiguousName(Conflict):
    def __init__(self, named: str, numbers: Sequence[int]) -> None:
        said = ", ".join(map(str, numbers))
        super().__init__(f"“{named}” is the name of the documents {said}. Give the number of one.")


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
        """Replaces whatever words the recording has.

        Raises an `Unreadable`, `DocumentNotFound`, `NoRecording` or `NotYourDocument`.
        """
        known, document = self._newest(document_id, user)
        self._check_kept(document, user)
        transcript = self._ingest.read_transcript(file)
        read = self._ingest.rewrite(known, document.name, document.origin, transcript, TranscriptOrigin.ATTACHED)
        return self.save(known, document, read)

    def take_words(self, document_id: int, file: TranscriptFile, user: str) -> FileReport:
        """Like `attach_transcript`, for a file that was not brought to this recording by hand: corrected words stay.

        Raises also `WrittenByPeople`.
        """
        known, document = self._newest(document_id, user)
        if known.recording.transcript is not None and known.recording.beside_hash == hash_of(file.content):
            return FileReport(document.name, Outcome.UNCHANGED, document_id)
        if known.recording.origin == TranscriptOrigin.EDITED:
            raise WrittenByPeople(document.name)
        self._check_kept(document, user)
        kept = KeptFile(known.version.content_hash)
        read = self._ingest.read(IncomingRecording(document.name, document.origin, kept, file), known)
        return self.save(known, document, read)

    def is_transcript(self, file: TranscriptFile) -> bool:
        return self._ingest.is_transcript(file)

    def get_to_transcribe(self, named: str, user: str, replaces: bool) -> WaitingRecording:
        """The recording of that number or name, as it is to be transcribed anew.

        `replaces`: also where people have written or corrected its words. Raises `DocumentNotFound`,
        `AmbiguousName`, `NoRecording`, `NotYourDocument` or `WrittenByPeople`.
        """
        known, document = self._newest(self._number_of(named, user), user)
        self._check_kept(document, user)
        origin = TranscriptOrigin(known.recording.origin)
        if not replaces and origin not in (TranscriptOrigin.MISSING, TranscriptOrigin.RECOGNISED):
            raise WrittenByPeople(document.name)
        return WaitingRecording(document.id, known.version.id, document.audience_id, document.name)

    def _number_of(self, named: str, user: str) -> int:
        if named.isascii() and named.isdigit() and len(named) < _LONGEST_NUMBER:
            return int(named)
        with self._sessions() as session:
            store = CorpusStore(session)
            found = store.list_documents(store.reader(user), _MOST_ALIKE, 0, named)
        numbers = [entry.document_id for entry in found.entries if entry.name == named]
        if not numbers:
            raise NothingNamed(named)
        if len(numbers) > 1:
            raise AmbiguousName(named, numbers)
        return numbers[0]

    def get_editable(self, document_id: int, user: str) -> EditableTranscript:
        """The newest words. Raises `DocumentNotFound`, `NoRecording`, `NoTranscript` or `NotYourDocument`."""
        known, document = self._newest(document_id, user)
        self._check_kept(document, user)
        if known.recording.transcript is None:
            raise NoTranscript(document_id)
        return EditableTranscript(
            document_id=document_id,
            version_id=known.version.id,
            number=known.version.number,
            title=known.version.title,
            has_picture=known.recording.has_picture,
            transcript=decode_transcript(known.recording.transcript),
        )

    def edit_transcript(
        self, document_id: int, version_id: int, first: int, edits: Sequence[CueEdit], is_checked: bool, user: str
    ) -> FileReport:
        """`edits` are for the cues from `first` on of that version. Words put right become hints for their audience.

        Raises `TranscriptChanged` if that version is not the newest any more, and what `get_editable` raises.
        """
        result = edited(self._editable_of(document_id, version_id, user), first, edits, is_checked)
        report = self._save_words(document_id, result.transcript, user)
        if result.terms and report.outcome is not Outcome.UNCHANGED:
            with self._writing.begin() as session:
                document = RecordingStore(session).find_document(document_id)
                if document is not None:
                    RecordingStore(session).add_terms(document.audience_id, result.terms, self._clock())
        return report

    def rename_speaker(
        self, document_id: int, version_id: int, speaker: str | None, name: str, user: str
    ) -> FileReport:
        transcript = self._editable_of(document_id, version_id, user)
        return self._save_words(document_id, renamed(transcript, speaker, name), user)

    def _editable_of(self, document_id: int, version_id: int, user: str) -> Transcript:
        editable = self.get_editable(document_id, user)
        if editable.version_id != version_id:
            raise TranscriptChanged(document_id, editable.version_id)
        return editable.transcript

    def _save_words(self, document_id: int, transcript: Transcript, user: str) -> FileReport:
        known, document = self._newest(document_id, user)
        read = self._ingest.rewrite(known, document.name, document.origin, transcript, TranscriptOrigin.EDITED)
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

    def _check_kept(self, document: Document, user: str) -> None:
        """Words belong to the document's owner. Raises `NotYourDocument`."""
        with self._sessions() as session:
            document.check_kept_by(CorpusStore(session).reader(user))

    def _recording(self, session: Session, document_id: int, version_id: int, user: str) -> Recording:
        store = CorpusStore(session)
        store.get_version(store.reader(user), document_id, version_id)
        recording = RecordingStore(session).find_recording(version_id)
        if recording is None:
            raise NoRecording(document_id)
        return recording
