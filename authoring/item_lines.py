"""Item lines: quiz items in a file of JSON lines, each with the document that it may be answered from."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from authoring.claim import Claim
from authoring.item_truth import truth_of
from authoring.quiz_item import ItemKind, Option, QuizItem
from corpus.errors import Invalid

_TWO = 2


@dataclass(frozen=True, slots=True)
class ItemLine:
    """`number` counts the lines of the file from 1; `document` is a path as the file has it."""

    number: int
    document: str
    item: QuizItem


class WrongItemLine(Invalid):
    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"Line {number} of the items is wrong: {reason}")
        self.number = number
        self.reason = reason


class NotText(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” is no text in UTF-8. Save the items as JSON lines in UTF-8.")
        self.name = name


class _Form(BaseModel):
    """Whatever else a line holds, such as which key is right, is not read."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: Annotated[str, Field(min_length=1)]
    document: Annotated[str, Field(min_length=1)]
    stem: Annotated[str, Field(min_length=1)]
    options: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=_TWO)]
    key: Annotated[list[int], Field(min_length=1)]


def read_item_lines(text: str) -> Iterator[ItemLine]:
    """Empty lines are passed over. Raises `WrongItemLine`."""
    seen: dict[str, int] = {}
    # A text may have other characters that end lines for Python, which JSON strings may hold.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        form = _read(number, line)
        if form.id in seen:
            raise WrongItemLine(number, f"the id “{form.id}” stands on line {seen[form.id]} already.")
        seen[form.id] = number
        yield ItemLine(number, form.document, _item(number, form))


def _read(number: int, line: str) -> _Form:
    try:
        return _Form.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise WrongItemLine(number, f"it is no JSON ({error.msg} at character {error.pos + 1}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        about = f"“{where}” is not right" if where else "it is not an object"
        raise WrongItemLine(number, f"{about}: {first['msg']}.") from error


def _item(number: int, form: _Form) -> QuizItem:
    if any(not 0 <= place < len(form.options) for place in form.key):
        raise WrongItemLine(number, f"“key” names options from 0 to {len(form.options) - 1}.")
    options = tuple(
        Option(Claim(f"{form.id}-{place}", text), is_key=place in form.key) for place, text in enumerate(form.options)
    )
    return QuizItem(form.id, _kind(form.options), Claim(f"{form.id}-stem", form.stem), options)


def _kind(options: Sequence[str]) -> ItemKind:
    said = [truth_of(option) for option in options]
    is_judged = len(said) == _TWO and set(said) == {True, False}
    return ItemKind.TRUE_FALSE if is_judged else ItemKind.MULTIPLE_CHOICE
