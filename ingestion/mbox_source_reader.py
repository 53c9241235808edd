"""Reads a mailbox file (mbox): each message becomes a document, told by its Message-ID."""

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from pathlib import Path
from urllib.parse import quote

from ingestion.ingest import FileTooLarge
from ingestion.source_reading import FetchedItem, ItemGone, ListedItem, Recall, SourceUnavailable

_SEPARATOR = re.compile(rb"From \S+.*\d")
_LARGEST_HEADER = 64_000


class MboxSourceReader:
    lists_everything = True
    keeps_listing = False

    def __init__(self, file: Path, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """In the order of the file, one message in memory at a time."""
        seen: dict[str, int] = {}
        try:
            for start, message in _messages(self._file, self._max_bytes):
                stamp = hashlib.sha256(message).hexdigest()
                identity, subject = _about(message)
                key = identity or stamp
                seen[key] = seen.get(key, 0) + 1
                if seen[key] > 1:
                    key = f"{key}#{seen[key]}"
                origin = f"mbox:{self._file.as_uri()}#{quote(key)}"
                memory = {"start": start, "size": len(message)}
                yield ListedItem(key, origin, f"{subject or 'Message'}.eml", stamp, len(message), memory)
        except OSError as error:
            raise SourceUnavailable(f"{self._file} cannot be read: {error.strerror}.") from error

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        """From the place where listing found it. Raises `OSError`."""
        start, size = item.memory.get("start"), item.memory.get("size")
        if not isinstance(start, int) or not isinstance(size, int):
            raise ItemGone(item.name)
        if size > self._max_bytes:
            raise FileTooLarge(size, self._max_bytes)
        with self._file.open("rb") as file:
            file.seek(start)
            content = file.read(size)
        if hashlib.sha256(content).hexdigest() != item.stamp:
            raise ItemGone(item.name)
        return FetchedItem(content, memory=item.memory)

    def close(self) -> None:
        pass


def _messages(path: Path, most_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Where each message begins, after its separating line, and its bytes; one that is too large is cut behind that."""
    with path.open("rb") as file:
        position, start, after_blank = 0, None, True
        message = bytearray()
        for line in file:
            position += len(line)
            if after_blank and _SEPARATOR.match(line):
                if start is not None:
                    yield start, bytes(message)
                start = position
                message.clear()
            elif len(message) <= most_bytes:
                message += line
            after_blank = line in (b"\n", b"\r\n")
        if start is not None:
            yield start, bytes(message)
        elif position:
            raise SourceUnavailable(f"{path} is no mailbox file: it does not begin with a line “From …”.")


def _about(message: bytes) -> tuple[str, str]:
    """Message-ID and subject, as far as they can be told."""
    head = message[:_LARGEST_HEADER].split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0]
    mail = message_from_bytes(head, policy=policy.default)
    return _header(mail, "Message-ID"), _header(mail, "Subject")


def _header(mail: Message, name: str) -> str:
    try:
        value = str(mail.get(name, ""))
    except (ValueError, IndexError, TypeError, AttributeError, MessageError):
        return ""  # the library trips over some malformed headers
    shown = "".join(character for character in value if character.isprintable())
    return " ".join(shown.replace("/", " ").split())[:300]
