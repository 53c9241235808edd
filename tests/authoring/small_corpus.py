"""A database with documents that were written straight into it: no parser, no embedder, ready at once."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from api.schema import migrate
from corpus.audience import EVERYONE, OWNER
from corpus.chunk import Chunk, ChunkKind
from corpus.database import open_database, sqlite_url
from corpus.document import Document, Version, VersionText
from corpus.locator import Span
from corpus.places import encode_places
from corpus.store import CorpusStore


class SmallCorpus:
    """Documents are Markdown of headings and paragraphs; each paragraph is a chunk."""

    def __init__(self, folder: Path | str, clock: Callable[[], datetime], users: tuple[str, ...] = ()) -> None:
        """In a folder, or in the database of that address."""
        url = folder if isinstance(folder, str) else sqlite_url(folder / "groundwork.sqlite")
        self.engine = open_database(url)
        migrate(self.engine)
        self.sessions: sessionmaker[Session] = sessionmaker(self.engine)
        self.writing: sessionmaker[Session] = sessionmaker(self.engine.execution_options(write=True))
        self.clock = clock
        with self.writing.begin() as session:
            store = CorpusStore(session)
            store.ensure_audience(EVERYONE, clock())
            for user in (OWNER, *users):
                store.ensure_user(user)

    def add(self, name: str, text: str, audience: str = EVERYONE) -> int:
        with self.writing.begin() as session:
            store = CorpusStore(session)
            document = store.add(
                Document(
                    audience_id=store.ensure_audience(audience, self.clock()).id,
                    origin=f"upload:{name}",
                    name=name,
                    created_at=self.clock(),
                )
            )
            self._activate(store, document, text)
            return document.id

    def change(self, document_id: int, text: str) -> int:
        """The next version, at once what readers see."""
        with self.writing.begin() as session:
            return self._activate(CorpusStore(session), session.get_one(Document, document_id), text)

    def remove(self, document_id: int) -> None:
        with self.writing.begin() as session:
            CorpusStore(session).remove(session.get_one(Document, document_id), self.clock())

    def erase(self, document_id: int) -> None:
        with self.writing.begin() as session:
            session.delete(session.get_one(Document, document_id))

    def version_id(self, document_id: int) -> int:
        with self.sessions() as session:
            found = session.get_one(Document, document_id).active_version_id
            assert found is not None
            return found

    def place(self, document_id: int, words: str) -> Span:
        """Where the words stand first in the document as it is now."""
        with self.sessions() as session:
            text = CorpusStore(session).get_version_text(self.version_id(document_id))
        start = text.index(words)
        return Span(start, start + len(words))

    def _activate(self, store: CorpusStore, document: Document, text: str) -> int:
        number = store.next_version_number(document.id)
        version = store.add(
            Version(
                document_id=document.id,
                number=number,
                content_hash=hashlib.sha256(text.encode()).hexdigest(),
                size=len(text),
                media_type="text/markdown",
                title=document.name.partition(".")[0],
                language="en",
                recipe="written",
                created_at=self.clock(),
            )
        )
        store.add(VersionText(version_id=version.id, text=text, places=encode_places([])))
        headings: list[str] = []
        offset = ordinal = 0
        for paragraph in text.split("\n\n"):
            start, offset = offset, offset + len(paragraph) + 2
            if paragraph.startswith("#"):
                level = len(paragraph) - len(paragraph.lstrip("#"))
                headings = [*headings[: level - 1], paragraph.lstrip("# ").strip()]
            elif paragraph.strip():
                store.add(
                    Chunk(
                        version_id=version.id,
                        ordinal=ordinal,
                        kind=ChunkKind.TABLE if "\t" in paragraph else ChunkKind.PROSE,
                        headings=list(headings),
                        text=paragraph,
                        pieces=[[0, start, len(paragraph)]],
                        token_count=len(paragraph.split()),
                    )
                )
                ordinal += 1
        store.activate(document, version)
        return version.id
