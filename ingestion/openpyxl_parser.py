"""Reads Excel workbooks: every sheet under its name, each value with its cell and as it is shown there."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from corpus.locator import CellPlace, Span
from ingestion.archive import DEFAULT_LIMITS, ArchiveLimits, check_office_archive, open_archive, read_member
from ingestion.decoding import clean
from ingestion.number_format import render
from ingestion.parsed import Damaged, Element, ElementKind, Empty, ParsedDocument, TextBuilder, TooLarge
from ingestion.sheet_regions import SheetRow, sheet_elements

_VISIBLE = "visible"
_UNCALCULATED = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


class OpenpyxlParser:
    def __init__(
        self, max_rows: int = 1_000_000, max_cells: int = 500_000, archive: ArchiveLimits = DEFAULT_LIMITS
    ) -> None:
        self._max_rows = max_rows
        self._max_cells = max_cells
        self._cells_left = max_cells
        self._archive = archive

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        check_office_archive(content, self._archive)
        self._cells_left = self._max_cells
        try:
            return self._read(content)
        except (InvalidFileException, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Damaged("it cannot be unpacked") from error
        except (ParseError, SyntaxError) as error:
            # lxml's XMLSyntaxError is a SyntaxError.
            raise Damaged("its XML is broken") from error
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
            # openpyxl has no error of its own for workbooks that break the format's rules.
            raise Damaged(f"it breaks the rules of the format: {error}") from error

    def _read(self, content: bytes) -> ParsedDocument:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        text = _WorkbookText()
        hidden: list[str] = []
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()
            rows = self._limited(_filled_rows(sheet))
            if rows and sheet.sheet_state != _VISIBLE:
                hidden.append(sheet.title)
            text.add_sheet(clean(sheet.title), rows)
        remarks = []
        if hidden:
            remarks.append(f"Hidden sheets were read too: {', '.join(map(clean, hidden))}.")
        uncalculated = self._formulas_without_result(content)
        if uncalculated:
            remarks.append(f"{uncalculated} formulas have no stored result: open and save the file in Excel.")
        if not text.elements:
            raise Empty
        title = clean(workbook.properties.title or "").strip() or None
        return ParsedDocument(
            text.builder.text(), tuple(text.elements), text.builder.places(), title=title, remarks=tuple(remarks)
        )

    def _limited(self, rows: Iterator[SheetRow]) -> list[SheetRow]:
        kept: list[SheetRow] = []
        for row in rows:
            self._cells_left -= sum(1 for cell in row.cells if cell)
            if self._cells_left < 0:
                raise TooLarge("cells", f"{self._max_cells:,}")
            if len(kept) >= self._max_rows:
                raise TooLarge("rows", f"{self._max_rows:,}")
            kept.append(row)
        return kept

    def _formulas_without_result(self, content: bytes) -> int:
        with open_archive(content, self._archive) as archive:
            sheets = [
                name for name in archive.namelist() if name.startswith("xl/worksheets/") and name.endswith(".xml")
            ]
            return sum(len(_UNCALCULATED.findall(read_member(archive, sheet))) for sheet in sheets)


def _filled_rows(sheet: Any) -> Iterator[SheetRow]:  # noqa: ANN401 - openpyxl's read-only sheets have no public type
    """A sheet may claim a million rows of which none is filled: those are passed over."""
    for number, row in enumerate(sheet.iter_rows(), start=1):
        filled = [cell for cell in row if cell.value is not None]
        if not filled:
            continue
        last = max(cell.column for cell in filled)
        cells = [clean(render(cell.value, cell.number_format)) if cell.value is not None else "" for cell in row[:last]]
        if any(cell.strip() for cell in cells):
            yield SheetRow(number, tuple(cells), all(bool(cell.font.b) for cell in filled))


class _WorkbookText:
    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.elements: list[Element] = []

    def add_sheet(self, title: str, rows: Sequence[SheetRow]) -> None:
        if not rows:
            return
        if self.elements:
            self.builder.add("\n")
        self.elements.append(Element(ElementKind.HEADING, (self.builder.add(title.strip() or "Sheet"),), 1))
        self.builder.add("\n\n")
        values = []
        previous = rows[0].number
        for row in rows:
            if row.number > previous + 1:
                self.builder.add("\n")
            previous = row.number
            values.append(self._row(title, row))
        self.elements.extend(sheet_elements(rows, values))

    def _row(self, title: str, row: SheetRow) -> list[tuple[Span, ...]]:
        values: list[tuple[Span, ...]] = []
        for column, cell in enumerate(row.cells, start=1):
            text = cell.strip()
            values.append((self.builder.add(text, CellPlace(title, row.number, column)),) if text else ())
            self.builder.add("\n" if column == len(row.cells) else "\t" if text else "")
        return values
