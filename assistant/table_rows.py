"""Table rows: which rows a question is about, by the things it names and by the columns it asks for."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from assistant.question import ReadQuestion
from assistant.reading import Reading, ReadStatement, topic
from assistant.sentences import StatementKind
from assistant.words import content_words, is_function_word, same_word, stem, words
from corpus.locator import Span

FEWEST_ROWS_OF_A_CHOICE = 2
"""A column says yes or no only where so many rows say either."""

LAST_NAMING_CELL = 1
"""By the beginning of a cell, a row is only named in its first two: often a number and a name."""

LEAST_COLUMN_SHARE = 0.5
"""A question asks for a column if it holds so much of its words."""

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BETWEEN_CELLS = re.compile(r"\s\|\s")
_BETWEEN_VALUES = re.compile(r"[,;/]\s")
_YES = frozenset("yes y ja j oui sí si sim true x ✓ ✔ ✅ ☑".split())
_NO = frozenset("no n nein non não false none ✗ ✘ ❌ ☐ - – —".split())
_NO_THING = frozenset("total totals sum all other others general various gesamt summe alle sonstige".split())
_OR = re.compile(r"\b(?:or|oder|either)\b", re.IGNORECASE)
_WITHOUT = re.compile(
    r"\b(?:no|not|without|lack\w*|miss(?:es|ing)|cannot|never|nor|neither|kein\w*|nicht|ohne|sans|sin|senza|zonder)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """`column` is empty where the table names none."""

    column: str
    value: str

    @property
    def says(self) -> bool | None:
        """Yes or no; None where it is neither. `yes, on request` is yes, `no limit` is neither."""
        first, mark, _ = self.value.casefold().partition(",")
        if not mark:
            first, _, _ = first.partition(" (")
        first = first.strip(" .")
        return True if first in _YES else False if first in _NO else None


@dataclass(frozen=True, slots=True)
class Row:
    """`table`: the version and the headings below which it stands."""

    found: ReadStatement
    cells: tuple[Cell, ...]
    table: tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Naming:
    """That the question names a row, in the words at `span` of its words, by the cell at `place`.

    `whole`: the cell, or one of the values that it lists, is said in full.
    """

    row: Row
    place: int
    span: Span
    whole: bool


@dataclass(frozen=True, slots=True)
class ChosenRows:
    """`rows` answer; `others` are about other things than those named. `asked` is the share of what the question says
    beyond the names, by weight, that is a column, a value or the topic of a chosen row: the least of all things named.
    """

    rows: tuple[ReadStatement, ...] = ()
    others: tuple[ReadStatement, ...] = ()
    asked: float = 0.0


def cells(text: str) -> tuple[Cell, ...]:
    found = []
    for part in _BETWEEN_CELLS.split(text.strip().strip("|").strip()):
        column, mark, value = part.partition(": ")
        found.append(Cell(column.strip(), value.strip()) if mark else Cell("", part.strip()))
    return tuple(found)


def choose_rows(reading: Reading) -> ChosenRows:
    read = [_row(found) for found in reading.statements if found.statement.kind is StatementKind.ROW]
    rows = [row for row in read if len(row.cells) > 1]
    namings = _meant(_namings(rows, reading.question.text), reading.question)
    named = _named(rows, namings, reading.question) if namings else ChosenRows()
    return named if named.rows else _with_yes(rows, reading.question)


def words_of(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def _row(found: ReadStatement) -> Row:
    return Row(found, cells(found.statement.text), (found.passage.version_id, found.passage.headings))


def _namings(rows: Sequence[Row], question: str) -> Iterator[_Naming]:
    asked, capitals = words_of(question), _capitals(question)
    for row in rows:
        for place, cell in enumerate(row.cells):
            if cell.says is not None or cell.value.casefold() in _NO_THING or not re.search(r"[^\W\d_]", cell.value):
                continue
            best: _Naming | None = None
            for value in dict.fromkeys((cell.value, *_BETWEEN_VALUES.split(cell.value))):
                naming = _naming(row, place, words_of(value), asked, capitals)
                if naming is not None and not naming.whole and place > LAST_NAMING_CELL:
                    continue
                if naming is not None and (best is None or _rank(naming) > _rank(best)):
                    best = naming
            if best is not None:
                yield best


def _rank(naming: _Naming) -> tuple[int, bool]:
    return naming.span.end - naming.span.start, naming.whole


def _capitals(question: str) -> frozenset[int]:
    """Places of the words with a capital inside a question: names, also where another language has the word."""
    tokens = _TOKEN.findall(question)
    if len(tokens) != len(words(question)):
        return frozenset()
    return frozenset(place for place, token in enumerate(tokens) if place and token[0].isupper())


def _naming(row: Row, place: int, value: Sequence[str], asked: Sequence[str], capitals: Set[int]) -> _Naming | None:
    """The longest beginning of `value` that the question says: two words of meaning, or all of it."""
    best: _Naming | None = None
    for start in range(len(asked)):
        length = 0
        while length < len(value) and start + length < len(asked) and asked[start + length] == value[length]:
            length += 1
        whole = length == len(value)
        telling = sum(
            start + number in capitals or not is_function_word(word) for number, word in enumerate(value[:length])
        )
        if telling >= (1 if whole else 2):
            naming = _Naming(row, place, Span(start, start + length), whole)
            if best is None or _rank(naming) > _rank(best):
                best = naming
    return best


def _meant(namings: Iterator[_Naming], question: ReadQuestion) -> list[_Naming]:
    """Of what could be named, the longest names; each said in full if any row has it in full, and in the first column
    that has it, unless the question asks for another one that does.
    """
    found = list(namings)
    spans = {naming.span for naming in found}
    kept = [
        naming
        for naming in found
        if not any(
            span != naming.span and span.start <= naming.span.start and naming.span.end <= span.end for span in spans
        )
    ]
    meant = []
    for span in dict.fromkeys(naming.span for naming in kept):
        same = [naming for naming in kept if naming.span == span]
        same = [naming for naming in same if naming.whole] or same
        asked_for = [naming for naming in same if _column_share(naming.row.cells[naming.place].column, question) > 0]
        first = min(naming.place for naming in same)
        meant += asked_for or [naming for naming in same if naming.place == first]
    return meant


def _named(rows: Sequence[Row], namings: Sequence[_Naming], question: ReadQuestion) -> ChosenRows:
    asked = words_of(question.text)
    in_names = {asked[place] for naming in namings for place in range(naming.span.start, naming.span.end)}
    rest = {word: weight for word, weight in question.weights.items() if word not in in_names}
    chosen: list[ReadStatement] = []
    least = 1.0
    for span in dict.fromkeys(naming.span for naming in namings):
        shares = [
            (_share(rest, naming.row, question), naming)
            for naming in namings
            if naming.span == span and naming.row.found.fits
        ]
        if not shares:
            return ChosenRows()
        best = max(share for share, _ in shares)
        least = min(least, best)
        as_good = [naming.row for share, naming in shares if share >= best - _AS_MUCH]
        first = max(as_good, key=lambda row: _score(row.found))
        beside = [row for row in as_good if row.table == first.table]
        choices = _choices([row for row in rows if row.table == first.table], question) if len(beside) > 1 else []
        chosen += [
            row.found for row in [row for row in beside if choices and _is_chosen(row, choices, question)] or beside
        ]
    kept = {(found.rank, found.place) for found in chosen}
    tables = {naming.row.table for naming in namings if naming.whole and naming.place <= LAST_NAMING_CELL}
    others = [row.found for row in rows if row.table in tables and (row.found.rank, row.found.place) not in kept]
    return ChosenRows(tuple(_in_order(chosen)), tuple(others), least)


_AS_MUCH = 0.05
_PLACE_WEIGHT = 3.0


def _score(found: ReadStatement) -> float:
    return found.similarity + _PLACE_WEIGHT * found.chunk.score


def _share(rest: Mapping[str, float], row: Row, question: ReadQuestion) -> float:
    total = sum(rest.values())
    if not total:
        return 1.0
    present = set(content_words(f"{topic(row.found.passage)} {row.found.statement.text}"))
    held = sum(
        weight
        for word, weight in rest.items()
        if any(same_word(word, other) for other in present) or (row.found.fits and question.is_asking(word))
    )
    return held / total


def _in_order(chosen: Sequence[ReadStatement]) -> list[ReadStatement]:
    unique = {(found.rank, found.place): found for found in chosen}
    return [unique[key] for key in sorted(unique)]


def _column_share(column: str, question: ReadQuestion) -> float:
    own = content_words(column)
    if not own:
        return 0.0
    return sum(any(same_word(word, other) for other in question.weights) for word in own) / len(own)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A column of yes and no that a question asks for. `wanted`: whether yes or no is. `said` by place of the row."""

    column: str
    share: float
    wanted: bool
    said: Mapping[tuple[int, int], bool | None]

    def fits(self, row: Row) -> bool:
        return self.said.get((row.found.rank, row.found.place)) is self.wanted


def _with_yes(rows: Sequence[Row], question: ReadQuestion) -> ChosenRows:
    """The rows that say yes, or no if that is asked, in the columns that the question is about."""
    best = ChosenRows()
    for table in dict.fromkeys(row.table for row in rows):
        own = [row for row in rows if row.table == table]
        choices = _choices(own, question)
        chosen = [row for row in own if _is_chosen(row, choices, question)] if choices else []
        if not chosen:
            continue
        asked = max(_share(question.weights, row, question) for row in chosen)
        asked *= min(choice.share for choice in choices)
        if asked > best.asked:
            rest = tuple(row.found for row in own if row not in chosen)
            best = ChosenRows(tuple(row.found for row in chosen), rest, asked)
    return best


def _is_chosen(row: Row, choices: Sequence[_Choice], question: ReadQuestion) -> bool:
    every = all if _OR.search(question.text) is None else any
    return every(choice.fits(row) for choice in choices)


def _choices(rows: Sequence[Row], question: ReadQuestion) -> list[_Choice]:
    """In the order in which the question asks for them; `no`, `without` and the like count for what follows them."""
    found: list[tuple[int, _Choice]] = []
    for column in dict.fromkeys(cell.column for row in rows for cell in row.cells):
        said = {
            (row.found.rank, row.found.place): cell.says for row in rows for cell in row.cells if cell.column == column
        }
        share = _column_share(column, question)
        if (
            column
            and None not in said.values()
            and len(said) >= FEWEST_ROWS_OF_A_CHOICE
            and share >= LEAST_COLUMN_SHARE
        ):
            found.append((_place_of(column, question), _Choice(column, share, True, said)))
    best = max((choice.share for _, choice in found), default=0.0)
    asked = sorted(((place, choice) for place, choice in found if choice.share == best), key=lambda item: item[0])
    if len(asked) == 1:
        wanted = _WITHOUT.search(question.text) is None
        return [replace(choice, wanted=wanted) for _, choice in asked]
    begins = [0, *(place for place, _ in asked)]
    return [
        replace(choice, wanted=_WITHOUT.search(question.text, begin, place) is None)
        for begin, (place, choice) in zip(begins, asked, strict=False)
    ]


def _place_of(column: str, question: ReadQuestion) -> int:
    """Where the question first says a word of the column's name."""
    own = content_words(column)
    return next(
        (
            token.start()
            for token in re.finditer(r"\S+", question.text)
            if any(same_word(word, other) for word in content_words(token[0]) for other in own)
        ),
        len(question.text),
    )
