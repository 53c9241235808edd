"""Puts strings into everything that takes text, looks at the pages in a browser, and lists what they brought about."""

import html
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import docx
import httpx
import lxml.html  # type: ignore[import-untyped]  # ships no types
from playwright.sync_api import Browser, Dialog, Page, Route
from reportlab.pdfgen.canvas import Canvas

from api.services import Services
from api.settings import Settings
from corpus.errors import Invalid
from corpus.store import CorpusStore
from ingestion.transcript_file import TranscriptFile
from tests.conftest import Ticking
from tests.e2e.site import RULES, SiteServices, manual, serve
from tests.sounds import tone, vtt, wav

_API = Path(__file__).resolve().parents[2] / "api"
_SIZED = "textarea style"
"""The editor of transcripts makes its fields as high as their words need."""
USERS = 8
"""More would not fit into the menu of every page."""
_LIMITS = ("ask", "read", "write", "upload", "sign_in", "site", "address")
_START = ("/", "/library", "/sources", "/jobs", "/record", "/admin/audit")
_NOT_FOLLOWED = re.compile(r"/(?:api|static)/|/events|/styleguide|/sources/\d+/remove")
_ENDINGS = ("md", "html", "csv", "txt", "eml", "vtt")
_LIST_EFFECTS = """() => {
    const made = new Set(), leads = [];
    for (const script of document.scripts)
        if (!script.src.startsWith(location.origin + '/static/')) leads.push('script of ' + (script.src || 'its own'));
    for (const element of document.querySelectorAll('*')) {
        made.add(element.localName);
        for (const attribute of element.attributes) made.add(element.localName + ' ' + attribute.name);
        for (const name of ['href', 'src', 'action', 'formAction', 'data', 'poster']) {
            const lead = element[name];
            const said = typeof lead === 'string' ? lead : lead?.baseVal;
            if (!said || !element.hasAttribute(name.toLowerCase())) continue;
            if (new URL(said, location.href).origin !== location.origin)
                leads.push(element.localName + ' to ' + said);
        }
    }
    return [[...made], leads, window.__violations];
}"""
_LISTEN = """window.__violations = [];
addEventListener('securitypolicyviolation',
    event => window.__violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


@dataclass(frozen=True, slots=True)
class Effect:
    kind: str
    page: str
    what: str


@dataclass(slots=True)
class Seen:
    """`made`: each element, and each attribute that elements of its name have, on all pages together."""

    pages: int = 0
    made: dict[str, str] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    failures: list[Effect] = field(default_factory=list)
    """Replies that say the server itself failed."""


@dataclass(frozen=True, slots=True)
class HostileSite:
    address: str
    services: Services
    client: httpx.Client


@contextmanager
def a_site(folder: Path) -> Iterator[HostileSite]:
    unlimited: dict[str, Any] = {f"limit_{kind}_per_minute": 0 for kind in _LIMITS}
    settings = Settings(data=folder / "data", threads=1, **unlimited)
    with SiteServices(settings, Ticking(), serving=True) as services:
        for address in serve(services):
            with httpx.Client(base_url=address, timeout=60, headers={"Accept": "text/html"}) as client:
                yield HostileSite(address, services, client)


# Putting them in


def plant(site: HostileSite, strings: Sequence[str], folder: Path) -> None:
    """Users, audiences, documents of all kinds, a recording with its words and speakers, and a source."""
    with site.services.writing.begin() as session:
        for string in strings[:: max(len(strings) // USERS, 1)]:
            with suppress(Invalid):
                CorpusStore(session).ensure_user(string[:100])
    for number, string in enumerate(strings):
        ending = _ENDINGS[number % len(_ENDINGS)]
        audience = string if number % 3 == 0 else "everyone"
        _upload(site, f"{number} {string}.{ending}", content(ending, string), audience)
    for name, made in (
        ("manual.pdf", manual()),
        ("rules.md", RULES),
        ("all.docx", a_docx(strings)),
        ("all.pdf", a_pdf(strings)),
    ):
        _upload(site, name, made, "everyone")
    _record(site, strings)
    _add_source(site, strings, folder)


def content(ending: str, string: str) -> bytes:
    """A file that says it as its title, in its text, and in what else its format has."""
    said = f"The valve is opened. {string}"
    shown = html.escape(string)
    text = {
        "md": f"# {string}\n\n{said}\n\n- {string}\n\n| a | b |\n|---|---|\n| {string} | 1 |\n",
        "html": f"<title>{string}</title><h1>{shown}</h1><p>{said}</p>{shown}",
        "csv": f"name,note\nvalve,{_quoted(string)}\n{_quoted(string)},2\n",
        "txt": f"{string}\n\n{said}\n",
        "eml": f"From: {string} <a@b.example>\nTo: c@d.example\nSubject: {string}\nMessage-ID: <1@b>\n\n{said}\n",
        "vtt": f"WEBVTT\n\n00:00.000 --> 00:02.000\n<v {string}>{said}\n",
    }[ending]
    return text.encode("utf-8", "replace")


def a_docx(strings: Sequence[str]) -> bytes:
    document = docx.Document()
    document.core_properties.title = _printable(strings[0])[:200]
    for string in strings:
        document.add_heading(_printable(string), 2)
        document.add_paragraph(f"The valve is opened. {_printable(string)}")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def a_pdf(strings: Sequence[str]) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setTitle(_printable(strings[0]))
    for number, string in enumerate(strings):
        if number and number % 40 == 0:
            canvas.showPage()
        canvas.drawString(40, 800 - 18 * (number % 40), _printable(string)[:90])
    canvas.save()
    return stream.getvalue()


def _upload(site: HostileSite, name: str, made: bytes, audience: str) -> None:
    # Names as a client may send them, not as one that tidies them does.
    said = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{said}"\r\n\r\n'.encode("utf-8", "replace")
    who = f'\r\n--b\r\nContent-Disposition: form-data; name="audience"\r\n\r\n{audience}\r\n--b--\r\n'
    body = head + made + who.encode("utf-8", "replace")
    site.client.post("/api/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})


def _record(site: HostileSite, strings: Sequence[str]) -> None:
    services = site.services
    title = services.library.add_upload(f"{strings[0]} talk.wav", wav(tone(2.0 * len(strings))), "everyone", "owner")
    cues = [
        (2.0 * number, 2.0 * number + 1.9, f"<v {_line(said)}>{_line(said)}") for number, said in enumerate(strings)
    ]
    with suppress(Invalid):
        services.recordings.attach_transcript(title.document_id or 0, TranscriptFile("words.vtt", vtt(cues)), "owner")


def _add_source(site: HostileSite, strings: Sequence[str], folder: Path) -> None:
    for number, string in enumerate(strings):
        with suppress(OSError, ValueError):  # what no file system takes as a name
            (folder / f"{number} {string.replace('/', '_')[:60]}.md").write_text(
                f"# {string}\n\nThe pump. {string}", "utf-8"
            )
    for number, string in enumerate(strings[:6]):
        form = {"name": f"{number} {string}", "kind": "folder", "address": str(folder) if not number else string}
        site.client.post("/api/sources", json=form)


# Sending them


def send_everywhere(site: HostileSite, strings: Sequence[str], every: int) -> Iterator[tuple[str, httpx.Response]]:
    """Each string to each form and each JSON route; with `every`, to one of so many in turn."""
    described = site.client.get("/api/openapi.json").json()
    targets: list[_RouteTarget | _FormTarget] = [*_routes(described), *_forms(site)]
    for number, string in enumerate(strings):
        for place, target in enumerate(targets):
            if (number + place) % every == 0:
                yield target.name, target.send(site.client, string)


@dataclass(frozen=True, slots=True)
class _RouteTarget:
    method: str
    path: str
    body: tuple[str, ...]
    query: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def send(self, client: httpx.Client, string: str) -> httpx.Response:
        path = re.sub(r"\{[a-z]+_id\}", "1", self.path).replace("{page}", "1")
        path = re.sub(r"\{[a-z]+\}", lambda _: urlencode({"": string}, errors="replace")[1:].replace(".", "%2E"), path)
        query = urlencode(dict.fromkeys(self.query, string), errors="replace")
        written: dict[str, Any] = {"json": dict.fromkeys(self.body, string)} if self.body else {}
        return client.request(self.method, f"{path}?{query}", **written)


@dataclass(frozen=True, slots=True)
class _FormTarget:
    page: str
    method: str
    action: str
    fields: tuple[tuple[str, str | None], ...]
    """Name and value; None where text goes."""

    @property
    def name(self) -> str:
        return f"{self.method} {self.action} (form on {self.page})"

    def send(self, client: httpx.Client, string: str) -> httpx.Response:
        filled = {name: string if value is None else value for name, value in self.fields}
        encoded = urlencode(filled, errors="replace")
        if self.method == "GET":
            return client.get(f"{urlsplit(self.action).path}?{encoded}")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return client.post(self.action, content=encoded, headers=headers)


def _routes(described: dict[str, Any]) -> Iterator[_RouteTarget]:
    schemas = described["components"]["schemas"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            given = operation.get("parameters", [])
            query = tuple(one["name"] for one in given if one["in"] == "query" and "string" in str(one["schema"]))
            form = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            named = schemas.get(str(form.get("$ref", "")).rpartition("/")[2], {})
            body = tuple(
                name
                for name, kind in named.get("properties", {}).items()
                if "string" in str(kind) or "$ref" in str(kind)
            )
            in_path = re.search(r"\{(?![a-z]+_id|page)", path) is not None
            if (query or body or in_path) and method != "delete" and "events" not in path:
                yield _RouteTarget(method.upper(), path, body, query)


def _forms(site: HostileSite) -> Iterator[_FormTarget]:
    known: set[str] = set()
    shown = [*_START, *(f"/sources/new/{kind}" for kind in ("folder", "website", "feed", "git")), *_of_documents(site)]
    for path in shown:
        reply = site.client.get(path)
        if reply.status_code != 200:
            continue
        for form in lxml.html.fromstring(reply.text).forms:
            action = urljoin(path, form.action or path)
            fields = tuple(_fields(form))
            if action in known or form.method == "DIALOG" or not any(value is None for _, value in fields):
                continue
            known.add(action)
            yield _FormTarget(path, form.method, action, fields)


def _of_documents(site: HostileSite) -> list[str]:
    """A document's page, and the recording's with its editor."""
    documents = site.client.get("/api/documents?limit=200").json()["documents"]
    recording = next((one for one in documents if one["name"].endswith(".wav")), documents[0])
    number = recording["document_id"]
    return [f"/library/documents/{number}", f"/documents/{number}/transcript"]


def _fields(form: Any) -> Iterator[tuple[str, str | None]]:
    for element in form.inputs:
        kind = element.get("type", "text") if element.tag == "input" else element.tag
        if element.name and kind not in ("file", "submit", "checkbox", "radio", "button"):
            yield element.name, (element.value or "") if kind == "hidden" else None


# Looking


class Watcher:
    """Opens pages in a browser and remembers what happens that must not."""

    def __init__(self, browser: Browser, site: HostileSite) -> None:
        self._context = browser.new_context(base_url=site.address, reduced_motion="reduce")
        self._context.set_default_timeout(20_000)
        self._context.add_init_script(_LISTEN)
        self._page = self._context.new_page()
        self._site = site
        self._at = ""
        self.seen = Seen()
        page = self._page
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self._note("error", str(error)))
        page.on("console", lambda message: self._listen(message.type, message.text))
        page.on("popup", self._window)
        page.on("download", lambda download: self._note("download", download.url))
        page.on("framenavigated", lambda frame: self._went(frame.url))
        self._context.on("request", lambda request: self._asked(request.url))

    def close(self) -> None:
        self._context.close()

    def look(self, path: str) -> list[str]:
        """The addresses on this server that the page leads to."""
        self._at = path
        reply = self._page.goto(path, wait_until="load")
        if reply is not None and reply.status >= 500:
            self.seen.failures.append(Effect("failure", path, str(reply.status)))
        self._examine()
        found: list[str] = self._page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        return [address.removeprefix(self._site.address) for address in found if address.startswith(self._site.address)]

    def look_at_reply(self, name: str, reply: httpx.Response) -> None:
        """A page that was the answer to a form, with the headers that it came with."""
        if reply.status_code >= 500 and reply.status_code != 503:
            self.seen.failures.append(Effect("failure", name, f"{reply.status_code}: {reply.request.content[:200]!r}"))
        if "text/html" not in reply.headers.get("content-type", "") or reply.is_redirect:
            return
        self._at = name
        headers = {key: value for key, value in reply.headers.items() if key != "content-length"}

        def answer(route: Route) -> None:
            route.fulfill(status=reply.status_code, headers=headers, body=reply.content)

        self._page.route("**/hostile-reply", answer)
        self._page.goto("/hostile-reply", wait_until="load")
        self._page.unroute("**/hostile-reply")
        self._examine()

    def crawl(self, most: int) -> None:
        waiting, known = list(_START), set(_START)
        while waiting and self.seen.pages < most:
            for address in self.look(waiting.pop(0)):
                path = address.partition("#")[0]
                if path not in known and not _NOT_FOLLOWED.search(path):
                    known.add(path)
                    waiting.append(path)

    def _examine(self) -> None:
        self.seen.pages += 1
        made, leads, violations = self._page.evaluate(_LIST_EFFECTS)
        for one in made:
            self.seen.made.setdefault(one, self._at)
        for lead in leads:
            self._note("lead", lead)
        for violation in violations:
            self._note("policy", violation)

    def _note(self, kind: str, what: str) -> None:
        self.seen.effects.append(Effect(kind, self._at, what[:200]))

    def _listen(self, kind: str, text: str) -> None:
        # Warnings are about what a form shows again, such as a word where a number is asked for.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self._note("console", text)

    def _dialog(self, dialog: Dialog) -> None:
        self._note("dialog", dialog.message)
        dialog.dismiss()

    def _window(self, popup: Page) -> None:
        self._note("window", popup.url)
        popup.close()

    def _went(self, address: str) -> None:
        if urlsplit(address).netloc not in ("", urlsplit(self._site.address).netloc):
            self._note("navigation", address)

    def _asked(self, address: str) -> None:
        if not address.startswith((self._site.address, "data:", "blob:")):
            self._note("request", address)


def examined(browser: Browser, folder: Path, strings: Sequence[str], every: int, most_pages: int) -> Seen:
    """Everything that these strings brought about, on a site of their own."""
    below = folder / "source"
    below.mkdir(parents=True)
    with a_site(folder) as site:
        plant(site, strings, below)
        watcher = Watcher(browser, site)
        try:
            for name, reply in send_everywhere(site, strings, every):
                watcher.look_at_reply(name, reply)
            watcher.crawl(most_pages)
        finally:
            watcher.close()
        return watcher.seen


def injected(seen: Seen) -> list[Effect]:
    """Elements and attributes that neither a template nor a script of ours makes."""
    elements, attributes = vocabulary()
    found = []
    for made, page in seen.made.items():
        element, _, attribute = made.partition(" ")
        if element not in elements or (attribute and attribute not in attributes and made != _SIZED):
            found.append(Effect("element", page, made))
    return found


@cache
def vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Names of elements and of attributes, read from what makes pages."""
    templates = "".join(file.read_text("utf-8") for file in sorted((_API / "templates").rglob("*.html")))
    written = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", templates, flags=re.DOTALL)
    scripts = "".join(file.read_text("utf-8") for file in sorted((_API / "static" / "js").glob("*.js")))
    elements = {*re.findall(r"<([a-z][a-z0-9]*)", written), *(f"h{level}" for level in range(1, 7))}
    elements |= set(re.findall(r"createElement\(\"([a-z]+)\"", scripts))
    # What values say are no names.
    opened = re.sub(r'"[^"]*"', '""', " ".join(re.findall(r"<[a-z][^<>]*>", written)))
    attributes = set(re.findall(r"(?<![\w-])([a-z][a-zA-Z-]*)(?==\"|\s|>)", opened))
    attributes |= set(re.findall(r"Attribute\(\"([a-z-]+)\"", scripts))
    return frozenset(elements), frozenset(attributes)


def _quoted(string: str) -> str:
    return '"' + string.replace('"', '""') + '"'


def _printable(string: str) -> str:
    return re.sub(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]", " ", string)


def _line(string: str) -> str:
    return " ".join(string.split())[:80]
