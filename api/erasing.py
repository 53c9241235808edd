"""Erases documents and persons so that no byte of them stays in the data folder.

Deleting rows is the least of it: the database file is written anew, the indexes are built anew, and original files that
no other document has are deleted. A mark in the data folder says that an erasure is under way, so that whoever opens
the folder after a crash completes it.
"""

import json
import os
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from api.data_folder import DataFolder
from api.derived_files import DerivedFiles
from api.jobs.erasure_store import forget_jobs
from api.upgrading import forget_copy
from authoring import erasure_store as courses
from corpus.audience import PrincipalKind
from corpus.blobs import BlobNotFound, Blobs, flush_folder
from corpus.database import scrub
from corpus.erasure_store import Erasure, ErasureStore, NothingToErase
from corpus.errors import Conflict
from corpus.indexes import Indexes
from ingestion.erasure_store import forget_audiences, forget_documents, forget_user

MARK = "erasing.json"


class AmbiguousTarget(Conflict):
    def __init__(self, target: str, meanings: list[str]) -> None:
        super().__init__(f"“{target}” may mean {', '.join(meanings)}. Say which.")
        self.target = target


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """`kept_files`: original files that other documents have as well. `sources`: those that would bring it back."""

    erasure: Erasure
    deleted_files: int
    kept_files: int
    sources: tuple[str, ...]


class Erasing:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        writing: sessionmaker[Session],
        engine: Engine,
        blobs: Blobs,
        files: DerivedFiles,
        folder: Path,
        indexes: Callable[[], Indexes],
        tidy_jobs: Callable[[], None],
    ) -> None:
        """`tidy_jobs` leaves nothing of jobs that are over in what the queue of jobs remembers."""
        self._sessions = sessions
        self._writing = writing
        self._engine = engine
        self._blobs = blobs
        self._files = files
        self._folder = folder
        self._indexes = indexes
        self._tidy_jobs = tidy_jobs
        self._one_at_a_time = Lock()

    def plan(self, targets: Sequence[str]) -> Erasure:
        """What `erase` would take away. A target is a document's id or name, a user or a group.

        Raises `NothingToErase`, `AmbiguousTarget` or `NotErasable`.
        """
        with self._sessions() as session:
            return _plan(ErasureStore(session), targets)

    def erase(self, targets: Sequence[str]) -> ErasureReport:
        """Readers do not find it from the first moment; when this returns, no file in the data folder holds it.

        Takes about as long for many targets as for one. Raises what `plan` does, and `JobUnderWay`.
        """
        with self._one_at_a_time:
            with self._writing.begin() as session:
                store = ErasureStore(session)
                erasure = _plan(store, targets)
                sources = _forget(session, store, erasure)
                store.erase(erasure)
                # Before the rows are gone for good, since they alone know of the files.
                self._mark(erasure)
            marked = _marked(self._folder / MARK)
            # A transcript that lay beside its recording was never among the original files.
            stored = [content_hash for content_hash in erasure.hashes if _is_stored(self._blobs, content_hash)]
            deleted = _delete_unused(self._writing, self._blobs, self._files, stored)
            _delete_unused(self._writing, self._blobs, self._files, marked.files)
            for upload_id in marked.uploads:
                self._files.forget_upload(upload_id)
            self._indexes().start_anew()
            forget_copy(self._folder)
            self._tidy_jobs()
            scrub(self._engine)
            (self._folder / MARK).unlink()
        return ErasureReport(erasure, deleted, len(stored) - deleted, tuple(sources))

    def _mark(self, erasure: Erasure) -> None:
        """Durable when this returns. Adds to what an erasure that failed has left."""
        mark = self._folder / MARK
        before = _marked(mark)
        files, uploads = {*before.files, *erasure.hashes}, {*before.uploads, *erasure.uploads}
        temporary = mark.with_name(f"{MARK}.new")
        with temporary.open("w") as file:
            json.dump({"files": sorted(files), "uploads": sorted(uploads)}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(mark)
        flush_folder(self._folder)


@dataclass(frozen=True, slots=True)
class _Marked:
    """What an erasure that did not end was to delete; nothing where there is none."""

    files: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()


def _marked(mark: Path) -> _Marked:
    if not mark.exists():
        return _Marked()
    said = json.loads(mark.read_text())
    return _Marked(tuple(said["files"]), tuple(said["uploads"]))


def _delete_unused(writing: sessionmaker[Session], blobs: Blobs, files: DerivedFiles, hashes: Collection[str]) -> int:
    """In a write transaction, since recording a version stores its file in one as well: neither overtakes the other."""
    with writing.begin() as session:
        unused = ErasureStore(session).unused(hashes)
        for content_hash in unused:
            blobs.delete(content_hash)
            files.forget(content_hash)
    return len(unused)


def _is_stored(blobs: Blobs, content_hash: str) -> bool:
    try:
        blobs.open(content_hash).close()
    except BlobNotFound:
        return False
    return True


def complete_interrupted(
    writing: sessionmaker[Session], engine: Engine, blobs: Blobs, files: DerivedFiles, folder: DataFolder
) -> bool:
    """Completes an erasure that a crash interrupted, before anything has opened the indexes. True if there was one.

    If the crash came before its rows were deleted, nothing is lost: it was not reported as done and can be asked for
    again.
    """
    mark = folder.path / MARK
    if not mark.exists():
        return False
    marked = _marked(mark)
    _delete_unused(writing, blobs, files, marked.files)
    for upload_id in marked.uploads:
        files.forget_upload(upload_id)
    if folder.index.exists():
        shutil.rmtree(folder.index)
    forget_copy(folder.path)
    folder.forget_jobs()
    scrub(engine)
    mark.unlink()
    return True


def _forget(session: Session, store: ErasureStore, erasure: Erasure) -> list[str]:
    """What other packages remember. Returns the names of the sources that the documents came from."""
    users = [principal.name for principal in erasure.principals if principal.kind is PrincipalKind.USER]
    names = store.names_of(erasure.document_ids)
    forget_jobs(session, [*names, *(principal.name for principal in erasure.principals)], users, erasure.audiences)
    sources = forget_documents(session, erasure.document_ids)
    courses.forget_documents(session, erasure.document_ids)
    forget_audiences(session, erasure.audiences)
    courses.forget_audiences(session, erasure.audiences)
    for user in users:
        forget_user(session, user)
        courses.forget_user(session, user)
    return sources


def _plan(store: ErasureStore, targets: Sequence[str]) -> Erasure:
    planned = Erasure((), ())
    for target in targets:
        planned = planned.with_(_planned(store, target))
    return planned


def _planned(store: ErasureStore, target: str) -> Erasure:
    documents, principals = store.find_documents(target), store.find_principals(target)
    meanings = [f"{principal.kind}:{principal.name}" for principal in principals]
    if len(meanings) + bool(documents) > 1:
        named = [f"document {document_id}" for document_id in documents]
        raise AmbiguousTarget(target, [*named, *meanings])
    if principals:
        return store.of_principal(principals[0])
    if documents:
        return store.of_documents(documents)
    raise NothingToErase(target)
