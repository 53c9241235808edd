"""Rewrites a Word document so that what its reader sees stands in plain paragraphs and tables, for the parser after it.

Tracked changes are accepted, content controls, text boxes, formulas and footnotes become ordinary text, hidden text,
tables of contents and page break marks go, and headings get the built-in heading styles.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import docx
from docx.document import Document
from docx.exceptions import PythonDocxError
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.exceptions import XmlchemyError
from docx.oxml.ns import qn
from docx.table import Table

from ingestion.archive import with_main_type
from ingestion.parsed import Damaged

_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OTHER_MAINS = re.compile(
    rb"application/vnd\.(?:ms-word\.(?:document|template)\.macroEnabled(?:Template)?"
    rb"|openxmlformats-officedocument\.wordprocessingml\.template)\.main\+xml"
)
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_UNWRAPPED = tuple(map(qn, ("w:ins", "w:moveTo", "w:smartTag", "w:customXml", "w:fldSimple", "w:dir", "w:bdo")))
_REMOVED = tuple(map(qn, ("w:del", "w:moveFrom", "w:lastRenderedPageBreak")))
_TEXT_STYLES_OF_CONTENTS = re.compile(r"(?:toc|table of figures)\b", re.I)
_DEEPEST_HEADING = 9
_IMPERSONAL_TITLES = frozenset({"", "word document", "document", "untitled", "microsoft word document"})
_NOTES = (
    ("w:footnoteReference", "w:footnote", "/footnotes"),
    ("w:endnoteReference", "w:endnote", "/endnotes"),
)


@dataclass(frozen=True, slots=True)
class PreparedDocx:
    """`header_rows`: for each table of the body, in order, how many of its first rows are marked as its header.

    `title`: the text in the style Title, else the one in the file's properties; `has_title_line` says which.
    """

    content: bytes
    header_rows: tuple[int, ...]
    title: str | None
    has_title_line: bool
    remarks: tuple[str, ...]


def prepare(content: bytes) -> PreparedDocx:
    """Raises `Damaged`."""
    try:
        document = docx.Document(io.BytesIO(with_main_type(content, _OTHER_MAINS, _MAIN)))
        return _prepared(document)
    except (PackageNotFoundError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise Damaged("it cannot be unpacked") from error
    except SyntaxError as error:
        # lxml's XMLSyntaxError is a SyntaxError.
        raise Damaged("its XML is broken") from error
    except (
        PythonDocxError,
        XmlchemyError,
        LookupError,
        ValueError,
        AttributeError,
        TypeError,
        ArithmeticError,
    ) as error:
        # python-docx raises what happens to fail in documents that break the format's rules.
        raise Damaged(f"it breaks the rules of the format: {error}") from error


def _prepared(document: Document) -> PreparedDocx:
    body = document.element.body
    remarks = list(_remarks(document))
    _insert_notes(document)
    _release_text_boxes(body)
    _write_out_formulas(body)
    hidden = _remove_hidden(document)
    if hidden:
        remarks.append("Hidden text was left out.")
    _unwrap(body)
    _remove_contents(document)
    title_line = _title_line(document)
    _name_headings(document)
    saved = io.BytesIO()
    document.save(saved)
    property_title = (document.core_properties.title or "").strip()
    impersonal = property_title.lower() in _IMPERSONAL_TITLES
    return PreparedDocx(
        content=saved.getvalue(),
        header_rows=tuple(_marked_header_rows(table) for table in document.tables),
        title=title_line or (None if impersonal else property_title),
        has_title_line=title_line is not None,
        remarks=tuple(remarks),
    )


def _remarks(document: Document) -> Iterator[str]:
    pictures = sum(1 for _ in document.element.body.iter(f"{_DRAWING}blip"))
    if pictures:
        yield f"{pictures} pictures were not read."
    comments = sum(1 for _ in document.element.body.iter(qn("w:commentReference")))
    if comments:
        yield f"{comments} comments were not read."
    if next(document.element.body.iter(*map(qn, ("w:ins", "w:del"))), None) is not None:
        yield "Tracked changes were read as if accepted."


# lxml's elements have no public types; Any stands for them in this module.


def _paragraph(text: str) -> Any:  # noqa: ANN401
    paragraph = OxmlElement("w:p")
    run = OxmlElement("w:r")
    run.text = text
    paragraph.append(run)
    return paragraph


def _insert_notes(document: Document) -> None:
    """Each note becomes a paragraph below the paragraph, or the table, that refers to it."""
    body = document.element.body
    for reference_tag, note_tag, part_end in _NOTES:
        texts = _note_texts(document, note_tag, part_end)
        last: dict[Any, Any] = {}
        for reference in list(body.iter(qn(reference_tag))):
            text = texts.get(reference.get(qn("w:id")) or "")
            host = reference
            while host is not None and host.getparent() is not body:
                host = host.getparent()
            if not text or host is None:
                continue
            note = _paragraph(text)
            last.get(host, host).addnext(note)
            last[host] = note


def _note_texts(document: Document, note_tag: str, part_end: str) -> dict[str, str]:
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(part_end):
            root = parse_xml(relation.target_part.blob)
            return {
                note.get(qn("w:id")): " ".join("".join(text.text or "" for text in note.iter(qn("w:t"))).split())
                for note in root.iter(qn(note_tag))
                if note.get(qn("w:type")) is None
            }
    return {}


def _release_text_boxes(body: Any) -> None:  # noqa: ANN401
    for alternate in list(body.iter(f"{_COMPATIBILITY}AlternateContent")):
        fallback = alternate.find(f"{_COMPATIBILITY}Fallback")
        if fallback is not None and alternate.find(f"{_COMPATIBILITY}Choice") is not None:
            alternate.remove(fallback)
    # Innermost boxes first, so that the paragraphs of a box in a box come out of both.
    for box in reversed(list(body.iter(qn("w:txbxContent")))):
        host = next(box.iterancestors(qn("w:p")), None)
        anchor = host
        for paragraph in list(box):
            if anchor is not None and paragraph.tag in {qn("w:p"), qn("w:tbl")}:
                anchor.addnext(paragraph)
                anchor = paragraph
        box.getparent().remove(box)


def _write_out_formulas(body: Any) -> None:  # noqa: ANN401
    for formula in list(body.iter(f"{_MATH}oMath")):
        run = OxmlElement("w:r")
        run.text = "".join(part.text or "" for part in formula.iter(f"{_MATH}t"))
        run.tail = None
        formula.getparent().replace(formula, run)
    _replace_with_children(body, (f"{_MATH}oMathPara",))


def _remove_hidden(document: Document) -> int:
    """How many hidden runs with text there were."""
    count = 0
    hidden_styles = {
        style.style_id for style in document.styles if _is_on(style.element.find(f"{qn('w:rPr')}/{qn('w:vanish')}"))
    }
    for run in list(document.element.body.iter(qn("w:r"))):
        properties = run.find(qn("w:rPr"))
        if properties is None:
            continue
        style = properties.find(qn("w:rStyle"))
        in_style = style is not None and style.get(qn("w:val")) in hidden_styles
        if _is_on(properties.find(qn("w:vanish"))) or in_style:
            count += bool((run.text or "").strip())
            run.getparent().remove(run)
    return count


def _is_on(switch: Any) -> bool:  # noqa: ANN401
    return switch is not None and switch.get(qn("w:val"), "1") not in {"0", "false", "off"}


def _unwrap(body: Any) -> None:  # noqa: ANN401
    for removed in list(body.iter(*_REMOVED)):
        parent = removed.getparent()
        # As a property (of a row, of a paragraph's end) a deletion mark holds no text.
        if parent is not None and parent.tag not in {qn("w:rPr"), qn("w:trPr")}:
            parent.remove(removed)
    for control in list(body.iter(qn("w:sdt"))):
        gallery = control.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
        inner = control.find(qn("w:sdtContent"))
        if gallery is not None and gallery.get(qn("w:val")) == "Table of Contents":
            control.getparent().remove(control)
        elif inner is not None:
            for child in list(inner):
                control.addprevious(child)
            control.getparent().remove(control)
    _replace_with_children(body, _UNWRAPPED)


def _replace_with_children(body: Any, tags: tuple[str, ...]) -> None:  # noqa: ANN401
    for wrapper in list(body.iter(*tags)):
        parent = wrapper.getparent()
        if parent is None or parent.tag in {qn("w:rPr"), qn("w:trPr")}:
            continue
        for child in list(wrapper):
            wrapper.addprevious(child)
        parent.remove(wrapper)


def _remove_contents(document: Document) -> None:
    for paragraph in document.paragraphs:
        if paragraph.style is not None and _TEXT_STYLES_OF_CONTENTS.match(paragraph.style.name or ""):
            paragraph._p.getparent().remove(paragraph._p)


def _title_line(document: Document) -> str | None:
    for paragraph in document.paragraphs:
        if paragraph.style is not None and paragraph.style.name == "Title" and paragraph.text.strip():
            return " ".join(paragraph.text.split())
    return None


def _name_headings(document: Document) -> None:
    """A style with an outline level is renamed to the heading of that level, which keeps its numbering."""
    levels: dict[str, int] = {}
    for style in document.styles:
        if style.element.tag != qn("w:style") or style.element.get(qn("w:type")) != "paragraph":
            continue
        level = _style_level(style)
        if level is not None:
            levels[style.style_id] = level
    for style in document.styles:
        level = levels.get(style.style_id)
        if level is not None and style.name not in {"Title", "Subtitle"}:
            style.element.name_val = f"heading {level}"
    for paragraph in document.element.body.iter(qn("w:p")):
        own = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        level = _outline_level(own)
        if level is not None and paragraph.pPr is not None and paragraph.style not in levels:
            paragraph.style = _heading_style(document, level, levels)


def _heading_style(document: Document, level: int, levels: dict[str, int]) -> str:
    for style_id, known in levels.items():
        if known == level:
            return style_id
    style = document.styles.add_style(f"Heading {level}", 1, builtin=True)
    levels[style.style_id] = level
    return str(style.style_id)


def _style_level(style: Any) -> int | None:  # noqa: ANN401
    """From the style's name or outline level, else those of the style that it builds on."""
    seen: set[str] = set()
    while style is not None and style.style_id not in seen:
        seen.add(style.style_id)
        named = re.fullmatch(r"heading (\d)", (style.name or "").lower())
        if named is not None:
            return int(named[1])
        own = style.element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        if own is not None:
            return _outline_level(own)
        style = getattr(style, "base_style", None)
    return None


def _outline_level(element: Any) -> int | None:  # noqa: ANN401
    if element is None:
        return None
    value = element.get(qn("w:val"), "")
    return int(value) + 1 if value.isdigit() and int(value) < _DEEPEST_HEADING else None


def _marked_header_rows(table: Table) -> int:
    """Rows that repeat on every page, else a first row that is all bold above one that is not."""
    rows = table._tbl.tr_lst
    marked = 0
    for row in rows:
        if not _is_on(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}")):
            break
        marked += 1
    if marked or len(rows) < 2:
        return marked if marked < len(rows) else 0
    return 1 if _is_bold(rows[0]) and not _is_bold(rows[1]) else 0


def _is_bold(row: Any) -> bool:  # noqa: ANN401
    runs = [run for run in row.iter(qn("w:r")) if (run.text or "").strip()]
    return bool(runs) and all(_is_on(run.find(f"{qn('w:rPr')}/{qn('w:b')}")) for run in runs)
