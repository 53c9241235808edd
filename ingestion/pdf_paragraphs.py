"""Joins the rows of a text column to blocks: paragraphs, list items, lines of code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingestion.parsed import ElementKind
from ingestion.pdf_layout import Row
from ingestion.pdf_list_marker import ListMarker, list_marker
from ingestion.pdf_page import Sheet, Word
from ingestion.pdf_table import FoundTable

_DEFAULT_PITCH = 1.25
_MAX_PITCH = 2.2
_PITCH_TOLERANCE = 1.18


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a text column as one line of words. `bold`, `colour` and so on are what all its words have in common."""

    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    bold: bool
    italic: bool
    fixed_pitch: bool
    colour: int | None
    marker: ListMarker | None

    @property
    def text_left(self) -> float:
        """Where the text after the list marker begins."""
        return self.words[1].left if self.marker is not None else self.left


@dataclass(slots=True)
class Block:
    """What becomes one element. `sheets` has one entry per line: a paragraph may go on in the next column or page.

    That of a table has one entry, or one per row if the table goes on on the next page.
    """

    kind: ElementKind
    lines: list[Line] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    level: int = 0
    marker: ListMarker | None = None
    table: FoundTable | None = None
    caption: "Block | None" = None
    centred: bool = False

    @property
    def size(self) -> float:
        weights: Counter[float] = Counter()
        for line in self.lines:
            weights[line.size] += sum(len(word.text) for word in line.words)
        return weights.most_common(1)[0][0]

    def text(self) -> str:
        return " ".join(" ".join(word.text for word in line.words) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Margins:
    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left


def line_of(row: Row) -> Line:
    words = row.words
    styles = {word.style for word in words}
    colours = {style.colour for style in styles}
    # Small marks and symbols do not decide whether a line is bold.
    telling = {word.style for word in words if any(character.isalnum() for character in word.text)} or styles
    return Line(
        words,
        row.left,
        row.top,
        row.right,
        row.bottom,
        row.baseline,
        row.size,
        all(style.bold for style in telling),
        all(style.italic for style in telling),
        all(style.fixed_pitch for style in telling),
        colours.pop() if len(colours) == 1 else None,
        list_marker(words),
    )


def usual_pitch(columns: Iterable[tuple[Sequence[Line], Margins]]) -> float:
    """From the baseline of a full line to the next, in multiples of the type size, as most of the document has it."""
    ratios: Counter[float] = Counter()
    for lines, margins in columns:
        for line, following in pairwise(lines):
            ratio = (following.baseline - line.baseline) / line.size
            is_full = line.right >= margins.right - 0.1 * margins.width
            if is_full and line.size == following.size and 0.8 <= ratio <= _MAX_PITCH:
                ratios[round(ratio, 1)] += 1
    return ratios.most_common(1)[0][0] if ratios else _DEFAULT_PITCH


def blocks_of(lines: Sequence[Line], sheet: Sheet, margins: Margins, pitch: float) -> list[Block]:
    blocks: list[Block] = []
    for line in lines:
        current = blocks[-1] if blocks else None
        if current is None or not _goes_on(current, line, margins, pitch):
            kind = ElementKind.CODE if line.fixed_pitch else ElementKind.PARAGRAPH
            marker = line.marker if kind is ElementKind.PARAGRAPH else None
            if marker is not None:
                kind = ElementKind.LIST_ITEM
            current = Block(kind, marker=marker, centred=_is_centred(line, margins))
            blocks.append(current)
        current.lines.append(line)
        current.sheets.append(sheet)
    return blocks


def _goes_on(block: Block, line: Line, margins: Margins, pitch: float) -> bool:
    last = block.lines[-1]
    distance = line.baseline - last.baseline
    size = max(line.size, last.size)
    if not 0 < distance <= _allowed_distance(block, size, pitch) or min(line.size, last.size) < 0.88 * size:
        return False
    if block.kind is ElementKind.CODE:
        return line.fixed_pitch
    if (line.fixed_pitch and len(line.words) > 1) or _is_new_item(block, line) or _style_changes(last, line):
        return False
    return (block.centred and _is_centred(line, margins)) or not _was_ended(block, line, margins)


def _allowed_distance(block: Block, size: float, pitch: float) -> float:
    usual = max(pitch * size * _PITCH_TOLERANCE, pitch * size + 1.5)
    if len(block.lines) >= 2:
        own = block.lines[-1].baseline - block.lines[-2].baseline
        if own > 0:
            return min(own * _PITCH_TOLERANCE + 0.5, _MAX_PITCH * size)
    return max(usual, 1.35 * size)


def _is_new_item(block: Block, line: Line) -> bool:
    if line.marker is None:
        return False
    if line.marker.is_bullet and line.words[0].text not in "-–—*":
        return True
    # A dash or a "7." may open a line by chance: as an item it follows another item, stands further in, or starts over.
    first = block.lines[0]
    if block.marker is not None:
        return abs(line.left - first.left) < 0.6 * line.size or line.left >= first.text_left - 0.5 * line.size
    if line.marker.numeral.strip("().") in ("1", "a", "A", "i", "I"):
        return True
    return line.left > first.left + 0.8 * line.size


def _style_changes(last: Line, line: Line) -> bool:
    if last.bold and not line.bold and not line.words[0].style.bold:
        return True
    if line.bold and not last.bold and not last.words[-1].style.bold:
        return True
    return (
        last.colour is not None
        and line.colour is not None
        and last.colour != line.colour
        and last.bold == line.bold
        and last.words[-1].style.size != line.words[0].style.size
    )


def _is_centred(line: Line, margins: Margins) -> bool:
    before, after = line.left - margins.left, margins.right - line.right
    return min(before, after) > 0.06 * margins.width and abs(before - after) < 0.04 * margins.width


def _was_ended(block: Block, line: Line, margins: Margins) -> bool:
    """Whether the line before was left short on purpose: the first word of this one would have fitted in."""
    last = block.lines[-1]
    first = line.words[0]
    right = margins.right
    if len(block.lines) >= 3:
        rights = [other.right for other in block.lines]
        if max(rights) - min(rights) < 0.03 * margins.width:
            right = max(rights)
    needed = first.right - first.left + 0.35 * line.size
    if last.right + needed < right - 0.6 * line.size:
        # Ragged lines may leave some room; half a line is no accident, unless the sentence plainly goes on.
        slack = right - last.right - needed
        if last.words[-1].text[-1:] in ".!?:;" or slack > 0.25 * margins.width:
            return True
        if not (first.text[:1].islower() or (len(last.words) >= 8 and slack < 0.1 * margins.width)):
            return True
    if block.marker is not None:
        # Back to the left of an item's text: its continuation only if the item itself has no hanging indent.
        return line.left < block.lines[0].left - 0.8 * line.size
    body_left = block.lines[1].left if len(block.lines) > 1 else None
    if body_left is not None:
        return line.left > body_left + 0.8 * line.size
    return False


def set_list_levels(blocks: Sequence[Block]) -> None:
    """Nesting by how far in the markers stand, within each run of items."""
    open_lefts: list[float] = []
    for block in blocks:
        if block.kind is not ElementKind.LIST_ITEM:
            if block.kind is not ElementKind.PARAGRAPH or not open_lefts or block.lines[0].left <= open_lefts[0]:
                open_lefts = []
            continue
        left = block.lines[0].left
        tolerance = 0.7 * block.lines[0].size
        while open_lefts and left < open_lefts[-1] - tolerance:
            open_lefts.pop()
        if not open_lefts or left > open_lefts[-1] + tolerance:
            open_lefts.append(left)
        block.level = len(open_lefts)
