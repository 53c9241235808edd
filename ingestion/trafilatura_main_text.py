"""Takes the main text out of a web page, without its navigation, banners and footers, as plain HTML."""

import logging

import trafilatura
from trafilatura.settings import use_config

from ingestion.parsed import Empty, ParsedDocument

# It reports pages that it can make nothing of as errors; here that is an answer like any other.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


class TrafilaturaMainText:
    def __init__(self) -> None:
        self._settings = use_config()
        # Its own time limit works through a signal; the child that this runs in has limits of its own.
        self._settings.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        """`name` is the page's address; the text is HTML. Raises `Empty` where the page has no text of its own."""
        found = trafilatura.extract(
            content,
            url=name,
            output_format="html",
            include_comments=False,
            include_formatting=True,
            include_tables=True,
            include_links=False,
            include_images=False,
            favor_recall=True,
            config=self._settings,
        )
        if not found or not isinstance(found, str):
            raise Empty
        about = trafilatura.extract_metadata(content, default_url=name)
        return ParsedDocument(found, (), title=about.title if about is not None else None)
