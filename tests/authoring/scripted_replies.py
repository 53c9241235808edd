"""A language model that replies what a test wrote down, one reply for each request, and material to draft from."""

import json
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.language_model import Message, ModelUnavailable, ReplyCut, ReplyForm
from assistant.model_budget import ModelUsage
from corpus.citing import CitationResolver
from corpus.locator import Place, PlacedSpan, Span
from corpus.places import Places
from tests.assistant.passages import DocumentGone, a_passage

LEAVE = a_passage(
    "Parental leave lasts 26 weeks. It is paid in full. Requests go to People Operations.",
    chunk_id=1,
    headings=("Leave",),
)
TRAVEL = a_passage(
    "Travel expenses are refunded within 30 days. Receipts are kept for 7 years. "
    "Hotels cost at most 120 euros a night. Trips abroad are approved by the head of department.",
    chunk_id=5,
    title="Travel policy",
)
BADGE = a_passage(
    "1. Fill in the badge form.\n2. Have the form signed by your manager.\n3. Collect the badge at the reception.",
    chunk_id=9,
    title="Badges",
)
MATERIAL = [LEAVE, TRAVEL, BADGE]


@dataclass
class ScriptedReplies:
    """Replies in turn; the last one again and again. Values are sent as JSON, strings as they are."""

    replies: Sequence[Any]
    fails_after: int | None = None
    """So many requests are answered, the next one breaks off in its middle."""
    cuts: bool = False
    """The reply that breaks off was cut rather than failed."""
    name: str = "scripted/model"
    asked: list[Sequence[Message]] = field(default_factory=list)
    forms: list[ReplyForm | None] = field(default_factory=list)

    def stream(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None = None,
    ) -> Generator[str, None, None]:
        reply = self.replies[min(len(self.asked), len(self.replies) - 1)]
        breaks = self.fails_after == len(self.asked)
        self.asked.append(messages)
        self.forms.append(form)
        said = reply if isinstance(reply, str) else json.dumps(reply)
        end = len(said) * 3 // 4 if breaks else len(said)
        try:
            for start in range(0, end, 7):
                yield said[start : min(end, start + 7)]
            if breaks:
                raise ReplyCut(self.name) if self.cuts else ModelUnavailable(self.name, "the line went dead.")
        finally:
            spent(ModelUsage(100, 50, None))

    def user_text(self, request: int) -> str:
        return self.asked[request][1].text


class QuotingModel:
    """Says what the sources say, a sentence for a sentence; of a part that it is shown, something else."""

    name = "quoting/model"

    def stream(
        self,
        messages: Sequence[Message],
        timeout_s: float,
        spent: Callable[[ModelUsage], None],
        form: ReplyForm | None = None,
    ) -> Generator[str, None, None]:
        assert form is not None
        asked = messages[1].text
        sources = re.findall(r'<source id="(S\d+)" title="([^"]*)">\n(.*?)\n</source>', asked, re.DOTALL)
        told = [(id, line) for id, _, text in sources for line in re.findall(r"[A-Z][^.\n|]*\.", text)]
        if form.name == "lessons":
            said = [planned(title.split(" > ")[-1], id) for id, title, _ in sources]
        elif form.name == "blocks":
            shown = re.search(r"<part>(.*?)</part>", asked, re.DOTALL)
            fresh = [(line, id) for id, line in told if shown is None or line not in shown[1]]
            said = [a_block(*fresh[:3]), a_block(*fresh[3:6], kind="example")]
        else:
            numbers = [(id, line, found) for id, line in told if (found := re.search(r"\b\d+\b", line)) is not None]
            said = [
                an_item(f"{line[: found.start()]}___{line[found.end() :]}", [found[0]], [], id, "cloze", line)
                for id, line, found in numbers[:2]
            ]
        yield json.dumps({form.name: said})
        spent(ModelUsage(100, 50, None))


def planned(title: str, *ids: str, verb: str = "explain", what: str = "the rules") -> dict[str, Any]:
    return {"title": title, "level": "apply", "verb": verb, "what": what, "sources": list(ids)}


def blocks(*said: dict[str, Any]) -> dict[str, Any]:
    return {"blocks": list(said)}


def items(*said: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(said)}


def a_block(*sentences: tuple[str, str], kind: str = "text", heading: str = "") -> dict[str, Any]:
    """Each sentence with the ids of its sources, separated by spaces."""
    said = [{"text": text, "cells": [], "sources": ids.split()} for text, ids in sentences]
    return {"kind": kind, "heading": heading, "columns": [], "sentences": said}


def an_item(
    stem: str, right: Sequence[str], wrong: Sequence[str], ids: str, kind: str = "multiple choice", rationale: str = ""
) -> dict[str, Any]:
    options = [
        {"text": text, "correct": text in right, "sources": ids.split(), "rationale": rationale, "match": ""}
        for text in (*right, *wrong)
    ]
    return {"kind": kind, "stem": stem, "sources": ids.split(), "options": options}


def a_resolver(place: Place | None = None, gone: int | None = None) -> CitationResolver:
    """Everything stands at one place, where there is one; the document `gone` was deleted meanwhile."""

    def check_there(document_id: int, version_id: int) -> None:
        if document_id == gone:
            raise DocumentGone(document_id)

    placed = [] if place is None else [PlacedSpan(Span(0, 100_000), place)]
    return CitationResolver(lambda version_id: Places(placed), check_there)
