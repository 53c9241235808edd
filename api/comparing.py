"""Compares documents with each other, after they were added: near copies, and different values for the same thing."""

from collections.abc import Iterator
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from corpus.comparison_store import ComparisonStore, CopyPair, Disagreement
from corpus.store import CorpusStore

AT_ONCE = 50
"""Versions that are compared before a list is shown; whatever is left is compared in the background."""


class Comparing:
    def __init__(self, sessions: sessionmaker[Session], writing: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._writing = writing
        self._one_at_a_time = Lock()

    def compare_new(self) -> Iterator[int]:
        """Compares what was added since, one version a transaction, and yields its id."""
        while True:
            with self._sessions() as session:
                version_ids = ComparisonStore(session).list_uncompared(AT_ONCE)
            if not version_ids:
                return
            for version_id in version_ids:
                with self._one_at_a_time, self._writing.begin() as session:
                    ComparisonStore(session).compare(version_id)
                yield version_id

    def list_disagreements(self, user: str, limit: int) -> list[Disagreement]:
        """Of documents that the user keeps, the newest first. Raises `UserNotFound`."""
        self.catch_up()
        with self._sessions() as session:
            return ComparisonStore(session).list_disagreements(CorpusStore(session).reader(user), limit)

    def list_copies(self, user: str, limit: int) -> list[CopyPair]:
        """Of documents that the user keeps, the most alike first. Raises `UserNotFound`."""
        self.catch_up()
        with self._sessions() as session:
            return ComparisonStore(session).list_copies(CorpusStore(session).reader(user), limit)

    def catch_up(self) -> None:
        """Compares some of what is new."""
        for _, _ in zip(range(AT_ONCE), self.compare_new(), strict=False):
            pass
