"""`python -m tests.chaos.erasure [DOCUMENTS]`: erases 100 of 120 documents and looks for what is left of them.

Documents of several formats, each with words of its own, in a serving installation whose vectors are in Chroma. Half of
them are erased while it serves, half on the closed folder. Prints what the scan found before and after.
"""

import io
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from api.clock import now
from api.services import Services
from api.settings import Settings, VectorIndexKind
from corpus.chunk import Chunk, ChunkVector
from corpus.document import Version
from ingestion.ingest import IncomingFile
from tests.traces import text_needles, traces, vector_needles

KEPT = 20
SYLLABLES = ("ba", "ko", "ri", "tu", "ne", "sa", "lo", "mi", "pe", "du", "za", "fo")


def words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choice(SYLLABLES) for _ in range(5)) for _ in range(count)]


def sentences(chance: random.Random, count: int) -> list[str]:
    return [f"The {first} of {second} is {third}." for first, second, third in (words(chance, 3) for _ in range(count))]


def a_markdown(lines: Sequence[str]) -> bytes:
    return ("# Notes\n\n" + "\n\n".join(lines)).encode()


def a_page(lines: Sequence[str]) -> bytes:
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    return f"<!doctype html><html><body><h1>Notes</h1>{paragraphs}</body></html>".encode()


def a_workbook(lines: Sequence[str]) -> bytes:
    workbook, buffer = openpyxl.Workbook(), io.BytesIO()
    sheet = workbook.create_sheet("Notes")
    sheet.append(["Number", "Note"])
    for number, line in enumerate(lines):
        sheet.append([number, line])
    workbook.save(buffer)
    return buffer.getvalue()


def a_pdf(lines: Sequence[str]) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=1)
    for number, line in enumerate(lines):
        canvas.drawString(72, 760 - 16 * number, line)
    canvas.save()
    return buffer.getvalue()


FORMATS = {"md": a_markdown, "html": a_page, "xlsx": a_workbook, "pdf": a_pdf}


def measure(count: int, folder: Path) -> int:
    chance = random.Random(5)
    settings = Settings(data=folder / "data", cache=folder / "model", vector_index=VectorIndexKind.CHROMA)
    secrets: list[str] = []
    with Services(settings, now, serving=True) as services:
        ids = []
        for number in range(count + KEPT):
            suffix = sorted(FORMATS)[number % len(FORMATS)]
            lines, name = sentences(chance, 8), f"{words(chance, 1)[0]}-{number}.{suffix}"
            content = FORMATS[suffix](lines)
            report = services.ingesting.add_upload(IncomingFile(name, f"upload:{name}", content), "everyone")
            assert report.document_id is not None, report
            ids.append(report.document_id)
            if number < count:
                secrets += [name, *lines]
        services.indexes.follow()
        assert services.indexes.vectors.settle(300)
        with services.sessions() as session:
            vectors = session.scalars(
                select(ChunkVector.vector)
                .join(Chunk, Chunk.id == ChunkVector.chunk_id)
                .join(Version, Version.id == Chunk.version_id)
                .where(Version.document_id.in_(ids[:count]))
            ).all()
        wanted = text_needles(secrets) | vector_needles(vectors)
        before = {line.partition(" in ")[0] for line in traces(settings.data, wanted)}
        print(
            f"erasure: {count} documents of {count + KEPT}, {len(secrets)} texts and names, {len(vectors)} vectors; "
            f"of {len(wanted)} byte strings {len(before)} are found before"
        )
        half = count // 2
        started = time.monotonic()
        services.erasing.erase([str(document_id) for document_id in ids[:half]])
        print(f"erasure: {half} erased while serving in {time.monotonic() - started:.1f} s")
    with Services(settings, now) as services:
        started = time.monotonic()
        services.erasing.erase([str(document_id) for document_id in ids[half:count]])
        print(f"erasure: {count - half} erased on the closed folder in {time.monotonic() - started:.1f} s")
        left = services.library.counts("owner").documents
    found = traces(settings.data, wanted)
    print(f"erasure: {len(found)} found afterwards, {left} documents left")
    for line in found:
        print(f"erasure: FOUND {line}")
    return 1 if found or left != KEPT else 0


def main(count: int = 100) -> int:
    with tempfile.TemporaryDirectory(prefix="groundwork-erasure-") as folder:
        return measure(count, Path(folder))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
