"""The litellm adapter against a server that speaks OpenAI's protocol, well and badly."""

import time
from contextlib import closing, suppress
from itertools import islice

import pytest

from assistant.language_model import Message, ModelUnavailable, ReplyCut, ReplyForm, Role
from assistant.litellm_language_model import LitellmLanguageModel
from assistant.model_budget import ModelUsage
from tests.assistant.scripted_model import ModelServer, Reply

pytestmark = pytest.mark.filterwarnings("default")
"""litellm takes up what a provider has counted by way of something deprecated, and makes do without if that raises."""

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


def uncounted(usage: ModelUsage) -> None:
    """For replies whose cost does not matter."""


def a_model(server: ModelServer, waits: Waits | None = None, key: str | None = None) -> LitellmLanguageModel:
    return LitellmLanguageModel(
        "openai/scripted", server.address, key, clock=time.monotonic, wait=waits if waits is not None else Waits()
    )


def said(model: LitellmLanguageModel, timeout_s: float = 60) -> str:
    return "".join(model.stream(QUESTION, timeout_s, uncounted))


def spent(model: LitellmLanguageModel, pieces: int | None = None) -> list[ModelUsage]:
    """What a reply took, of which only so many pieces were read. A failure is no matter."""
    used: list[ModelUsage] = []
    with suppress(ModelUnavailable), closing(model.stream(QUESTION, 60, used.append)) as reply:
        list(islice(reply, pieces))
    return used


def test_says_what_the_provider_streams() -> None:
    with ModelServer(Reply(pieces=["Four ", "weeks", ". [S1]"])) as server:
        assert list(a_model(server).stream(QUESTION, 60, uncounted)) == ["Four ", "weeks", ". [S1]"]
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
        pieces = a_model(server).stream(QUESTION, 60, uncounted)
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
        pieces = a_model(server).stream(QUESTION, 1.0, uncounted)
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


def test_what_the_provider_counted_was_spent() -> None:
    with ModelServer(Reply(pieces=["Four ", "weeks."], usage=(120, 7))) as server:
        assert spent(a_model(server)) == [ModelUsage(120, 7, None)]
        assert server.requests[0]["stream_options"] == {"include_usage": True}


def test_a_known_model_costs_what_the_list_says() -> None:
    with ModelServer(Reply(pieces=["x"], usage=(1_000_000, 2_000_000))) as server:
        model = LitellmLanguageModel("openai/gpt-4o-mini", server.address, None, time.monotonic, Waits())
        (used,) = spent(model)
    assert used.money == pytest.approx(0.15 + 2 * 0.6)


def test_what_no_provider_counted_is_counted_here() -> None:
    with ModelServer(Reply(pieces=["Four ", "weeks ", "it is."])) as server:
        (used,) = spent(a_model(server))
    assert 5 <= used.tokens_in <= 20
    assert 4 <= used.tokens_out <= 8


def test_a_reply_that_breaks_off_was_spent_as_far_as_it_came() -> None:
    with ModelServer(Reply(pieces=["Four ", "weeks "], finished=False)) as server:
        (used,) = spent(a_model(server))
    assert used.tokens_in > 0
    assert used.tokens_out > 0


def test_a_reply_that_is_not_read_to_its_end_was_spent_too() -> None:
    with ModelServer(Reply(pieces=["Four "] * 50, pause_s=0.01)) as server:
        (used,) = spent(a_model(server), pieces=3)
    assert used.tokens_in > 0
    assert used.tokens_out >= 3


def test_a_request_that_was_refused_cost_nothing() -> None:
    with ModelServer(Reply(status=503), Reply(status=503), Reply(pieces=["x"], usage=(5, 1))) as server:
        assert spent(a_model(server)) == [ModelUsage(5, 1, None)]
    with ModelServer(Reply(status=401)) as server:
        assert spent(a_model(server)) == []


FORM = ReplyForm("lesson", {"type": "object", "properties": {}, "required": [], "additionalProperties": False}, 4000)


def test_a_model_that_can_be_held_to_a_form_is_and_any_other_is_not() -> None:
    with ModelServer(Reply(pieces=["{}"])) as server:
        for name in ("openai/gpt-4.1-mini", "openai/scripted"):
            model = LitellmLanguageModel(name, server.address, None, clock=time.monotonic, wait=Waits())
            assert "".join(model.stream(QUESTION, 60, uncounted, FORM)) == "{}"
        held, free = server.requests
    assert held["response_format"]["json_schema"]["schema"] == FORM.schema
    assert "response_format" not in free
    assert all(request.get("max_tokens") == 4000 for request in (held, free))


def test_a_reply_that_was_cut_says_so_by_its_kind() -> None:
    with ModelServer(Reply(pieces=["Four "], finished=False)) as server, pytest.raises(ReplyCut):
        said(a_model(server))
