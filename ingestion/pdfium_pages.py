"""Renders a page of a PDF as an image for the source view."""

import io
import math

import pypdfium2

from corpus.errors import Invalid, NotFound
from ingestion.parsed import Damaged
from ingestion.pdfium_document import opened

MIN_WIDTH_PX = 16
MAX_WIDTH_PX = 4000
MAX_PIXELS = 24_000_000


class NoSuchPage(NotFound):
    def __init__(self, page: int, page_count: int) -> None:
        super().__init__(f"There is no page {page}; the document has {page_count}.")
        self.page = page
        self.page_count = page_count


class WidthOutOfRange(Invalid):
    def __init__(self, width_px: int) -> None:
        super().__init__(f"A page image is {MIN_WIDTH_PX} to {MAX_WIDTH_PX} pixels wide, not {width_px}.")
        self.width_px = width_px


def render_page(content: bytes, page: int, width_px: int) -> bytes:
    """The page (counted from 1) as displayed, as PNG. A page too tall for the pixel limit comes out narrower."""
    if not MIN_WIDTH_PX <= width_px <= MAX_WIDTH_PX:
        raise WidthOutOfRange(width_px)
    with opened(content) as document:
        if not 1 <= page <= len(document):
            raise NoSuchPage(page, len(document))
        try:
            shown = document[page - 1]
        except pypdfium2.PdfiumError as error:
            raise Damaged(f"page {page} cannot be read") from error
        width, height = shown.get_size()
        if width <= 0 or height <= 0:
            raise Damaged(f"page {page} has no size")
        scale = min(width_px / width, math.sqrt(MAX_PIXELS / (width * height)))
        bitmap = shown.render(scale=scale)
        buffer = io.BytesIO()
        bitmap.to_pil().save(buffer, format="PNG")
        # Here and not whenever the garbage collector comes by: closing enters PDFium, too.
        bitmap.close()
        shown.close()
        return buffer.getvalue()
