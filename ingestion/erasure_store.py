"""SQL of erasing what sources remember of documents and of people."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from corpus.audience import Audience
from corpus.document import Document
from ingestion.source import Source, SourceItem


def forget_documents(session: Session, document_ids: Sequence[int]) -> list[str]:
    """Before the documents go. Returns the names of the sources that had them, and would bring them back."""
    origins = select(Document.origin).where(Document.id.in_(document_ids))
    wanted = or_(SourceItem.document_id.in_(document_ids), SourceItem.origin.in_(origins))
    names = select(Source.name).where(Source.id.in_(select(SourceItem.source_id).where(wanted))).order_by(Source.name)
    found = list(session.scalars(names))
    session.execute(delete(SourceItem).where(wanted))
    return found


def forget_audiences(session: Session, names: Sequence[str]) -> None:
    """Sources whose documents nobody may read any more go with the audience."""
    session.execute(delete(Source).where(Source.audience_id.in_(select(Audience.id).where(Audience.name.in_(names)))))


def forget_user(session: Session, name: str) -> None:
    session.execute(update(Source).where(Source.owner == name).values(owner=None))
