"""The litellm adapter against a server that speaks OpenAI's protocol, well and badly."""

import time

import pytest

from assistant.language_model import Message, ModelUnavailable, Role
from assistant.litellm_language_model import LitellmLanguageModel
from tests.assistant.scripted_model import ModelServer, Reply

QUESTION = [Message(Role.SYSTEM, "Answer."), Message(Role.USER, "How long?")]


@pytest.fixture(autouse=True, scope="module")
def _prepared() -> None:
    LitellmLanguageModel("openai/scripted", None, None, clock=time.monotonic, wait=time.sleep).prepare()


class Waits:
    """Counts the pauses instead of sitting through them."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def a_model(server: ModelServer, waits: Waits | None = None, key: str | None = None) -> LitellmLanguageModel:
    return LitellmLanguageModel(
        "openai/scripted", server.address, key, clock=time.monotonic, wait=waits if waits is not None else Waits()
    )


def said(model: LitellmLanguageModel, timeout_s: float = 60) -> str:
    return "".join(model.stream(QUESTION, timeout_s))


def test_says_what_the_provider_streams() -> None:
    with ModelServer(Reply(pieces=["Four ", "weeks", ". [S1]"])) as server:
        assert list(a_model(server).stream(QUESTION, 60)) == ["Four ", "weeks", ". [S1]"]
        assert server.requests[0]["messages"] == [
            {"role": "system", "content": "Answer."},
            {"role": "user", "content": "How long?"},
        ]
        assert server.requests[0]["stream"] is True


@pytest.mark.parametrize("status", [429, 500, 503])
def test_tries_again_when_the_failure_may_pass(status: int) -> None:
    waits = Waits()
    with ModelServer(Reply(status=status), Reply(status=status), Reply(pieces=["Four weeks."])) as server:
        assert said(a_model(server, waits)) == "Four weeks."
    assert len(waits.seconds) == 2
    assert waits.seconds[1] > waits.seconds[0]


def test_gives_up_after_some_attempts() -> None:
    with ModelServer(Reply(status=503)) as server:
        with pytest.raises(ModelUnavailable):
            said(a_model(server))
        assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_request_that_is_wrong_is_not_repeated(status: int) -> None:
    with ModelServer(Reply(status=status)) as server:
        with pytest.raises(ModelUnavailable) as raised:
            said(a_model(server))
        assert len(server.requests) == 1
    assert raised.value.model == "openai/scripted"


def test_never_repeats_what_was_already_said() -> None:
    with ModelServer(Reply(pieces=["Four "], finished=False), Reply(pieces=["Five "])) as server:
        pieces = a_model(server).stream(QUESTION, 60)
        assert next(pieces) == "Four "
        with pytest.raises(ModelUnavailable, match="cut off"):
            next(pieces)
        assert len(server.requests) == 1


def test_garbage_in_the_stream_is_an_honest_failure() -> None:
    with (
        ModelServer(Reply(pieces=["Four "], garbage=b"data: {not json\n\n")) as server,
        pytest.raises(ModelUnavailable),
    ):
        said(a_model(server))


def test_nobody_listening_is_an_honest_failure() -> None:
    with ModelServer(Reply()) as server:
        model = a_model(server)
    with pytest.raises(ModelUnavailable):
        said(model)


def test_a_slow_start_ends_at_the_deadline() -> None:
    said_before = time.monotonic()
    with ModelServer(Reply(wait_s=3, pieces=["late"])) as server:
        with pytest.raises(ModelUnavailable):
            said(a_model(server), timeout_s=0.5)
        assert time.monotonic() - said_before < 3


def test_a_stream_that_only_stays_alive_ends_at_the_deadline() -> None:
    with ModelServer(Reply(pieces=["Four "], keep_alives=60)) as server:
        begun = time.monotonic()
        pieces = a_model(server).stream(QUESTION, 1.0)
        assert next(pieces) == "Four "
        with pytest.raises(ModelUnavailable, match="within"):
            next(pieces)
        assert time.monotonic() - begun < 4


def test_a_key_of_the_environment_never_goes_to_a_configured_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with ModelServer(Reply(pieces=["x"])) as server:
        said(a_model(server))
        said(a_model(server, key="given"))
        assert server.keys == ["Bearer none", "Bearer given"]
