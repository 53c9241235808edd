"""Reads HTML into blocks: what a reader sees of a page's main content, without navigation, scripts and hidden text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types
from lxml import html as lxml_html

from corpus.locator import Place
from ingestion.parsed import Damaged, ElementKind, TooLarge
from ingestion.structured_text import StructuredText, TableText
from ingestion.table_header import header_row_count

# A span attribute of a million would make a table of a million empty cells.
_WIDEST_SPAN = 200
_LONGEST_DATA_CELL = 1000
_FEWEST_MAIN_CHARACTERS = 200

_UNREAD = (
    "script style noscript template svg canvas iframe object embed applet audio video head button select option input"
    " textarea datalist map nav dialog menu"
)
_UNREAD_NAMES = frozenset(_UNREAD.split())
_UNREAD_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog"})
_FRAME_NAMES = frozenset({"header", "footer", "aside"})
_WIKI_FURNITURE = (
    # MediaWiki
    "mw-editsection mw-jump-link mw-cite-backlink mw-navigation mw-page-base mw-head-base mw-panel siteSub jump-to-nav"
    " contentSub catlinks printfooter navbox toc"
    # Confluence
    " breadcrumb-section breadcrumbs page-metadata toc-macro likes-and-labels-container"
)
_WIKI_FURNITURE_NAMES = frozenset(_WIKI_FURNITURE.split())
"""Classes and ids of what wikis put around and between the text of a page."""

_BLOCK = (
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header"
    " hgroup html legend li main ol p pre section summary table tbody td tfoot th thead tr ul caption hr"
)
_BLOCK_NAMES = frozenset(_BLOCK.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LIST_NAMES = frozenset({"ul", "ol"})
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)"
    r"|font-size\s*:\s*0(?:\.0+)?\s*(?:px|pt|em|rem|%)?\s*(?:;|$|!)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{4,}",
    re.I,
)
_SPACE = re.compile(r"[ \t\r\n\f\v\xa0\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile(r"[\xad\u200b\u2060\ufeff]")
_PERMALINKS = frozenset({"", "#", "¶", "§", "🔗", "\u2693"})
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_html(text: str) -> etree._Element:
    """Raises `Damaged` if there is nothing to make a tree of."""
    # A tree deeper than the parser's default would be cut off silently; nothing here recurses over it.
    parser = lxml_html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = lxml_html.document_fromstring(_DECLARATION.sub("", text).replace("\x00", "\ufffd"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Damaged("it holds no readable HTML") from error
    if root is None:
        raise Damaged("it holds no readable HTML")
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        # What lies deeper is missing from the tree.
        raise TooLarge("nested elements", "2,048 levels")
    return root


def links_of(root: etree._Element) -> Iterator[str]:
    """Where links lead to, as written, in the order of the page; not those that it asks machines not to follow."""
    for link in root.iter("a"):
        target = link.get("href")
        if target and "nofollow" not in (link.get("rel") or "").lower().split():
            yield target


def page_title(root: etree._Element) -> str | None:
    title = next(root.iter("title"), None)
    return " ".join("".join(title.itertext()).split()) or None if title is not None else None


@dataclass(slots=True)
class _Walk:
    into: StructuredText
    place: Place | None
    parts: list[str] = field(default_factory=list)
    heading: int = 0
    lists: int = 0
    items: int = 0
    verbatim: int = 0
    hidden: int = 0
    breaks: int = 0

    def text(self, text: str | None) -> None:
        if not text:
            return
        bare = _INVISIBLE.sub("", text)
        if not self.verbatim:
            bare = _SPACE.sub(" ", bare)
        if bare.strip():
            self.breaks = 0
        self.parts.append(bare)

    def line_break(self) -> None:
        self.breaks += 1
        self.parts.append("\n")
        if self.breaks >= 2 and not self.verbatim and not self.heading:
            self.flush()

    def flush(self) -> None:
        """Ends the block that is being collected."""
        text = "".join(self.parts)
        self.parts = []
        self.breaks = 0
        if self.verbatim:
            self.into.add(ElementKind.CODE, text, place=self.place)
            return
        text = "\n".join(" ".join(line.split(" ")).strip() for line in re.sub(r" {2,}", " ", text).split("\n"))
        if self.heading:
            self.into.add(ElementKind.HEADING, " ".join(text.split()), self.heading, self.place)
        elif self.lists and self.items:
            self.into.add(ElementKind.LIST_ITEM, text, self.lists, self.place)
        else:
            self.into.add(ElementKind.PARAGRAPH, text, place=self.place)


def add_html(into: StructuredText, root: etree._Element, place: Place | None = None) -> tuple[str, ...]:
    """Adds the blocks of the page's main content. Returns remarks."""
    main = _main_content(root)
    walk = _Walk(into, place)
    walker = etree.iterwalk(main, events=("start", "end"))
    skipped: etree._Element | None = None
    for event, element in walker:
        if event == "start":
            if _is_unread(element, main, walk) or _start(walk, element):
                skipped = element
                walker.skip_subtree()
            continue
        if element is not skipped:
            _end(walk, element)
        if element is not main:
            walk.text(element.tail)
    walk.flush()
    return (f"{walk.hidden} hidden parts of the page were left out.",) if walk.hidden else ()


def _start(walk: _Walk, element: etree._Element) -> bool:
    """True if the element has been dealt with, contents included."""
    name = _name(element)
    if name == "br":
        walk.line_break()
        return True
    if name == "table" and not _is_layout(element):
        walk.flush()
        walk.into.add_table(read_table(element), walk.place)
        return True
    if name == "a" and walk.heading and "".join(element.itertext()).strip() in _PERMALINKS:
        return True
    if name in _BLOCK_NAMES or name in _HEADINGS:
        if not (walk.verbatim and name != "pre"):
            walk.flush()
        if name in _HEADINGS:
            walk.heading = _HEADINGS[name]
        elif name in _LIST_NAMES:
            walk.lists += 1
        elif name in {"li", "dd"}:
            walk.items += 1
            walk.lists += name == "dd"
        elif name == "pre":
            walk.verbatim += 1
    elif name == "q":
        walk.text("\u201c")
    walk.text(element.text)
    return False


def _end(walk: _Walk, element: etree._Element) -> None:
    name = _name(element)
    if name == "q":
        walk.text("\u201d")
    if name not in _BLOCK_NAMES and name not in _HEADINGS:
        return
    if walk.verbatim and name != "pre":
        return
    walk.flush()
    if name in _HEADINGS:
        walk.heading = 0
    elif name in _LIST_NAMES:
        walk.lists = max(walk.lists - 1, 0)
    elif name in {"li", "dd"}:
        walk.items = max(walk.items - 1, 0)
        walk.lists = max(walk.lists - (name == "dd"), 0)
    elif name == "pre":
        walk.verbatim = max(walk.verbatim - 1, 0)


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _main_content(root: etree._Element) -> etree._Element:
    """The one element that the page says is its main content, else all of it."""
    marked = [element for element in root.iter("main", "article") if not _is_hidden(element)]
    marked += [element for element in root.iter("div", "section") if element.get("role") == "main"]
    for names in (("main",), ("div", "section"), ("article",)):
        found = [element for element in marked if _name(element) in names]
        if len(found) == 1 and len("".join(found[0].itertext()).split()) * 5 >= _FEWEST_MAIN_CHARACTERS:
            return found[0]
    return root


def _is_unread(element: etree._Element, main: etree._Element, walk: _Walk) -> bool:
    name = _name(element)
    if not name or name in _UNREAD_NAMES or element.get("role", "").lower() in _UNREAD_ROLES:
        return element is not main
    if _is_wiki_furniture(element, name):
        return True
    if name in _FRAME_NAMES and _name(main) in {"html", "body"} and not _is_inside_content(element):
        # The frame of the page, but some put its title there.
        return next(element.iter("h1"), None) is None
    if _is_hidden(element):
        walk.hidden += bool("".join(element.itertext()).strip())
        return True
    return False


def _is_wiki_furniture(element: etree._Element, name: str) -> bool:
    names = {element.get("id", ""), *element.get("class", "").split()}
    # A mark of a note ("[1]") is a link to it and nothing else; the note itself is read.
    is_mark = name == "sup" and "reference" in names
    return is_mark or bool(names & _WIKI_FURNITURE_NAMES)


def _is_inside_content(element: etree._Element) -> bool:
    return any(_name(ancestor) in {"main", "article", "section", "blockquote"} for ancestor in element.iterancestors())


def _is_hidden(element: etree._Element) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden", "").lower() == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDING_STYLE.search(style) is not None


# ---- tables ---------------------------------------------------------------------------------------------------------


def _is_layout(table: etree._Element) -> bool:
    """A table that arranges a page or a mail rather than data."""
    if table.get("role", "").lower() in {"presentation", "none"}:
        return True
    if next(table.iterdescendants("table"), None) is not None:
        return True
    rows = list(_rows(table))
    if max((len(cells) for _, cells in rows), default=0) < 2:
        return True
    if next(table.iterdescendants("th", "caption", "thead"), None) is not None:
        return False
    if next(table.iterdescendants(*_HEADINGS), None) is not None:
        return True
    return any(len(_cell_text(cell)) > _LONGEST_DATA_CELL for _, cells in rows for cell in cells)


def read_table(table: etree._Element) -> TableText:
    """Merged cells stand once, in their first position; the others that they cover are empty."""
    grid: list[list[str]] = []
    marked_header = 0
    covered: dict[tuple[int, int], bool] = {}
    for number, (in_head, cells) in enumerate(_rows(table)):
        row: list[str] = []
        for cell in cells:
            while covered.pop((number, len(row)), False):
                row.append("")
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            first = len(row)
            row += [_cell_text(cell), *[""] * (width - 1)]
            covered.update(
                {(number + down, first + across): True for down in range(1, height) for across in range(width)}
            )
        while covered.pop((number, len(row)), False):
            row.append("")
        grid.append(row)
        names_only = bool(cells) and all(_name(cell) == "th" for cell in cells) and len(cells) > 1
        if marked_header == number and (in_head or names_only):
            marked_header = number + 1
    if marked_header == len(grid):
        marked_header = 0
    header = marked_header or (0 if _has_row_names(table) else header_row_count(grid))
    caption = next(table.iterchildren("caption"), None)
    return TableText(grid[:header], grid[header:], _cell_text(caption) if caption is not None else "")


def _has_row_names(table: etree._Element) -> bool:
    """A `th` beside values: the page marks its names, so an unmarked first row is none."""
    return next(table.iterdescendants("th"), None) is not None


def _rows(table: etree._Element) -> Iterator[tuple[bool, list[etree._Element]]]:
    """(in the table's head, its cells) of each row; the rows of nested tables are not among them."""
    for child in table:
        if _name(child) == "tr":
            yield False, _cells(child)
        elif _name(child) in {"thead", "tbody", "tfoot"}:
            for row in child:
                if _name(row) == "tr":
                    yield _name(child) == "thead", _cells(row)


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if _name(cell) in {"td", "th"} and not _is_hidden(cell)]


def _span(cell: etree._Element, attribute: str) -> int:
    value = cell.get(attribute, "1").strip()
    return min(max(int(value), 1), _WIDEST_SPAN) if value.isdigit() and len(value) < 7 else 1


def _cell_text(cell: etree._Element) -> str:
    """Its blocks on lines of their own."""
    parts: list[str] = []
    walker = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walker:
        name = _name(element)
        if event == "start":
            if element is not cell and (name in _UNREAD_NAMES or _is_hidden(element)):
                walker.skip_subtree()
                continue
            parts.append("\n" if name == "br" or name in _BLOCK_NAMES else "")
            parts.append(_SPACE.sub(" ", _INVISIBLE.sub("", element.text or "")))
        elif element is not cell:
            parts.append("\n" if name in _BLOCK_NAMES else "")
            parts.append(_SPACE.sub(" ", _INVISIBLE.sub("", element.tail or "")))
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
