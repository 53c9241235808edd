"""What all commands share: options, how failures end, and how tables print."""

import json
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from pydantic import ValidationError

from api.wrong_fields import wrong_with
from corpus.errors import Conflict, GroundworkError, Invalid, NotFound, Unavailable

P = ParamSpec("P")
R = TypeVar("R")


class Exit(IntEnum):
    """Exit codes. 2 is also what click uses for a wrong call; a bug ends with 70, see `api.cli`."""

    OK = 0
    NOT_ANSWERED = 1
    INVALID = 2
    NOT_FOUND = 3
    CONFLICT = 4
    UNAVAILABLE = 5
    PARTLY_FAILED = 6


_KINDS = (
    (NotFound, Exit.NOT_FOUND),
    (Conflict, Exit.CONFLICT),
    (Invalid, Exit.INVALID),
    (Unavailable, Exit.UNAVAILABLE),
)


def data_option(function: Callable[P, R]) -> Callable[P, R]:
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Data folder. Default: GROUNDWORK_DATA, else ./.groundwork",
    )(function)


def as_option(function: Callable[P, R]) -> Callable[P, R]:
    return click.option("--as", "user", default="owner", show_default=True, help="User on whose behalf to read.")(
        function
    )


def json_option(function: Callable[P, R]) -> Callable[P, R]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(function)


def fails_clearly(function: Callable[P, R]) -> Callable[P, R]:
    """Turns the four kinds of failure, and wrong settings, into one line on standard error and an exit code."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ValidationError as error:
            wrong = ". ".join(
                f"GROUNDWORK_{'_'.join(map(str, item['loc'])).upper()} {wrong_with(item)}" for item in error.errors()
            )
            stop(f"A setting is not right. {wrong}.", Exit.INVALID)
        except GroundworkError as error:
            stop(str(error), next(code for kind, code in _KINDS if isinstance(error, kind)))

    return wrapped


def stop(message: str, code: Exit) -> NoReturn:
    click.echo(f"groundwork: {message}", err=True)
    sys.exit(code)


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(headings), *cells]) for column in range(len(headings))]
    numeric = [
        bool(rows) and all(isinstance(row[column], int | float) for row in rows) for column in range(len(headings))
    ]
    for line in [list(headings), *cells]:
        click.echo(
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, numeric, strict=True)
            ).rstrip()
        )
