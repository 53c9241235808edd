"""How much one person may have uploaded: what is there, and what is still being read or sent."""

from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker

from api.jobs.ingest_kind import KIND
from api.jobs.store import JobStore
from corpus.quota import QuotaExceeded
from corpus.upload_store import UploadStore


class UploadQuota:
    def __init__(
        self, sessions: sessionmaker[Session], bytes_sent: Callable[[str], int], most_bytes: int | None
    ) -> None:
        """`bytes_sent`: how much of an unfinished upload is there. `most_bytes`: None where there is no quota."""
        self._sessions = sessions
        self._bytes_sent = bytes_sent
        self._most_bytes = most_bytes

    def check(self, user: str, incoming: int) -> None:
        """Raises `QuotaExceeded` if so many bytes more do not fit."""
        if self._most_bytes is None:
            return
        used = self._used_by(user)
        if used + incoming > self._most_bytes:
            raise QuotaExceeded(used, incoming, self._most_bytes)

    def _used_by(self, user: str) -> int:
        with self._sessions() as session:
            store = UploadStore(session)
            waiting = [job.arguments for job in JobStore(session).list_open_of(KIND) if job.user_name == user]
            read_now = sum(int(arguments["bytes"]) for arguments in waiting if "upload" in arguments)
            kept = store.bytes_of(user)
            sent = [self._bytes_sent(upload_id) for upload_id in store.list_unfinished_of(user)]
        return kept + read_now + sum(sent)
