"""Workbooks become one text with a table per region, each value with its cell and as it is shown."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.styles import Font

from corpus.locator import CellPlace
from ingestion.archive import ArchiveLimits
from ingestion.openpyxl_parser import OpenpyxlParser
from ingestion.parsed import Damaged, Empty, ParsedDocument, Parser, TooLarge
from tests.contracts.parser import ParserContract, check, outline


def saved(workbook: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def a_workbook(rows: list[list[object]], title: str = "Sales") -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return workbook


def parse(workbook: openpyxl.Workbook) -> ParsedDocument:
    document = OpenpyxlParser().parse(saved(workbook), "a.xlsx")
    check(document)
    return document


class TestOpenpyxlParser(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return OpenpyxlParser()

    @pytest.fixture
    def content(self) -> bytes:
        return saved(a_workbook([["Region", "Amount"], ["North", 3], ["South", 4.5]]))


def test_a_sheet_is_a_heading_with_its_notes_and_tables() -> None:
    workbook = a_workbook(
        [["Sales 2025"], [], ["Region", "Amount"], ["North", 3], [], ["Total", 3], [], ["to be checked"]]
    )
    assert outline(parse(workbook)) == [
        "heading 1 Sales",
        "paragraph 0 Sales 2025",
        "Region | Amount",
        "=",
        "North | 3",
        "Region | Amount",
        "=",
        "Total | 3",
        "paragraph 0 to be checked",
    ]


def test_each_value_knows_its_sheet_and_cell() -> None:
    document = parse(a_workbook([[None, "Region", "Amount"], [None, "North", 3]]))
    assert [placed.place for placed in document.places] == [
        CellPlace("Sales", 1, 2),
        CellPlace("Sales", 1, 3),
        CellPlace("Sales", 2, 2),
        CellPlace("Sales", 2, 3),
    ]


def test_numbers_and_dates_are_read_as_they_are_shown() -> None:
    at = datetime.fromisoformat("2026-03-01T14:30:00")
    workbook = a_workbook([["What", "Value"], ["Share", 0.125], ["Due", date(2026, 3, 1)], ["At", at]])
    sheet = workbook.active
    assert sheet is not None
    sheet["B2"].number_format = "0.0%"
    sheet["B3"].number_format = "dd.mm.yyyy"
    assert outline(parse(workbook))[3:] == ["Share | 12.5%", "Due | 01.03.2026", "At | 2026-03-01 14:30:00"]


def test_a_bold_first_row_is_a_header() -> None:
    workbook = a_workbook([["Ana", "Ana"], ["Bo", "Ana"]])
    sheet = workbook.active
    assert sheet is not None
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    assert "=" in outline(parse(workbook))


def test_a_merged_cell_stands_once() -> None:
    workbook = a_workbook([["Name", "Q1", "Q2"], ["Ana", "away", None]])
    sheet = workbook.active
    assert sheet is not None
    sheet.merge_cells("B2:C2")
    assert outline(parse(workbook))[-1] == "Ana | away"


def test_hidden_sheets_are_read_and_remarked() -> None:
    workbook = a_workbook([["Region", "Amount"], ["North", 3]])
    workbook.create_sheet("Old").append(["kept", "words"])
    workbook["Old"].sheet_state = "hidden"
    document = parse(workbook)
    assert "kept" in document.text
    assert document.remarks == ("Hidden sheets were read too: Old.",)


def test_formulas_without_a_stored_result_are_remarked() -> None:
    document = parse(a_workbook([["Region", "Amount"], ["North", "=1+2"]]))
    assert document.remarks == ("1 formulas have no stored result: open and save the file in Excel.",)


def test_a_far_cell_costs_nothing() -> None:
    workbook = a_workbook([["Region", "Amount"], ["North", 3]])
    sheet = workbook.active
    assert sheet is not None
    sheet["ZZ90000"] = "far"
    assert outline(parse(workbook))[-1] == "paragraph 0 far"


def test_a_workbook_without_values_is_empty() -> None:
    with pytest.raises(Empty):
        OpenpyxlParser().parse(saved(openpyxl.Workbook()), "a.xlsx")


def test_too_many_cells_are_refused() -> None:
    content = saved(a_workbook([["Region", "Amount"], ["North", 3]]))
    with pytest.raises(TooLarge, match="cells"):
        OpenpyxlParser(max_cells=3).parse(content, "a.xlsx")
    with pytest.raises(TooLarge, match="rows"):
        OpenpyxlParser(max_rows=1).parse(content, "a.xlsx")


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    content = saved(a_workbook([["x" * 100_000]]))
    with pytest.raises(TooLarge, match="unpacked size"):
        OpenpyxlParser(archive=ArchiveLimits(inflated_bytes=30_000)).parse(content, "a.xlsx")
    with pytest.raises(TooLarge, match="files inside"):
        OpenpyxlParser(archive=ArchiveLimits(members=3)).parse(content, "a.xlsx")


def test_a_document_type_declaration_is_refused(declared: bytes) -> None:
    with pytest.raises(Damaged, match="no XML that an office program writes"):
        OpenpyxlParser().parse(declared, "a.xlsx")


@pytest.fixture
def declared() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(a_workbook([["a", "b"]])))) as archive, zipfile.ZipFile(stream, "w") as copy:
        for member in archive.namelist():
            content = archive.read(member)
            if member.startswith("xl/worksheets/"):
                content = b'<!DOCTYPE x [<!ENTITY a "b">]>' + content
            copy.writestr(member, content)
    return stream.getvalue()
