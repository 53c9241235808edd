"""Lays a course out as Markdown. Whatever a course or a source says is text: nothing in it becomes markup."""

import re
from collections.abc import Iterator, Sequence

from authoring.block import BlockKind
from authoring.printed_course import Note, PrintedBlock, PrintedCourse, PrintedItem, PrintedLesson, Sentence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~&$^])")
_BEGINS_SOMETHING = re.compile(r"^([-+#=:]|\d+(?=[.)]))")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def markdown_of(course: PrintedCourse, standing: str, address: str) -> str:
    """With notes as footnotes. `address`: see `CourseCopy`."""
    return "\n".join(_lines(course, standing, address)) + "\n"


def plain(text: str) -> str:
    """On one line, with everything escaped that Markdown would take for its own."""
    line = _SPECIAL.sub(r"\\\1", " ".join(_CONTROL.sub(" ", text).split()))
    begun = _BEGINS_SOMETHING.match(line)
    if begun is None:
        return line
    mark = begun.group(1)
    rest = line[len(mark) :]
    return f"{mark}\\{rest}" if mark.isdigit() else f"\\{line}"


def _lines(course: PrintedCourse, standing: str, address: str) -> Iterator[str]:
    yield from (f"# {plain(course.title)}", "", f"*{plain(standing)}*", "")
    for name, said in course.facts:
        yield from (f"**{name}:** {plain(said)}", "")
    for lesson in course.lessons:
        yield from _lesson(lesson)
    if course.notes:
        yield from ("## Evidence", "")
    for note in course.notes:
        yield from (_note(note, address), "")


def _lesson(lesson: PrintedLesson) -> Iterator[str]:
    yield from (f"## {lesson.number}\\. {plain(lesson.title)}", "")
    objective = f"After this lesson you can {plain(lesson.objective)}. " if lesson.objective else ""
    yield from (f"*{objective}About {lesson.minutes} min.*", "")
    for block in lesson.blocks:
        yield from _block(block)
    if lesson.items:
        yield from ("### Questions", "")
        for item in lesson.items:
            yield from _question(item)
        yield from ("### Answers", "")
        for item in lesson.items:
            yield from _answer(item)


def _block(block: PrintedBlock) -> Iterator[str]:
    if block.heading:
        yield from (f"### {plain(block.heading)}", "")
    if block.origin:
        yield from (f"*{'Clip' if block.kind is BlockKind.CLIP else 'Picture'}: {plain(block.origin)}*", "")
    match block.kind:
        case BlockKind.STEPS | BlockKind.JOB_AID:
            yield from (f"{number}. {_said(sentence)}" for number, sentence in enumerate(block.sentences, 1))
        case BlockKind.TABLE:
            yield from _table(block)
        case BlockKind.QUOTE:
            yield from ("\n>\n".join(f"> {_said(sentence)}" for sentence in block.sentences),)
        case BlockKind.KEY_POINT:
            yield f"> **Key point:** {_joined(block.sentences)}"
        case _:
            yield _joined(block.sentences)
    yield ""


def _table(block: PrintedBlock) -> Iterator[str]:
    """The notes of a row stand in its last cell."""
    width = max([len(block.columns), *(len(sentence.text.split("\t")) for sentence in block.sentences)])
    yield _row([plain(name) for name in block.columns], width)
    yield _row(["---"] * width, width)
    for sentence in block.sentences:
        cells = [plain(cell) for cell in sentence.text.split("\t")]
        cells[-1] += _marks(sentence)
        yield _row(cells, width)


def _row(cells: Sequence[str], width: int) -> str:
    return f"| {' | '.join([*cells, *[''] * (width - len(cells))])} |"


def _question(item: PrintedItem) -> Iterator[str]:
    yield from (f"**{item.number}.** {_said(item.stem)} *{item.task}*", "")
    for letter, choice in item.choices:
        yield f"- {letter}\\. {plain(choice.text)}"
    if item.choices:
        yield ""
    if item.matches:
        yield from (f"With: {'; '.join(map(plain, item.matches))}", "")


def _answer(item: PrintedItem) -> Iterator[str]:
    yield f"**{item.number}.** {'; '.join(map(_said, item.answer))}"
    yield ""
    for reason in item.reasons:
        yield f"- {_said(reason)}"
    if item.reasons:
        yield ""


def _joined(sentences: Sequence[Sentence]) -> str:
    return " ".join(map(_said, sentences))


def _said(sentence: Sentence) -> str:
    return plain(sentence.text) + _marks(sentence)


def _marks(sentence: Sentence) -> str:
    marks = "".join(f"[^{number}]" for number in sentence.notes)
    return marks + (f" *({plain(sentence.remark)})*" if sentence.remark else "")


def _note(note: Note, address: str) -> str:
    source = plain(note.source)
    if address:
        source = f"[{source}](<{address}{note.link}>)"
    stance = f"{note.stance}: " if note.stance else ""
    return f"[^{note.number}]: {stance}“{plain(note.quote)}” — {source}"
