"""What each kind of source asks for: the fields of its form, of its command, and their checks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from ingestion.source import SourceKind
from ingestion.source_reading import BadSource

Value = str | int | bool | list[Any] | dict[str, Any]


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    CHECK = "check"
    JSON = "json"
    """An object, written as JSON."""


@dataclass(frozen=True, slots=True)
class OptionField:
    """`default` None: it may be left out and is then not stored."""

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    hint: str = ""
    default: Value | None = None
    least: int = 1
    most: int = 1_000_000


@dataclass(frozen=True, slots=True)
class KindDescription:
    kind: SourceKind
    title: str
    summary: str
    address_label: str
    address_example: str
    fields: tuple[OptionField, ...]
    takes_credential: bool = False


KINDS = {
    description.kind: description
    for description in (
        KindDescription(
            SourceKind.FOLDER,
            "Folder",
            "Files in a folder of this machine, with its subfolders.",
            "Folder",
            "/srv/handbook",
            (
                OptionField(
                    "watch", "Take changes in at once", FieldType.CHECK, "While the server runs.", default=False
                ),
            ),
        ),
        KindDescription(
            SourceKind.WEBSITE,
            "Website",
            "Pages of one host: those of its sitemap, else those that links lead to. Follows robots.txt.",
            "Address",
            "https://handbook.example.org/",
            (
                OptionField("most_pages", "At most this many pages", FieldType.NUMBER, default=1000, most=100_000),
                OptionField(
                    "crawl",
                    "Follow links even if there is a sitemap",
                    FieldType.CHECK,
                    default=False,
                ),
                OptionField(
                    "below", "Only addresses that begin with", hint="A path, such as /docs/. Empty: the whole host."
                ),
            ),
            takes_credential=True,
        ),
        KindDescription(
            SourceKind.GIT,
            "Git repository",
            "Documents in one branch of a git repository.",
            "Address",
            "https://git.example.org/team/handbook.git",
            (
                OptionField("branch", "Branch", hint="Empty: the repository's own choice."),
                OptionField("below", "Only files below", hint="A folder of the repository, such as docs/."),
            ),
            takes_credential=True,
        ),
        KindDescription(
            SourceKind.BUCKET,
            "Object store",
            "Objects of an S3-compatible store, or of another one whose fsspec package is installed.",
            "Address",
            "s3://handbook/published/",
            (
                OptionField("endpoint", "Address of the store", hint="Where it is not Amazon's own."),
                OptionField("region", "Region"),
            ),
            takes_credential=True,
        ),
        KindDescription(
            SourceKind.FEED,
            "Feed",
            "Entries of an RSS or Atom feed. Entries that leave the feed stay.",
            "Address",
            "https://news.example.org/feed.xml",
            (
                OptionField(
                    "follow",
                    "Read the pages that entries link to",
                    FieldType.CHECK,
                    "Instead of what the feed itself says. Pages of the feed's own host only.",
                    default=False,
                ),
            ),
            takes_credential=True,
        ),
        KindDescription(
            SourceKind.MAILBOX,
            "Mailbox file",
            "Messages of an mbox file.",
            "File",
            "/srv/mail/questions.mbox",
            (),
        ),
        KindDescription(
            SourceKind.READER,
            "LlamaIndex reader",
            "Anything that a LlamaIndex reader loads: Confluence, SharePoint, Slack, Notion and others of LlamaHub, "
            "once their package is installed.",
            "Reader",
            "llama_index.readers.confluence.ConfluenceReader",
            (
                OptionField(
                    "arguments",
                    "Arguments of the reader",
                    FieldType.JSON,
                    'Secrets by reference: {"api_token": {"secret": "env:CONFLUENCE_TOKEN"}}',
                    default={},
                ),
                OptionField(
                    "load",
                    "Arguments of load_data",
                    FieldType.JSON,
                    'Such as {"space_key": "HR"}',
                    default={},
                ),
                OptionField(
                    "key",
                    "Metadata that names a document",
                    hint="Such as page_id. Empty: a path, address or id, whichever is there.",
                ),
                OptionField("users", "Metadata that lists users who may read", default="allowed_users"),
                OptionField("groups", "Metadata that lists groups who may read", default="allowed_groups"),
                OptionField(
                    "needs_access_list",
                    "Leave out what has no list of readers",
                    FieldType.CHECK,
                    default=False,
                ),
            ),
        ),
    )
}

_SECRET = re.compile(r"secret|token|passw|credential|api_?key|private_?key|access_?key", re.IGNORECASE)
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/.+")


class UnknownOption(BadSource):
    def __init__(self, kind: SourceKind, name: str) -> None:
        names = ", ".join(field.name for field in KINDS[kind].fields) or "none"
        super().__init__(f"A {kind} source has no option “{name}”. Its options: {names}.")


class PlainSecret(BadSource):
    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} looks like a secret. Secrets are not stored: put it into an environment variable or a file and "
            "refer to it as env:NAME or file:/path."
        )


class BadCredential(BadSource):
    def __init__(self) -> None:
        super().__init__("A credential is given by reference: env:NAME for an environment variable, or file:/path.")


def checked_address(kind: SourceKind, address: str) -> str:
    """Raises `BadSource`, also where a password is part of it."""
    address = address.strip()
    if not address or len(address) > 1900 or not address.isprintable():
        raise BadSource(f"Write where it is, such as {KINDS[kind].address_example}")
    if kind is not SourceKind.READER and "://" in address:
        try:
            parts = urlsplit(address)
            name_and_password = (parts.username, parts.password)
        except ValueError as error:
            raise BadSource(f"{address} is no address. Write it as in {KINDS[kind].address_example}") from error
        if name_and_password[1] or (name_and_password[0] and parts.scheme in ("http", "https")):
            raise PlainSecret("The address")
    return address


def checked_credential(kind: SourceKind, reference: str | None) -> str | None:
    """Raises `BadCredential`, or `BadSource` where the kind has no use for one."""
    reference = (reference or "").strip()
    if not reference:
        return None
    if not KINDS[kind].takes_credential:
        raise BadSource(f"A {kind} source takes no credential.")
    if not _REFERENCE.fullmatch(reference) or len(reference) > 500:
        raise BadCredential
    return reference


def checked_options(kind: SourceKind, given: Mapping[str, Value]) -> dict[str, Value]:
    """With defaults. Raises `UnknownOption`, `PlainSecret` or `BadSource`."""
    fields = {field.name: field for field in KINDS[kind].fields}
    for name in given:
        if name not in fields:
            raise UnknownOption(kind, name)
    options: dict[str, Value] = {}
    for name, field in fields.items():
        value = given.get(name, field.default)
        if value is None or value == "":
            value = field.default
        if value is not None:
            options[name] = _checked(field, value)
    return options


def _checked(field: OptionField, value: Value) -> Value:
    if field.type is FieldType.CHECK:
        if not isinstance(value, bool):
            raise BadSource(f"{field.label}: yes or no.")
    elif field.type is FieldType.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int) or not field.least <= value <= field.most:
            raise BadSource(f"{field.label}: write a number from {field.least} to {field.most:,}.")
    elif field.type is FieldType.JSON:
        if not isinstance(value, dict):
            raise BadSource(f"{field.label}: write a JSON object.")
        _check_references(field.label, value)
    elif not isinstance(value, str) or len(value) > 1000 or not value.isprintable():
        raise BadSource(f"{field.label}: write one line.")
    return value


def _check_references(where: str, value: object) -> None:
    if isinstance(value, list):
        for item in value:
            _check_references(where, item)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if name == "secret":
            if not isinstance(inner, str) or not _REFERENCE.fullmatch(inner):
                raise BadCredential
        elif isinstance(inner, str) and inner and _SECRET.search(name):
            raise PlainSecret(f"{where}: “{name}”")
        else:
            _check_references(where, inner)
