"""Reads secrets from where they are referred to: `env:NAME` or `file:/path`."""

import os
from pathlib import Path
from typing import Any

from corpus.errors import Unavailable

_LARGEST = 64_000


class SecretMissing(Unavailable):
    def __init__(self, reference: str, detail: str) -> None:
        super().__init__(f"The secret {reference} cannot be read: {detail}.")


def secret(reference: str) -> str:
    """Without white space around it. Raises `SecretMissing`."""
    place, _, name = reference.partition(":")
    if place == "env":
        value = os.environ.get(name, "").strip()
        if not value:
            raise SecretMissing(reference, "the server's environment has no such variable")
        return value
    try:
        with Path(name).open("rb") as file:
            value = file.read(_LARGEST).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretMissing(reference, "the file cannot be read") from error
    if not value:
        raise SecretMissing(reference, "the file is empty")
    return value


def with_secrets(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON in which each `{"secret": reference}` is replaced by what it refers to."""
    if isinstance(value, list):
        return [with_secrets(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"secret"}:
            return secret(value["secret"])
        return {name: with_secrets(inner) for name, inner in value.items()}
    return value
