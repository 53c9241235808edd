"""What goes on over pages and columns of a PDF is read in one piece: tables, sentences above footnotes, columns."""

from collections.abc import Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from corpus.locator import PagePlace
from ingestion.parsed import ParsedDocument
from ingestion.pdfium_parser import PdfiumParser
from tests.contracts.parser import outline
from tests.ingestion.pdf_files import BOLD, FULL_LINES, a_pdf, draw_grid, write

HEADER = ("Item", "Price", "Delivery")


def price_rows(first: int, last: int) -> list[tuple[str, ...]]:
    return [(f"Pump {number}", f"{10 * number} EUR", f"{number} days") for number in range(first, last + 1)]


def draw_table(canvas: Canvas, rows: Sequence[Sequence[str]], top: float, xs: Sequence[float]) -> None:
    draw_grid(canvas, xs, [top - 20 * number for number in range(len(rows) + 1)])
    for number, row in enumerate(rows):
        for x, cell in zip(xs, row, strict=False):
            write(canvas, cell, x=x + 6, y=top - 20 * number - 14)


WIDE = (72, 200, 330, 460)


def two_pages(second: Sequence[Sequence[str]], xs: Sequence[float] = WIDE) -> ParsedDocument:
    def first_page(canvas: Canvas) -> None:
        write(canvas, "Price list", y=740, font=BOLD, size=18)
        write(canvas, "All prices are without tax and hold for a whole year.", y=700)
        draw_table(canvas, [HEADER, *price_rows(1, 4)], 160, WIDE)

    def second_page(canvas: Canvas) -> None:
        draw_table(canvas, second, 740, xs)
        write(canvas, "After the table the text goes on.", y=400)

    return PdfiumParser().parse(a_pdf(first_page, second_page), "prices.pdf")


@pytest.mark.parametrize("repeated", [[], [HEADER]], ids=["without its header", "with its header again"])
def test_a_table_goes_on_over_a_page_break(repeated: list[tuple[str, ...]]) -> None:
    document = two_pages([*repeated, *price_rows(5, 7)])
    rows = [" | ".join(row) for row in (HEADER, *price_rows(1, 7))]
    assert outline(document)[2:] == [rows[0], "=", *rows[1:], "paragraph 0 After the table the text goes on."]
    pages = {document.text[placed.span.start : placed.span.end]: placed.place for placed in document.places}
    places = [pages["40"], pages["50"]]
    assert [place.page for place in places if isinstance(place, PagePlace)] == [1, 2]


def test_another_table_on_the_next_page_stays_another() -> None:
    other = two_pages([("Country", "Tax", "Since"), ("Austria", "20 %", "1973"), ("Malta", "18 %", "1995")])
    assert outline(other).count("=") == 2
    narrower = two_pages(price_rows(5, 7), xs=(72, 160, 240, 320))
    assert sum(element.table is not None for element in narrower.elements) == 2


def test_three_columns_are_read_one_after_the_other() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, "Three columns of news", y=740, font=BOLD, size=18)
        for column, name in enumerate(("first", "second", "third")):
            lines = [f"The {name} column says in line {line}" for line in "abcdefghijkl"]
            write(canvas, lines, x=50 + 180 * column, y=700, size=9, leading=11)

    text = PdfiumParser().parse(a_pdf(draw), "news.pdf").text
    order = [
        text.index(f"The {name} column says in line {line}") for name in ("first", "second", "third") for line in "al"
    ]
    assert order == sorted(order)


def test_a_footnote_does_not_part_the_sentence_above_it() -> None:
    def first_page(canvas: Canvas) -> None:
        write(canvas, FULL_LINES[:2], y=700)
        write(canvas, "The service desk replaces a damaged laptop within two working days and lends", y=672)
        write(canvas, "1 Laptops of guests are not replaced.", y=60, size=8)

    def second_page(canvas: Canvas) -> None:
        write(
            canvas, ["another one until then, so that nobody has to wait for tools, however long it", "takes."], y=740
        )

    said = outline(PdfiumParser().parse(a_pdf(first_page, second_page), "note.pdf"))
    whole = next(line for line in said if "lends" in line)
    assert "lends another one until then" in whole
    assert any(line.endswith("1 Laptops of guests are not replaced.") for line in said)
