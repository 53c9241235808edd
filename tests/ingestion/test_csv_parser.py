"""Separated values become tables whose cells point at the values in the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.locator import CellPlace
from ingestion.csv_parser import CsvParser
from ingestion.parsed import Empty, ParsedDocument, Parser, TooLarge
from tests.contracts.parser import ParserContract, check, outline

SALES = 'Name;City;Amount\r\n"Müller; Söhne";"Bad ""Homburg""";1.200,50\r\nSmith;"two\r\nlines";3\r\n'


class TestCsvParser(ParserContract):
    notices_cuts = False

    @pytest.fixture
    def parser(self) -> Parser:
        return CsvParser()

    @pytest.fixture
    def content(self) -> bytes:
        return SALES.encode()


def parse(text: str) -> ParsedDocument:
    document = CsvParser().parse(text.encode(), "sales.csv")
    assert document.text == text
    check(document)
    return document


def read(text: str) -> list[str]:
    return outline(parse(text))


def test_values_are_read_without_their_quotes() -> None:
    assert read(SALES) == [
        "Name | City | Amount",
        "=",
        'Müller; Söhne | Bad "Homburg" | 1.200,50',
        "Smith | two\r\nlines | 3",
    ]


def test_each_value_knows_its_cell() -> None:
    places = parse("a,b\n1,2\n").places
    assert [placed.place for placed in places] == [CellPlace("", row, column) for row in (1, 2) for column in (1, 2)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["Day", "Note"], ["Mon", "rain, wind"], ["Tue", "sun"]))
    assert read(text) == ["Day | Note", "=", "Mon | rain, wind", "Tue | sun"] or delimiter == ","


def test_a_separator_line_says_the_delimiter() -> None:
    assert read("sep=|\nA|B\n1,5|2\n") == ["A | B", "=", "1,5 | 2"]


def test_tables_between_blank_lines_and_notes_above_them_are_told_apart() -> None:
    assert read("Report 2025\n\nTeam,Size\nOps,4\n\nTotal,4\n\nRoom,Floor\nBlue,2\n") == [
        "paragraph 0 Report 2025",
        "Team | Size",
        "=",
        "Ops | 4",
        "Team | Size",
        "=",
        "Total | 4",
        "Room | Floor",
        "=",
        "Blue | 2",
    ]


def test_rows_of_numbers_have_no_header() -> None:
    assert read("1,2\n3,4\n") == ["1 | 2", "3 | 4"]


def test_a_quote_that_is_never_closed_is_a_character() -> None:
    assert read('size,name\n5",tube\n7",pipe\n') == ["size | name", "=", '5" | tube', '7" | pipe']


def test_too_many_rows_or_cells_are_refused() -> None:
    with pytest.raises(TooLarge, match="rows"):
        CsvParser(max_rows=2).parse(b"a,b\n1,2\n3,4\n", "a.csv")
    with pytest.raises(TooLarge, match="cells"):
        CsvParser(max_cells=5).parse(b"a,b\n1,2\n3,4\n", "a.csv")


def test_delimiters_alone_are_no_text() -> None:
    with pytest.raises(Empty):
        CsvParser().parse(b",,\n,,\n", "a.csv")


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf"])), min_size=2, max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_quoted_values_are_found_again(rows: list[list[str]]) -> None:
    lines = [",".join('"' + value.replace('"', '""') + '"' for value in row) for row in rows]
    values = [value.strip() for row in rows for value in row if value.strip()]
    if values:
        seen = "\n".join(outline(parse("sep=,\n" + "\n".join(lines))))
        assert all(value in seen for value in values)
