"""Tells what a file is by looking into it; its name only decides between kinds of plain text."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePath

from ingestion.decoding import decode
from ingestion.parsed import Damaged, Empty, PasswordProtected, Unreadable

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPUB = "application/epub+zip"
HTML = "text/html"
MARKDOWN = "text/markdown"
PLAIN = "text/plain"
CSV = "text/csv"
TSV = "text/tab-separated-values"
MAIL = "message/rfc822"
VTT = "text/vtt"
SRT = "application/x-subrip"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
PICTURES = frozenset({PNG, JPEG, TIFF})
"""What stands on them is recognised, page by page."""

EXTENSIONS: dict[str, str] = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".docm": DOCX,
    ".dotx": DOCX,
    ".pptx": PPTX,
    ".pptm": PPTX,
    ".ppsx": PPTX,
    ".potx": PPTX,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".xltx": XLSX,
    ".epub": EPUB,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".mdx": MARKDOWN,
    ".txt": PLAIN,
    ".text": PLAIN,
    ".log": PLAIN,
    ".csv": CSV,
    ".tsv": TSV,
    ".tab": TSV,
    ".eml": MAIL,
    ".vtt": VTT,
    ".srt": SRT,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".tif": TIFF,
    ".tiff": TIFF,
}
# Extensions of what is not read: a file of that name with readable content is mislabelled all the same.
_OTHERS = (
    ".doc .xls .ppt .odt .ods .odp .rtf .msg .gif .webp .bmp .svg .mp3 .mp4 .wav .flac .ogg"
    " .mov .avi .mkv .webm .m4a .zip .gz .tar .7z .rar .exe .dll .iso .bin"
)
_OTHER_EXTENSIONS = frozenset(_OTHERS.split())


class UnsupportedType(Unreadable):
    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what} cannot be read. {advice}")
        self.what = what


@dataclass(frozen=True, slots=True)
class DetectedType:
    """`mislabelled`: the name's extension promises something else than the content is."""

    media_type: str
    mislabelled: bool = False


def detect_media_type(content: bytes, name: str) -> DetectedType:
    """Raises `Empty`, `UnsupportedType`, `PasswordProtected` or `Damaged` for what no parser can read."""
    if not content.strip(b"\x00 \t\r\n\v\f"):
        raise Empty
    extension = PurePath(name).suffix.lower()
    media_type = _binary_type(content)
    if media_type is None:
        media_type = _text_type(content, EXTENSIONS.get(extension))
    promised = EXTENSIONS.get(extension)
    mislabelled = promised != media_type and (promised is not None or extension in _OTHER_EXTENSIONS)
    return DetectedType(media_type, mislabelled)


ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
OLD_OFFICE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN = 1024
_PICTURE_STARTS = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_PICTURE = "Run text recognition on it, or add the document that it was made from."
_RECORDING = "Add its transcript (vtt, srt or txt) instead."
_ARCHIVE = "Unpack it and add the files."
_PROGRAM = "Only documents can be added."

_SIGNATURES: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"GIF87a", "A picture (GIF)", _PICTURE),
    (0, b"GIF89a", "A picture (GIF)", _PICTURE),
    (0, b"8BPS", "A picture (Photoshop)", _PICTURE),
    (0, b"\x00\x00\x01\x00", "A picture (icon)", _PICTURE),
    (8, b"WEBP", "A picture (WebP)", _PICTURE),
    (4, b"ftypheic", "A picture (HEIC)", _PICTURE),
    (4, b"ftypmif1", "A picture (HEIC)", _PICTURE),
    (4, b"ftypavif", "A picture (AVIF)", _PICTURE),
    (8, b"WAVE", "A recording (WAV)", _RECORDING),
    (8, b"AVI ", "A recording (AVI)", _RECORDING),
    (0, b"ID3", "A recording (MP3)", _RECORDING),
    (0, b"\xff\xfb", "A recording (MP3)", _RECORDING),
    (0, b"\xff\xf3", "A recording (MP3)", _RECORDING),
    (0, b"\xff\xf1", "A recording (AAC)", _RECORDING),
    (0, b"fLaC", "A recording (FLAC)", _RECORDING),
    (0, b"OggS", "A recording (Ogg)", _RECORDING),
    (4, b"ftyp", "A recording (MP4)", _RECORDING),
    (0, b"\x1aE\xdf\xa3", "A recording (Matroska, WebM)", _RECORDING),
    (0, b"FORM", "A recording (AIFF)", _RECORDING),
    (0, b"\x1f\x8b", "An archive (gzip)", _ARCHIVE),
    (0, b"BZh", "An archive (bzip2)", _ARCHIVE),
    (0, b"\xfd7zXZ\x00", "An archive (xz)", _ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", "An archive (7-Zip)", _ARCHIVE),
    (0, b"Rar!\x1a\x07", "An archive (RAR)", _ARCHIVE),
    (0, b"(\xb5/\xfd", "An archive (zstd)", _ARCHIVE),
    (257, b"ustar", "An archive (tar)", _ARCHIVE),
    (0, b"\x7fELF", "A program", _PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", "A program", _PROGRAM),
    (0, b"\xca\xfe\xba\xbe", "A program", _PROGRAM),
    (0, b"\x00asm", "A program (WebAssembly)", _PROGRAM),
    (0, b"SQLite format 3\x00", "A database (SQLite)", "Export its tables as CSV."),
    (0, b"PAR1", "A data file (Parquet)", "Export it as CSV."),
    (0, b"{\\rtf", "A rich text file (RTF)", "Open it in a word processor, save it as docx and add that."),
    (0, b"%!PS", "A PostScript file", "Convert it to PDF and add that."),
)
# Two letters are too little to tell a program or a picture from a text that begins with them.
_SHORT_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"MZ", "A program (Windows)", _PROGRAM),
    (b"BM", "A picture (BMP)", _PICTURE),
)


def detect_picture(content: bytes) -> str | None:
    """The type of a picture that can be read, None for anything else."""
    return next((media_type for start, media_type in _PICTURE_STARTS if content.startswith(start)), None)


def _binary_type(content: bytes) -> str | None:
    """None if it may be text."""
    picture = detect_picture(content)
    if picture is not None:
        return picture
    if PDF_MARK in content[:PDF_MARK_WITHIN]:
        return PDF
    if content.startswith(ZIP_STARTS):
        return _zip_type(content)
    if content.startswith(OLD_OFFICE_START):
        raise _legacy_office(content)
    unreadable = _unreadable(content)
    if unreadable is not None:
        raise UnsupportedType(*unreadable)
    return None


def find_unreadable(head: bytes) -> str | None:
    """What a file is that is told by its first bytes and of no kind that can be read; None for any other."""
    found = _unreadable(head)
    return None if found is None else found[0]


def looks_like_html(head: bytes) -> bool:
    return _HTML_START.match(decode(head).text.lstrip("\ufeff")[:_SAMPLE]) is not None


def _unreadable(content: bytes) -> tuple[str, str] | None:
    """What it is, and what to do instead."""
    for offset, signature, what, advice in _SIGNATURES:
        if content.startswith(signature, offset):
            # "FORM" or "ID3" may begin a text; what carries them in earnest holds zero bytes near its head.
            if signature.isascii() and signature.isalnum() and b"\x00" not in content[:64]:
                continue
            return what, advice
    for signature, what, advice in _SHORT_SIGNATURES:
        if content.startswith(signature) and b"\x00" in content[:64]:
            return what, advice
    return None


_MAIN_PARTS = (
    ("wordprocessingml.", DOCX),
    ("ms-word.", DOCX),
    ("presentationml.", PPTX),
    ("ms-powerpoint.", PPTX),
    ("spreadsheetml.", XLSX),
    ("ms-excel.", XLSX),
)
_MAIN_PART = re.compile(
    r"application/vnd\.(?:openxmlformats-officedocument\.)?([a-z-]+\.)"
    r"(?:(?:document|template|presentation|slideshow|sheet|macroEnabledTemplate)\.)?(?:macroEnabled\.)?main\+xml"
)


def _zip_type(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any(member.flag_bits & 1 for member in archive.infolist()):
                raise PasswordProtected
            head = _head(archive, "mimetype").decode("ascii", errors="replace").strip()
            types = _head(archive, "[Content_Types].xml").decode("utf-8", errors="replace")
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise Damaged("its directory cannot be read") from error
    if head == EPUB or ("META-INF/container.xml" in names and not types):
        return EPUB
    if head.startswith("application/vnd.oasis.opendocument"):
        raise UnsupportedType("An OpenDocument file", "Save it as docx, xlsx or pptx, or as PDF, and add that.")
    if "sheet.binary.macroEnabled.main" in types:
        raise UnsupportedType("A binary Excel workbook (xlsb)", "Save it as xlsx and add that.")
    for match in _MAIN_PART.finditer(types):
        for mark, media_type in _MAIN_PARTS:
            if match[1] == mark:
                return media_type
    for member, media_type in (("word/document.xml", DOCX), ("ppt/presentation.xml", PPTX), ("xl/workbook.xml", XLSX)):
        if member in names:
            return media_type
    raise UnsupportedType("An archive (zip)", _ARCHIVE)


def _head(archive: zipfile.ZipFile, member: str) -> bytes:
    if member not in archive.namelist():
        return b""
    with archive.open(member) as stream:
        try:
            return stream.read(1 << 20)
        except zlib.error as error:
            raise Damaged(f"{member} cannot be unpacked") from error


def _legacy_office(content: bytes) -> Unreadable:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        return PasswordProtected()
    if holds("WordDocument"):
        return UnsupportedType("An old Word file (doc)", "Open it in Word, save it as docx and add that.")
    if holds("PowerPoint Document"):
        return UnsupportedType("An old PowerPoint file (ppt)", "Open it in PowerPoint, save it as pptx and add that.")
    if holds("Workbook") or holds("Book"):
        return UnsupportedType("An old Excel file (xls)", "Open it in Excel, save it as xlsx and add that.")
    if holds("__substg1.0_"):
        return UnsupportedType("An Outlook message (msg)", "Save it as eml, or its text as PDF, and add that.")
    return UnsupportedType("An old Office file", "Save it as docx, xlsx, pptx or PDF and add that.")


_VTT_START = re.compile(r"WEBVTT(?:[ \t\r\n]|\Z)")
_SRT_START = re.compile(r"\s*\d+[ \t]*\r?\n\d{1,2}:\d\d:\d\d[,.]\d{1,3}[ \t]*-->[ \t]*\d{1,2}:\d\d:\d\d[,.]\d")
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,10000}?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta)\b", re.I | re.S
)
_XML_START = re.compile(r"\s*<\?xml\b")
_ANY_TAG = re.compile(r"<(?:p|div|table|h[1-6]|ul|ol|span|br|a|b|i|td|section|article|main)\b[^<>]*>", re.I)
_MAIL_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?:[ \t].*)?$")
_MAIL = (
    "from to cc bcc subject date received return-path message-id mime-version delivered-to reply-to sender"
    " content-type x-mailer in-reply-to references"
)
_MAIL_NAMES = frozenset(_MAIL.split())
# A text note may begin with "From:" and "Subject:"; these lines are written by mail programs only.
_MACHINE_NAMES = frozenset({"received", "return-path", "message-id", "mime-version", "delivered-to"})
_MARKDOWN_SIGN = re.compile(
    r"^(?:#{1,6} \S|```|~~~|\|[ :|-]+\|[ \t]*$|\s*[*-] \S)|\[[^\]\n]+\]\([^)\s]+\)|\*\*\S", re.M
)
_SAMPLE = 64 * 1024


def _text_type(content: bytes, promised: str | None) -> str:
    head = decode(content).text.lstrip("\ufeff")[:_SAMPLE]
    written = _written_type(head, promised)
    if written is not None:
        return written
    if promised in {MARKDOWN, PLAIN, CSV, TSV}:
        return promised
    return _unnamed_text_type(head)


def _written_type(head: str, promised: str | None) -> str | None:
    """What the text itself says that it is."""
    if _VTT_START.match(head):
        return VTT
    if _SRT_START.match(head):
        return SRT
    if _HTML_START.match(head):
        return HTML
    if _XML_START.match(head):
        raise UnsupportedType("An XML file", "Export what it describes as PDF, docx, html or csv and add that.")
    if _is_mail(head, promised):
        return MAIL
    return HTML if promised == HTML and _ANY_TAG.search(head) else None


def _is_mail(head: str, promised: str | None) -> bool:
    names: set[str] = set()
    for line in head.splitlines():
        if not line.strip():
            break
        match = _MAIL_HEADER.match(line)
        if match is not None:
            names.add(match[1].lower())
        elif line[0] not in " \t" and not line.startswith("From "):
            return False
    known = names & _MAIL_NAMES
    if promised == MAIL:
        return bool(known)
    return len(known) >= 3 and len(names & _MACHINE_NAMES) >= 1 and bool(known & {"from", "subject"})


def _unnamed_text_type(head: str) -> str:
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    if len(lines) >= 2:
        if min(line.count("\t") for line in lines) >= 1 and len({line.count("\t") for line in lines}) == 1:
            return TSV
        for delimiter in ",;":
            counts = {line.count(delimiter) for line in lines}
            if len(counts) == 1 and min(counts) >= 2:
                return CSV
    if len(_MARKDOWN_SIGN.findall(head)) >= 2:
        return MARKDOWN
    return PLAIN
