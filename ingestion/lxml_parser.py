"""Reads web pages."""

import codecs
import re

from ingestion.decoding import DecodedText, decode
from ingestion.lxml_html import add_html, page_title, parse_html
from ingestion.parsed import Empty, ParsedDocument
from ingestion.structured_text import StructuredText

_DECLARED = re.compile(
    rb"""<(?:meta[^>]*?charset\s*=\s*["']?|\?xml[^>]*?encoding\s*=\s*["'])([A-Za-z0-9._:-]+)""", re.I
)
_HEAD_BYTES = 4096


class LxmlParser:
    def parse(self, content: bytes, name: str) -> ParsedDocument:
        decoded = decode_html(content)
        root = parse_html(decoded.text)
        text = StructuredText()
        remarks = add_html(text, root)
        if text.is_empty:
            raise Empty
        return text.document(page_title(root), remarks=(*decoded.remarks, *remarks))


def decode_html(content: bytes) -> DecodedText:
    """What is valid UTF-8 is that, whatever the page declares; else its declaration counts, then a guess."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        declared = _DECLARED.search(content[:_HEAD_BYTES])
        if declared is not None and not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = declared[1].decode("ascii").lower()
            # Browsers read this declaration so, since pages mean it so.
            encoding = "cp1252" if encoding in {"iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii"} else encoding
            try:
                return DecodedText(content.decode(encoding))
            except (LookupError, UnicodeDecodeError):
                pass
    return decode(content)
