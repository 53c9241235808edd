"""Scans and pictures: what stands on them is read where Tesseract is installed, with the place of every word."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from corpus.locator import Box, PagePlace
from ingestion.folder_page_memory import FolderPageMemory
from ingestion.limited_parsing import OutOfMemory, ParserCrashed, ParsingLimits, ParsingServer, Reading
from ingestion.media_type import JPEG, PDF, PNG, TIFF
from ingestion.parsed import Damaged, ElementKind, Empty, ParsedDocument, Unreadable, WithoutTextLayer
from ingestion.pictures import pictures_of
from ingestion.recognised_document import recognised_document, with_recognised
from ingestion.recognising_parsing import RecognisingParsing
from ingestion.recognition import OcrFailed, OcrReader, Picture, RecognisedPage, RecognisedWord
from ingestion.tesseract_ocr_reader import find_tesseract
from tests.contracts.ocr_reader import OcrReaderContract
from tests.ingestion.pdf_files import BOLD, FULL_LINES, a_pdf, draw_grid, write
from tests.ingestion.scans import a_picture, picture_file, scanned

LIMITS = ParsingLimits()
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")


class KnownWords:
    """An `OcrReader` that finds on every page the words that it was made with, one below the other."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.read_pages: list[int] = []
        self.fails_at: int | None = None

    @property
    def name(self) -> str:
        return "known words"

    def read(self, picture: Picture) -> RecognisedPage:
        if picture.page == self.fails_at:
            raise OcrFailed("it was told to")
        self.read_pages.append(picture.page)
        height, width = picture.dots.shape
        points = 72 / picture.dots_per_inch
        return RecognisedPage(picture.page, 0, width * points, height * points, tuple(listed(*self._words)))


def listed(*words: str, confidence: int = 95) -> Iterator[RecognisedWord]:
    for number, word in enumerate(words):
        top = 0.1 + 0.05 * number
        yield RecognisedWord(word, Box(0.1, top, 0.1 + 0.015 * len(word), top + 0.02), number, confidence)


def a_page(number: int, *words: str, confidence: int = 95) -> RecognisedPage:
    return RecognisedPage(number, 0, 612, 792, tuple(listed(*words, confidence=confidence)))


def policy(canvas: Canvas) -> None:
    write(canvas, "Leave policy", y=720, font=BOLD, size=22)
    write(canvas, FULL_LINES, y=670, size=12, leading=16)
    write(canvas, "Unused leave expires on 31 March.", y=580, size=12)


def note(canvas: Canvas) -> None:
    write(canvas, "Parking is free for visitors on Sundays.", y=700, size=14)


def texts(document: ParsedDocument) -> list[str]:
    return ["".join(document.text[span.start : span.end] for span in item.spans) for item in document.elements]


@pytest.fixture(scope="module")
def parsing() -> Iterator[ParsingServer]:
    with ParsingServer(LIMITS) as server:
        yield server


@pytest.fixture(scope="module")
def tesseract() -> OcrReader:
    reader = find_tesseract("tesseract", ["eng"], 60)
    assert reader is not None
    return reader


@needs_tesseract
class TestTesseract(OcrReaderContract):
    @pytest.fixture
    def reader(self, tesseract: OcrReader) -> OcrReader:
        return tesseract


def recognised(parsing: ParsingServer, reader: OcrReader, folder: Path, content: bytes, name: str) -> Reading:
    return RecognisingParsing(parsing, reader, FolderPageMemory(folder), LIMITS).parse(content, name)


@needs_tesseract
@pytest.mark.parametrize("turn", range(4))
def test_a_scan_is_read_whichever_way_it_lies(
    turn: int, parsing: ParsingServer, tesseract: OcrReader, tmp_path: Path
) -> None:
    reading = recognised(parsing, tesseract, tmp_path, a_pdf(scanned(policy, turn)), "scan.pdf")
    document = reading.document
    assert texts(document) == ["Leave policy", " ".join(FULL_LINES), "Unused leave expires on 31 March."]
    assert document.elements[0].kind is ElementKind.HEADING
    assert (reading.media_type, document.page_count, document.unread_pages) == (PDF, 1, ())
    expires = document.text.index("expires")
    (place,) = [placed.place for placed in document.places if placed.span.start == expires]
    assert isinstance(place, PagePlace)
    middle = ((place.box.left + place.box.right) / 2, (place.box.top + place.box.bottom) / 2)
    upright = (0.291, 0.263)
    turned = [upright, (1 - upright[1], upright[0]), (1 - upright[0], 1 - upright[1]), (upright[1], 1 - upright[0])]
    assert middle == pytest.approx(turned[turn], abs=0.02)


@needs_tesseract
@pytest.mark.parametrize(("format_", "media_type"), [("PNG", PNG), ("JPEG", JPEG), ("TIFF", TIFF)])
def test_a_picture_file_is_read(
    format_: str, media_type: str, parsing: ParsingServer, tesseract: OcrReader, tmp_path: Path
) -> None:
    reading = recognised(parsing, tesseract, tmp_path, picture_file(note, format_), "photo")
    assert reading.media_type == media_type
    assert texts(reading.document) == ["Parking is free for visitors on Sundays."]


@needs_tesseract
def test_a_fax_of_several_pages_is_read(parsing: ParsingServer, tesseract: OcrReader, tmp_path: Path) -> None:
    reading = recognised(parsing, tesseract, tmp_path, picture_file(note, "TIFF", policy), "fax.tif")
    assert reading.document.page_count == 2
    assert texts(reading.document)[:2] == ["Parking is free for visitors on Sundays.", "Leave policy"]


def test_a_page_without_text_layer_is_read_in_its_place(parsing: ParsingServer, tmp_path: Path) -> None:
    def last(canvas: Canvas) -> None:
        write(canvas, "The end of it all is written here.", y=700)

    content = a_pdf(policy, scanned(note), last)
    unread = parsing.parse(content, "mixed.pdf").document
    assert unread.unread_pages == (2,)
    document = recognised(parsing, KnownWords("Parking", "free"), tmp_path, content, "mixed.pdf").document
    assert texts(document) == [*texts(unread)[:-1], "Parking", "free", "The end of it all is written here."]
    assert document.unread_pages == ()
    assert document.remarks == ("Read by text recognition: page 2. Check what matters.",)
    for placed in document.places:
        assert isinstance(placed.place, PagePlace)
    pages = {document.text[p.span.start : p.span.end]: p.place.page for p in document.places}  # type: ignore[union-attr]
    assert (pages["Leave"], pages["Parking"], pages["end"]) == (1, 2, 3)


def test_tables_keep_their_cells_when_pages_are_put_between(parsing: ParsingServer, tmp_path: Path) -> None:
    def table(canvas: Canvas) -> None:
        draw_grid(canvas, [72, 200, 330], [700, 680, 660])
        for row, cells in enumerate([("Item", "Price"), ("Pump", "12 EUR")]):
            for column, cell in enumerate(cells):
                write(canvas, cell, x=78 + 128 * column, y=686 - 20 * row)

    content = a_pdf(scanned(note), table)
    document = recognised(parsing, KnownWords("Prices"), tmp_path, content, "mixed.pdf").document
    (found,) = [element.table for element in document.elements if element.table]
    rows = (*found.header, *found.rows)
    said = [["".join(document.text[s.start : s.end] for s in cell.spans) for cell in row.cells] for row in rows]
    assert said == [["Item", "Price"], ["Pump", "12 EUR"]]


def test_what_was_recognised_is_not_recognised_again(parsing: ParsingServer, tmp_path: Path) -> None:
    content = a_pdf(*[scanned(note)] * 3)
    reader = KnownWords("Parking")
    reader.fails_at = 3
    with pytest.raises(OcrFailed):
        recognised(parsing, reader, tmp_path, content, "scan.pdf")
    reader.fails_at = None
    assert recognised(parsing, reader, tmp_path, content, "scan.pdf").document.page_count == 3
    assert reader.read_pages == [1, 2, 3]
    memory = FolderPageMemory(tmp_path)
    (folder,) = [path for path in tmp_path.glob("*/*") if path.is_dir()]
    memory.forget(folder.name)
    assert not folder.exists()


def test_a_damaged_memory_is_recognised_again(tmp_path: Path) -> None:
    memory = FolderPageMemory(tmp_path)
    memory.keep("ab" * 32, "reader", a_page(1, "one"))
    memory.keep("ab" * 32, "reader", a_page(2, "two"))
    assert memory.find("ab" * 32, "reader") == {1: a_page(1, "one"), 2: a_page(2, "two")}
    assert memory.find("ab" * 32, "another") == {}
    next(path for path in tmp_path.rglob("2")).write_bytes(b"nonsense")
    assert list(memory.find("ab" * 32, "reader")) == [1]


def test_a_picture_without_words_is_empty(parsing: ParsingServer, tmp_path: Path) -> None:
    with pytest.raises(Empty):
        recognised(parsing, KnownWords(), tmp_path, a_pdf(scanned(note)), "scan.pdf")


def test_without_recognition_it_is_said_how_to_mend_it(parsing: ParsingServer) -> None:
    with pytest.raises(WithoutTextLayer, match="Install Tesseract") as scan:
        parsing.parse(a_pdf(*[scanned(note)] * 2), "scan.pdf")
    assert scan.value.pages == 2
    with pytest.raises(WithoutTextLayer, match="The page has no text layer"):
        parsing.parse(picture_file(note, "PNG"), "photo.png")


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("kept", [0.01, 0.1, 0.5])
def test_a_cut_picture_is_damaged(format_: str, kept: float, parsing: ParsingServer) -> None:
    content = picture_file(note, format_)
    with pytest.raises(Unreadable):
        parsing.parse(content[: max(int(len(content) * kept), 12)], "photo")


def test_a_picture_of_endless_size_is_refused(parsing: ParsingServer) -> None:
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, format="PNG")
    with pytest.raises(Unreadable):
        parsing.parse(buffer.getvalue(), "bomb.png")


def test_drawing_pages_is_confined_in_memory() -> None:
    content = picture_file(note, "PNG")
    with pytest.raises((OutOfMemory, ParserCrashed)):
        list(pictures_of(content, PNG, [1], ParsingLimits(memory_bytes=1 << 20)))


def test_a_page_that_cannot_be_drawn_has_no_dots() -> None:
    first, missing = pictures_of(a_pdf(note), PDF, [1, 5], LIMITS)
    assert first.dots.size > 0
    assert missing.dots.size == 0


def test_a_file_that_is_no_picture_is_not_drawn() -> None:
    with pytest.raises(Unreadable):
        list(pictures_of(b"\x89PNG\r\n\x1a\n nothing", PNG, [1], LIMITS))


def test_what_was_hard_to_recognise_is_remarked() -> None:
    document = recognised_document([a_page(1, "clear"), a_page(2, "blurred", confidence=50), a_page(3)], 3)
    assert document.remarks == (
        "Read by text recognition: pages 1–2. Check what matters.",
        "Hard to recognise, so that words may be wrong: page 2.",
        "Text recognition found no words: page 3.",
    )


def test_recognised_pages_come_after_the_last_page_too() -> None:
    document = recognised_document([a_page(1, "One."), a_page(2, "Two.")], 3)
    whole = with_recognised(document, [a_page(3, "Three.")])
    assert texts(whole) == ["One.", "Two.", "Three."]


@needs_tesseract
def test_a_page_that_takes_too_long_is_an_outcome() -> None:
    reader = find_tesseract("tesseract", ["eng"], 0.01)
    assert reader is not None
    with pytest.raises(OcrFailed, match="longer than"):
        reader.read(a_picture(["word"] * 20)[0])


@needs_tesseract
def test_a_language_that_is_not_installed_is_named() -> None:
    with pytest.raises(OcrFailed, match="lacks the language tlh"):
        find_tesseract("tesseract", ["tlh"], 60)


def test_a_program_that_is_not_there_is_none() -> None:
    assert find_tesseract("no-such-program-of-this-name", [], 60) is None
    assert find_tesseract("", [], 60) is None


def test_transparent_pictures_are_read_on_white(parsing: ParsingServer) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (50, 40), (0, 0, 0, 0)).save(buffer, format="PNG")
    (picture,) = pictures_of(buffer.getvalue(), PNG, [1], LIMITS)
    assert np.all(picture.dots == 255)


def test_a_broken_page_of_a_fax_is_a_page_without_dots(parsing: ParsingServer) -> None:
    content = picture_file(note, "TIFF", note)
    with pytest.raises(Damaged):
        parsing.parse(content[: len(content) // 3], "fax.tif")
