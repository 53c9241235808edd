"""Draws pages of a PDF for text recognition."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pypdfium2

from ingestion.pdfium_document import opened
from ingestion.pictures import MOST_DOTS
from ingestion.recognition import Picture

DOTS_PER_INCH = 300
"""What Tesseract was trained with."""

_POINTS_PER_INCH = 72


def draw(content: bytes, pages: Sequence[int]) -> Iterator[Picture]:
    """A page that cannot be drawn has no dots; a very large one has fewer to an inch."""
    with opened(content) as document:
        for page in pages:
            try:
                yield _drawn(document, page)
            except (pypdfium2.PdfiumError, IndexError):
                yield Picture(page, np.zeros((0, 0), dtype=np.uint8), DOTS_PER_INCH)


def _drawn(document: pypdfium2.PdfDocument, page: int) -> Picture:
    shown = document[page - 1]
    try:
        width, height = (max(side, 1.0) for side in shown.get_size())
        most = math.sqrt(MOST_DOTS / (width * height)) * 0.99
        scale = min(DOTS_PER_INCH / _POINTS_PER_INCH, most)
        dots = shown.render(scale=scale, grayscale=True).to_numpy()
        return Picture(page, np.array(dots).reshape(dots.shape[:2]), max(round(scale * _POINTS_PER_INCH), 1))
    finally:
        shown.close()
