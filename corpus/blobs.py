"""Original files, kept once each under the hash of their content."""

import hashlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO, Protocol

from corpus.errors import NotFound
from corpus.unfinished_file import remove_abandoned, unfinished

_PART_BYTES = 1 << 20


class BlobNotFound(NotFound):
    def __init__(self, content_hash: str) -> None:
        super().__init__(f"The original file {content_hash[:12]}… is not in the store.")
        self.content_hash = content_hash


class Blobs(Protocol):
    def put(self, content: bytes) -> str:
        """Stores and returns the SHA-256 in hex. Durable on return; storing the same content again changes nothing."""

    def put_file(self, file: BinaryIO) -> str:
        """Like `put`, for what is too large to be held in memory: everything from where `file` stands."""

    def get(self, content_hash: str) -> bytes:
        """Raises `BlobNotFound`."""

    def open(self, content_hash: str) -> BinaryIO:
        """For streaming. Raises `BlobNotFound`."""

    def delete(self, content_hash: str) -> None:
        """Forgets the content, and what an interrupted `put` of it left. Unknown content is ignored."""


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def hash_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FolderBlobs:
    """A folder with one file per content: `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        content_hash = hash_of(content)
        target = self._path(content_hash)
        if target.exists():
            return content_hash
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        flush_folder(target.parent)
        return content_hash

    def put_file(self, file: BinaryIO) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f".incoming.{secrets.token_hex(4)}"
        hashing = hashlib.sha256()
        try:
            with unfinished(temporary) as target:
                while part := file.read(_PART_BYTES):
                    hashing.update(part)
                    target.write(part)
                target.flush()
                os.fsync(target.fileno())
            content_hash = hashing.hexdigest()
            path = self._path(content_hash)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        flush_folder(path.parent)
        return content_hash

    def get(self, content_hash: str) -> bytes:
        with self.open(content_hash) as file:
            return file.read()

    def open(self, content_hash: str) -> BinaryIO:
        try:
            return self._path(content_hash).open("rb")
        except FileNotFoundError as error:
            raise BlobNotFound(content_hash) from error

    def delete(self, content_hash: str) -> None:
        target = self._path(content_hash)
        # What `put_file` was writing when its process ended has no name yet; it may be this content.
        remove_abandoned(self._folder.glob(".incoming.*"))
        if not target.parent.is_dir():
            return
        for leftover in target.parent.glob(f".{content_hash}.*"):
            leftover.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        flush_folder(target.parent)

    def _path(self, content_hash: str) -> Path:
        return self._folder / content_hash[:2] / content_hash


def flush_folder(folder: Path) -> None:
    """Makes names that were added, replaced or removed in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
