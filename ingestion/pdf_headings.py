"""Tells headings from paragraphs by how they are set, and gives them levels."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingestion.parsed import ElementKind
from ingestion.pdf_page import Style
from ingestion.pdf_paragraphs import Block

_MAX_WORDS = 24
_MAX_LEVEL = 6
_LARGER = 1.1
_BOLD, _COLOURED, _ITALIC, _PLAIN = 1, 2, 3, 4
_SEVERAL = 3
_MANY_STYLES = 4
_NUMBERED = re.compile(r"^(\d{1,3}(?:\.\d{1,3})*)\.?\s+\S")
_SUBSECTION = re.compile(r"^\d{1,3}(?:\.\d{1,3}){1,4}\.?\s+[^\W\d_]")
_LINK = re.compile(r"https?:|www\.|\S@\S")
_ENDS_SENTENCE = re.compile(r"[.;,]$")
_SPACE = re.compile(r"\s+")
_BLACK_OR_GREY = 24


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """`page` counts from 1; None if the entry points nowhere."""

    title: str
    level: int
    page: int | None


@dataclass(frozen=True, slots=True)
class BodyStyle:
    size: float
    bold: bool
    italic: bool
    colour: int


@dataclass(frozen=True, slots=True, order=True)
class _Rank:
    """Sorts before what it contains."""

    minus_size: float
    emphasis: int
    capitals: int
    """0 if in capitals and that tells it from headings set alike, else 1."""
    depth: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What sets a heading apart beside its size, as `_Rank` has it."""

    emphasis: int
    capitals: int
    depth: int


def body_style(blocks: Sequence[Block]) -> BodyStyle:
    """How most characters outside tables are set."""
    characters: dict[int, int] = {}
    styles: dict[int, Style] = {}
    for block in blocks:
        for line in block.lines:
            for word in line.words:
                # By identity first: hashing a style for every word costs more than all else here.
                key = id(word.style)
                characters[key] = characters.get(key, 0) + len(word.text)
                styles[key] = word.style
    weights: Counter[BodyStyle] = Counter()
    sizes: Counter[float] = Counter()
    for key, style in styles.items():
        weights[BodyStyle(style.size, style.bold, style.italic, style.colour)] += characters[key]
        sizes[style.size] += characters[key]
    if not weights:
        return BodyStyle(10.0, False, False, 0)
    size = sizes.most_common(1)[0][0]
    return max((style for style in weights if style.size == size), key=lambda style: weights[style])


def mark_headings(blocks: Sequence[Block], outline: Sequence[OutlineEntry]) -> None:
    body = body_style(blocks)
    by_title = {(_key(entry.title), entry.page): entry.level for entry in outline}
    ranks: dict[int, _Rank] = {}
    outlined: dict[int, int] = {}
    for index, block in enumerate(blocks):
        if not _could_be_heading(block):
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        level = by_title.get((_key(block.text()), block.sheets[0].page))
        if level is not None:
            outlined[index] = level
        elif (rank := _rank(block, following, body)) is not None and not _repeats(rank, blocks, index):
            ranks[index] = rank
    levels = _levels(blocks, ranks, outlined)
    for index, level in levels.items():
        block = blocks[index]
        block.kind, block.level, block.marker = ElementKind.HEADING, level, None


def _repeats(rank: _Rank, blocks: Sequence[Block], index: int) -> bool:
    """A plain line in capitals that says again what a heading just above said."""
    if rank.emphasis != _PLAIN:
        return False
    key = _key(blocks[index].text())
    return any(_key(block.text()) == key for block in blocks[max(index - 3, 0) : index])


def _could_be_heading(block: Block) -> bool:
    if block.kind not in (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM) or not block.lines:
        return False
    if block.marker is not None and block.marker.is_bullet:
        return False
    if len(block.lines) > 4 or sum(len(line.words) for line in block.lines) > _MAX_WORDS:
        return False
    text = block.text()
    letters = sum(character.isalpha() for character in text)
    return letters >= 3 and letters >= 0.4 * len(text.replace(" ", ""))


def _rank(block: Block, following: Block | None, body: BodyStyle) -> _Rank | None:
    text, size, look = block.text(), block.size, _look(block, body)
    words = sum(len(line.words) for line in block.lines)
    if size >= _LARGER * body.size:
        return None if _ENDS_SENTENCE.search(text) and words > 10 else _rank_of(size, look)
    opens_small = block.lines[0].words[0].text[0].islower()
    if size < 0.85 * body.size or opens_small or _ENDS_SENTENCE.search(text) or _LINK.search(text):
        return None
    leads = following is not None and following.kind is not ElementKind.CODE and len(block.lines) <= 2
    if look.emphasis == _BOLD:
        fits = not body.bold and words <= 16
    elif look.emphasis == _ITALIC:
        fits = leads and words <= 9 and not text.endswith(":")
    elif look.emphasis == _PLAIN:
        fits = leads and bool((look.capitals == 0 and _is_capitals(text)) or (words <= 12 and _SUBSECTION.match(text)))
    else:
        fits = leads and words <= 12
    return _rank_of(size, look) if fits else None


def _rank_of(size: float, look: _Look) -> _Rank:
    return _Rank(-_stepped(size), look.emphasis, look.capitals, look.depth)


def _look(block: Block, body: BodyStyle) -> _Look:
    text = block.text()
    numbered = _NUMBERED.match(text)
    depth = numbered.group(1).count(".") + 1 if numbered else 1
    capitals = 0 if text == text.upper() and len(text) > 3 else 1
    emphasis = _PLAIN
    if all(line.bold for line in block.lines):
        emphasis = _BOLD
    elif all(line.colour is not None and _is_coloured(line.colour, body.colour) for line in block.lines):
        emphasis = _COLOURED
    elif all(line.italic for line in block.lines) and not body.italic:
        emphasis = _ITALIC
    return _Look(emphasis, capitals, depth)


def _is_capitals(text: str) -> bool:
    return text != text.lower() and sum(character.isalpha() for character in text) >= 5


def _is_coloured(colour: int, body: int) -> bool:
    if colour == body:
        return False
    channels = (colour >> 16 & 255, colour >> 8 & 255, colour & 255)
    return max(channels) - min(channels) > _BLACK_OR_GREY


def _levels(blocks: Sequence[Block], ranks: dict[int, _Rank], outlined: dict[int, int]) -> dict[int, int]:
    ranks = _without_chance_capitals(ranks)
    cover = _cover(blocks, ranks)
    levels = _levels_by_rank([rank for index, rank in ranks.items() if index not in cover])
    if outlined:
        levels = _below_outline(levels, ranks, blocks, outlined)
    found = {index: 1 if index in cover else levels[rank] for index, rank in ranks.items()}
    found.update({index: min(level, _MAX_LEVEL) for index, level in outlined.items()})
    return found


def _levels_by_rank(ranks: Sequence[_Rank]) -> dict[_Rank, int]:
    """In a document with many styles, one that occurs a single time shares the level of what it stands above."""
    counts = Counter(ranks)
    many = len(counts) > _MANY_STYLES
    levels: dict[_Rank, int] = {}
    level = 1
    for rank in sorted(counts):
        levels[rank] = min(level, _MAX_LEVEL)
        if not many or counts[rank] > 1:
            level += 1
    return levels


def _without_chance_capitals(ranks: dict[int, _Rank]) -> dict[int, _Rank]:
    """Capitals are a level of their own only where several headings set alike have them and several have not."""
    counts = Counter((rank.minus_size, rank.emphasis, rank.capitals) for rank in ranks.values())

    def tells(rank: _Rank) -> bool:
        return all(counts[(rank.minus_size, rank.emphasis, capitals)] >= _SEVERAL for capitals in (0, 1))

    return {index: rank if tells(rank) else replace(rank, capitals=1) for index, rank in ranks.items()}


def _below_outline(
    levels: dict[_Rank, int], ranks: dict[int, _Rank], blocks: Sequence[Block], outlined: dict[int, int]
) -> dict[_Rank, int]:
    """Where an outline names the main headings, others stand below those that are set larger."""
    sizes: dict[int, float] = {}
    for index, level in outlined.items():
        sizes[level] = max(sizes.get(level, 0.0), _stepped(blocks[index].size))
    adjusted = {}
    for rank in sorted(set(ranks.values())):
        above = [level for level, size in sizes.items() if size >= -rank.minus_size]
        adjusted[rank] = min(max(above, default=0) + 1, _MAX_LEVEL)
    return {**levels, **adjusted}


def _cover(blocks: Sequence[Block], ranks: dict[int, _Rank]) -> set[int]:
    """Headings of the first page in a style larger than, and never used by, those of later pages: the title."""
    if not ranks:
        return set()
    first_page = blocks[0].sheets[0].page if blocks[0].sheets else 1
    later = [rank.minus_size for index, rank in ranks.items() if blocks[index].sheets[0].page > first_page]
    if not later:
        return set()
    largest = min(later)
    return {
        index
        for index, rank in ranks.items()
        if blocks[index].sheets[0].page == first_page and rank.minus_size < largest
    }


def _stepped(size: float) -> float:
    """Sizes that differ by less than half a point are one."""
    return round(size * 2) / 2


def _key(title: str) -> str:
    return _SPACE.sub(" ", title).strip().casefold()
