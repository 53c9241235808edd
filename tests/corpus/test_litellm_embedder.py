"""The litellm embedder against a local server that speaks the OpenAI embeddings protocol."""

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from corpus.embedder import Embedder
from corpus.litellm_embedder import EmbeddingsUnavailable, LitellmEmbedder
from tests.contracts.embedder import EmbedderContract


class EmbeddingServer(ThreadingHTTPServer):
    """Vectors of eight numbers drawn from the text's hash; the attributes make it misbehave."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EmbeddingRequest)
        self.status = 200
        self.numbers = 8
        self.drop_last = False
        self.all_zero = False
        self.batches: list[list[str]] = []
        self.keys: list[str] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class EmbeddingRequest(BaseHTTPRequestHandler):
    server: EmbeddingServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.batches.append(body["input"])
        self.server.keys.append(self.headers["Authorization"])
        rows = [
            {"object": "embedding", "index": index, "embedding": self.vector(text)}
            for index, text in enumerate(body["input"])
        ]
        rows = rows[:-1] if self.server.drop_last else rows
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        answer = {"object": "list", "model": body["model"], "usage": usage, "data": rows[::-1]}
        payload = json.dumps(answer if self.server.status == 200 else {"error": {"message": "out of order"}}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def vector(self, text: str) -> list[float]:
        if self.server.all_zero:
            return [0.0] * self.server.numbers
        return [float(byte) + 1 for byte in hashlib.sha256(text.encode()).digest()[: self.server.numbers]]

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def an_embedder(server: EmbeddingServer, dimension: int | None = 8, batch_size: int = 2) -> LitellmEmbedder:
    return LitellmEmbedder("openai/some-model", dimension, server.base, "secret", timeout_s=5, batch_size=batch_size)


class TestLitellmEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, server: EmbeddingServer) -> Embedder:
        return an_embedder(server)


def test_texts_are_sent_in_batches_with_the_key(server: EmbeddingServer) -> None:
    an_embedder(server, batch_size=2).embed(["one", "two", "three"])
    assert server.batches == [["one", "two"], ["three"]]
    assert server.keys == ["Bearer secret", "Bearer secret"]


def test_rows_are_put_into_the_order_of_the_texts(server: EmbeddingServer) -> None:
    vectors = an_embedder(server, batch_size=3).embed(["one", "two", "three"])
    assert np.array_equal(vectors[2], an_embedder(server).embed(["three"])[0])


def test_an_unknown_dimension_is_asked_for_once(server: EmbeddingServer) -> None:
    embedder = an_embedder(server, dimension=None)
    assert embedder.model.dimension == 8
    assert embedder.model.dimension == 8
    assert len(server.batches) == 1


def test_a_known_dimension_is_not_asked_for(server: EmbeddingServer) -> None:
    assert an_embedder(server, dimension=8).model.name == "openai/some-model"
    assert server.batches == []


def test_another_dimension_than_expected_is_refused(server: EmbeddingServer) -> None:
    server.numbers = 4
    with pytest.raises(EmbeddingsUnavailable, match="4 numbers where 8 are expected"):
        an_embedder(server, dimension=8).embed(["one"])


def test_a_missing_vector_is_refused(server: EmbeddingServer) -> None:
    server.drop_last = True
    with pytest.raises(EmbeddingsUnavailable, match="1 vectors for 2 texts"):
        an_embedder(server).embed(["one", "two"])


def test_a_vector_without_direction_is_refused(server: EmbeddingServer) -> None:
    server.all_zero = True
    with pytest.raises(EmbeddingsUnavailable, match="no direction"):
        an_embedder(server).embed(["one"])


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_refusal_of_the_provider_is_unavailable(server: EmbeddingServer, status: int) -> None:
    server.status = status
    with pytest.raises(EmbeddingsUnavailable, match="openai/some-model cannot be used now"):
        an_embedder(server).embed(["one"])


def test_a_server_error_is_tried_again_then_unavailable(server: EmbeddingServer) -> None:
    server.status = 500
    with pytest.raises(EmbeddingsUnavailable):
        an_embedder(server).embed(["one"])
    assert len(server.batches) == 3


def test_a_provider_that_is_not_there_is_unavailable(server: EmbeddingServer) -> None:
    embedder = LitellmEmbedder("openai/some-model", 8, "http://127.0.0.1:9", "secret", timeout_s=1, batch_size=2)
    with pytest.raises(EmbeddingsUnavailable):
        embedder.embed(["one"])


def test_counts_are_rather_too_high_than_too_low(server: EmbeddingServer) -> None:
    assert an_embedder(server).count_tokens(["", "leave", "internationalisation, 2024"]) == [0, 2, 10]
