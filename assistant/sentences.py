"""Statements: the sentences, list items, table rows and spoken sentences of a chunk, at their exact places."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from corpus.chunk import ChunkKind
from corpus.locator import Span


class StatementKind(StrEnum):
    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"
    SPEECH = "speech"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Statement:
    """`text` is the chunk's own text at `span`. `lead_in` is the place of what an item continues (`You get:`).

    A TITLE is a line that says nothing by itself: a heading, a page header, a caption.
    """

    kind: StatementKind
    span: Span
    text: str
    lead_in: Span | None = None
    speaker: str | None = None


TITLE_WORDS = 12
"""A line of at most so many words that ends in no punctuation is a title."""

_PUNCTUATION = ".!?…。！？؟۔।:：;,"

QUESTION_MARKS = ("?", "？", "؟")

WRAPPED_LINE = 45
"""A line of at least so many characters that ends in no punctuation goes on in the next one."""

_DOING = re.compile(
    r"(?!(?:during|according|including|following|regarding|concerning|depending|nothing|anything|everything|something)\b)"
    r"[a-z]{3,}ing\s",
    re.IGNORECASE,
)
"""How headings begin that name something to do: `Requesting a badge`."""
_HOW_TO = re.compile(r"(?:how to|what to do|where to|when to|wie man|was tun)\b", re.IGNORECASE)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|am|has|have|had|do|does|did|can|could|may|might|must|shall|should|will|would|need|needs|takes?|"
    r"requires?|means?|gets?|ist|sind|war|waren|hat|haben|hatte|wird|werden|wurde|muss|müssen|kann|können|darf|dürfen|"
    r"soll|sollen|gilt|gelten)\b",
    re.IGNORECASE,
)
"""Verbs that make a sentence of a line."""

_NUMBERED = re.compile(r"[ \t]*\(?(?:\d{1,3}|[a-z]|[ivx]{1,4}|[A-Z])[.)]")
_BULLET = re.compile(r"[ \t]*(?:[-*+•‣◦▪●○■□–—·]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]|\(?[A-Z]\))[ \t]+(?=\S)")
_ROW = re.compile(r"\s*\|?[^|\n]+(?:\|[^|\n]*)*\|[^|\n]*\s*")
"""A table row among prose: `Name: value | Name: value`."""
_RULE = re.compile(r"[\s|:-]+")
_SPEAKER = re.compile(r"(?P<name>[^\W\d_][^:\n.!?。！？]{0,60}?)[ \t]*[:：][ \t]+(?=\S)")
_BOUNDARY = re.compile(
    r"""(?:
        [.!?…؟۔।]+ (?:[ ]?['"”’»)\]]+|[ ]?'')? (?=\s)   # scripts with spaces
      | [。！？｡]+ [”’」』）)]*                            # scripts without
    )""",
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"(\S+?)[.…]+['\"”’»)\]]*$")
_NEXT_WORD = re.compile(r"\s*[\"'“‘«„(\[`]*\s*(\S+)")
_DOTTED = re.compile(r"(?:\w\.)+\w$")
_GERMAN_ORDINAL = re.compile(r"\b(?:am|vom|zum|der|den|im|bis|dem|des|ab|seit|und) \d{1,2}\.$", re.IGNORECASE)

_ABBREVIATIONS = frozenset(
    """
    mr mrs ms mx dr prof rev hon gen col lt sgt capt sr jr st mt ft vs etc al fig figs eq sec secs ch chap
    vol no nos nr art para ref refs ed eds trans approx est dept inc ltd co corp bros llc govt univ assn ave
    blvd jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur fri sat sun e.g i.e eg
    ie cf viz a.m p.m ph.d m.d u.s u.k incl excl max min tel ext p pp par bzw z.b d.h u.a o.ä usw ca evtl
    ggf inkl exkl zzgl abs nr str hr fr dipl ing bspw vgl sog mind mio mrd mme mlle av env ex sté sr sra dña
    ud uds pág núm tel av dott sig sigg ecc pag n mevr dhr bijv enz
    """.split()
)
_OPENS_SENTENCE_EVEN_AFTER_THESE = frozenset("etc inc ltd co corp a.m p.m u.s u.k usw ecc enz al".split())
_STARTERS = frozenset(
    "the this that these those it its he she they we you i in on at for if when while as a an and but or however there "
    "by with from after before our your their his her all any no not please most some der die das wir sie es "
    "to".split()
)


_LEADERS = re.compile(r"(?:[.·_]\s?){4,}\s*(?:\d{1,4}|[ivxl]{1,6})\b|…{2,}\s*\d{1,4}\b")
_PAGED = re.compile(r"(?:\S+[^\S\n]+){1,14}(?P<page>\d{1,4})")
_FEWEST_CONTENTS_LINES = 2


def is_of_contents(text: str) -> bool:
    """Whether it is a line, or some, of a table of contents: headings with the pages that they stand on."""
    if _LEADERS.search(text):
        return True
    lines = [_PAGED.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    pages = [int(line["page"]) for line in lines if line is not None]
    return len(lines) >= _FEWEST_CONTENTS_LINES and len(pages) == len(lines) and pages == sorted(pages)


def split_statements(text: str, kind: ChunkKind) -> list[Statement]:
    """In reading order, without overlaps; only white space, bullets and speakers' names are left out."""
    if kind is ChunkKind.TABLE:
        return [_statement(text, StatementKind.ROW, span) for span in _lines(text)]
    if kind is ChunkKind.TRANSCRIPT:
        return list(_speech(text))
    return list(_prose(text))


def sentence_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """The sentences of one paragraph, by its punctuation alone."""
    begin = start
    for match in _BOUNDARY.finditer(text, start, end):
        stop = match.end()
        if stop < end and not _is_boundary(text, begin, match.start(), stop, end):
            continue
        span = _stripped(text, begin, stop)
        if span is not None:
            yield span
        begin = stop
    span = _stripped(text, begin, end)
    if span is not None:
        yield span


def _is_boundary(text: str, begin: int, mark: int, stop: int, end: int) -> bool:
    if text[mark] not in ".…":
        # A question mark inside quotation marks, followed by `she asked`, ends nothing.
        following = _NEXT_WORD.match(text, stop, end)
        return following is None or not following[1][0].islower()
    following = _NEXT_WORD.match(text, stop, end)
    last = _LAST_WORD.search(text[begin:stop])
    if following is None or last is None:
        return following is None or not following[1][0].islower()
    return not following[1][0].islower() and _ends_sentence(last[1], following[1], text[begin : mark + 1])


def _ends_sentence(last: str, following: str, before: str) -> bool:
    """Whether the full stop after `last` is one, `following` having a capital. `before` is the sentence so far."""
    word = last.lstrip("\"'“‘«„([`").casefold()
    opens = following.strip("\"'“”‘’,;:").casefold() in _STARTERS
    if word in _ABBREVIATIONS:
        return opens and word in _OPENS_SENTENCE_EVEN_AFTER_THESE
    if _DOTTED.search(word) or (len(word) == 1 and word.isalpha()):
        return opens
    # `2.` alone opens a numbered line; it is no sentence.
    return _GERMAN_ORDINAL.search(before) is None and not (word.isdigit() and len(before) <= len(word) + 1)


def _prose(text: str) -> Iterator[Statement]:
    lead_in: Span | None = None
    last_sentence: Span | None = None
    paragraphs = list(_paragraphs(text))
    for place, (span, is_item) in enumerate(paragraphs):
        if is_item and lead_in is None and last_sentence is None and _is_headline_item(place, paragraphs, text):
            yield _statement(text, StatementKind.TITLE, span)
            continue
        if not is_item and _ROW.fullmatch(text, span.start, span.end):
            lead_in = last_sentence = None
            rule = _RULE.fullmatch(text, span.start, span.end)
            row = _stripped(text, span.start, span.end) or span
            yield _statement(text, StatementKind.TITLE if rule else StatementKind.ROW, row)
            continue
        if is_item:
            lead_in = lead_in or last_sentence
            for position, sentence in enumerate(sentence_spans(text, span.start, span.end)):
                kind = StatementKind.ITEM if position == 0 else StatementKind.SENTENCE
                yield _statement(text, kind, sentence, lead_in=lead_in)
            continue
        lead_in = last_sentence = None
        sentences = list(sentence_spans(text, span.start, span.end))
        if len(sentences) == 1 and (_is_title(sentences[0], text) or _heads_next(place, paragraphs, text)):
            yield _statement(text, StatementKind.TITLE, sentences[0])
            continue
        for sentence in sentences:
            yield _statement(text, StatementKind.SENTENCE, sentence)
        if sentences and text[sentences[-1].end - 1] in ":：":
            last_sentence = sentences[-1]


def is_title_line(line: str) -> bool:
    """A short line without a colon or an end: a heading, a caption."""
    return ": " not in line and _is_title(Span(0, len(line)), line)


def _is_title(span: Span, text: str) -> bool:
    line = text[span.start : span.end]
    if "\n" in line or len(line) > 90 or len(line.split()) > TITLE_WORDS:
        return False
    # `How to request leave.` says nothing either, whatever it ends in; `How to apply is told below.` does.
    return line[-1] not in _PUNCTUATION or (_HOW_TO.match(line) is not None and not _says_something(line))


def _is_headline_item(place: int, paragraphs: Sequence[tuple[Span, bool]], text: str) -> bool:
    """A numbered heading: one line alone, with text below it. Or a line of a list of headings."""
    span = paragraphs[place][0]
    line = text[span.start : span.end]
    if "\n" in line or len(line.split()) > TITLE_WORDS or line[-1] in _PUNCTUATION or _says_something(line):
        return False
    if _HOW_TO.match(line):
        return True
    begin = text.rfind("\n", 0, span.start) + 1
    beside = [paragraphs[other][1] for other in (place - 1, place + 1) if 0 <= other < len(paragraphs)]
    return not any(beside) and place + 1 < len(paragraphs) and _NUMBERED.match(text, begin, span.start) is not None


def _says_something(line: str) -> bool:
    return _FINITE.search(line) is not None


def says_nothing_alone(statement: Statement) -> bool:
    """A label such as `Requesting a badge:`. One with a verb leads in what follows and may be said with it."""
    return statement.text[-1] in ":：" and not _says_something(statement.text)


def _paragraphs(text: str) -> Iterator[tuple[Span, bool]]:
    """Paragraphs and list items, with wrapped lines joined to what they continue. True: an item, without its bullet."""
    begin: int | None = None
    end = 0
    is_item = False
    width = _width(text) if text.strip() else 0
    previous_line = ""
    position = 0
    for line in text.splitlines(keepends=True):
        start, stop = position, position + len(line.rstrip())
        position += len(line)
        if stop <= start or not line.strip():
            if begin is not None:
                yield Span(begin, end), is_item
            begin, previous_line = None, ""
            continue
        bullet = _BULLET.match(line)
        stripped = line.strip()
        row = bullet is None and _ROW.fullmatch(stripped) is not None
        if row or _ROW.fullmatch(previous_line):
            if begin is not None:
                yield Span(begin, end), is_item
            begin = None
        is_below_headline = (
            begin is not None and not text[begin:end].count("\n") and _is_headline(previous_line, stripped, width)
        )
        if (
            bullet is None
            and begin is not None
            and not is_below_headline
            and _continues(previous_line, stripped, is_item)
        ):
            end, previous_line = stop, stripped
            continue
        if begin is not None:
            yield Span(begin, end), is_item
        begin, end, is_item = start + (bullet.end() if bullet else 0), stop, bullet is not None
        previous_line = stripped
    if begin is not None:
        yield Span(begin, end), is_item


def _heads_next(place: int, paragraphs: Sequence[tuple[Span, bool]], text: str) -> bool:
    if place + 1 == len(paragraphs):
        return False
    own, following = (text[span.start : span.end] for span, _ in paragraphs[place : place + 2])
    return "\n" not in own and _is_headline(own, following, _width(text))


def _width(text: str) -> int:
    return max(len(line.strip()) for line in text.splitlines())


def _is_headline(previous: str, line: str, width: int) -> bool:
    """Whether a paragraph's first line heads the next one, however long it is.

    A line is only wrapped where the next word does not fit into the `width`, that of the longest line.
    """
    if line[0].islower() or previous[-1] in _PUNCTUATION or _says_something(previous):
        return False
    fits = len(previous) + 1 + len(line.split(maxsplit=1)[0]) <= width
    return _HOW_TO.match(previous) is not None or (fits and _DOING.match(previous) is not None)


def _continues(previous: str, line: str, in_item: bool) -> bool:
    if previous[-1] in ":：":
        return False
    if line[0].islower():
        return True
    if previous[-1] in ".!?…。！？؟۔।;":
        # A full stop near the margin may be the end of a paragraph or of a sentence within it: its length tells.
        return len(previous) >= WRAPPED_LINE and not in_item
    if previous[-1] in ",-–(":
        return True
    return len(previous) >= WRAPPED_LINE


def _speech(text: str) -> Iterator[Statement]:
    speaker: str | None = None
    for line in _lines(text):
        name = _SPEAKER.match(text, line.start, line.end)
        start = line.start
        if name is not None:
            speaker, start = name["name"], name.end()
        for position, sentence in enumerate(sentence_spans(text, start, line.end)):
            # The name stays with the first words, so that the quote says who spoke.
            span = Span(line.start, sentence.end) if position == 0 else sentence
            yield _statement(text, StatementKind.SPEECH, span, speaker=speaker)


def _lines(text: str) -> Iterator[Span]:
    position = 0
    for line in text.splitlines(keepends=True):
        span = _stripped(text, position, position + len(line))
        if span is not None:
            yield span
        position += len(line)


def _stripped(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


def _statement(
    text: str, kind: StatementKind, span: Span, lead_in: Span | None = None, speaker: str | None = None
) -> Statement:
    return Statement(kind, span, text[span.start : span.end], lead_in, speaker)
