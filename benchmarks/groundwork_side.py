"""Groundwork's side of the measurements that need more than its command line. Prints one line of JSON.

load VECTORS TEXTS DATA COUNT --audiences N --readable M   store COUNT given chunks, spread over N audiences,
                                                           of which the user `reader` may read M
query DATA QUESTIONS                                       time search for that user, and compare it with exact search
"""

import argparse
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy import select

from api.clock import now
from api.services import Services
from api.settings import Settings
from corpus.audience import PrincipalKind
from corpus.chunk import Chunk, ChunkKind, ChunkVector
from corpus.document import Document, Version, VersionText
from corpus.embedder import EmbeddingModel, Vectors
from corpus.places import encode_places
from corpus.store import CorpusStore

READER = "reader"
LIMIT = 10
CHUNKS_PER_DOCUMENT = 10
DOCUMENTS_PER_TRANSACTION = 200
MADE = datetime(2026, 1, 1, tzinfo=UTC)


class GivenVectors:
    """An Embedder that knows its few texts beforehand, so that a search can be timed without embedding."""

    def __init__(self, model: EmbeddingModel, vectors: dict[str, Vectors]) -> None:
        self._model = model
        self._vectors = vectors

    @property
    def model(self) -> EmbeddingModel:
        return self._model

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])


def load(
    vectors_file: Path, texts_file: Path, data: Path, count: int, audiences: int, readable: int
) -> dict[str, float]:
    vectors = np.load(vectors_file, mmap_mode="r")
    began = time.perf_counter()
    with Services(Settings(data=data), now) as services:
        with services.writing.begin() as session:
            store = CorpusStore(session)
            store.ensure_user(READER)
            names = [f"audience-{number:02}" for number in range(audiences)]
            ids = [store.ensure_audience(name, MADE).id for name in names]
            for name in names[:readable]:
                store.allow(name, PrincipalKind.USER, READER)
        model_id = services.model_id
        with texts_file.open(encoding="utf-8") as lines:
            texts = (json.loads(line) for line in islice(lines, count))
            first = 0
            while group := list(islice(texts, CHUNKS_PER_DOCUMENT * DOCUMENTS_PER_TRANSACTION)):
                with services.writing.begin() as session:
                    for start in range(0, len(group), CHUNKS_PER_DOCUMENT):
                        number = (first + start) // CHUNKS_PER_DOCUMENT
                        rows = slice(first + start, first + start + CHUNKS_PER_DOCUMENT)
                        chunks = group[start : start + CHUNKS_PER_DOCUMENT]
                        audience_id = ids[number % audiences]
                        _add_document(CorpusStore(session), number, audience_id, model_id, chunks, vectors[rows])
                first += len(group)
        services.indexes.follow()
    return {"seconds": time.perf_counter() - began, "chunks": count}


def query(data: Path, questions_file: Path) -> dict[str, object]:
    """Times of embedding a question and of the search without it; recall@10 of the vectors against exact search."""
    questions: list[str] = json.loads(questions_file.read_text())
    with Services(Settings(data=data), now, serving=True) as services:
        embedder = services.embedder
        embedder.embed(["A question to warm up with."])
        embedding_ms, vectors = [], {}
        for question in questions:
            began = time.perf_counter()
            vectors[question] = embedder.embed([question])[0]
            embedding_ms.append((time.perf_counter() - began) * 1000)
        services.embedder = GivenVectors(embedder.model, vectors)
        milliseconds = []
        for question in [questions[0], *questions]:
            began = time.perf_counter()
            with services.sessions() as session:
                store = CorpusStore(session)
                services.search.search(store, question, store.reader(READER), LIMIT)
            milliseconds.append((time.perf_counter() - began) * 1000)
        recall = _recall(services, list(vectors.values()))
    return {"milliseconds": milliseconds[1:], "embedding_ms": embedding_ms, "recall": recall}


def _recall(services: Services, questions: Sequence[Vectors]) -> float:
    """Share of the ten truly nearest readable chunks that the vector index brings."""
    with services.sessions() as session:
        store = CorpusStore(session)
        audiences = store.visible_audiences(store.reader(READER))
        rows = session.execute(
            select(ChunkVector.chunk_id, ChunkVector.vector)
            .join(Chunk, Chunk.id == ChunkVector.chunk_id)
            .join(Document, Document.active_version_id == Chunk.version_id)
            .where(Document.audience_id.in_(audiences))
        ).all()
    ids = np.array([row[0] for row in rows])
    stored = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f2").reshape(len(rows), -1).astype(np.float32)
    shares = []
    for question in questions:
        nearest = set(ids[np.argsort(-(stored @ question), kind="stable")[:LIMIT]].tolist())
        found = {hit.chunk_id for hit in services.indexes.vectors.search(audiences, question, LIMIT)}
        shares.append(len(nearest & found) / len(nearest))
    return float(np.mean(shares))


def _add_document(
    store: CorpusStore, number: int, audience_id: int, model_id: int, texts: Sequence[str], vectors: Vectors
) -> None:
    document = store.add(
        Document(audience_id=audience_id, origin=f"made:{number}", name=f"made-{number}.txt", created_at=MADE)
    )
    text = "\n\n".join(texts)
    version = store.add(
        Version(
            document_id=document.id,
            number=1,
            content_hash=f"{number:064}",
            size=len(text),
            media_type="text/plain",
            title=f"Made document {number}",
            language="en",
            recipe="made",
            created_at=MADE,
        )
    )
    store.add(VersionText(version_id=version.id, text=text, places=encode_places(())))
    chunks, start = [], 0
    for ordinal, part in enumerate(texts):
        chunks.append(
            {
                "version_id": version.id,
                "ordinal": ordinal,
                "kind": ChunkKind.PROSE,
                "headings": [],
                "text": part,
                "pieces": [[0, start, len(part)]],
                "token_count": len(part.split()),
            }
        )
        start += len(part) + 2
    store.add_chunks(chunks, vectors, model_id)
    store.activate(document, version)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load")
    loading.add_argument("vectors", type=Path)
    loading.add_argument("texts", type=Path)
    loading.add_argument("data", type=Path)
    loading.add_argument("count", type=int)
    loading.add_argument("--audiences", type=int, default=1)
    loading.add_argument("--readable", type=int, default=1)
    querying = commands.add_parser("query")
    querying.add_argument("data", type=Path)
    querying.add_argument("questions", type=Path)
    given = parser.parse_args()
    if given.command == "load":
        result: dict[str, object] = {
            **load(given.vectors, given.texts, given.data, given.count, given.audiences, given.readable)
        }
    else:
        result = query(given.data, given.questions)
    print(json.dumps(result))  # noqa: T201  This is what the caller reads.


if __name__ == "__main__":
    main()
