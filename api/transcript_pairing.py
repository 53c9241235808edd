"""Brings uploaded transcripts to the recordings that they are named like, whichever of the two came first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy.orm import Session, sessionmaker

from api.recordings import Recordings
from corpus.blobs import Blobs
from corpus.document import UPLOADED
from corpus.errors import Conflict, Invalid
from corpus.recording_store import RecordingStore
from corpus.store import CorpusStore
from ingestion.ingest import FileReport, Outcome
from ingestion.recording_ingest import recordings_of, transcript_origins
from ingestion.recording_type import TRANSCRIPT_EXTENSIONS
from ingestion.transcript_file import TranscriptFile


@dataclass(frozen=True, slots=True)
class _FoundTranscript:
    document_id: int
    file: TranscriptFile


class TranscriptPairing:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        blobs: Blobs,
        recordings: Recordings,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`follow` has the indexes take in what was committed."""
        self._sessions = sessions
        self._writing = writing
        self._blobs = blobs
        self._recordings = recordings
        self._follow = follow
        self._clock = clock

    def find_transcript(self, recording: str, audience: str) -> TranscriptFile | None:
        """What was uploaded for that audience and is named like the recording."""
        found = self._find_transcript(recording, audience)
        return found.file if found is not None and self._recordings.is_transcript(found.file) else None

    def attach(self, file: TranscriptFile, audience: str, user: str) -> FileReport | None:
        """Gives the words to the recording of that audience that the file is named like; None where there is none.

        Raises an `Unreadable`, `NotYourDocument` or `WrittenByPeople`.
        """
        names = recordings_of(file.name)
        with self._sessions() as session:
            audience_id = CorpusStore(session).get_audience(audience).id
            document = RecordingStore(session).find_by_name(audience_id, names) if names else None
        if document is None:
            return None
        self._recordings.take_words(document.id, file, user)
        reason = f"It is the transcript of {document.name}."
        return FileReport(file.name, Outcome.ATTACHED, document.id, reason=reason)

    def settle(self, name: str, audience: str, user: str) -> FileReport | None:
        """Pairs what two uploads at the same time have added side by side. Doing so again changes nothing.

        The transcript is then no document of its own any more. None where there is nothing to pair.
        """
        found = self._find_transcript(name, audience)
        if found is None:
            return None
        try:
            report = self.attach(found.file, audience, user)
        except (Conflict, Invalid):
            # It is no transcript, or the words are for others to change, or are being changed: it stays what it is.
            return None
        if report is None:
            return None
        with self._writing.begin() as session:
            document = RecordingStore(session).find_document(found.document_id)
            if document is not None:
                CorpusStore(session).remove(document, self._clock())
        self._follow()
        return report

    def _find_transcript(self, name: str, audience: str) -> _FoundTranscript | None:
        """`name`: of the recording, or of the transcript itself."""
        is_transcript = PurePath(name).suffix.lower() in TRANSCRIPT_EXTENSIONS
        origins = (f"{UPLOADED}{name}",) if is_transcript else transcript_origins(f"{UPLOADED}{name}")
        with self._sessions() as session:
            store = CorpusStore(session)
            audience_id = store.get_audience(audience).id
            for origin in origins:
                document = store.find_present(audience_id, origin)
                version = None if document is None else store.get_active_version(document)
                if document is not None and version is not None:
                    content = self._blobs.get(version.content_hash)
                    return _FoundTranscript(document.id, TranscriptFile(document.name, content))
        return None
