"""Reads PowerPoint presentations: slides in order, each under its title, with tables, chart data and speaker notes."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError, PythonPptxError
from pptx.oxml.ns import qn
from pptx.shapes.group import GroupShape

from corpus.locator import SlidePlace
from ingestion.archive import DEFAULT_LIMITS, ArchiveLimits, check_office_archive, with_main_type
from ingestion.number_format import render
from ingestion.parsed import Damaged, ElementKind, Empty, ParsedDocument
from ingestion.structured_text import StructuredText, TableText

_MAIN = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_OTHER_MAINS = re.compile(
    rb"application/vnd\.(?:ms-powerpoint\.(?:presentation|slideshow|template)\.macroEnabled"
    rb"|openxmlformats-officedocument\.presentationml\.(?:slideshow|template))\.main\+xml"
)
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_FRAME_PLACEHOLDERS = frozenset({PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER})
_TITLES = frozenset({PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE})
_BULLETED = frozenset({PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY})
_IMPERSONAL_TITLES = frozenset({"", "powerpoint presentation", "presentation", "untitled", "presentation title"})
# Shapes whose tops differ by less than this (a quarter inch) stand in one row and are read from left to right.
_ROW_HEIGHT = 228_600


class PythonPptxParser:
    def __init__(self, archive: ArchiveLimits = DEFAULT_LIMITS) -> None:
        self._archive = archive

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        check_office_archive(content, self._archive)
        try:
            presentation = pptx.Presentation(io.BytesIO(with_main_type(content, _OTHER_MAINS, _MAIN)))
            reading = _Reading()
            slides = list(presentation.slides)
            for number, slide in enumerate(slides, start=1):
                reading.add_slide(number, slide)
            property_title = (presentation.core_properties.title or "").strip()
        except (PackageNotFoundError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Damaged("it cannot be unpacked") from error
        except SyntaxError as error:
            # lxml's XMLSyntaxError is a SyntaxError.
            raise Damaged("its XML is broken") from error
        except (PythonPptxError, LookupError, ValueError, AttributeError, TypeError, ArithmeticError) as error:
            # python-pptx raises what happens to fail in presentations that break the format's rules.
            raise Damaged(f"it breaks the rules of the format: {error}") from error
        if reading.text.is_empty:
            raise Empty
        impersonal = property_title.lower() in _IMPERSONAL_TITLES
        return reading.text.document(
            title=reading.title or (None if impersonal else property_title),
            page_count=len(slides),
            unread_pages=reading.unread,
            remarks=tuple(reading.remarks()),
        )


# python-pptx has no types; Any stands for its shapes and elements in this module.


@dataclass(frozen=True, slots=True)
class _Block:
    kind: ElementKind
    text: str
    level: int = 0


@dataclass(slots=True)
class _Reading:
    text: StructuredText = field(default_factory=StructuredText)
    title: str | None = None
    pictures: int = 0
    hidden: int = 0
    unread: list[int] = field(default_factory=list)

    def add_slide(self, number: int, slide: Any) -> None:  # noqa: ANN401
        place = SlidePlace(number, in_notes=False)
        self.hidden += slide._element.get("show") == "0"
        shapes = list(_shapes(slide.shapes))
        title = next((shape for shape in shapes if _placeholder(shape) in _TITLES and _words(shape)), None)
        words = _words(title) if title is not None else ""
        if words and self.title is None and number == 1:
            self.title = words
        blocks = [
            block for shape in shapes if title is None or shape.shape_id != title.shape_id for block in _blocks(shape)
        ]
        notes = [line for line in _note_lines(slide) if line.strip()]
        pictures = sum(1 for shape in shapes if shape._element.xpath(".//a:blip"))
        self.pictures += pictures
        if not words and not blocks and pictures:
            self.unread.append(number)
        if words or blocks or notes:
            # A slide without a title is still set apart from the one before it.
            self.text.add(ElementKind.HEADING, words or f"Slide {number}", 1, place)
        for block in blocks:
            if isinstance(block, TableText):
                self.text.add_table(block, place)
            else:
                self.text.add(block.kind, block.text, block.level, place)
        for line in notes:
            self.text.add(ElementKind.PARAGRAPH, line, place=SlidePlace(number, in_notes=True))

    def remarks(self) -> Iterator[str]:
        if self.pictures:
            yield f"{self.pictures} pictures were not read."
        if self.hidden:
            yield f"{self.hidden} hidden slides were read too."


def _blocks(shape: Any) -> Iterator[_Block | TableText]:  # noqa: ANN401
    if _placeholder(shape) in _FRAME_PLACEHOLDERS:
        return
    if getattr(shape, "has_table", False) or getattr(shape, "has_chart", False):
        table = _table(shape.table) if shape.has_table else _chart(shape.chart)
        if not table.is_empty:
            yield table
    elif shape.has_text_frame:
        for paragraph in shape.text_frame.paragraphs:
            text = paragraph.text.replace("\v", "\n")
            if not text.strip():
                continue
            if _is_bulleted(paragraph, shape):
                yield _Block(ElementKind.LIST_ITEM, text, paragraph.level + 1)
            else:
                yield _Block(ElementKind.PARAGRAPH, text)
    else:
        for line in _diagram_lines(shape):
            yield _Block(ElementKind.LIST_ITEM, line, 1)


def _shapes(shapes: Any) -> Iterator[Any]:  # noqa: ANN401
    """In reading order: rows from top to bottom, each from left to right, a group at the place of the whole."""
    rows: list[list[Any]] = []
    for shape in sorted(shapes, key=lambda shape: shape.top or 0):
        if rows and (shape.top or 0) - (rows[-1][0].top or 0) < _ROW_HEIGHT:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    for row in rows:
        for shape in sorted(row, key=lambda shape: shape.left or 0):
            if isinstance(shape, GroupShape):
                yield from _shapes(shape.shapes)
            else:
                yield shape


def _placeholder(shape: Any) -> Any:  # noqa: ANN401
    return shape.placeholder_format.type if shape.is_placeholder else None


def _words(shape: Any) -> str:  # noqa: ANN401
    return " ".join(shape.text_frame.text.split()) if shape.has_text_frame else ""


def _note_lines(slide: Any) -> Iterator[str]:  # noqa: ANN401
    if not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
        return
    for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
        yield paragraph.text.replace("\v", "\n")


def _table(table: Any) -> TableText:  # noqa: ANN401
    rows = [["" if cell.is_spanned else cell.text.replace("\v", "\n") for cell in row.cells] for row in table.rows]
    header = 1 if table.first_row and len(rows) > 1 else 0
    return TableText(rows[:header], rows[header:])


def _chart(chart: Any) -> TableText:  # noqa: ANN401
    """What a chart draws, as a table of its categories and series. Kinds without categories show nothing."""
    caption = chart.chart_title.text_frame.text if chart.has_title and chart.chart_title.has_text_frame else ""
    plot = next(iter(chart.plots), None)
    if plot is None:
        return TableText([], [])
    series = list(plot.series)
    names = ["", *(str(one.name or "") for one in series)]
    categories = [str(category or "") for category in plot.categories]
    values = [list(one.values) for one in series]
    rows = [
        [category, *(render(column[index], "General") if index < len(column) else "" for column in values)]
        for index, category in enumerate(categories)
    ]
    return TableText([names], rows, caption) if rows else TableText([], [])


def _diagram_lines(shape: Any) -> Iterator[str]:  # noqa: ANN401
    """The words of a SmartArt diagram, which lie in a part of their own."""
    for ids in shape._element.iter(f"{{{_DIAGRAM}}}relIds"):
        relation = ids.get(qn("r:dm"))
        if relation is None:
            continue
        root = pptx.oxml.parse_xml(shape.part.related_part(relation).blob)
        for point in root.iter(f"{{{_DIAGRAM}}}pt"):
            line = " ".join("".join(text.text or "" for text in point.iter(qn("a:t"))).split())
            if line:
                yield line


def _is_bulleted(paragraph: Any, shape: Any) -> bool:  # noqa: ANN401
    """By the paragraph itself, else the nearest of the styles that it inherits from: shape, layout, master."""
    level = f"a:lvl{paragraph.level + 1}pPr"
    for properties in _paragraph_styles(paragraph, shape, level):
        if properties.find(qn("a:buNone")) is not None:
            return False
        if properties.find(qn("a:buChar")) is not None or properties.find(qn("a:buAutoNum")) is not None:
            return True
    return False


def _paragraph_styles(paragraph: Any, shape: Any, level: str) -> Iterator[Any]:  # noqa: ANN401
    own = paragraph._p.find(qn("a:pPr"))
    if own is not None:
        yield own
    heir = shape
    while heir is not None:
        yield from heir._element.xpath(f"./p:txBody/a:lstStyle/{level}")
        heir = getattr(heir, "_base_placeholder", None) if heir.is_placeholder else None
    if _placeholder(shape) in _BULLETED:
        master = getattr(shape.part, "slide_layout", None)
        if master is not None:
            yield from master.slide_master._element.xpath(f"./p:txStyles/p:bodyStyle/{level}")
