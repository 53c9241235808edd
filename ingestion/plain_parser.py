"""Reads plain text: paragraphs, list items and, where there is no doubt, headings. The text is the file itself."""

import re
from collections.abc import Iterator, Sequence

from corpus.locator import Span
from ingestion.decoding import decode
from ingestion.parsed import Element, ElementKind, ParsedDocument
from ingestion.source_lines import SourceLine, source_lines
from ingestion.unwrapped_lines import unwrapped

_BULLETS = r"[-*+\u2022\u2023\u25aa\u25cf\u25e6\u2013]"
_LIST_MARK = re.compile(rf"[ \t]*(?:{_BULLETS}|(?:\d{{1,3}}|[a-z])[.)]|\(\d{{1,3}}\))[ \t]+(?=\S)")
_BULLET = re.compile(rf"[ \t]*{_BULLETS}[ \t]")
_UNDERLINE = re.compile(r"(={3,}|-{3,})[ \t]*")
_SECTION_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,4})\.?[ \t]+[^\W\d_]")
_SENTENCE_END = tuple(".,;:!?\u2026\u3002")
_LONGEST_HEADING = 80
_FEWEST_CAPITALS = 4


class PlainParser:
    def parse(self, content: bytes, name: str) -> ParsedDocument:
        decoded = decode(content)
        blocks = list(_blocks(decoded.text))
        elements: list[Element] = []
        for index, block in enumerate(blocks):
            following = blocks[index + 1] if index + 1 < len(blocks) else None
            elements.extend(_elements(decoded.text, block, following))
        return ParsedDocument(decoded.text, tuple(elements), remarks=decoded.remarks)


Block = list[SourceLine]


def _blocks(text: str) -> Iterator[Block]:
    """Lines between blank lines; a page break (form feed) parts blocks too."""
    block: Block = []
    for line in source_lines(text):
        if line.is_blank or line.text.startswith("\f"):
            if block:
                yield block
            block = []
        if not line.is_blank:
            block.append(line)
    if block:
        yield block


def _elements(text: str, block: Block, following: Block | None) -> Iterator[Element]:
    if len(block) >= 2 and _is_underlined(block[0], block[1]):
        yield _element(ElementKind.HEADING, block[:1], 1 if block[1].text.startswith("=") else 2)
        block = block[2:]
    elif len(block) == 1 and following is not None:
        level = _heading_level(block[0].text.strip(), following)
        if level:
            yield _element(ElementKind.HEADING, block, level)
            return
    yield from _body(text, block)


def _is_underlined(line: SourceLine, below: SourceLine) -> bool:
    underline = _UNDERLINE.fullmatch(below.text)
    title = line.text.strip()
    return underline is not None and len(title) <= _LONGEST_HEADING and abs(len(underline[1]) - len(title)) <= 3


def _heading_level(title: str, following: Block) -> int:
    """0 unless the line is surely a heading: short, no sentence, and something other than its like below it."""
    if len(title) > _LONGEST_HEADING or title.endswith(_SENTENCE_END):
        return 0
    below = following[0].text.strip()
    number = _SECTION_NUMBER.match(title)
    if number is not None:
        return number[1].count(".") + 1
    if _is_capitals(title) and not (len(following) == 1 and _is_capitals(below)):
        return 1
    return 0


def _is_capitals(title: str) -> bool:
    letters = [character for character in title if character.isalpha()]
    return len(letters) >= _FEWEST_CAPITALS and title.upper() == title and title.lower() != title


def _body(text: str, block: Sequence[SourceLine]) -> Iterator[Element]:
    """List items where the lines are marked as such; all else is one paragraph however its lines are wrapped."""
    paragraph: Block = []
    item: Block = []
    indents: list[int] = []
    is_list = _is_list(block)
    for line in block:
        if is_list and _LIST_MARK.match(line.text):
            yield from _finished(text, paragraph, item, indents)
            paragraph, item = [], [line]
        elif item:
            item.append(line)
        else:
            paragraph.append(line)
    yield from _finished(text, paragraph, item, indents)


def _is_list(block: Sequence[SourceLine]) -> bool:
    """A lone line that begins with a number or a dash may be a wrapped sentence or a quotation."""
    marked = [number for number, line in enumerate(block) if _LIST_MARK.match(line.text)]
    if len(marked) >= 2:
        return True
    return len(marked) == 1 and marked[0] == 0 and _BULLET.match(block[0].text) is not None


def _finished(text: str, paragraph: Block, item: Block, indents: list[int]) -> Iterator[Element]:
    if paragraph:
        whole = _element(ElementKind.PARAGRAPH, paragraph, 0)
        for passage in unwrapped(text, whole.spans):
            kind = ElementKind.HEADING if passage.level else ElementKind.PARAGRAPH
            span = passage.spans[0]
            bare = text[span.start : span.end]
            start = span.end - len(bare.lstrip())
            yield Element(kind, (Span(start, start + len(bare.strip())),), passage.level)
    if not item:
        return
    indent = len(item[0].text.expandtabs(4)) - len(item[0].text.expandtabs(4).lstrip())
    while indents and indents[-1] > indent:
        indents.pop()
    if not indents or indents[-1] < indent:
        indents.append(indent)
    mark = _LIST_MARK.match(item[0].text)
    skipped = mark.end() if mark is not None else 0
    yield _element(ElementKind.LIST_ITEM, item, len(indents), skipped)


def _element(kind: ElementKind, lines: Sequence[SourceLine], level: int, skipped: int = 0) -> Element:
    """One span over all the lines: their newlines belong to it, the white space around it does not."""
    first, last = lines[0], lines[-1]
    text = first.text[skipped:]
    start = first.start + skipped + len(text) - len(text.lstrip("\ufeff \t\v\f\xa0\u200b"))
    end = last.start + len(last.text.rstrip())
    return Element(kind, (Span(start, max(end, start + 1)),), level)
