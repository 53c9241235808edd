"""Routes that find and answer: search, ask (whole or as a stream of events), citations."""

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from api.context import As, Context
from api.errors import PROBLEMS, status_of
from api.schemas import (
    AnswerForm,
    AskForm,
    CitationForm,
    PassageForm,
    QuoteForm,
    SearchResultForm,
    SentenceForm,
)
from assistant.answering import Finished, SentenceReady
from corpus.errors import GroundworkError

router = APIRouter(prefix="/api", tags=["ask"], responses={code: PROBLEMS[code] for code in (404, 422, 503)})


@router.post(
    "/ask",
    response_model=AnswerForm,
    responses={200: {"content": {"text/event-stream": {}}, "description": "The answer, or its sentences as events."}},
)
def ask(form: AskForm, request: Request, context: Context, user: As) -> Response | AnswerForm:
    """Answers a question. With `Accept: text/event-stream`, each verified sentence is sent as it becomes ready.

    Events: `sentence` (a Sentence), then `answer` (the whole Answer), or `problem` (problem details).
    """
    if "text/event-stream" not in request.headers.get("accept", ""):
        return AnswerForm.of(context.services.asking.ask(form.question, user))
    events = _events(context, form.question, user)
    # The first event is made here, so that a wrong request is answered with a status instead of a stream.
    first = next(events)
    return StreamingResponse(_with_first(first, events), media_type="text/event-stream")


def _events(context: Context, question: str, user: str) -> Iterator[str]:
    for event in context.services.asking.ask_streaming(question, user):
        match event:
            case SentenceReady(sentence):
                yield _event("sentence", SentenceForm.of(sentence).model_dump_json())
            case Finished(answer):
                yield _event("answer", AnswerForm.of(answer).model_dump_json())
            case _:
                yield _event("started", "{}")


def _with_first(first: str, events: Iterator[str]) -> Iterator[str]:
    yield first
    try:
        yield from events
    except GroundworkError as error:
        status, title = status_of(error)
        yield _event("problem", json.dumps({"title": title, "status": status, "detail": str(error)}))


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"


@router.get("/search")
def search(
    q: Annotated[str, Query(min_length=1, max_length=4000, description="What to look for.")],
    context: Context,
    user: As,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> SearchResultForm:
    """The passages found, best first."""
    return SearchResultForm(
        question=q, passages=[PassageForm.of(passage) for passage in context.services.asking.find(q, user, limit)]
    )


@router.post("/citations")
def cite(form: QuoteForm, context: Context, user: As) -> CitationForm:
    """Where a verbatim quote of a chunk stands: the narrowest place, and a link that opens there."""
    return CitationForm.of(context.services.asking.cite(form.chunk_id, form.quote, user))
