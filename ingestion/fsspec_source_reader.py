"""Reads an object store through fsspec: S3 and what speaks like it, or another store whose package is installed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fsspec  # type: ignore[import-untyped]  # fsspec ships no types

from ingestion.ingest import FileTooLarge
from ingestion.source_reading import BadSource, FetchedItem, ItemGone, ListedItem, Recall, SourceUnavailable

_PROTOCOLS = frozenset({"s3", "gs", "az", "abfs", "oss", "cos", "obs"})
"""Stores only: fsspec can also open this machine's files and any address of the web."""

_PACKAGES = {"s3": "groundwork[s3]", "gs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """`endpoint` must have been checked against the rules for outgoing requests. Without a key: anonymous."""

    endpoint: str | None = None
    region: str | None = None
    key: str | None = None
    secret: str | None = None


class FsspecSourceReader:
    lists_everything = True
    keeps_listing = False

    def __init__(self, address: str, access: BucketAccess, max_bytes: int) -> None:
        """Raises `BadSource` or `SourceUnavailable`."""
        protocol, separator, path = address.partition("://")
        if not separator or protocol not in _PROTOCOLS or not path.strip("/"):
            raise BadSource(f"{address} is no address of an object store. Write it as in s3://bucket/folder/")
        self._protocol = protocol
        self._root = path.strip("/")
        self._max_bytes = max_bytes
        try:
            self._store = fsspec.filesystem(protocol, **_options(protocol, access))
        except ImportError as error:
            package = _PACKAGES.get(protocol, "the fsspec package for it")
            raise SourceUnavailable(f"Stores at {protocol}:// need a package that is missing: {package}.") from error

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """Folder by folder, never more than one folder in memory."""
        try:
            waiting = [self._root]
            while waiting:
                folder = waiting.pop()
                for entry in self._store.ls(folder, detail=True, refresh=True):
                    path = str(entry["name"]).strip("/")
                    if path == folder:
                        continue
                    if entry["type"] == "directory":
                        waiting.append(path)
                    else:
                        yield self._item(path, entry)
        except FileNotFoundError as error:
            raise SourceUnavailable(f"There is nothing at {self._protocol}://{self._root}.") from error
        except Exception as error:
            # Every store's package fails in ways of its own.
            raise SourceUnavailable(f"{self._protocol}://{self._root} cannot be listed: {_said(error)}") from error

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        if item.size is not None and item.size > self._max_bytes:
            raise FileTooLarge(item.size, self._max_bytes)
        try:
            content: bytes = self._store.cat_file(f"{self._root}/{item.key}", end=self._max_bytes + 1)
        except FileNotFoundError as error:
            raise ItemGone(item.name) from error
        except Exception as error:
            raise SourceUnavailable(f"{item.name} cannot be fetched: {_said(error)}") from error
        if len(content) > self._max_bytes:
            raise FileTooLarge(len(content), self._max_bytes)
        return FetchedItem(content)

    def close(self) -> None:
        pass

    def _item(self, path: str, entry: dict[str, Any]) -> ListedItem:
        key = path.removeprefix(f"{self._root}/")
        marks = [entry.get(name) for name in ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime")]
        told = "|".join(str(mark) for mark in [*marks, entry.get("size")] if mark is not None)
        stamp = hashlib.sha256(told.encode()).hexdigest() if any(marks) else None
        size = entry.get("size")
        origin = f"{self._protocol}://{path}"
        return ListedItem(key, origin, key, stamp, int(size) if size is not None else None)


def _options(protocol: str, access: BucketAccess) -> dict[str, Any]:
    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if protocol != "s3":
        return options | ({"token": access.secret} if access.secret else {})
    client = {"region_name": access.region} if access.region else {}
    return options | {
        "endpoint_url": access.endpoint,
        "key": access.key,
        "secret": access.secret,
        "anon": access.key is None,
        "client_kwargs": client,
    }


def _said(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
