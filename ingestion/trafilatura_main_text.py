"""Takes the main text out of a web page, without its navigation, banners and footers, as plain HTML."""

import logging

import trafilatura
from trafilatura.settings import use_config

from ingestion.website_source_reader import MainText

# It reports pages that it can make nothing of as errors; here that is an answer like any other.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


class TrafilaturaMainText:
    def __init__(self) -> None:
        self._settings = use_config()
        # Its own time limit works through a signal, which only a main thread can have.
        self._settings.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")

    def extract(self, page: bytes, address: str) -> MainText | None:
        """None where the page has no text of its own."""
        found = trafilatura.extract(
            page,
            url=address,
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
            return None
        about = trafilatura.extract_metadata(page, default_url=address)
        return MainText(about.title if about is not None else None, found.encode())
