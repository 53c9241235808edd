"""Tells what a file's name promises and what its first bytes are, as far as the two can contradict each other."""

from enum import StrEnum
from pathlib import PurePath

from corpus.errors import Invalid
from ingestion.media_type import (
    DOCX,
    EPUB,
    EXTENSIONS,
    OLD_OFFICE_START,
    PDF,
    PDF_MARK,
    PDF_MARK_WITHIN,
    PICTURES,
    PPTX,
    XLSX,
    ZIP_STARTS,
    detect_picture,
    find_unreadable,
    looks_like_html,
)
from ingestion.recording_type import is_recording_name, recording_kind

_ZIPPED = frozenset({DOCX, PPTX, XLSX, EPUB})


class Family(StrEnum):
    """Within one, a name may be a slip: a JPEG named png, a WebM named mp4, a table named txt."""

    PDF = "a PDF"
    OFFICE = "an office file or e-book"
    PICTURE = "a picture"
    RECORDING = "a recording"
    TEXT = "text"


class Mislabelled(Invalid):
    def __init__(self, name: str, promised: Family, found: str) -> None:
        super().__init__(
            f"“{name}” is named like {promised}, but what is in it is {found}. "
            "Rename it to what it is, or choose the file that you meant."
        )
        self.promised = promised
        self.found = found


def promised_family(name: str) -> Family | None:
    """None where the name promises nothing that can be read."""
    if is_recording_name(name):
        return Family.RECORDING
    media_type = EXTENSIONS.get(PurePath(name).suffix.lower())
    if media_type is None:
        return None
    if media_type == PDF:
        return Family.PDF
    if media_type in _ZIPPED:
        return Family.OFFICE
    return Family.PICTURE if media_type in PICTURES else Family.TEXT


def found_family(head: bytes) -> Family | None:
    """None for what is of no family: programs, archives of other kinds, and bytes that nothing is known about."""
    if recording_kind(head) is not None:
        return Family.RECORDING
    if detect_picture(head) is not None:
        return Family.PICTURE
    if PDF_MARK in head[:PDF_MARK_WITHIN]:
        return Family.PDF
    if head.startswith((*ZIP_STARTS, OLD_OFFICE_START)):
        return Family.OFFICE
    return Family.TEXT if find_unreadable(head) is None and _may_be_text(head) else None


def check_name(name: str, head: bytes) -> None:
    """Raises `Mislabelled` where a file is surely something else than its name promises.

    Bytes that nothing is known about pass, and so do empty ones: their parser says what is wrong with them.
    """
    promised = promised_family(name)
    if promised is None or not head.strip(b"\x00 \t\r\n\v\f"):
        return
    found = found_family(head)
    # A page of HTML may speak of PDF, as this line does.
    speaks_of_it = promised is Family.TEXT and found is Family.PDF and not head.startswith(PDF_MARK)
    if found is promised or speaks_of_it:
        return
    what = _said(head, found)
    if what is not None:
        raise Mislabelled(name, promised, what)


def _said(head: bytes, found: Family | None) -> str | None:
    if found is Family.TEXT:
        return "HTML" if looks_like_html(head) else "plain text"
    if found is Family.OFFICE:
        return "an office file" if head.startswith(OLD_OFFICE_START) else "a zip archive, as office files are"
    if found is not None:
        return found.value
    what = find_unreadable(head)
    return None if what is None else what[0].lower() + what[1:]


def _may_be_text(head: bytes) -> bool:
    """Zero bytes are in no text but UTF-16 and UTF-32, where they stand beside every Latin letter."""
    return b"\x00" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))
