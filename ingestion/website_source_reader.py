"""Reads a website: the pages of its sitemap, or those that links lead to, on one host and as robots.txt allows."""

import gzip
import hashlib
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from ingestion.lxml_xml import parse_xml
from ingestion.parsed import Damaged, Unreadable
from ingestion.source_reading import BadSource, FetchedItem, ItemGone, ListedItem, Memory, Recall, SourceUnavailable
from ingestion.spool import Spool
from ingestion.web_client import NotAllowed, NotReached, ReplyTooLarge, WebClient, WebReply, shown
from ingestion.web_page import WebPages

AGENT = "Groundwork"
_LARGEST_PAGE = 10_000_000
_LARGEST_SITEMAP = 50_000_000
_MOST_SITEMAPS = 200
_MOST_LINKS = 1000
_LONGEST_PAUSE_S = 10.0
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_LEFT_OUT = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|ico|css|js|mjs|json|xml|woff2?|ttf|otf|eot|zip|gz|tar|tgz|dmg|exe|mp[34]|webm)$", re.I
)


class WebsiteSourceReader:
    lists_everything = True
    keeps_listing = False

    def __init__(
        self,
        address: str,
        client: WebClient,
        web_pages: WebPages,
        pause: Callable[[float], None],
        most_pages: int,
        crawl: bool = False,
        below: str = "",
    ) -> None:
        """`pause` waits for seconds, as a site may ask for between requests."""
        start = _plain(address)
        if start is None:
            raise BadSource(f"{shown(address)} is no address of a website. It begins with https://")
        self._start = start
        self._client = client
        self._web_pages = web_pages
        self._pause = pause
        self._most_pages = most_pages
        self._crawl = crawl
        self._below = below
        self._robots = RobotFileParser()
        self._spool = Spool()
        self._unreadable: dict[str, Unreadable] = {}
        """Why pages cannot be read that were looked at for their links, so that each is tried once."""

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """At most as many pages as were agreed on. Pages beyond that are not listed, so they count as gone."""
        self._read_robots(self._start)
        sitemaps = [] if self._crawl else self._sitemaps(self._start)
        pages = self._pages_of(sitemaps)
        first = next(pages, None)
        if first is None:
            yield from self._follow_links(recall)
            return
        seen: set[str] = set()
        for address, changed in _and_then(first, pages):
            if address in seen:
                continue
            seen.add(address)
            yield ListedItem(address, address, _name(address), changed)
            if len(seen) >= self._most_pages:
                return

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        kept = self._spool.find(item.key)
        if kept is not None:
            is_page = bool(item.memory.get("page"))
            if item.key in self._unreadable:
                raise self._unreadable[item.key]
            return self._page(item.key, kept, item.memory) if is_page else FetchedItem(kept, None, item.memory)
        # What links lead to was asked for when it was listed, and differs.
        is_conditional = not item.whole and "stamp" not in item.memory
        reply = self._get(item.key, _conditions(item.memory) if is_conditional else {})
        if reply.status == 304:
            return None
        if reply.status in (404, 410):
            raise ItemGone(item.name)
        _check(reply)
        memory = {**item.memory, **_validators(reply)}
        if reply.media_type not in _HTML:
            return FetchedItem(reply.content, None, memory)
        return self._page(reply.address, reply.content, memory)

    def close(self) -> None:
        self._spool.close()
        self._client.close()

    def _page(self, address: str, content: bytes, memory: Memory) -> FetchedItem:
        text = self._web_pages.main_text(content, address)
        if text is None:
            return FetchedItem(content, None, memory, remarks=("No main text was found; the whole page was read.",))
        return FetchedItem(text.html, text.title, memory)

    # Robots and sitemaps

    def _read_robots(self, start: str) -> None:
        """A site whose robots.txt fails on its side is left alone, as the standard asks for."""
        reply = self._get(urljoin(start, "/robots.txt"))
        if reply.status >= 500 or reply.status == 429:
            raise SourceUnavailable(f"robots.txt of {shown(start)} answers with {reply.status}. Nothing was read.")
        lines = reply.content.decode("utf-8", "replace").splitlines() if reply.status == 200 else []
        self._robots.parse(lines)
        if not self._robots.can_fetch(AGENT, start):
            raise SourceUnavailable(f"robots.txt of {shown(start)} asks not to read this address.")

    def _sitemaps(self, start: str) -> list[str]:
        if re.search(r"\.xml(?:\.gz)?$", urlsplit(start).path):
            return [start]
        named = [address for address in self._robots.site_maps() or () if self._is_ours(address)]
        return named or [urljoin(start, "/sitemap.xml")]

    def _pages_of(self, sitemaps: list[str]) -> Iterator[tuple[str, str | None]]:
        """Addresses, with when they changed where that is said. A sitemap that is not there has none."""
        waiting, read = deque(sitemaps), 0
        while waiting:
            if read >= _MOST_SITEMAPS:
                raise SourceUnavailable(f"The website has more than {_MOST_SITEMAPS} sitemaps.")
            address = waiting.popleft()
            read += 1
            reply = self._get(address, most_bytes=_LARGEST_SITEMAP)
            if reply.status in (404, 410) and read == 1:
                return
            _check(reply)
            try:
                tree = parse_xml(_unpacked(reply.content))
            except Damaged as error:
                if read == 1 and reply.media_type in _HTML:
                    return  # a page that says that there is nothing, with the wrong status
                raise SourceUnavailable(f"The sitemap {shown(address)} cannot be read: {error}") from error
            waiting += [
                found for entry in tree.records("sitemap") if (found := entry.get("loc")) and self._is_ours(found)
            ]
            for entry in tree.records("url"):
                page = _plain(entry.get("loc", ""))
                if page is not None and self._is_wanted(page):
                    yield page, entry.get("lastmod", "")[:100] or None

    # Links

    def _follow_links(self, recall: Recall) -> Iterator[ListedItem]:
        """Breadth first from the start. Pages are read for their links now and not asked for again when fetched."""
        waiting, known, listed = deque([self._start]), {self._start}, 0
        while waiting and listed < self._most_pages:
            address = waiting.popleft()
            found = self._look(address, recall(address) or {})
            if found is None:
                continue
            listed += 1
            yield found
            for link in found.memory.get("links", ()):
                if link not in known and self._is_wanted(link):
                    known.add(link)
                    waiting.append(link)

    def _look(self, address: str, memory: Memory) -> ListedItem | None:
        """None for what is not there or leads elsewhere. What fails now stays listed, with the links of last time."""
        try:
            # Without the links of last time a page that has not changed would lead nowhere.
            reply = self._get(address, _conditions(memory) if "links" in memory else {})
            if reply.status == 304:
                return ListedItem(address, address, _name(address), str(memory.get("stamp", "")), memory=memory)
            if reply.status in (401, 403, 404, 410) and address != self._start:
                return None
            _check(reply)
        except (NotReached, ReplyTooLarge):
            if address == self._start:
                raise
            return ListedItem(address, address, _name(address), None, memory=memory)
        except NotAllowed:
            if address == self._start:
                raise
            return None
        return self._listed(address, reply)

    def _listed(self, address: str, reply: WebReply) -> ListedItem:
        self._spool.put(address, reply.content)
        is_page = reply.media_type in _HTML
        stamped, links = reply.content, list[str]()
        if is_page:
            try:
                text = self._web_pages.main_text(reply.content, reply.address)
            except Unreadable as error:
                # It leads nowhere, and fails by name when it is fetched.
                self._unreadable[address] = error
            else:
                stamped = text.html if text else reply.content
                links = list(self._links(reply))
        stamp = hashlib.sha256(stamped).hexdigest()
        memory = {**_validators(reply), "links": links, "stamp": stamp, "page": is_page}
        return ListedItem(address, address, _name(address), stamp, memory=memory)

    def _links(self, reply: WebReply) -> Iterator[str]:
        try:
            links = self._web_pages.links(reply.content, reply.address)
        except Unreadable:
            return
        found = dict.fromkeys(_joined(reply.address, link) for link in links)
        for number, link in enumerate(link for link in found if link is not None and self._is_ours(link)):
            if number >= _MOST_LINKS:
                return
            yield link

    def _is_ours(self, address: str) -> bool:
        try:
            ours, theirs = urlsplit(self._start), urlsplit(address)
            return (theirs.hostname, theirs.port) == (ours.hostname, ours.port) and theirs.scheme in ("http", "https")
        except ValueError:
            return False

    def _is_wanted(self, address: str) -> bool:
        path = urlsplit(address).path
        return (
            self._is_ours(address)
            and path.startswith(self._below)
            and not _LEFT_OUT.search(path)
            and self._robots.can_fetch(AGENT, address)
        )

    def _get(self, address: str, headers: Mapping[str, str] | None = None, most_bytes: int = _LARGEST_PAGE) -> WebReply:
        delay = self._robots.crawl_delay(AGENT) if self._robots.mtime() else None
        if delay is not None:
            self._pause(min(float(delay), _LONGEST_PAUSE_S))
        return self._client.get(address, headers, most_bytes)


def _and_then(
    first: tuple[str, str | None], others: Iterator[tuple[str, str | None]]
) -> Iterator[tuple[str, str | None]]:
    yield first
    yield from others


def _joined(base: str, link: str) -> str | None:
    try:
        return _plain(urljoin(base, link))
    except ValueError:
        return None


def _plain(address: str) -> str | None:
    """Without fragment, and with a path. None where it is no address of a page."""
    try:
        parts = urlsplit(urldefrag(address.strip()).url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            return None
        return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query, ""))
    except ValueError:
        return None


def _name(address: str) -> str:
    """What people see of an address: host and path. A page's name ends in .html so that it is read as one."""
    parts = urlsplit(address)
    path = unquote(parts.path).strip("/")
    shown_path = f"{parts.hostname}/{path}" if path else f"{parts.hostname}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{shown_path}{query}" if PurePosixPath(path).suffix else f"{shown_path}{query}.html"


def _conditions(memory: Memory) -> dict[str, str]:
    headers = {}
    if isinstance(memory.get("etag"), str):
        headers["If-None-Match"] = memory["etag"]
    if isinstance(memory.get("modified"), str):
        headers["If-Modified-Since"] = memory["modified"]
    return headers


def _validators(reply: WebReply) -> dict[str, str]:
    named = {"etag": reply.headers.get("etag"), "modified": reply.headers.get("last-modified")}
    return {name: value for name, value in named.items() if value}


def _check(reply: WebReply) -> None:
    """Raises `NotReached`."""
    if reply.status != 200:
        raise NotReached(reply.address, f"it answers with {reply.status}.")


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(_LARGEST_SITEMAP + 1)
    except (OSError, EOFError) as error:
        raise Damaged("it is not packed as it says") from error
    if len(unpacked) > _LARGEST_SITEMAP:
        raise Damaged("it is too large when unpacked")
    return unpacked
