"""Files beside the blobs that hold what a document says: recognised pages, decoded sound, uploads under way."""

from pathlib import Path

from corpus.unfinished_file import remove_abandoned
from ingestion.folder_page_memory import FolderPageMemory


class DerivedFiles:
    def __init__(self, pages: FolderPageMemory, scratch: Path, uploads: Path) -> None:
        self._pages = pages
        self._scratch = scratch
        self._uploads = uploads

    def forget(self, content_hash: str) -> None:
        """Deletes whatever was made of this original file."""
        self._pages.forget(content_hash)
        if self._scratch.is_dir():
            for file in self._scratch.glob(f"{content_hash}*"):
                file.unlink(missing_ok=True)
            remove_abandoned(self._scratch.glob(f".{content_hash}.*"))

    def forget_upload(self, upload_id: str) -> None:
        (self._uploads / f"{upload_id}.part").unlink(missing_ok=True)
