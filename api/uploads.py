"""Takes uploads in: size limited while reading, names made safe."""

from fastapi import UploadFile

from api.file_name import safe_name
from ingestion.ingest import FileTooLarge

_PIECE = 1 << 20


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
