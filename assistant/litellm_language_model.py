"""Language models of any provider that litellm speaks to."""

import os
import queue
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Thread
from types import ModuleType
from typing import Any

from assistant.language_model import Message, ModelUnavailable, ReplyCut, ReplyForm
from assistant.model_budget import ModelUsage

RETRIES = 2
FIRST_PAUSE_S = 0.5
"""Before the first retry; each further pause is twice as long."""

LONGEST_REPLY_TOKENS = 1000

_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_LONGEST_REASON = 300
_CUT_SHORT = ("length", "content_filter")


@dataclass(frozen=True, slots=True)
class _Tokens:
    taken: int
    written: int


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception
    may_be_retried: bool
    taken_up: bool
    """Whether the provider had begun to reply."""


@dataclass(frozen=True, slots=True)
class _Ended:
    whole: bool
    """Whether the provider said that the reply is complete. A stream that just stops was cut."""
    tokens: _Tokens | None
    """What the provider counted, if it did."""


class LitellmLanguageModel:
    def __init__(
        self,
        model: str,
        api_base: str | None,
        api_key: str | None,
        clock: Callable[[], float],
        wait: Callable[[float], None],
    ) -> None:
        """`model` is litellm's name for it, such as `openai/gpt-4.1-mini` or `ollama/llama3.2`.

        `clock` counts seconds and never goes back, `wait` lets so many of them pass.
        """
        self._model = model
        self._api_base = api_base
        self._api_key = api_key
        self._clock = clock
        self._wait = wait

    @property
    def name(self) -> str:
        return self._model

    def prepare(self) -> None:
        """Imports what is needed, which takes seconds, so that the first answer need not."""
        _load_litellm()

    def stream(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None = None,
    ) -> Generator[str, None, None]:
        deadline = self._clock() + timeout_s
        pause_s = FIRST_PAUSE_S
        for attempt in range(RETRIES + 1):
            started = False
            try:
                with closing(self._attempt(messages, deadline, timeout_s, spent, form)) as pieces:
                    for piece in pieces:
                        started = True
                        yield piece
                return
            except _Retryable as failure:
                left_s = deadline - self._clock()
                if started or attempt == RETRIES or left_s <= pause_s:
                    raise self._unavailable(failure.error) from failure.error
                self._wait(pause_s)
                pause_s *= 2

    def _attempt(
        self,
        messages: Sequence[Message],
        deadline: float,
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None,
    ) -> Generator[str, None, None]:
        """Raises `_Retryable` for a failure that may pass, `ModelUnavailable` for any other."""
        pieces: queue.Queue[str | _Failed | _Ended] = queue.Queue()
        abandoned = Event()
        # A thread of its own, because a provider that sends keep-alives and no text blocks its reader without end.
        arguments = (messages, deadline - self._clock(), form, pieces, abandoned)
        Thread(target=self._read, args=arguments, daemon=True, name="language-model").start()
        said: list[str] = []
        tokens: _Tokens | None = None
        taken_up = True
        try:
            while True:
                try:
                    piece = pieces.get(timeout=max(0.0, deadline - self._clock()))
                except queue.Empty:
                    raise ModelUnavailable(self._model, f"it did not finish within {timeout_s:g} seconds.") from None
                if isinstance(piece, str):
                    said.append(piece)
                    yield piece
                elif isinstance(piece, _Ended):
                    tokens = piece.tokens
                    if not piece.whole:
                        raise ReplyCut(self._model)
                    return
                elif piece.may_be_retried:
                    taken_up = piece.taken_up
                    raise _Retryable(piece.error)
                else:
                    taken_up = piece.taken_up
                    raise self._unavailable(piece.error) from piece.error
        finally:
            abandoned.set()
            if taken_up:
                spent(self._usage(tokens or self._counted(messages, "".join(said))))

    def _read(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        form: ReplyForm | None,
        pieces: "queue.Queue[str | _Failed | _Ended]",
        abandoned: Event,
    ) -> None:
        taken_up, tokens = False, None
        try:
            litellm = _load_litellm()
            response = litellm.completion(
                model=self._model,
                messages=[{"role": message.role.value, "content": _sendable(message.text)} for message in messages],
                stream=True,
                stream_options={"include_usage": True},
                temperature=0.0,
                max_tokens=form.longest_tokens if form else LONGEST_REPLY_TOKENS,
                drop_params=True,
                timeout=max(0.1, timeout_s),
                num_retries=0,
                max_retries=0,
                api_base=self._api_base,
                # A key from the environment is never sent to an address that was configured without one.
                api_key=self._api_key or ("none" if self._api_base else None),
                **self._held_to(form),
            )
            taken_up = True
            for chunk in response:
                if abandoned.is_set():
                    response.completion_stream.close()
                    return
                counted = getattr(chunk, "usage", None)
                if counted is not None:
                    tokens = _Tokens(counted.prompt_tokens, counted.completion_tokens)
                for choice in chunk.choices[:1]:
                    if choice.delta.content:
                        pieces.put(str(choice.delta.content))
        except Exception as error:  # noqa: BLE001  # Handed to the caller's thread, which names it or raises it.
            pieces.put(_Failed(error, _may_pass(error), taken_up))
            return
        pieces.put(_Ended(_is_whole(response), tokens))

    def _held_to(self, form: ReplyForm | None) -> dict[str, Any]:
        """Only for models that are known to be able to: others refuse the whole request."""
        if form is None or not _load_litellm().supports_response_schema(self._model):
            return {}
        described = {"name": form.name, "schema": dict(form.schema), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": described}}

    def _counted(self, messages: Sequence[Message], said: str) -> _Tokens:
        """By the tokenizer of the model, or one like it, where the provider has not counted."""
        count = _load_litellm().token_counter
        asked = [{"role": message.role.value, "content": _sendable(message.text)} for message in messages]
        return _Tokens(count(model=self._model, messages=asked), count(model=self._model, text=said) if said else 0)

    def _usage(self, tokens: _Tokens) -> ModelUsage:
        return ModelUsage(tokens.taken, tokens.written, self._money(tokens))

    def _money(self, tokens: _Tokens) -> float | None:
        """By the list of prices that litellm brings along. None for a model that is not on it."""
        litellm = _load_litellm()
        try:
            costs = litellm.cost_per_token(
                model=self._model, prompt_tokens=tokens.taken, completion_tokens=tokens.written
            )
        except Exception as error:  # Of no kind that says more.
            if "isn't mapped" not in str(error):
                raise
            return None
        return float(sum(costs))

    def _unavailable(self, error: Exception) -> ModelUnavailable:
        if not _is_litellm_error(error):
            raise error
        reason = " ".join(str(error).split())
        return ModelUnavailable(self._model, reason[:_LONGEST_REASON])


class _Retryable(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _may_pass(error: Exception) -> bool:
    status = getattr(error, "status_code", None)
    return _is_litellm_error(error) and (
        not isinstance(status, int) or status in (_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS) or status >= _SERVER_ERROR
    )


def _is_whole(response: object) -> bool:
    """What the provider said. The last chunk cannot tell: litellm writes `stop` there when a stream just stops."""
    said = [getattr(response, name, "unknown") for name in ("received_finish_reason", "intermittent_finish_reason")]
    reason = said[0] or said[1]
    return reason is not None and reason not in _CUT_SHORT


def _is_litellm_error(error: Exception) -> bool:
    return isinstance(error, tuple(_load_litellm().exceptions.LITELLM_EXCEPTION_TYPES))


def _sendable(text: str) -> str:
    # A lone surrogate cannot be sent as UTF-8.
    return text.encode(errors="replace").decode()


def _load_litellm() -> ModuleType:
    # It downloads a price list and reads the nearest `.env` while it is being imported unless told otherwise.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    # Imported here because it takes seconds, and constructing a model must not.
    import litellm  # noqa: PLC0415 - nine seconds

    litellm.telemetry = False
    litellm.disable_hf_tokenizer_download = True
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    # Nobody reads its log of each piece, for which it runs an event loop of its own: half the work of a reply.
    litellm.disable_streaming_logging = True
    return litellm
