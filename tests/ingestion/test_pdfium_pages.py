"""Page images for the source view."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import Invalid, NotFound
from ingestion.parsed import Damaged, Empty, PasswordProtected
from ingestion.pdfium_pages import MAX_PIXELS, render_page
from tests.ingestion.pdf_files import a_pdf, write


def an_image(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    return image.convert("RGB")


def test_a_page_has_the_width_that_was_asked_for_and_its_own_proportions() -> None:
    content = a_pdf(lambda canvas: write(canvas, "Words"))
    assert an_image(render_page(content, 1, 612)).size == (612, 792)
    assert an_image(render_page(content, 1, 306)).size == (306, 396)


def test_the_page_asked_for_is_shown() -> None:
    def black(canvas: Canvas) -> None:
        canvas.rect(0, 0, 612, 792, fill=1)

    content = a_pdf(lambda canvas: write(canvas, "Words"), black)
    assert an_image(render_page(content, 1, 100)).getpixel((50, 100)) == (255, 255, 255)
    assert an_image(render_page(content, 2, 100)).getpixel((50, 100)) == (0, 0, 0)


def test_a_turned_page_is_shown_as_displayed() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((792, 612))
        write(canvas, "Words", y=500)

    assert an_image(render_page(a_pdf(draw), 1, 396)).size == (396, 306)


@pytest.mark.parametrize("page", [-1, 0, 3])
def test_a_page_that_does_not_exist_is_not_found(page: int) -> None:
    content = a_pdf(lambda canvas: write(canvas, "One"), lambda canvas: write(canvas, "Two"))
    with pytest.raises(NotFound, match=f"no page {page}; the document has 2"):
        render_page(content, page, 600)


@pytest.mark.parametrize("width_px", [-5, 0, 15, 4001, 10**9])
def test_a_width_beyond_the_limits_is_invalid(width_px: int) -> None:
    with pytest.raises(Invalid, match="16 to 4000 pixels"):
        render_page(a_pdf(lambda canvas: write(canvas, "One")), 1, width_px)


def test_a_very_tall_page_stays_within_the_pixel_limit() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((200, 14000))
        write(canvas, "Words", x=10, y=7000)

    width, height = an_image(render_page(a_pdf(draw), 1, 4000)).size
    assert width * height <= MAX_PIXELS * 1.01
    assert width < 4000


def test_files_that_cannot_be_opened_say_why() -> None:
    with pytest.raises(PasswordProtected):
        render_page(a_pdf(lambda canvas: None, encryption=StandardEncryption("secret")), 1, 600)
    with pytest.raises(Damaged):
        render_page(b"no pdf at all", 1, 600)
    with pytest.raises(Empty):
        render_page(b"", 1, 600)


def test_pages_can_be_asked_for_at_the_same_time() -> None:
    content = a_pdf(*[lambda canvas: write(canvas, "Words of a page") for _ in range(6)])
    with ThreadPoolExecutor(6) as threads:
        images = list(threads.map(lambda number: render_page(content, number % 6 + 1, 300), range(60)))
    assert len(set(images)) == 1
