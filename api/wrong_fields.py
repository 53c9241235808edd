"""Says in a sentence what is wrong with a field that was sent or set, and what to send instead."""

from collections.abc import Mapping, Sequence
from typing import Any

_MOST_SAID = 3
_PLACES = {"path": " in the address", "query": " after the “?” of the address", "header": " in the headers"}
_PARTS = frozenset({"body", "path", "query", "header", "cookie"})

# By the kind of error that pydantic names, or its beginning; what stands in braces are its limits.
_WRONG = (
    ("missing", "is missing and has to be given"),
    ("extra_forbidden", "is not known here; leave it out"),
    ("json_invalid", "is not valid JSON; check its quotes, commas and brackets"),
    ("string_too_long", "is too long: it has {given:,} characters, {max_length:,} are possible"),
    ("string_too_short", "is too short: write at least {min_length:,} characters"),
    ("enum", "has to be one of: {expected}"),
    ("literal_error", "has to be one of: {expected}"),
    ("value_error", "is not right: {error}"),
    ("greater_than_equal", "has to be {ge:,} or more"),
    ("greater_than", "has to be more than {gt:,}"),
    ("less_than_equal", "has to be {le:,} or less"),
    ("less_than", "has to be less than {lt:,}"),
    ("int", "has to be a whole number, such as 12"),
    ("float", "has to be a number, such as 0.5"),
    ("bool", "has to be “true” or “false”"),
    ("string", "has to be text"),
    ("list", "has to be a list"),
    ("dict", "has to be an object with fields"),
    ("model", "has to be a JSON object, sent with “Content-Type: application/json”"),
    ("", "is not of the right form"),
)


def said_of(errors: Sequence[Mapping[str, Any]]) -> str:
    """Of what pydantic found: a sentence each, the first few."""
    said = [f"{_name(error)} {wrong_with(error)}." for error in errors[:_MOST_SAID]]
    if more := len(errors) - len(said):
        said.append(f"Wrong are {more} more.")
    return " ".join(said)


def wrong_with(error: Mapping[str, Any]) -> str:
    """Goes on after the name of the field: `has to be 1 or more`."""
    limits = {name: _short(limit) for name, limit in (error.get("ctx") or {}).items()}
    if limits.get("min_length") == 1:
        return "is empty; write something there"
    limits["expected"] = str(limits.get("expected", "")).replace("'", "").replace(" or ", ", ")
    limits["error"] = str(limits.get("error", "")).rstrip(".")
    given = error.get("input")
    limits["given"] = len(given) if isinstance(given, str | bytes) else 0
    return next(words for kind, words in _WRONG if str(error["type"]).startswith(kind)).format(**limits)


def _short(limit: object) -> object:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _name(error: Mapping[str, Any]) -> str:
    part, *inside = error["loc"] or ("body",)
    if part not in _PARTS:
        part, inside = "", [part, *inside]
    names = [str(name) for name in inside if not isinstance(name, int)]
    if not names or error["type"] == "json_invalid":
        return "What was sent"
    return f"“{'.'.join(names)}”{_PLACES.get(str(part), '')}"
