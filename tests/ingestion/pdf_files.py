"""Draws the PDF files that the tests of the PDF parser read."""

import io
from collections.abc import Callable, Sequence

from PIL import Image
from reportlab.lib.pagesizes import letter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = letter
BODY = "Helvetica"
BOLD = "Helvetica-Bold"

Draw = Callable[[Canvas], None]


def a_pdf(*pages: Draw, title: str = "", encryption: StandardEncryption | None = None) -> bytes:
    """One page per function, 612 by 792 points."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=letter, encrypt=encryption, invariant=1)
    if title:
        canvas.setTitle(title)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def write(
    canvas: Canvas,
    lines: str | Sequence[str],
    x: float = 72,
    y: float = 700,
    font: str = BODY,
    size: float = 11,
    leading: float = 14,
) -> None:
    """Lines one below the other, the first with its baseline at `y` from the bottom."""
    canvas.setFont(font, size)
    for number, line in enumerate([lines] if isinstance(lines, str) else lines):
        canvas.drawString(x, y - number * leading, line)


def draw_grid(canvas: Canvas, xs: Sequence[float], ys: Sequence[float]) -> None:
    for x in xs:
        canvas.line(x, min(ys), x, max(ys))
    for y in ys:
        canvas.line(min(xs), y, max(xs), y)


def draw_scan(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, WIDTH, HEIGHT)


FULL_LINES = (
    "Every employee receives a laptop on the first working day and returns it on",
    "the last one. The service desk replaces a damaged laptop within two working",
    "days, and lends another one until then, so that nobody has to wait for tools.",
)
