"""Reads Markdown: block structure by markdown-it, and the exact place of every visible character in the file.

The source is parsed in a masked copy of equal length, so that all offsets agree: template tags, attribute lists and
component tags become placeholder characters there, and newlines become single ones.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt, rules_inline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from corpus.locator import Span
from ingestion.decoding import decode
from ingestion.parsed import Cell, Element, ElementKind, Empty, ParsedDocument, Row, Table
from ingestion.unwrapped_lines import unwrapped

# Deeper nesting than this is no document. Each level costs a few frames of the interpreter's stack.
MAX_NESTING = 60

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*(?:\r\n|\r|\n)(.*?)(?<=[\r\n])(?:---|\.\.\.)[ \t]*(?:\r\n|\r|\n|\Z)", re.S)
_TITLE_LINE = re.compile(r"^title[ \t]*:[ \t]*(?:\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\n]|'')*)'|([^\r\n]*?))[ \t]*$", re.M)
_FENCE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(`{3,}|~{3,})", re.M)
_LIQUID_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.S)
_LIQUID_TAG = re.compile(r"\{%-?\s*(\w*)([^%]*(?:%(?!\})[^%]*)*)%\}")
_LIQUID_OUTPUT = re.compile(r"\{\{[^{}\n]*\}\}")
_ATTRIBUTE_LIST = re.compile(r"\{:[^{}\n]*\}|(?<=[^\n{])\{#[^{}\n]*\}(?=[ \t]*#*[ \t]*$)|\{::[^{}\n]*\}", re.M)
_FOOTNOTE_MARK = re.compile(r"\[\^[^\]\s]+\]:?")
# Of pages with components (MDX): tags on lines of their own, comments in braces, imports.
_COMPONENT = re.compile(
    r"^[ \t]*</?[A-Z][A-Za-z0-9.]*(?:\s(?:\"[^\"\n]*\"|'[^'\n]*'|\{[^{}]*\}|[^<>\n\"'{]|\n(?![ \t]*\n))*)?/?>[ \t]*$",
    re.M,
)
_COMPONENT_COMMENT = re.compile(r"\{/\*.*?\*/\}", re.S)
_IMPORT = re.compile(r"^import[ \t]+(?:[\w*{][^\n;'\"]*[ \t]+from[ \t]+)?(['\"])[^'\"\n]+\1;?[ \t]*$", re.M)
# The argument of these names a target or a file, not something to read.
_TARGETS = "page link post_url include include_relative image image_with_class asset layout render"
_TARGET_TAGS = frozenset(_TARGETS.split())
_ONE_ARGUMENT = re.compile(r"\s*([\"'])([^\"'\n]+)\1\s*-?")

_HTML = (
    "a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption center"
    " cite code col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption"
    " figure font footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label"
    " legend li link main map mark menu meta meter nav noscript object ol optgroup option output p param"
    " picture pre progress q rp rt ruby s samp script search section select slot small source span strike"
    " strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u"
    " ul var video wbr"
)
_HTML_NAMES = frozenset(_HTML.split())
_BLOCK = (
    "address article aside audio blockquote body br button caption center dd details dialog div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe li main nav ol p pre script"
    " section style summary svg table tbody td template tfoot th thead title tr ul video"
)
_BLOCK_NAMES = frozenset(_BLOCK.split())
_UNREAD_NAMES = frozenset({"script", "style", "svg", "template"})
_HTML_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(/?)([A-Za-z][\w:.-]*)((?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)>|<[!?][^>]*>", re.S
)
_TAG_NAME = re.compile(r"</?([A-Za-z][\w:.-]*)")


class MarkdownItParser:
    """`parse` keeps the file's text as it is; markup is what lies between the spans."""

    def parse(self, content: bytes, name: str) -> ParsedDocument:
        decoded = decode(content)
        source = _Source(decoded.text)
        elements = tuple(_Reading(source).elements())
        if not elements and source.title is None:
            raise Empty
        title = source.title or _first_heading(decoded.text, elements)
        return ParsedDocument(decoded.text, elements, title=title, remarks=decoded.remarks)


def _first_heading(text: str, elements: Sequence[Element]) -> str | None:
    """A document that opens with its highest heading calls itself by it."""
    first = next((element for element in elements if element.kind is ElementKind.HEADING), None)
    if first is None or first.level != 1:
        return None
    return " ".join("".join(text[span.start : span.end] for span in first.spans).split()) or None


class _Source:
    """The text and its masked twin of the same length, in which `hidden` stands for what a reader does not see."""

    def __init__(self, text: str) -> None:
        self.text = text
        unused = iter(c for c in map(chr, range(0xFDD0, 0xFDF0)) if c not in text)
        self.hidden = next(unused, "\ufdd0")
        self.shown = next(unused, "\ufdd1")
        self.title: str | None = None
        self.has_components = False
        masked = text.replace("\r\n", " \n").replace("\r", "\n")
        if masked.startswith("\ufeff"):
            masked = " " + masked[1:]
        masked = self._without_front_matter(masked)
        self.masked = self._mask_templates(masked)
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", self.masked))]

    def line(self, number: int) -> tuple[int, str]:
        """The offset and the masked text of a line, without its newline."""
        start = self.line_starts[number]
        end = self.line_starts[number + 1] - 1 if number + 1 < len(self.line_starts) else len(self.masked)
        return start, self.masked[start:end]

    def line_of(self, offset: int) -> int:
        return bisect_right(self.line_starts, offset) - 1

    def _without_front_matter(self, masked: str) -> str:
        match = _FRONT_MATTER.match(self.text)
        if match is None or not re.search(r"^[\w-]+[ \t]*:", match[1], re.M):
            return masked
        title = _TITLE_LINE.search(match[1].replace("\r\n", "\n").replace("\r", "\n"))
        if title is not None:
            value = next((group for group in title.groups() if group is not None), "")
            if title[1] is not None:
                value = re.sub(r"\\(.)", r"\1", value)
            elif title[2] is not None:
                value = value.replace("''", "'")
            self.title = " ".join(value.split()) or None
        return re.sub(r"[^\n]", " ", masked[: match.end()]) + masked[match.end() :]

    def _mask_templates(self, masked: str) -> str:
        parts: list[str] = []
        for start, end, is_code in _code_regions(masked):
            region = masked[start:end]
            parts.append(region if is_code else self._mask_region(region))
        return "".join(parts)

    def _mask_region(self, region: str) -> str:
        if "{%" in region:
            region = _LIQUID_COMMENT.sub(lambda match: self._fill(match[0], self.hidden), region)
            region = _LIQUID_TAG.sub(self._mask_tag, region)
        if "{{" in region:
            region = _LIQUID_OUTPUT.sub(lambda match: self._fill(match[0], self.shown), region)
        if "{:" in region or "{#" in region:
            region = _ATTRIBUTE_LIST.sub(lambda match: self._fill(match[0], self.hidden), region)
        if "[^" in region:
            region = _FOOTNOTE_MARK.sub(lambda match: self._fill(match[0], self.hidden), region)
        if "{/*" in region:
            region = _COMPONENT_COMMENT.sub(lambda match: self._fill(match[0], self.hidden), region)
        region = _IMPORT.sub(lambda match: " " * len(match[0]), region)
        if _COMPONENT.search(region):
            self.has_components = True
            region = _COMPONENT.sub(lambda match: " " * len(match[0]), region)
        return region

    def _mask_tag(self, match: re.Match[str]) -> str:
        """`{% channel "travel" %}` shows its one argument; tags that name a target or steer the page show nothing."""
        argument = _ONE_ARGUMENT.fullmatch(match[2])
        if argument is None or match[1] in _TARGET_TAGS:
            return self._fill(match[0], self.hidden)
        start = match.start(2) - match.start() + argument.start(2)
        end = start + len(argument[2])
        tag = match[0]
        shown = self._fill(tag[start:end], self.shown)
        return self._fill(tag[:start], self.hidden) + shown + self._fill(tag[end:], self.hidden)

    @staticmethod
    def _fill(text: str, mask: str) -> str:
        """Newlines too: a tag that is broken over two lines must not break the link or the line that it stands in."""
        return mask * len(text)


def _code_regions(text: str) -> Iterator[tuple[int, int, bool]]:
    """Splits at fenced code, where template tags are what the author shows."""
    position = 0
    while True:
        opening = _FENCE.search(text, position)
        if opening is None:
            break
        fence = opening[1]
        closing = re.compile(rf"^[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$", re.M)
        line_end = text.find("\n", opening.end())
        end = closing.search(text, line_end) if line_end >= 0 else None
        stop = end.end() if end is not None else len(text)
        yield position, opening.start(), False
        yield opening.start(), stop, True
        position = stop
    yield position, len(text), False


Rule = Callable[[StateInline, bool], bool]
_LOCATED_RULES: dict[str, Rule] = {
    "newline": rules_inline.newline,
    "escape": rules_inline.escape,
    "backticks": rules_inline.backtick,
    "link": rules_inline.link,
    "image": rules_inline.image,
    "autolink": rules_inline.autolink,
    "html_inline": rules_inline.html_inline,
    "entity": rules_inline.entity,
}


def _located(rule: Rule) -> Rule:
    """The same rule, noting on the tokens it makes where it began and ended in the inline text."""

    def located(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent:
            for token in state.tokens[known:]:
                if "start" not in token.meta and token.type != "text":
                    token.meta["start"], token.meta["end"] = start, state.pos
        return True

    return located


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    markdown.disable(["text_join", "inline"])
    for name, rule in _LOCATED_RULES.items():
        markdown.inline.ruler.at(name, _located(rule))
    return markdown


class _HtmlTable:
    def __init__(self) -> None:
        self.caption: list[Span] = []
        self.cell: list[Span] = []
        self._cells: list[Cell] = []
        self._header: list[Row] = []
        self._rows: list[Row] = []
        self._all_header = True

    def end_cell(self, is_header: bool) -> None:
        self._cells.append(Cell(tuple(self.cell)))
        self.cell = []
        self._all_header = self._all_header and is_header

    def end_row(self) -> None:
        if any(cell.spans for cell in self._cells):
            target = self._header if self._all_header and not self._rows else self._rows
            target.append(Row(tuple(self._cells)))
        self._cells = []
        self._all_header = True

    def element(self) -> Iterator[Element]:
        if self.cell:
            self.end_cell(is_header=False)
        self.end_row()
        spans = tuple(span for row in (*self._header, *self._rows) for cell in row.cells for span in cell.spans)
        if spans:
            table = Table(tuple(self._header), tuple(self._rows), tuple(self.caption))
            yield Element(ElementKind.TABLE, (*self.caption, *spans), table=table)


class _HtmlBlock:
    """Follows the block tags of one HTML block and makes elements of the runs of text between them."""

    def __init__(self, lists: int) -> None:
        self._lists = lists
        self._heading = 0
        self._unread: str | None = None
        self._table: _HtmlTable | None = None

    def reads(self, name: str) -> bool:
        return self._unread is None or name == self._unread

    def add(self, spans: list[Span]) -> Iterator[Element]:
        if self._unread is not None:
            return
        if self._table is not None:
            self._table.cell.extend(spans)
        elif self._heading:
            yield from _element(ElementKind.HEADING, spans, self._heading)
        elif self._lists:
            yield from _element(ElementKind.LIST_ITEM, spans, self._lists)
        else:
            yield from _element(ElementKind.PARAGRAPH, spans, 0)

    def tag(self, name: str, closes: bool, is_single: bool) -> Iterator[Element]:
        if name in _UNREAD_NAMES:
            self._unread = None if closes or is_single else name
        elif name in {"ul", "ol", "dl"}:
            self._lists = max(self._lists + (-1 if closes else 1), 0)
        elif name in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self._heading = 0 if closes else int(name[1])
        elif self._table is not None:
            yield from self._table_tag(self._table, name, closes)
        elif name == "table" and not closes:
            self._table = _HtmlTable()

    def _table_tag(self, table: _HtmlTable, name: str, closes: bool) -> Iterator[Element]:
        if not closes:
            return
        if name in {"td", "th"}:
            table.end_cell(is_header=name == "th")
        elif name == "tr":
            table.end_row()
        elif name == "caption":
            table.caption, table.cell = table.cell, []
        elif name == "table":
            self._table = None
            yield from table.element()

    def finish(self) -> Iterator[Element]:
        if self._table is not None:
            yield from self._table.element()


class _Reading:
    """One pass over the block tokens of one source."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._markdown = _markdown()
        if source.has_components:
            # Pages with components indent what stands in them; such pages know no indented code.
            self._markdown.disable("code")
        self._environment: dict[str, object] = {}
        self._lists = 0

    def elements(self) -> Iterator[Element]:
        tokens = self._markdown.parse(self._source.masked, self._environment)
        if any(token.level >= MAX_NESTING - 1 for token in tokens):
            # markdown-it drops what is nested deeper; as plain paragraphs nothing is lost.
            yield from self._plain_paragraphs()
            return
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "table_open":
                close = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
                yield from self._table(tokens[index:close])
                index = close
            else:
                yield from self._block(token, tokens[index - 1] if index else token)
            index += 1

    def _block(self, token: Token, before: Token) -> Iterator[Element]:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._lists += 1
            case "bullet_list_close" | "ordered_list_close":
                self._lists -= 1
            case "inline":
                spans = self._inline(token.content, self._content_offsets(token))
                if before.type == "heading_open":
                    yield from _element(ElementKind.HEADING, spans, int(before.tag[1]))
                else:
                    yield from self._text_element(spans)
            case "fence" | "code_block":
                yield from self._code(token)
            case "html_block":
                yield from self._html(token)
            case _:
                pass

    def _text_element(self, spans: list[Span]) -> Iterator[Element]:
        if self._lists:
            yield from _element(ElementKind.LIST_ITEM, spans, self._lists)
            return
        for passage in unwrapped(self._source.text, spans):
            kind = ElementKind.HEADING if passage.level else ElementKind.PARAGRAPH
            yield from _element(kind, _trimmed(self._source.text, passage.spans), passage.level)

    def _plain_paragraphs(self) -> Iterator[Element]:
        for match in re.finditer(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*", self._source.masked):
            yield from _element(ElementKind.PARAGRAPH, self._visible(match.start(), match.end()), 0)

    # ---- inline text -------------------------------------------------------------------------------------------

    def _content_offsets(self, token: Token) -> list[tuple[int, int]]:
        """(offset in the token's content, offset in the source) at the start of each of its lines."""
        first = token.map[0] if token.map else 0
        offsets: list[tuple[int, int]] = []
        position = 0
        for number, line in enumerate(token.content.split("\n"), start=first):
            start, source_line = self._source.line(number)
            visible = line.strip()
            lead = len(line) - len(line.lstrip())
            # Container marks stand before the visible part, closing marks of a heading after it.
            bare = source_line.rstrip()
            found = len(bare) - len(visible) if bare.endswith(visible) else bare.rfind(visible)
            offsets.append((position, start + max(found, 0) - lead))
            position += len(line) + 1
        return offsets

    def _inline(self, content: str, offsets: list[tuple[int, int]]) -> list[Span]:
        """The spans of the source that a reader sees of this inline text."""
        tokens: list[Token] = []
        self._markdown.inline.parse(content, self._markdown, self._environment, tokens)
        starts = [position for position, _ in offsets]
        spans: list[Span] = []
        for seen in _visible_ranges(tokens, content, 0):
            start = seen.start
            while start < seen.end:
                line = bisect_right(starts, start) - 1
                stop = min(seen.end, starts[line + 1]) if line + 1 < len(starts) else seen.end
                shift = offsets[line][1] - offsets[line][0]
                if seen.is_code:
                    spans.append(Span(start + shift, stop + shift))
                else:
                    spans.extend(self._visible(start + shift, stop + shift))
                start = stop
        return _trimmed(self._source.text, spans)

    def _visible(self, start: int, end: int) -> list[Span]:
        """The stretch without what the mask hides."""
        hidden = self._source.hidden
        masked = self._source.masked
        spans: list[Span] = []
        position = start
        while position < end:
            mask = masked.find(hidden, position, end)
            stop = mask if mask >= 0 else end
            if stop > position:
                spans.append(Span(position, stop))
            position = stop
            while position < end and masked[position] == hidden:
                position += 1
        return spans

    # ---- blocks that are not inline text ------------------------------------------------------------------------

    def _code(self, token: Token) -> Iterator[Element]:
        assert token.map is not None
        first = token.map[0] + (1 if token.type == "fence" else 0)
        spans: list[Span] = []
        for number, line in enumerate(token.content.removesuffix("\n").split("\n"), start=first):
            if number >= len(self._source.line_starts):
                break
            start, source_line = self._source.line(number)
            visible = line.lstrip()
            begin = start + len(source_line) - len(visible) if source_line.endswith(visible) else start
            # Indentation belongs to code; that of the list or quote around it does not.
            begin = max(start, begin - (len(line) - len(visible)))
            end = start + len(source_line)
            if end < len(self._source.text):
                end += 1
            spans.append(Span(begin, end))
        yield from _element(ElementKind.CODE, _trimmed(self._source.text, _joined(spans), keep_indent=True), 0)

    def _table(self, tokens: list[Token]) -> Iterator[Element]:
        header: list[Row] = []
        rows: list[Row] = []
        target = header
        for token in tokens:
            if token.type == "tbody_open":
                target = rows
            elif token.type == "tr_open" and token.map is not None:
                target.append(self._table_row(token.map[0]))
        spans = tuple(span for row in (*header, *rows) for cell in row.cells for span in cell.spans)
        if spans:
            header = [row for row in header if any(cell.spans for cell in row.cells)]
            yield Element(ElementKind.TABLE, spans, table=Table(tuple(header), tuple(rows)))

    def _table_row(self, number: int) -> Row:
        """All cells of a row, though pages show no more of them than the header has."""
        start, line = self._source.line(number)
        # A table in a quote or a list has marks before its first cell; they are no part of the row.
        lead = re.match(r"[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|\d+[.)])[ \t]+)*", line)
        begin = lead.end() if lead is not None else 0
        bounds = [match.start() for match in re.finditer(r"\\.|\|", line) if match[0] == "|" and match.start() >= begin]
        if bounds and not line[begin : bounds[0]].strip():
            begin = bounds.pop(0) + 1
        end = bounds.pop() if bounds and not line[bounds[-1] + 1 :].strip() else len(line)
        edges = [begin, *(edge for bound in bounds for edge in (bound, bound + 1)), end]
        cells = []
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            cells.append(Cell(tuple(self._inline(line[left:right], [(0, start + left)]))))
        return Row(tuple(cells))

    # ---- HTML in Markdown ---------------------------------------------------------------------------------------

    def _html(self, token: Token) -> Iterator[Element]:
        assert token.map is not None
        begin = self._source.line_starts[token.map[0]]
        last = token.map[1]
        end = self._source.line_starts[last] if last < len(self._source.line_starts) else len(self._source.masked)
        block = _HtmlBlock(self._lists)
        position = begin
        for match in _HTML_TAG.finditer(self._source.masked, begin, end):
            name = (match[2] or "").lower()
            if name and (name not in _BLOCK_NAMES or not block.reads(name)):
                continue
            yield from block.add(self._html_run(position, match.start()))
            position = match.end()
            if name:
                yield from block.tag(name, closes=bool(match[1]), is_single=match[3].endswith("/"))
        yield from block.add(self._html_run(position, end))
        yield from block.finish()

    def _html_run(self, start: int, end: int) -> list[Span]:
        content = self._source.masked[start:end]
        stripped = content.strip()
        if not stripped:
            return []
        lead = start + len(content) - len(content.lstrip())
        return self._inline(stripped, [(0, lead)])


def _element(kind: ElementKind, spans: Sequence[Span], level: int) -> Iterator[Element]:
    if spans:
        yield Element(kind, tuple(spans), level)


@dataclass(frozen=True, slots=True)
class _Range:
    """A stretch of an inline text that a reader sees. Template tags are hidden by the mask, but not in code."""

    start: int
    end: int
    is_code: bool = False


def _visible_ranges(  # noqa: PLR0912 - one branch per kind of token
    tokens: Sequence[Token], content: str, base: int
) -> Iterator[_Range]:
    """What a reader sees of `content`, in order. `base` is where the tokens' own text begins in it."""
    cursor = base
    in_autolink = False
    for token in tokens:
        start = base + token.meta["start"] if "start" in token.meta else cursor
        end = base + token.meta["end"] if "end" in token.meta else cursor
        match token.type:
            case "text" if token.content and not in_autolink:
                found = content.find(token.content, cursor)
                if found >= 0:
                    cursor = found + len(token.content)
                    yield _Range(found, cursor)
            case "text_special":
                # An escape shows what follows the backslash; an entity stays as it is written.
                yield _Range(start + (token.info == "escape" and token.content != token.markup), end)
                cursor = end
            case "code_inline":
                yield _code_range(content, start + len(token.markup), end - len(token.markup))
                cursor = end
            case "softbreak" | "hardbreak":
                newline = content.find("\n", start)
                yield _Range(newline, newline + 1)
                cursor = end
            case "image":
                yield from _visible_ranges(token.children or [], content, start + 2)
                cursor = end
            case "html_inline":
                if _is_shown(token.content, content, end):
                    yield _Range(start, end)
                cursor = end
            case "link_open":
                cursor = start + 1
                in_autolink = token.markup == "autolink"
                if in_autolink:
                    yield _Range(start + 1, end - 1)
            case "link_close":
                cursor = end
                in_autolink = False
            case "em_open" | "em_close" | "strong_open" | "strong_close" | "s_open" | "s_close":
                cursor += len(token.markup)
            case _:
                pass


def _is_shown(tag: str, content: str, end: int) -> bool:
    """A name in angle brackets that is no tag is a placeholder to be seen; a break keeps two words apart."""
    match = _TAG_NAME.match(tag)
    if match is None:
        return False
    name = match[1].lower()
    if name == "br":
        return end < len(content) and not content[end].isspace()
    if name in _HTML_NAMES or tag.endswith("/>") or re.search(r"\s\S+=", tag):
        return False
    return f"</{match[1]}>" not in content


def _code_range(content: str, start: int, end: int) -> _Range:
    code = content[start:end]
    if len(code) > 2 and code[0] in " \n" and code[-1] in " \n" and code.strip(" \n"):
        return _Range(start + 1, end - 1, is_code=True)
    return _Range(start, end, is_code=True)


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = Span(joined[-1].start, span.end)
        elif span.start < span.end:
            joined.append(span)
    return joined


def _trimmed(text: str, spans: Sequence[Span], keep_indent: bool = False) -> list[Span]:
    """The spans joined where they touch, without white space at either end; none if that is all there is."""
    found = _joined(spans)
    while found:
        first = text[found[0].start : found[0].end]
        lead = len(first) - len(first.lstrip())
        if lead == len(first):
            found.pop(0)
            continue
        if not keep_indent:
            found[0] = Span(found[0].start + lead, found[0].end)
        break
    while found:
        last = text[found[-1].start : found[-1].end]
        kept = len(last.rstrip())
        if kept:
            found[-1] = Span(found[-1].start, found[-1].start + kept)
            break
        found.pop()
    return found
