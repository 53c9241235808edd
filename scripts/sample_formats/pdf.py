"""PDF samples: headings of several sizes, ruled tables, running heads, page numbers and an outline."""

import html
import io
from collections.abc import Callable
from dataclasses import dataclass

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CallerMacro,
    Flowable,
    KeepTogether,
    ListFlowable,
    ListItem,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from scripts.sample_formats.source import Block, Source, blocks_of, plain, runs_of

COMPANY = "Varmholt"
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14.5, spaceAfter=7)
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=22, leading=28, spaceAfter=10)
SUBTITLE = ParagraphStyle("subtitle", parent=BODY, fontSize=12.5, leading=17)
HEADINGS = {
    1: ParagraphStyle(
        "h1", parent=BODY, fontName="Helvetica-Bold", fontSize=16, leading=21, spaceBefore=8, spaceAfter=11
    ),
    2: ParagraphStyle(
        "h2", parent=BODY, fontName="Helvetica-Bold", fontSize=12.5, leading=16, spaceBefore=11, spaceAfter=6
    ),
}
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9, leading=12, spaceAfter=0)
CELL_HEAD = ParagraphStyle("cell-head", parent=CELL, fontName="Helvetica-Bold")
RUNNING = 8.5


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int
    page: int


def marked_up(text: str) -> str:
    return "".join(f"<b>{html.escape(piece)}</b>" if bold else html.escape(piece) for piece, bold in runs_of(text))


def page_table(rows: tuple[tuple[str, ...], ...], width: float) -> Flowable:
    # The first column is narrower where the second one is running text.
    longest = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    weights = [min(max(length, 12), 60) for length in longest]
    cells = [[Paragraph(marked_up(cell), CELL_HEAD if n == 0 else CELL) for cell in row] for n, row in enumerate(rows)]
    table = Table(cells, colWidths=[width * weight / sum(weights) for weight in weights], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#7a8a92")),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4ecef")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def flowables_of(source: Source, width: float, note_heading: Callable[[Block], Flowable]) -> list[Flowable]:
    flowables: list[Flowable] = []
    for block in blocks_of(source.body):
        match block.kind:
            case "heading":
                if block.level == 1 and source.fields.get("chapters") == "new page":
                    flowables.append(PageBreak())
                heading = Paragraph(marked_up(block.text), HEADINGS[block.level])
                heading.keepWithNext = True
                flowables += [note_heading(block), heading]
            case "table":
                flowables += [Spacer(1, 2), page_table(block.rows, width), Spacer(1, 9)]
            case "bullet" | "ordered":
                items = [ListItem(Paragraph(marked_up(row[0]), BODY)) for row in block.rows]
                style = {"bulletType": "1"} if block.kind == "ordered" else {"bulletType": "bullet", "start": "•"}
                flowables.append(ListFlowable(items, leftIndent=14, **style))
            case _:
                flowables.append(Paragraph(marked_up(block.text), BODY))
    return flowables


def front_matter(source: Source, width: float, headings: list[Heading]) -> list[Flowable]:
    title = [Paragraph(html.escape(source.title), TITLE), Paragraph(html.escape(source.fields["subtitle"]), SUBTITLE)]
    edition = [Paragraph(html.escape(source.fields["edition"]), BODY), Paragraph(source.fields["author"], BODY)]
    if source.fields.get("chapters") != "new page":
        return [*title, *edition, Spacer(1, 6)]
    rows = [[heading.text, str(heading.page)] for heading in headings if heading.level == 1]
    contents = Table(rows, colWidths=[width - 15 * mm, 15 * mm], rowHeights=19)
    contents.setStyle(TableStyle([("FONTSIZE", (0, 0), (-1, -1), 10), ("ALIGN", (1, 0), (1, -1), "RIGHT")]))
    first_page = [Spacer(1, 60 * mm), *title, Spacer(1, 12 * mm), *edition, PageBreak()]
    return [*first_page, KeepTogether([Paragraph("Contents", HEADINGS[1]), contents])]


def pdf_pass(source: Source, headings: list[Heading], pages: int) -> tuple[bytes, list[Heading], int]:
    """Lays the text out once. What it finds out about the pages is put into the contents by the next pass."""
    out = io.BytesIO()
    found: list[Heading] = []
    template = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=25 * mm,
        rightMargin=25 * mm,
        topMargin=28 * mm,
        bottomMargin=25 * mm,
        title=source.title,
        author=source.fields["author"],
        subject=source.fields["subtitle"],
        creator=f"{COMPANY} GmbH",
        lang="en",
        invariant=1,
    )

    def note_heading(block: Block) -> Flowable:
        def on_page(macro: CallerMacro) -> None:
            key = f"heading-{len(found)}"
            found.append(Heading(plain(block.text), block.level, macro.canv.getPageNumber()))
            macro.canv.bookmarkPage(key)
            macro.canv.addOutlineEntry(plain(block.text), key, block.level - 1, closed=True)

        macro = CallerMacro(drawCallable=on_page)
        macro.keepWithNext = True
        return macro

    def on_page(canvas: Canvas, _template: SimpleDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", RUNNING)
        canvas.drawString(25 * mm, A4[1] - 16 * mm, f"{COMPANY} · {source.title}")
        canvas.line(25 * mm, A4[1] - 18 * mm, A4[0] - 25 * mm, A4[1] - 18 * mm)
        canvas.drawCentredString(A4[0] / 2, 14 * mm, f"Page {canvas.getPageNumber()} of {pages}")
        canvas.restoreState()

    def on_first_page(canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.showOutline()
        on_page(canvas, template)

    width = template.width - 12  # the frame's own padding
    story = front_matter(source, width, headings) + flowables_of(source, width, note_heading)
    template.build(story, onFirstPage=on_first_page, onLaterPages=on_page)
    return out.getvalue(), found, template.page


def pdf_of(source: Source) -> bytes:
    expected = [
        Heading(plain(block.text), block.level, 0) for block in blocks_of(source.body) if block.kind == "heading"
    ]
    _, headings, pages = pdf_pass(source, expected, 0)
    made, again, _ = pdf_pass(source, headings, pages)
    if again != headings:
        raise ValueError(f"The pages of {source.title!r} moved between two passes")
    return made
