"""What a language model is asked to reply with when it drafts, and how a reply is read that is not quite right.

A reply is JSON: an object with one list. Elements of the list are read one by one as they arrive. What is mended:
anything around the JSON (fences, an introduction), commas before a closing bracket, line breaks within strings, and an
end that is missing, up to the last element that is whole. Nothing else is guessed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from assistant.language_model import ReplyForm
from authoring.block import BlockKind
from authoring.course import BloomLevel
from authoring.quiz_item import ItemKind

T = TypeVar("T")

_NAME_BEFORE = re.compile(r'"(\w+)"\s*:\s*$')


def _folded(said: object) -> object:
    """`Key_Point` and `key-point` are `key point`."""
    return re.sub(r"[\s_-]+", " ", said).strip().casefold() if isinstance(said, str) else said


def _listed(said: object) -> object:
    """One where a list was asked for, and a list with gaps in it."""
    if said is None:
        return ()
    return (said,) if isinstance(said, str) else said


def _spoken(said: object) -> object:
    """Numbers are texts here: `26` and `"26"` say the same."""
    if said is None:
        return ""
    return str(said) if isinstance(said, int | float) and not isinstance(said, bool) else said


Text = Annotated[str, BeforeValidator(_spoken)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
SaidBlockKind = Annotated[BlockKind, BeforeValidator(_folded)]
SaidItemKind = Annotated[ItemKind, BeforeValidator(_folded)]
SaidLevel = Annotated[BloomLevel, BeforeValidator(_folded)]


@dataclass(frozen=True, slots=True)
class SaidLesson:
    title: Text
    level: SaidLevel
    verb: Text
    what: Text
    sources: Texts = ()


@dataclass(frozen=True, slots=True)
class SaidSentence:
    """`cells` in place of `text` in a table."""

    text: Text = ""
    cells: Texts = ()
    sources: Texts = ()


@dataclass(frozen=True, slots=True)
class SaidBlock:
    kind: SaidBlockKind
    heading: Text = ""
    columns: Texts = ()
    sentences: tuple[SaidSentence, ...] = ()


@dataclass(frozen=True, slots=True)
class SaidOption:
    """`match` is what it belongs to, in a matching alone."""

    text: Text
    correct: bool
    sources: Texts = ()
    rationale: Text = ""
    match: Text = ""


@dataclass(frozen=True, slots=True)
class SaidItem:
    kind: SaidItemKind
    stem: Text
    options: tuple[SaidOption, ...]
    sources: Texts = ()


@dataclass(frozen=True, slots=True)
class _Lessons:
    lessons: tuple[SaidLesson, ...]


@dataclass(frozen=True, slots=True)
class _Blocks:
    blocks: tuple[SaidBlock, ...]


@dataclass(frozen=True, slots=True)
class _Items:
    items: tuple[SaidItem, ...]


class MalformedElement(Exception):
    """Of a reply's list. The reason is for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class ListForm(Generic[T]):
    """`key` names the list in the object, `read` makes one element of its JSON and raises `MalformedElement`."""

    key: str
    reply: ReplyForm
    read: Callable[[str], T]


class WholeElements:
    """Finds the elements of the list as soon as they are whole."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._text = ""
        self._place = 0
        self._open: list[tuple[str, int, bool]] = []
        """Brackets not closed yet: which, where, and whether it is the list."""
        self._in_string = False
        self._escaped = False
        self.found = 0
        self.is_empty = False
        """Whether the reply had the list and nothing in it."""

    def feed(self, piece: str) -> list[str]:
        """The JSON of the elements that this piece completes."""
        self._text += piece
        return list(self._elements())

    def _elements(self) -> Iterator[str]:
        while self._place < len(self._text):
            place, mark = self._place, self._text[self._place]
            self._place += 1
            if self._in_string:
                if self._escaped:
                    self._escaped = False
                elif mark == "\\":
                    self._escaped = True
                elif mark == '"':
                    self._in_string = False
            elif mark == '"':
                self._in_string = bool(self._open)
            elif mark in "{[":
                self._open.append((mark, place, mark == "[" and self._is_list(place)))
            elif mark in "}]" and self._open:
                yield from self._closed(place)

    def _closed(self, place: int) -> Iterator[str]:
        mark, start, is_list = self._open.pop()
        if is_list:
            self.is_empty = not self.found and not self._text[start + 1 : place].strip(" \n\r\t,")
            return
        # The element itself may stand where a list of one was asked for.
        alone = not self._open and not self.found and not self.is_empty
        if mark == "{" and (alone or (self._open and self._open[-1][2])):
            self.found += 1
            yield self._text[start : place + 1]

    def _is_list(self, place: int) -> bool:
        if not self._open:
            return True
        name = _NAME_BEFORE.search(self._text, max(0, place - 80), place)
        return len(self._open) == 1 and name is not None and name[1].casefold() == self._key


def _reader(kind: type[T]) -> Callable[[str], T]:
    adapter: TypeAdapter[T] = TypeAdapter(kind)

    def read(said: str) -> T:
        try:
            return adapter.validate_python(_decoded(said))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"]) or "the element"
            raise MalformedElement(f"{where}: {first['msg']}") from error

    return read


def _decoded(said: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(_without_trailing_commas(said), strict=False)
    except ValueError as error:
        raise MalformedElement(f"it is not JSON: {error}") from error


def _without_trailing_commas(said: str) -> str:
    """Commas within strings are left alone."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda found: found[1] or "", said, flags=re.DOTALL)


def _strict(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema as providers want it: every property named as required, no other allowed, no default."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {name: _strict(part) for name, part in schema.items() if name not in ("default", "description", "title")}
    if isinstance(schema.get("properties"), Mapping):
        # Properties may be called `title`.
        kept["properties"] = {name: _strict(part) for name, part in schema["properties"].items()}
        kept |= {"required": list(schema["properties"]), "additionalProperties": False}
    return kept


def _form(key: str, whole: type[Any], element: type[T], longest_tokens: int) -> ListForm[T]:
    schema = _strict(TypeAdapter(whole).json_schema())
    return ListForm(key, ReplyForm(key, schema, longest_tokens), _reader(element))


LESSONS = _form("lessons", _Lessons, SaidLesson, longest_tokens=4000)
BLOCKS = _form("blocks", _Blocks, SaidBlock, longest_tokens=6000)
ITEMS = _form("items", _Items, SaidItem, longest_tokens=6000)
