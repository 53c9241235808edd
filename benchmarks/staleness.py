"""Whether exactly those claims are put at risk whose words were changed in their source.

Usage: python -m benchmarks.staleness [--edits 200] [--seed 1] [--half held|dev] [--folder ../shared/data/handbook-18f]

Courses are published that quote Markdown documents of the folder, and documents written here: whole sentences, two at a
time, phrases of a few words, list items, table rows and cells. Then the documents are edited at random and taken in
again. Which claims an edit affects is known from the edit itself, which is made on the pieces of the document that
claims were made of, not by looking for words afterwards. Documents are halved by their names: `dev` is for finding
mistakes, `held` is what is reported.
"""

import argparse
import hashlib
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path

from api.clock import now
from api.course_editing import ChunkQuote, SpanQuote
from api.offline import switch_off_telemetry
from api.services import Services
from api.settings import Settings
from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import BloomLevel, Brief, Lesson, LessonState, Objective
from corpus.audience import OWNER
from corpus.locator import Span
from corpus.store import CorpusStore
from ingestion.ingest import IncomingFile

REVIEWER = "reviewer"
DOCUMENTS = 24
EDITS_BEFORE_RESTORING = 6
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_MARKUP = re.compile(r"[\[\]()*_`<>{}|#\\~&:]|https?|\d\. ")
_WORD = re.compile(r"[A-Za-z0-9$%'’-]+")


@dataclass(slots=True)
class Unit:
    """A sentence, item or row (its cells divided by ` | `), known by its number whatever becomes of its text."""

    number: int
    text: str


@dataclass(slots=True)
class Part:
    """`kind` is heading, prose, items, table, or raw where its text is left as it is."""

    kind: str
    units: list[Unit]
    raw: str = ""

    def render(self) -> str:
        texts = [unit.text for unit in self.units]
        if self.kind == "prose":
            return " ".join(texts)
        if self.kind == "items":
            return "\n".join(f"- {text}" for text in texts)
        if self.kind == "table":
            return "\n".join((self.raw, *(f"| {text} |" for text in texts)))
        return self.raw


@dataclass(slots=True)
class Quoted:
    """A claim: of whole units, or of the characters `start` to `end` of one."""

    claim_id: str
    kind: str
    units: tuple[int, ...]
    words: str
    start: int = 0
    end: int = 0
    affected: bool = False


@dataclass(slots=True)
class Source:
    name: str
    parts: list[Part]
    claims: list[Quoted] = field(default_factory=list)
    document_id: int = 0
    course_id: int = 0
    wrapped: bool = False
    removed: bool = False

    def render(self) -> str:
        text = "\n\n".join(part.render() for part in self.parts) + "\n"
        return _wrap(text) if self.wrapped else text

    def prose(self) -> list[Part]:
        return [part for part in self.parts if part.kind == "prose" and part.units]

    def all_units(self) -> Iterator[tuple[Part, Unit]]:
        for part in self.parts:
            for unit in part.units:
                yield part, unit

    def judge(self) -> None:
        """Claims of whole units hold while those stand unchanged one after the other."""
        places = {unit.number: (part, place, unit) for part in self.parts for place, unit in enumerate(part.units)}
        for claim in self.claims:
            found = [places.get(number) for number in claim.units]
            there = [one for one in found if one is not None]
            if len(there) < len(found):
                claim.affected = True
            elif not claim.end:
                together = all(after[0] is before[0] and after[1] == before[1] + 1 for before, after in pairwise(there))
                said = " ".join(unit.text for _, _, unit in there)
                claim.affected = claim.affected or not together or said != claim.words

    def replace_in(self, unit: Unit, start: int, end: int, words: str) -> None:
        """Characters of one unit become others; phrases behind them move on, those they overlap are affected."""
        for claim in self.claims:
            if claim.end and claim.units == (unit.number,) and not claim.affected:
                if claim.start >= end:
                    claim.start += len(words) - (end - start)
                    claim.end += len(words) - (end - start)
                elif claim.end > start:
                    claim.affected = True
        unit.text = unit.text[:start] + words + unit.text[end:]


class Edits:
    """Each returns whether it found something to do."""

    def __init__(self, chance: random.Random, numbers: Iterator[int]) -> None:
        self._chance = chance
        self._numbers = numbers
        self.all: dict[str, Callable[[Source], bool]] = {
            "word changed": self._change_word,
            "word inserted": self._insert_word,
            "sentence removed": self._remove_sentence,
            "sentence moved": self._move_sentence,
            "sentence inserted": self._insert_sentence,
            "heading renamed": self._rename_heading,
            "paragraphs reordered": self._reorder,
            "paragraph removed": self._remove_paragraph,
            "sections swapped": self._swap_sections,
            "lines wrapped anew": self._wrap_anew,
            "quoted phrase changed, same words elsewhere": self._decoy,
            "cell changed": self._change_cell,
            "row inserted": self._insert_row,
            "row removed": self._remove_row,
            "rows reordered": self._reorder_rows,
            "item removed": self._remove_item,
        }

    def _change_word(self, source: Source) -> bool:
        unit = self._unit(source, "prose")
        if unit is None:
            return False
        word = self._chance.choice(list(_WORD.finditer(unit.text)))
        other = str(int(word[0]) + 7) if word[0].isdigit() else self._chance.choice(_WORDS)
        source.replace_in(unit, word.start(), word.end(), other)
        return True

    def _insert_word(self, source: Source) -> bool:
        unit = self._unit(source, "prose")
        if unit is None:
            return False
        gaps = [found.start() for found in re.finditer(" ", unit.text)]
        if not gaps:
            return False
        at = self._chance.choice(gaps)
        source.replace_in(unit, at, at, f" {self._chance.choice(_WORDS)}")
        return True

    def _remove_sentence(self, source: Source) -> bool:
        parts = [part for part in source.prose() if len(part.units) > 1]
        if not parts:
            return False
        part = self._chance.choice(parts)
        part.units.pop(self._chance.randrange(len(part.units)))
        return True

    def _move_sentence(self, source: Source) -> bool:
        parts = [part for part in source.prose() if len(part.units) > 1]
        others = source.prose()
        if not parts or len(others) < 2:
            return False
        part = self._chance.choice(parts)
        unit = part.units.pop(self._chance.randrange(len(part.units)))
        target = self._chance.choice([other for other in others if other is not part])
        target.units.insert(self._chance.randint(0, len(target.units)), unit)
        return True

    def _insert_sentence(self, source: Source) -> bool:
        parts = source.prose()
        if not parts:
            return False
        part = self._chance.choice(parts)
        part.units.insert(self._chance.randint(0, len(part.units)), Unit(next(self._numbers), self._sentence()))
        return True

    def _rename_heading(self, source: Source) -> bool:
        headings = [part for part in source.parts if part.kind == "heading"]
        if not headings:
            return False
        heading = self._chance.choice(headings)
        marks = heading.raw.split()[0]
        heading.raw = f"{marks} {self._chance.choice(_WORDS).title()} {self._chance.choice(_WORDS)}"
        return True

    def _reorder(self, source: Source) -> bool:
        places = [place for place, part in enumerate(source.parts) if part.kind == "prose"]
        if len(places) < 2:
            return False
        one, other = self._chance.sample(places, 2)
        source.parts[one], source.parts[other] = source.parts[other], source.parts[one]
        return True

    def _remove_paragraph(self, source: Source) -> bool:
        parts = source.prose()
        if len(parts) < 3:
            return False
        source.parts.remove(self._chance.choice(parts))
        return True

    def _swap_sections(self, source: Source) -> bool:
        starts = [place for place, part in enumerate(source.parts) if part.kind == "heading"]
        if len(starts) < 3:
            return False
        bounds = [*starts, len(source.parts)]
        one, other = sorted(self._chance.sample(range(len(starts)), 2))
        sections = [source.parts[start:end] for start, end in pairwise(bounds)]
        sections[one], sections[other] = sections[other], sections[one]
        source.parts = [*source.parts[: starts[0]], *(part for section in sections for part in section)]
        return True

    def _wrap_anew(self, source: Source) -> bool:
        source.wrapped = not source.wrapped
        return True

    def _decoy(self, source: Source) -> bool:
        """The hard case: the words are still in the document, but say something else."""
        units = {unit.number: unit for _, unit in source.all_units()}
        phrases = [claim for claim in source.claims if claim.kind == "phrase" and not claim.affected]
        phrases = [claim for claim in phrases if claim.units[0] in units]
        parts = source.prose()
        if not phrases or len(parts) < 2:
            return False
        claim = self._chance.choice(phrases)
        unit = units[claim.units[0]]
        source.replace_in(unit, claim.start, claim.end, self._chance.choice(_WORDS))
        part = self._chance.choice([part for part in parts if unit not in part.units])
        words = f"{self._sentence()[:-1]} {claim.words} {self._chance.choice(_WORDS)}."
        part.units.append(Unit(next(self._numbers), words))
        return True

    def _change_cell(self, source: Source) -> bool:
        unit = self._unit(source, "table")
        if unit is None:
            return False
        cells = list(re.finditer(r"[^|]*[^| ][^|]*", unit.text))
        cell = self._chance.choice(cells)
        start = cell.start() + len(cell[0]) - len(cell[0].lstrip())
        end = start + len(cell[0].strip())
        source.replace_in(unit, start, end, f"{self._chance.choice(_WORDS)} {self._chance.randint(50, 99)}")
        return True

    def _insert_row(self, source: Source) -> bool:
        part = self._part(source, "table")
        if part is None:
            return False
        columns = part.units[0].text.count("|") + 1
        cells = [f"{self._chance.choice(_WORDS)} {self._chance.randint(50, 99)}" for _ in range(columns)]
        part.units.insert(self._chance.randint(0, len(part.units)), Unit(next(self._numbers), " | ".join(cells)))
        return True

    def _remove_row(self, source: Source) -> bool:
        part = self._part(source, "table")
        if part is None or len(part.units) < 3:
            return False
        part.units.pop(self._chance.randrange(len(part.units)))
        return True

    def _reorder_rows(self, source: Source) -> bool:
        part = self._part(source, "table")
        if part is None:
            return False
        self._chance.shuffle(part.units)
        return True

    def _remove_item(self, source: Source) -> bool:
        part = self._part(source, "items")
        if part is None or len(part.units) < 3:
            return False
        part.units.pop(self._chance.randrange(len(part.units)))
        return True

    def _part(self, source: Source, kind: str) -> Part | None:
        parts = [part for part in source.parts if part.kind == kind and part.units]
        return self._chance.choice(parts) if parts else None

    def _unit(self, source: Source, kind: str) -> Unit | None:
        """Half of the time one that something is quoted from."""
        units = [unit for part, unit in source.all_units() if part.kind == kind]
        quoted = {number for claim in source.claims for number in claim.units}
        chosen = [unit for unit in units if unit.number in quoted]
        if chosen and self._chance.random() < 0.5:
            units = chosen
        return self._chance.choice(units) if units else None

    def _sentence(self) -> str:
        words = [self._chance.choice(_WORDS) for _ in range(self._chance.randint(7, 14))]
        return f"{' '.join(words).capitalize()}."


_WORDS = (
    "pump valve harbour office garden leave travel winter repair bottle contract marble customer invoice delivery "
    "autumn training window heating calendar copper quality storage velvet approval orchard team shift seldom quickly"
).split()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", choices=("held", "dev"), default="held")
    parser.add_argument("--folder", type=Path, default=Path("../shared/data/handbook-18f"))
    parser.add_argument("--tell", action="store_true", help="print every claim that was judged wrongly")
    given = parser.parse_args(arguments)
    switch_off_telemetry()
    chance = random.Random(given.seed)  # noqa: S311 - the same edits every time
    numbers = count(1)
    sources = _sources(given.folder / "documents", given.half, chance, numbers)
    with tempfile.TemporaryDirectory() as folder, Services(Settings(data=Path(folder)), now) as services:
        with services.writing.begin() as session:
            CorpusStore(session).ensure_user(REVIEWER)
        for source in sources:
            _publish(services, source, chance)
        sources = [source for source in sources if source.claims]
        measured = Measured(services, sources, chance, numbers, given.tell)
        measured.run(given.edits)
    return 0 if measured.is_perfect else 1


@dataclass(frozen=True, slots=True)
class _Edit:
    name: str
    source: Source
    affected_before: set[str]


class Measured:
    def __init__(
        self,
        services: Services,
        sources: Sequence[Source],
        chance: random.Random,
        numbers: Iterator[int],
        tells: bool,
    ) -> None:
        self._services = services
        self._sources = list(sources)
        self._originals = {source.name: deepcopy(source) for source in sources}
        self._chance = chance
        self._edits = Edits(chance, numbers)
        self._tells = tells
        self._edited: Counter[str] = Counter()
        self._rows: Counter[tuple[str, str]] = Counter()
        self._follow_s: list[float] = []
        self._kinds = Counter(claim.kind for source in sources for claim in source.claims)

    def run(self, edits: int) -> None:
        for number in range(edits):
            self._edit(number, edits)
        self._report()

    @property
    def is_perfect(self) -> bool:
        wrong = ("missed", "needless", "at another place", "publication differs")
        return not any(self._rows[name, what] for name, what in self._rows if what in wrong)

    def _edit(self, number: int, edits: int) -> None:
        removes = number % max(1, edits // 5) == edits // 10
        edit = self._choose(removes)
        name, source, before = edit.name, edit.source, edit.affected_before
        flagged_before = self._flagged(source)
        if source.removed:
            self._services.library.delete_document(source.document_id, OWNER)
        else:
            _take_in(self._services, source)
        began = time.monotonic()
        self._services.course_risks.follow()
        self._follow_s.append(time.monotonic() - began)
        affected = {claim.claim_id for claim in source.claims if claim.affected}
        flagged = self._flagged(source)
        self._rows[name, "edits"] += 1
        self._rows[name, "affected"] += len(affected - before)
        self._rows[name, "put at risk"] += len(flagged - flagged_before)
        self._rows[name, "returned"] += len(flagged_before - flagged)
        self._rows[name, "found"] += len((affected - before) & flagged)
        self._rows[name, "missed"] += len((affected - before) - flagged)
        self._rows[name, "needless"] += len((flagged - flagged_before) - affected)
        self._rows[name, "missed"] += len((before & affected & flagged_before) - flagged)
        self._rows[name, "needless"] += len((before - affected) & flagged)
        self._rows[name, "unaffected"] += len(source.claims) - len(affected)
        self._look_at_places(name, source, affected | flagged)
        if self._tells:
            for claim in source.claims:
                if (claim.claim_id in affected) != (claim.claim_id in flagged):
                    said = "missed" if claim.affected else "needless"
                    print(f"  {name} of {source.name}: {said} {claim.kind} “{claim.words}”")  # noqa: T201

    def _choose(self, removes: bool) -> "_Edit":
        """A kind of edit, and a document that it can be made on; every few edits one is put back as it was."""
        present = [source for source in self._sources if not source.removed]
        while True:
            name = "document removed" if removes else self._chance.choice(list(self._edits.all))
            source = self._chance.choice(present)
            if self._edited[source.name] >= EDITS_BEFORE_RESTORING and not removes:
                name = "restored"
            before = {claim.claim_id for claim in source.claims if claim.affected}
            text = source.render()
            if name == "document removed":
                source.removed = True
                for claim in source.claims:
                    claim.affected = True
            elif name == "restored":
                original = self._originals[source.name]
                source.parts, source.claims = deepcopy(original.parts), deepcopy(original.claims)
                source.wrapped = False
                self._edited[source.name] = 0
            elif not self._edits.all[name](source) or source.render() == text:
                continue
            else:
                source.judge()
                self._edited[source.name] += 1
            return _Edit(name, source, before)

    def _flagged(self, source: Source) -> set[str]:
        view = self._services.courses.get(OWNER, source.course_id)
        in_head = {risk.claim_id for risk in view.risks if risk.publication is None}
        in_publication = {risk.claim_id for risk in view.risks if risk.publication == 1}
        learnt = self._services.courses.get_publication(OWNER, source.course_id)
        out = {claim.id for part, claim in learnt.content.claims() if part.id in learnt.out_of_practice}
        if not in_head == in_publication == out:
            self._rows["all", "publication differs"] += 1
        return in_head

    def _look_at_places(self, name: str, source: Source, wrong: set[str]) -> None:
        """What was found again has to be quoted from where it stands now: a phrase from its own sentence."""
        if source.removed:
            return
        view = self._services.courses.get(OWNER, source.course_id)
        entry = self._services.library.get_document(source.document_id, OWNER)
        text = self._services.library.version_text(source.document_id, entry.version_id, OWNER)
        units = {unit.number: unit for _, unit in source.all_units()}
        for claim in source.claims:
            if claim.claim_id in wrong:
                continue
            part = view.content.part(f"b-{claim.claim_id}")[1]
            [evidence] = part.claims[0].evidence
            right = evidence.version_id == entry.version_id
            if right and claim.kind in ("phrase", "cell"):
                sentence = _find(text, units[claim.units[0]].text)
                right = sentence is not None and any(
                    sentence.start <= span.start and span.end <= sentence.end for span in evidence.spans
                )
            elif right and claim.kind != "row":
                said = text[evidence.spans[0].start : evidence.spans[-1].end]
                right = said.split() == claim.words.split()
            self._rows[name, "at another place"] += not right
            if self._tells and not right:
                print(f"  {name} of {source.name}: at another place {claim.kind} “{claim.words}”")  # noqa: T201

    def _report(self) -> None:
        columns = (
            "edits",
            "unaffected",
            "affected",
            "put at risk",
            "found",
            "missed",
            "needless",
            "returned",
            "at another place",
        )
        print(f"{len(self._sources)} documents, claims: {dict(self._kinds)}")  # noqa: T201
        print(f"{'edit':45}" + "".join(f"{column:>17}" for column in columns))  # noqa: T201
        names = sorted({name for name, _ in self._rows} - {"all"})
        for name in names:
            print(f"{name:45}" + "".join(f"{self._rows[name, column]:17,}" for column in columns))  # noqa: T201
        total = {column: sum(self._rows[name, column] for name in names) for column in columns}
        print(f"{'all':45}" + "".join(f"{total[column]:17,}" for column in columns))  # noqa: T201
        told = total["found"] + total["needless"]
        recall = total["found"] / max(1, total["found"] + total["missed"])
        print(f"precision {total['found'] / max(1, told):.2%}, recall {recall:.2%}")  # noqa: T201
        print(f"head, publication and practice differ: {self._rows['all', 'publication differs']} times")  # noqa: T201
        slowest = sorted(self._follow_s)
        print(f"following: median {slowest[len(slowest) // 2]:.3f} s, slowest {slowest[-1]:.3f} s")  # noqa: T201


def _sources(folder: Path, half: str, chance: random.Random, numbers: Iterator[int]) -> list[Source]:
    files = sorted(folder.rglob("*.md"))
    chosen = [file for file in files if _half_of(str(file.relative_to(folder))) == half]
    chance.shuffle(chosen)
    found: list[Source] = []
    for file in chosen:
        text = file.read_text()
        if "```" in text or len(text) > 40_000:
            continue
        source = Source(f"{half}-{len(found)}.md", _parts(text, numbers))
        sentences = sum(len(part.units) for part in source.prose())
        if sentences >= 8 and len(source.prose()) >= 3:
            found.append(source)
        if len(found) == DOCUMENTS - 4:
            break
    for number in range(4):
        found.append(Source(f"own-{half}-{number}.md", _parts(_own(chance), numbers)))
    return found


def _half_of(name: str) -> str:
    return "held" if hashlib.sha256(name.encode()).digest()[0] % 2 else "dev"


def _own(chance: random.Random) -> str:
    """A document full of short values that stand in several places, and tables."""
    places = ["Paris", "Lyon", "Nice", "Lille", "Brest", "Metz"]
    days = ["10", "15", "20", "30"]
    rows = "\n".join(
        f"| {place} office | {chance.choice(days)} days | {chance.choice(('paid', 'unpaid'))} |" for place in places
    )
    prices = "\n".join(
        f"| {word} | {chance.choice(days)} euros | {chance.choice(days)} pieces |" for word in _WORDS[:8]
    )
    sections = []
    for topic in ("Leave", "Travel", "Repairs", "Training"):
        lines = [
            f"Whoever works in {place} gets {chance.choice(days)} days for {topic.lower()} in every year."
            for place in places
        ]
        other = [
            f"The {word} has to be ordered {chance.choice(days)} days before {topic.lower()} begins."
            for word in _WORDS[:5]
        ]
        items = "\n".join(f"- {word.capitalize()} of {chance.choice(days)} days" for word in _WORDS[8:13])
        sections.append(f"## {topic}\n\n{' '.join(lines)}\n\n{' '.join(other)}\n\n{items}")
    table = f"| Place | Allowance | Kind |\n| --- | --- | --- |\n{rows}"
    second = f"| Thing | Price | Stock |\n| --- | --- | --- |\n{prices}"
    return "\n\n".join(("# Rules", sections[0], sections[1], "## Rates", table, *sections[2:], "## Prices", second))


def _parts(text: str, numbers: Iterator[int]) -> list[Part]:
    front = ""
    if text.startswith("---\n") and "\n---\n" in text[4:]:
        front, _, text = text[4:].partition("\n---\n")
        front = f"---\n{front}\n---"
    parts = [Part("raw", [], front)] if front else []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        parts.append(_part(block, numbers))
    return parts


def _part(block: str, numbers: Iterator[int]) -> Part:
    lines = block.split("\n")
    if len(lines) == 1 and re.fullmatch(r"#{1,4} .+", block):
        return Part("heading", [], block)
    if len(lines) > 3 and all(line.startswith("| ") and line.endswith(" |") for line in lines):
        rows = [line[2:-2] for line in lines[2:]]
        if not any(_MARKUP.search(row.replace("|", "")) for row in rows):
            return Part("table", [Unit(next(numbers), row) for row in rows], "\n".join(lines[:2]))
    if all(line.startswith("- ") and not _MARKUP.search(line) for line in lines):
        return Part("items", [Unit(next(numbers), line[2:].strip()) for line in lines])
    joined = " ".join(line.strip() for line in lines)
    if not _MARKUP.search(joined) and not re.match(r"[-+>=\d]", joined) and len(joined) > 40:
        return Part("prose", [Unit(next(numbers), said) for said in _SENTENCE_END.split(joined)])
    return Part("raw", [], block)


def _wrap(text: str) -> str:
    """Prose in lines of some sixty characters; what is no plain prose stays as it is."""
    blocks = []
    for block in text.split("\n\n"):
        if "\n" in block or _MARKUP.search(block) or len(block) < 70 or block.startswith("-"):
            blocks.append(block)
            continue
        lines = [""]
        for word in block.split(" "):
            if len(lines[-1]) + len(word) > 60 and not re.match(r"[-+*>#=\d]", word):
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip()
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _publish(services: Services, source: Source, chance: random.Random) -> None:
    """A course with a block for each claim that can be quoted, approved and published."""
    _take_in(services, source)
    entry = services.library.get_document(source.document_id, OWNER)
    with services.sessions() as session:
        chunks = CorpusStore(session).list_chunks(entry.version_id)
    text = services.library.version_text(source.document_id, entry.version_id, OWNER)
    courses = services.courses
    course = courses.create(OWNER, source.name, Brief(), document_ids=[source.document_id])
    objective = Objective("know", "it", BloomLevel.REMEMBER)
    lesson = Lesson("l", "Lesson", objective, LessonState.DRAFTED)
    course = courses.set_outline(OWNER, course.course_id, 1, [lesson])
    source.course_id = course.course_id
    for number, quoted in enumerate(_claims(source, chance)):
        quoted.claim_id = f"c{number}"
        quote: SpanQuote | ChunkQuote | None
        if quoted.kind == "row":
            cells = quoted.words.split(" | ")
            lines = [(chunk, line) for chunk in chunks for line in chunk.text.split("\n")]
            held = [
                (chunk, line)
                for chunk, line in lines
                if [cell.partition(": ")[2] for cell in line.split(" | ")] == cells
            ]
            quote = ChunkQuote(held[0][0].chunk_id, held[0][1]) if len(held) == 1 else None
        else:
            span = _place(source, quoted, text)
            quote = None if span is None else SpanQuote(source.document_id, entry.version_id, (span,))
        if quote is None:
            continue
        block = Block(f"b-{quoted.claim_id}", BlockKind.TEXT, (Claim(quoted.claim_id, quoted.words),))
        course = courses.add_part(OWNER, course.course_id, "l", course.content.lessons[0].revision, block)
        courses.bind(OWNER, course.course_id, block.id, 1, quoted.claim_id, [quote])
        source.claims.append(quoted)
    if not source.claims:
        return
    seen = courses.get(OWNER, course.course_id).content_hash
    courses.confirm(OWNER, course.course_id, seen)
    courses.submit(OWNER, course.course_id, seen)
    courses.approve(REVIEWER, course.course_id, seen, "As it stands there.")
    courses.publish(REVIEWER, course.course_id, seen)


def _claims(source: Source, chance: random.Random) -> list[Quoted]:
    """Whole units stand in the document once; phrases may stand in it more often."""
    text = " ".join(source.render().split())
    found: list[Quoted] = []
    prose = [unit for part in source.prose() for unit in part.units]
    for unit in chance.sample(prose, min(6, len(prose))):
        if text.count(unit.text) == 1:
            found.append(Quoted("", "sentence", (unit.number,), unit.text))
    pairs = [pair for part in source.prose() for pair in zip(part.units, part.units[1:], strict=False)]
    for one, other in chance.sample(pairs, min(2, len(pairs))):
        if text.count(f"{one.text} {other.text}") == 1:
            found.append(Quoted("", "two sentences", (one.number, other.number), f"{one.text} {other.text}"))
    for unit in chance.sample(prose, min(5, len(prose))):
        words = list(_WORD.finditer(unit.text))
        if len(words) < 6 or text.count(unit.text) != 1:
            continue
        numbered = [place for place, word in enumerate(words[:-1]) if word[0][0].isdigit()]
        first = chance.choice(numbered) if numbered else chance.randrange(len(words) - 2)
        last = first + chance.randint(0 if len(words[first][0]) > 5 else 1, 1)
        start, end = words[first].start(), words[last].end()
        found.append(Quoted("", "phrase", (unit.number,), unit.text[start:end], start, end))
    return [*found, *_of_lists(source, text, chance)]


def _of_lists(source: Source, text: str, chance: random.Random) -> Iterator[Quoted]:
    for part in source.parts:
        some = [chance.sample(part.units, min(2, len(part.units))) for _ in range(2)]
        if part.kind == "items":
            for unit in some[0]:
                if len(unit.text) > 8 and text.count(unit.text) == 1:
                    yield Quoted("", "item", (unit.number,), unit.text)
        if part.kind == "table":
            for unit in some[0]:
                yield Quoted("", "row", (unit.number,), unit.text)
            for unit in some[1]:
                cell = chance.choice(list(re.finditer(r"[^| ][^|]*[^| ]", unit.text)))
                yield Quoted("", "cell", (unit.number,), cell[0], cell.start(), cell.end())


def _place(source: Source, quoted: Quoted, text: str) -> Span | None:
    if not quoted.end:
        return _find(text, quoted.words)
    unit = next(unit for _, unit in source.all_units() if unit.number == quoted.units[0])
    whole = _find(text, unit.text)
    if whole is None or text[whole.start : whole.end] != unit.text:
        return None
    return Span(whole.start + quoted.start, whole.start + quoted.end)


def _find(text: str, words: str) -> Span | None:
    found = re.search(r"\s+".join(map(re.escape, words.split())), text)
    return None if found is None else Span(found.start(), found.end())


def _take_in(services: Services, source: Source) -> None:
    incoming = IncomingFile(source.name, f"upload:{source.name}", source.render().encode())
    report = services.ingesting.add_upload(incoming, "everyone")
    assert report.document_id is not None, report
    source.document_id = report.document_id


if __name__ == "__main__":
    sys.exit(main())
