"""Presentations become their slides in order, each under its title, with notes, tables and chart data."""

import io

import pptx
import pytest
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation
from pptx.util import Inches

from corpus.locator import SlidePlace
from ingestion.parsed import Empty, ParsedDocument, Parser
from ingestion.python_pptx_parser import PythonPptxParser
from tests.contracts.parser import ParserContract, check, outline

TITLE, TITLE_AND_CONTENT, TITLE_ONLY, BLANK = 0, 1, 5, 6


def saved(presentation: Presentation) -> bytes:
    stream = io.BytesIO()
    presentation.save(stream)
    return stream.getvalue()


def parse(presentation: Presentation) -> ParsedDocument:
    document = PythonPptxParser().parse(saved(presentation), "a.pptx")
    check(document)
    return document


def an_onboarding() -> Presentation:
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[TITLE])
    first.shapes.title.text = "Onboarding"
    first.placeholders[1].text = "For new colleagues"
    second = presentation.slides.add_slide(presentation.slide_layouts[TITLE_AND_CONTENT])
    second.shapes.title.text = "First week"
    frame = second.placeholders[1].text_frame
    frame.text = "Get a laptop"
    below = frame.add_paragraph()
    below.text, below.level = "from IT", 1
    second.notes_slide.notes_text_frame.text = "Remind them of the badge."
    return presentation


class TestPythonPptxParser(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return PythonPptxParser()

    @pytest.fixture
    def content(self) -> bytes:
        return saved(an_onboarding())


def test_slides_are_read_under_their_titles_with_inherited_bullets_and_notes() -> None:
    document = parse(an_onboarding())
    assert outline(document) == [
        "heading 1 Onboarding",
        "paragraph 0 For new colleagues",
        "heading 1 First week",
        "list_item 1 Get a laptop",
        "list_item 2 from IT",
        "paragraph 0 Remind them of the badge.",
    ]
    assert document.title == "Onboarding"
    assert document.page_count == 2


def test_every_word_knows_its_slide_and_whether_it_is_in_the_notes() -> None:
    assert [placed.place for placed in parse(an_onboarding()).places] == [
        SlidePlace(1, in_notes=False),
        SlidePlace(1, in_notes=False),
        SlidePlace(2, in_notes=False),
        SlidePlace(2, in_notes=False),
        SlidePlace(2, in_notes=False),
        SlidePlace(2, in_notes=True),
    ]


def test_tables_and_charts_are_tables() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[TITLE_ONLY])
    slide.shapes.title.text = "Numbers"
    table = slide.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for row, texts in enumerate([["Team", "City"], ["Ops", "Berlin"], ["", "Paris"]]):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # python-pptx has not typed it
    data.categories = ["Q1", "Q2"]
    data.add_series("Revenue", (1.5, 2))  # type: ignore[no-untyped-call]  # python-pptx has not typed it
    chart = slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(2), data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Growth"
    assert outline(parse(presentation)) == [
        "heading 1 Numbers",
        "Team | City",
        "=",
        "Ops | Berlin",
        " | Paris",
        "Growth",
        " | Revenue",
        "=",
        "Q1 | 1.5",
        "Q2 | 2",
    ]


def test_shapes_are_read_row_by_row_and_groups_as_a_whole() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[BLANK])
    for words, left, top in (("below", 1, 3), ("right", 5, 1.05), ("left", 1, 1)):
        slide.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1)).text_frame.text = words
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(5), Inches(2), Inches(1)).text_frame.text = "grouped"
    assert outline(parse(presentation)) == [
        "heading 1 Slide 1",
        "paragraph 0 left",
        "paragraph 0 right",
        "paragraph 0 below",
        "paragraph 0 grouped",
    ]


def test_a_slide_of_pictures_only_is_unread() -> None:
    presentation = an_onboarding()
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    picture.seek(0)
    presentation.slides.add_slide(presentation.slide_layouts[BLANK]).shapes.add_picture(picture, 0, 0)
    document = parse(presentation)
    assert document.unread_pages == (3,)
    assert document.remarks == ("1 pictures were not read.",)


def test_hidden_slides_are_read_and_remarked() -> None:
    presentation = an_onboarding()
    presentation.slides[1]._element.set("show", "0")
    document = parse(presentation)
    assert "laptop" in document.text
    assert document.remarks == ("1 hidden slides were read too.",)


def test_a_presentation_without_words_is_empty() -> None:
    presentation = pptx.Presentation()
    presentation.slides.add_slide(presentation.slide_layouts[BLANK])
    with pytest.raises(Empty):
        parse(presentation)
