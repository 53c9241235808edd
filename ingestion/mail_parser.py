"""Reads e-mails (eml): their headers as lines a person reads, and their body; attachments are named, not read."""

import re
from collections.abc import Iterator
from email import errors as mail_errors
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from corpus.locator import MailPlace
from ingestion.decoding import clean, decode
from ingestion.lxml_html import add_html, parse_html
from ingestion.lxml_parser import decode_html
from ingestion.parsed import Damaged, ElementKind, Empty, ParsedDocument
from ingestion.plain_parser import PlainParser
from ingestion.structured_text import StructuredText

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_IN_HEADERS = MailPlace("headers")
_IN_BODY = MailPlace("body")
_MOST_PARTS = 1_000
_FORMAT_FLOWED = "flowed"


class MailParser:
    def parse(self, content: bytes, name: str) -> ParsedDocument:
        # An archive of one mail (mbox) begins with a line that is no header.
        mail = message_from_bytes(
            re.sub(rb"\A(?:\xef\xbb\xbf)?(?:From [^\n]*\r?\n)?", b"", content), policy=policy.default
        )
        text = StructuredText()
        for header in _HEADERS:
            value = _header(mail, header)
            if value:
                text.add(ElementKind.PARAGRAPH, f"{header}: {value}", place=_IN_HEADERS)
        if text.is_empty:
            raise Damaged("it has none of the headers of an e-mail")
        remarks: list[str] = []
        before = text.document()
        body = _body(mail)
        if body is not None:
            remarks += _add_body(text, body)
        attachments = list(_attachments(mail, body))
        if attachments:
            remarks.append(f"Attachments were not read: {', '.join(attachments)}.")
        if text.document().text == before.text and not attachments and not _header(mail, "Subject"):
            raise Empty
        return text.document(_header(mail, "Subject") or None, remarks=remarks)


def _header(mail: Message, name: str) -> str:
    try:
        value = mail.get(name)
    except (ValueError, IndexError, TypeError, AttributeError, mail_errors.MessageError):
        # The library trips over some malformed headers; the raw line is still worth reading.
        value = next((raw for key, raw in mail.raw_items() if key.lower() == name.lower()), None)
    return " ".join(clean(str(value)).split()) if value else ""


def _parts(mail: Message) -> Iterator[Message]:
    for number, part in enumerate(mail.walk()):
        if number >= _MOST_PARTS:
            return
        yield part


def _body(mail: EmailMessage) -> Message | None:
    """The first plain text that is no attachment, else the first HTML."""
    texts = [
        part
        for part in _parts(mail)
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
    ]
    for wanted in ("text/plain", "text/html"):
        for part in texts:
            if part.get_content_type() == wanted and _payload(part).strip():
                return part
    return texts[0] if texts else None


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text_of(part: Message) -> tuple[str, tuple[str, ...]]:
    payload = _payload(part)
    charset = part.get_content_charset()
    if charset is not None:
        try:
            return payload.decode(charset), ()
        except (LookupError, UnicodeDecodeError):
            pass
    decoded = decode_html(payload) if part.get_content_type() == "text/html" else decode(payload)
    return decoded.text, decoded.remarks


def _add_body(text: StructuredText, part: Message) -> tuple[str, ...]:
    if not _payload(part).strip():
        return ()
    body, remarks = _text_of(part)
    if part.get_content_type() == "text/html":
        return (*remarks, *add_html(text, parse_html(body), _IN_BODY))
    if part.get_param("format") == _FORMAT_FLOWED:
        # A space at the end of a line says that the paragraph goes on.
        body = re.sub(r"(?<=[^\s>]) \r?\n(?![>\s-])", " ", body)
    if not body.strip():
        return remarks
    plain = PlainParser().parse(body.encode("utf-8", "replace"), "")
    for element in plain.elements:
        words = "".join(plain.text[span.start : span.end] for span in element.spans)
        text.add(element.kind, words, element.level, _IN_BODY)
    return remarks


def _attachments(mail: Message, body: Message | None) -> Iterator[str]:
    for part in _parts(mail):
        if part is body or part.is_multipart():
            continue
        name = part.get_filename()
        if name:
            yield " ".join(clean(str(name)).split())
        elif part.get_content_disposition() == "attachment":
            yield part.get_content_type()
