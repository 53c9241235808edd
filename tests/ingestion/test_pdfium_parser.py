"""The PDF parser on files drawn for the purpose, with every outcome known beforehand."""

from itertools import pairwise

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from corpus.locator import Box, PagePlace, Span
from ingestion.parsed import (
    Damaged,
    Element,
    ElementKind,
    Empty,
    ParsedDocument,
    PasswordProtected,
    Row,
    TooLarge,
    WithoutTextLayer,
)
from ingestion.pdfium_parser import PdfiumParser
from tests.ingestion.pdf_files import BOLD, FULL_LINES, HEIGHT, WIDTH, Draw, a_pdf, draw_grid, draw_scan, write


def parse(*pages: Draw, title: str = "") -> ParsedDocument:
    document = PdfiumParser().parse(a_pdf(*pages, title=title), "file.pdf")
    keeps_its_promises(document)
    return document


def keeps_its_promises(document: ParsedDocument) -> None:
    """Places in order and apart; every visible character of every element has one."""
    for before, after in pairwise(document.places):
        assert before.span.end <= after.span.start
    placed = {offset for place in document.places for offset in range(place.span.start, place.span.end)}
    end = 0
    for element in document.elements:
        for span in element.spans:
            assert end <= span.start < span.end <= len(document.text)
            end = span.end
            shown = (offset for offset in range(span.start, span.end) if not document.text[offset].isspace())
            assert placed.issuperset(shown)


def text_of(document: ParsedDocument, spans: tuple[Span, ...]) -> str:
    return "".join(document.text[span.start : span.end] for span in spans)


def outline(document: ParsedDocument) -> list[tuple[ElementKind, int, str]]:
    return [(element.kind, element.level, text_of(document, element.spans)) for element in document.elements]


def texts(document: ParsedDocument) -> list[str]:
    return [text_of(document, element.spans) for element in document.elements]


def rows(document: ParsedDocument, found: tuple[Row, ...]) -> list[list[str]]:
    return [[text_of(document, cell.spans) for cell in row.cells] for row in found]


def the_table(document: ParsedDocument) -> Element:
    (table,) = (element for element in document.elements if element.kind is ElementKind.TABLE)
    return table


def places_of(document: ParsedDocument, words: str) -> list[PagePlace]:
    start = document.text.index(words)
    found = []
    for item in document.places:
        if item.span.overlaps(Span(start, start + len(words))):
            assert isinstance(item.place, PagePlace)
            found.append(item.place)
    return found


def box_of(document: ParsedDocument, word: str) -> Box:
    (place,) = places_of(document, word)
    return place.box


# Text and places


def test_a_word_lies_where_it_was_drawn() -> None:
    document = parse(lambda canvas: write(canvas, "Holiday allowance", x=72, y=700, size=12))
    box = box_of(document, "allowance")
    left = 72 + stringWidth("Holiday ", "Helvetica", 12)
    assert box.left * WIDTH == pytest.approx(left, abs=0.2)
    assert box.right * WIDTH == pytest.approx(left + stringWidth("allowance", "Helvetica", 12), abs=0.2)
    baseline = HEIGHT - 700
    assert baseline - 12 < box.top * HEIGHT < baseline - 8
    assert baseline < box.bottom * HEIGHT < baseline + 4


def test_places_count_pages_from_one() -> None:
    document = parse(lambda canvas: write(canvas, "First."), lambda canvas: write(canvas, "Second."))
    assert [place.page for place in places_of(document, "Second.")] == [2]
    assert document.page_count == 2


def test_on_a_page_turned_for_display_boxes_follow_the_display() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        # Read upright after a quarter turn clockwise: the text runs up the page before it.
        canvas.translate(100, 200)
        canvas.rotate(90)
        write(canvas, "Sideways words", x=0, y=0, size=12)

    box = box_of(parse(draw), "Sideways")
    # The page is 792 by 612 and displayed as 612 by 792: its point (x, y) is seen at (y, x).
    assert box.left * WIDTH == pytest.approx(200, abs=0.2)
    assert box.right * WIDTH == pytest.approx(200 + stringWidth("Sideways", "Helvetica", 12), abs=0.2)
    assert 100 - 12 < box.top * HEIGHT < 100 - 8
    assert 100 < box.bottom * HEIGHT < 104


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_text_that_a_rotation_lays_on_its_side_is_still_read(rotation: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(rotation)
        write(canvas, FULL_LINES, y=500)

    assert texts(parse(draw)) == [" ".join(FULL_LINES)]


def test_a_crop_box_is_the_page() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((100, 300, 500, 700))
        write(canvas, "Inside", x=120, y=600, size=10)
        write(canvas, "Outside", x=120, y=100, size=10)

    document = parse(draw)
    assert texts(document) == ["Inside"]
    box = box_of(document, "Inside")
    assert box.left == pytest.approx((120 - 100) / 400, abs=0.001)
    assert box.top < (700 - 600) / 400 < box.bottom


def test_ligatures_and_invisible_characters_become_plain_words_in_their_place() -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    document = parse(lambda canvas: write(canvas, "The \ufb01rst \ufb02oor of\ufb01ce", font="Vera", size=12))
    assert document.text == "The first floor office"
    assert box_of(document, "first").left * WIDTH == pytest.approx(72 + stringWidth("The ", "Vera", 12), abs=0.2)


# Paragraphs


def test_lines_of_a_paragraph_are_joined_and_paragraphs_kept_apart() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=700)
        write(canvas, FULL_LINES[:2], y=650)

    assert texts(parse(draw)) == [" ".join(FULL_LINES), " ".join(FULL_LINES[:2])]


def test_lines_left_short_stand_alone() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=700)
        write(canvas, ["Position: Chief Executive Officer", "Company: Contoso Electronics"], y=640)

    assert texts(parse(draw))[1:] == ["Position: Chief Executive Officer", "Company: Contoso Electronics"]


def test_a_word_cut_at_the_end_of_a_line_is_whole_and_has_both_places() -> None:
    lines = [
        "The company reimburses half of the cost of every course that helps an employ-",
        "ee to do the present work better, and all of it where a manager has asked for it.",
    ]
    document = parse(lambda canvas: write(canvas, lines))
    assert " helps an employee to do " in document.text
    upper, lower = places_of(document, "employee")
    assert upper.box.right > 0.7
    assert lower.box.left * WIDTH == pytest.approx(72, abs=0.2)
    assert upper.box.bottom <= lower.box.top + 0.002


def test_a_hyphen_that_belongs_to_the_word_stays() -> None:
    lines = [
        "Your costs are lower with a provider in the network of the plan, so use an in-",
        "network provider where there is one nearby, and ask which network it is in now.",
    ]
    assert "use an in-network provider" in parse(lambda canvas: write(canvas, lines)).text


def test_a_paragraph_goes_on_over_a_page_break() -> None:
    document = parse(
        lambda canvas: write(canvas, FULL_LINES[:2], y=100),
        lambda canvas: write(canvas, [FULL_LINES[2], "A new sentence."], y=700),
    )
    assert texts(document)[0].startswith(" ".join(FULL_LINES))
    assert [place.page for place in places_of(document, "working days, and")] == [1, 2, 2]


def test_a_page_that_opens_with_a_sentence_opens_a_paragraph() -> None:
    document = parse(
        lambda canvas: write(canvas, FULL_LINES[:2], y=100), lambda canvas: write(canvas, FULL_LINES, y=700)
    )
    assert texts(document) == [" ".join(FULL_LINES[:2]), " ".join(FULL_LINES)]


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [
        "The travel policy applies to all",
        "trips that the company pays for.",
        "Book trains before flights, and",
        "book both at least two weeks",
        "ahead. Whoever travels keeps the",
        "receipts and hands them in",
    ]
    right = [
        "within a month after the trip.",
        "Meals are paid by a daily rate",
        "that depends on the country.",
        "Nobody needs to share a room,",
        "and nobody needs to drive at",
        "night in order to save a night.",
    ]

    def draw(canvas: Canvas) -> None:
        write(canvas, "Travelling for the company", y=740, font=BOLD, size=16)
        write(canvas, left, x=72, y=700)
        write(canvas, right, x=320, y=700)
        write(canvas, FULL_LINES, y=560)

    assert outline(parse(draw)) == [
        (ElementKind.HEADING, 1, "Travelling for the company"),
        (ElementKind.PARAGRAPH, 0, " ".join(left + right)),
        (ElementKind.PARAGRAPH, 0, " ".join(FULL_LINES)),
    ]


def test_code_keeps_its_lines_and_indentation() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=700)
        write(canvas, "if late:", y=640, font="Courier", size=10)
        write(canvas, "notify(manager)", x=72 + 4 * 6, y=628, font="Courier", size=10)

    kind, _, text = outline(parse(draw))[1]
    assert (kind, text) == (ElementKind.CODE, "if late:\n    notify(manager)")


# Headings


def test_headings_have_the_levels_of_their_size() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, "Benefits", y=740, font=BOLD, size=20)
        write(canvas, "Health", y=700, font=BOLD, size=15)
        write(canvas, FULL_LINES, y=680)
        write(canvas, "Dental", y=620, font=BOLD, size=11)
        write(canvas, FULL_LINES, y=605)
        write(canvas, "Pension", y=540, font=BOLD, size=15)
        write(canvas, FULL_LINES, y=520)

    assert [(level, text) for kind, level, text in outline(parse(draw)) if kind is ElementKind.HEADING] == [
        (1, "Benefits"),
        (2, "Health"),
        (3, "Dental"),
        (2, "Pension"),
    ]


def test_numbers_deepen_headings_that_are_set_alike() -> None:
    def draw(canvas: Canvas) -> None:
        for number, heading in enumerate(["1 Leave", "1.1 Annual leave", "1.2 Sick leave", "2 Pay"]):
            write(canvas, heading, y=740 - 80 * number, font=BOLD, size=13)
            write(canvas, FULL_LINES, y=720 - 80 * number)

    headings = [(level, text) for kind, level, text in outline(parse(draw)) if kind is ElementKind.HEADING]
    assert headings == [(1, "1 Leave"), (2, "1.1 Annual leave"), (2, "1.2 Sick leave"), (1, "2 Pay")]


def test_a_bold_word_in_a_paragraph_makes_no_heading() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, "Note:", y=714, font=BOLD)
        write(canvas, "this applies to all employees of the company, wherever they work.", x=108, y=714)
        write(canvas, FULL_LINES, y=700)

    assert [kind for kind, _, _ in outline(parse(draw))] == [ElementKind.PARAGRAPH]


def test_bookmarks_tell_headings_that_look_like_text() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.bookmarkPage("leave")
        canvas.addOutlineEntry("Parental leave", "leave", level=0)
        write(canvas, "Parental leave", y=740)
        write(canvas, FULL_LINES, y=700)

    assert outline(parse(draw))[0] == (ElementKind.HEADING, 1, "Parental leave")


# Lists


def test_list_items_have_their_nesting_and_lose_only_the_bullet() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, "Bring along on the first day:", y=700)
        write(canvas, ["\u2022  a passport", "\u2022  a photo"], x=90, y=680)
        write(canvas, "\u2022  of the last year", x=120, y=652)
        write(canvas, "\u2022  a bank account", x=90, y=638)

    document = parse(draw)
    assert outline(document)[1:] == [
        (ElementKind.LIST_ITEM, 1, "a passport"),
        (ElementKind.LIST_ITEM, 1, "a photo"),
        (ElementKind.LIST_ITEM, 2, "of the last year"),
        (ElementKind.LIST_ITEM, 1, "a bank account"),
    ]
    assert "\u2022 a photo" in document.text


def test_numbered_items_keep_their_number_and_their_second_line() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=740)
        write(canvas, "1.  Report the accident to the service desk on the same day, or on the next", x=72, y=690)
        write(canvas, "working day if it happened at night.", x=88, y=676)
        write(canvas, "2.  Write down who saw it.", x=72, y=662)

    assert outline(parse(draw))[1:] == [
        (
            ElementKind.LIST_ITEM,
            1,
            "1. Report the accident to the service desk on the same day, or on the next working day if it happened "
            "at night.",
        ),
        (ElementKind.LIST_ITEM, 1, "2. Write down who saw it."),
    ]


def test_a_bullet_larger_than_its_text_does_not_cut_the_item() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=740)
        write(canvas, "\u2022", x=76, y=689, size=14)
        write(canvas, [FULL_LINES[0][:69], "and goes on."], x=90, y=690)

    assert outline(parse(draw))[1] == (ElementKind.LIST_ITEM, 1, FULL_LINES[0][:69] + " and goes on.")


# What recurs on every page

SENTENCES = ["Leave is granted by the team.", "Pay arrives on the last day.", "Trips are booked two weeks ahead."]


def test_running_headers_footers_and_page_numbers_are_left_out() -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, "Contoso staff handbook", y=760, size=9)
            write(canvas, [f"Topic {number} has its own rules.", *FULL_LINES], y=700)
            write(canvas, "Confidential", y=40, size=9)
            write(canvas, f"Page {number} of 5", x=500, y=40, size=9)

        return draw

    document = parse(*[page(number) for number in range(1, 6)])
    assert "handbook" not in document.text
    assert "Confidential" not in document.text
    assert "Page" not in document.text
    assert document.text.count("has its own rules.") == 5


def test_bare_page_numbers_are_left_out_whatever_number_the_first_page_has() -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, SENTENCES[number], y=700)
            write(canvas, str(number + 7), x=300, y=30, size=9)

        return draw

    assert texts(parse(page(0), page(1), page(2))) == SENTENCES


def test_page_numbers_stay_out_beside_the_changing_name_of_a_section() -> None:
    sections = ["Leave", "Pay", "Travel"]

    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, SENTENCES[number], y=700)
            write(canvas, sections[number], x=72, y=30, size=9)
            write(canvas, str(number + 1), x=500, y=30, size=9)

        return draw

    assert texts(parse(page(0), page(1), page(2))) == SENTENCES


def test_a_sentence_that_recurs_in_the_text_stays() -> None:
    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            write(canvas, [f"Rule {number} of the house is not like the others.", "Tips:", *FULL_LINES], y=700)

        return draw

    assert parse(*[page(number) for number in range(1, 6)]).text.count("Tips:") == 5


def test_a_watermark_across_pages_is_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=700)
        canvas.saveState()
        canvas.translate(150, 200)
        canvas.rotate(40)
        write(canvas, "DRAFT", x=0, y=0, size=80)
        canvas.restoreState()

    assert "DRAFT" not in parse(draw, draw, draw).text


# Tables


def test_a_ruled_table_has_rows_and_cells_and_its_words_stand_once() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=740)
        draw_grid(canvas, xs=[72, 200, 320, 440], ys=[660, 640, 620, 590])
        for x, words in zip([76, 204, 324], ["Cover", "Standard", "Health Plus"], strict=True):
            write(canvas, words, x=x, y=646, font=BOLD, size=10)
        for x, words in zip([76, 204, 324], ["Employee", "$45.00", "$55.00"], strict=True):
            write(canvas, words, x=x, y=626, size=10)
        write(canvas, ["Employee and", "one more"], x=76, y=608, size=10, leading=12)
        write(canvas, "$65.00", x=204, y=608, size=10)
        write(canvas, "After the table.", y=560)

    document = parse(draw)
    element = the_table(document)
    assert element.table is not None
    assert rows(document, element.table.header) == [["Cover", "Standard", "Health Plus"]]
    assert rows(document, element.table.rows) == [
        ["Employee", "$45.00", "$55.00"],
        ["Employee and one more", "$65.00", ""],
    ]
    assert document.text.count("$45.00") == 1
    assert [kind for kind, _, _ in outline(document)] == [
        ElementKind.PARAGRAPH,
        ElementKind.TABLE,
        ElementKind.PARAGRAPH,
    ]
    assert box_of(document, "$55.00").left * WIDTH == pytest.approx(324, abs=0.2)


def test_a_merged_cell_stands_once_in_its_first_place() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(72, 600, 300, 60)
        for y in (620, 640):
            canvas.line(72, y, 372, y)
        canvas.line(172, 600, 172, 660)
        canvas.line(272, 600, 272, 640)
        write(canvas, "Cost per paycheck", x=180, y=646, size=10)
        for x, words in zip([76, 176, 276], ["Plan", "Standard", "Plus"], strict=True):
            write(canvas, words, x=x, y=626, size=10)
        for x, words in zip([76, 176, 276], ["Employee", "45", "55"], strict=True):
            write(canvas, words, x=x, y=606, size=10)

    document = parse(draw)
    table = the_table(document).table
    assert table is not None
    assert rows(document, table.header) == [["", "Cost per paycheck", ""], ["Plan", "Standard", "Plus"]]
    assert rows(document, table.rows) == [["Employee", "45", "55"]]


def test_a_table_without_rules_is_found_by_its_columns() -> None:
    figures = [
        ("Product", "15,741", "16,631"),
        ("Service and other", "34,381", "28,686"),
        ("Total revenue", "50,122", "45,317"),
    ]

    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=740)
        write(canvas, "2022", x=400, y=670, font=BOLD)
        write(canvas, "2021", x=480, y=670, font=BOLD)
        for number, (label, first, second) in enumerate(figures):
            write(canvas, label, y=656 - 14 * number)
            canvas.drawRightString(424, 656 - 14 * number, first)
            canvas.drawRightString(504, 656 - 14 * number, second)
        write(canvas, FULL_LINES, y=580)

    document = parse(draw)
    table = the_table(document).table
    assert table is not None
    assert rows(document, table.header) == [["", "2022", "2021"]]
    assert rows(document, table.rows) == [list(row) for row in figures]


def statement(canvas: Canvas, y: float, year: str, amounts: tuple[str, str]) -> None:
    """Two columns headed by stacked words, dollar signs apart from their amounts, one label over two lines."""
    for x in (400, 480):
        canvas.drawCentredString(x, y, "June 25,")
        canvas.drawCentredString(x, y - 12, year)
    for x, amount in zip((424, 504), amounts, strict=True):
        canvas.drawString(x - 60, y - 26, "$")
        canvas.drawRightString(x, y - 26, amount)
        canvas.drawRightString(x, y - 52, "(10)")
    canvas.drawString(72, y - 26, "Net income")
    canvas.drawString(72, y - 40, "Total change in unrealized gains and losses on debt")
    canvas.drawString(82, y - 52, "securities")


def test_stacked_headings_wrapped_labels_and_split_amounts_are_one_cell_each() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=740)
        statement(canvas, 670, "2022", ("63,355", "63,948"))

    document = parse(draw)
    table = the_table(document).table
    assert table is not None
    assert rows(document, table.header) == [["", "June 25, 2022", "June 25, 2022"]]
    assert rows(document, table.rows) == [
        ["Net income", "$ 63,355", "$ 63,948"],
        ["Total change in unrealized gains and losses on debt securities", "(10)", "(10)"],
    ]


def test_a_sentence_between_two_tables_parts_them() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, FULL_LINES, y=740)
        statement(canvas, 670, "2022", ("63,355", "63,948"))
        write(canvas, "The components were as follows:", y=600)
        statement(canvas, 582, "2021", ("12", "13"))

    document = parse(draw)
    kinds = [kind for kind, _, _ in outline(document)]
    assert kinds == [ElementKind.PARAGRAPH, ElementKind.TABLE, ElementKind.PARAGRAPH, ElementKind.TABLE]
    assert texts(document)[2] == "The components were as follows:"


def test_the_caption_above_a_table_belongs_to_it() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, "Table 2: Days of leave", y=670, size=10)
        draw_grid(canvas, xs=[72, 200, 320], ys=[660, 640, 620])
        write(canvas, "Years", x=76, y=646, size=10)
        write(canvas, "Days", x=204, y=646, size=10)
        write(canvas, "5", x=76, y=626, size=10)
        write(canvas, "27", x=204, y=626, size=10)
        write(canvas, FULL_LINES, y=590)

    document = parse(draw)
    element = the_table(document)
    assert element.table is not None
    assert text_of(document, element.table.caption) == "Table 2: Days of leave"
    assert document.text.count("Days of leave") == 1


def test_a_table_set_sideways_on_an_upright_page_is_read_in_its_own_direction() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 200)
        canvas.rotate(90)
        write(canvas, ["North", "South", "West"], x=0, y=0)
        write(canvas, ["1,200", "3,400", "5,600"], x=200, y=0)

    document = parse(draw)
    table = the_table(document).table
    assert table is not None
    assert rows(document, table.rows) == [["North", "1,200"], ["South", "3,400"], ["West", "5,600"]]
    box = box_of(document, "North")
    # The word runs upwards from (300, 200).
    assert box.bottom * HEIGHT == pytest.approx(HEIGHT - 200, abs=0.2)
    assert box.left * WIDTH < 300 < box.right * WIDTH


def test_a_frame_around_text_is_no_table() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(60, 650, 480, 100)
        canvas.rect(64, 654, 472, 92)
        write(canvas, FULL_LINES, y=720)

    assert outline(parse(draw)) == [(ElementKind.PARAGRAPH, 0, " ".join(FULL_LINES))]


# Titles


def test_the_title_of_the_metadata_counts_if_the_pages_say_it_too() -> None:
    document = parse(lambda canvas: write(canvas, ["Leave policy of 2024", *FULL_LINES]), title="Leave policy")
    assert document.title == "Leave policy"


@pytest.mark.parametrize("stale", ["", "Microsoft Word - draft7.docx", "untitled", "Quarterly sales template"])
def test_otherwise_the_largest_heading_is_the_title(stale: str) -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, "Remote work", y=740, font=BOLD, size=20)
        write(canvas, FULL_LINES, y=700)

    assert parse(draw, title=stale).title == "Remote work"


def test_a_cover_gives_title_and_subtitle() -> None:
    def cover(canvas: Canvas) -> None:
        write(canvas, "Contoso Electronics", x=150, y=600, size=28)
        write(canvas, "Plan and Benefit Packages", x=160, y=550, size=20)

    document = parse(cover, lambda canvas: write(canvas, FULL_LINES), lambda canvas: write(canvas, FULL_LINES))
    assert document.title == "Contoso Electronics - Plan and Benefit Packages"


# What cannot be read


def test_a_page_that_is_only_a_picture_is_reported() -> None:
    document = parse(lambda canvas: write(canvas, FULL_LINES), draw_scan, lambda canvas: None)
    assert document.unread_pages == (2,)
    assert document.page_count == 3


def test_a_picture_beside_text_is_remarked() -> None:
    def draw(canvas: Canvas) -> None:
        draw_scan(canvas)
        write(canvas, FULL_LINES)

    document = parse(draw)
    assert document.unread_pages == ()
    assert document.remarks == ("1 embedded image was not read (page 1).",)


def test_a_scan_has_no_text_layer() -> None:
    with pytest.raises(WithoutTextLayer, match="None of the 2 pages"):
        PdfiumParser().parse(a_pdf(draw_scan, draw_scan), "scan.pdf")


def test_blank_pages_hold_no_text() -> None:
    with pytest.raises(Empty):
        PdfiumParser().parse(a_pdf(lambda canvas: None), "blank.pdf")


def test_no_bytes_hold_no_text() -> None:
    with pytest.raises(Empty):
        PdfiumParser().parse(b"", "empty.pdf")


def test_a_file_with_a_password_says_so() -> None:
    content = a_pdf(lambda canvas: write(canvas, "Secret"), encryption=StandardEncryption("open sesame"))
    with pytest.raises(PasswordProtected):
        PdfiumParser().parse(content, "locked.pdf")


def test_a_file_that_only_restricts_printing_is_read() -> None:
    encryption = StandardEncryption("", ownerPassword="owner", canPrint=0)
    content = a_pdf(lambda canvas: write(canvas, "Open to read."), encryption=encryption)
    assert PdfiumParser().parse(content, "restricted.pdf").text == "Open to read."


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_file_cut_short_is_damaged(share: float) -> None:
    content = a_pdf(*[lambda canvas: write(canvas, FULL_LINES)] * 5)
    with pytest.raises(Damaged):
        PdfiumParser().parse(content[: int(len(content) * share)], "half.pdf")


def test_bytes_that_are_no_pdf_are_damaged() -> None:
    with pytest.raises(Damaged):
        PdfiumParser().parse(b"%PDF-1.7\n" + b"nothing of the kind " * 50 + b"%%EOF", "noise.pdf")


def test_more_pages_than_allowed_are_too_many() -> None:
    content = a_pdf(*[lambda canvas: write(canvas, "Page.")] * 4)
    with pytest.raises(TooLarge, match=r"pages \(3\)"):
        PdfiumParser(max_pages=3).parse(content, "long.pdf")
    assert PdfiumParser(max_pages=4).parse(content, "long.pdf").page_count == 4
