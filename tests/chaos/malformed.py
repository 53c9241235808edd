"""Damaged, mislabelled and hostile files, made from the samples: what each becomes, and whether the server minds.

`python -m tests.chaos.malformed` uploads all of them to a server while it is asked questions, and prints what came out.
"""

import io
import random
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

import corpus
from tests.api.commands.test_serve import a_server
from tests.ingestion.pdf_files import a_pdf, write
from tests.ingestion.scans import picture_file

SAMPLES = Path(corpus.__path__[0]) / "samples" / "documents"
CUTS = 20
FLIPPED = 14
OTHER_NAMES = (".pdf", ".docx", ".xlsx", ".html", ".png")
LONGEST_S = 60.0
PATIENCE_MS = 200.0
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Malformed:
    """`what` was done to it."""

    name: str
    what: str
    content: bytes


@cache
def samples() -> dict[str, bytes]:
    """One file of each format, the smallest sample or a drawn picture, by name."""
    found: dict[str, Path] = {}
    for path in sorted(SAMPLES.rglob("*"), key=lambda path: (path.stat().st_size, path.name)):
        if path.is_file():
            found.setdefault(path.suffix, path)
    files = {path.name: path.read_bytes() for _, path in sorted(found.items())}
    for format_, suffix in (("PNG", "png"), ("JPEG", "jpg"), ("TIFF", "tif")):
        files[f"notice.{suffix}"] = picture_file(lambda canvas: write(canvas, "Keep this door shut.", size=20), format_)
    return files


def malformed_files() -> Iterator[Malformed]:
    """More than 600, always the same ones."""
    yield from damaged_files()
    yield from empty_files()
    yield from encrypted_files()
    yield from bombs()
    yield from loops()


def damaged_files() -> Iterator[Malformed]:
    """Of every format: cut, with flipped bits, and under the names of others."""
    chance = random.Random(17)
    for name, content in samples().items():
        yield from truncated(name, content)
        yield from flipped(name, content, chance)
        yield from mislabelled(name, content)


def truncated(name: str, content: bytes) -> Iterator[Malformed]:
    for number in range(CUTS):
        kept = len(content) * number // CUTS
        yield Malformed(name, f"cut after {number * 100 // CUTS} %", content[:kept])


def flipped(name: str, content: bytes, chance: random.Random) -> Iterator[Malformed]:
    """A bit here and there: one, then ever more."""
    for number in range(FLIPPED):
        damaged = bytearray(content)
        for _ in range(1 << number // 2):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        yield Malformed(name, f"{1 << number // 2} bits flipped, {number}", bytes(damaged))


def mislabelled(name: str, content: bytes) -> Iterator[Malformed]:
    stem, _, suffix = name.rpartition(".")
    for other in OTHER_NAMES:
        if other != f".{suffix}":
            yield Malformed(f"{stem}{other}", f"is {suffix}", content)


def empty_files() -> Iterator[Malformed]:
    for suffix in ("pdf", "docx", "xlsx", "pptx", "html", "md", "txt", "csv", "eml", "epub", "vtt", "srt", "png"):
        yield Malformed(f"nothing.{suffix}", "empty", b"")
        yield Malformed(f"blank.{suffix}", "white space", b" \r\n\t" * 50)
    yield Malformed("mark.txt", "a byte order mark alone", b"\xef\xbb\xbf")
    yield Malformed("zeros.pdf", "zero bytes", bytes(4096))
    yield Malformed("empty.zip", "an empty archive", _archive({}))


def encrypted_files() -> Iterator[Malformed]:
    locked = StandardEncryption("secret", ownerPassword="more secret", strength=128)
    yield Malformed("locked.pdf", "a password", a_pdf(lambda canvas: write(canvas, "Words"), encryption=locked))
    package = OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    for suffix in ("docx", "xlsx", "pptx"):
        yield Malformed(f"locked.{suffix}", "a password", package)
    for suffix, part in (("docx", "word/document.xml"), ("epub", "mimetype")):
        archive = bytearray(_archive({part: b"<a/>" * 100}))
        for start in (archive.find(b"PK\x03\x04") + 6, archive.find(b"PK\x01\x02") + 8):
            archive[start] |= 1
        yield Malformed(f"encrypted.{suffix}", "an encrypted archive", bytes(archive))


def bombs() -> Iterator[Malformed]:
    """Little files that become much."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><x>&e9;</x>'.encode()
    zeros = bytes(64 * MEGABYTE)
    for suffix, part in _MAIN_PARTS.items():
        yield Malformed(f"zeros.{suffix}", "64 MB of zeros inside", _office(suffix, {part: zeros}))
        yield Malformed(f"laughs.{suffix}", "entities of entities", _office(suffix, {part: laughs}))
        many = {f"extra/{number}": b"" for number in range(20_000)}
        yield Malformed(f"parts.{suffix}", "20,000 parts", _office(suffix, {part: b"<x/>", **many}))
    nested = _archive({"inner.zip": _archive({"inner.zip": _archive({"zeros": zeros[: 20 * MEGABYTE]})})})
    yield Malformed("nested.epub", "archives in archives", nested)
    yield Malformed("laughs.html", "entities of entities", b"<!doctype html>" + laughs)
    yield Malformed("deep.html", "a million open tags", b"<!doctype html><html>" + b"<div>" * 1_000_000)
    yield Malformed("wide.html", "a million columns", b"<table><tr><td colspan=1000000>x</td></tr></table>" * 50)
    yield Malformed("deep.md", "deep quotes", b">" * 200_000 + b" x")
    yield Malformed("brackets.md", "open brackets", b"[" * 200_000)
    yield Malformed("stars.md", "stars", b"*a " * 200_000)
    yield Malformed("line.csv", "a line of a million cells", b"x," * 1_000_000 + b"\n" + b"y," * 1_000_000)
    yield Malformed("quotes.csv", "an open quote", b'"' + b"a\n" * 1_000_000)
    cues = b"99:99:99.999 --> 00:00:00.000\nx\n\n" * 20_000
    yield Malformed("cues.vtt", "times beyond all times", b"WEBVTT\n\n" + cues)
    yield Malformed("parts.eml", "parts in parts", _nested_mail(2000))
    for suffix, format_ in (("png", "PNG"), ("tif", "TIFF")):
        buffer = io.BytesIO()
        options = {"compression": "tiff_deflate"} if format_ == "TIFF" else {}
        Image.new("1", (20_000, 20_000)).save(buffer, format=format_, **options)
        yield Malformed(f"huge.{suffix}", "400 million dots", buffer.getvalue())
    yield Malformed("stream.pdf", "a page that unpacks to 64 MB", _pdf_with_stream(zlib.compress(zeros)))
    yield Malformed("paper.pdf", "a page of a million miles", _pdf(b"/MediaBox [0 0 1e9 1e9]"))


def loops() -> Iterator[Malformed]:
    """What refers to itself."""
    yield Malformed("pages.pdf", "pages that are their own parents", _pdf(b"/Kids [3 0 R]"))
    yield Malformed("tree.pdf", "a tree of pages in a circle", _pdf(b"", kids=b"2 0 R"))
    yield Malformed("previous.pdf", "a table that follows itself", _pdf(b"", trailer=b"/Prev 9"))
    yield Malformed("length.pdf", "a length that is its own stream", _pdf(b"/Contents 4 0 R", more=_SELF_LENGTH))
    for suffix, part in _MAIN_PARTS.items():
        folder, _, name = part.rpartition("/")
        relations = f"{folder}/_rels/{name}.rels"
        circle = _RELATIONS % (b"/" + part.encode())
        yield Malformed(f"circle.{suffix}", "a part that belongs to itself", _office(suffix, {relations: circle}))


_MAIN_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
_SELF_LENGTH = b"4 0 obj <</Length 4 0 R>> stream\nBT ET\nendstream endobj\n"
_RELATIONS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide" Target="%s"/></Relationships>'
)


def _office(suffix: str, parts: dict[str, bytes]) -> bytes:
    """The sample of that format with these parts in place of its own."""
    sample = next(content for name, content in samples().items() if name.endswith(f".{suffix}"))
    with zipfile.ZipFile(io.BytesIO(sample)) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    return _archive({**kept, **parts})


def _archive(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _nested_mail(depth: int) -> bytes:
    head = b"From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n"
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(depth)
    )
    return head + opened + b"Content-Type: text/plain\n\nwords\n"


def _pdf(page: bytes, kids: bytes = b"3 0 R", trailer: bytes = b"", more: bytes = b"") -> bytes:
    return (
        b"%%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
        b"2 0 obj <</Type/Pages/Count 1/Kids[%s]>> endobj\n"
        b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792] %s>> endobj\n%s"
        b"trailer <</Root 1 0 R %s>>\nstartxref\n9\n%%%%EOF\n" % (kids, page, more, trailer)
    )


def _pdf_with_stream(packed: bytes) -> bytes:
    stream = b"4 0 obj <</Length %d/Filter/FlateDecode>> stream\n%s\nendstream endobj\n" % (len(packed), packed)
    return _pdf(b"/Contents 4 0 R", more=stream)


class Asking:
    """Somebody who searches all the time, and how long that takes."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.milliseconds: list[float] = []
        self.failures = 0

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def p95(self) -> float:
        return sorted(self.milliseconds)[int(len(self.milliseconds) * 0.95)]

    def _ask(self) -> None:
        with httpx.Client(base_url=self._address, timeout=60) as client:
            while not self._stopped.wait(0.1):
                started = time.perf_counter()
                reply = client.get("/api/search", params={"q": "How long is the warranty?"})
                self.milliseconds.append((time.perf_counter() - started) * 1000)
                self.failures += reply.status_code != 200


def measure(address: str) -> list[str]:
    """What went wrong. Prints what became of the files."""
    faults: list[str] = []
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    longest = 0.0
    with httpx.Client(base_url=address, timeout=3 * LONGEST_S) as client:
        for name, content in samples().items():
            client.post("/api/documents", files={"file": (name, content)})
        client.get("/api/search", params={"q": "How long is the warranty?"})
        with Asking(address) as asking:
            for number, file in enumerate(malformed_files()):
                started = time.monotonic()
                reply = client.post("/api/documents", files={"file": (f"{number} {file.name}", file.content)})
                outcome, reason = _ended(client, reply)
                longest = max(longest, time.monotonic() - started)
                outcomes[outcome] += 1
                if outcome == "failed":
                    reasons[_kind(reason)] += 1
                elif outcome == "no outcome":
                    faults.append(f"{file.name} ({file.what}): {reason}")
    print(f"malformed: {sum(outcomes.values())} files; {dict(outcomes)}; longest {longest:.1f} s")
    for reason, count in reasons.most_common():
        print(f"malformed: {count:5} {reason}")
    print(f"malformed: {len(asking.milliseconds)} searches meanwhile, p95 {asking.p95:.0f} ms")
    if longest > LONGEST_S:
        faults.append(f"one file took {longest:.1f} s")
    if asking.failures:
        faults.append(f"{asking.failures} searches failed")
    if asking.p95 > PATIENCE_MS:
        faults.append(f"p95 of searches {asking.p95:.0f} ms")
    return faults


def _ended(client: httpx.Client, reply: httpx.Response) -> tuple[str, str]:
    """The outcome and its reason. An upload that takes long goes on as a job, which is waited for."""
    if reply.status_code == 201:
        return str(reply.json()["outcome"]), ""
    if reply.status_code in (413, 422):
        return "failed", str(reply.json()["detail"])
    if reply.status_code != 202:
        return "no outcome", f"status {reply.status_code}: {reply.text[:200]}"
    job = reply.json()
    deadline = time.monotonic() + 2 * LONGEST_S
    while job["state"] in ("waiting", "running"):
        if time.monotonic() > deadline:
            return "no outcome", f"job {job['job_id']} is {job['state']}"
        time.sleep(0.2)
        job = client.get(f"/api/jobs/{job['job_id']}").json()
    return ("added", "") if job["state"] == "done" else ("failed", str(job["reason"]))


def _kind(detail: str) -> str:
    """The sentence without what differs from file to file."""
    said = detail.partition(" was not added. ")[2] or detail
    return said.split("(")[0].split(":")[0].split(".")[0].strip()


def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="groundwork-malformed-") as folder,
        a_server(Path(folder) / "data", "--port", "0") as (_, address),
    ):
        faults = measure(address)
    for fault in faults:
        print(f"malformed: FAULT: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
