"""Takes in large files piece by piece, so that a broken connection or a closed tab costs one piece at most.

The bytes of an upload are appended to a file of its own; how far it is, is that file's length. Nothing else is to be
kept in step with it, whenever the process ends.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from api.file_name import safe_name
from api.ingesting import Ingesting
from api.transcript_pairing import TranscriptPairing
from api.upload_quota import UploadQuota
from corpus.errors import Conflict, Invalid, NotFound
from corpus.recording import RECORDED, Upload
from corpus.recording_store import RecordingStore
from ingestion.ingest import FileReport, FileTooLarge, Outcome
from ingestion.recording_ingest import IncomingRecording

_KEPT = timedelta(days=7)
"""What nobody has completed by then is discarded when the next upload begins."""

_LONGEST_TITLE = 200
_EXTENSIONS = {
    "audio/webm": ".webm",
    "video/webm": ".webm",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "audio/wav": ".wav",
    "video/x-matroska": ".mkv",
}


class UploadNotFound(NotFound):
    """Says the same for an upload that does not exist and for somebody else's."""

    def __init__(self, upload_id: str) -> None:
        super().__init__("There is no such upload. It may have been completed, discarded, or be older than a week.")
        self.upload_id = upload_id


class WrongOffset(Conflict):
    def __init__(self, offset: int, given: int) -> None:
        super().__init__(f"The upload has {offset} bytes; a piece for {given} does not fit. Go on from {offset}.")
        self.offset = offset


class UnknownRecordingType(Invalid):
    def __init__(self, media_type: str) -> None:
        super().__init__(f"Recordings of type {media_type[:60]} are not taken. Use WebM, MP4, Ogg or WAV.")


@dataclass(frozen=True, slots=True)
class UploadState:
    """`offset`: the next byte to send. `document_id`: what it has become, once it is complete."""

    upload_id: str
    offset: int
    document_id: int | None


class PiecewiseUploads:
    def __init__(
        self,
        folder: Path,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        ingesting: Ingesting,
        pairing: TranscriptPairing,
        check_audience: Callable[[str, str], None],
        quota: UploadQuota,
        follow: Callable[[], None],
        clock: Callable[[], datetime],
        max_bytes: int,
    ) -> None:
        """`check_audience` raises if that audience may not be written to by that user; it is there afterwards."""
        self._folder = folder
        self._sessions = sessions
        self._writing = writing
        self._ingesting = ingesting
        self._pairing = pairing
        self._check_audience = check_audience
        self._quota = quota
        self._follow = follow
        self._clock = clock
        self._max_bytes = max_bytes
        self._one_at_a_time = Lock()

    def begin(self, title: str, media_type: str, audience: str, user: str) -> UploadState:
        """Raises `UnknownRecordingType`, `AudienceNotFound` or `QuotaExceeded`."""
        extension = _EXTENSIONS.get(media_type.partition(";")[0].strip().lower())
        if extension is None:
            raise UnknownRecordingType(media_type)
        self._check_audience(audience, user)
        self._discard_old()
        self._quota.check(user, 1)
        upload_id = secrets.token_urlsafe(32)
        name = safe_name(title.replace("/", "-").replace("\\", "-")[:_LONGEST_TITLE] + extension)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file(upload_id).touch()
        with self._writing.begin() as session:
            RecordingStore(session).add_upload(
                Upload(id=upload_id, user_name=user, name=name, audience=audience, created_at=self._clock())
            )
        return UploadState(upload_id, 0, None)

    def state(self, upload_id: str, user: str) -> UploadState:
        """Raises `UploadNotFound`."""
        return self._state(self._upload(upload_id, user))

    def append(self, upload_id: str, offset: int, piece: bytes, user: str) -> UploadState:
        """Durable on return. Raises `UploadNotFound`, `WrongOffset`, `FileTooLarge` or `QuotaExceeded`."""
        upload = self._upload(upload_id, user)
        with self._one_at_a_time:
            state = self._state(upload)
            if state.document_id is not None or offset != state.offset:
                raise WrongOffset(state.offset, offset)
            if offset + len(piece) > self._max_bytes:
                raise FileTooLarge(offset + len(piece), self._max_bytes)
            self._quota.check(user, len(piece))
            with self._file(upload_id).open("ab") as file:
                file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        return UploadState(upload_id, offset + len(piece), None)

    def complete(self, upload_id: str, size: int, user: str) -> FileReport:
        """Makes a document of it. Doing so again reports the same document.

        Raises `UploadNotFound`, `WrongOffset` where bytes are missing, or an `Unreadable`, after which it is kept.
        """
        upload = self._upload(upload_id, user)
        self._check_audience(upload.audience, user)
        with self._one_at_a_time:
            state = self._state(upload)
        if state.document_id is not None:
            return FileReport(upload.name, Outcome.UNCHANGED, state.document_id)
        if state.offset != size:
            raise WrongOffset(state.offset, size)
        title = upload.name.rpartition(".")[0]
        incoming = IncomingRecording(
            upload.name,
            f"{RECORDED}{upload_id}",
            self._file(upload_id),
            self._pairing.find_transcript(upload.name, upload.audience),
            title=title,
            owner=user,
        )
        report = self._ingesting.add_recording(incoming, upload.audience)
        if report.outcome is Outcome.FAILED or report.document_id is None:
            return report
        self._pairing.settle(upload.name, upload.audience, user)
        with self._writing.begin() as session:
            stored = RecordingStore(session).find_upload(upload_id)
            if stored is not None:
                stored.document_id = report.document_id
        self._file(upload_id).unlink(missing_ok=True)
        self._follow()
        return report

    def discard(self, upload_id: str, user: str) -> None:
        """Raises `UploadNotFound`."""
        self._upload(upload_id, user)
        self._remove(upload_id)

    def _upload(self, upload_id: str, user: str) -> Upload:
        with self._sessions() as session:
            upload = RecordingStore(session).find_upload(upload_id)
            if upload is None or upload.user_name != user:
                raise UploadNotFound(upload_id)
            session.expunge(upload)
            return upload

    def _state(self, upload: Upload) -> UploadState:
        file = self._file(upload.id)
        if upload.document_id is None and not file.exists():
            raise UploadNotFound(upload.id)
        return UploadState(upload.id, file.stat().st_size if file.exists() else 0, upload.document_id)

    def _discard_old(self) -> None:
        with self._sessions() as session:
            old = [upload.id for upload in RecordingStore(session).list_uploads_before(self._clock() - _KEPT)]
        for upload_id in old:
            self._remove(upload_id)

    def _remove(self, upload_id: str) -> None:
        self._file(upload_id).unlink(missing_ok=True)
        with self._writing.begin() as session:
            RecordingStore(session).delete_upload(upload_id)

    def _file(self, upload_id: str) -> Path:
        return _part_of(self._folder, upload_id)


def bytes_sent(folder: Path, upload_id: str) -> int:
    """How much of it has arrived; nothing where it is complete or discarded."""
    file = _part_of(folder, upload_id)
    return file.stat().st_size if file.exists() else 0


def _part_of(folder: Path, upload_id: str) -> Path:
    """Of an upload that the database knows, so that its id is one of ours and no path."""
    return folder / f"{upload_id}.part"
