"""The PDF parser on real files of the benchmark data, which lies beside the repository and is not part of it."""

from pathlib import Path

import pytest

from corpus.locator import PagePlace
from ingestion.parsed import ElementKind, ParsedDocument
from ingestion.pdfium_parser import PdfiumParser

DATA = Path(__file__).parents[3] / "shared" / "data"


def parsed(name: str) -> ParsedDocument:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"benchmark data is not there: ../shared/data/{name}")
    return PdfiumParser().parse(path.read_bytes(), path.name)


def headings(document: ParsedDocument) -> list[tuple[int, str]]:
    return [
        (element.level, document.text[element.spans[0].start : element.spans[0].end])
        for element in document.elements
        if element.kind is ElementKind.HEADING
    ]


def pages_of(document: ParsedDocument, words: str) -> set[int]:
    start = document.text.index(words)
    found = (item.place for item in document.places if start <= item.span.start < start + len(words))
    return {place.page for place in found if isinstance(place, PagePlace)}


def test_the_headings_of_a_staff_handbook() -> None:
    document = parsed("contoso/documents/employee_handbook.pdf")
    assert document.title == "Contoso Electronics Employee Handbook"
    assert [text for _, text in headings(document)[1:]] == [
        "Contoso Electronics Employee Handbook",
        "Our Mission",
        "Values",
        "Performance Reviews",
        "Workplace Safety",
        "Workplace Violence",
        "Privacy",
        "Whistleblower Policy",
        "Data Security",
        "Job Roles",
    ]


def test_the_pages_of_a_benefits_document() -> None:
    document = parsed("contoso/documents/Northwind_Health_Plus_Benefits_Details.pdf")
    assert document.page_count == 109
    assert document.unread_pages == ()
    assert document.title == "Contoso Electronics - Northwind Health Plus Plan"
    assert pages_of(document, "Using an in-network provider can help you save money") == {4}
    assert (3, "Continuity of Care") in headings(document)


def test_a_table_that_is_a_picture_is_remarked() -> None:
    document = parsed("contoso/documents/Benefit_Options.pdf")
    assert document.remarks == ("1 embedded image was not read (page 4).",)


def test_the_income_statement_of_a_quarterly_report() -> None:
    document = parsed("tables-sec10q/documents/2022 Q3 AAPL.pdf")
    tables = [element.table for element in document.elements if element.table is not None]
    rows = [
        [" ".join(document.text[span.start : span.end] for span in cell.spans) for cell in row.cells]
        for table in tables
        for row in table.rows
    ]
    assert ["Products", "$ 63,355", "$ 63,948", "$ 245,241", "$ 232,309"] in rows
    assert ["Total net sales", "82,959", "81,434", "304,182", "282,457"] in rows
    assert "Q3 2022 Form 10-Q |" not in document.text
