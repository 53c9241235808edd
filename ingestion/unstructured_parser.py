"""Reads Word documents with unstructured, which knows list labels and merged cells. Nothing is downloaded or sent."""

# ruff: noqa: E402 - the library does things while it is imported that have to be prevented before.
# It sends a message home while it is imported, unless it is told not to before that. It also imports spaCy,
# 190 MB, for a question that is answered below; an empty module stands in its place until the library is there.
import os
import sys
from types import ModuleType

os.environ["DO_NOT_TRACK"] = "true"
os.environ["UNSTRUCTURED_DISABLE_NOTICE"] = "1"
_IN_PLACE_OF_SPACY = ModuleType("spacy")
if sys.modules.get("spacy") is None:
    sys.modules["spacy"] = _IN_PLACE_OF_SPACY

import io
from collections.abc import Sequence
from typing import NoReturn

from unstructured.documents.elements import Element as UnstructuredElement
from unstructured.documents.elements import Footer, Header, Image, ListItem, PageBreak, Title
from unstructured.documents.elements import Table as UnstructuredTable
from unstructured.nlp import tokenize
from unstructured.partition import docx as partitioning

from ingestion.archive import DEFAULT_LIMITS, ArchiveLimits, check_office_archive
from ingestion.lxml_html import parse_html, read_table
from ingestion.parsed import Damaged, ElementKind, Empty, ParsedDocument
from ingestion.python_docx_preparation import PreparedDocx, prepare
from ingestion.structured_text import StructuredText, TableText
from ingestion.table_header import header_row_count

if sys.modules["spacy"] is _IN_PLACE_OF_SPACY:
    # Nobody else is to take it for the real one.
    del sys.modules["spacy"]


class ModelDownloadError(RuntimeError):
    """A new version of the library classifies text in a place that this adapter does not know."""


def _refuse_download() -> NoReturn:
    raise ModelDownloadError


def _is_narrative(text: str) -> bool:
    """Prose or other text is all one here; the library's own answer would need a model that it downloads."""
    return False


partitioning.is_possible_narrative_text = _is_narrative  # type: ignore[attr-defined, assignment]  # replaced on purpose
tokenize._load_spacy_model = _refuse_download


class UnstructuredDocxParser:
    def __init__(self, archive: ArchiveLimits = DEFAULT_LIMITS) -> None:
        self._archive = archive

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        check_office_archive(content, self._archive)
        prepared = prepare(content)
        try:
            elements = partitioning.partition_docx(
                file=io.BytesIO(prepared.content), include_page_breaks=False, languages=[""]
            )
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
            raise Damaged(f"it breaks the rules of the format: {error}") from error
        text = _written(elements, prepared)
        if text.is_empty:
            raise Empty
        return text.document(prepared.title, remarks=prepared.remarks)


def _written(elements: Sequence[UnstructuredElement], prepared: PreparedDocx) -> StructuredText:
    text = StructuredText()
    tables = 0
    below_title = False
    for element in elements:
        depth = element.metadata.category_depth or 0
        match element:
            case Header() | Footer() | PageBreak() | Image():
                pass
            case UnstructuredTable():
                marked = prepared.header_rows[tables] if tables < len(prepared.header_rows) else 0
                tables += 1
                _add_table(text, element, marked)
            case Title():
                is_title = prepared.has_title_line and " ".join(element.text.split()) == prepared.title
                # The document's own title stands above its headings of the first level.
                text.add(ElementKind.HEADING, element.text, 1 if is_title else depth + 1 + below_title)
                below_title = below_title or is_title
            case ListItem():
                text.add(ElementKind.LIST_ITEM, element.text, depth + 1)
            case _:
                text.add(ElementKind.PARAGRAPH, element.text)
    return text


def _add_table(text: StructuredText, element: UnstructuredTable, marked: int) -> None:
    html = element.metadata.text_as_html
    if not html:
        # Too wide a grid for cells, but its words are there.
        text.add(ElementKind.PARAGRAPH, element.text)
        return
    read = read_table(next(parse_html(html).iter("table")))
    rows = [*read.header, *read.rows]
    if max(len(row) for row in rows) < 2:
        for row in rows:
            text.add(ElementKind.PARAGRAPH, row[0] if row else "")
        return
    header = marked or header_row_count(rows)
    text.add_table(TableText(rows[:header], rows[header:]))
