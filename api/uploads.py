"""Takes uploads in: size limited while reading, names made safe."""

import unicodedata
from pathlib import PurePosixPath

from fastapi import UploadFile

from corpus.errors import Invalid
from ingestion.ingest import FileTooLarge

_PIECE = 1 << 20


class NamelessUpload(Invalid):
    def __init__(self) -> None:
        super().__init__("The upload has no file name. Send the file as a form field with its name.")


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


def safe_name(name: str) -> str:
    """The last part of a path, without control and direction characters, at most 200 long. Raises `NamelessUpload`."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", last)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    shown = " ".join(shown.split()).strip(". ")
    if not shown:
        raise NamelessUpload
    if len(shown) > 200:
        stem, dot, ending = shown.rpartition(".")
        shown = f"{stem[: 199 - len(ending)]}{dot}{ending}" if dot and len(ending) <= 10 else shown[:200]
    return shown
