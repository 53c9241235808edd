"""The sample documents: complete, made from their sources, and answering the sample questions as these say."""

import csv
import email
import email.policy
import html
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import pytest
from docx.table import Table
from docx.text.paragraph import Paragraph

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "corpus" / "samples"
DOCUMENTS = sorted(path for path in (SAMPLES / "documents").rglob("*") if path.is_file())
MADE = sorted((SAMPLES / "sources").rglob("*.source"))
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
MANIFEST: dict[str, Any] = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
ANSWERED = [case for case in CASES if case["answerable"] != "no"]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def without_tags(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


def cue_words(text: str) -> str:
    blocks = [block.splitlines() for block in re.split(r"\n\s*\n", text)]
    lines = (line for block in blocks for n, line in enumerate(block) if any("-->" in above for above in block[:n]))
    return without_tags(" ".join(lines))


def pdf_pages(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def docx_pieces(path: Path) -> list[str]:
    pieces: list[str] = []
    for block in docx.Document(str(path)).iter_inner_content():
        match block:
            case Paragraph():
                pieces.append(block.text)
            case Table():
                pieces += [cell.text for row in block.rows for cell in row.cells]
    return pieces


def pptx_pieces(path: Path) -> list[str]:
    pieces: list[str] = []
    for slide in pptx.Presentation(str(path)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                pieces += [paragraph.text for paragraph in shape.text_frame.paragraphs]
            if shape.has_table:
                pieces += [cell.text for row in shape.table.rows for cell in row.cells]
        frame = slide.notes_slide.notes_text_frame
        pieces.append(frame.text if frame else "")
    return pieces


def xlsx_pieces(path: Path) -> list[str]:
    workbook = openpyxl.load_workbook(path)
    return [
        str(cell) for sheet in workbook for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    ]


def eml_pieces(path: Path) -> list[str]:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return [str(message["Subject"]), *(without_tags(part.get_content()) for part in leaves)]


def epub_pieces(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book:
        return [without_tags(book.read(name).decode()) for name in book.namelist() if name.endswith(".xhtml")]


@cache
def pieces_of(path: Path) -> tuple[str, ...]:
    """What a quote has to be found in: pages, paragraphs, cells or the whole text, depending on the format."""
    match path.suffix:
        case ".pdf":
            pieces = pdf_pages(path)
        case ".docx":
            pieces = docx_pieces(path)
        case ".pptx":
            pieces = pptx_pieces(path)
        case ".xlsx":
            pieces = xlsx_pieces(path)
        case ".eml":
            pieces = eml_pieces(path)
        case ".epub":
            pieces = epub_pieces(path)
        case ".html":
            pieces = [without_tags(path.read_text(encoding="utf-8"))]
        case ".vtt" | ".srt":
            pieces = [cue_words(path.read_text(encoding="utf-8"))]
        case _:
            pieces = [path.read_text(encoding="utf-8")]
    return tuple(squeezed(piece) for piece in pieces)


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, "-m", "scripts.make_samples", "--into", str(folder)], cwd=ROOT, check=True)
    return folder


def test_every_format_is_present() -> None:
    formats = {path.suffix.removeprefix(".") for path in DOCUMENTS}
    assert formats == {"pdf", "docx", "pptx", "xlsx", "csv", "html", "md", "txt", "eml", "epub", "vtt", "srt"}


def test_manifest_names_every_document_once_with_the_audience_of_its_folder() -> None:
    listed = [document["path"] for document in MANIFEST["documents"]]
    assert sorted(listed) == [path.relative_to(SAMPLES).as_posix() for path in DOCUMENTS]
    assert all(document["path"].split("/")[1] == document["audience"] for document in MANIFEST["documents"])


def test_manifest_has_a_user_for_each_restricted_audience_and_one_without() -> None:
    restricted = {document["audience"] for document in MANIFEST["documents"]} - {"everyone"}
    groups = [user["groups"] for user in MANIFEST["users"]]
    assert {group for each in groups for group in each} == restricted
    assert [] in groups
    assert len(MANIFEST["questions"]) == 3


def test_there_is_one_document_in_another_language() -> None:
    assert Counter(document["language"] for document in MANIFEST["documents"]) == {"en": 32, "de": 1}


def test_all_documents_together_are_small() -> None:
    assert sum(path.stat().st_size for path in DOCUMENTS) < 3_000_000


def test_handbook_has_at_least_twenty_numbered_pages_with_a_running_head() -> None:
    pages = pdf_pages(SAMPLES / "documents/everyone/handbook/employee-handbook-2026.pdf")
    assert len(pages) >= 20
    for number, page in enumerate(pages, start=1):
        assert "Varmholt · Employee Handbook 2026" in page
        assert f"Page {number} of {len(pages)}" in page


def test_handbook_contents_name_the_page_of_each_chapter() -> None:
    pages = pdf_pages(SAMPLES / "documents/everyone/handbook/employee-handbook-2026.pdf")
    chapters = re.findall(r"^(.+) (\d+)\r?$", pages[1].split("Contents")[1], flags=re.MULTILINE)
    assert len(chapters) == 24
    assert all(title in pages[int(number) - 1] for title, number in chapters)


def test_every_row_of_the_register_is_complete() -> None:
    text = (SAMPLES / "documents/everyone/operations/equipment-register.csv").read_text(encoding="utf-8")
    widths = {len(row) for row in csv.reader(io.StringIO(text))}
    assert widths == {10}


def test_epub_says_what_it_is_in_its_first_bytes() -> None:
    start = (SAMPLES / "documents/everyone/training/cold-chain-reader.epub").read_bytes()[:58]
    assert start[30:] == b"mimetypeapplication/epub+zip"


def test_mails_have_text_and_html_and_the_complaint_an_attachment() -> None:
    path = SAMPLES / "documents/everyone/support/complaint-kuehlhaus-marienwerth.eml"
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    types = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert types == ["text/plain", "text/html", "text/csv"]


@pytest.mark.parametrize("source", MADE, ids=lambda source: source.stem)
def test_document_says_what_its_source_makes(source: Path, remade: Path) -> None:
    path = Path("documents") / source.relative_to(SAMPLES / "sources").with_suffix("")
    assert pieces_of(SAMPLES / path) == pieces_of(remade / path)


def test_made_documents_are_equal_to_the_committed_ones_down_to_the_time_of_writing(remade: Path) -> None:
    for path in (SAMPLES / "documents").rglob("*"):
        again = remade / path.relative_to(SAMPLES)
        if again.suffix in {".docx", ".pptx", ".xlsx", ".epub"}:
            with zipfile.ZipFile(path) as committed, zipfile.ZipFile(again) as made:
                # Compressed bytes depend on the zlib at hand, contents and dates must not.
                assert [(each.filename, each.date_time, each.CRC) for each in committed.infolist()] == [
                    (each.filename, each.date_time, each.CRC) for each in made.infolist()
                ]


def test_questions_are_placed_as_the_script_places_them(remade: Path) -> None:
    assert (remade / "cases.jsonl").read_text(encoding="utf-8") == (SAMPLES / "cases.jsonl").read_text(encoding="utf-8")


def test_there_are_sixty_questions_and_fifteen_have_no_answer() -> None:
    assert len({case["id"] for case in CASES}) == 60
    assert sum(case["answerable"] == "no" for case in CASES) == 15


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_question_has_the_form_of_the_benchmark_sets(case: dict[str, Any]) -> None:
    assert {"id", "question", "history", "answerable", "expected_answer", "evidence", "facts", "tags"} <= set(case)
    assert case["answerable"] in {"yes", "partial", "no"}
    assert (case["answerable"] == "no") == (not case["evidence"]) == (case["expected_answer"] is None)
    assert ("rewritten" in case) == bool(case["history"])
    assert all(set(each) == {"document", "page", "quote", "start", "end"} for each in case["evidence"])


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["id"])
def test_evidence_is_where_the_question_says(case: dict[str, Any]) -> None:
    for evidence in case["evidence"]:
        path = SAMPLES / evidence["document"]
        pieces = pieces_of(path)
        if path.suffix == ".pdf":
            pieces = (pieces[evidence["page"] - 1],)
        assert any(evidence["quote"] in piece for piece in pieces)
        if evidence["start"] is not None:
            text = path.read_bytes().decode("utf-8")[evidence["start"] : evidence["end"]]
            assert squeezed(without_tags(text)) == evidence["quote"]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["id"])
def test_facts_are_in_the_evidence(case: dict[str, Any]) -> None:
    quotes = " ".join(evidence["quote"] for evidence in case["evidence"])
    for fact in case["facts"]:
        wordings = [fact] if isinstance(fact, str) else fact
        assert any(wording in quotes for wording in wordings)


def test_restricted_answers_are_in_no_document_for_everyone() -> None:
    restricted = [case for case in CASES if "restricted" in case["tags"]]
    open_text = " ".join(piece for path in DOCUMENTS if "everyone" in path.parts for piece in pieces_of(path))
    assert restricted
    for case in restricted:
        assert all(f"/{case['audience']}/" in evidence["document"] for evidence in case["evidence"])
        assert not any(evidence["quote"] in open_text for evidence in case["evidence"])
