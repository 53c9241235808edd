"""Has recordings transcribed that nobody has transcribed: piece by piece, each piece a transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from corpus.document import Document
from corpus.errors import Conflict
from corpus.recording import TranscribedPiece, TranscriptChanged, TranscriptOrigin
from corpus.recording_store import RecordedVersion, RecordingStore, WaitingRecording
from corpus.store import CorpusStore
from corpus.transcript import decode_transcript, encode_transcript
from ingestion.ingest import FileReport, Outcome
from ingestion.recording_ingest import RecordingIngest
from ingestion.silences import SoundPiece
from ingestion.transcription import Transcription

_HINTS = 100
"""Terms of the vocabulary that an engine is given."""


class NothingHeard(Conflict):
    def __init__(self, engine: str) -> None:
        super().__init__(f"{engine} heard no words in the recording. Attach a transcript if there are any.")
        self.engine = engine


class Overtaken(Conflict):
    """What was to be transcribed has words by now, or is gone."""

    def __init__(self) -> None:
        super().__init__("The recording was given a transcript meanwhile, or removed; that is left as it is.")


@dataclass(frozen=True, slots=True)
class Transcribed:
    """How far a recording is: milliseconds of sound heard, and of the whole."""

    done_ms: int
    total_ms: int
    report: FileReport | None = None


class Transcribing:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        transcription: Callable[[str | None], Transcription],
        ingest: RecordingIngest,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`transcription` gives that of an engine, None for the one in the settings. It is asked for when the first
        piece is to be heard, since engines take long to load.
        """
        self._sessions = sessions
        self._writing = writing
        self._transcription = transcription
        self._ingest = ingest
        self._follow = follow
        self._clock = clock

    def list_waiting(self) -> list[WaitingRecording]:
        with self._sessions() as session:
            return RecordingStore(session).list_waiting()

    def plan(self, document_id: int, version_id: int, engine: str | None = None) -> tuple[SoundPiece, ...]:
        """Raises `Overtaken` or an `Unreadable`."""
        known, _ = self._known(document_id, version_id)
        return self._transcription(engine).plan(known.version.content_hash)

    def hear(self, document_id: int, version_id: int, piece: SoundPiece, engine: str | None = None) -> int:
        """How many words there are in one piece. Costs nothing if it was heard before. Raises `TranscriberFailed`."""
        known, document = self._known(document_id, version_id)
        content_hash = known.version.content_hash
        transcription = self._transcription(engine)
        with self._sessions() as session:
            store = RecordingStore(session)
            stored = store.find_piece(content_hash, transcription.engine, piece.start_ms, piece.end_ms)
            terms = store.list_terms(document.audience_id, _HINTS)
            if stored is not None:
                return sum(1 for _ in decode_transcript(stored.transcript).words)
        heard = transcription.hear(content_hash, piece, terms, None)
        with self._writing.begin() as session:
            RecordingStore(session).put_piece(
                TranscribedPiece(
                    content_hash=content_hash,
                    engine=transcription.engine,
                    start_ms=piece.start_ms,
                    end_ms=piece.end_ms,
                    transcript=encode_transcript(heard),
                )
            )
        return sum(1 for _ in heard.words)

    def finish(
        self, document_id: int, version_id: int, pieces: tuple[SoundPiece, ...], engine: str | None = None
    ) -> FileReport:
        """Records what was heard as the next version. Raises `Overtaken`, `NothingHeard`."""
        transcription = self._transcription(engine)
        if (done := self._recorded_before(document_id, version_id, transcription.engine)) is not None:
            return done
        known, document = self._known(document_id, version_id)
        content_hash = known.version.content_hash
        for piece in pieces:
            self.hear(document_id, version_id, piece, engine)
        with self._sessions() as session:
            store = RecordingStore(session)
            rows = [
                store.find_piece(content_hash, transcription.engine, piece.start_ms, piece.end_ms) for piece in pieces
            ]
        transcript = transcription.join([decode_transcript(row.transcript) for row in rows if row is not None])
        transcription.forget(content_hash)
        if not transcript.cues:
            raise NothingHeard(transcription.engine)
        read = self._ingest.rewrite(known, document.name, document.origin, transcript, TranscriptOrigin.RECOGNISED)
        vectors = self._ingest.embed(read)
        try:
            with self._writing.begin() as session:
                report = self._ingest.record(
                    CorpusStore(session),
                    RecordingStore(session),
                    read,
                    vectors,
                    document.audience_id,
                    self._clock(),
                    expected_version=version_id,
                )
        except TranscriptChanged as error:
            raise Overtaken from error
        self._follow()
        return report

    def transcribe(self, document_id: int, version_id: int, engine: str | None = None) -> Iterator[Transcribed]:
        """The whole recording. Going on after a crash repeats one piece."""
        pieces = self.plan(document_id, version_id, engine)
        total = pieces[-1].end_ms
        for piece in pieces:
            self.hear(document_id, version_id, piece, engine)
            yield Transcribed(piece.end_ms, total)
        yield Transcribed(total, total, self.finish(document_id, version_id, pieces, engine))

    def _recorded_before(self, document_id: int, version_id: int, engine: str) -> FileReport | None:
        """A crash may come between recording and being told that it is recorded."""
        with self._sessions() as session:
            newest = RecordingStore(session).find_newest(document_id)
        if newest is None or newest.version.id == version_id or newest.recording.transcript is None:
            return None
        same_engine = decode_transcript(newest.recording.transcript).engine == engine
        if newest.recording.origin != TranscriptOrigin.RECOGNISED or not same_engine:
            return None
        return FileReport(newest.version.title, Outcome.UNCHANGED, document_id)

    def _known(self, document_id: int, version_id: int) -> tuple[RecordedVersion, Document]:
        """Not on anybody's behalf: recording it does not change who may read it."""
        with self._sessions() as session:
            known = RecordingStore(session).find_newest(document_id)
            document = RecordingStore(session).find_document(document_id)
            if known is None or document is None or known.version.id != version_id:
                raise Overtaken
            session.expunge(document)
            return known, document
