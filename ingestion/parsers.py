"""Which parser reads which type of file. Its libraries are imported only when it is asked for: some take seconds."""

from dataclasses import dataclass

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
    UnsupportedType,
)
from ingestion.parsed import Parser


@dataclass(frozen=True, slots=True)
class SupportedType:
    name: str
    extensions: tuple[str, ...]


_NAMES = {
    PDF: "PDF",
    DOCX: "Word document",
    PPTX: "PowerPoint presentation",
    XLSX: "Excel workbook",
    CSV: "Comma-separated table",
    TSV: "Tab-separated table",
    HTML: "Web page",
    MARKDOWN: "Markdown",
    PLAIN: "Plain text",
    MAIL: "E-mail",
    EPUB: "E-book (EPUB)",
    VTT: "Transcript (WebVTT)",
    SRT: "Transcript (SubRip)",
    PNG: "Picture (PNG)",
    JPEG: "Picture (JPEG)",
    TIFF: "Picture or scan (TIFF)",
}

SUPPORTED: dict[str, SupportedType] = {
    media_type: SupportedType(name, tuple(ext for ext, promised in EXTENSIONS.items() if promised == media_type))
    for media_type, name in _NAMES.items()
}


def parser_for(media_type: str) -> Parser:  # noqa: PLR0911, PLR0912 - one branch per parser
    """Raises `UnsupportedType`."""
    # ruff: noqa: PLC0415 - an adapter's vendor is imported only in the branch that selects it
    match media_type:
        case "application/pdf":
            from ingestion.pdfium_parser import PdfiumParser

            return PdfiumParser()
        case "text/markdown":
            from ingestion.markdown_it_parser import MarkdownItParser

            return MarkdownItParser()
        case "text/plain":
            from ingestion.plain_parser import PlainParser

            return PlainParser()
        case "text/html":
            from ingestion.lxml_parser import LxmlParser

            return LxmlParser()
        case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
            from ingestion.openpyxl_parser import OpenpyxlParser

            return OpenpyxlParser()
        case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
            from ingestion.unstructured_parser import UnstructuredDocxParser

            return UnstructuredDocxParser()
        case "application/vnd.openxmlformats-officedocument.presentationml.presentation":
            from ingestion.python_pptx_parser import PythonPptxParser

            return PythonPptxParser()
        case "message/rfc822":
            from ingestion.mail_parser import MailParser

            return MailParser()
        case "application/epub+zip":
            from ingestion.epub_parser import EpubParser

            return EpubParser()
        case "text/csv" | "text/tab-separated-values":
            from ingestion.csv_parser import CsvParser

            return CsvParser()
        case "text/vtt" | "application/x-subrip":
            from ingestion.transcript_parser import TranscriptParser

            return TranscriptParser()
        case "text/html; part=main":
            from ingestion.trafilatura_main_text import TrafilaturaMainText

            return TrafilaturaMainText()
        case "text/html; part=links":
            from ingestion.lxml_links_parser import LxmlLinksParser

            return LxmlLinksParser()
        case "image/png" | "image/jpeg" | "image/tiff":
            from ingestion.pillow_parser import PillowParser

            return PillowParser()
        case _:
            raise UnsupportedType(f"A file of type {media_type}", "Save it as PDF or docx and add that.")
