"""A name and what is in the file may differ within a family, and must not differ beyond it."""

import pytest

from ingestion.file_family import Family, Mislabelled, check_name

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
GIF = b"GIF89a/*\x00\x00*/=alert(1)//"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00"
ELF = b"\x7fELF\x02\x01\x01\x00"
WAV = b"RIFF\x00\x00\x00\x00WAVEfmt "
HTML = b"<!DOCTYPE html><html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "head", "promised", "found"),
    [
        ("report.pdf", HTML, Family.PDF, "HTML"),
        ("report.pdf", b"only words", Family.PDF, "plain text"),
        ("report.pdf", ZIP, Family.PDF, "a zip archive, as office files are"),
        ("report.pdf", PROGRAM, Family.PDF, "a program (Windows)"),
        ("report.pdf", ELF, Family.PDF, "a program"),
        ("report.pdf", PNG, Family.PDF, "a picture"),
        ("report.PDF", b"\xef\xbb\xbf" + HTML, Family.PDF, "HTML"),
        ("plan.docx", PDF, Family.OFFICE, "a PDF"),
        ("plan.xlsx", HTML, Family.OFFICE, "HTML"),
        ("book.epub", b"7z\xbc\xaf\x27\x1c\x00\x04", Family.OFFICE, "an archive (7-Zip)"),
        ("photo.jpg", HTML, Family.PICTURE, "HTML"),
        ("photo.png", GIF, Family.PICTURE, "a picture (GIF)"),
        ("notes.txt", PDF, Family.TEXT, "a PDF"),
        ("notes.md", ELF, Family.TEXT, "a program"),
        ("table.csv", ZIP, Family.TEXT, "a zip archive, as office files are"),
        ("table.csv", OLD_OFFICE, Family.TEXT, "an office file"),
        ("talk.mp3", HTML, Family.RECORDING, "HTML"),
        ("talk.mp4", PDF, Family.RECORDING, "a PDF"),
        ("talk.vtt", WAV, Family.TEXT, "a recording"),
    ],
)
def test_a_file_that_is_surely_something_else_is_refused_naming_both(
    name: str, head: bytes, promised: Family, found: str
) -> None:
    with pytest.raises(Mislabelled) as refusal:
        check_name(name, head)
    assert (refusal.value.promised, refusal.value.found) == (promised, found)
    assert name in str(refusal.value)
    assert f"named like {promised}" in str(refusal.value)
    assert found in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("report.pdf", PDF),
        ("report.pdf", b"\r\n\r\n" + PDF),  # printers put lines before it
        ("photo.png", JPEG),
        ("plan.docx", OLD_OFFICE),  # protected by a password, which its parser says
        ("template.xlsx", ZIP),
        ("export.csv", HTML),  # what many programs export
        ("export.xls", HTML),
        ("page.html", b"<html><p>A PDF begins with %PDF-1.7</p>"),
        ("notes.txt", "Übermut".encode("utf-16")),
        ("notes.txt", "Übermut".encode("latin-1")),
        ("talk.mp4", b"\x1aE\xdf\xa3\x01\x00webm"),
        ("unknown.xyz", PROGRAM),
        ("noname", HTML),
        ("report.pdf", b""),
        ("report.pdf", b"\x01\x02\x00\x03"),  # nothing is known about it: its parser will say
    ],
)
def test_what_may_be_meant_so_passes(name: str, head: bytes) -> None:
    check_name(name, head)
