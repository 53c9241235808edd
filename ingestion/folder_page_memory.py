"""Keeps recognised pages as files, one per page. They can be made again, so that losing them only costs time."""

import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Any

from corpus.blobs import flush_folder, hash_of
from corpus.locator import Box
from ingestion.recognition import RecognisedPage, RecognisedWord


class FolderPageMemory:
    """`ab/abcdef…/READER/PAGE` below the folder. Implements `ingestion.recognition.PageMemory`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, content_hash: str, reader: str) -> dict[int, RecognisedPage]:
        files = self._of(content_hash, reader)
        if not files.is_dir():
            return {}
        pages = (_read(file) for file in sorted(files.iterdir()) if file.name.isdecimal())
        return {page.page: page for page in pages if page is not None}

    def keep(self, content_hash: str, reader: str, page: RecognisedPage) -> None:
        file = self._of(content_hash, reader) / str(page.page)
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f"{file.name}.new")
        with temporary.open("wb") as opened:
            opened.write(zlib.compress(json.dumps(_to_json(page), separators=(",", ":")).encode()))
            opened.flush()
            os.fsync(opened.fileno())
        temporary.replace(file)
        flush_folder(file.parent)

    def forget(self, content_hash: str) -> None:
        """Deletes what was recognised in this file. One that is not known is ignored."""
        files = self._folder / content_hash[:2] / content_hash
        if files.is_dir():
            shutil.rmtree(files)

    def _of(self, content_hash: str, reader: str) -> Path:
        return self._folder / content_hash[:2] / content_hash / hash_of(reader.encode())[:16]


def _read(file: Path) -> RecognisedPage | None:
    """None where the file is not what `keep` wrote: it is recognised again."""
    try:
        return _from_json(json.loads(zlib.decompress(file.read_bytes())))
    except (zlib.error, ValueError, TypeError):
        return None


def _to_json(page: RecognisedPage) -> list[Any]:
    words = [
        [word.text, word.box.left, word.box.top, word.box.right, word.box.bottom, word.line, word.confidence]
        for word in page.words
    ]
    return [page.page, page.turn, page.width, page.height, words]


def _from_json(value: list[Any]) -> RecognisedPage:
    number, turn, width, height, words = value
    return RecognisedPage(
        number,
        turn,
        width,
        height,
        tuple(RecognisedWord(text, Box(*corners), line, confidence) for text, *corners, line, confidence in words),
    )
