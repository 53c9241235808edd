"""The litellm engine against a local server that speaks the OpenAI transcription protocol."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from ingestion.litellm_transcriber import LitellmTranscriber
from ingestion.transcriber import Transcriber, TranscriberFailed
from tests.contracts.transcriber import TranscriberContract
from tests.sounds import tone

WORDS = {
    "task": "transcribe",
    "language": "english",
    "duration": 2.0,
    "text": "Open the valve. Wait!",
    "words": [
        {"word": "Open", "start": 0.1, "end": 0.4},
        {"word": "the", "start": 0.4, "end": 0.5},
        {"word": "valve", "start": 0.5, "end": 0.9},
        {"word": "Wait", "start": 1.5, "end": 1.8},
    ],
}
SEGMENTS = {"language": "en", "text": "Open the valve.", "segments": [{"start": 0.0, "end": 2.0, "text": " Open it."}]}


class SpeechServer(ThreadingHTTPServer):
    """Answers with `reply`; remembers the fields of the forms that it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SpeechRequest)
        self.status = 200
        self.reply: Any = WORDS
        self.bodies: list[bytes] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class SpeechRequest(BaseHTTPRequestHandler):
    server: SpeechServer

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        payload = json.dumps(self.server.reply).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def transcriber(server: SpeechServer) -> Transcriber:
    return LitellmTranscriber("openai/whisper-1", server.base, "a key", timeout_s=10)


@pytest.fixture
def speech() -> bytes:
    return tone(2).tobytes()


class TestLitellmTranscriber(TranscriberContract):
    @pytest.fixture
    def transcriber(self, server: SpeechServer) -> Transcriber:
        return LitellmTranscriber("openai/whisper-1", server.base, "a key", timeout_s=10)

    @pytest.fixture
    def speech(self) -> bytes:
        return tone(2).tobytes()


def test_punctuation_of_the_text_is_put_on_the_timed_words(transcriber: Transcriber, speech: bytes) -> None:
    heard = transcriber.transcribe(speech, (), None)
    assert [word.text for word in heard.words] == ["Open", "the", "valve.", "Wait!"]
    assert heard.language == "en"


def test_the_provider_gets_the_sound_and_the_hints(
    server: SpeechServer, transcriber: Transcriber, speech: bytes
) -> None:
    transcriber.transcribe(speech, ("Wehner", "torque"), "en")
    (body,) = server.bodies
    assert b"RIFF" in body
    assert b"Wehner, torque" in body
    assert speech in body


def test_segments_do_where_words_are_not_timed(server: SpeechServer, transcriber: Transcriber, speech: bytes) -> None:
    server.reply = SEGMENTS
    heard = transcriber.transcribe(speech, (), None)
    assert [(word.text, word.start_s) for word in heard.words] == [("Open", 0.0), ("it.", pytest.approx(1.1, abs=0.2))]


@pytest.mark.parametrize(("status", "reply"), [(500, {}), (401, {"error": {"message": "no"}}), (200, {"task": "x"})])
def test_what_a_provider_does_wrong_is_named(
    server: SpeechServer, transcriber: Transcriber, speech: bytes, status: int, reply: object
) -> None:
    server.status, server.reply = status, reply
    with pytest.raises(TranscriberFailed, match="whisper-1"):
        transcriber.transcribe(speech, (), None)
