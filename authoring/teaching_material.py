"""Material as it is taught from: the paragraphs, lists, tables and turns of its chunks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from assistant.instructions import addresses_a_model
from assistant.sentences import (
    QUESTION_MARKS,
    Statement,
    StatementKind,
    is_of_contents,
    says_nothing_alone,
    split_statements,
)
from assistant.table_rows import cells
from assistant.words import is_function_word
from authoring.cue_phrases import is_whole, stands_alone
from authoring.duration import word_count
from corpus.chunk import ChunkKind
from corpus.locator import Span
from corpus.passage import Passage


class ParagraphKind(StrEnum):
    PROSE = "prose"
    LIST = "list"
    STEPS = "steps"
    """A list whose items are numbered."""
    TABLE = "table"
    SPEECH = "speech"
    """What one person says without a break."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A statement in the passage of one chunk that it stands in. `span` counts characters of the chunk's text."""

    passage: Passage
    kind: StatementKind
    span: Span
    text: str
    speaker: str | None = None

    @property
    def chunk_id(self) -> int:
        return self.passage.chunks[0].chunk_id

    @property
    def key(self) -> tuple[int, int]:
        return self.chunk_id, self.span.start


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`lead_in` opens a LIST or STEPS and is none of its statements. `heading` is the line or the question above it
    that
    its document does not mark as a heading. `columns` are of a TABLE whose rows don't name theirs.
    """

    kind: ParagraphKind
    statements: tuple[Sourced, ...]
    lead_in: Sourced | None = None
    heading: str = ""
    columns: tuple[str, ...] = ()

    @property
    def passage(self) -> Passage:
        return self.statements[0].passage

    @property
    def text(self) -> str:
        said = [statement.text for statement in self.statements]
        return " ".join([self.lead_in.text, *said] if self.lead_in else said)

    @property
    def words(self) -> int:
        return word_count(self.text)

    @property
    def all(self) -> tuple[Sourced, ...]:
        return self.statements if self.lead_in is None else (self.lead_in, *self.statements)


@dataclass(frozen=True, slots=True)
class Section:
    """Consecutive chunks of one document below the same headings. `headings` are without the document's own title."""

    headings: tuple[str, ...]
    passages: tuple[Passage, ...]
    paragraphs: tuple[Paragraph, ...]

    @property
    def chunk_ids(self) -> tuple[int, ...]:
        return tuple(passage.chunks[0].chunk_id for passage in self.passages)

    @property
    def document(self) -> Passage:
        return self.passages[0]

    @property
    def title(self) -> str:
        return self.headings[-1] if self.headings else clean_heading(self.document.title)

    @property
    def words(self) -> int:
        return sum(paragraph.words for paragraph in self.paragraphs)

    @property
    def is_spoken(self) -> bool:
        return self.document.kind is ChunkKind.TRANSCRIPT


_TEACHES_NOTHING = re.compile(
    r"^(?:(?:.* )?table of contents|contents|inhalt(?:sverzeichnis)?|index|stichwortverzeichnis|references|"
    r"bibliography|"
    r"literatur(?:verzeichnis)?|quellen|see also|siehe auch|related(?: \w+)?|further (?:reading|information)|"
    r"more information|"
    r"additional (?:resources|reading|information)|(?:other |useful |helpful |external |quick )?(?:links|resources)|"
    r"learn more|"
    r"revision history|change ?log|change history|document history|version(?: history)?|history of changes|"
    r"änderungs(?:verzeichnis|historie|übersicht)|versionshistorie|impressum|imprint|legal notice|licen[cs]e|"
    r"acknowledge?ments|credits|contributors|footnotes|questions\??|still have questions\??|feedback|"
    r"need help\??|contact(?: us)?|slack(?: channels?)?|unterschriften|signatures?)$",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?\w+[^>]*>")
_NUMBERING = re.compile(
    r"^(?:(?:\d{1,2}(?:\.\d{1,2})*[.)]?|[A-Z][.)]|§\s?\d+[a-z]?|chapter \d+:?|kapitel \d+:?|step \d+:)\s+)+",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?P<number>\d{1,2})[.)]\s*$")
_OWN_MARKER = re.compile(r"(?P<number>\d{1,2})[.)]\s+(?=\S)")
_SPEAKER = re.compile(r"[^\W\d_][^:\n.!?]{0,60}?[ \t]*[:：][ \t]+(?=\S)")
_MAIL_HEADER = re.compile(r"(?:From|To|Cc|Bcc|Date|Subject|Sent|Von|An|Betreff|Datum|Gesendet):\s", re.IGNORECASE)
_RULE = re.compile(r"[\s|:-]+")
_MAIL_GREETING = re.compile(r"(?:dear|hello|hi|hallo|liebe[rs]?|sehr geehrte[rs]?)\b[^.!?]{0,60},?$", re.IGNORECASE)
_BEFORE_MARKER = 8
"""Characters before an item in which its number stands."""
_FEWEST_LINKS = 3
_SHARE_OF_LINKS = 0.7
_LINK_WORDS = 9


def clean_heading(heading: str) -> str:
    """Without its number."""
    plain = " ".join(_TAG.sub("", heading).replace("*", " ").replace("`", "").split()).strip(" :#")
    return _NUMBERING.sub("", plain) or plain


def teaches_nothing(heading: str) -> bool:
    return _TEACHES_NOTHING.match(clean_heading(heading).strip(" .:!")) is not None


def read_sections(material: Sequence[Passage]) -> list[Section]:
    """In the order of the material; what holds nothing to teach is left out."""
    found: list[Section] = []
    for document in _documents(material):
        title = _common_title(document)
        speaker: str | None = None
        heading = ""
        group: list[tuple[Passage, list[Paragraph]]] = []
        path: tuple[str, ...] | None = None
        for passage in document:
            own = tuple(clean_heading(heading) for heading in passage.headings)[1 if title else 0 :]
            if path is not None and own != path:
                found += _section(path, group)
                group = []
                heading = ""
            path = own
            paragraphs = list(_below_their_questions(list(_paragraphs(passage, speaker, heading))))
            if paragraphs:
                heading = paragraphs[-1].heading
            if paragraphs and _is_question_heading(paragraphs[-1]):
                heading = paragraphs.pop().text
            speaker = next((s.speaker for p in paragraphs[::-1] for s in p.statements[::-1]), speaker)
            group.append((passage, paragraphs))
        if path is not None:
            found += _section(path, group)
    return found


def _below_their_questions(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """A numbered question or case, alone on its line, heads what follows it: `3. My mailbox is full.`"""
    question: str | None = None
    for place, paragraph in enumerate(paragraphs):
        if _is_question_heading(paragraph) and place + 1 < len(paragraphs):
            question = paragraph.text
            continue
        yield paragraph if question is None else replace(paragraph, heading=question)


def _is_question_heading(paragraph: Paragraph) -> bool:
    if paragraph.kind is not ParagraphKind.LIST or len(paragraph.statements) > 1 or paragraph.lead_in is not None:
        return False
    return bool(_number(paragraph)) and len(paragraph.text.split()) <= _QUESTION_WORDS


_QUESTION_WORDS = 16


def _documents(material: Sequence[Passage]) -> list[list[Passage]]:
    found: dict[int, list[Passage]] = {}
    for passage in material:
        found.setdefault(passage.version_id, []).append(passage)
    return list(found.values())


def _common_title(document: Sequence[Passage]) -> str:
    """The heading that stands above everything; empty where there is none."""
    first = {passage.headings[0] if passage.headings else "" for passage in document}
    return first.pop() if len(first) == 1 else ""


def _section(path: tuple[str, ...], group: Sequence[tuple[Passage, Sequence[Paragraph]]]) -> Iterator[Section]:
    if any(teaches_nothing(heading) for heading in path) or teaches_nothing(group[0][0].title):
        return
    paragraphs = _joined([paragraph for _, own in group for paragraph in own])
    passages = tuple(passage for passage, _ in group)
    if paragraphs:
        yield Section(path, passages, tuple(paragraphs))


def _joined(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Lists and tables that were cut by the end of a chunk are whole again."""
    found: list[Paragraph] = []
    for paragraph in paragraphs:
        last = found[-1] if found else None
        if (
            last is not None
            and last.kind is paragraph.kind
            and paragraph.lead_in is None
            and paragraph.heading == last.heading
            and last.statements[-1].chunk_id != paragraph.statements[0].chunk_id
            and (
                (paragraph.kind is ParagraphKind.TABLE and _columns(last) == _columns(paragraph))
                or (
                    paragraph.kind is ParagraphKind.STEPS and _number(paragraph) == _number(last) + len(last.statements)
                )
                or paragraph.kind is ParagraphKind.LIST
            )
        ):
            found[-1] = replace(last, statements=last.statements + paragraph.statements)
        else:
            found.append(paragraph)
    return found


def _columns(paragraph: Paragraph) -> str:
    return paragraph.statements[0].text.partition(": ")[0]


def _number(paragraph: Paragraph) -> int:
    first = paragraph.statements[0]
    return _number_of(first.passage.chunks[0].text, first.span) or 0


def _number_of(text: str, span: Span) -> int | None:
    marker = _MARKER.search(text[max(0, span.start - _BEFORE_MARKER) : span.start])
    return int(marker["number"]) if marker else None


def _paragraphs(passage: Passage, speaker: str | None, heading: str) -> Iterator[Paragraph]:
    text = passage.chunks[0].text
    if is_of_contents(text):
        return
    if passage.kind is ChunkKind.TRANSCRIPT:
        yield from _turns(passage, speaker)
        return
    titled = not passage.headings
    columns: tuple[str, ...] = ()
    run: list[Statement] = []
    for statement in _unwrapped(passage, split_statements(text, passage.kind)):
        if statement.kind is StatementKind.TITLE:
            if _RULE.fullmatch(statement.text) and len(run) == 1 and run[0].kind is StatementKind.ROW:
                columns = tuple(cell.value for cell in cells(run[0].text))
                run = []
                continue
            yield from _paragraph(passage, run, heading, columns)
            run, columns = [], ()
            if titled and not _RULE.fullmatch(statement.text) and not _MAIL_HEADER.match(statement.text):
                heading = clean_heading(statement.text)
            continue
        if run and _begins_anew(text, run[-1], statement):
            yield from _paragraph(passage, run, heading, columns)
            run, columns = [], ()
        run.append(statement)
    yield from _paragraph(passage, run, heading, columns)


def _unwrapped(passage: Passage, statements: Sequence[Statement]) -> Iterator[Statement]:
    """In files whose paragraphs are wrapped, a line that ends without an end goes on in the next one."""
    if passage.media_type not in _WRAPPED:
        yield from statements
        return
    text = passage.chunks[0].text
    last: Statement | None = None
    for statement in statements:
        if last is not None and statement.kind in (StatementKind.SENTENCE, StatementKind.TITLE):
            gap = text[last.span.end : statement.span.start]
            if gap.strip(" ") == "\n" and last.kind is not StatementKind.ROW and last.text[-1] not in ".!?:…。！？：":
                span = Span(last.span.start, statement.span.end)
                kind = last.kind if last.kind is StatementKind.ITEM else statement.kind
                last = replace(last, kind=kind, span=span, text=text[span.start : span.end])
                continue
        if last is not None:
            yield last
        last = statement
    if last is not None:
        yield last


_WRAPPED = frozenset({"text/markdown", "text/html"})


def _begins_anew(text: str, last: Statement, statement: Statement) -> bool:
    tables = (last.kind is StatementKind.ROW, statement.kind is StatementKind.ROW)
    if tables[0] != tables[1]:
        return True
    if tables[0]:
        return False
    gap = text[last.span.end : statement.span.start]
    if statement.kind is StatementKind.ITEM:
        # The sentence that leads a list in stays with it, and so do sentences inside of an item.
        return statement.lead_in is None and last.kind is StatementKind.SENTENCE and "\n\n" in gap
    return "\n\n" in gap or (last.kind is StatementKind.ITEM and "\n" in gap and last.lead_in is None)


def _paragraph(
    passage: Passage, run: Sequence[Statement], heading: str, columns: tuple[str, ...]
) -> Iterator[Paragraph]:
    said = [statement for statement in run if not addresses_a_model(statement.text)]
    if not said:
        return
    text = passage.chunks[0].text
    if said[0].kind is StatementKind.ROW:
        rows = [_sourced(passage, row) for row in said if " | " in row.text.strip("| ")]
        if rows and not is_of_contents("\n".join(row.text for row in rows)):
            yield Paragraph(ParagraphKind.TABLE, tuple(rows), heading=heading, columns=columns)
        return
    first = next((place for place, one in enumerate(said) if one.kind is StatementKind.ITEM), None)
    if first is None:
        yield from _prose(passage, said, heading)
        return
    lead = said[:first]
    leads_in = bool(lead) and lead[-1].text[-1] in ":："
    if lead[: len(lead) - leads_in]:
        yield from _prose(passage, lead[: len(lead) - leads_in], heading)
    items = list(_items(text, said[first:]))
    items = [item for item in items if not _is_cut(item.text)]
    sourced = tuple(_sourced(passage, item) for item in items)
    if not sourced or all(len(item.text.split()) == 1 for item in sourced[:_FEWEST_LINKS]):
        return
    label = leads_in and says_nothing_alone(lead[-1]) and len(lead[-1].text.split()) <= _LABEL_WORDS
    if _is_of_links(sourced) or (label and all(_is_title_case(item.text) for item in sourced)):
        return
    numbers = [_number_of(text, item.span) or _own_number(item) for item in items]
    numbered = len(items) > 1 and all(one is not None and other == one + 1 for one, other in pairwise(numbers))
    kind = ParagraphKind.STEPS if numbered else ParagraphKind.LIST
    if label:
        yield Paragraph(kind, sourced, heading=clean_heading(lead[-1].text))
        return
    yield Paragraph(kind, sourced, _sourced(passage, lead[-1]) if leads_in else None, heading)


def _is_cut(text: str) -> bool:
    """An item that only opens others, or that ends before it has said anything."""
    last = text.rsplit(maxsplit=1)[-1]
    return text[-1] in ":：" or (last.islower() and is_function_word(last) and len(text.split()) > 1)


def _own_number(item: Statement) -> int | None:
    """Of items that have a bullet and a number: `- 1. Read`."""
    marker = _OWN_MARKER.match(item.text)
    return int(marker["number"]) if marker else None


def _items(text: str, run: Sequence[Statement]) -> Iterator[Statement]:
    """Each item with the sentences inside of it as one statement."""
    open_item: Statement | None = None
    for statement in run:
        if statement.kind is StatementKind.ITEM:
            if open_item is not None:
                yield open_item
            open_item = statement
        elif open_item is not None:
            span = Span(open_item.span.start, statement.span.end)
            open_item = replace(open_item, span=span, text=text[span.start : span.end])
    if open_item is not None:
        yield open_item


def _prose(passage: Passage, run: Sequence[Statement], heading: str) -> Iterator[Paragraph]:
    said = [one for place, one in enumerate(run) if _says_something(one, place == 0, place == len(run) - 1)]
    if said and any(is_whole(" ".join(one.text.split())) for one in said):
        yield Paragraph(ParagraphKind.PROSE, tuple(_sourced(passage, one) for one in said), heading=heading)


def _says_something(statement: Statement, is_first: bool, is_last: bool) -> bool:
    text = statement.text
    if not is_first and len(text.split()) <= _FEWEST_WORDS_OF_PROSE:
        return False
    if _MAIL_GREETING.match(text) or len(text.split()) < _FEWEST_WORDS_OF_PROSE:
        return text[-1] in ".:" and len(text) > 1 and text[0].isalpha()
    ends = text.rstrip("\"'”’»)]")[-1:]
    return ends in ".!?…。！？" or (ends in ":：" and not is_last) or text[-1] in ')”"'


_FEWEST_WORDS_OF_PROSE = 2


def _is_of_links(items: Sequence[Sourced]) -> bool:
    """Whether a list only names other pages."""
    names = sum(len(item.text.split()) <= _LINK_WORDS and item.text[-1] not in ".;:!" for item in items)
    headings = sum(item.text.istitle() or item.text[-1] in QUESTION_MARKS or "http" in item.text for item in items)
    return len(items) >= _FEWEST_LINKS and names >= _SHARE_OF_LINKS * len(items) and headings >= len(items) / 2


def _is_title_case(text: str) -> bool:
    """How pages are called: `Definitions of Family Member`."""
    words = [word for word in text.split() if len(word) > _SHORT_WORD]
    capitals = sum(word[0].isupper() for word in words)
    return text[-1] not in ".;!" and bool(words) and capitals >= _TITLE_SHARE * len(words)


_SHORT_WORD = 3
_LABEL_WORDS = 6
_TITLE_SHARE = 0.4


def _turns(passage: Passage, speaker: str | None) -> Iterator[Paragraph]:
    run: list[Sourced] = []
    for statement in split_statements(passage.chunks[0].text, passage.kind):
        said = statement.speaker or speaker
        if run and run[-1].speaker != said:
            yield Paragraph(ParagraphKind.SPEECH, tuple(run))
            run = []
        speaker = said
        if not addresses_a_model(statement.text):
            run.append(replace(_sourced(passage, statement), speaker=said))
    if run:
        yield Paragraph(ParagraphKind.SPEECH, tuple(run))


def _sourced(passage: Passage, statement: Statement) -> Sourced:
    span = statement.span
    text = statement.text
    marker = _OWN_MARKER.match(text) if statement.kind is StatementKind.ITEM else None
    if marker is not None:
        span = Span(span.start + marker.end(), span.end)
        text = text[marker.end() :]
    return Sourced(passage, statement.kind, span, " ".join(text.split()), statement.speaker)


def without_speaker(statement: Sourced) -> Sourced:
    """The words alone, without the name that a transcript puts before them."""
    text = statement.passage.chunks[0].text[statement.span.start : statement.span.end]
    name = _SPEAKER.match(text) if statement.speaker is not None else None
    if name is None or not name[0].startswith(statement.speaker or ""):
        return statement
    span = Span(statement.span.start + name.end(), statement.span.end)
    return replace(statement, span=span, text=" ".join(text[name.end() :].split()))


def teaches(paragraph: Paragraph) -> bool:
    """Whether a reader gets something out of it."""
    if paragraph.kind is ParagraphKind.SPEECH:
        return any(stands_alone(statement.text) for statement in paragraph.statements)
    if paragraph.kind is ParagraphKind.PROSE:
        return len(paragraph.statements) > 1 or any(stands_alone(one.text) for one in paragraph.statements)
    return len(paragraph.statements) >= _FEWEST_ITEMS


_FEWEST_ITEMS = 2
