"""A course as it is laid out on paper: sentences with the numbers of their notes, answers apart from questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from authoring.block import Block, BlockKind
from authoring.claim import Claim, Evidence, Stance
from authoring.course import CourseContent, Lesson
from authoring.duration import lesson_minutes
from authoring.quiz_item import ItemKind, Option, QuizItem
from corpus.clock_time import clock_time
from corpus.place_label import place_label


@dataclass(frozen=True, slots=True)
class Sentence:
    """`notes` are numbers of notes; `remark` says what no note can: whose own experience it is, or that nothing is."""

    text: str
    notes: tuple[int, ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """`quote` is verbatim. `link` is a path of the server that the course is from."""

    number: int
    stance: str
    quote: str
    source: str
    link: str


@dataclass(frozen=True, slots=True)
class PrintedBlock:
    """Of a table each sentence is a row, cells divided by tabs. `origin`: where a clip or picture is from."""

    kind: BlockKind
    heading: str
    sentences: tuple[Sentence, ...]
    columns: tuple[str, ...] = ()
    origin: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class PrintedItem:
    """`choices` are what is chosen from, put in order or matched, with their letters; `matches` the other side.

    `answer` is the right one, as sentences; `reasons` why each option is right or wrong.
    """

    number: int
    task: str
    stem: Sentence
    choices: tuple[tuple[str, Sentence], ...]
    matches: tuple[str, ...]
    answer: tuple[Sentence, ...]
    reasons: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class PrintedLesson:
    number: int
    title: str
    objective: str
    minutes: int
    blocks: tuple[PrintedBlock, ...]
    items: tuple[PrintedItem, ...]


@dataclass(frozen=True, slots=True)
class PrintedCourse:
    title: str
    facts: tuple[tuple[str, str], ...]
    lessons: tuple[PrintedLesson, ...]
    notes: tuple[Note, ...]


_TASKS = {
    ItemKind.MULTIPLE_CHOICE: "Choose one.",
    ItemKind.TRUE_FALSE: "True or false?",
    ItemKind.CLOZE: "Fill the gap.",
    ItemKind.ORDERING: "Put these in the right order.",
    ItemKind.MATCHING: "Match each with what it belongs to.",
    ItemKind.SHORT_ANSWER: "Answer in a few words.",
}
_STANCES = {
    Stance.SUPPORTS: "",
    Stance.CONTRADICTS: "Against it",
    Stance.TAKEN_FROM: "Its words are from",
}


def printed(content: CourseContent) -> PrintedCourse:
    """The same for the same content."""
    notes = _Notes()
    lessons = tuple(_lesson(number, lesson, notes) for number, lesson in enumerate(content.lessons, 1))
    brief = content.brief
    facts = (("Goal", brief.goal), ("Serves", brief.outcome), ("For", brief.learners))
    return PrintedCourse(content.title, tuple(fact for fact in facts if fact[1]), lessons, tuple(notes.all))


class _Notes:
    """Numbers evidence in the order in which it is first needed."""

    def __init__(self) -> None:
        self.all: list[Note] = []
        self._numbers: dict[Evidence, int] = {}

    def sentence(self, claim: Claim) -> Sentence:
        numbers = tuple(dict.fromkeys(map(self._number, claim.evidence)))
        if numbers:
            remark = ""
        elif claim.own_experience_of is not None:
            remark = f"own experience of {claim.own_experience_of}"
        else:
            remark = "no evidence yet"
        return Sentence(claim.text, numbers, remark)

    def _number(self, evidence: Evidence) -> int:
        known = self._numbers.get(evidence)
        if known is not None:
            return known
        number = self._numbers[evidence] = len(self.all) + 1
        self.all.append(
            Note(number, _STANCES[evidence.stance], evidence.quote, source_of(evidence), evidence.link),
        )
        return number


def source_of(evidence: Evidence) -> str:
    """`Leave policy (leave.pdf), page 3`."""
    place = place_label(evidence.locator)
    named = evidence.title or evidence.document_name
    if evidence.document_name != named:
        named += f" ({evidence.document_name})"
    return f"{named}, {place}" if place else named


def _lesson(number: int, lesson: Lesson, notes: _Notes) -> PrintedLesson:
    return PrintedLesson(
        number=number,
        title=lesson.title,
        objective=lesson.objective.text,
        minutes=max(round(lesson_minutes(lesson)), 1),
        blocks=tuple(_block(block, notes) for block in lesson.blocks),
        items=tuple(_item(number, item, notes) for number, item in enumerate(lesson.items, 1)),
    )


def _block(block: Block, notes: _Notes) -> PrintedBlock:
    sentences = tuple(map(notes.sentence, block.claims))
    origin, link = "", ""
    if block.clip is not None:
        clip = block.clip
        origin = f"{_titled(block, clip.document_id)}, {clock_time(clip.start_s)} to {clock_time(clip.end_s)}"
        link = f"/documents/{clip.document_id}/versions/{clip.version_id}"
    elif block.picture is not None:
        picture = block.picture
        origin = f"{_titled(block, picture.document_id)}, page {picture.page}"
        link = f"/documents/{picture.document_id}/versions/{picture.version_id}"
    return PrintedBlock(block.kind, block.heading, sentences, block.columns, origin, link)


def _titled(block: Block, document_id: int) -> str:
    """What the block's own evidence calls the document."""
    cited = (evidence for claim in block.claims for evidence in claim.evidence if evidence.document_id == document_id)
    found = next(cited, None)
    return f"document {document_id}" if found is None else found.title or found.document_name


def _item(number: int, item: QuizItem, notes: _Notes) -> PrintedItem:
    stem = notes.sentence(item.stem)
    shown = _shown(item)
    choices = tuple((_letter(place), notes.sentence(option.claim)) for place, option in enumerate(shown))
    letters = {id(option): letter for option, (letter, _) in zip(shown, choices, strict=True)}
    matches = tuple(sorted({option.match for option in item.options if option.match}, key=str.casefold))
    said = [notes.sentence(option.rationale) for option in item.options if option.rationale is not None]
    reasons = tuple(dict.fromkeys(said))
    return PrintedItem(
        number=number,
        task=_TASKS[item.kind],
        stem=stem,
        choices=choices,
        matches=matches if item.kind is ItemKind.MATCHING else (),
        answer=tuple(_answer(item, letters, notes.sentence)),
        reasons=reasons,
    )


def _shown(item: QuizItem) -> Sequence[Option]:
    """What a learner sees: nothing that gives the order away, and no answers that are to be found."""
    match item.kind:
        case ItemKind.SHORT_ANSWER:
            return ()
        case ItemKind.ORDERING:
            shuffled = sorted(item.options, key=lambda option: option.claim.text.casefold())
            return shuffled[::-1] if shuffled == list(item.options) else shuffled
        case ItemKind.CLOZE:
            chosen_from = item.options if item.distractors else ()
            return sorted(chosen_from, key=lambda option: option.claim.text.casefold())
        case _:
            return item.options


def _answer(item: QuizItem, letters: dict[int, str], sentence: Callable[[Claim], Sentence]) -> Sequence[Sentence]:
    said = []
    for key in item.keys:
        known, letter = sentence(key.claim), letters.get(id(key))
        text = f"{letter}. {known.text}" if letter else known.text
        if item.kind is ItemKind.MATCHING:
            text += f" – {key.match}"
        said.append(Sentence(text, known.notes, known.remark))
    return said


def _letter(place: int) -> str:
    """A to Z, then AA and so on."""
    rest, last = divmod(place, len(ascii_uppercase))
    return (_letter(rest - 1) if rest else "") + ascii_uppercase[last]
