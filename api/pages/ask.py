"""The page where people ask: a question, verified sentences, and the source beside them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter, ValidationError

from api.context import As, Context
from api.errors import status_of
from api.frame import frame, page
from api.schemas import AnswerForm, CitationForm, PassageForm, Question
from api.services import Services
from assistant.answer import AnswerStatus
from corpus.errors import GroundworkError, NotFound

router = APIRouter()

_QUESTION: TypeAdapter[str] = TypeAdapter(Question)
LONGEST_QUESTION = 4000

_TOO_LONG = (
    "The question has {length:,} characters, {most:,} are possible. Shorten it by {over:,}. "
    "To ask about a long text, add the text to the Library first."
)


@dataclass(frozen=True, slots=True)
class Source:
    """A citation under the number that the answer's sentences refer to it by."""

    number: int
    citation: CitationForm


@dataclass(frozen=True, slots=True)
class NumberedSentence:
    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class NumberedAnswer:
    """An answer whose citations are counted from 1 in the order in which they are first referred to."""

    status: AnswerStatus
    sentences: tuple[NumberedSentence, ...]
    sources: tuple[Source, ...]
    related: tuple[PassageForm, ...]
    composer: str
    notice: str | None

    @classmethod
    def of(cls, answer: AnswerForm) -> "NumberedAnswer":
        listed: list[CitationForm] = []
        sentences = []
        for sentence in answer.sentences:
            sources = []
            for citation in sentence.citations:
                if citation not in listed:
                    listed.append(citation)
                sources.append(Source(listed.index(citation) + 1, citation))
            sentences.append(NumberedSentence(sentence.text, tuple(sources)))
        return cls(
            status=answer.status,
            sentences=tuple(sentences),
            sources=tuple(Source(number, citation) for number, citation in enumerate(listed, 1)),
            related=tuple(answer.related),
            composer=answer.composer,
            notice=answer.notice,
        )


@dataclass(frozen=True, slots=True)
class AskView:
    """`problem` says why there is no answer, beside the question."""

    question: str
    answer: NumberedAnswer | None
    problem: str | None
    examples: tuple[str, ...]
    document_count: int
    longest_question: int = LONGEST_QUESTION
    too_long: str = _TOO_LONG
    """With places for `length`, `most` and `over`: the script says it too, while one writes."""


@router.get("/")
def ask(request: Request, context: Context, user: As, q: Annotated[str, Query()] = "") -> HTMLResponse:
    """With `q`, the answer too."""
    services = context.services
    # Forms send every line break as two characters.
    q = q.replace("\r\n", "\n").strip()
    answer: NumberedAnswer | None = None
    problem: str | None = None
    status = 200
    if "q" in request.query_params:
        try:
            answer = _answer(services, q, user)
        except ValidationError:
            status, problem = 422, _wrong_question(q)
        except NotFound:
            raise
        except GroundworkError as error:
            (status, _), problem = status_of(error), str(error)
    view = AskView(
        question=q,
        answer=answer,
        problem=problem,
        examples=tuple(services.example_questions),
        document_count=services.library.counts(user).documents,
    )
    return page("ask/index.html", frame(request, services, "ask", user), view, status)


def _answer(services: Services, question: str, user: str) -> NumberedAnswer:
    return NumberedAnswer.of(AnswerForm.of(services.asking.ask(_QUESTION.validate_python(question), user)))


def _wrong_question(question: str) -> str:
    if not question:
        return "Write a question first."
    over = len(question) - LONGEST_QUESTION
    return _TOO_LONG.format(length=len(question), most=LONGEST_QUESTION, over=over)
