"""Reads the entries of an RSS or Atom feed, or the pages that they link to."""

import hashlib
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import urlsplit

import feedparser  # type: ignore[import-untyped]  # feedparser ships no types

from ingestion.source_reading import FetchedItem, ItemGone, ListedItem, Recall, SourceUnavailable
from ingestion.spool import Spool
from ingestion.web_client import NotReached, WebClient
from ingestion.web_page import WebPages

_LARGEST_FEED = 20_000_000
_LARGEST_PAGE = 10_000_000


class FeedparserSourceReader:
    lists_everything = False
    keeps_listing = True

    def __init__(self, address: str, client: WebClient, web_pages: WebPages, follow: bool) -> None:
        """`follow`: the linked page in place of what the feed says."""
        self._address = address
        self._client = client
        self._web_pages = web_pages
        self._follow = follow
        self._spool = Spool()

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """In the order of the feed, usually newest first."""
        reply = self._client.get(self._address, most_bytes=_LARGEST_FEED)
        if reply.status != 200:
            raise SourceUnavailable(f"The feed answers with {reply.status}.")
        feed = feedparser.parse(reply.content, response_headers={"content-location": reply.address})
        if not feed.version:
            raise SourceUnavailable("The address is no RSS or Atom feed.")
        for entry in feed.entries:
            link = str(entry.get("link", ""))
            key = str(entry.get("id") or link or entry.get("title", ""))
            if not key:
                continue
            page = _page(entry)
            stamp = hashlib.sha256(page + str(entry.get("updated", "")).encode()).hexdigest()
            if not self._follow:
                self._spool.put(key, page)
            memory = {"link": link, "title": str(entry.get("title", ""))[:300]}
            yield ListedItem(key, link or f"feed:{self._address}#{key}", _name(entry), stamp, memory=memory)

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        title = str(item.memory.get("title", "")) or None
        link = str(item.memory.get("link", ""))
        if self._follow and link:
            reply = self._client.get(link, most_bytes=_LARGEST_PAGE)
            if reply.status in (404, 410):
                raise ItemGone(item.name)
            if reply.status != 200:
                raise NotReached(link, f"it answers with {reply.status}.")
            text = self._web_pages.main_text(reply.content, reply.address)
            if text is None:
                remark = "No main text was found; the whole page was read."
                return FetchedItem(reply.content, title, item.memory, remarks=(remark,))
            return FetchedItem(text.html, title or text.title, item.memory)
        content = self._spool.find(item.key)
        if content is None:
            raise ItemGone(item.name)
        return FetchedItem(content, title, item.memory)

    def close(self) -> None:
        self._spool.close()
        self._client.close()


def _page(entry: Any) -> bytes:  # noqa: ANN401 - feedparser's entries have whatever the feed has
    said = [str(content.get("value", "")) for content in entry.get("content", ())]
    body = max([*said, str(entry.get("summary", ""))], key=len)
    title = escape(str(entry.get("title", "")))
    about = " · ".join(escape(str(entry[name])) for name in ("author", "published") if entry.get(name))
    lines = [f"<h1>{title}</h1>" if title else "", f"<p>{about}</p>" if about else "", body]
    return f"<html><head><title>{title}</title></head><body><main>{''.join(lines)}</main></body></html>".encode()


def _name(entry: Any) -> str:  # noqa: ANN401
    path = urlsplit(str(entry.get("link", ""))).path.strip("/")
    shown = str(entry.get("title", "")) or path or "Entry"
    return " ".join(shown.replace("/", " ").split())[:200] + ".html"
