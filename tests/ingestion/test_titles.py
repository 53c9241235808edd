import pytest

from ingestion.ingest import title_of


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("q3_report-final (2).pdf", "Q3 report final"),
        ("registers/crane register (2).xlsx", "Crane register"),
        ("contract - Copy (3).docx", "Contract"),
        ("2026-03-04-minutes.md", "2026-03-04 minutes"),
        ("über_uns.md", "Über uns"),
        ("iPhone-rules.docx", "iPhone rules"),
        ("ES2006a.vtt", "ES2006a"),
        ("_.txt", "_.txt"),
    ],
)
def test_a_file_without_a_title_is_called_what_its_name_says(name: str, title: str) -> None:
    assert title_of(name) == title
