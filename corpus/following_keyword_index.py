"""A keyword index that follows the log of changes, and builds itself anew where its files are missing or damaged."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread

from sqlalchemy.orm import Session, sessionmaker

from corpus.errors import Unavailable
from corpus.generation import Description, Generation, Generations
from corpus.index import Hit, IndexedText
from corpus.index_state import IndexState, StateName
from corpus.index_store import IndexStore
from corpus.tantivy_keyword_index import KeywordIndexDamaged, TantivyKeywordIndex

FORMAT = 5
"""Raised when the analysis of words or the fields change, so that indexes of older programs are built anew."""

_DESCRIPTION = Description(FORMAT, "", 0)

_REWRITTEN = ("meta.json", ".managed.json")
"""Files that tantivy writes again when it merges, at moments of its own."""

_ALL = 0
"""Entries are counted together here, not by audience."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Open:
    generation: Generation
    index: TantivyKeywordIndex


class FollowingKeywordIndex:
    """Implements the searching half of `KeywordIndex`. While no generation is ready it finds nothing, and says so.

    `in_background`: build in a thread while searches go on; otherwise whoever asks waits.
    """

    def __init__(self, folder: Path, sessions: sessionmaker[Session], in_background: bool) -> None:
        self._generations = Generations(folder, unsummed=_REWRITTEN)
        self._sessions = sessions
        self._in_background = in_background
        self._changing = Lock()
        self._open: _Open | None = None
        self._retired: list[TantivyKeywordIndex] = []
        self._remark: str | None = None
        self._thread: Thread | None = None
        self._closing = False
        self._open = self._opened()
        if self._open is None:
            self._renew()
        else:
            self.follow()

    def search(self, audience_ids: Sequence[int], question: str, limit: int) -> list[Hit]:
        return self._asked(lambda index: index.search(audience_ids, question, limit))

    def score(self, audience_ids: Sequence[int], chunk_ids: Sequence[int], question: str) -> list[Hit]:
        return self._asked(lambda index: index.score(audience_ids, chunk_ids, question))

    def follow(self) -> None:
        """Applies what changed in SQL since the last time."""
        with self._changing:
            opened = self._open
            if opened is None:
                return
            try:
                self._open = self._advanced(opened)
            except Unavailable as error:
                failed = error
            else:
                return
        self._fail(opened, failed)

    def rebuild(self) -> None:
        """Builds a new generation from SQL while the present one answers, and waits for it."""
        with self._changing:
            self._build()

    def start_anew(self) -> None:
        """Like `rebuild`, and leaves no file behind of what was indexed before. Raises `NotDeleted`."""
        with self._changing:
            self._build()
            # A merge that was under way may have written into the old folder while it was being deleted.
            for index in self._retired:
                index.close()
            self._retired.clear()
            self._generations.clean()
            self._generations.check_only_current()

    def checked_state(self) -> IndexState:
        """Looks whether the files could be opened once more, and has the index built anew where not.

        What is open already would answer from files that are gone, up to the end of the process.
        """
        opened = self._open
        # Twice, since a merge may take files away in the middle of one look.
        if opened is not None and self._damage(opened) is not None:
            damage = self._damage(opened)
            if damage is not None:
                self._fail(opened, damage)
                # As it was found, though a small one may be built by now.
                return IndexState("keywords", StateName.BUILDING, 0, str(damage))
        return self.state()

    def _damage(self, opened: _Open) -> Unavailable | None:
        folder = self._generations.folder_of(opened.generation.number)
        resized = self._generations.resized_file(opened.generation)
        if resized is not None:
            return KeywordIndexDamaged(folder, f"the file {resized} is of another size")
        try:
            TantivyKeywordIndex(folder).close()
        except Unavailable as error:
            return error
        return None

    def state(self) -> IndexState:
        opened = self._open
        if opened is None:
            return IndexState("keywords", StateName.BUILDING, 0, self._remark)
        return IndexState("keywords", StateName.READY, opened.index.count(), self._remark)

    def close(self) -> None:
        self._closing = True
        if self._thread is not None:
            self._thread.join()
        if self._open is not None:
            self._open.index.close()
        for index in self._retired:
            index.close()

    def _asked(self, ask: Callable[[TantivyKeywordIndex], list[Hit]]) -> list[Hit]:
        opened = self._open
        if opened is None:
            return []
        try:
            return ask(opened.index)
        except Unavailable as error:
            self._fail(opened, error)
            return []

    def _opened(self) -> _Open | None:
        """The generation on disk, if it is there, of this format, not from the future, and complete."""
        current = self._generations.current()
        if current is None or current.description != _DESCRIPTION:
            return None
        with self._sessions() as session:
            if current.applied_change > IndexStore(session).last_change():
                self._remark = "The index knew changes that the database does not; it was built anew."
                return None
        altered = self._generations.altered_file(current)
        if altered is not None:
            self._remark = f"The file {altered} of the index had changed; it was built anew."
            return None
        try:
            opened = _Open(current, TantivyKeywordIndex(self._generations.folder_of(current.number)))
        except Unavailable as error:
            self._remark = f"{error} It was built anew."
            return None
        if opened.index.count() < sum(current.counts.values()):
            opened.index.close()
            self._remark = "Entries were missing; the index was built anew."
            return None
        return opened

    def _advanced(self, opened: _Open) -> _Open:
        with self._sessions() as session:
            store = IndexStore(session)
            last = store.last_change()
            if last == opened.generation.applied_change:
                return opened
            moves = store.moves_after(opened.generation.applied_change, last)
            opened.index.remove([move.version_id for move in moves])
            opened.index.add_all(
                store.version_texts(move.version_id, move.audience_id) for move in moves if move.audience_id is not None
            )
        counts = {_ALL: opened.index.count()}
        return _Open(self._generations.advance(opened.generation, last, counts), opened.index)

    def _fail(self, opened: _Open, error: Unavailable) -> None:
        log.warning("keyword index failed, building it anew: %s", error)
        with self._changing:
            if self._open is not opened:
                return
            self._open = None
            self._retired.append(opened.index)
            self._remark = f"{error} It was built anew."
        self._renew()

    def _renew(self) -> None:
        if not self._in_background:
            self.rebuild()
        elif self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._rebuild_unless_closing, name="keyword-index")
            self._thread.start()

    def _rebuild_unless_closing(self) -> None:
        try:
            self.rebuild()
        except _ClosingError:
            log.info("building the keyword index was interrupted; it starts again with the next process")

    def _build(self) -> None:
        number = self._generations.begin()
        index = TantivyKeywordIndex(self._generations.folder_of(number))
        with self._sessions() as session:
            store = IndexStore(session)
            last = store.last_change()
            index.add_all(self._all_texts(store))
        retired = self._open
        generation = self._generations.publish(number, _DESCRIPTION, last, {_ALL: index.count()})
        self._open = _Open(generation, index)
        if retired is not None:
            self._retired.append(retired.index)

    def _all_texts(self, store: IndexStore) -> Iterator[list[IndexedText]]:
        for move in store.active_versions():
            if self._closing:
                raise _ClosingError
            if move.audience_id is not None:
                yield store.version_texts(move.version_id, move.audience_id)


class _ClosingError(Exception):
    """The process ends while an index is being built."""
