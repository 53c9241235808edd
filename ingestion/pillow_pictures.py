"""Opens picture files: how many pages they have, and each of them upright and in shades of grey."""

import io
import math
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageOps

from ingestion.parsed import Damaged, TooLarge
from ingestion.pictures import MOST_DOTS
from ingestion.recognition import Picture

MOST_PAGES = 2000
MOST_DOTS_IN_FILE = 200_000_000
FORMATS = ("PNG", "JPEG", "TIFF")

_USUAL_DOTS_PER_INCH = 300
_WRONG = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, TypeError, KeyError, IndexError)
"""What Pillow raises for files that are not what they should be."""


def count_pages(content: bytes) -> int:
    """Decodes the first page, to know that it can be. Raises `Damaged` or `TooLarge`."""
    with _opened(content) as image:
        try:
            pages = int(getattr(image, "n_frames", 1))
            image.seek(0)
            image.load()
        except _WRONG as error:
            raise Damaged("the picture cannot be decoded") from error
        if pages > MOST_PAGES:
            raise TooLarge("pages", str(MOST_PAGES))
        return pages


def draw(content: bytes, pages: Sequence[int]) -> Iterator[Picture]:
    """A page that cannot be decoded has no dots. Raises `Damaged` or `TooLarge`."""
    for page in pages:
        yield _drawn(content, page)


def show(content: bytes, page: int, width_px: int) -> bytes:
    """As PNG, no wider than asked for. Raises `Damaged` or `TooLarge`."""
    with _opened(content) as image:
        try:
            image.seek(page - 1)
            shown = _upright(image)
            if shown.width > width_px:
                shown = shown.resize((width_px, max(round(shown.height * width_px / shown.width), 1)))
            buffer = io.BytesIO()
            shown.convert("RGB").save(buffer, format="PNG")
        except _WRONG as error:
            raise Damaged(f"page {page} cannot be decoded") from error
        return buffer.getvalue()


def _drawn(content: bytes, page: int) -> Picture:
    with _opened(content) as image:
        try:
            image.seek(page - 1)
            shown = _upright(image).convert("L")
        except _WRONG:
            return Picture(page, np.zeros((0, 0), dtype=np.uint8), _USUAL_DOTS_PER_INCH)
        dots_per_inch = _resolution(image)
        if shown.width * shown.height > MOST_DOTS:
            share = math.sqrt(MOST_DOTS / (shown.width * shown.height)) * 0.99
            shown = shown.resize((max(int(shown.width * share), 1), max(int(shown.height * share), 1)))
            dots_per_inch = max(round(dots_per_inch * share), 1)
        return Picture(page, np.asarray(shown, dtype=np.uint8), dots_per_inch)


def _opened(content: bytes) -> Image.Image:
    # Decoding is limited by the walls around the process; what is refused here is refused in words.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except _WRONG as error:
        raise Damaged("the picture cannot be decoded") from error
    if image.width * image.height > MOST_DOTS_IN_FILE:
        raise TooLarge("the dots of a picture", f"{MOST_DOTS_IN_FILE // 1_000_000} million")
    return image


def _upright(image: Image.Image) -> Image.Image:
    """As the camera was held; what is transparent becomes white."""
    turned = ImageOps.exif_transpose(image)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        coloured = turned.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured)
    return turned if turned.mode in ("L", "RGB") else turned.convert("RGB")


def _resolution(image: Image.Image) -> int:
    stated = image.info.get("dpi")
    try:
        dots_per_inch = round(float(stated[0])) if stated else 0
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return _USUAL_DOTS_PER_INCH
    # Cameras and screens state numbers that say nothing about paper.
    return dots_per_inch if 100 <= dots_per_inch <= 1200 else _USUAL_DOTS_PER_INCH
