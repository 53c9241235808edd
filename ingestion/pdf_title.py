"""Finds what a PDF is called: in its metadata if that can be trusted, else on its first pages."""

import re
from collections.abc import Iterable, Sequence

from ingestion.parsed import ElementKind
from ingestion.pdf_paragraphs import Block

_MAX_LENGTH = 200
_PRODUCER_PREFIX = re.compile(r"^microsoft (?:word|powerpoint|excel) ?- ?", re.IGNORECASE)
_FILE_NAME = re.compile(r"\.(?:docx?|pptx?|xlsx?|pdf|indd|tex|dvi|rtf|odt|html?|qxd|pages|txt)$", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"^(?:untitled|document|title|presentation|slide|powerpoint presentation|anonymous|unknown|unspecified|about:blank"
    r"|full page photo|template|new document)[\s\d]*(?:document)?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")


def title_of(metadata_title: str, blocks: Iterable[Block]) -> str | None:
    """A title in the metadata must have a word in common with the first pages: templates hand theirs down."""
    title = _PRODUCER_PREFIX.sub("", " ".join(metadata_title.split()))
    early = [block for block in blocks if block.lines and block.sheets[0].page <= 3]
    if _is_sensible(title):
        said = {word.casefold() for block in early for word in _WORD.findall(block.text())}
        if any(word.casefold() in said for word in _WORD.findall(title)):
            return title[:_MAX_LENGTH]
    return _title_on_first_pages(early)


def _is_sensible(title: str) -> bool:
    return bool(_WORD.search(title)) and not _FILE_NAME.search(title) and not _PLACEHOLDER.match(title)


def _title_on_first_pages(blocks: Sequence[Block]) -> str | None:
    headings = [block for block in blocks if block.kind is ElementKind.HEADING]
    if not headings:
        return None
    first = max(headings, key=lambda block: block.size)
    parts = [first.text()]
    # A cover has a title and a subtitle, and no text between them.
    position = next(index for index, block in enumerate(blocks) if block is first)
    for block in blocks[position + 1 :]:
        is_subtitle = (
            block.kind is ElementKind.HEADING
            and block.sheets[0].page == first.sheets[0].page
            and 0.5 * first.size <= block.size < first.size
            and _fills_cover(blocks, first)
        )
        if not is_subtitle:
            break
        parts.append(block.text())
    return " - ".join(parts)[:_MAX_LENGTH]


def _fills_cover(blocks: Sequence[Block], title: Block) -> bool:
    """Whether the title's page holds little beside headings."""
    on_page = [block for block in blocks if block.sheets[0].page == title.sheets[0].page]
    return sum(block.kind is not ElementKind.HEADING for block in on_page) <= 3
