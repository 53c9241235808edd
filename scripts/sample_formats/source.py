"""The sources that sample documents are made from: a few named values, and a text in simple Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, note, list or table of a source text. Words between two asterisks are bold."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A source text: the `name: value` lines at its top, and what follows the first empty line."""

    fields: dict[str, str]
    body: str

    @property
    def title(self) -> str:
        return self.fields["title"]

    @property
    def written(self) -> datetime:
        return datetime.combine(date.fromisoformat(self.fields["date"]), time(9, 0), tzinfo=UTC)


def read_source(path: Path) -> Source:
    top, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    return Source(dict(line.split(": ", 1) for line in top.splitlines()), body)


def blocks_of(markdown: str) -> list[Block]:
    """The blocks of a Markdown text in reading order. Lists are not nested."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    blocks: list[Block] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        close = token.type.removesuffix("_open") + "_close"
        if not token.type.endswith("_open"):
            position += 1
            continue
        end = next(
            i for i in range(position, len(tokens)) if tokens[i].type == close and tokens[i].level == token.level
        )
        inside = tokens[position:end]
        blocks.append(block_of(token, inside))
        position = end + 1
    return blocks


def block_of(opening: Token, inside: list[Token]) -> Block:
    texts = [token.content.replace("\n", " ") for token in inside if token.type == "inline"]
    match opening.type:
        case "heading_open":
            return Block("heading", texts[0], int(opening.tag[1]))
        case "paragraph_open":
            return Block("paragraph", texts[0])
        case "blockquote_open":
            return Block("note", " ".join(texts))
        case "bullet_list_open" | "ordered_list_open":
            return Block(opening.type.removesuffix("_list_open"), rows=tuple((text,) for text in texts))
        case "table_open":
            width = sum(token.type == "th_open" for token in inside)
            return Block("table", rows=tuple(tuple(texts[i : i + width]) for i in range(0, len(texts), width)))
    raise ValueError(f"A source may not contain {opening.type}")


def runs_of(text: str) -> Iterable[tuple[str, bool]]:
    """The pieces of a text, each with whether it is bold."""
    for number, piece in enumerate(text.split("**")):
        if piece:
            yield piece, number % 2 == 1


def plain(text: str) -> str:
    return text.replace("**", "")
