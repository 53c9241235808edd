"""The built-in embedder, since what counts as the same meaning is measured with it."""

from pathlib import Path

import pytest

from assistant.remembered_vectors import RememberedVectors
from corpus.embedder import Embedder
from corpus.onnx_embedder import OnnxEmbedder


@pytest.fixture(scope="session")
def embedder(model_cache: Path) -> Embedder:
    return RememberedVectors(OnnxEmbedder(model_cache, threads=1))
