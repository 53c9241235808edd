"""What quiz items are made from: defined terms, tables, and the values and names in sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.facts import Value, placed_values
from assistant.table_rows import cells
from authoring.cue_phrases import definition_of, is_imperative, is_whole, names_a_term
from authoring.teaching_material import Paragraph, ParagraphKind, Section, Sourced
from corpus.locator import Span


@dataclass(frozen=True, slots=True)
class Term:
    """`sourced` is where both stand."""

    term: str
    meaning: str
    sourced: Sourced


@dataclass(frozen=True, slots=True)
class TableRow:
    sourced: Sourced
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Each row has a value for each column, empty where it has none. `title` is what stands above it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, an amount, a date or a time of day, at its place in the text of its statement.

    Figures of one `kind` can stand for each other: `day`, `usd`, `time of day`, `date`, or what is counted. `size`
    orders
    them. `form` is how it is written.
    """

    sourced: Sourced
    span: Span
    text: str
    kind: str
    size: Decimal
    form: str


_FEWEST_ENTRIES = 2
_MOST_TERM_WORDS = 5
_SHARE_OF_ENTRIES = 0.6
_ENTRY = re.compile(
    r"(?P<term>[^\W\d_][^.:–—()]{1,48}?(?:\s\([^)]{1,12}\))?)\s?(?:[.:]|\s[–—-])\s+(?P<meaning>\S.{14,})", re.DOTALL
)
_TIME = re.compile(
    r"\b(?:[01]?\d|2[0-3])[:.][0-5]\d\b(?!\.\d|\s?(?:%|percent))(?:\s?(?:[ap]\.?m\.?|Uhr)\b)?", re.IGNORECASE
)
_CLOCK = re.compile(r"\b\d{1,2}[:][0-5]\d\b")
_WORDS = tuple(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty".split()
)
_GERMAN_WORDS = tuple(
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig".split()
)
_NOUN = re.compile(r"\s+(?P<noun>(?:[a-zäöüß-]+\s+)?[^\W\d_]{3,})")
_DETERMINED = re.compile(
    r"\b(?:the|these|those|both|all|my|your|our|their|its|die|diese|beide|alle)\s+$", re.IGNORECASE
)
"""`Keep the two apart` counts nothing that anybody would ask for."""
_NO_NOUN = frozenset(
    "and or to of in on at by for from with the a an is are was were has have per than as if when which that who und "
    "oder "
    "bis von im in am auf für mit der die das ist sind pro je als wenn".split()
)
_BEFORE_A_NAME = re.compile(
    r"(?:section|chapter|step|version|level|figure|table|page|phase|part|module|room|hall|floor|no\.?|number|nr\.?|"
    r"appendix|annex|form|edition|revision|item|type|category|class|article|line|option|title|grade|gs|kapitel|"
    r"abschnitt|"
    r"seite|halle|stufe|absatz|extension|§|#)[\s-]*$",
    re.IGNORECASE,
)


def defined_terms(section: Section) -> Iterator[Term]:
    entries = [term for paragraph in section.paragraphs if (term := _entry(paragraph)) is not None]
    if len(entries) >= _FEWEST_ENTRIES:
        yield from entries
    for paragraph in section.paragraphs:
        if paragraph.kind is ParagraphKind.LIST:
            listed = [term for item in paragraph.statements if (term := _listed(item)) is not None]
            if len(listed) >= max(_FEWEST_ENTRIES, _SHARE_OF_ENTRIES * len(paragraph.statements)):
                yield from listed
                continue
        if paragraph.kind in (ParagraphKind.PROSE, ParagraphKind.LIST):
            for statement in paragraph.statements:
                found = definition_of(statement.text) if is_whole(statement.text) else None
                if found is not None:
                    yield Term(found[0], found[1], statement)


def _entry(paragraph: Paragraph) -> Term | None:
    """Of a glossary: `Buffer. A tank of water.`"""
    if paragraph.kind is not ParagraphKind.PROSE or len(paragraph.statements) < _FEWEST_ENTRIES:
        return None
    first, second = paragraph.statements[:2]
    name = first.text.rstrip(".:")
    if (
        len(name.split()) > _MOST_TERM_WORDS
        or is_whole(first.text)
        or is_imperative(name)
        or first.text[-1] not in ".:"
    ):
        return None
    span = Span(first.span.start, second.span.end)
    return Term(name, second.text, replace(first, span=span, text=f"{first.text} {second.text}"))


def _listed(item: Sourced) -> Term | None:
    found = definition_of(item.text)
    if found is not None:
        return Term(found[0], found[1], item)
    entry = _ENTRY.fullmatch(item.text)
    if (
        entry is None
        or not names_a_term(entry["term"])
        or is_imperative(entry["term"])
        or is_imperative(entry["meaning"])
    ):
        return None
    return Term(entry["term"], entry["meaning"], item)


def table_of(paragraph: Paragraph, title: str) -> Table | None:
    """None where its rows have no columns in common."""
    read = [(row, cells(row.text)) for row in paragraph.statements]
    named = [column for _, own in read for column in (cell.column for cell in own) if column]
    columns = tuple(dict.fromkeys(named)) or paragraph.columns
    if len(columns) < 2:
        return None
    rows = []
    for row, own in read:
        if named:
            values = {cell.column: _plain(cell.value) for cell in own}
            rows.append(TableRow(row, tuple(values.get(column, "") for column in columns)))
        elif len(own) == len(columns):
            rows.append(TableRow(row, tuple(_plain(cell.value) for cell in own)))
    return Table(title, columns, tuple(rows)) if rows else None


def _plain(value: str) -> str:
    return " ".join(_TAG.sub(" ", value).split())


_TAG = re.compile(r"</?[a-z]+\s?/?>", re.IGNORECASE)


def figures_of(statement: Sourced) -> list[Figure]:
    """In the order of the text."""
    text = statement.text
    found: list[Figure] = []
    for match in _TIME.finditer(text):
        digits = _CLOCK.match(match[0])
        if digits is None:
            continue
        hours, minutes = (int(part) for part in digits[0].split(":"))
        span = Span(match.start(), match.end())
        found.append(Figure(statement, span, match[0], "time of day", Decimal(hours * 60 + minutes), "clock"))
    placed = placed_values(text)
    if placed.text != text:
        return found
    for value in placed.values:
        if any(value.span.overlaps(other.span) for other in found):
            continue
        figure = _figure(statement, value.span, text)
        if figure is not None:
            found.append(figure)
    return sorted(found, key=lambda figure: figure.span)


def _figure(statement: Sourced, span: Span, text: str) -> Figure | None:
    value = next((one for one in placed_values(text).values if one.span == span), None)
    if value is None or _BEFORE_A_NAME.search(text[: span.start]):
        return None
    return _date(statement, span, value) if value.number is None else _number(statement, span, value, text)


def _date(statement: Sourced, span: Span, value: Value) -> Figure | None:
    said = statement.text[span.start : span.end]
    if value.date is not None:
        day = value.date.readings[0]
        parts = "".join("ymd"[place] for place, part in enumerate((day.year, day.month, day.day)) if part is not None)
        if "m" not in parts:
            return None
        size = Decimal((day.year or 0) * 400 + (day.month or 0) * 32 + (day.day or 0))
        return Figure(statement, span, said, f"date {parts}", size, "date")
    return None


def _number(statement: Sourced, span: Span, value: Value, text: str) -> Figure | None:
    said = text[span.start : span.end]
    if value.number is None or len(value.number.values) != 1:
        return None
    size = next(iter(value.number.values))
    form = "digits" if any(letter.isdigit() for letter in said) else "words"
    if value.number.unit in ("am", "pm"):
        return None
    if value.number.unit is not None:
        return Figure(statement, span, said, value.number.unit, size, form)
    noun = None if _DETERMINED.search(text[: span.start]) else _NOUN.match(text, span.end)
    if noun is None or noun["noun"].split()[0].casefold() in _NO_NOUN or value.is_time:
        return None
    return Figure(statement, span, said, f"count of {noun['noun'].split()[-1].casefold()}", size, form)


def number_word(size: int, like: str) -> str | None:
    """The word for a small number in the language of `like`, with its capital."""
    first = like.split(maxsplit=1)[0] if like.split() else ""
    for words in (_WORDS, _GERMAN_WORDS):
        if first.casefold() in words and 0 < size < len(words):
            return words[size].capitalize() if first[0].isupper() else words[size]
    return None


_NAME = re.compile(
    r"(?<![\w.])(?:[A-ZÄÖÜ][a-zäöüßéèø]+|[A-Z]\.)(?:[ -](?:(?:van|von|de|der|del|la|bin|"
    r"al)\s)?[A-ZÄÖÜ][\wäöüßéèø-]+){1,2}(?!\w)"
)


def names_of(statement: Sourced) -> list[tuple[Span, str]]:
    """Names of two or three words inside of a sentence: of people, teams, products."""
    return [
        (Span(found.start(), found.end()), found[0]) for found in _NAME.finditer(statement.text) if found.start() > 0
    ]


_ROLE = re.compile(
    r"\b(?:by|to|from|with|contact|ask|inform|tell|notify|email|consult|of|reports?|vom|von|durch|beim|mit|an|die|"
    r"der|dem)\s+"
    r"(?P<before>your|the|a|an|our|their|der|den|dem|die|Ihre[mn]?)\s+"
    r"(?P<role>manager|supervisor|team lead|director|owner|sponsor|specialist|engineer|technician|planner|reviewer|"
    r"author|"
    r"recruiter|representative|coordinator|administrator|approver|designer|researcher|buddy|mentor|coach|client|"
    r"customer|"
    r"supplier|contractor|vendor|help ?desk|reception|Führungskraft|Betriebsrat|Personalabteilung|Geschäftsführung)"
    r"(?![\w/'’-]|\s[a-z]+(?:er|or|ist)\b)",
)


def roles_of(statement: Sourced) -> list[tuple[Span, str]]:
    """Who has to do with something, by the name of what they are, and where that stands."""
    return [(Span(found.start("role"), found.end("role")), found["role"]) for found in _ROLE.finditer(statement.text)]


_UNIT = re.compile(
    r"(?<![\w.])(?:[A-Z][\w&-]*\s){1,3}(?P<head>Team|Office|Program|Programme|Division|Branch|Department|Board|"
    r"Committee|"
    r"Council|Form|Policy|Act|Guide|Desk|Service|Services|Portfolio|Fund|Plan|Award|Leave|Agreement|Group|Guild|Unit|"
    r"Director|Manager|Officer|Specialist|Lead|Administrator|Commissioner)(?![\w-]|\s(?:[A-Z(]|of\s|for\s))"
)


def units_of(statement: Sourced) -> list[tuple[Span, str, str]]:
    """Names of teams, programmes, forms and the like inside of a sentence, each with the word that says which it is."""
    return [
        (Span(found.start(), found.end()), found[0], found["head"])
        for found in _UNIT.finditer(statement.text)
        if found.start() > 0
    ]


def same_statement(one: Sourced, other: Sourced) -> bool:
    return one.chunk_id == other.chunk_id and one.span.overlaps(other.span)


def all_statements(sections: Sequence[Section]) -> list[Sourced]:
    return [statement for section in sections for paragraph in section.paragraphs for statement in paragraph.statements]
