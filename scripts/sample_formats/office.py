"""Word, PowerPoint and Excel samples that come out the same on every run."""

import io
import re
import zipfile
from datetime import date, datetime

import docx
import openpyxl
import pptx
from docx.document import Document as WordDocument
from docx.opc.coreprops import CoreProperties
from docx.text.paragraph import Paragraph as WordParagraph
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from pptx.parts.coreprops import CorePropertiesPart
from pptx.presentation import Presentation
from pptx.util import Cm, Pt

from scripts.sample_formats.source import Block, Source, blocks_of, plain, runs_of

COMPANY = "Varmholt GmbH"


def repacked(archive: bytes, written: datetime) -> bytes:
    """The same zip members, all dated alike."""
    out = io.BytesIO()
    stamp = (written.year, written.month, written.day, written.hour, 0, 0)
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{written:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            new.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def describe(properties: CoreProperties | CorePropertiesPart, source: Source) -> None:
    properties.title = source.title
    properties.author = source.fields["author"]
    properties.last_modified_by = source.fields["author"]
    properties.comments = ""
    properties.created = source.written.replace(tzinfo=None)
    properties.modified = source.written.replace(tzinfo=None)
    properties.language = source.fields.get("language", "en")


def add_runs(paragraph: WordParagraph, text: str) -> None:
    for piece, bold in runs_of(text):
        paragraph.add_run(piece).bold = bold or None


def add_word_table(document: WordDocument, rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            add_runs(table.cell(number, column).paragraphs[0], f"**{cell}**" if number == 0 else cell)
    document.add_paragraph()


def docx_of(source: Source) -> bytes:
    document = docx.Document()
    describe(document.core_properties, source)
    document.sections[0].header.paragraphs[0].text = f"{COMPANY} · {source.title}"
    document.sections[0].footer.paragraphs[0].text = source.fields["edition"]
    document.add_heading(source.title, 0)
    styles = {"paragraph": "Normal", "note": "Quote", "bullet": "List Bullet", "ordered": "List Number"}
    for block in blocks_of(source.body):
        if block.kind == "heading":
            document.add_heading(block.text, block.level)
        elif block.kind == "table":
            add_word_table(document, block.rows)
        else:
            for text in [row[0] for row in block.rows] or [block.text]:
                add_runs(document.add_paragraph(style=styles[block.kind]), text)
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue(), source.written)


def slides_of(body: str) -> list[list[Block]]:
    slides: list[list[Block]] = []
    for block in blocks_of(body):
        if block.kind == "heading":
            slides.append([])
        slides[-1].append(block)
    return slides


def add_slide(deck: Presentation, blocks: list[Block]) -> None:
    table = next((block for block in blocks if block.kind == "table"), None)
    slide = deck.slides.add_slide(deck.slide_layouts[5 if table else 1])
    slide.shapes.title.text = blocks[0].text
    lines = [row[0] for block in blocks if block.kind == "bullet" for row in block.rows]
    lines += [block.text for block in blocks if block.kind == "paragraph"]
    if table:
        height = Cm(0.9) * len(table.rows)
        grid = slide.shapes.add_table(len(table.rows), len(table.rows[0]), Cm(1.5), Cm(4.2), Cm(22), height).table
        for number, row in enumerate(table.rows):
            for column, cell in enumerate(row):
                grid.cell(number, column).text = plain(cell)
        frame = slide.shapes.add_textbox(Cm(1.5), Cm(5.2) + height, Cm(22), Cm(3)).text_frame
        frame.word_wrap = True
    else:
        frame = slide.placeholders[1].text_frame
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = plain(line)
        paragraph.font.size = Pt(20)
    slide.notes_slide.notes_text_frame.text = "\n".join(block.text for block in blocks if block.kind == "note")


def pptx_of(source: Source) -> bytes:
    deck = pptx.Presentation()
    describe(deck.core_properties, source)
    cover = deck.slides.add_slide(deck.slide_layouts[0])
    cover.shapes.title.text = source.title
    cover.placeholders[1].text = source.fields["subtitle"]
    for blocks in slides_of(source.body):
        add_slide(deck, blocks)
    out = io.BytesIO()
    deck.save(out)
    return repacked(out.getvalue(), source.written)


def fill_sheet(sheet: Worksheet, rows: tuple[tuple[str, ...], ...], top: int) -> None:
    for number, row in enumerate(rows):
        for column, text in enumerate(row, start=1):
            sheet.cell(top + number, column, value_of(text)).font = Font(bold=number == 0)
    for column in range(1, len(rows[0]) + 1):
        longest = max(len(row[column - 1]) for row in rows)
        sheet.column_dimensions[get_column_letter(column)].width = min(longest + 3, 60)
    sheet.freeze_panes = f"A{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(rows[0]))}{top + len(rows) - 1}"


def xlsx_of(source: Source) -> bytes:
    """One sheet for each `# heading`. Numbers and dates of the source become numbers and dates of the sheet."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.title = source.title
    workbook.properties.creator = source.fields["author"]
    workbook.properties.created = source.written.replace(tzinfo=None)
    for blocks in slides_of(source.body):
        sheet = workbook.create_sheet(blocks[0].text)
        row = 1
        for block in blocks[1:]:
            if block.kind == "table":
                fill_sheet(sheet, block.rows, row)
            else:
                sheet.cell(row, 1, plain(block.text))
            row += len(block.rows) + 2
    out = io.BytesIO()
    workbook.save(out)
    return repacked(out.getvalue(), source.written)


def value_of(text: str) -> str | int | float | date | None:
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return text or None
