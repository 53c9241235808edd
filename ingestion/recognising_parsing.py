"""Reads files, and the pages without a text layer by text recognition where that is installed."""

from collections.abc import Sequence

from corpus.blobs import hash_of
from ingestion.limited_parsing import FileParsing, ParsingLimits, Reading
from ingestion.media_type import PDF, detect_picture
from ingestion.parsed import Empty, WithoutTextLayer
from ingestion.pictures import pictures_of
from ingestion.recognised_document import recognised_document, with_recognised
from ingestion.recognition import OcrReader, PageMemory, RecognisedPage


class RecognisingParsing:
    """Implements `ingestion.limited_parsing.FileParsing` around another one."""

    def __init__(self, parsing: FileParsing, reader: OcrReader, memory: PageMemory, limits: ParsingLimits) -> None:
        """`limits` are for drawing a few pages; each page's recognition has limits of its own."""
        self._parsing = parsing
        self._reader = reader
        self._memory = memory
        self._limits = limits

    def parse(self, content: bytes, name: str) -> Reading:
        """Raises what the other one does, `Empty` where nothing was recognised, and `OcrFailed`."""
        try:
            reading = self._parsing.parse(content, name)
        except WithoutTextLayer as scanned:
            return self._scan(content, scanned.pages)
        if reading.media_type != PDF or not reading.document.unread_pages:
            return reading
        pages = self._recognised(content, PDF, reading.document.unread_pages)
        return Reading(with_recognised(reading.document, pages), reading.media_type, reading.mislabelled)

    def _scan(self, content: bytes, page_count: int) -> Reading:
        media_type = detect_picture(content) or PDF
        document = recognised_document(self._recognised(content, media_type, range(1, page_count + 1)), page_count)
        if not document.elements:
            raise Empty
        return Reading(document, media_type, mislabelled=False)

    def _recognised(self, content: bytes, media_type: str, pages: Sequence[int]) -> list[RecognisedPage]:
        content_hash = hash_of(content)
        found = self._memory.find(content_hash, self._reader.name)
        missing = [page for page in pages if page not in found]
        for picture in pictures_of(content, media_type, missing, self._limits):
            page = self._reader.read(picture)
            self._memory.keep(content_hash, self._reader.name, page)
            found[page.page] = page
        return [found[page] for page in pages]
