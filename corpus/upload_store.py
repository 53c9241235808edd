"""All SQL about how much people have uploaded."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from corpus.document import UPLOADED, Document, Version
from corpus.recording import RECORDED, Upload


class UploadStore:
    """Reads in the session's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def bytes_of(self, user: str) -> int:
        """Of all versions of the documents that came as uploads, are not removed, and are this user's to answer for."""
        kept = (
            select(func.coalesce(func.sum(Version.size), 0))
            .join(Document, Document.id == Version.document_id)
            .where(
                Document.owner == user,
                Document.removed_at.is_(None),
                or_(Document.origin.startswith(UPLOADED), Document.origin.startswith(RECORDED)),
            )
        )
        return int(self._session.scalar(kept) or 0)

    def list_unfinished_of(self, user: str) -> list[str]:
        """Ids of uploads that arrive piece by piece and are no documents yet."""
        return list(
            self._session.scalars(select(Upload.id).where(Upload.user_name == user, Upload.document_id.is_(None)))
        )
