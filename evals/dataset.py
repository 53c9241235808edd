"""Sets on disk: the documents to ingest and the cases to ask, read and checked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import Invalid
from corpus.locator import Span
from evals.case import Answerable, Case, Evidence, Fact, Turn

CASES = "cases.jsonl"
DOCUMENTS = "documents"
PASSAGES = "passages.jsonl"


@dataclass(frozen=True, slots=True)
class PassageText:
    """A document of a large pool of short texts, named by its id."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Either `passages` or the files below `folder/documents` are what the questions are asked over."""

    name: str
    folder: Path
    cases: tuple[Case, ...]
    passages: tuple[PassageText, ...] = ()

    @property
    def documents_folder(self) -> Path:
        return self.folder / DOCUMENTS


class SetInvalid(Invalid):
    """`line` counts from 1; 0 where the whole file is meant."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class _Line(BaseModel):
    """Sets carry further fields that explain them; those are left alone."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


_Text = Annotated[str, Field(min_length=1)]
_Record = TypeVar("_Record", bound=_Line)


class _Turn(_Line):
    role: Literal["user", "assistant"]
    content: str


class _Evidence(_Line):
    document: _Text
    page: Annotated[int, Field(ge=1)] | None = None
    quote: _Text | None = None
    start: Annotated[int, Field(ge=0)] | None = None
    end: int | None = None

    @model_validator(mode="after")
    def _has_both_offsets_or_none(self) -> "_Evidence":
        if (self.start is None) != (self.end is None):
            raise ValueError("start and end belong together")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("end must lie after start")
        return self

    def evidence(self) -> Evidence:
        span = Span(self.start, self.end) if self.start is not None and self.end is not None else None
        return Evidence(document=_source(self.document), page=self.page, quote=self.quote, span=span)


class _Case(_Line):
    id: _Text
    question: _Text
    answerable: Literal["yes", "partial", "no", "unclear"]
    history: list[_Turn] = []
    rewritten: _Text | None = None
    evidence: list[_Evidence] = []
    scope: list[_Text] = []
    near_miss: list[_Text] = []
    facts: list[_Text | list[_Text]] | None = None
    tags: list[str] = []
    conversation: str | None = None
    paraphrase_group: str | None = None

    @model_validator(mode="after")
    def _has_no_evidence_without_an_answer(self) -> "_Case":
        if self.answerable == "no" and self.evidence:
            raise ValueError("evidence must be empty where answerable is no")
        return self


class _Passage(_Line):
    id: _Text
    title: str = ""
    text: _Text


def read_dataset(folder: Path) -> Dataset:
    """Reads and checks everything; raises `SetInvalid` with the file and line of the first fault."""
    if not folder.is_dir():
        raise SetInvalid(folder, 0, "there is no such folder")
    cases_file, documents, passages_file = folder / CASES, folder / DOCUMENTS, folder / DOCUMENTS / PASSAGES
    if not cases_file.is_file():
        raise SetInvalid(cases_file, 0, "a set needs this file, one question per line")
    if not documents.is_dir():
        raise SetInvalid(documents, 0, "a set needs this folder with the documents that are asked about")
    passages: tuple[PassageText, ...] = ()
    if passages_file.is_file():
        passages = _read_passages(passages_file)
        known = {passage.id for passage in passages}
        if any(path.is_file() and path != passages_file for path in documents.rglob("*")):
            raise SetInvalid(passages_file, 0, "a folder with this file must hold no other documents")
    else:
        known = {path.relative_to(documents).as_posix() for path in documents.rglob("*") if path.is_file()}
    if not known:
        raise SetInvalid(documents, 0, "there are no documents in it")
    return Dataset(folder.resolve().name, folder, _read_cases(cases_file, known), passages)


def _read_passages(path: Path) -> tuple[PassageText, ...]:
    passages: dict[str, PassageText] = {}
    for number, line in _lines(path):
        record = _parse(_Passage, path, number, line)
        if record.id in passages:
            raise SetInvalid(path, number, f"the id {record.id} stands there twice")
        passages[record.id] = PassageText(record.id, record.title, record.text)
    return tuple(passages.values())


def _read_cases(path: Path, known: set[str]) -> tuple[Case, ...]:
    cases: dict[str, Case] = {}
    for number, line in _lines(path):
        record = _parse(_Case, path, number, line)
        if record.id in cases:
            raise SetInvalid(path, number, f"the id {record.id} stands there twice")
        evidence = tuple(place.evidence() for place in record.evidence)
        for place in evidence:
            if place.document not in known:
                raise SetInvalid(path, number, f"there is no document {place.document}")
        cases[record.id] = Case(
            id=record.id,
            question=record.question,
            answerable=Answerable(record.answerable),
            history=tuple(Turn(turn.role, turn.content) for turn in record.history),
            rewritten=record.rewritten,
            evidence=evidence,
            scope=_scope(path, number, record.scope, known),
            near_miss=tuple(_source(name) for name in record.near_miss),
            facts=None if record.facts is None else tuple(_fact(fact) for fact in record.facts),
            tags=tuple(record.tags),
            conversation=record.conversation,
            paraphrase_group=record.paraphrase_group,
        )
    if not cases:
        raise SetInvalid(path, 0, "there are no cases in it")
    return tuple(cases.values())


def _scope(path: Path, number: int, entries: list[str], known: set[str]) -> frozenset[str]:
    """Names of documents; an entry that ends in / stands for everything below that folder."""
    found: set[str] = set()
    for entry in entries:
        source = _source(entry)
        matching = {name for name in known if name.startswith(source)} if entry.endswith("/") else {source} & known
        if not matching:
            raise SetInvalid(path, number, f"the scope names no document: {entry}")
        found |= matching
    return frozenset(found)


def _fact(fact: str | list[str]) -> Fact:
    return Fact((fact,) if isinstance(fact, str) else tuple(fact))


def _source(name: str) -> str:
    return name.removeprefix(f"{DOCUMENTS}/")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        try:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
        except UnicodeDecodeError as error:
            raise SetInvalid(path, 0, f"it is not UTF-8 text ({error.reason})") from error


def _parse(record: type[_Record], path: Path, number: int, line: str) -> _Record:
    try:
        return record.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise SetInvalid(path, number, f"it is not JSON ({error.msg} at character {error.pos + 1})") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"]) or "the line"
        raise SetInvalid(path, number, f"{field}: {fault['msg']}") from error
