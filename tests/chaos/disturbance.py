"""What disturbed and undisturbed runs are compared by, and how a run is disturbed."""

import hashlib
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from corpus.chunk import Chunk, ChunkVector
from corpus.database import open_database, sqlite_url
from corpus.document import Document, Version, VersionText


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """Everything of an active version except ids and times. Two equal lists of these are the same corpus."""

    name: str
    content_hash: str
    text_hash: str
    chunks: tuple[str, ...]
    vectors: str


def write_documents(folder: Path, count: int, seed: int) -> None:
    """Small Markdown files of several sections each."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        sections = [
            f"## Section {section}\n\n"
            + " ".join(chance.choice(["valve", "pump", "sensor", "check", "pressure", "night"]) for _ in range(60))
            + f". Code {number}-{section}.\n"
            for section in range(chance.randint(1, 4))
        ]
        (folder / f"note-{number:03}.md").write_text(f"# Note {number}\n\n" + "\n".join(sections))


def start(data: Path, cache: Path, folder: Path, *kill_at: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.ingesting_child", str(data), str(cache), str(folder), *kill_at],
        stdout=subprocess.PIPE,
        text=True,
    )


def run(data: Path, cache: Path, folder: Path, *kill_at: str) -> list[str]:
    """Names of the files that were acknowledged before the process ended."""
    with start(data, cache, folder, *kill_at) as process:
        said, _ = process.communicate(timeout=300)
    if not kill_at and process.returncode != 0:
        raise RuntimeError(f"an undisturbed run ended with {process.returncode}")
    return acknowledged(said)


def run_until(data: Path, cache: Path, folder: Path, seconds: float) -> list[str]:
    """Like `run`, killed from outside that long after it was ready."""
    with start(data, cache, folder) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        said, _ = process.communicate(timeout=300)
    return acknowledged(first + said)


def acknowledged(said: str) -> list[str]:
    lines = [line.split(" ", 1) for line in said.splitlines() if line != "ready"]
    return [name for outcome, name in (line for line in lines if len(line) == 2) if outcome != "failed"]


def contents(data: Path) -> list[DocumentContent]:
    """By name. A document that is there twice is in the list twice."""
    engine = open_database(sqlite_url(data / "groundwork.sqlite"))
    found = []
    with sessionmaker(engine)() as session:
        rows = session.execute(
            select(Document, Version)
            .join(Version, Version.id == Document.active_version_id)
            .where(Document.removed_at.is_(None))
            .order_by(Document.name)
        )
        for document, version in rows:
            text = session.get_one(VersionText, version.id).text
            chunks = session.execute(
                select(Chunk, ChunkVector)
                .join(ChunkVector, ChunkVector.chunk_id == Chunk.id)
                .where(Chunk.version_id == version.id)
                .order_by(Chunk.ordinal)
            ).all()
            vectors = b"".join(vector.vector for _, vector in chunks)
            found.append(
                DocumentContent(
                    document.name,
                    version.content_hash,
                    hashlib.sha256(text.encode()).hexdigest(),
                    tuple(f"{chunk.ordinal} {chunk.headings} {chunk.pieces} {chunk.text}" for chunk, _ in chunks),
                    hashlib.sha256(vectors).hexdigest(),
                )
            )
    engine.dispose()
    return found


def orphans(data: Path) -> int:
    """Chunks without a vector, which an interrupted write would leave."""
    engine = open_database(sqlite_url(data / "groundwork.sqlite"))
    with sessionmaker(engine)() as session:
        missing = session.scalars(
            select(Chunk.id)
            .outerjoin(ChunkVector, ChunkVector.chunk_id == Chunk.id)
            .where(ChunkVector.chunk_id.is_(None))
        ).all()
    engine.dispose()
    return len(missing)
