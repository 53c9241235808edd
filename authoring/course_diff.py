"""What differs between two contents, as people read it: parts added, removed, moved, changed, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from authoring.block import Block
from authoring.claim import Claim
from authoring.course import CourseContent, Lesson, Part
from authoring.course_json import part_hash
from authoring.quiz_item import QuizItem

_WORD = re.compile(r"\S+\s*")


class ChangeOf(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


class Stretch(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of text that is in both, in the later only, or in the earlier only."""

    stretch: Stretch
    text: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """`what` names the line: a claim's id, or `heading`, `title`, `objective`, `key`, `evidence` and so on."""

    what: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class PartChange:
    """`kinds` is one of added and removed, or moved, changed, or both. `part` is the later one."""

    part: Part
    lesson_title: str
    kinds: tuple[ChangeOf, ...]
    texts: tuple[TextChange, ...] = ()


@dataclass(frozen=True, slots=True)
class LessonChange:
    lesson_id: str
    title: str
    kinds: tuple[ChangeOf, ...]
    texts: tuple[TextChange, ...] = ()


@dataclass(frozen=True, slots=True)
class CourseDiff:
    """Lessons and parts in the order of the later content; what was removed stands last."""

    about: tuple[TextChange, ...]
    lessons: tuple[LessonChange, ...]
    parts: tuple[PartChange, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.about or self.lessons or self.parts)


def differences(earlier: CourseContent, later: CourseContent) -> CourseDiff:
    return CourseDiff(
        about=tuple(_about(earlier, later)),
        lessons=tuple(_lessons(earlier, later)),
        parts=tuple(_parts(earlier, later)),
    )


def changed_words(earlier: str, later: str) -> tuple[Words, ...]:
    """The two texts as one, what was removed before what was added."""
    before, after = _WORD.findall(earlier), _WORD.findall(later)
    found: list[Words] = []
    matcher = SequenceMatcher(None, [word.rstrip() for word in before], [word.rstrip() for word in after], False)
    for tag, start, end, start_after, end_after in matcher.get_opcodes():
        if tag == "equal":
            # A word that ends one of the texts has no space behind it there.
            pairs = zip(after[start_after:end_after], before[start:end], strict=True)
            found.append(Words(Stretch.SAME, "".join(max(pair, key=len) for pair in pairs)))
            continue
        if end > start:
            found.append(Words(Stretch.REMOVED, "".join(before[start:end])))
        if end_after > start_after:
            found.append(Words(Stretch.ADDED, "".join(after[start_after:end_after])))
    return tuple(found)


def changed_keys(earlier: CourseContent, later: CourseContent) -> tuple[str, ...]:
    """Ids of the items in both whose right answer is another: those whose attempts have to be judged anew."""
    before = {part.id: _answer(part) for part in _items(earlier)}
    return tuple(item.id for item in _items(later) if item.id in before and before[item.id] != _answer(item))


def _items(content: CourseContent) -> Iterator[QuizItem]:
    for lesson in content.lessons:
        yield from lesson.items


def _answer(item: QuizItem) -> object:
    """By what the options say, since an option's claim may keep its id under another text."""
    keys = tuple((" ".join(option.claim.text.split()), option.match) for option in item.options if option.is_key)
    return keys if item.kind == "ordering" else frozenset(keys)


def _about(earlier: CourseContent, later: CourseContent) -> Iterator[TextChange]:
    pairs = (
        ("title", earlier.title, later.title),
        ("goal", earlier.brief.goal, later.brief.goal),
        ("outcome", earlier.brief.outcome, later.brief.outcome),
        ("learners", earlier.brief.learners, later.brief.learners),
        ("language", earlier.brief.language, later.brief.language),
        ("tone", earlier.brief.tone, later.brief.tone),
        ("lessons", str(earlier.brief.lessons or ""), str(later.brief.lessons or "")),
    )
    yield from _changed(pairs)


def _lessons(earlier: CourseContent, later: CourseContent) -> Iterator[LessonChange]:
    before = {lesson.id: lesson for lesson in earlier.lessons}
    after = {lesson.id for lesson in later.lessons}
    moved = _moved([lesson.id for lesson in earlier.lessons], [lesson.id for lesson in later.lessons])
    for lesson in later.lessons:
        known = before.get(lesson.id)
        if known is None:
            yield LessonChange(lesson.id, lesson.title, (ChangeOf.ADDED,))
            continue
        texts = tuple(_changed((*_said_by_lesson(known, lesson),)))
        kinds = (*((ChangeOf.MOVED,) if lesson.id in moved else ()), *((ChangeOf.CHANGED,) if texts else ()))
        if kinds:
            yield LessonChange(lesson.id, lesson.title, kinds, texts)
    for lesson in earlier.lessons:
        if lesson.id not in after:
            yield LessonChange(lesson.id, lesson.title, (ChangeOf.REMOVED,))


def _said_by_lesson(earlier: Lesson, later: Lesson) -> Iterator[tuple[str, str, str]]:
    yield "title", earlier.title, later.title
    yield "objective", earlier.objective.text, later.objective.text
    yield "level", earlier.objective.level, later.objective.level
    yield "state", earlier.state, later.state


def _parts(earlier: CourseContent, later: CourseContent) -> Iterator[PartChange]:
    before = {part.id: (lesson, part) for lesson in earlier.lessons for part in lesson.parts}
    after = {part.id for lesson in later.lessons for part in lesson.parts}
    moved = {
        part_id
        for lesson in later.lessons
        for part_id in _moved(
            [part.id for known in earlier.lessons if known.id == lesson.id for part in known.parts],
            [part.id for part in lesson.parts],
        )
    }
    for lesson in later.lessons:
        for part in lesson.parts:
            if part.id not in before:
                yield PartChange(part, lesson.title, (ChangeOf.ADDED,))
                continue
            from_lesson, known = before[part.id]
            kinds: list[ChangeOf] = []
            if part.id in moved or from_lesson.id != lesson.id:
                kinds.append(ChangeOf.MOVED)
            texts: tuple[TextChange, ...] = ()
            if part_hash(known) != part_hash(part):
                kinds.append(ChangeOf.CHANGED)
                texts = tuple(_part_texts(known, part))
            if kinds:
                yield PartChange(part, lesson.title, tuple(kinds), texts)
    for lesson in earlier.lessons:
        for part in lesson.parts:
            if part.id not in after:
                yield PartChange(part, lesson.title, (ChangeOf.REMOVED,))


def _part_texts(earlier: Part, later: Part) -> Iterator[TextChange]:
    yield from _changed((("kind", earlier.kind, later.kind),))
    if isinstance(earlier, Block) and isinstance(later, Block):
        yield from _changed(
            (
                ("heading", earlier.heading, later.heading),
                ("columns", " | ".join(earlier.columns), " | ".join(later.columns)),
                ("clip", _clip(earlier), _clip(later)),
                ("picture", _picture(earlier), _picture(later)),
            )
        )
    before, after = _claims(earlier), _claims(later)
    for claim_id in (*after, *(known for known in before if known not in after)):
        known_claim, claim = before.get(claim_id), after.get(claim_id)
        yield from _changed(
            (
                (claim_id, _said(known_claim), _said(claim)),
                ("evidence", _quotes(known_claim), _quotes(claim)),
            )
        )
    if isinstance(earlier, QuizItem) and isinstance(later, QuizItem):
        yield from _changed((("key", _keys(earlier), _keys(later)), ("matches", _matches(earlier), _matches(later))))
    if list(before) != list(after) and sorted(before) == sorted(after):
        yield TextChange("order", (Words(Stretch.SAME, " ".join(_said(after[one]) for one in after)),))


def _changed(pairs: Sequence[tuple[str, str, str]]) -> Iterator[TextChange]:
    for what, before, after in pairs:
        if before != after:
            yield TextChange(what, changed_words(before, after))


def _claims(part: Part) -> dict[str, Claim]:
    return {claim.id: claim for claim in part.claims}


def _said(claim: Claim | None) -> str:
    return "" if claim is None else claim.text


def _quotes(claim: Claim | None) -> str:
    if claim is None:
        return ""
    signed = [] if claim.own_experience_of is None else [f"own experience of {claim.own_experience_of}"]
    quotes = [f"{one.stance}: {' '.join(one.quote.split())}" for one in claim.evidence]
    return "\n".join([*quotes, *signed])


def _clip(block: Block) -> str:
    clip = block.clip
    return "" if clip is None else f"document {clip.document_id} from {clip.start_s:g} s to {clip.end_s:g} s"


def _picture(block: Block) -> str:
    picture = block.picture
    return "" if picture is None else f"document {picture.document_id} page {picture.page}"


def _keys(item: QuizItem) -> str:
    return "\n".join(option.claim.text for option in item.keys)


def _matches(item: QuizItem) -> str:
    return "\n".join(f"{option.claim.text}: {option.match}" for option in item.options if option.match)


def _moved(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """Those in both that stand in another order, as few as possible."""
    here, there = [one for one in before if one in set(after)], [one for one in after if one in set(before)]
    matcher = SequenceMatcher(None, here, there, False)
    kept = {one for block in matcher.get_matching_blocks() for one in here[block.a : block.a + block.size]}
    return frozenset(here) - kept
