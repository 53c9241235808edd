"""Takes the links out of a web page, one a line."""

import re

from ingestion.lxml_html import links_of, parse_html
from ingestion.lxml_parser import decode_html
from ingestion.parsed import ParsedDocument


class LxmlLinksParser:
    def parse(self, content: bytes, name: str) -> ParsedDocument:
        root = parse_html(decode_html(content).text)
        # No address holds a line break; as browsers do, what is written over several lines is read as one.
        return ParsedDocument("\n".join(re.sub(r"[\t\r\n]", "", link.strip()) for link in links_of(root)), ())
