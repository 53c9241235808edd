"""A language model's API on this machine that drafts courses from the sources it is sent and makes a third of it up.

It speaks OpenAI's protocol, notes every sentence that it wrote and whether it is true of its source, and writes some
of the true ones in the source's own words, the others in words that mean the same.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

from assistant.sentences import sentence_spans
from assistant.words import words
from benchmarks.fabrications import Way, fabricated, halved, number_changed, reworded

SHARE = 1 / 3
REWORDED = 0.6
"""Of the true sentences: so many are put in other words as far as the words for it are there."""
PIECE = 400
"""Characters that are streamed at a time."""

_SOURCE = re.compile(r'<source id="(S\d+)" title="([^"]*)">\n(.*?)\n</source>', re.DOTALL)
_AT_MOST = re.compile(r"Plan at most (\d+) lessons")
_SPEAKER = re.compile(r"^[^\W\d_][^:\n.!?]{0,60}?: ")
_GAP_NUMBER = re.compile(r"(?<![\w.,/:#-])\d{1,4}(?![\w/:-]|[.,]\d)")
_WHOLE = re.compile(r"[A-Z][^\n|]*[.!]$")
_SENTENCES = (2, 2, 3, 3, 4)
_BLOCKS = 7
_FEWEST_WORDS, _MOST_WORDS = 7, 40


@dataclass(frozen=True, slots=True)
class Written:
    """`way` is None of what is true of its source. `original` is the sentence that it was made of."""

    text: str
    place: str
    way: Way | None
    original: str
    source: str
    reworded: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """By it a sentence is known again, whatever happened to its white space."""
        return tuple(words(self.text))


@dataclass(frozen=True, slots=True)
class _Source:
    id: str
    title: str
    sentences: tuple[str, ...]


class FabricatingProvider:
    """`written` has every sentence in the order in which it was written."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same every time
        self._ways: list[Way] = []
        self._known: set[tuple[str, ...]] = set()
        self.written: list[Written] = []
        self.requests = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, rules: str, asked: str) -> str:
        self.requests += 1
        sources = [_Source(found[1], found[2], tuple(_sentences(found[3]))) for found in _SOURCE.finditer(asked)]
        if '{"lessons"' in rules:
            said: dict[str, Any] = {"lessons": self._lessons(sources, asked)}
        elif '{"blocks"' in rules:
            said = {"blocks": list(self._blocks(sources))}
        else:
            said = {"items": list(self._items(sources))}
        told = json.dumps(said, ensure_ascii=False)
        # As models reply that are held to nothing.
        return told if self._chance.random() < 0.7 else f"Here you are:\n```json\n{told[:-2]},{told[-2:]}\n```"

    def _lessons(self, sources: Sequence[_Source], asked: str) -> list[dict[str, Any]]:
        most = _AT_MOST.search(asked)
        told = [source for source in sources if len(source.sentences) >= _FEWEST_WORDS] or list(sources)
        chosen = sorted(self._chance.sample(told, min(len(told), int(most[1]) if most else 1)), key=sources.index)
        return [
            {
                "title": source.title.split(" > ")[-1],
                "level": "understand",
                "verb": "explain",
                "what": f"what holds for {source.title.split(' > ')[-1]}",
                "sources": [source.id, "S999"],
            }
            for source in chosen
        ]

    def _blocks(self, sources: Sequence[_Source]) -> Iterator[dict[str, Any]]:
        fresh = self._fresh(sources)
        for _ in range(_BLOCKS):
            if not fresh:
                return
            kind = self._chance.choice(("text", "text", "text", "key point", "example", "steps", "quote", "reflection"))
            count = 1 if kind == "key point" else self._chance.choice(_SENTENCES)
            said = [self._sentence(source, sentence, sources, kind) for source, sentence in fresh[:count]]
            fresh = fresh[count:]
            yield {"kind": kind, "heading": "", "columns": [], "sentences": said}

    def _fresh(self, sources: Sequence[_Source]) -> list[tuple[_Source, str]]:
        """Sentences that were not written yet, in the order of the sources."""
        found = []
        for source in sources:
            for sentence in source.sentences:
                key = tuple(words(sentence))
                if key not in self._known:
                    self._known.add(key)
                    found.append((source, sentence))
        return found

    def _sentence(self, source: _Source, sentence: str, sources: Sequence[_Source], place: str) -> dict[str, Any]:
        others = [other for one in sources for other in one.sentences if other != sentence]
        way, text = self._fabrication(source, sentence, others, len(sources) > 1)
        cited, is_reworded = source.id, False
        if way is None and place != "quote" and self._chance.random() < REWORDED:
            text = reworded(sentence, self._chance)
            is_reworded = text != sentence
        if way is Way.WRONG_SOURCE:
            cited = self._chance.choice([other.id for other in sources if other.id != source.id])
        self.written.append(Written(text, place, way, sentence, cited, is_reworded))
        return {"text": text, "cells": [], "sources": [cited]}

    def _fabrication(
        self, source: _Source, sentence: str, others: Sequence[str], may_move: bool
    ) -> tuple[Way | None, str]:
        """Ways take turns, so that each is tried as often as there are sentences for it."""
        if self._chance.random() >= SHARE:
            return None, sentence
        for _ in range(2):
            if not self._ways:
                self._ways = list(Way)
                self._chance.shuffle(self._ways)
            for way in list(self._ways):
                if way is Way.WRONG_SOURCE and not may_move:
                    continue
                text = fabricated(way, sentence, others, source.title.split(" > ")[-1], self._chance)
                if text is not None and (way is Way.WRONG_SOURCE or words(text) != words(sentence)):
                    self._ways.remove(way)
                    return way, text
            self._ways = []
        return None, sentence

    def _items(self, sources: Sequence[_Source]) -> Iterator[dict[str, Any]]:
        numbered = [
            (source, sentence, found)
            for source in sources
            for sentence in source.sentences
            if (found := _GAP_NUMBER.search(sentence)) is not None
        ]
        for source, sentence, found in self._chance.sample(numbered, min(2, len(numbered))):
            yield self._cloze(source, sentence, found)
            judged = self._judged(source, sentence)
            if judged is not None:
                yield judged
        yield from self._choices(sources)

    def _choices(self, sources: Sequence[_Source]) -> Iterator[dict[str, Any]]:
        """What a sentence says of its subject, beside what others say of theirs; a third with one of those as key."""
        halves = [
            (source, sentence, parts)
            for source in sources
            for sentence in source.sentences
            if (parts := halved(sentence)) is not None
        ]
        for place in self._chance.sample(range(len(halves)), min(3, len(halves))):
            source, sentence, (who, what) = halves[place]
            foreign = [other for _, _, (subject, other) in halves if subject != who and other != what]
            if len(foreign) < 3:
                return
            # The most alike in length, as item writers are told to.
            right, *wrong = [what, *sorted(foreign, key=lambda other: (abs(len(other) - len(what)), other))[:3]]
            way = None
            if self._chance.random() < SHARE:
                way, right, wrong = Way.MIXED, wrong[0], [right, *wrong[1:]]
            options = self._chance.sample([right, *wrong], 4)
            stem = f"What do the sources say about {who}?"
            self.written.append(Written(f"{stem} {right}", "key", way, sentence, source.id))
            yield {
                "kind": "multiple choice",
                "stem": stem,
                "sources": [source.id],
                "options": [self._option(text, text == right, source, sentence) for text in options],
            }

    def _cloze(self, source: _Source, sentence: str, found: re.Match[str]) -> dict[str, Any]:
        """A third has the wrong number as its key and the right one among the distractors."""
        value = int(found[0])
        others = [str(other) for other in dict.fromkeys((value + 1, value + 5, value * 2 + 3)) if other != value]
        right, *wrong = [found[0], *others]
        way = None
        if self._chance.random() < SHARE:
            way, right, wrong = Way.NUMBER, wrong[0], [found[0], *wrong[1:]]
        stem = f"{sentence[: found.start()]}_____{sentence[found.end() :]}"
        self.written.append(Written(stem.replace("_____", right), "key", way, sentence, source.id))
        return {
            "kind": "cloze",
            "stem": stem,
            "sources": [source.id],
            "options": [
                self._option(text, text == right, source, sentence) for text in sorted({right, *wrong}, key=int)
            ],
        }

    def _judged(self, source: _Source, sentence: str) -> dict[str, Any] | None:
        """A true statement or a false one; a third of them marked the other way round."""
        stem, is_true = sentence, self._chance.random() < 0.5
        if not is_true:
            changed = number_changed(sentence, self._chance)
            if changed is None:
                return None
            stem = changed
        way = Way.NEGATION if self._chance.random() < SHARE else None
        marked = is_true if way is None else not is_true
        self.written.append(Written(f"{stem} {'True' if marked else 'False'}", "key", way, sentence, source.id))
        return {
            "kind": "true/false",
            "stem": stem,
            "sources": [source.id],
            "options": [
                self._option("True", marked, source, sentence),
                self._option("False", not marked, source, sentence),
            ],
        }

    def _option(self, text: str, correct: bool, source: _Source, sentence: str) -> dict[str, Any]:
        return {"text": text, "correct": correct, "sources": [source.id], "rationale": sentence, "match": ""}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                told = [message["content"] for message in body["messages"]]
                said = provider.reply(told[0], told[1])
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                for start in range(0, len(said), PIECE):
                    self._event({"content": said[start : start + PIECE]}, None)
                self._event({}, "stop")
                self.wfile.write(b"data: [DONE]\n\n")
                self.close_connection = True

            def _event(self, delta: dict[str, str], reason: str | None) -> None:
                choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
                event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fabricating"}
                self.wfile.write(f"data: {json.dumps(event | {'choices': choices})}\n\n".encode())

            def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401 - as the base class has it
                """Says nothing."""

        return Handler


def _sentences(text: str) -> Iterator[str]:
    """Whole ones that can be said alone, without who speaks."""
    for line in text.splitlines():
        bare = _SPEAKER.sub("", line.strip().lstrip("-*• "))
        for span in sentence_spans(bare, 0, len(bare)):
            sentence = " ".join(bare[span.start : span.end].split())
            if _WHOLE.match(sentence) and _FEWEST_WORDS <= len(sentence.split()) <= _MOST_WORDS:
                yield sentence
