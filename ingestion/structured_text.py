"""Builds the one text of a document that is made of blocks and tables, with their elements and places."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.locator import Place, Span
from ingestion.decoding import clean
from ingestion.parsed import Cell, Element, ElementKind, ParsedDocument, Row, Table, TextBuilder


@dataclass(frozen=True, slots=True)
class TableText:
    """A table's cells as text. Positions that a merged cell covers besides its first are empty strings."""

    header: Sequence[Sequence[str]]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(cell.strip() for row in (*self.header, *self.rows) for cell in row)


@dataclass(slots=True)
class StructuredText:
    """Blocks are set apart by an empty line, list items and rows by a line break, cells by a tab."""

    _builder: TextBuilder = field(default_factory=TextBuilder)
    _elements: list[Element] = field(default_factory=list)
    _last: ElementKind | None = None

    def add(self, kind: ElementKind, text: str, level: int = 0, place: Place | None = None) -> None:
        """Leaves out what is blank."""
        bare = clean(text)
        bare = bare.strip("\n").rstrip() if kind is ElementKind.CODE else bare.strip()
        if not bare:
            return
        self._part(kind)
        self._elements.append(Element(kind, (self._builder.add(bare, place),), level))

    def add_table(self, table: TableText, place: Place | None = None) -> None:
        if table.is_empty:
            return
        self._part(ElementKind.TABLE)
        caption: tuple[Span, ...] = ()
        if clean(table.caption).strip():
            caption = (self._builder.add(clean(table.caption).strip(), place),)
            self._builder.add("\n")
        header = self._rows(table.header, place)
        rows = self._rows(table.rows, place)
        spans = tuple(span for row in (*header, *rows) for cell in row.cells for span in cell.spans)
        element = Element(ElementKind.TABLE, (*caption, *spans), table=Table(header, rows, caption))
        self._elements.append(element)

    def _rows(self, rows: Sequence[Sequence[str]], place: Place | None) -> tuple[Row, ...]:
        made: list[Row] = []
        for row in rows:
            texts = [clean(cell).strip() for cell in row]
            if not any(texts):
                continue
            cells: list[Cell] = []
            for number, text in enumerate(texts):
                if number:
                    self._builder.add("\t")
                cells.append(Cell((self._builder.add(text, place),)) if text else Cell())
            self._builder.add("\n")
            made.append(Row(tuple(cells)))
        return tuple(made)

    def _part(self, kind: ElementKind) -> None:
        if self._last is not None:
            both_items = kind is ElementKind.LIST_ITEM and self._last is ElementKind.LIST_ITEM
            self._builder.add("\n" if both_items or self._last is ElementKind.TABLE else "\n\n")
        self._last = kind

    @property
    def is_empty(self) -> bool:
        return not self._elements

    def document(
        self,
        title: str | None = None,
        page_count: int | None = None,
        unread_pages: Sequence[int] = (),
        remarks: Sequence[str] = (),
    ) -> ParsedDocument:
        bare_title = " ".join(clean(title).split()) if title else None
        return ParsedDocument(
            text=self._builder.text(),
            elements=tuple(self._elements),
            places=self._builder.places(),
            title=bare_title or None,
            page_count=page_count,
            unread_pages=tuple(unread_pages),
            remarks=tuple(remarks),
        )
