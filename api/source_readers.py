"""Opens the reader of a source's kind with the secrets and rules it needs. Vendors are imported where they are used."""

import os
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.credentials import secret, with_secrets
from api.outgoing import OutgoingRules
from ingestion.folder_source_reader import FolderSourceReader
from ingestion.limited_parsing import KnownTypeParsing
from ingestion.source import Source, SourceKind
from ingestion.source_reading import BadSource, SourceReader
from ingestion.web_client import WebClient
from ingestion.web_page import ConfinedWebPages


class SourceReaders:
    def __init__(
        self,
        working_folder: Path,
        rules: OutgoingRules,
        folders: tuple[Path, ...],
        reader_packages: tuple[str, ...],
        clock: Callable[[], datetime],
        max_bytes: int,
        max_recording_bytes: int,
        timeout_s: float,
        parsing: KnownTypeParsing,
    ) -> None:
        """`folders`: what files of this machine may be read; none named: all. `parsing` reads what web pages hold."""
        self._working_folder = working_folder
        self._rules = rules
        self._folders = tuple(folder.expanduser().resolve() for folder in folders)
        self._reader_packages = reader_packages
        self._clock = clock
        self._max_bytes = max_bytes
        self._max_recording_bytes = max_recording_bytes
        self._timeout_s = timeout_s
        self._parsing = parsing
        self._openers: dict[SourceKind, Callable[[Source], SourceReader]] = {
            SourceKind.FOLDER: self._folder,
            SourceKind.WEBSITE: self._website,
            SourceKind.GIT: self._git,
            SourceKind.BUCKET: self._bucket,
            SourceKind.FEED: self._feed,
            SourceKind.MAILBOX: self._mailbox,
            SourceKind.READER: self._reader,
        }

    def open(self, source: Source) -> SourceReader:
        """To be closed by the caller. Raises `BadSource`, `NotAllowed` or what says that it cannot be opened now."""
        return self._openers[SourceKind(source.kind)](source)

    def copy_of(self, source_id: int) -> Path:
        """Where the copy of a source's repository is kept."""
        return self._working_folder / str(source_id)

    def check(self, source: Source) -> None:
        """What can be said without asking anybody: raises `BadSource` or `NotAllowed`."""
        kind = SourceKind(source.kind)
        if kind in (SourceKind.FOLDER, SourceKind.MAILBOX):
            path = self._local(source.address)
            if kind is SourceKind.FOLDER and not path.is_dir():
                raise BadSource(f"There is no folder at {path}.")
            if kind is SourceKind.MAILBOX and not path.is_file():
                raise BadSource(f"There is no file at {path}.")
        elif kind in (SourceKind.WEBSITE, SourceKind.FEED):
            host = urlsplit(source.address).hostname
            if urlsplit(source.address).scheme not in ("http", "https") or not host:
                raise BadSource("Write the whole address, beginning with https://")
            if not self._rules.allows_host(host):
                raise BadSource(f"The host {host} is not one of those that GROUNDWORK_OUTGOING_HOSTS allows.")
        elif kind is SourceKind.GIT:
            from ingestion.git_source_reader import split_address  # noqa: PLC0415

            if split_address(source.address) is None:
                self._local(source.address.removeprefix("file://"))
        elif kind is SourceKind.BUCKET and "://" not in source.address:
            raise BadSource("Write the whole address, such as s3://bucket/folder/")
        elif kind is SourceKind.READER and not self._may_import(source.address):
            packages = ", ".join(self._reader_packages)
            raise BadSource(
                f"“{source.address}” may not be used. GROUNDWORK_READER_PACKAGES names the packages whose readers may: "
                f"{packages}."
            )

    def _may_import(self, path: str) -> bool:
        return any(path.startswith(f"{package}.") for package in self._reader_packages)

    def _local(self, address: str) -> Path:
        path = Path(address).expanduser()
        if not path.is_absolute():
            raise BadSource(f"{address} is no absolute path.")
        path = path.resolve()
        if self._folders and not any(path.is_relative_to(folder) for folder in self._folders):
            allowed = ", ".join(map(str, self._folders))
            raise BadSource(f"{path} may not be read. GROUNDWORK_SOURCE_FOLDERS allows: {allowed}.")
        return path

    def _client(self, source: Source) -> WebClient:
        """Asks the source's own host only."""
        from api.httpx_web_client import HttpxWebClient  # noqa: PLC0415 - only where chosen

        host = (urlsplit(source.address).hostname or "").lower()
        if not self._rules.allows_host(host):
            raise BadSource(f"The host {host} is not one of those that GROUNDWORK_OUTGOING_HOSTS allows.")
        return HttpxWebClient(
            replace(self._rules, hosts=frozenset({host})),
            most_bytes=self._max_bytes,
            timeout_s=self._timeout_s,
            authorization=_authorization(source.credential),
            authorized_host=host,
        )

    def _folder(self, source: Source) -> SourceReader:
        return FolderSourceReader(self._local(source.address), self._clock, self._max_bytes, self._max_recording_bytes)

    def _mailbox(self, source: Source) -> SourceReader:
        from ingestion.mbox_source_reader import MboxSourceReader  # noqa: PLC0415 - only where chosen

        return MboxSourceReader(self._local(source.address), self._max_bytes)

    def _website(self, source: Source) -> SourceReader:
        from ingestion.website_source_reader import WebsiteSourceReader  # noqa: PLC0415

        options = source.options
        return WebsiteSourceReader(
            source.address,
            self._client(source),
            ConfinedWebPages(self._parsing),
            time.sleep,
            most_pages=int(options.get("most_pages", 1000)),
            crawl=bool(options.get("crawl")),
            below=str(options.get("below", "")),
        )

    def _feed(self, source: Source) -> SourceReader:
        from ingestion.feedparser_source_reader import FeedparserSourceReader  # noqa: PLC0415

        follow = bool(source.options.get("follow"))
        return FeedparserSourceReader(source.address, self._client(source), ConfinedWebPages(self._parsing), follow)

    def _git(self, source: Source) -> SourceReader:
        from ingestion.git_source_reader import Connection, GitSourceReader, split_address  # noqa: PLC0415

        remote = split_address(source.address)
        connection = None
        address = source.address
        if remote is None:
            address = str(self._local(source.address.removeprefix("file://")))
        else:
            scheme, host, port = remote
            checked = self._rules.checked_address(source.address, scheme, host, port)
            connection = Connection(host, port, checked, _authorization(source.credential))
        return GitSourceReader(
            address,
            self.copy_of(source.id),
            connection,
            self._max_bytes,
            branch=str(source.options.get("branch", "")),
            below=str(source.options.get("below", "")),
            environment=dict(os.environ),
        )

    def _bucket(self, source: Source) -> SourceReader:
        from ingestion.fsspec_source_reader import BucketAccess, FsspecSourceReader  # noqa: PLC0415

        endpoint = str(source.options.get("endpoint", "")) or None
        if endpoint is not None:
            parts = urlsplit(endpoint)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            self._rules.checked_address(endpoint, parts.scheme, parts.hostname, port)
        key, secret_part = None, None
        if source.credential:
            key, colon, secret_part = secret(source.credential).partition(":")
            if not colon:
                raise BadSource(f"The secret {source.credential} has to hold KEY:SECRET.")
        region = str(source.options.get("region", "")) or None
        return FsspecSourceReader(source.address, BucketAccess(endpoint, region, key, secret_part), self._max_bytes)

    def _reader(self, source: Source) -> SourceReader:
        from ingestion.llama_index_source_reader import (  # noqa: PLC0415 - five seconds
            LlamaIndexSourceReader,
            MetadataNames,
            ReaderCall,
        )

        options: dict[str, Any] = source.options
        call = ReaderCall(
            source.address, with_secrets(options.get("arguments", {})), with_secrets(options.get("load", {}))
        )
        names = MetadataNames(
            key=str(options.get("key", "")),
            users=str(options.get("users", "allowed_users")),
            groups=str(options.get("groups", "allowed_groups")),
            needs_access_list=bool(options.get("needs_access_list")),
        )
        return LlamaIndexSourceReader(call, names, self._reader_packages, source.name)


def _authorization(reference: str | None) -> str | None:
    """`NAME:PASSWORD` becomes basic authentication, `Bearer …` and the like stay, anything else is a bearer token."""
    if reference is None:
        return None
    value = secret(reference)
    if " " in value:
        return value
    if ":" in value:
        return "Basic " + b64encode(value.encode()).decode("ascii")
    return f"Bearer {value}"
