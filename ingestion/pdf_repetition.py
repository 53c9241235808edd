"""Finds running headers, footers and page numbers: what recurs at the edges of many pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.pdf_layout import Row

# Rows looked at from each edge of a page. Letterheads have up to six lines.
_DEPTH = 6
_SAME_HEIGHT = 5.0
_MIN_PAGES = 3
_WINDOW = 5
_MIN_SHARE = 0.4
# Distance of baselines in multiples of the type size.
_APART = 1.6
_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—|·.\[(]*(?:(?:page|p\.?|pg\.?|seite|página|pagina|pág\.?|strona|sida|side|страница|стр\.)\s*)?"
    r"(\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von|de|di|sur|из|\|)\s*\d{1,4})?[\s\-–—|·.\])]*$",
    re.IGNORECASE,
)
_PAGE_OF_PAGES = re.compile(r"\b(?:page|seite|página|pagina)\s+\d+\s*(?:/|of|von|de|di|sur)\s*\d+\b", re.IGNORECASE)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class PageRows:
    """The rows of one page from top to bottom."""

    page: int
    height: float
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class _EdgeRow:
    page: int
    position: int
    height: float
    """Distance from the edge of the page."""
    text: str
    size: float
    ends: tuple[str, ...]
    """The text of its first and last segments where it has several."""

    @property
    def key(self) -> str:
        return _SPACE.sub(" ", _DIGITS.sub("#", self.text)).strip().casefold()


def running_rows(pages: Sequence[PageRows], body_size: float) -> dict[int, set[int]]:
    """For each page number, the indexes of the rows that are running headers or footers."""
    running: dict[int, set[int]] = defaultdict(set)
    for from_top in (True, False):
        edge_rows = [edge for page in pages for edge in _edge_rows(page, from_top)]
        numbers = _page_numbers(edge_rows) | _rows_with_page_number(edge_rows, len(pages))
        widespread = _widespread(edge_rows, len(pages))
        repeated = _repeated(edge_rows, len(pages), body_size, widespread) | numbers
        by_page: dict[int, list[_EdgeRow]] = defaultdict(list)
        for edge in edge_rows:
            by_page[edge.page].append(edge)
        for page in pages:
            chain: list[_EdgeRow] = []
            for edge in by_page[page.page]:
                if edge not in repeated and not (len(pages) == 1 and _PAGE_OF_PAGES.search(edge.text)):
                    break
                chain.append(edge)
            # What runs stands apart from the text; a heading or first line that recurs does not.
            while chain and chain[-1] not in numbers and not _stands_apart(chain[-1], page, from_top, widespread):
                chain.pop()
            if len(chain) == len(page.rows):
                apart = (index for index, edge in enumerate(chain) if _stands_apart(edge, page, from_top, widespread))
                chain = chain[: next(apart, -1) + 1]
            last = len(page.rows) - 1
            running[page.page].update(edge.position if from_top else last - edge.position for edge in chain)
    return running


def _stands_apart(edge: _EdgeRow, page: PageRows, from_top: bool, widespread: set[str]) -> bool:
    index = edge.position if from_top else len(page.rows) - 1 - edge.position
    inner = index + 1 if from_top else index - 1
    if not 0 <= inner < len(page.rows):
        return True
    row, neighbour = page.rows[index], page.rows[inner]
    measure = min if edge.key in widespread else max
    return abs(neighbour.baseline - row.baseline) >= _APART * measure(row.size, neighbour.size)


def _widespread(edge_rows: Sequence[_EdgeRow], page_count: int) -> set[str]:
    """The keys of rows that recur on a large part of all pages."""
    pages: dict[str, set[int]] = defaultdict(set)
    for edge in edge_rows:
        pages[edge.key].add(edge.page)
    return {key for key, found in pages.items() if len(found) >= max(_MIN_PAGES, _MIN_SHARE * page_count)}


def _edge_rows(page: PageRows, from_top: bool) -> list[_EdgeRow]:
    rows = page.rows[:_DEPTH] if from_top else list(reversed(page.rows))[:_DEPTH]
    return [
        _EdgeRow(
            page.page,
            position,
            row.baseline if from_top else page.height - row.baseline,
            row.text(),
            row.size,
            tuple({row.segments[0].text(), row.segments[-1].text()}) if len(row.segments) > 1 else (),
        )
        for position, row in enumerate(rows)
    ]


def _repeated(edge_rows: Sequence[_EdgeRow], page_count: int, body_size: float, widespread: set[str]) -> set[_EdgeRow]:
    by_key: dict[str, list[_EdgeRow]] = defaultdict(list)
    for edge in edge_rows:
        by_key[edge.key].append(edge)
    repeated: set[_EdgeRow] = set()
    for key, edges in by_key.items():
        pages = sorted({edge.page for edge in edges})
        is_widespread = key in widespread
        if len(pages) < _MIN_PAGES and not (len(pages) == page_count == 2):
            continue
        if not any(character.isalpha() for character in key):
            continue
        if not (is_widespread or _recurs_closely(pages) or len(pages) == page_count):
            continue
        # A heading that opens many pages ("Agenda") is content.
        if not is_widespread and max(edge.size for edge in edges) > 1.15 * body_size:
            continue
        counting = _counts_pages(edges)
        heights = _common_heights(edges)
        for edge in edges:
            in_place = any(abs(edge.height - height) <= _SAME_HEIGHT for height in heights)
            if counting or in_place or (is_widespread and page_count > 2):
                repeated.add(edge)
    return repeated


def _recurs_closely(pages: Sequence[int]) -> bool:
    """Three times within five pages, as the running title of a chapter does even if only on left pages."""
    return any(pages[index + 2] - pages[index] < _WINDOW for index in range(len(pages) - 2))


def _common_heights(edges: Sequence[_EdgeRow]) -> list[float]:
    """Heights that at least three pages share (two in a document of two)."""
    needed = min(_MIN_PAGES, len({edge.page for edge in edges}))
    return [
        edge.height
        for edge in edges
        if len({other.page for other in edges if abs(other.height - edge.height) <= _SAME_HEIGHT}) >= needed
    ]


def _counts_pages(edges: Sequence[_EdgeRow]) -> bool:
    """Whether one of the numbers in the row grows with the page."""
    numbers = ((edge.page, number) for edge in edges for number in _DIGITS.findall(edge.text) if len(number) < 5)
    offsets = Counter(int(number) - page for page, number in numbers)
    return bool(offsets) and offsets.most_common(1)[0][1] >= max(2, 0.6 * len(edges)) and len(edges) > 1


def _page_numbers(edge_rows: Sequence[_EdgeRow]) -> set[_EdgeRow]:
    """Rows that hold nothing but a number which grows with the page."""
    numbered: list[tuple[_EdgeRow, int, bool]] = []
    for edge in edge_rows:
        match = _PAGE_NUMBER.match(edge.text)
        if match is not None and edge.position < 4:
            digits = match.group(1)
            roman = not digits.isdigit()
            value = _roman_value(digits.lower()) if roman else int(digits)
            numbered.append((edge, value - edge.page, roman))
    offsets = Counter((offset, roman) for _, offset, roman in numbered)
    return {edge for edge, offset, roman in numbered if offsets[(offset, roman)] >= 2}


def _rows_with_page_number(edge_rows: Sequence[_EdgeRow], page_count: int) -> set[_EdgeRow]:
    """Outermost rows that begin or end with the page's number beside text that changes, such as a section's name."""
    numbered = [
        (edge, int(end) - edge.page)
        for edge in edge_rows
        for end in edge.ends
        if edge.position <= 1 and end.isdecimal() and len(end) < 5
    ]
    offsets = Counter(offset for _, offset in numbered)
    return {edge for edge, offset in numbered if offsets[offset] >= max(_MIN_PAGES, 0.3 * page_count)}


def _roman_value(numeral: str) -> int:
    total = 0
    for symbol, following in zip(numeral, [*numeral[1:], ""], strict=True):
        value = _ROMAN[symbol]
        total += -value if following and _ROMAN[following] > value else value
    return total
