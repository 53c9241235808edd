"""Picture files have no text of their own: what is on them is recognised, or they are refused with how to mend it."""

from ingestion.parsed import ParsedDocument, WithoutTextLayer
from ingestion.pillow_pictures import count_pages


class PillowParser:
    """Implements `ingestion.parsed.Parser`."""

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        raise WithoutTextLayer(count_pages(content))
