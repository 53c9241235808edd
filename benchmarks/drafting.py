"""Measures what the extractive drafter makes of a handbook, of meetings and of the samples.

Usage: python -m benchmarks.drafting [--data ../shared/data] [--folder EMPTY_FOLDER] [--show LESSONS]

Ingests the files, drafts a course of each folder of the handbook, each meeting and each folder of samples, and prints
how many items have flaws, where the keys are, how many claims stand word for word in their versions, and how long it
took. A handbook of about 30 pages is timed apart. Folders marked * were read while the drafter was written.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.clock import now
from api.ingesting import find_files
from api.offline import switch_off_telemetry
from api.services import Services
from api.settings import Settings
from assistant.model_budget import Boundless
from assistant.verification import Verifier
from authoring.binding import Binder
from authoring.block import Block
from authoring.claim import Claim
from authoring.course import Brief, CourseContent, Lesson, LessonState
from authoring.duration import lesson_minutes, word_count
from authoring.extractive_drafter import ExtractiveDrafter
from authoring.item_set import check_set, longest_key_rate
from authoring.item_shape import check_shape
from authoring.key_positions import key_positions
from authoring.material import read_documents
from authoring.quiz_item import QuizItem
from corpus.audience import EVERYONE, OWNER
from corpus.citation import find_quote
from corpus.citing import CitationResolver
from corpus.document import Document
from corpus.passage import Passage
from corpus.store import CorpusStore

MEETINGS = ("ES2006a.vtt", "IS1006b.vtt", "TS3009b.vtt")
READ = frozenset(
    "travel-and-leave getting-started hiring-staying-or-changing-jobs launching-software performance-management "
    "handbook quality safety policies experts training service operations ES2006a.vtt IS1006b.vtt".split()
)
"""What was read, and mended, while the drafter was written."""

PAGE_WORDS = 400
TIMED_PAGES = 30
_FEWEST_WORDS = 600
_FLAWS = 2


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    lessons: tuple[Lesson, ...]
    claims: int
    bound: int
    seconds: float

    @property
    def items(self) -> list[QuizItem]:
        return [item for lesson in self.lessons for item in lesson.items]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, help="where what is ingested is kept; used again where it is there")
    parser.add_argument("--show", type=int, default=0, help="prints so many lessons of each course")
    given = parser.parse_args(arguments)
    switch_off_telemetry()
    with tempfile.TemporaryDirectory() as temporary:
        _measure(given.data, given.folder or Path(temporary), given.show)


def _measure(data: Path, folder: Path, show: int) -> None:
    handbook = data / "handbook-18f" / "documents" / "pages"
    samples = Path("corpus/samples/documents/everyone")
    meetings = [data / "qmsum-val" / "documents" / name for name in MEETINGS]
    with Services(Settings(data=folder), now) as services:
        added = list(services.ingesting.add_paths(find_files([handbook, samples, *meetings]), EVERYONE))
        _say(f"{len(added)} files")
        with services.sessions() as session:
            store = CorpusStore(session)
            drafting = Drafting(services, session, store)
            _time(drafting, handbook)
            found = [drafting.measured(name, ids) for name, ids in _courses(session, handbook, samples)]
    for one in found:
        _report(one)
        for lesson in one.lessons[:show]:
            _show(lesson)
    for title, names in (("all", None), ("not read while writing", READ)):
        _sum_up(title, [one for one in found if names is None or one.name not in names])


class Drafting:
    def __init__(self, services: Services, session: Session, store: CorpusStore) -> None:
        self._services = services
        self._store = store
        self.session = session
        self._texts: dict[int, str] = {}
        self._read: dict[int, list[str]] = {}
        services.embedder.embed(["A sentence to load the model with."])

    def drafter(self) -> ExtractiveDrafter:
        binder = Binder(Verifier(self._services.embedder), CitationResolver(self._store.get_places))
        return ExtractiveDrafter(self._services.embedder, binder)

    def material(self, ids: Sequence[int]) -> list[Passage]:
        return read_documents(self._store, self._store.reader(OWNER), ids)

    def measured(self, name: str, ids: Sequence[int]) -> Measured:
        material = self.material(ids)
        drafter = self.drafter()
        began = time.perf_counter()
        planned = drafter.outline(Brief(), material, Boundless())
        lessons = tuple(_drafted(drafter, lesson, material) for lesson in planned)
        seconds = time.perf_counter() - began
        claims = [claim for lesson in lessons for part in lesson.parts for claim in part.claims]
        return Measured(name, lessons, len(claims), sum(map(self._is_bound, claims)), seconds)

    def _is_bound(self, claim: Claim) -> bool:
        """Whether all that it quotes stands word for word in a chunk, and its spans are those words in the version."""
        if not claim.evidence:
            return False
        for evidence in claim.evidence:
            text = self._text(evidence.version_id)
            chunks = self._chunks(evidence.version_id)
            if not evidence.spans or not any(find_quote(chunk, evidence.quote) for chunk in chunks):
                return False
            if not _holds_in_order(evidence.quote, [text[span.start : span.end] for span in evidence.spans]):
                return False
        return True

    def _text(self, version_id: int) -> str:
        if version_id not in self._texts:
            self._texts[version_id] = self._store.get_version_text(version_id)
        return self._texts[version_id]

    def _chunks(self, version_id: int) -> list[str]:
        if version_id not in self._read:
            self._read[version_id] = [chunk.text for chunk in self._store.list_chunks(version_id)]
        return self._read[version_id]


def _holds_in_order(quote: str, pieces: Sequence[str]) -> bool:
    """Whether the quote is these pieces of the version, and between them only what joins them: names of columns, of who
    speaks, white space.
    """
    at = 0
    for piece in pieces:
        found = quote.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _drafted(drafter: ExtractiveDrafter, lesson: Lesson, material: Sequence[Passage]) -> Lesson:
    parts = list(drafter.draft(Brief(), lesson, material, Boundless()))
    blocks = tuple(part for part in parts if isinstance(part, Block))
    items = tuple(part for part in parts if isinstance(part, QuizItem))
    return replace(lesson, state=LessonState.DRAFTED, blocks=blocks, items=items)


def _time(drafting: Drafting, handbook: Path) -> None:
    ids: list[int] = []
    words = 0
    for document_id, origin in _origins(drafting.session):
        if origin.startswith((handbook / "travel-and-leave").resolve().as_uri()):
            own = sum(word_count(passage.text) for passage in drafting.material([document_id]))
            if words + own <= TIMED_PAGES * PAGE_WORDS:
                ids.append(document_id)
                words += own
    material = drafting.material(ids)
    drafter = drafting.drafter()
    began = time.perf_counter()
    lessons = drafter.outline(Brief(), material, Boundless())
    outlined = time.perf_counter() - began
    first = 0.0
    for lesson in lessons:
        _drafted(drafter, lesson, material)
        first = first or time.perf_counter() - began
    whole = time.perf_counter() - began
    _say(
        f"a handbook of {words / PAGE_WORDS:.0f} pages ({words:,} words): outline {outlined:.2f} s, "
        f"with the first lesson {first:.2f} s, all {len(lessons)} lessons {whole:.2f} s"
    )


def _origins(session: Session) -> list[tuple[int, str]]:
    rows = session.execute(
        select(Document.id, Document.origin).where(Document.active_version_id.is_not(None)).order_by(Document.origin)
    )
    return [(row[0], row[1]) for row in rows]


def _courses(session: Session, handbook: Path, samples: Path) -> Iterator[tuple[str, list[int]]]:
    """Of each folder, and of each meeting, in the order of their names."""
    groups: dict[str, list[int]] = {}
    for document_id, origin in _origins(session):
        for root in (handbook, samples):
            inside = origin.removeprefix(f"{root.resolve().as_uri()}/")
            if inside != origin and "/" in inside:
                groups.setdefault(inside.partition("/")[0], []).append(document_id)
        if origin.endswith(MEETINGS):
            groups.setdefault(origin.rpartition("/")[2], []).append(document_id)
    store = CorpusStore(session)
    for name, ids in groups.items():
        words = sum(word_count(one.text) for one in read_documents(store, store.reader(OWNER), ids))
        if words >= _FEWEST_WORDS or name in READ:
            yield name, ids


def _report(one: Measured) -> None:
    kinds = Counter(item.kind.value for item in one.items)
    minutes = [lesson_minutes(lesson) for lesson in one.lessons]
    flawed = sum(len(check_shape(item)) >= _FLAWS for item in one.items)
    _say(
        f"{one.name:34} {'*' if one.name in READ else ' '} {len(one.lessons):3} lessons of {_mean(minutes):.1f} min, "
        f"{len(one.items):3} items ({', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}), "
        f"{flawed} with two flaws, {one.bound}/{one.claims} claims verbatim, {one.seconds:.1f} s"
    )


def _sum_up(title: str, found: Sequence[Measured]) -> None:
    items = [item for one in found for item in one.items]
    lessons = [lesson for one in found for lesson in one.lessons]
    flawed = sum(len(check_shape(item)) >= _FLAWS for item in items)
    positions = key_positions(items)
    of_sets = Counter(
        finding.rule.value for one in found for finding in check_set(CourseContent(one.name, lessons=one.lessons))
    )
    claims, bound = sum(one.claims for one in found), sum(one.bound for one in found)
    _say(f"\n{title}: {len(found)} courses, {len(lessons)} lessons, {len(items)} items")
    _say(f"  items with two or more flaws of shape  {flawed / max(1, len(items)):.1%}")
    _say(f"  key positions                          {positions.counts}, p = {positions.p:.2f}")
    _say(f"  longest-key rate                       {longest_key_rate(items):.1%}")
    _say(f"  claims bound and verbatim              {bound}/{claims}")
    _say(f"  lessons without items                  {sum(not lesson.items for lesson in lessons)}")
    _say(f"  findings about sets                    {dict(of_sets)}")


def _show(lesson: Lesson) -> None:
    _say(f"\n== {lesson.title}: {lesson.objective.text} ({lesson.objective.level.value})")
    for block in lesson.blocks:
        _say(f"[{block.kind.value}] {block.heading}")
        for claim in block.claims:
            _say(f"    {claim.text}")
    for item in lesson.items:
        _say(f"? {item.kind.value}: {item.stem.text}")
        for option in item.options:
            _say(f"  {'*' if option.is_key else '-'} {option.claim.text}{f' = {option.match}' if option.match else ''}")


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / max(1, len(numbers))


def _say(line: str) -> None:
    print(line)  # noqa: T201


if __name__ == "__main__":
    main()
