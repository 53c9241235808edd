"""Cites on behalf of a user: only what they may see now."""

from sqlalchemy.orm import Session, sessionmaker

from corpus.citing import CitationResolver
from corpus.document import DocumentNotFound
from corpus.places import Places
from corpus.store import CorpusStore


def resolver_for(sessions: sessionmaker[Session], user: str) -> CitationResolver:
    """Looks each time anew, in a transaction of its own: what cites takes long, and must not hold on to what was."""

    def check_there(document_id: int, version_id: int) -> None:
        with sessions() as session:
            store = CorpusStore(session)
            if store.get_document(store.reader(user), document_id).version_id != version_id:
                raise DocumentNotFound(document_id)

    def get_places(version_id: int) -> Places:
        with sessions() as session:
            return CorpusStore(session).get_places(version_id)

    return CitationResolver(get_places, check_there)
