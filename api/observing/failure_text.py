"""Words for a failure in the log: its kind, where it happened, and its own words only where they quote nothing.

A `ValueError` or a refusal of a database says what the value was, and that may be a sentence of a document or a
question. What programmers' mistakes and operating systems say does not.
"""

import traceback
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError

from corpus.errors import GroundworkError
from corpus.storage_failure import DatabaseGone, DiskFull

_SPEAKING = (
    ArithmeticError,
    AttributeError,
    BufferError,
    DatabaseGone,
    DiskFull,
    ImportError,
    MemoryError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
)
"""Their words name code, types and machines, not content."""

_LONGEST = 300
_DEEPEST = 8
"""Failures of a chain that are told."""


def brief(error: BaseException) -> str:
    """On one line."""
    name = type(error).__name__
    said = _said(error)
    return f"{name}: {said}" if said else name


def in_full(error: BaseException) -> str:
    """With the places in the code, and those that led to it, as a traceback without the source's lines."""
    return "\n".join(_told(error, set(), 0))


def _told(error: BaseException, told: set[int], depth: int) -> Iterator[str]:
    told.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in told and depth < _DEEPEST:
        yield from _told(before, told, depth + 1)
        yield "which led to" if error.__cause__ is not None else "and while that was handled"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{_place(frame.filename)}", line {frame.lineno}, in {frame.name}'
    yield brief(error)
    if isinstance(error, BaseExceptionGroup) and depth < _DEEPEST:
        for inner in error.exceptions:
            if id(inner) not in told:
                yield from _told(inner, told, depth + 1)


def _said(error: BaseException) -> str:
    if isinstance(error, DBAPIError):
        return _said_by_database(error)
    if isinstance(error, OSError):
        # Not with the name of the file, which people have chosen.
        return error.strerror or ""
    if isinstance(error, _SPEAKING):
        return " ".join(str(error).split())[:_LONGEST]
    length = len(str(error)) if isinstance(error, GroundworkError | ValueError | LookupError) else 0
    return f"({length} characters left out, since they may quote what people wrote)" if length else ""


def _said_by_database(error: DBAPIError) -> str:
    """PostgreSQL tells values in the lines after the first, and in the first where a value itself is wrong."""
    kind = type(error.orig).__name__
    lines = str(error.orig).strip().splitlines()
    said = "" if isinstance(error, DataError) or not lines else f": {lines[0][:_LONGEST]}"
    statement = " ".join((error.statement or "").split())[:_LONGEST]
    return f"{kind}{said}" + (f" in: {statement}" if statement else "")


def _place(filename: str) -> str:
    """From the package on: where it is installed says nothing."""
    parts = Path(filename).parts
    return "/".join(parts[-3:]) if len(parts) > 3 else filename
