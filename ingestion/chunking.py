"""Cuts a parsed document into chunks along its structure.

A chunk never crosses a heading. Lists stay with the sentence that leads in, tables stay whole or are split between
rows with the column names repeated in every row, turns of a transcript keep their speaker. Lengths are counted in the
embedder's tokens, so that title, heading path and text together are never cut off by the model.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Protocol

from corpus.chunk import ChunkKind, Piece
from corpus.locator import CuePlace, Span
from corpus.places import Places
from ingestion.parsed import Cell, Element, ElementKind, ParsedDocument, Row, Table
from ingestion.topic_shift import topic_shifts

_SENTENCE_END = re.compile(r"(?:[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]?\w)|[。！？])")

_ENDS_OF_SENTENCES = (".", "!", "?", "…", "。", "！", "？")
_FEW_SENTENCES = 0.1

_CHUNK_COST = 0.15
_CUT_COSTS = {"\n\n": 0.0, "\n": 0.08, " ": 0.15}
"""Beginning a chunk with a paragraph, with a row, item or turn, with a sentence."""
_LEAD_IN_COST = 0.5
_BREAK_GAIN = 0.2
_SHORT_PAUSE_S, _LONG_PAUSE_S = 0.5, 2.0

CountTokens = Callable[[Sequence[str]], list[int]]


class SentenceSplitter(Protocol):
    def split(self, text: str, max_tokens: int) -> list[Span]:
        """Spans of at most `max_tokens` tokens that cover all words of `text`, cut between sentences where possible."""


@dataclass(frozen=True, slots=True)
class ChunkLimits:
    """In tokens of the embedder, special tokens not counted."""

    text: int = 200
    """A chunk's own text aims at no more than this."""
    window: int = 254
    """Title, heading path and text together never exceed this."""
    context: int = 54
    """Of the window, at most this much is title and heading path."""


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """`embedded` is what the embedder sees: the title and heading path, then the text."""

    kind: ChunkKind
    headings: tuple[str, ...]
    text: str
    pieces: tuple[Piece, ...]
    token_count: int
    embedded: str


@dataclass(slots=True)
class _Block:
    """Text that is kept together if it fits. `joint` says how it is attached to the block before it."""

    kind: ChunkKind
    text: str = ""
    pieces: list[Piece] = field(default_factory=list)
    tokens: int = 0
    joint: str = "\n\n"
    with_next: bool = False
    """A lead-in: never the last block of a chunk if the next fits."""
    break_share: float = 0.0
    """How much of a break there is before a cue, by pause and change of subject: 0 none, 1 a clear one."""

    def add(self, text: str, start: int | None = None) -> None:
        if text and start is not None:
            self.pieces.append(Piece(len(self.text), start, len(text)))
        self.text += text

    def shows(self) -> bool:
        """Whether anything of the file is in it."""
        return any(self.text[piece.chunk_start : piece.chunk_start + piece.length].strip() for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[str, ...]
    elements: tuple[Element, ...]


def cut(
    document: ParsedDocument, title: str, count_tokens: CountTokens, splitter: SentenceSplitter, limits: ChunkLimits
) -> list[ChunkDraft]:
    """In reading order. Every visible word of the document is in exactly one chunk (column names excepted).

    Headings are in none; a first line that repeats the title is one.
    """
    places = Places(document.places)
    drafts: list[ChunkDraft] = []
    for section in _sections(document, title):
        context = embedding_context(title, section.headings, count_tokens, limits.context)
        room = min(limits.text, limits.window - (count_tokens([context])[0] if context else 0) - 2)
        blocks = [block for block in _blocks(document, places, section.elements) if block.shows()]
        parts = [part for block in blocks for part in _parts(block, room, count_tokens, splitter)]
        for packed in _pack(parts, room):
            drafts.append(_draft(packed, section.headings, context))
    return drafts


def embedding_context(title: str, headings: Sequence[str], count_tokens: CountTokens, limit: int) -> str:
    """The title and the innermost headings that fit into `limit` tokens, outermost first."""
    kept: list[str] = []
    used = 0
    wanted = [title, *reversed([heading for heading in headings if heading != title])]
    for part in wanted:
        tokens = count_tokens([part])[0] + 1
        if used + tokens > limit:
            words = part.split()
            while words and used + count_tokens([" ".join(words)])[0] + 1 > limit:
                words.pop()
            if words and not kept:
                kept.append(" ".join(words))
            break
        kept.append(part)
        used += tokens
    return " > ".join([*kept[:1], *reversed(kept[1:])])


def embedded_text(context: str, text: str) -> str:
    return f"{context}\n{text}" if context else text


def _sections(document: ParsedDocument, title: str) -> Iterator[_Section]:
    path: list[tuple[int, str]] = []
    elements: list[Element] = []
    for element in _with_title_as_heading(document, title):
        if element.kind is not ElementKind.HEADING:
            elements.append(element)
            continue
        if elements:
            yield _Section(tuple(heading for _, heading in path), tuple(elements))
            elements = []
        heading = " ".join(_text_of(document, element.spans).split())
        path = [(level, text) for level, text in path if level < element.level]
        path.append((element.level, heading))
    if elements:
        yield _Section(tuple(heading for _, heading in path), tuple(elements))


def _with_title_as_heading(document: ParsedDocument, title: str) -> Sequence[Element]:
    """Said in the context and again in the text, a title would count twice in the first chunk."""
    if not document.elements or document.elements[0].kind is not ElementKind.PARAGRAPH:
        return document.elements
    first, *others = document.elements
    span = first.spans[0]
    line, newline, below = document.text[span.start : span.end].partition("\n")
    if " ".join(line.split()).casefold() != " ".join(title.split()).casefold():
        return document.elements
    heading = Element(ElementKind.HEADING, (Span(span.start, span.start + len(line)),), 1)
    if below.strip():
        start = span.start + len(line) + len(newline)
        return [heading, Element(first.kind, (Span(start, span.end), *first.spans[1:]), first.level), *others]
    return [heading, *others] if others and len(first.spans) == 1 else document.elements


def _text_of(document: ParsedDocument, spans: Sequence[Span]) -> str:
    return "".join(document.text[span.start : span.end] for span in spans)


def _blocks(document: ParsedDocument, places: Places, elements: Sequence[Element]) -> Iterator[_Block]:
    breaks = _breaks(document, places, elements)
    is_bare = _has_no_sentences(document, elements)
    for number, element in enumerate(elements):
        following = elements[number + 1] if number + 1 < len(elements) else None
        match element.kind:
            case ElementKind.TABLE if element.table is not None:
                yield from _table_blocks(document, element.table)
            case ElementKind.LIST_ITEM:
                block = _Block(ChunkKind.PROSE, joint="\n")
                block.add("  " * max(element.level - 1, 0) + "- ")
                _add_spans(block, document, element.spans)
                yield block
            case ElementKind.CUE:
                block = _cue_block(document, places, elements, number)
                block.break_share = breaks[number]
                if is_bare:
                    block.joint = "\n"
                yield block
            case _:
                leads = following is not None and following.kind in (ElementKind.LIST_ITEM, ElementKind.TABLE)
                block = _Block(ChunkKind.PROSE, with_next=leads)
                _add_spans(block, document, element.spans)
                yield block


def _add_spans(block: _Block, document: ParsedDocument, spans: Sequence[Span]) -> None:
    for span in spans:
        block.add(document.text[span.start : span.end], span.start)


def _cue_block(document: ParsedDocument, places: Places, elements: Sequence[Element], number: int) -> _Block:
    speaker = _speaker(places, elements[number])
    before = _speaker(places, elements[number - 1]) if number else None
    goes_on = number > 0 and elements[number - 1].kind is ElementKind.CUE and speaker == before
    block = _Block(ChunkKind.TRANSCRIPT, joint=" " if goes_on else "\n")
    if speaker and not goes_on:
        block.add(f"{speaker}: ")
    _add_spans(block, document, elements[number].spans)
    return block


def _has_no_sentences(document: ParsedDocument, elements: Sequence[Element]) -> bool:
    """Speech without punctuation, as engines of draft grade write it: its cues are the nearest thing to sentences."""
    cues = [_text_of(document, element.spans) for element in elements if element.kind is ElementKind.CUE]
    ended = sum(cue.rstrip("\"'”’)] ").endswith(_ENDS_OF_SENTENCES) for cue in cues)
    return ended < _FEW_SENTENCES * len(cues)


def _breaks(document: ParsedDocument, places: Places, elements: Sequence[Element]) -> list[float]:
    """Of the cues among `elements`; 0 elsewhere. A change of subject counts as much as a pause of two seconds."""
    if not any(element.kind is ElementKind.CUE for element in elements):
        return [0.0] * len(elements)
    shifts = topic_shifts([_text_of(document, element.spans) for element in elements])
    found: list[float] = []
    ended_s: float | None = None
    for element, shift in zip(elements, shifts, strict=True):
        times = [item.place for item in places.within(element.spans) if isinstance(item.place, CuePlace)]
        pause_s = times[0].start_s - ended_s if times and ended_s is not None else 0.0
        found.append(min(max(pause_s - _SHORT_PAUSE_S, 0.0) / _LONG_PAUSE_S + shift, 1.0))
        ended_s = times[-1].end_s if times else ended_s
    return found


def _speaker(places: Places, element: Element) -> str | None:
    for item in places.within(element.spans):
        if isinstance(item.place, CuePlace):
            return item.place.speaker
    return None


def _table_blocks(document: ParsedDocument, table: Table) -> Iterator[_Block]:
    caption = _Block(ChunkKind.TABLE, with_next=True)
    _add_spans(caption, document, table.caption)
    if caption.text.strip():
        yield caption
    names = _column_names(document, table)
    rows = table.rows or table.header
    for number, row in enumerate(rows):
        block = _row_block(document, row, names if table.rows else [])
        block.joint = "\n\n" if number == 0 and not caption.text.strip() else "\n"
        if block.pieces:
            yield block


def _column_names(document: ParsedDocument, table: Table) -> list[str]:
    names: list[str] = []
    for column in range(max((len(row.cells) for row in table.header), default=0)):
        parts: list[str] = []
        for row in table.header:
            name = _cell_text(document, row.cells[column]) if column < len(row.cells) else ""
            if name and name not in parts:
                parts.append(name)
        names.append(" ".join(parts))
    return names


def _cell_text(document: ParsedDocument, cell: Cell) -> str:
    return " ".join(_text_of(document, cell.spans).split())


def _row_block(document: ParsedDocument, row: Row, names: Sequence[str]) -> _Block:
    """`Column: value | Column: value`; a cell without a column name stands alone, an empty cell is left out."""
    block = _Block(ChunkKind.TABLE)
    for column, cell in enumerate(row.cells):
        if not _cell_text(document, cell):
            continue
        if block.text:
            block.add(" | ")
        name = names[column] if column < len(names) else ""
        if name:
            block.add(f"{name}: ")
        for span in cell.spans:
            # A line break inside a cell would break the row in two.
            for line, start in _lines(document.text, span):
                if block.text and not block.text[-1].isspace():
                    block.add(" ")
                block.add(line, start)
    return block


def _lines(text: str, span: Span) -> Iterator[tuple[str, int]]:
    start = span.start
    for line in text[span.start : span.end].splitlines(keepends=True):
        bare = line.strip()
        if bare:
            yield bare, start + line.index(bare)
        start += len(line)


def _parts(block: _Block, room: int, count_tokens: CountTokens, splitter: SentenceSplitter) -> Iterator[_Block]:
    """The block's sentences, so that a chunk can be filled; rows, items and cues stay whole if they fit."""
    spans = [Span(0, len(block.text))]
    if block.kind is ChunkKind.PROSE and not block.with_next and block.joint == "\n\n":
        ends = [match.end() for match in _SENTENCE_END.finditer(block.text)]
        spans = [Span(start, end) for start, end in pairwise([0, *ends, len(block.text)]) if start < end]
    texts = [block.text[span.start : span.end] for span in spans]
    for number, (span, text, tokens) in enumerate(zip(spans, texts, count_tokens(texts), strict=True)):
        cuts = [Span(0, len(text))] if tokens <= room else splitter.split(text, room)
        for place, cut_here in enumerate(cuts):
            first = number == 0 and place == 0
            part = _part(block, Span(span.start + cut_here.start, span.start + cut_here.end))
            part.joint = block.joint if first else " "
            part.break_share = block.break_share if first else 0.0
            part.with_next = block.with_next and span.end == len(block.text) and place == len(cuts) - 1
            part.tokens = tokens if len(cuts) == 1 else count_tokens([part.text])[0]
            if part.text:
                yield part


def _part(block: _Block, span: Span) -> _Block:
    """The words of the block within `span`, without the white space around them."""
    text = block.text[span.start : span.end]
    start = span.start + len(text) - len(text.lstrip())
    bare = Span(start, start + len(text.strip()))
    return _Block(block.kind, block.text[bare.start : bare.end], list(_sliced(block.pieces, bare)))


def _sliced(pieces: Sequence[Piece], span: Span) -> Iterator[Piece]:
    for piece in pieces:
        low = max(piece.chunk_start, span.start)
        high = min(piece.chunk_start + piece.length, span.end)
        if low < high:
            yield Piece(low - span.start, piece.text_start + low - piece.chunk_start, high - low)


def _pack(parts: Sequence[_Block], room: int) -> list[Sequence[_Block]]:
    """Neighbours together, so that chunks are well filled and begin where something begins.

    The cheapest of all ways to cut, by dynamic programming: each chunk costs something, more the emptier it is, and
    more where it begins inside a paragraph or tears a lead-in from what it leads to.
    """
    best = [0.0]
    begins = [0]
    for end in range(1, len(parts) + 1):
        cheapest, chosen, size = inf, end - 1, 0
        for start in range(end - 1, -1, -1):
            size += parts[start].tokens
            if size > room and start < end - 1:
                break
            cost = best[start] + _CHUNK_COST + ((room - size) / room) ** 2 + (_cut_cost(parts, start) if start else 0.0)
            if cost < cheapest:
                cheapest, chosen = cost, start
        best.append(cheapest)
        begins.append(chosen)
    packs: list[Sequence[_Block]] = []
    end = len(parts)
    while end:
        packs.append(parts[begins[end] : end])
        end = begins[end]
    return packs[::-1]


def _cut_cost(parts: Sequence[_Block], start: int) -> float:
    if parts[start - 1].with_next:
        return _LEAD_IN_COST
    # Before a clear break speech begins a chunk more gladly than a paragraph does: less full chunks are taken for it.
    return _CUT_COSTS[parts[start].joint] - _BREAK_GAIN * parts[start].break_share


def _draft(packed: Sequence[_Block], headings: tuple[str, ...], context: str) -> ChunkDraft:
    text = ""
    pieces: list[Piece] = []
    for block in packed:
        if text:
            text += block.joint
        pieces += [Piece(len(text) + piece.chunk_start, piece.text_start, piece.length) for piece in block.pieces]
        text += block.text
    kinds = {block.kind for block in packed}
    kind = kinds.pop() if len(kinds) == 1 else ChunkKind.PROSE
    return ChunkDraft(
        kind, headings, text, tuple(pieces), sum(block.tokens for block in packed), embedded_text(context, text)
    )
