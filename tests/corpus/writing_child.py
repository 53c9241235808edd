"""Run by a test as a process of its own: keeps changing a Chroma generation until it is killed.

python -m tests.corpus.writing_child FOLDER
"""

import sys
from itertools import count
from pathlib import Path

from corpus.chroma_generations import ChromaGenerations
from corpus.embedder import EmbeddingModel
from tests.contracts.vector_index import DIMENSION, an_entry, random_vectors
from tests.corpus.memory_vector_source import MemoryVectorSource

MODEL = EmbeddingModel(name="sixteen", dimension=DIMENSION, max_tokens=8)


def main(folder: Path) -> None:
    source = MemoryVectorSource()
    source.add([an_entry(row, vector, version_id=row // 10) for row, vector in enumerate(random_vectors(1500))])
    generations = ChromaGenerations(folder, MODEL, source)
    generations.build(lambda: False)
    sys.stdout.write("built\n")
    sys.stdout.flush()
    for step in count():
        vectors = enumerate(random_vectors(400, seed=step))
        source.add([an_entry(10_000 + step % 5 * 400 + row, vector, 1000 + step % 5) for row, vector in vectors])
        source.remove([1000 + (step + 2) % 5])
        generations.catch_up(lambda: False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
