"""A real web server on this machine for tests of what reads from others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    content: bytes
    media_type: str = "text/html"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    status: int


class LocalSite:
    """Serves `pages` by path, honours validators, and remembers what it was asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []

    def put(self, path: str, text: str, **about: str) -> None:
        """With an ETag made of the text."""
        self.pages[path] = Page(text.encode(), headers={"ETag": f'"{hash(text)}"', **about})

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def serve_site() -> Iterator[LocalSite]:
    class Reply(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = site.pages.get(self.path, Page(b"nothing here", "text/plain", 404))
            status, content = page.status, page.content
            etag = page.headers.get("ETag")
            if status == 200 and etag is not None and self.headers.get("If-None-Match") == etag:
                status, content = 304, b""
            site.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, status))
            self.send_response(status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", page.media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Reply)
    site = LocalSite(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
