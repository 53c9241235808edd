"""Quiz items made from definitions, figures, names, tables and procedures, in the words of the sources."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.sentences import QUESTION_MARKS, sentence_spans
from assistant.words import content_words, is_function_word, words
from authoring.binding import Binder
from authoring.block import Block, BlockKind
from authoring.claim import Claim, Stance
from authoring.conditionals import Conditional, conditional_of
from authoring.course import CourseContent, Lesson
from authoring.cue_phrases import Cue, cues_of, holds_address, is_imperative, is_whole, stands_alone
from authoring.distractors import (
    FEWEST_DISTRACTORS,
    Distractor,
    chance,
    figure_distractors,
    term_distractors,
    text_distractors,
)
from authoring.duration import word_count
from authoring.item_finding import Finding
from authoring.item_key import KeyGate
from authoring.item_set import check_set
from authoring.item_shape import check_shape
from authoring.item_sources import (
    Figure,
    Table,
    TableRow,
    Term,
    defined_terms,
    figures_of,
    names_of,
    roles_of,
    table_of,
    units_of,
)
from authoring.key_phrases import all_key_phrases
from authoring.lesson_blocks import MadeBlock
from authoring.person_names import people_among
from authoring.quiz_item import GAP, ItemKind, Option, QuizItem
from authoring.stumbling import stumbles
from authoring.teaching_material import Paragraph, ParagraphKind, Section, Sourced, clean_heading, without_speaker
from authoring.teaching_order import LessonPlan
from authoring.wording import Wording
from corpus.embedder import Embedder
from corpus.locator import Span
from corpus.passage import Passage

MOST_OF_KIND = {ItemKind.CLOZE: 2, ItemKind.MULTIPLE_CHOICE: 2}
"""Of other kinds a lesson has one at most."""

_MOST_PAIRS = 5
_FEWEST_PAIRS = 3
_STEPS = range(3, 8)
_STEP_WORDS = 30
_CELL_WORDS = 14
_STEM_WORDS = range(6, 42)
_FEWEST_TELLING = 4
_MEANING_WORDS = range(4, 40)
_ACRONYM = re.compile(r"[A-ZÄÖÜ][A-Z0-9ÄÖÜ]{1,6}")
_NAME_WORDS = 2
_EXPANSION = re.compile(
    r"(?P<long>(?:[^\W\d_][\w'’-]*[ ,]+){1,7}[^\W\d_][\w'’-]*)\s\((?P<short>[A-Z][A-Z0-9]{1,6})s?\)"
)


@dataclass(frozen=True, slots=True)
class NamedIn:
    """A name of two words that are only ever written with a capital, as those of people's names are."""

    text: str
    span: Span
    sourced: Sourced


@dataclass(frozen=True, slots=True)
class ItemPool:
    """What all of the material has to take distractors from."""

    figures: tuple[Figure, ...]
    terms: tuple[Term, ...]
    tables: tuple[Table, ...]
    names: tuple[NamedIn, ...]
    lists: tuple["TitledList", ...]
    cases: tuple[tuple[Conditional, Sourced], ...]
    parties: tuple["Party", ...]
    phrases: tuple["Phrase", ...]
    small_words: Counter[str]

    @classmethod
    def of(cls, sections: Sequence[Section]) -> "ItemPool":
        said = [
            statement
            for section in sections
            for paragraph in section.paragraphs
            if paragraph.kind is not ParagraphKind.TABLE
            for statement in paragraph.statements
        ]
        small = Counter(word for statement in said for word in re.findall(r"\b[a-zäöüß][\w-]*", statement.text))
        return cls(
            figures=tuple(figure for statement in said for figure in figures_of(statement)),
            terms=tuple(term for section in sections for term in defined_terms(section)),
            tables=tuple(table for section in sections for table in tables_of(section)),
            names=tuple(named for statement in said for named in _names(statement, small)),
            cases=tuple(
                (found, statement)
                for statement in said
                if is_whole(statement.text) and (found := conditional_of(statement.text)) is not None
            ),
            parties=tuple(party for statement in said for party in _parties(statement)),
            lists=tuple(one for section in sections for one in _lists(section)),
            phrases=tuple(_phrases(sections)),
            small_words=small,
        )


def tables_of(section: Section) -> Iterator[Table]:
    for paragraph in section.paragraphs:
        if paragraph.kind is ParagraphKind.TABLE:
            table = table_of(paragraph, paragraph.heading or section.title)
            if table is not None:
                yield table


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody or something that has a role in a statement. Those of one `kind` can stand for each other."""

    text: str
    span: Span
    sourced: Sourced
    kind: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a section of a version is about."""

    text: str
    version_id: int
    chunk_ids: tuple[int, ...]


def _phrases(sections: Sequence[Section]) -> Iterator[Phrase]:
    for version_id in dict.fromkeys(section.document.version_id for section in sections):
        own = [section for section in sections if section.document.version_id == version_id and not section.is_spoken]
        texts = [" ".join(paragraph.text for paragraph in section.paragraphs) for section in own]
        for section, phrases in zip(own, all_key_phrases(texts, _PHRASES), strict=True):
            # Of single words another often means nearly the same: `reader` and `audience`.
            for phrase in (one for one in phrases if " " in one):
                yield Phrase(phrase, version_id, section.chunk_ids)


_PHRASES = 5


def _thing_at(text: str, phrase: str) -> Span | None:
    """Where a phrase stands after an article, and is no part of a longer name."""
    found = re.search(
        rf"\b(?:the|a|your|our|this|each|any|der|die|das|den|dem|ein\w*)\s+(?P<thing>{re.escape(phrase)})"
        r"(?=[.,;:)]|\s(?P<next>\w+))",
        text,
        re.IGNORECASE,
    )
    if found is None or (found["next"] is not None and not is_function_word(found["next"])):
        return None
    return Span(found.start("thing"), found.end("thing"))


_TELLING = frozenset({Cue.RULE, Cue.REASON, Cue.CONDITION, Cue.DEFINITION, Cue.CONTRAST, Cue.STEP})
_MOST_LIKELY = 8
_LEAST_ALIKE = 0.35
"""Cosine of two words that are about the same kind of thing: `voucher` and `receipt`, not `contract` and `spoken`."""


def _parties(statement: Sourced) -> Iterator[Party]:
    for span, text in roles_of(statement):
        yield Party(text, span, statement, "role")
    for span, text, head in units_of(statement):
        yield Party(text, span, statement, head)


@dataclass(frozen=True, slots=True)
class TitledList:
    """Items that are short and no whole sentences, below what names them."""

    title: str
    items: tuple[Sourced, ...]


def _lists(section: Section) -> Iterator[TitledList]:
    for paragraph in section.paragraphs:
        if paragraph.kind is not ParagraphKind.LIST or len(paragraph.statements) < _FEWEST_PAIRS:
            continue
        title = paragraph.heading or section.title
        if _GENERIC.match(title):
            continue
        items = tuple(item for item in paragraph.statements if word_count(item.text) in _LISTED_WORDS)
        if len(items) == len(paragraph.statements) and not any(holds_address(item.text) for item in items):
            yield TitledList(title, items)


_GENERIC = re.compile(
    r"(?:other|notes?|general|in general|examples?|resources|details|tips|more|misc\w*|introduction|overview|"
    r"background|summary|"
    r"allgemein\w*|sonstig\w*|hinweise|beispiele?)\b",
    re.IGNORECASE,
)
_LISTED_WORDS = range(2, 15)


def _names(statement: Sourced, small: Counter[str]) -> Iterator[NamedIn]:
    for span, text in names_of(statement):
        if len(text.split()) == _NAME_WORDS and not any(small[part.casefold()] for part in re.split(r"[\s-]", text)):
            yield NamedIn(text, span, statement)


@dataclass(frozen=True, slots=True)
class ItemSubject:
    """A statement of a lesson, with what stands above it."""

    sourced: Sourced
    topic: str


class ItemMaker:
    def __init__(self, binder: Binder, gate: KeyGate, embedder: Embedder) -> None:
        self._binder = binder
        self._embedder = embedder
        self._gate = gate

    def items(
        self, lesson: Lesson, plan: LessonPlan, made: Sequence[MadeBlock], pool: ItemPool, wording: Wording, most: int
    ) -> Iterator[QuizItem]:
        """As they become ready; none where the lesson has nothing that makes a sound one."""
        chosen: list[QuizItem] = []
        ways: set[str] = set()
        used: list[Sourced] = []
        passages = [passage for section in plan.sections for passage in section.passages]
        for candidate in self.candidates(lesson, plan, made, pool, wording):
            if len(chosen) == most:
                return
            kind = candidate.item.kind
            if sum(item.kind is kind for item in chosen) >= MOST_OF_KIND.get(kind, 1):
                continue
            way = _way(lesson, candidate.item)
            if way in _ONCE and way in ways:
                continue
            if any(_overlap(one, other) for one in candidate.sources for other in used):
                continue
            item = replace(candidate.item, id=f"{lesson.id}-q{len(chosen) + 1}")
            if not self.is_sound(item, [*chosen], lesson, made, passages):
                continue
            chosen.append(item)
            ways.add(way)
            used += candidate.sources
            yield item

    def is_sound(
        self,
        item: QuizItem,
        others: Sequence[QuizItem],
        lesson: Lesson,
        made: Sequence[MadeBlock],
        passages: Sequence[Passage],
    ) -> bool:
        if check_shape(item):
            return False
        blocks = tuple(one.block for one in made)
        if _set_findings(lesson, blocks, (*others, item)):
            return False
        return item.kind in (ItemKind.ORDERING, ItemKind.MATCHING) or self._gate.judge(item, passages).ok

    def candidates(
        self, lesson: Lesson, plan: LessonPlan, made: Sequence[MadeBlock], pool: ItemPool, wording: Wording
    ) -> Iterator["Candidate"]:
        """One of each way in turn, the ways in an order that differs from lesson to lesson."""
        asked = [one for one in made if one.block.kind is not BlockKind.EXAMPLE]
        shown = [source for one in asked for source in one.sources]
        subjects = [subject for subject in _subjects(plan) if any(_overlap(subject.sourced, one) for one in shown)]
        ways: list[Callable[[], Iterator[Candidate]]] = [
            lambda: self._orderings(lesson, plan, wording),
            lambda: self._table_cells(lesson, plan, pool, shown, wording),
            lambda: self._terms(lesson, plan, pool, shown, wording),
            lambda: self._figure_gaps(lesson, subjects, pool, wording),
            lambda: self._judged_statements(lesson, subjects, pool, wording),
            lambda: self._name_gaps(lesson, subjects, pool, wording),
            lambda: self._cases(lesson, subjects, pool, wording),
            lambda: self._party_gaps(lesson, subjects, pool),
            lambda: self._listed_items(lesson, plan, pool, shown, wording),
            lambda: self._matchings(lesson, plan, shown, wording),
            lambda: self._acronyms(lesson, plan, shown, wording),
            lambda: self._phrase_gaps(lesson, subjects, pool),
        ]
        turn = chance(lesson.id) % 3
        order = [0, 1, 2, 6, *(3 + (place + turn) % 3 for place in range(3)), *range(7, len(ways))]
        running = [ways[place]() for place in order]
        while running:
            still = []
            for way in running:
                found = next(way, None)
                if found is not None:
                    yield found
                    still.append(way)
            running = still

    # Ways

    def _orderings(self, lesson: Lesson, plan: LessonPlan, wording: Wording) -> Iterator["Candidate"]:
        for paragraph, topic in _paragraphs_with_topics(plan):
            steps = paragraph.statements
            if paragraph.kind is not ParagraphKind.STEPS or len(steps) not in _STEPS:
                continue
            if any(word_count(step.text) > _STEP_WORDS or step.text.endswith("?") for step in steps):
                continue
            stem = wording.order.format(topic=topic) if wording.asks else topic
            item_id = _id(lesson, "ordering", steps[0])
            options = tuple(
                Option(self._said(f"{item_id}-o{number}", step), True) for number, step in enumerate(steps, start=1)
            )
            stated = self._composed(f"{item_id}-s", stem, *((step, Stance.SUPPORTS) for step in steps))
            yield Candidate(QuizItem(item_id, ItemKind.ORDERING, stated, options), steps)

    def _table_cells(
        self, lesson: Lesson, plan: LessonPlan, pool: ItemPool, shown: Sequence[Sourced], wording: Wording
    ) -> Iterator["Candidate"]:
        if not wording.asks:
            return
        cells = [
            (table, row, place)
            for section in plan.sections
            for table in tables_of(section)
            for row in table.rows
            if any(_overlap(row.sourced, one) for one in shown)
            for place in range(1, len(table.columns))
        ]
        asked: set[tuple[int, int]] = set()
        for table, row, place in sorted(cells, key=lambda cell: chance(f"{cell[1].sourced.key} {cell[2]}")):
            if table.rows[0].sourced.key in asked:
                continue
            candidate = self._table_cell(lesson, plan, table, row, place, pool, wording)
            if candidate is not None:
                asked.add(table.rows[0].sourced.key)
                yield candidate

    def _table_cell(
        self,
        lesson: Lesson,
        plan: LessonPlan,
        table: Table,
        row: TableRow,
        place: int,
        pool: ItemPool,
        wording: Wording,
    ) -> "Candidate | None":
        key, label, column = row.values[place], row.values[0], table.columns[place]
        if (
            not _askable(key)
            or not label
            or not column
            or _SUMS.match(label)
            or sum(one.values[0] == label for one in table.rows) > 1
        ):
            return None
        if set(words(key)) & set(words(label)) and not any(letter.isdigit() for letter in key):
            return None
        found = [
            Distractor(other.values[place], other.sourced)
            for other in table.rows
            if other is not row and _same_form(other.values[place], key)
        ]
        found += [
            Distractor(value, row.sourced)
            for at, value in enumerate(row.values)
            if at not in (0, place) and _frame(key) is not None and _same_form(value, key)
        ]
        found += [
            Distractor(other.values[place], other.sourced)
            for elsewhere in pool.tables
            if elsewhere.columns == table.columns
            for other in elsewhere.rows
            if other.values[0] == label and _same_form(other.values[place], key)
        ]
        found = [one for one in found if one.text and " ".join(words(one.text)) != " ".join(words(key))]
        seed = f"{lesson.id} {row.sourced.key} {place}"
        chosen = text_distractors(key, found, seed)
        if len(chosen) < FEWEST_DISTRACTORS:
            return None
        topic = table.title
        if any(
            other.title == table.title and other.rows[0].sourced.passage.version_id != row.sourced.passage.version_id
            for other in pool.tables
        ):
            topic = f"{clean_heading(row.sourced.passage.title)}: {topic}"
        two = len(table.columns) == 2
        template = wording.table_value if two else wording.table_cell
        stem = wording.filled(template, topic=topic, column=column, row=label)
        entries = [
            Entry(key, row.sourced, None, _row_says(table, row, key)),
            *(
                Entry(one.text, row.sourced, one.taken_from, _row_says(table, _row_of(one, pool, table), one.text))
                for one in chosen
            ),
        ]
        item = self._item(
            _id(lesson, "cell", row.sourced, place), ItemKind.MULTIPLE_CHOICE, stem, row.sourced, _placed(entries, seed)
        )
        return Candidate(item, (row.sourced,))

    def _terms(
        self, lesson: Lesson, plan: LessonPlan, pool: ItemPool, shown: Sequence[Sourced], wording: Wording
    ) -> Iterator["Candidate"]:
        if not wording.asks:
            return
        own = [term for section in plan.sections for term in defined_terms(section)]
        for term in sorted(own, key=lambda term: chance(f"{term.sourced.key}")):
            if not any(_overlap(term.sourced, one) for one in shown) or not _is_told(term):
                continue
            seed = f"{lesson.id} {term.sourced.key}"
            near = [
                other for other in pool.terms if other.sourced.passage.version_id == term.sourced.passage.version_id
            ]
            chosen = term_distractors(term, near, seed) or term_distractors(term, pool.terms, seed)
            if len(chosen) < FEWEST_DISTRACTORS:
                continue
            stem = wording.term_meant.format(meaning=term.meaning)
            entries = [
                Entry(term.term, term.sourced, None, None),
                *(Entry(one.text, term.sourced, one.taken_from, None) for one in chosen),
            ]
            item = self._item(
                _id(lesson, "term", term.sourced), ItemKind.MULTIPLE_CHOICE, stem, term.sourced, _placed(entries, seed)
            )
            yield Candidate(item, (term.sourced,))

    def _figure_gaps(
        self, lesson: Lesson, subjects: Sequence[ItemSubject], pool: ItemPool, wording: Wording
    ) -> Iterator["Candidate"]:
        for subject, figure in _askable_figures(subjects, lesson.id):
            seed = f"{lesson.id} {figure.sourced.key} {figure.span.start}"
            chosen = figure_distractors(figure, pool.figures, seed)
            if not chosen:
                continue
            stem = _with_gap(subject, figure.span)
            right = Entry(figure.text, subject.sourced, None, None, is_key=True)
            wrong = [
                (
                    one.size or figure.size,
                    Entry(one.text, subject.sourced, one.taken_from, None, tells_of_it=False),
                )
                for one in chosen
            ]
            entries = [entry for _, entry in sorted([*wrong, (figure.size, right)], key=lambda pair: pair[0])]
            item = self._item(
                _id(lesson, "gap", subject.sourced, figure.span.start), ItemKind.CLOZE, stem, subject.sourced, entries
            )
            yield Candidate(item, (subject.sourced,))

    def _judged_statements(
        self, lesson: Lesson, subjects: Sequence[ItemSubject], pool: ItemPool, wording: Wording
    ) -> Iterator["Candidate"]:
        if not wording.asks:
            return
        for subject, figure in _askable_figures(subjects, f"{lesson.id} judged"):
            seed = f"{lesson.id} judged {figure.sourced.key}"
            is_true = chance(seed) % 2 == 0
            said = subject.sourced.text
            if not is_true:
                chosen = figure_distractors(figure, pool.figures, seed)
                if not chosen:
                    continue
                other = min(chosen, key=lambda one: (one.taken_from is None, chance(f"{seed} {one.text}")))
                said = said[: figure.span.start] + other.text + said[figure.span.end :]
            item_id = _id(lesson, "judged", subject.sourced)
            stance = Stance.SUPPORTS if is_true else Stance.CONTRADICTS
            stem = self._composed(f"{item_id}-s", _titled(subject, said), (subject.sourced, stance))
            options = tuple(
                Option(
                    self._composed(
                        f"{item_id}-o{number}",
                        text,
                        (subject.sourced, Stance.SUPPORTS if truth is is_true else Stance.CONTRADICTS),
                    ),
                    truth is is_true,
                    self._said(f"{item_id}-r{number}", subject.sourced),
                )
                for number, (text, truth) in enumerate(((wording.true, True), (wording.false, False)), start=1)
            )
            yield Candidate(QuizItem(item_id, ItemKind.TRUE_FALSE, stem, options), (subject.sourced,))

    def _name_gaps(
        self, lesson: Lesson, subjects: Sequence[ItemSubject], pool: ItemPool, wording: Wording
    ) -> Iterator["Candidate"]:
        for subject in sorted(subjects, key=lambda one: chance(f"{lesson.id} names {one.sourced.key}")):
            if not _is_askable(subject):
                continue
            for named in _names(subject.sourced, pool.small_words):
                people = people_among([named.text, *(other.text for other in pool.names)], self._embedder)
                seed = f"{lesson.id} {subject.sourced.key} {named.span.start}"
                if named.text not in people or named.text in subject.topic:
                    continue
                others = [
                    Distractor(other.text, other.sourced)
                    for other in pool.names
                    if other.text in people
                    and other.text not in subject.sourced.text
                    and other.sourced.passage.version_id == named.sourced.passage.version_id
                ]
                chosen = text_distractors(named.text, others, seed)
                if not chosen:
                    continue
                entries = [
                    Entry(named.text, subject.sourced, None, None),
                    *(Entry(one.text, subject.sourced, one.taken_from, None) for one in chosen),
                ]
                stem = _with_gap(subject, named.span)
                item = self._item(
                    _id(lesson, "name", subject.sourced, named.span.start),
                    ItemKind.CLOZE,
                    stem,
                    subject.sourced,
                    _placed(entries, seed),
                )
                yield Candidate(item, (subject.sourced,))

    def _cases(
        self, lesson: Lesson, subjects: Sequence[ItemSubject], pool: ItemPool, wording: Wording
    ) -> Iterator["Candidate"]:
        """What applies in a case? The others apply in other cases."""
        for subject in sorted(subjects, key=lambda one: chance(f"{lesson.id} case {one.sourced.key}")):
            own = conditional_of(subject.sourced.text) if _is_askable(subject) else None
            if not wording.asks or own is None or own.case not in wording.cases:
                continue
            seed = f"{lesson.id} case {subject.sourced.key}"
            near = [
                Distractor(other.consequence, sourced)
                for other, sourced in pool.cases
                if other.orders is own.orders
                and sourced.passage.version_id == subject.sourced.passage.version_id
                and not _overlap(sourced, subject.sourced)
            ]
            far = [
                Distractor(other.consequence, sourced)
                for other, sourced in pool.cases
                if other.orders is own.orders and not _overlap(sourced, subject.sourced)
            ]
            near, far = (self._most_alike(subject.sourced.text, some) for some in (near, far))
            chosen = text_distractors(own.consequence, near, seed) or text_distractors(own.consequence, far, seed)
            if not chosen:
                continue
            stem = _titled(subject, wording.cases[own.case].format(condition=own.condition))
            entries = [Entry(own.consequence, subject.sourced, None, None)]
            entries += [Entry(one.text, subject.sourced, one.taken_from, None) for one in chosen]
            item_id = _id(lesson, "case", subject.sourced)
            item = self._item(item_id, ItemKind.MULTIPLE_CHOICE, stem, subject.sourced, _placed(entries, seed))
            yield Candidate(item, (subject.sourced,))

    def _most_alike(self, text: str, found: Sequence[Distractor], least: float = 0.0) -> list[Distractor]:
        """Those that are most likely to be taken for right, none less alike than `least`."""
        if not found:
            return []
        vectors = self._embedder.embed([text, *(one.text for one in found)])
        similar = (vectors[1:] @ vectors[0]).tolist()
        order = sorted(range(len(found)), key=lambda place: (-similar[place], place))
        return [found[place] for place in order[:_MOST_LIKELY] if similar[place] >= least]

    def _phrase_gaps(self, lesson: Lesson, subjects: Sequence[ItemSubject], pool: ItemPool) -> Iterator["Candidate"]:
        """What the lesson is about is left out of a sentence; the others are what other parts are about."""
        for subject in sorted(subjects, key=lambda one: chance(f"{lesson.id} phrase {one.sourced.key}")):
            if not _is_askable(subject) or not _TELLING & cues_of(subject.sourced.text):
                continue
            version_id = subject.sourced.passage.version_id
            phrases = [phrase for phrase in pool.phrases if phrase.version_id == version_id]
            own = [phrase for phrase in phrases if subject.sourced.chunk_id in phrase.chunk_ids]
            for phrase in own:
                span = _thing_at(subject.sourced.text, phrase.text)
                if span is None or phrase.text.casefold() in subject.topic.casefold():
                    continue
                said = set(content_words(subject.sourced.text))
                others = [
                    Distractor(other.text)
                    for other in phrases
                    if other not in own
                    and len(other.text.split()) == len(phrase.text.split())
                    and other.text.endswith("s") == phrase.text.endswith("s")
                    and other.text[0].isupper() == phrase.text[0].isupper()
                    and not set(content_words(other.text)) & said
                ]
                seed = f"{lesson.id} phrase {subject.sourced.key}"
                shown_as = subject.sourced.text[span.start : span.end]
                alike = self._most_alike(phrase.text, others, _LEAST_ALIKE)
                chosen = text_distractors(shown_as, alike, seed)
                if not chosen:
                    continue
                entries = [Entry(shown_as, subject.sourced, None, None)]
                entries += [Entry(one.text, subject.sourced, None, None) for one in chosen]
                item_id = _id(lesson, "phrase", subject.sourced)
                stem = _with_gap(subject, span)
                item = self._item(item_id, ItemKind.CLOZE, stem, subject.sourced, _placed(entries, seed))
                yield Candidate(item, (subject.sourced,))
                break

    def _party_gaps(self, lesson: Lesson, subjects: Sequence[ItemSubject], pool: ItemPool) -> Iterator["Candidate"]:
        for subject in sorted(subjects, key=lambda one: chance(f"{lesson.id} party {one.sourced.key}")):
            parties = list(_parties(subject.sourced)) if _is_askable(subject) else []
            for party in parties[:1]:
                said = subject.sourced.text.casefold()
                if said.count(party.text.casefold()) > 1 or party.text.casefold() in subject.topic.casefold():
                    continue
                others = [
                    Distractor(other.text, other.sourced)
                    for other in pool.parties
                    if other.kind == party.kind
                    and other.text.casefold() not in said
                    and party.text.casefold() not in other.text.casefold()
                    and _article(other) == _article(party)
                ]
                seed = f"{lesson.id} party {subject.sourced.key}"
                chosen = text_distractors(party.text, others, seed)
                if not chosen:
                    continue
                entries = [Entry(party.text, subject.sourced, None, None)]
                entries += [Entry(one.text, subject.sourced, one.taken_from, None, tells_of_it=False) for one in chosen]
                item_id = _id(lesson, "party", subject.sourced)
                stem = _with_gap(subject, party.span)
                item = self._item(item_id, ItemKind.CLOZE, stem, subject.sourced, _placed(entries, seed))
                yield Candidate(item, (subject.sourced,))

    def _listed_items(
        self, lesson: Lesson, plan: LessonPlan, pool: ItemPool, shown: Sequence[Sourced], wording: Wording
    ) -> Iterator["Candidate"]:
        """Which of these stands in the list? The others are from other lists of the same document."""
        if not wording.asks:
            return
        lists = [
            one
            for one in pool.lists
            if any(_overlap(item, source) for item in one.items for source in shown)
            and sum(other.title == one.title for other in pool.lists) == 1
        ]
        for own in sorted(lists, key=lambda one: chance(f"{lesson.id} {one.title}")):
            others = [
                (item, other.title)
                for other in pool.lists
                if other is not own and _are_siblings(other.items[0].passage, own.items[0].passage)
                for item in other.items
                if is_imperative(item.text) == is_imperative(own.items[0].text)
            ]
            titles = {item.key: title for item, title in others}
            for item in sorted(own.items, key=lambda one: chance(f"{lesson.id} listed {one.key}")):
                key = item.text.rstrip(".;")
                seed = f"{lesson.id} listed {item.key}"
                found = [Distractor(other.text.rstrip(".;"), other) for other, _ in others]
                chosen = text_distractors(key, found, seed)
                if not any(_overlap(item, source) for source in shown) or not chosen:
                    continue
                stem = wording.named_under.format(topic=own.title)
                entries = [Entry(key, item, None, f"{own.title}: {key}")]
                for one in chosen:
                    title = "" if one.taken_from is None else titles[one.taken_from.key]
                    entries.append(Entry(one.text, item, one.taken_from, f"{title}: {one.text}"))
                item_id = _id(lesson, "listed", item)
                made = self._item(item_id, ItemKind.MULTIPLE_CHOICE, stem, item, _placed(entries, seed))
                yield Candidate(made, tuple(own.items))
                break

    def _matchings(
        self, lesson: Lesson, plan: LessonPlan, shown: Sequence[Sourced], wording: Wording
    ) -> Iterator["Candidate"]:
        for section in plan.sections:
            terms = [
                term
                for term in defined_terms(section)
                if any(_overlap(term.sourced, one) for one in shown) and _is_told(term)
            ]
            unique = list({term.term: term for term in terms}.values())[:_MOST_PAIRS]
            if len(unique) >= _FEWEST_PAIRS:
                stem = wording.term_match.format(topic=section.title) if wording.asks else section.title
                pairs = [(term.term, term.meaning, term.sourced) for term in unique]
                yield self._matching(lesson, stem, pairs)
            for table in tables_of(section):
                pairs = _pairs(table, shown)
                if len(pairs) >= _FEWEST_PAIRS:
                    one, other = table.columns[0], table.columns[1]
                    stem = wording.table_match.format(topic=table.title, one=one, other=other)
                    yield self._matching(lesson, stem if wording.asks else table.title, pairs)

    def _matching(self, lesson: Lesson, stem: str, pairs: Sequence[tuple[str, str, Sourced]]) -> "Candidate":
        sources = tuple(sourced for _, _, sourced in pairs)
        item_id = _id(lesson, "matching", sources[0])
        options = tuple(
            Option(self._composed(f"{item_id}-o{number}", one, (sourced, Stance.SUPPORTS)), True, match=other)
            for number, (one, other, sourced) in enumerate(pairs, start=1)
        )
        stated = self._composed(f"{item_id}-s", stem, *((sourced, Stance.SUPPORTS) for sourced in sources))
        return Candidate(QuizItem(item_id, ItemKind.MATCHING, stated, options), sources)

    def _acronyms(
        self, lesson: Lesson, plan: LessonPlan, shown: Sequence[Sourced], wording: Wording
    ) -> Iterator["Candidate"]:
        if not wording.asks:
            return
        for sourced in shown:
            for found in _EXPANSION.finditer(sourced.text):
                long = _expansion(found["long"], found["short"])
                if long is None:
                    continue
                item_id = _id(lesson, "acronym", sourced, found.start())
                stem = self._composed(
                    f"{item_id}-s", wording.stands_for.format(term=found["short"]), (sourced, Stance.SUPPORTS)
                )
                key = self._composed(f"{item_id}-o1", long, (sourced, Stance.SUPPORTS))
                option = Option(key, True, self._said(f"{item_id}-r1", sourced))
                yield Candidate(QuizItem(item_id, ItemKind.SHORT_ANSWER, stem, (option,)), (sourced,))

    # Claims

    def _said(self, claim_id: str, sourced: Sourced, stance: Stance = Stance.SUPPORTS) -> Claim:
        return self._binder.verbatim(claim_id, sourced.passage, sourced.span, stance)

    def _composed(self, claim_id: str, text: str, *evidence: tuple[Sourced, Stance]) -> Claim:
        bound = [self._said(claim_id, sourced, stance) for sourced, stance in evidence]
        return Claim(claim_id, text, tuple(one.evidence[0] for one in bound))

    def _item(self, item_id: str, kind: ItemKind, stem: str, subject: Sourced, entries: Sequence["Entry"]) -> QuizItem:
        options = []
        for number, entry in enumerate(entries, start=1):
            is_key = entry.is_key
            evidence = [(subject, Stance.SUPPORTS if is_key else Stance.CONTRADICTS)]
            if entry.taken_from is not None and not _overlap(entry.taken_from, subject):
                evidence.append((entry.taken_from, Stance.TAKEN_FROM))
            claim = self._composed(f"{item_id}-o{number}", entry.text, *evidence)
            source = entry.taken_from if entry.taken_from is not None and entry.tells_of_it else subject
            why = self._said(f"{item_id}-r{number}", source)
            if entry.why is not None:
                why = replace(why, text=entry.why)
            options.append(Option(claim, is_key, why))
        stated = self._composed(f"{item_id}-s", stem, (subject, Stance.SUPPORTS))
        return QuizItem(item_id, kind, stated, tuple(options))


@dataclass(frozen=True, slots=True)
class Candidate:
    """`sources` are the statements that it asks about."""

    item: QuizItem
    sources: tuple[Sourced, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An option to be. `tells_of_it`: its rationale is what is said where it was taken from, rather than the statement
    that
    is asked about. `why` says that in short; None where it is quoted.
    """

    text: str
    subject: Sourced
    taken_from: Sourced | None
    why: str | None
    is_key: bool = False
    tells_of_it: bool = True


def _placed(entries: Sequence[Entry], seed: str) -> list[Entry]:
    """The first is the key. Numbers come in their order, other options so that the key stands anywhere."""
    key, *others = entries
    key = replace(key, is_key=True)
    sizes = [_size(entry.text) for entry in entries]
    if all(size is not None for size in sizes):
        return [entry for _, entry in sorted(zip(sizes, [key, *others], strict=True), key=lambda pair: pair[0] or 0.0)]
    place = chance(f"{seed} place") % len(entries)
    return [*others[:place], key, *others[place:]]


_SUMS = re.compile(r"(?:all|total|sum|overall|average|gesamt|summe|alle|year|jahr)\b", re.IGNORECASE)
_SIZE = re.compile(r"[^\d\-−]{0,3}(?P<digits>[-−]?\d[\d.,]*)\D*")


def _size(text: str) -> float | None:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", found["digits"].replace("−", "-")).replace(",", ".").rstrip(".")
    return float(plain) if plain.count(".") <= 1 else None


def _article(party: Party) -> str:
    """`a` or `an` where it stands before it: what fits the one does not fit the other."""
    before = party.sourced.text[: party.span.start].split()
    return before[-1].casefold() if before and before[-1].casefold() in ("a", "an") else ""


def _are_siblings(one: Passage, other: Passage) -> bool:
    """Of one document, below the same heading or below two that stand beside each other."""
    return one.version_id == other.version_id and one.headings[:-1] == other.headings[:-1]


def _id(lesson: Lesson, way: str, sourced: Sourced, number: int = 0) -> str:
    return f"{lesson.id}-{way}-{sourced.chunk_id}-{sourced.span.start}-{number}"


def _way(lesson: Lesson, item: QuizItem) -> str:
    return item.id.removeprefix(f"{lesson.id}-").partition("-")[0]


_ONCE = frozenset({"listed"})
"""Ways that a lesson has one item of at most."""


def _overlap(one: Sourced, other: Sourced) -> bool:
    return one.chunk_id == other.chunk_id and one.span.overlaps(other.span)


def _paragraphs_with_topics(plan: LessonPlan) -> Iterator[tuple[Paragraph, str]]:
    for section in plan.sections:
        for paragraph in section.paragraphs:
            yield paragraph, paragraph.heading or section.title


def _subjects(plan: LessonPlan) -> list[ItemSubject]:
    found = []
    for paragraph, topic in _paragraphs_with_topics(plan):
        if paragraph.kind is ParagraphKind.TABLE:
            continue
        if paragraph.kind is ParagraphKind.SPEECH:
            found += [ItemSubject(without_speaker(one), one.speaker or topic) for one in paragraph.statements]
        else:
            found += [ItemSubject(statement, topic) for statement in paragraph.statements]
    return found


def _is_askable(subject: ItemSubject) -> bool:
    text = subject.sourced.text
    return (
        stands_alone(text)
        and not holds_address(text)
        and word_count(text) in _STEM_WORDS
        and sum(1 for _ in sentence_spans(text, 0, len(text))) == 1
        and len(content_words(text)) >= _FEWEST_TELLING
        and not stumbles(text)
    )


def _askable_figures(subjects: Sequence[ItemSubject], seed: str) -> Iterator[tuple[ItemSubject, Figure]]:
    for subject in sorted(subjects, key=lambda one: chance(f"{seed} {one.sourced.key}")):
        if not _is_askable(subject):
            continue
        figures = figures_of(subject.sourced)
        for figure in figures:
            is_said_again = _IN_BRACKETS.match(subject.sourced.text, figure.span.end) is not None
            if sum(other.text == figure.text for other in figures) == 1 and figure.size > 0 and not is_said_again:
                yield subject, figure
                break


_IN_BRACKETS = re.compile(r"\s*(?:\([^)]*\d|=)")


def _with_gap(subject: ItemSubject, span: Span) -> str:
    text = subject.sourced.text
    return _titled(subject, text[: span.start] + GAP + text[span.end :])


def _titled(subject: ItemSubject, said: str) -> str:
    """What a statement is about stands before it, unless it says so itself."""
    about = set(content_words(subject.topic))
    if not about or about <= set(content_words(said)):
        return said
    return f"{subject.topic.rstrip(' .:')}: {said}" if not subject.topic.endswith("?") else f"{subject.topic} {said}"


def _is_told(term: Term) -> bool:
    own = set(content_words(term.term))
    if term.meaning.endswith(QUESTION_MARKS):
        return False
    return word_count(term.meaning) in _MEANING_WORDS and not own & set(content_words(term.meaning))


_NOTHING = frozenset("n/a na none - – — tbd yes no ja nein k.a. keine kein".split())


def _askable(value: str) -> bool:
    if value.casefold().strip(" .") in _NOTHING:
        return False
    return 0 < word_count(value) <= _CELL_WORDS and bool(re.search(r"\w", value))


def _same_form(value: str, key: str) -> bool:
    """Both are numbers with the same words around them, or neither is one."""
    if not _askable(value):
        return False
    one, other = _frame(value), _frame(key)
    if (one is None) != (other is None):
        return False
    return one is None or one == other


def _frame(text: str) -> str | None:
    """What stands around the numbers of a value; None where words say most of it."""
    if not any(letter.isdigit() for letter in text):
        return None
    around = re.sub(r"[-−±+]?\d[\d.,:]*", "#", text.casefold())
    return re.sub(r"s\b", "", around) if word_count(around) <= _FRAME_WORDS else None


_FRAME_WORDS = 4


def _row_says(table: Table, row: TableRow, value: str) -> str:
    """`Up to 2 years, Graz: 6 weeks`."""
    column = next((column for column, said in zip(table.columns, row.values, strict=True) if said == value), "")
    label = row.values[0]
    return f"{label}: {value}" if len(table.columns) == 2 or not column else f"{label}, {column}: {value}"


def _row_of(one: Distractor, pool: ItemPool, table: Table) -> TableRow:
    every = [*table.rows, *(row for other in pool.tables for row in other.rows)]
    return next(row for row in every if one.taken_from is not None and row.sourced.key == one.taken_from.key)


def _pairs(table: Table, shown: Sequence[Sourced]) -> list[tuple[str, str, Sourced]]:
    """Rows whose first two cells are each unlike those of all others."""
    rows = [row for row in table.rows if any(_overlap(row.sourced, one) for one in shown)]
    names, values = Counter(row.values[0] for row in rows), Counter(row.values[1] for row in rows)
    return [
        (row.values[0], row.values[1], row.sourced)
        for row in rows
        if _askable(row.values[0])
        and _askable(row.values[1])
        and not set(content_words(row.values[0])) & set(content_words(row.values[1]))
        and names[row.values[0]] == values[row.values[1]] == 1
    ][:_MOST_PAIRS]


def _expansion(long: str, short: str) -> str | None:
    """The last words before a bracket whose initials are the letters in it."""
    parts = long.replace(",", " ").split()
    for count in range(len(short) - 1, len(short) + 3):
        own = parts[-count:]
        telling = "".join(part[0] for part in own if part.casefold() not in ("of", "and", "the", "for", "und", "der"))
        if len(own) == count and telling.casefold() == short.casefold():
            return " ".join(own)
    return None


def _set_findings(lesson: Lesson, blocks: tuple[Block, ...], items: tuple[QuizItem, ...]) -> tuple[Finding, ...]:
    return check_set(CourseContent("", lessons=(replace(lesson, blocks=blocks, items=items),)))
