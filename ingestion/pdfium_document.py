"""Opens PDF bytes and turns what can be wrong with them into our errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

import pypdfium2
import pypdfium2.raw as pdfium

from ingestion.parsed import Damaged, Empty, PasswordProtected

_END_MARK = b"%%EOF"
_DECLARED_LENGTH = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d+)")


_PDFIUM = RLock()
"""PDFium must not be entered by two threads at a time, whatever documents they are about: the process dies of it."""


@contextmanager
def opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """One document at a time. Raises `Empty`, `PasswordProtected` or `Damaged`, also for a file that stops early."""
    if not content.strip(b"\0\t\r\n "):
        raise Empty
    with _PDFIUM:
        document = _open(content)
        try:
            refuse_cut_off(content)
            if len(document) == 0:
                raise Damaged("it has no pages")
            yield document
        finally:
            document.close()


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise PasswordProtected from error
        refuse_cut_off(content)
        raise Damaged("its structure cannot be read") from error


def refuse_cut_off(content: bytes) -> None:
    """pdfium repairs a file that stops half-way and then shows fewer pages without a word; we say so instead."""
    declared = _DECLARED_LENGTH.search(content[:2048])
    if declared is not None and len(content) < int(declared.group(1)):
        raise Damaged(f"only {len(content):,} of its {int(declared.group(1)):,} bytes are there")
    if _END_MARK not in content:
        raise Damaged("its end is missing, as after a download that broke off")
