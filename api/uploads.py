"""Takes uploads in: size limited for each kind of file, names made safe and held to what is in the file."""

from dataclasses import dataclass
from os import SEEK_END
from typing import BinaryIO

from fastapi import UploadFile

from api.file_name import safe_name
from api.settings import Settings
from ingestion.file_family import Family, check_name, found_family
from ingestion.ingest import FileTooLarge
from ingestion.recording_type import HEAD_BYTES

MEGABYTE = 1_000_000
_PIECE = 1 << 20


class KindTooLarge(FileTooLarge):
    """Other files may be larger than those of this kind."""

    def __init__(self, kind: str, size: int, limit: int, variable: str) -> None:
        # Past its own words, which know of one limit only.
        Exception.__init__(
            self,
            f"The file is {kind} of {size / MEGABYTE:.0f} MB; {kind} may have {limit / MEGABYTE:.0f} MB. "
            f"Split it, or raise the limit ({variable}).",
        )


@dataclass(frozen=True, slots=True)
class OpenedUpload:
    """`file` stands at its beginning."""

    name: str
    file: BinaryIO


def open_upload(file: UploadFile, settings: Settings) -> OpenedUpload:
    """Leaves the content where the server has put it, which for all but small files is on disk.

    Raises `FileTooLarge`, `NamelessUpload` or `Mislabelled`.
    """
    name = safe_name(file.filename or "")
    head = file.file.read(HEAD_BYTES)
    size = file.file.seek(0, SEEK_END)
    _check_size(found_family(head), size, settings)
    check_name(name, head)
    file.file.seek(0)
    return OpenedUpload(name, file.file)


def _check_size(family: Family | None, size: int, settings: Settings) -> None:
    largest = settings.max_file_mb * MEGABYTE
    match family:
        case Family.RECORDING:
            largest = settings.max_recording_mb * MEGABYTE
        case Family.TEXT if size > (limit := min(settings.max_text_mb * MEGABYTE, largest)):
            raise KindTooLarge("text", size, limit, "GROUNDWORK_MAX_TEXT_MB")
        case Family.PICTURE if size > (limit := min(settings.max_picture_mb * MEGABYTE, largest)):
            raise KindTooLarge("a picture", size, limit, "GROUNDWORK_MAX_PICTURE_MB")
    if size > largest:
        raise FileTooLarge(size, largest)


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
