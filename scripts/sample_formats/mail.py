"""E-mail samples: plain text and HTML side by side, and an attachment."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from markdown_it import MarkdownIt

from scripts.sample_formats.source import Source


def eml_of(source: Source, attachment: Path | None) -> bytes:
    message = EmailMessage()
    markdown = MarkdownIt("commonmark").enable("table")
    for name in ("From", "To", "Cc", "Subject"):
        if name.lower() in source.fields:
            message[name] = source.fields[name.lower()]
    message["Date"] = format_datetime(datetime.fromisoformat(source.fields["sent"]))
    message["Message-ID"] = source.fields["message-id"]
    message.set_content(source.body)
    message.add_alternative(f"<html><body>{markdown.render(source.body)}</body></html>", subtype="html")
    if attachment is not None:
        message.add_attachment(attachment.read_text(encoding="utf-8"), subtype="csv", filename=attachment.name)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"varmholt-part-{number}")
    return message.as_bytes()
