"""Lays a course out as one HTML file that loads nothing and runs nothing. Whatever is said in it is escaped."""

from collections.abc import Iterator, Sequence
from html import escape

from authoring.block import BlockKind
from authoring.printed_course import Note, PrintedBlock, PrintedCourse, PrintedItem, PrintedLesson, Sentence

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
body { overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 3rem; border-top: 1px solid #8888; padding-top: 1.5rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #8888; padding: .25rem .5rem; text-align: start; vertical-align: top; }
blockquote, .key-point { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: .25rem solid #888; }
.key-point { font-weight: 600; }
.aside, .notes { font-size: .875rem; }
sup { line-height: 0; }
.options { list-style: none; padding-inline-start: 1rem; }
@media print { details > * { display: block; } a { color: inherit; } }
""".strip()


def html_of(course: PrintedCourse, standing: str, address: str, language: str) -> str:
    """With notes at its end. `address`: see `CourseCopy`; `language` may be empty."""
    return "\n".join(_lines(course, standing, address, language)) + "\n"


def _lines(course: PrintedCourse, standing: str, address: str, language: str) -> Iterator[str]:
    title = _text(course.title)
    yield "<!doctype html>"
    yield f'<html lang="{_text(language)}">' if language else "<html>"
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>"
    yield f"<style>{_STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield f'<header><h1>{title}</h1><p class="aside">{_text(standing)}</p>'
    for name, said in course.facts:
        yield f"<p><strong>{name}:</strong> {_text(said)}</p>"
    yield "</header>"
    yield "<main>"
    for lesson in course.lessons:
        yield from _lesson(lesson, address)
    yield "</main>"
    if course.notes:
        yield '<footer class="notes"><h2>Evidence</h2><ol>'
        yield from (_note(note, address) for note in course.notes)
        yield "</ol></footer>"
    yield "</body>"
    yield "</html>"


def _lesson(lesson: PrintedLesson, address: str) -> Iterator[str]:
    yield f'<section id="lesson-{lesson.number}">'
    yield f"<h2>{lesson.number}. {_text(lesson.title)}</h2>"
    objective = f"After this lesson you can {_text(lesson.objective)}. " if lesson.objective else ""
    yield f'<p class="aside">{objective}About {lesson.minutes} min.</p>'
    for block in lesson.blocks:
        yield from _block(block, address)
    if lesson.items:
        yield "<h3>Questions</h3>"
        for item in lesson.items:
            yield from _item(item)
    yield "</section>"


def _block(block: PrintedBlock, address: str) -> Iterator[str]:
    if block.heading:
        yield f"<h3>{_text(block.heading)}</h3>"
    if block.origin:
        said = f"{'Clip' if block.kind is BlockKind.CLIP else 'Picture'}: {_text(block.origin)}"
        yield f'<p class="aside">{_linked(said, address, block.link)}</p>'
    match block.kind:
        case BlockKind.STEPS | BlockKind.JOB_AID:
            yield f"<ol>{''.join(f'<li>{_said(sentence)}</li>' for sentence in block.sentences)}</ol>"
        case BlockKind.TABLE:
            yield from _table(block)
        case BlockKind.QUOTE:
            yield f"<blockquote>{''.join(f'<p>{_said(sentence)}</p>' for sentence in block.sentences)}</blockquote>"
        case BlockKind.KEY_POINT:
            yield f'<p class="key-point">{_joined(block.sentences)}</p>'
        case _:
            yield f"<p>{_joined(block.sentences)}</p>"


def _table(block: PrintedBlock) -> Iterator[str]:
    """The notes of a row stand in its last cell."""
    yield "<table>"
    if block.columns:
        heads = "".join(f'<th scope="col">{_text(name)}</th>' for name in block.columns)
        yield f"<tr>{heads}</tr>"
    for sentence in block.sentences:
        cells = [_text(cell) for cell in sentence.text.split("\t")]
        cells[-1] += _marks(sentence)
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    yield "</table>"


def _item(item: PrintedItem) -> Iterator[str]:
    yield f"<p><strong>{item.number}.</strong> {_said(item.stem)} <em>{_text(item.task)}</em></p>"
    if item.choices:
        listed = "".join(f"<li>{letter}. {_text(choice.text)}</li>" for letter, choice in item.choices)
        yield f'<ul class="options">{listed}</ul>'
    if item.matches:
        yield f"<p>With: {'; '.join(map(_text, item.matches))}</p>"
    yield "<details><summary>Answer</summary>"
    yield f"<p>{'; '.join(map(_said, item.answer))}</p>"
    if item.reasons:
        yield f"<ul>{''.join(f'<li>{_said(reason)}</li>' for reason in item.reasons)}</ul>"
    yield "</details>"


def _joined(sentences: Sequence[Sentence]) -> str:
    return " ".join(map(_said, sentences))


def _said(sentence: Sentence) -> str:
    return _text(sentence.text) + _marks(sentence)


def _marks(sentence: Sentence) -> str:
    marks = "".join(f'<sup><a href="#note-{number}">[{number}]</a></sup>' for number in sentence.notes)
    return marks + (f" <em>({_text(sentence.remark)})</em>" if sentence.remark else "")


def _note(note: Note, address: str) -> str:
    stance = f"{note.stance}: " if note.stance else ""
    source = _linked(_text(note.source), address, note.link)
    return f'<li id="note-{note.number}">{stance}<q>{_text(note.quote)}</q> — {source}</li>'


def _linked(said: str, address: str, link: str) -> str:
    """`said` is escaped already."""
    return f'<a href="{escape(address + link)}" rel="noreferrer">{said}</a>' if address else said


def _text(said: str) -> str:
    """Escaped, and without characters that HTML has no place for."""
    return escape("".join(character for character in said if character >= " " or character in "\t\n\r"))
