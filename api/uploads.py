"""Takes uploads in: size limited while reading, names made safe."""

from dataclasses import dataclass
from os import SEEK_END
from typing import BinaryIO

from fastapi import UploadFile

from api.file_name import safe_name
from api.settings import Settings
from ingestion.ingest import FileTooLarge
from ingestion.recording_type import HEAD_BYTES, recording_kind

MEGABYTE = 1_000_000
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class OpenedUpload:
    """`file` stands at its beginning."""

    name: str
    file: BinaryIO


def open_upload(file: UploadFile, settings: Settings) -> OpenedUpload:
    """Leaves the content where the server has put it, which for all but small files is on disk.

    Raises `FileTooLarge` or `NamelessUpload`.
    """
    name = safe_name(file.filename or "")
    is_recording = recording_kind(file.file.read(HEAD_BYTES)) is not None
    size = file.file.seek(0, SEEK_END)
    limit = (settings.max_recording_mb if is_recording else settings.max_file_mb) * MEGABYTE
    if size > limit:
        raise FileTooLarge(size, limit)
    file.file.seek(0)
    return OpenedUpload(name, file.file)


def read_upload(file: UploadFile, max_bytes: int) -> tuple[str, bytes]:
    """The safe name and the content. Raises `FileTooLarge` or `NamelessUpload`."""
    name = safe_name(file.filename or "")
    if file.size is not None and file.size > max_bytes:
        raise FileTooLarge(file.size, max_bytes)
    content = bytearray()
    while piece := file.file.read(_PIECE):
        content += piece
        if len(content) > max_bytes:
            raise FileTooLarge(len(content), max_bytes)
    return name, bytes(content)
