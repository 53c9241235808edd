"""Readers see exactly what their audiences allow, whatever was added, moved, replaced or removed before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from corpus.audience import EVERYONE, AudienceNotFound, LastReader, PrincipalKind, PrincipalNotFound, UserNotFound
from corpus.chunk import Chunk, ChunkKind, ChunkVector
from corpus.database import Entity, open_database, sqlite_url
from corpus.document import Document, DocumentNotFound, Version, VersionText
from corpus.exact_vector_index import ExactVectorIndex
from corpus.index_store import IndexStore
from corpus.places import encode_places
from corpus.search import Search, WeightedQuestion
from corpus.store import CorpusStore
from corpus.tantivy_keyword_index import TantivyKeywordIndex
from tests.fakes import WordEmbedder

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
USERS = ("ana", "ben", "cleo")
GROUPS = ("hr", "sales")
AUDIENCES = (EVERYONE, "hr", "board")


@contextmanager
def a_database(folder: Path) -> Iterator[Engine]:
    engine = open_database(sqlite_url(folder / "corpus.sqlite"))
    Entity.metadata.create_all(engine)
    yield engine
    engine.dispose()


def add_version(store: CorpusStore, document: Document, words: str, embedder: WordEmbedder) -> Version:
    version = store.add(
        Version(
            document_id=document.id,
            number=store.next_version_number(document.id),
            content_hash="0" * 64,
            size=len(words),
            media_type="text/plain",
            title=document.name,
            language="en",
            recipe="test",
            created_at=NOON,
        )
    )
    store.add(VersionText(version_id=version.id, text=words, places=encode_places([])))
    chunk = store.add(
        Chunk(
            version_id=version.id,
            ordinal=0,
            kind=ChunkKind.PROSE,
            headings=[],
            text=words,
            pieces=[[0, 0, len(words)]],
            token_count=len(words.split()),
        )
    )
    vector = embedder.embed([words])[0].astype(np.dtype("<f2")).tobytes()
    store.add(ChunkVector(chunk_id=chunk.id, model_id=store.ensure_model(embedder.model), vector=vector))
    store.activate(document, version)
    return version


@dataclass
class Expected:
    """What the oracle knows of one document."""

    audience: str
    words: str
    removed: bool = False


@dataclass
class Oracle:
    members: dict[str, set[str]] = field(default_factory=lambda: {group: set() for group in GROUPS})
    readers: dict[str, set[str]] = field(default_factory=dict)
    documents: dict[int, Expected] = field(default_factory=dict)

    def visible(self, user: str) -> set[int]:
        principals = {f"user:{user}", f"group:{EVERYONE}"}
        principals |= {f"group:{group}" for group, members in self.members.items() if user in members}
        return {
            document_id
            for document_id, expected in self.documents.items()
            if not expected.removed and self.readers[expected.audience] & principals
        }


class VisibilityMachine(RuleBasedStateMachine):
    folder: Path

    @initialize()
    def start(self) -> None:
        self._database = a_database(self.folder)
        self.engine = self._database.__enter__()
        with self.engine.begin() as connection:
            for table in reversed(Entity.metadata.sorted_tables):
                connection.execute(table.delete())
        self.sessions = sessionmaker(self.engine)
        self.embedder = WordEmbedder(dimension=16)
        self.vectors = ExactVectorIndex(16)
        self.number = 0
        self.keywords = TantivyKeywordIndex(self.folder / f"keywords-{id(self)}")
        self.applied = 0
        self.oracle = Oracle()
        with self.sessions.begin() as session:
            store = CorpusStore(session)
            for user in USERS:
                store.ensure_user(user)
            for name in AUDIENCES:
                store.ensure_audience(name, NOON)
                self.oracle.readers[name] = {f"group:{name}", "user:owner"}

    def teardown(self) -> None:
        self.keywords.close()
        self.engine.dispose()

    @rule(user=st.sampled_from(USERS), group=st.sampled_from(GROUPS))
    def join(self, user: str, group: str) -> None:
        with self.sessions.begin() as session:
            CorpusStore(session).ensure_member(group, user)
        self.oracle.members[group].add(user)

    @rule(
        audience=st.sampled_from(AUDIENCES),
        reader=st.sampled_from([*(f"user:{user}" for user in USERS), *(f"group:{group}" for group in GROUPS)]),
    )
    def allow(self, audience: str, reader: str) -> None:
        kind, name = reader.split(":")
        with self.sessions.begin() as session:
            CorpusStore(session).allow(audience, PrincipalKind(kind), name)
        self.oracle.readers[audience].add(reader)

    @rule(
        audience=st.sampled_from(AUDIENCES),
        reader=st.sampled_from([*(f"user:{user}" for user in USERS), "group:hr", f"group:{EVERYONE}"]),
    )
    def deny(self, audience: str, reader: str) -> None:
        kind, name = reader.split(":")
        try:
            with self.sessions.begin() as session:
                CorpusStore(session).deny(audience, PrincipalKind(kind), name)
        except PrincipalNotFound:
            assert reader not in self.oracle.readers[audience]
        except LastReader:
            assert self.oracle.readers[audience] == {reader}
        else:
            self.oracle.readers[audience].remove(reader)

    @rule(audience=st.sampled_from(AUDIENCES), word=st.sampled_from(["leave", "salary", "travel"]))
    def add(self, audience: str, word: str) -> None:
        self.number += 1
        words = f"{word} unique{self.number}"
        with self.sessions.begin() as session:
            store = CorpusStore(session)
            document = store.add(
                Document(
                    audience_id=store.get_audience(audience).id,
                    origin=f"test:{self.number}",
                    name=f"{self.number}.txt",
                    created_at=NOON,
                )
            )
            add_version(store, document, words, self.embedder)
            self.oracle.documents[document.id] = Expected(audience, words)

    @rule(data=st.data())
    def replace(self, data: st.DataObject) -> None:
        present = [key for key, expected in self.oracle.documents.items() if not expected.removed]
        if not present:
            return
        document_id = data.draw(st.sampled_from(present))
        self.number += 1
        words = f"replaced unique{self.number}"
        with self.sessions.begin() as session:
            document = session.get_one(Document, document_id)
            add_version(CorpusStore(session), document, words, self.embedder)
        self.oracle.documents[document_id].words = words

    @rule(data=st.data(), audience=st.sampled_from(AUDIENCES))
    def move(self, data: st.DataObject, audience: str) -> None:
        present = [key for key, expected in self.oracle.documents.items() if not expected.removed]
        if not present:
            return
        document_id = data.draw(st.sampled_from(present))
        with self.sessions.begin() as session:
            store = CorpusStore(session)
            store.move(session.get_one(Document, document_id), store.get_audience(audience).id)
        self.oracle.documents[document_id].audience = audience

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        if not self.oracle.documents:
            return
        document_id = data.draw(st.sampled_from(sorted(self.oracle.documents)))
        with self.sessions.begin() as session:
            CorpusStore(session).remove(session.get_one(Document, document_id), NOON)
        self.oracle.documents[document_id].removed = True

    @rule()
    def follow(self) -> None:
        """Indexes may be behind at any time; here they catch up."""
        with self.sessions() as session:
            changes = IndexStore(session)
            model_id = CorpusStore(session).ensure_model(self.embedder.model)
            for move in changes.moves_after(self.applied, last := changes.last_change()):
                self.keywords.remove([move.version_id])
                self.vectors.remove([move.version_id])
                if move.audience_id is not None:
                    self.keywords.add(changes.version_texts(move.version_id, move.audience_id))
                    batch = changes.version_vectors(model_id, move.version_id)
                    assert batch is not None
                    self.vectors.add_batches({move.audience_id: batch})
            self.applied = last

    @invariant()
    def every_way_of_reading_agrees_with_the_oracle(self) -> None:
        if not hasattr(self, "oracle"):
            return
        with self.sessions.begin() as session:
            store = CorpusStore(session)
            search = Search(self.embedder, self.vectors, self.keywords, store.ensure_model(self.embedder.model))
            for user in USERS:
                reader = store.reader(user)
                visible = self.oracle.visible(user)
                listed = store.list_documents(reader, 200)
                assert {entry.document_id for entry in listed.entries} == visible
                assert listed.total == len(visible)
                assert store.counts(reader, 1).documents == len(visible)
                current = {self.oracle.documents[key].words for key in visible}
                together = [WeightedQuestion("leave salary", 0.7), WeightedQuestion("travel replaced", 0.3)]
                for passage in (
                    *search.search(store, "leave salary travel replaced", reader, 50),
                    *search.search_together(store, together, reader, 50),
                ):
                    assert passage.document_id in visible
                    assert passage.text in current
                for document_id in self.oracle.documents:
                    if document_id not in visible:
                        with pytest.raises(DocumentNotFound):
                            store.get_document(reader, document_id)


def test_every_way_of_reading_agrees_with_the_oracle(tmp_path: Path) -> None:
    class Machine(VisibilityMachine):
        folder = tmp_path

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_an_index_that_caught_up_finds_everything_visible(tmp_path: Path) -> None:
    with a_database(tmp_path) as engine, sessionmaker(engine).begin() as session:
        store, changes, embedder = CorpusStore(session), IndexStore(session), WordEmbedder()
        audience = store.ensure_audience(EVERYONE, NOON)
        document = store.add(Document(audience_id=audience.id, origin="a", name="a.txt", created_at=NOON))
        version = add_version(store, document, "thirty days of leave", embedder)
        vectors, keywords = ExactVectorIndex(64), TantivyKeywordIndex(tmp_path / "keywords")
        batch = changes.version_vectors(store.ensure_model(embedder.model), version.id)
        assert batch is not None
        vectors.add_batches({audience.id: batch})
        keywords.add(changes.version_texts(version.id, audience.id))
        found = Search(embedder, vectors, keywords, store.ensure_model(embedder.model)).search(
            store, "days of leave", store.reader("owner"), 5
        )
        assert [passage.text for passage in found] == ["thirty days of leave"]
        keywords.close()


def test_an_unknown_user_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with a_database(tmp_path) as engine, Session(engine) as session:
        store = CorpusStore(session)
        store.ensure_user("ana")
        with pytest.raises(UserNotFound, match=r"no user “zoe”.*ana"):
            store.reader("zoe")


def test_an_unknown_audience_is_refused(tmp_path: Path) -> None:
    with a_database(tmp_path) as engine, Session(engine) as session, pytest.raises(AudienceNotFound):
        CorpusStore(session).get_audience("secret")
