"""Uploads that mean harm, or weigh too much: each is refused in words, and nothing of it is shown as a page."""

import asyncio
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from starlette.types import Message

from api.app import build_app
from api.file_name import safe_name
from api.ingesting import find_files
from api.services import Services
from api.settings import Settings
from tests.conftest import Ticking
from tests.e2e.site import SiteServices

TOKEN = "a token of the data folder"
MEGABYTE = 1_000_000


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """Without the embedding model, which has no part in this."""
    with SiteServices(settings, Ticking()) as opened:
        yield opened


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, TOKEN), base_url="http://127.0.0.1:8765") as opened:
        yield opened


def send(client: TestClient, name: str, content: bytes) -> Any:
    return client.post("/api/documents", files={"file": (name, content)})


def refusal_of(reply: Any, status: int = 422) -> str:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    return str(reply.json()["detail"])


def a_pdf() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(72, 720, "The valve is opened once a year.")
    canvas.save()
    return file.getvalue()


def an_archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_members(original: bytes, more: dict[str, bytes]) -> bytes:
    stream = io.BytesIO(original)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in more.items():
            archive.writestr(name, content)
    return stream.getvalue()


def office_files() -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    for name, document in (
        ("a.docx", docx.Document()),
        ("a.pptx", pptx.Presentation()),
        ("a.xlsx", openpyxl.Workbook()),
    ):
        stream = io.BytesIO()
        document.save(stream)
        made[name] = stream.getvalue()
    container = b'<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
    made["a.epub"] = an_archive({"mimetype": b"application/epub+zip", "META-INF/container.xml": container})
    return made


def a_picture_of(width: int, height: int) -> bytes:
    """A PNG whose head says so, with as good as nothing behind it."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\x00")) + part(b"IEND", b"")


# Size


def test_each_kind_of_file_has_a_size_of_its_own(client: TestClient, services: Services) -> None:
    services.settings.max_text_mb = services.settings.max_picture_mb = 1
    text = refusal_of(send(client, "long.csv", b"number,item\n" * 100_000))
    assert text.startswith("The file is text of 1 MB; text may have 1 MB.")
    assert "GROUNDWORK_MAX_TEXT_MB" in text
    picture = refusal_of(send(client, "large.png", a_picture_of(8, 8) + b"\x00" * MEGABYTE))
    assert "a picture may have 1 MB" in picture
    assert send(client, "manual.pdf", a_pdf() + b"\n%" + b" " * MEGABYTE).status_code == 201
    services.settings.max_file_mb = 1
    assert "the limit is 1 MB" in refusal_of(send(client, "manual.pdf", a_pdf() + b"\n%" + b" " * MEGABYTE))


def test_the_page_says_so_beside_the_file(client: TestClient, services: Services) -> None:
    services.settings.max_text_mb = 1
    page = client.post("/library", files={"file": ("long.csv", b"number,item\n" * 100_000)})
    assert page.status_code == 422
    assert "text may have 1 MB" in page.text


# Quota


@pytest.fixture
def narrow(settings: Settings) -> Iterator[TestClient]:
    """Each may have uploaded one megabyte."""
    settings.user_quota_mb = 1
    with (
        SiteServices(settings, Ticking()) as services,
        TestClient(build_app(services, TOKEN), base_url="http://127.0.0.1:8765") as client,
    ):
        yield client


def test_nobody_uploads_more_than_their_quota(narrow: TestClient) -> None:
    words = b"The valve is opened once a year.\n\n"
    first = send(narrow, "first.md", words * 20_000)
    assert first.status_code == 201
    said = refusal_of(send(narrow, "second.md", b"Another one.\n\n" + words * 20_000), 413)
    assert said.startswith("You have uploaded 0.7 MB of the 1 MB that one person may")
    assert send(narrow, "small.md", b"A short note.").status_code == 201
    narrow.delete(f"/api/documents/{first.json()['document_id']}")
    assert send(narrow, "second.md", b"Another one.\n\n" + words * 20_000).status_code == 201


def test_each_version_counts(narrow: TestClient) -> None:
    words = b"The valve is opened once a year.\n\n"
    document = send(narrow, "first.md", words * 20_000).json()["document_id"]
    newer = narrow.post(
        f"/api/documents/{document}/versions", files={"file": ("first.md", b"New.\n\n" + words * 20_000)}
    )
    refusal_of(newer, 413)


def test_what_cannot_fit_is_refused_before_it_is_sent(narrow: TestClient) -> None:
    """As a server runs it, since the test client sends everything first."""
    replies: list[Message] = []

    async def receive() -> Message:
        pytest.fail("The body was asked for.")

    async def answer(message: Message) -> None:
        replies.append(message)

    headers = {
        "host": "127.0.0.1:8765",
        "content-type": "multipart/form-data; boundary=b",
        "content-length": str(30 * MEGABYTE),
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/documents",
        "raw_path": b"/api/documents",
        "query_string": b"",
        "scheme": "http",
        "root_path": "",
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8765),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def ask() -> None:
        await narrow.app(scope, receive, answer)

    asyncio.run(ask())
    assert replies[0]["status"] == 413
    assert b"29.0 MB more do not fit" in replies[1]["body"]


def test_pieces_of_a_recording_count_while_they_arrive(narrow: TestClient) -> None:
    begun = narrow.post("/api/uploads", json={"title": "Talk", "media_type": "audio/webm", "audience": "everyone"})
    address = f"/api/uploads/{begun.json()['upload_id']}"
    piece = b"\x1aE\xdf\xa3" + b"\x00" * 600_000
    assert narrow.patch(address, content=piece, headers={"Upload-Offset": "0"}).status_code == 200
    more = narrow.patch(address, content=piece, headers={"Upload-Offset": str(len(piece))})
    refusal_of(more, 413)
    refusal_of(send(narrow, "notes.md", b"The valve.\n\n" * 50_000), 413)
    narrow.delete(address)
    assert send(narrow, "notes.md", b"The valve.\n\n" * 50_000).status_code == 201


# Names and contents


def test_a_name_that_promises_something_else_is_refused_on_page_and_route(client: TestClient) -> None:
    said = refusal_of(send(client, "report.pdf", b"<!doctype html><script>alert(1)</script>"))
    assert "“report.pdf” is named like a PDF, but what is in it is HTML." in said
    page = client.post("/library", files={"file": ("report.pdf", b"MZ\x90\x00\x03\x00")})
    assert page.status_code == 422
    assert "is named like a PDF, but what is in it is a program (Windows)." in page.text
    assert client.get("/api/documents").json()["total"] == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\system32\\notes.txt", "notes.txt"),
        ("/etc/cron.d/job.txt", "job.txt"),
        ("C:\\Users\\ana\\notes.txt", "notes.txt"),
        ("notes.txt/", "notes.txt"),
        ("....//....//notes.txt", "notes.txt"),
        ("..%2f..%2fnotes.txt", "%2f..%2fnotes.txt"),
        ("file:///etc/notes.txt", "notes.txt"),
        ("notes\u202etxt.exe.txt", "notestxt.exe.txt"),
        ("~/.ssh/authorized_keys.txt", "authorized_keys.txt"),
    ],
)
def test_a_path_in_a_name_goes_nowhere(client: TestClient, tmp_path: Path, given: str, kept: str) -> None:
    before = {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents}
    reply = send(client, given, b"The valve is opened once a year.")
    assert reply.status_code == 201, reply.text
    assert reply.json()["name"] == kept
    assert {path for path in tmp_path.parent.rglob("*") if tmp_path not in path.parents} == before
    document = client.get(f"/api/documents/{reply.json()['document_id']}").json()
    headers = client.get(f"/api/documents/{document['document_id']}/versions/{document['version_id']}/original").headers
    assert headers["content-disposition"].startswith('attachment; filename="')
    assert "/" not in headers["content-disposition"].partition("UTF-8''")[0]
    assert "set-cookie" not in headers


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: b.txt", "a\n\tSet-Cookie: b.txt", "a\x00 Set-Cookie: b.txt\x7f"])
def test_control_characters_in_a_name_become_spaces_or_nothing(name: str) -> None:
    assert safe_name(name) == "a Set-Cookie: b.txt"


@pytest.mark.parametrize("name", ["..", ".", "/", "\u202e", "...", "../", " "])
def test_a_name_that_is_nothing_but_a_path_is_refused(client: TestClient, name: str) -> None:
    assert send(client, name, b"words").status_code == 422


# Archives


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.epub"])
def test_what_unpacks_to_far_more_is_refused_unread(client: TestClient, name: str) -> None:
    bomb = with_members(office_files()[name], {f"media/zeros{number}.bin": b"\x00" * 60_000_000 for number in range(9)})
    assert len(bomb) < MEGABYTE
    assert "its unpacked size" in refusal_of(send(client, name, bomb))


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.epub"])
def test_too_many_members_are_refused_unread(client: TestClient, name: str) -> None:
    crowd = with_members(office_files()[name], {f"media/{number}": b"" for number in range(10_001)})
    assert "files inside it" in refusal_of(send(client, name, crowd))


def test_a_member_that_lies_about_its_size_yields_no_more_than_it_said(client: TestClient) -> None:
    """The directory says 10 bytes; behind it are 50 million."""
    bomb = bytearray(with_members(office_files()["a.docx"], {"word/zeros.xml": b"<a/>" + b" " * 50_000_000}))
    where = bomb.rfind(b"word/zeros.xml") - 46
    assert bomb[where : where + 4] == b"PK\x01\x02"
    bomb[where + 24 : where + 28] = struct.pack("<I", 10)
    assert send(client, "a.docx", bytes(bomb)).status_code == 422


def test_archive_members_with_paths_or_links_touch_nothing(client: TestClient, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The safe opens with 4711.")
    document = docx.Document()
    document.add_paragraph("The valve is opened once a year.")
    stream = io.BytesIO()
    document.save(stream)
    link = zipfile.ZipInfo("word/embeddings/link.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(link, str(secret))
        archive.writestr("../../../../../../tmp/escaped.txt", "escaped")
        archive.writestr(f"{tmp_path}/escaped.txt", "escaped")
    reply = send(client, "plan.docx", stream.getvalue())
    assert reply.status_code == 201
    document_id = reply.json()["document_id"]
    version_id = client.get(f"/api/documents/{document_id}").json()["version_id"]
    text = client.get(f"/api/documents/{document_id}/versions/{version_id}/text").json()["text"]
    assert "opened once a year" in text
    assert "4711" not in text
    assert not list(tmp_path.rglob("escaped.txt"))
    assert not Path("/tmp/escaped.txt").exists()


def test_links_in_a_book_lead_nowhere_outside_of_it(client: TestClient, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("<p>The safe opens with 4711.</p>")
    item = '<item id="{}" href="{}" media-type="text/html"/>'
    book = f"""<package><metadata><title>Book</title></metadata><manifest>
        {item.format("a", "inside.html")}{item.format("b", secret)}{item.format("c", "../" * 12 + str(secret)[1:])}
        </manifest><spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine></package>"""
    content = an_archive(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": b'<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
            "b.opf": book.encode(),
            "inside.html": b"<p>The valve is opened once a year.</p>",
        }
    )
    reply = send(client, "book.epub", content)
    assert reply.status_code == 201, reply.text
    document_id = reply.json()["document_id"]
    version_id = client.get(f"/api/documents/{document_id}").json()["version_id"]
    assert "4711" not in client.get(f"/api/documents/{document_id}/versions/{version_id}/text").text


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    for made in (outside, folder):
        made.mkdir()
    (outside / "secret.md").write_text("4711")
    (folder / "plain.md").write_text("The valve.")
    (folder / "file.md").symlink_to(outside / "secret.md")
    (folder / "below").symlink_to(outside)
    (folder / "around").symlink_to(folder)
    assert [found.name for found in find_files([folder])] == ["plain.md"]


# Pictures


@pytest.mark.parametrize("size", [(60_000, 60_000), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (300_000, 1_000)])
def test_a_flood_of_pixels_is_refused_unread(client: TestClient, size: tuple[int, int]) -> None:
    said = refusal_of(send(client, "flood.png", a_picture_of(*size)))
    assert "the dots of a picture" in said or "the picture cannot be decoded" in said


def test_a_page_of_a_pdf_is_shown_small_whatever_it_measures(client: TestClient) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(14_400, 14_400))
    canvas.drawString(72, 720, "The valve is opened once a year.")
    canvas.drawImage(ImageReader(Image.new("1", (20_000, 20_000))), 0, 0, 14_400, 14_400)
    canvas.showPage()
    canvas.setPageSize((14_400, 3))
    canvas.drawString(72, 1, "Narrow.")
    canvas.save()
    reply = send(client, "poster.pdf", file.getvalue())
    assert reply.status_code == 201, reply.text
    document = client.get(f"/api/documents/{reply.json()['document_id']}").json()
    for page in (1, 2):
        address = f"/api/documents/{document['document_id']}/versions/{document['version_id']}/pages/{page}.png"
        shown = client.get(f"{address}?width=2400")
        assert shown.status_code == 200
        with Image.open(io.BytesIO(shown.content)) as image:
            assert image.width * image.height <= 24_000_000
    assert client.get(f"{address}?width=100000").status_code == 422


# Polyglots


def test_what_is_two_things_at_once_leaves_as_a_download_only(client: TestClient) -> None:
    page = b"<!doctype html><script>document.title='owned'</script>"
    polyglots = {
        "both.pdf": b"<html><!-- \n" + a_pdf() + b" --><script>alert(1)</script></html>",
        "appended.pdf": a_pdf() + an_archive({"evil.html": page}),
        "page.html": page + b"<p>The valve is opened once a year.</p>",
        "script.txt": b"/*<script>alert(1)</script>*/ The valve is opened once a year.",
    }
    for name, content in polyglots.items():
        reply = send(client, name, content)
        assert reply.status_code == 201, (name, reply.text)
        document = client.get(f"/api/documents/{reply.json()['document_id']}").json()
        base = f"/api/documents/{document['document_id']}/versions/{document['version_id']}"
        original = client.get(f"{base}/original")
        assert original.content == content
        assert original.headers["content-type"] == "application/octet-stream"
        assert original.headers["content-disposition"].startswith("attachment;")
        assert original.headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in original.headers["content-security-policy"]
        assert client.get(f"{base}/text").headers["content-type"] == "application/json"
        assert "<script>alert(1)" not in client.get(base.removeprefix("/api")).text


def test_a_picture_that_is_also_a_script_is_refused(client: TestClient) -> None:
    said = refusal_of(send(client, "tiny.png", b"GIF89a/*\x00\x00*/=alert(1)//;"))
    assert "is named like a picture, but what is in it is a picture (GIF)" in said
