"""A real server with a few documents, whose answers follow a script, so that every state can be called up."""

import io
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import uvicorn
from reportlab.pdfgen.canvas import Canvas

from api.app import build_app
from api.services import Services
from assistant.answer import Answer, AnswerStatus, Sentence
from assistant.answering import AnswerEvent, Answering, CitationResolver, Finished, SentenceReady, Started
from assistant.model_budget import Boundless, Budget
from corpus.embedder import Embedder
from corpus.errors import Unavailable
from corpus.locator import Span
from corpus.passage import Passage, PassageChunk
from corpus.store import CorpusStore
from tests.fakes import WordEmbedder

HOSTILE_TITLE = "<img src=x onerror=document.title='owned'>"
HOSTILE_NAME = f"{HOSTILE_TITLE}.txt"
PAUSE_S = 0.25
_BOUNDLESS = Boundless()

RULES = b"""# Workshop rules

These rules hold in every workshop.

## Pumps

Switch the pump off before you open it. Two people are needed for the work.

You need:

- a torque wrench for the pump
- a bucket

## Records

| Part | Months |
|---|---|
| Pump seal | 6 |
| Fan belt | 12 |

Every repair of a pump is written into the register on the same day.
"""

INTERVIEW = b"""WEBVTT

00:00:02.000 --> 00:00:06.000
<v Wehner>First I listen to the pump.

00:00:06.500 --> 00:00:12.000
<v Wehner>If the pump sounds like gravel, I switch it off.

00:00:12.500 --> 00:00:15.000
<v Interviewer>And then?
"""

HOSTILE = (
    b'The valve hisses <b onmouseover="document.title=\'owned\'">loudly</b> & "leaks".\n\n'
    b"<script>document.title='owned'</script>\n\n{{ 7 * 7 }} &lt;i&gt;\n"
)
PAYROLL = b"The pump fitter earns 4,200 euros a month.\n"


class ScriptedAnswering(Answering):
    """The first statement of each passage; words in the question call up the other states."""

    def __init__(self) -> None:
        """Needs none of what a real one needs."""

    def answer(
        self, question: str, passages: Sequence[Passage], resolver: CitationResolver, budget: Budget = _BOUNDLESS
    ) -> Answer:
        if "down" in question:
            raise Unavailable("The language model cannot be reached.")
        said = () if "moon" in question else tuple(_first_statement(passage, resolver) for passage in passages[:4])
        if "twice" in question:
            said = (_first_statement(passages[0], resolver), _whole_chunk(passages[0], resolver))
        return Answer(
            status=AnswerStatus.ANSWERED if said else AnswerStatus.NOT_FOUND,
            sentences=said,
            related=() if said else tuple(passages[:3]),
            composer="extractive",
            confidence=0.9,
            notice="The model did not answer in time." if "notice" in question else None,
        )

    def stream(
        self, question: str, passages: Sequence[Passage], resolver: CitationResolver, budget: Budget = _BOUNDLESS
    ) -> Iterator[AnswerEvent]:
        answer = self.answer(question, passages, resolver)
        yield Started(answer.status, answer.confidence)
        for sentence in answer.sentences:
            if "slowly" in question:
                time.sleep(PAUSE_S)
            yield SentenceReady(sentence)
            if "broken" in question:
                raise Unavailable("The language model stopped in the middle.")
        yield Finished(answer)


EXAMPLES = ("How often is the pump serviced?", "Who opens the pump?", "Which bolts hold the pump?")


class SiteServices(Services):
    @cached_property
    def embedder(self) -> Embedder:
        return WordEmbedder()

    @cached_property
    def answering(self) -> Answering:
        return ScriptedAnswering()


@dataclass(frozen=True, slots=True)
class Site:
    address: str
    services: Services
    ids: dict[str, int]
    """Document ids by name."""

    def source(self, name: str, marks: str = "") -> str:
        document = self.services.library.get_document(self.ids[name], "owner")
        path = f"/documents/{document.document_id}/versions/{document.version_id}"
        return path + (f"?marks={marks}" if marks else "")

    def marks_of(self, name: str, *words: str) -> str:
        """The places of `words` in the text of a document."""
        document = self.services.library.get_document(self.ids[name], "owner")
        text = self.services.library.version_text(document.document_id, document.version_id, "owner")
        starts = [text.index(part) for part in words]
        return ",".join(f"{start}-{start + len(part)}" for start, part in zip(starts, words, strict=True))


def fill(services: Services) -> dict[str, int]:
    """Ids of the documents added, by name."""
    with services.writing.begin() as session:
        store = CorpusStore(session)
        store.ensure_user("mara")
        store.ensure_member("people-team", "ines")
    everyone = {
        "manual.pdf": manual(),
        "rules.md": RULES,
        "register.csv": register(),
        "interview.vtt": INTERVIEW,
        HOSTILE_NAME: HOSTILE,
    }
    ids = {}
    for name, content in everyone.items():
        ids[name] = services.library.add_upload(name, content, "everyone", "owner").document_id or 0
    ids["payroll.txt"] = services.library.add_upload("payroll.txt", PAYROLL, "people-team", "owner").document_id or 0
    return ids


def manual() -> bytes:
    """Three pages; the second says how often pumps are serviced."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(420, 595))
    canvas.setTitle("Service manual")
    for lines in (
        ["Service manual", "This manual is about the machines of the workshop."],
        ["Service of the pump", "The pump is serviced every six months by two people.", "The fan needs no service."],
        ["Storage", "Spare parts are kept in hall two."],
    ):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(48, 520, lines[0])
        canvas.setFont("Helvetica", 11)
        for number, line in enumerate(lines[1:]):
            canvas.drawString(48, 480 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def register() -> bytes:
    """So many rows that the table has two parts."""
    rows = [
        f"P-{number:03},{'Pump' if number % 50 == 0 else 'Fan'} {number},{number % 24 + 1}" for number in range(120)
    ]
    return ("\n".join(["number,item,months", *rows]) + "\n").encode()


def serve(services: Services) -> Iterator[str]:
    """The address, while it is served."""
    server = uvicorn.Server(uvicorn.Config(build_app(services, "token"), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def _first_statement(passage: Passage, resolver: CitationResolver) -> Sentence:
    chunk = passage.chunks[0]
    span = _first_line(chunk)
    return Sentence(chunk.text[span.start : span.end], (resolver.resolve(passage, chunk, span),))


def _whole_chunk(passage: Passage, resolver: CitationResolver) -> Sentence:
    chunk = passage.chunks[0]
    return Sentence(chunk.text, (resolver.resolve(passage, chunk, Span(0, len(chunk.text))),))


def _first_line(chunk: PassageChunk) -> Span:
    start = 2 if chunk.text.startswith("- ") else 0
    ends = [chunk.text.find(". ", start) + 1, chunk.text.find("\n", start)]
    return Span(start, min([end for end in ends if end > 0], default=len(chunk.text)))
