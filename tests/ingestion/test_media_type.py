"""A file is what its content says; its name decides between kinds of text only."""

import io
import zipfile

import openpyxl
import pptx
import pytest
from docx import Document

from ingestion.media_type import (
    CSV,
    DOCX,
    EPUB,
    EXTENSIONS,
    HTML,
    JPEG,
    MAIL,
    MARKDOWN,
    PDF,
    PLAIN,
    PNG,
    PPTX,
    SRT,
    TIFF,
    TSV,
    VTT,
    XLSX,
    DetectedType,
    UnsupportedType,
    detect_media_type,
)
from ingestion.parsed import Damaged, Empty, PasswordProtected
from ingestion.parsers import SUPPORTED, parser_for

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500


def an_archive(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def a_document() -> bytes:
    stream = io.BytesIO()
    Document().save(stream)
    return stream.getvalue()


def a_presentation() -> bytes:
    stream = io.BytesIO()
    pptx.Presentation().save(stream)
    return stream.getvalue()


def a_workbook() -> bytes:
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"%PDF-1.7\n...", "a.pdf", PDF),
        (b"\n\n%PDF-1.4", "a.pdf", PDF),
        (a_document(), "a.docx", DOCX),
        (a_presentation(), "a.pptx", PPTX),
        (a_workbook(), "a.xlsx", XLSX),
        (an_archive(mimetype="application/epub+zip"), "a.epub", EPUB),
        (b"<!DOCTYPE html><p>x", "a.html", HTML),
        (b"<?xml version='1.0'?>\n<html xmlns='x'>", "a.xhtml", HTML),
        (b"<p>fragment</p>", "a.htm", HTML),
        (b"From: a@b.c\nSubject: x\n\nHello", "a.eml", MAIL),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi", "a.vtt", VTT),
        (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHi", "a.srt", SRT),
        (b"a,b\n1,2\n", "a.csv", CSV),
        (b"a\tb\n1\t2\n", "a.tsv", TSV),
        (b"# Title\n\ntext", "a.md", MARKDOWN),
        (b"# not a title\n", "a.txt", PLAIN),
        (b"some words", "a.log", PLAIN),
        ("\ufeffWEBVTT\n".encode(), "a.vtt", VTT),
        ("<html>".encode("utf-16"), "a.html", HTML),
    ],
)
def test_sound_files_are_what_they_say(content: bytes, name: str, media_type: str) -> None:
    assert detect_media_type(content, name) == DetectedType(media_type, mislabelled=False)


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (a_document(), "report.pdf", DOCX),
        (b"%PDF-1.7", "scan.docx", PDF),
        (b"only words", "scan.pdf", PLAIN),
        (b"<html><table></table></html>", "export.xls", HTML),
        (b"<!doctype html><p>", "export.csv", HTML),
        (b"WEBVTT\n\n", "a.txt", VTT),
        (b"Return-Path: <x>\nFrom: a@b.c\nSubject: x\n\nHello", "a.txt", MAIL),
        (b"words", "photo.jpg", PLAIN),
    ],
)
def test_content_overrules_a_name_that_promises_something_else(content: bytes, name: str, media_type: str) -> None:
    assert detect_media_type(content, name) == DetectedType(media_type, mislabelled=True)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"a\tb\tc\n1\t2\t3\n", TSV),
        (b"a,b,c\n1,2,3\n4,5,6\n", CSV),
        (b"# Title\n\n- one\n- two\n\n[a](http://b)\n", MARKDOWN),
        (b"Dear all, thanks, really.\nBye, Ana.\n", PLAIN),
        (b"Subject: a note to myself\nFrom: now on I write these\n\nText", PLAIN),
    ],
)
def test_text_without_a_telling_name_is_told_by_its_shape(content: bytes, media_type: str) -> None:
    assert detect_media_type(content, "file").media_type == media_type


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"GIF89a\x00\x00", "text recognition"),
        (b"\x00\x00\x00\x18ftypheic", "text recognition"),
        (b"ID3\x03\x00\x00", "transcript"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "transcript"),
        (b"\x00\x00\x00\x18ftypmp42", "transcript"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "Only documents"),
        (b"\x7fELF\x02\x01", "Only documents"),
        (b"\x1f\x8b\x08\x00", "Unpack"),
        (an_archive(readme="x"), "Unpack"),
        (an_archive(mimetype="application/vnd.oasis.opendocument.text"), "Save it as docx"),
        (b"{\\rtf1 x}", "save it as docx"),
        (OLE + "WordDocument".encode("utf-16-le"), "save it as docx"),
        (OLE + "Workbook".encode("utf-16-le"), "save it as xlsx"),
        (OLE + "PowerPoint Document".encode("utf-16-le"), "save it as pptx"),
        (OLE + "__substg1.0_".encode("utf-16-le"), "Save it as eml"),
        (b"<?xml version='1.0'?><invoice/>", "Export"),
        (b"SQLite format 3\x00", "CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(content: bytes, advice: str) -> None:
    with pytest.raises(UnsupportedType, match=advice):
        detect_media_type(content, "file.bin")


@pytest.mark.parametrize(
    "words", ["MZ is a licence plate", "BMW builds cars", "FORM 12 has 4 pages", "ID3 tags explained"]
)
def test_words_that_look_like_a_signature_are_words(words: str) -> None:
    assert detect_media_type(words.encode(), "a.txt").media_type == PLAIN


def test_an_encrypted_office_file_is_protected() -> None:
    with pytest.raises(PasswordProtected):
        detect_media_type(OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx")


def test_an_encrypted_archive_is_protected() -> None:
    content = bytearray(an_archive(a="x"))
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    with pytest.raises(PasswordProtected):
        detect_media_type(bytes(content), "a.docx")


@pytest.mark.parametrize("part", [0.2, 0.5, 0.95])
def test_a_cut_archive_is_damaged(part: float) -> None:
    content = a_document()
    with pytest.raises(Damaged):
        detect_media_type(content[: int(len(content) * part)], "a.docx")


@pytest.mark.parametrize("content", [b"", b"  \r\n", b"\x00" * 100])
def test_nothing_is_empty(content: bytes) -> None:
    with pytest.raises(Empty):
        detect_media_type(content, "a.pdf")


def test_every_extension_belongs_to_a_supported_type() -> None:
    assert set(EXTENSIONS.values()) == set(SUPPORTED)
    assert all(supported.extensions and supported.name for supported in SUPPORTED.values())


@pytest.mark.parametrize("media_type", sorted(SUPPORTED))
def test_every_supported_type_has_a_parser(media_type: str) -> None:
    assert callable(parser_for(media_type).parse)


@pytest.mark.parametrize(
    ("start", "media_type"),
    [(b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff\xe0", JPEG), (b"II*\x00", TIFF), (b"MM\x00*", TIFF)],
)
def test_pictures_that_are_recognised_have_a_type(start: bytes, media_type: str) -> None:
    assert detect_media_type(start + bytes(60), "photo").media_type == media_type


def test_an_unsupported_type_has_none() -> None:
    with pytest.raises(UnsupportedType):
        parser_for("image/gif")
