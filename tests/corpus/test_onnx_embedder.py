"""The built-in embedder against a forward pass written out in numpy, and its cache."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from corpus.embedder import Embedder, Vectors
from corpus.onnx_embedder import WEIGHTS_PACKAGE, OnnxEmbedder, WeightsMissing
from tests.contracts.embedder import EmbedderContract

TEXTS = [
    "Parental leave lasts 26 weeks and is paid in full.",
    "How long is parental leave?",
    "The reactor vessel is inspected every two years by an accredited body.",
    "Employees submit travel expenses within 30 days; receipts above $25 are attached. " * 6,
]


@pytest.fixture(scope="module")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    OnnxEmbedder(folder, threads=1).embed(["build the graph once for all tests"])
    return folder


class TestOnnxEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, cache_folder: Path) -> Embedder:
        return OnnxEmbedder(cache_folder, threads=2)


def test_vectors_agree_with_the_float32_model(cache_folder: Path) -> None:
    cosines = (OnnxEmbedder(cache_folder, threads=2).embed(TEXTS) * reference_vectors(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.98


def test_a_question_is_nearer_to_its_answer_than_to_another_subject(cache_folder: Path) -> None:
    answer, question, other, _ = OnnxEmbedder(cache_folder, threads=2).embed(TEXTS)
    assert question @ answer > 0.7
    assert question @ other < 0.2


def test_nothing_beyond_the_longest_input_is_seen(cache_folder: Path) -> None:
    embedder = OnnxEmbedder(cache_folder, threads=2)
    seen = "leave " * (embedder.model.max_tokens - 2)
    assert np.array_equal(embedder.embed([seen])[0], embedder.embed([seen + "reactor " * 100])[0])
    assert not np.array_equal(embedder.embed([seen])[0], embedder.embed(["reactor " + seen])[0])


def test_token_counts_are_those_of_the_model_without_special_tokens(cache_folder: Path) -> None:
    counts = OnnxEmbedder(cache_folder, threads=2).count_tokens(
        ["", "parental leave", "unbelievability", "leave " * 1000]
    )
    assert counts == [0, 2, 5, 1000]


def test_a_lone_surrogate_is_embedded_like_any_unknown_character(cache_folder: Path) -> None:
    assert OnnxEmbedder(cache_folder, threads=1).embed(["leave \ud800 policy"]).shape == (1, 384)


def test_constructing_it_and_asking_for_its_model_builds_nothing(tmp_path: Path) -> None:
    assert OnnxEmbedder(tmp_path / "models", threads=2).model.dimension == 384
    assert not (tmp_path / "models").exists()


def test_counting_tokens_builds_nothing(tmp_path: Path) -> None:
    assert OnnxEmbedder(tmp_path / "models", threads=2).count_tokens(["leave"]) == [1]
    assert not (tmp_path / "models").exists()


def test_the_cache_holds_one_whole_file_and_is_used_again(cache_folder: Path) -> None:
    (cached,) = cache_folder.iterdir()
    before = cached.stat().st_mtime_ns
    OnnxEmbedder(cache_folder, threads=2).embed(["leave"])
    assert [cached] == list(cache_folder.iterdir())
    assert cached.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["truncated", "one byte changed", "empty"])
def test_a_damaged_cache_is_rebuilt(cache_folder: Path, tmp_path: Path, damage: str) -> None:
    (intact,) = cache_folder.iterdir()
    content = intact.read_bytes()
    middle = len(content) // 2
    damaged = {
        "truncated": content[:middle],
        "one byte changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "empty": b"",
    }[damage]
    (tmp_path / intact.name).write_bytes(damaged)
    vector = OnnxEmbedder(tmp_path, threads=1).embed(["leave"])[0]
    assert np.array_equal(vector, OnnxEmbedder(cache_folder, threads=1).embed(["leave"])[0])
    assert (tmp_path / intact.name).read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == [intact.name]


def test_several_threads_may_start_it_at_once(cache_folder: Path) -> None:
    embedder = OnnxEmbedder(cache_folder, threads=2)
    with ThreadPoolExecutor(8) as pool:
        vectors = list(pool.map(lambda _: embedder.embed(TEXTS), range(16)))
    assert all(np.array_equal(vectors[0], other) for other in vectors[1:])


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.onnx_embedder.WEIGHTS_PACKAGE", "no_such_package")
    with pytest.raises(WeightsMissing, match="no_such_package"):
        OnnxEmbedder(tmp_path, threads=1).embed(["leave"])


def test_with_a_warm_cache_neither_onnx_nor_torch_is_imported(cache_folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from corpus.onnx_embedder import OnnxEmbedder;"
        f"OnnxEmbedder(Path({str(cache_folder)!r}), threads=2).embed(['leave']);"
        "print([name for name in ('onnx', 'onnxruntime.quantization', 'torch', 'safetensors') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def reference_vectors(texts: list[str]) -> Vectors:
    """The model's forward pass in float32, one text after the other."""
    spec = find_spec(WEIGHTS_PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = load_file(folder / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    return np.stack([reference_vector(weights, tokenizer.encode(text).ids) for text in texts])


def reference_vector(weights: dict[str, NDArray[np.float32]], ids: list[int]) -> NDArray[np.float32]:
    def linear(x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"], dtype=np.float32)

    def layer_norm(x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"], dtype=np.float32)

    def heads(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return x.reshape(len(x), 12, 32).transpose(1, 0, 2)

    x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = layer_norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        query, key, value = (heads(linear(x, f"{name}.attention.self.{part}")) for part in ("query", "key", "value"))
        scores = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(32))
        attended = (scores / scores.sum(axis=-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(x), 384)
        x = layer_norm(linear(attended, f"{name}.attention.output.dense") + x, f"{name}.attention.output.LayerNorm")
        hidden = linear(x, f"{name}.intermediate.dense")
        x = layer_norm(linear(gelu(hidden), f"{name}.output.dense") + x, f"{name}.output.LayerNorm")
    mean: NDArray[np.float32] = x.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    # The tanh form; it differs from the exact one by less than .001.
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))), dtype=np.float32)
