"""Readers as people write them for LlamaIndex."""

from typing import Any

from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document


class WikiReader(BaseReader):
    """Pages given as arguments stand for what a wiki would answer."""

    def __init__(self, pages: list[dict[str, Any]], api_token: str = "") -> None:
        if api_token == "wrong":
            raise ValueError("401 for token")
        self._pages = pages

    def load_data(self, space: str = "") -> list[Document]:
        return [
            Document(text=str(page["text"]), metadata={name: value for name, value in page.items() if name != "text"})
            for page in self._pages
            if not space or page.get("space") == space
        ]


class FailingReader(BaseReader):
    def lazy_load_data(self) -> Any:
        yield Document(text="The first page.", metadata={"page_id": "1"})
        raise RuntimeError("rate limit")


class NoReader:
    pass
