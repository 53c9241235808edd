"""Draws pages as a scanner would hand them over: pictures of text whose words' places are known."""

import io
from collections.abc import Sequence

import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from corpus.locator import Box
from ingestion.recognition import Picture
from tests.ingestion.pdf_files import BODY, HEIGHT, WIDTH, Draw, a_pdf, write

DOTS_PER_INCH = 200
SIZE, LEFT, TOP, LEADING = 14.0, 72.0, 700.0, 22.0


def a_picture(lines: Sequence[str], page: int = 1) -> tuple[Picture, list[Box]]:
    """Lines in a large plain type, and where each word was drawn."""
    drawn = pictured(lambda canvas: write(canvas, lines, x=LEFT, y=TOP, size=SIZE, leading=LEADING))
    boxes = []
    for number, line in enumerate(lines):
        left, baseline = LEFT, TOP - number * LEADING
        for word in line.split():
            right = left + stringWidth(word, BODY, SIZE)
            bottom, top = baseline - 0.25 * SIZE, baseline + SIZE
            boxes.append(Box(left / WIDTH, 1 - top / HEIGHT, right / WIDTH, 1 - bottom / HEIGHT))
            left = right + stringWidth(" ", BODY, SIZE)
    return Picture(page, np.asarray(drawn, dtype=np.uint8), DOTS_PER_INCH), boxes


def pictured(draw: Draw) -> Image.Image:
    """The page in shades of grey."""
    document = pypdfium2.PdfDocument(a_pdf(draw))
    try:
        picture: Image.Image = document[0].render(scale=DOTS_PER_INCH / 72, grayscale=True).to_pil()
        return picture.convert("L")
    finally:
        document.close()


def scanned(draw: Draw, turn: int = 0) -> Draw:
    """The page as a picture without text, lying `turn` quarter turns clockwise."""
    picture = pictured(draw).rotate(-90 * turn, expand=True)
    width, height = (WIDTH, HEIGHT) if turn % 2 == 0 else (HEIGHT, WIDTH)

    def draw_picture(canvas: Canvas) -> None:
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(picture), 0, 0, width, height)

    return draw_picture


def picture_file(draw: Draw, format_: str, *more: Draw) -> bytes:
    """PNG, JPEG or TIFF; a TIFF may have several pages."""
    buffer = io.BytesIO()
    others = {"save_all": True, "append_images": [pictured(page) for page in more]} if more else {}
    pictured(draw).save(buffer, format=format_, dpi=(DOTS_PER_INCH, DOTS_PER_INCH), **others)
    return buffer.getvalue()
