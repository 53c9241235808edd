"""Reads what any LlamaIndex reader loads, with the access lists that its metadata give."""

import hashlib
import importlib
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document

from ingestion.source_reading import BadSource, FetchedItem, ListedItem, Recall, SourceUnavailable
from ingestion.spool import Spool

_KEYS = ("file_path", "url", "source_url", "page_id", "document_id", "id", "source", "link")
_NAMES = ("file_name", "title", "page_title", "name", "subject")
_TEXT_ENDINGS = frozenset({".txt", ".md", ".html", ".htm", ".csv", ".tsv"})


@dataclass(frozen=True, slots=True)
class ReaderCall:
    """Which reader is made how, and what its `load_data` is called with. Secrets are filled in already."""

    path: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    load: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetadataNames:
    """Which metadata tell a document from others (empty: a path, address or id) and who may read it."""

    key: str = ""
    users: str = "allowed_users"
    groups: str = "allowed_groups"
    needs_access_list: bool = False


class LlamaIndexSourceReader:
    lists_everything = True
    keeps_listing = True

    def __init__(self, call: ReaderCall, names: MetadataNames, allowed: Sequence[str], source: str) -> None:
        """`allowed`: packages whose readers may be imported. Raises `BadSource` or `SourceUnavailable`."""
        self._names = names
        self._load = dict(call.load)
        self._source = source
        self._reader = _made(_reader_class(call.path, allowed), call)
        self._spool = Spool()

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """Everything is loaded to be listed; what did not change is not embedded again."""
        seen: dict[str, int] = {}
        for document in self._documents():
            key = self._key(document)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1:
                # The pages of a file are documents of their own.
                key = f"{key}#{seen[key]}"
            readers = self._readers(document)
            content = document.text.encode("utf-8", "replace")
            said = json.dumps([sorted(readers) if readers is not None else None, _title(document)])
            stamp = hashlib.sha256(said.encode() + content).hexdigest()
            self._spool.put(key, content)
            memory = {
                "title": _title(document),
                "readers": sorted(readers) if readers is not None else None,
            }
            origin = f"reader:{self._source}#{key}"
            yield ListedItem(key, origin, _name(document, key), stamp, len(content), memory)

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        readers = item.memory.get("readers")
        if readers is None and self._names.needs_access_list:
            raise BadSource(
                f"{item.name} has no list of readers ({self._names.users}, {self._names.groups}) and is left out."
            )
        content = self._spool.find(item.key)
        if content is None:
            raise SourceUnavailable(f"{item.name} has to be listed once more.")
        title = item.memory.get("title")
        return FetchedItem(content, title, item.memory, None if readers is None else frozenset(readers))

    def close(self) -> None:
        self._spool.close()

    def _documents(self) -> Iterator[Document]:
        try:
            loaded: Iterable[Any]
            if type(self._reader).lazy_load_data is not BaseReader.lazy_load_data:
                loaded = self._reader.lazy_load_data(**self._load)
            else:
                loaded = self._reader.load_data(**self._load)
            for document in loaded:
                if isinstance(document, Document) and document.text.strip():
                    yield document
        except Exception as error:
            # Readers are anybody's code and fail in anybody's ways.
            raise SourceUnavailable(f"The reader failed: {_said(error)}") from error

    def _key(self, document: Document) -> str:
        names = [self._names.key] if self._names.key else _KEYS
        for name in names:
            value = document.metadata.get(name)
            if isinstance(value, str | int) and str(value).strip():
                return str(value).strip()
        if self._names.key:
            raise SourceUnavailable(f"The reader gave a document without the metadata “{self._names.key}”.")
        return document.doc_id

    def _readers(self, document: Document) -> frozenset[str] | None:
        """None where the metadata say nothing; an empty list means that nobody but the owner may read it."""
        named = {"user": self._names.users, "group": self._names.groups}
        lists = {kind: document.metadata.get(name) for kind, name in named.items()}
        if all(found is None for found in lists.values()):
            return None
        return frozenset(f"{kind}:{name}" for kind, found in lists.items() for name in _listed(found))


def _reader_class(path: str, allowed: Sequence[str]) -> type[BaseReader]:
    module_name, _, class_name = path.rpartition(".")
    if not module_name or not all(part.isidentifier() for part in path.split(".")):
        raise BadSource(f"“{path}” names no reader. Write it as in llama_index.readers.notion.NotionPageReader")
    if not any(module_name == package or module_name.startswith(f"{package}.") for package in allowed):
        raise BadSource(
            f"Readers of {module_name} may not be used. GROUNDWORK_READER_PACKAGES names the packages that may: "
            f"{', '.join(allowed)}."
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise SourceUnavailable(f"{module_name} cannot be imported: {error}. Install the reader's package.") from error
    found = getattr(module, class_name, None)
    if not inspect.isclass(found) or not issubclass(found, BaseReader):
        raise BadSource(f"“{path}” is no LlamaIndex reader.")
    return found


def _made(reader: type[BaseReader], call: ReaderCall) -> BaseReader:
    try:
        return reader(**call.arguments)
    except Exception as error:
        raise SourceUnavailable(f"The reader {call.path} cannot be made: {_said(error)}") from error


def _listed(found: object) -> list[str]:
    """Names as readers write them: a list, or text with commas. Raises `SourceUnavailable` for anything else."""
    if found is None:
        return []
    if isinstance(found, str):
        return [name.strip() for name in found.split(",") if name.strip()]
    if isinstance(found, list | tuple | set | frozenset) and all(isinstance(name, str) for name in found):
        return [str(name).strip() for name in found]
    raise SourceUnavailable("The reader gave an access list that is no list of names. Nothing of it was taken in.")


def _title(document: Document) -> str | None:
    for name in _NAMES[1:]:
        value = document.metadata.get(name)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())[:300]
    return None


def _name(document: Document, key: str) -> str:
    for name in _NAMES:
        value = document.metadata.get(name)
        if isinstance(value, str) and value.strip():
            shown = " ".join(value.replace("/", " ").split())[:200]
            break
    else:
        shown = key[-200:]
    # The text was taken out of its format already; what it was called before may not decide how it is read.
    return shown if PurePosixPath(shown).suffix.lower() in _TEXT_ENDINGS else f"{shown}.md"


def _said(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
