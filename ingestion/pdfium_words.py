"""Reads the words of a PDF page with their boxes and styles."""

import ctypes
import math
import re
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from ingestion.pdf_affine import Affine
from ingestion.pdf_characters import is_set_without_spaces, readable
from ingestion.pdf_page import Page, Sheet, Style, Word
from ingestion.pdfium_rules import read_drawing

# pdfium marks a hyphen at the end of a line as U+0002 (older versions U+FFFE); the word goes on in the next line.
_PIECE = re.compile("[^\\s\x02\ufffe]+[\x02\ufffe]?")
_LINE_END_HYPHENS = "\x02\ufffe\xad"
_UNSPACED = re.compile(
    "[\u3001-\u3011\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff65\U00020000-\U0003134f]"
)
_BOLD_NAME = re.compile(r"bold|black|heavy|semibd|demi(?!light)|-bd\b", re.IGNORECASE)
_ITALIC_NAME = re.compile(r"ital|obliq", re.IGNORECASE)
_FIXED_PITCH_NAME = re.compile(r"courier|mono|consol|menlo|inconsolata|typewriter", re.IGNORECASE)
_BOLD_WEIGHT = 600
_FIXED_PITCH_FLAG, _ITALIC_FLAG = 1, 1 << 6
_MAX_SLANT_DEGREES = 6.0
_SLANTED = 4


@dataclass(frozen=True, slots=True)
class DisplayedPage:
    """The size of a page after cropping and rotation, and the way from its user space to that display."""

    width: float
    height: float
    affine: Affine


@dataclass(frozen=True, slots=True)
class _Font:
    bold: bool
    italic: bool
    fixed_pitch: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """What all characters of one text object share. `turn` is _SLANTED for text at an odd angle."""

    style: Style
    turn: int
    undecodable: bool
    rise_of_baseline: tuple[float, float]
    """From the left bottom corner of the loose box of a character to the baseline, in user space."""


def read_page(document: pypdfium2.PdfDocument, index: int) -> Page:
    """Raises `pypdfium2.PdfiumError` if the page cannot be loaded."""
    page = document[index]
    try:
        displayed = displayed_page(page)
        text_page = page.get_textpage()
        try:
            by_turn, undecodable = _read_words(text_page.raw, displayed)
        finally:
            text_page.close()
        turns = sorted(by_turn, key=lambda turn: -sum(len(word.text) for word in by_turn[turn]))
        drawing = read_drawing(page.raw)
        sheets = []
        for rank, turn in enumerate(turns):
            quarter = turn % 4
            width, height = displayed.width, displayed.height
            affine = displayed.affine.turned(quarter, width, height)
            if quarter % 2:
                width, height = height, width
            rules = drawing.rules(affine) if rank == 0 else ()
            sheets.append(Sheet(index + 1, quarter, width, height, tuple(by_turn[turn]), rules))
        return Page(index + 1, tuple(sheets), drawing.shows_pictures, drawing.large_images, undecodable)
    finally:
        page.close()


def displayed_page(page: pypdfium2.PdfPage) -> DisplayedPage:
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page.raw, ctypes.byref(box))
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    width, height = max(right - left, 1e-3), max(top - bottom, 1e-3)
    rotation = page.get_rotation()
    if rotation == 90:
        return DisplayedPage(height, width, Affine(0, 1, -bottom, 1, 0, -left))
    if rotation == 180:
        return DisplayedPage(width, height, Affine(-1, 0, right, 0, 1, -bottom))
    if rotation == 270:
        return DisplayedPage(height, width, Affine(0, -1, top, -1, 0, right))
    return DisplayedPage(width, height, Affine(1, 0, -left, 0, -1, top))


def _characters(text_page: pdfium.FPDF_TEXTPAGE) -> str:
    """One Python character per pdfium character index."""
    count = pdfium.FPDFText_CountChars(text_page)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    if written == count + 1:
        text = bytes(buffer).decode("utf-16-le", "surrogatepass")[:-1]
        if len(text) == count:
            return text
    read = pdfium.FPDFText_GetUnicode
    return "".join(chr(code) if 0 < (code := read(text_page, index)) < 0x110000 else " " for index in range(count))


def _read_words(text_page: pdfium.FPDF_TEXTPAGE, displayed: DisplayedPage) -> tuple[dict[int, list[Word]], bool]:
    text = _characters(text_page)
    runs = _RunReader(text_page, displayed.affine)
    affines = [displayed.affine.turned(turn, displayed.width, displayed.height) for turn in range(4)]
    affines.append(displayed.affine)
    by_turn: dict[int, list[Word]] = {}
    undecodable = total = 0
    box = pdfium.FS_RECTF()
    box_pointer = ctypes.byref(box)
    loose_box = pdfium.FPDFText_GetLooseCharBox
    for piece in _PIECE.finditer(text):
        characters = piece.group()
        first, end = piece.span()
        run = runs.at(first)
        if run is None:
            continue
        total += 1
        undecodable += run.undecodable
        affine = affines[run.turn]
        stretches = (
            [(first, end)] if characters.isascii() or not _UNSPACED.search(characters) else _single(text, first, end)
        )
        glued = False
        for start, stop in stretches:
            shown = characters[start - first : stop - first]
            if shown[-1] in _LINE_END_HYPHENS:
                shown = shown[:-1] + "-"
            shown = readable(shown)
            if not shown or not loose_box(text_page, start, box_pointer):
                continue
            left, bottom, right, top = box.left, box.bottom, box.right, box.top
            rise_x, rise_y = run.rise_of_baseline
            origin_x, origin_y = left + rise_x, bottom + rise_y
            if stop - start > 1 and loose_box(text_page, stop - 1, box_pointer):
                left, bottom = min(left, box.left), min(bottom, box.bottom)
                right, top = max(right, box.right), max(top, box.top)
            word = _placed(shown, left, bottom, right, top, origin_x, origin_y, affine, run.style, glued)
            if word.right > 0 and word.bottom > 0 and word.left < displayed.width + displayed.height:
                by_turn.setdefault(run.turn, []).append(word)
            glued = True
    for turn, words in by_turn.items():
        width, height = (displayed.width, displayed.height) if turn % 2 == 0 else (displayed.height, displayed.width)
        by_turn[turn] = [word for word in words if word.left < width and word.top < height]
    return {turn: words for turn, words in by_turn.items() if words}, total > 0 and undecodable > total / 2


def _single(text: str, first: int, end: int) -> list[tuple[int, int]]:
    """Cuts around every character that is set without spaces, so that each has a place of its own."""
    stretches: list[tuple[int, int]] = []
    start = first
    for index in range(first, end):
        if is_set_without_spaces(text[index]):
            if start < index:
                stretches.append((start, index))
            stretches.append((index, index + 1))
            start = index + 1
    if start < end:
        stretches.append((start, end))
    return stretches


def _placed(
    text: str,
    left: float,
    bottom: float,
    right: float,
    top: float,
    origin_x: float,
    origin_y: float,
    affine: Affine,
    style: Style,
    glued: bool,
) -> Word:
    xx, xy, x0, yx, yy, y0 = affine.xx, affine.xy, affine.x0, affine.yx, affine.yy, affine.y0
    first_x, second_x = xx * left + xy * bottom + x0, xx * right + xy * top + x0
    first_y, second_y = yx * left + yy * bottom + y0, yx * right + yy * top + y0
    upper, lower = (first_y, second_y) if first_y < second_y else (second_y, first_y)
    baseline = yx * origin_x + yy * origin_y + y0
    size = style.size
    # Some fonts claim absurd ascents; others none at all.
    if not 0.6 * size <= lower - upper <= 2.2 * size:
        upper, lower = baseline - 0.9 * size, baseline + 0.25 * size
    if first_x > second_x:
        first_x, second_x = second_x, first_x
    return Word(text, first_x, upper, second_x, lower, baseline, style, glued)


class _RunReader:
    """Looks up style and direction once per text object: each look-up costs six calls into pdfium."""

    def __init__(self, text_page: pdfium.FPDF_TEXTPAGE, affine: Affine) -> None:
        self._text_page = text_page
        self._affine = affine
        self._runs: dict[int, _Run] = {}
        self._fonts: dict[int, _Font] = {}
        self._styles: dict[Style, Style] = {}
        self._matrix = pdfium.FS_MATRIX()
        self._channels = tuple(ctypes.c_uint() for _ in range(4))
        self._x, self._y, self._box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()

    def at(self, index: int) -> _Run | None:
        text_object = pdfium.FPDFText_GetTextObject(self._text_page, index)
        if not text_object:
            return None
        address = ctypes.addressof(text_object.contents)
        run = self._runs.get(address)
        if run is None:
            run = self._runs[address] = self._read(index, text_object)
        return run

    def _read(self, index: int, text_object: pdfium.FPDF_PAGEOBJECT) -> _Run:
        font = self._font(text_object)
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self._text_page, index, ctypes.byref(matrix))
        size = pdfium.FPDFText_GetFontSize(self._text_page, index) * math.hypot(matrix.c, matrix.d)
        red, green, blue, alpha = self._channels
        colour = 0
        if pdfium.FPDFPageObj_GetFillColor(text_object, red, green, blue, alpha):
            colour = red.value << 16 | green.value << 8 | blue.value
        thickened = pdfium.FPDFTextObj_GetTextRenderMode(text_object) == pdfium.FPDF_TEXTRENDERMODE_FILL_STROKE
        style = Style(round(abs(size), 1) or 1.0, font.bold or thickened, font.italic, font.fixed_pitch, colour)
        style = self._styles.setdefault(style, style)
        undecodable = pdfium.FPDFText_HasUnicodeMapError(self._text_page, index) == 1
        x, y, box = self._x, self._y, self._box
        pdfium.FPDFText_GetCharOrigin(self._text_page, index, ctypes.byref(x), ctypes.byref(y))
        pdfium.FPDFText_GetLooseCharBox(self._text_page, index, ctypes.byref(box))
        return _Run(style, self._turn(matrix.a, matrix.b), undecodable, (x.value - box.left, y.value - box.bottom))

    def _turn(self, a: float, b: float) -> int:
        if b == 0 and a > 0 and self._affine.xx == 1:
            return 0
        x = self._affine.xx * a + self._affine.xy * b
        y = self._affine.yx * a + self._affine.yy * b
        degrees = math.degrees(math.atan2(y, x)) % 360
        turn = round(degrees / 90)
        return turn % 4 if abs(degrees - turn * 90) <= _MAX_SLANT_DEGREES else _SLANTED

    def _font(self, text_object: pdfium.FPDF_PAGEOBJECT) -> _Font:
        handle = pdfium.FPDFTextObj_GetFont(text_object)
        if not handle:
            return _Font(False, False, False)
        address = ctypes.addressof(handle.contents)
        font = self._fonts.get(address)
        if font is None:
            buffer = ctypes.create_string_buffer(256)
            pdfium.FPDFFont_GetBaseFontName(handle, buffer, 256)
            name = buffer.value.decode("utf-8", "replace")
            flags = pdfium.FPDFFont_GetFlags(handle)
            font = self._fonts[address] = _Font(
                bold=bool(_BOLD_NAME.search(name)) or pdfium.FPDFFont_GetWeight(handle) >= _BOLD_WEIGHT,
                italic=bool(_ITALIC_NAME.search(name)) or (flags > 0 and bool(flags & _ITALIC_FLAG)),
                fixed_pitch=bool(_FIXED_PITCH_NAME.search(name)) or (flags > 0 and bool(flags & _FIXED_PITCH_FLAG)),
            )
        return font
