"""A website is read by its sitemap or its links, as robots.txt allows, and asked only for what may have changed."""

import gzip
from collections.abc import Callable, Iterator

import pytest

from api.httpx_web_client import HttpxWebClient
from api.outgoing import OutgoingRules
from ingestion.limited_parsing import ParsingTimedOut
from ingestion.source_reading import FetchedItem, ItemGone, ListedItem, Memory, SourceUnavailable
from ingestion.web_client import NotAllowed
from ingestion.web_page import MainText, WebPages
from ingestion.website_source_reader import WebsiteSourceReader
from tests.ingestion.local_site import LocalSite, Page, serve_site

ARTICLE = """<html><head><title>{title} | ACME</title></head><body>
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<main><article><h1>{title}</h1><p>{text} It is written here in full, so that everybody can look it up.</p>
{more}</article></main><footer>Printed at {when}. Imprint, cookies, contact.</footer></body></html>"""


def article(title: str, text: str, more: str = "", when: str = "12:00") -> str:
    return ARTICLE.format(title=title, text=text, more=more, when=when)


def sitemap(*paths: str, site: LocalSite) -> str:
    rows = "".join(f"<url><loc>{site.address}{path}</loc><lastmod>2026-01-01</lastmod></url>" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with serve_site() as served:
        served.put("/leave", article("Leave", "Everybody gets thirty days of leave a year."))
        served.put("/travel", article("Travel", "Train journeys are booked in second class."))
        yield served


Open = Callable[..., WebsiteSourceReader]


@pytest.fixture
def open_site(site: LocalSite, web_pages: WebPages) -> Iterator[Open]:
    opened: list[WebsiteSourceReader] = []
    waits: list[float] = []

    def opening(path: str = "/", most_pages: int = 100, **options: object) -> WebsiteSourceReader:
        rules = OutgoingRules(frozenset({"127.0.0.1"}), frozenset({"127.0.0.1"}))
        client = HttpxWebClient(rules, most_bytes=1_000_000, timeout_s=5)
        reader = WebsiteSourceReader(
            site.address + path,
            client,
            web_pages,
            waits.append,
            most_pages,
            **options,  # type: ignore[arg-type]
        )
        opened.append(reader)
        return reader

    opening.waits = waits  # type: ignore[attr-defined]
    yield opening
    for reader in opened:
        reader.close()


def listed(reader: WebsiteSourceReader, known: dict[str, Memory] | None = None) -> dict[str, ListedItem]:
    """By path."""
    items = reader.list_items((known or {}).get)
    return {"/" + item.key.split("/", 3)[3]: item for item in items}


def fetched(reader: WebsiteSourceReader, item: ListedItem) -> FetchedItem:
    found = reader.fetch(item)
    assert found is not None
    return found


def test_pages_of_the_sitemap_are_listed_with_their_changes(site: LocalSite, open_site: Open) -> None:
    site.put("/sitemap.xml", sitemap("/leave", "/travel", site=site))
    items = listed(open_site())
    assert {path: item.stamp for path, item in items.items()} == {"/leave": "2026-01-01", "/travel": "2026-01-01"}
    assert site.paths() == ["/robots.txt", "/sitemap.xml"]


def test_the_main_text_is_taken_without_what_surrounds_it(site: LocalSite, open_site: Open) -> None:
    site.put("/sitemap.xml", sitemap("/leave", site=site))
    reader = open_site()
    page = fetched(reader, listed(reader)["/leave"])
    assert b"thirty days of leave" in page.content
    assert b"cookies" not in page.content
    assert page.title is not None
    assert page.title.startswith("Leave")


def test_a_page_of_which_only_the_surroundings_change_stays_the_same(site: LocalSite, open_site: Open) -> None:
    site.put("/sitemap.xml", sitemap("/leave", site=site))
    reader = open_site()
    before = fetched(reader, listed(reader)["/leave"])
    site.put("/leave", article("Leave", "Everybody gets thirty days of leave a year.", when="17:45"))
    assert fetched(reader, listed(reader)["/leave"]).content == before.content


def test_a_page_that_did_not_change_is_not_sent_again(site: LocalSite, open_site: Open) -> None:
    site.put("/sitemap.xml", sitemap("/leave", site=site))
    reader = open_site()
    item = listed(reader)["/leave"]
    memory = fetched(reader, item).memory
    again = ListedItem(item.key, item.origin, item.name, "2026-02-02", memory=memory)
    assert reader.fetch(again) is None
    assert site.asked[-1].status == 304
    site.put("/leave", article("Leave", "Everybody gets twenty-eight days of leave a year."))
    assert b"twenty-eight" in fetched(reader, again).content


def test_what_has_to_be_read_in_a_new_way_is_asked_for_whole(site: LocalSite, open_site: Open) -> None:
    site.put("/sitemap.xml", sitemap("/leave", site=site))
    reader = open_site()
    item = listed(reader)["/leave"]
    memory = fetched(reader, item).memory
    assert reader.fetch(ListedItem(item.key, item.origin, item.name, memory=memory, whole=True)) is not None


def test_sitemaps_named_by_robots_are_followed_through_indexes_and_packing(site: LocalSite, open_site: Open) -> None:
    site.put("/robots.txt", f"User-agent: *\nDisallow: /private/\nSitemap: {site.address}/index.xml\n")
    index = f"<sitemapindex><sitemap><loc>{site.address}/one.xml.gz</loc></sitemap></sitemapindex>"
    site.put("/index.xml", index)
    site.pages["/one.xml.gz"] = Page(gzip.compress(sitemap("/leave", "/private/pay", "/logo.png", site=site).encode()))
    assert list(listed(open_site())) == ["/leave"]


def test_addresses_of_other_hosts_are_left_out(site: LocalSite, open_site: Open) -> None:
    others = "<url><loc>http://elsewhere.example/x</loc></url><url><loc>file:///etc/passwd</loc></url>"
    site.put("/sitemap.xml", sitemap("/leave", site=site).replace("</urlset>", others + "</urlset>"))
    assert list(listed(open_site())) == ["/leave"]


def test_without_a_sitemap_links_are_followed(site: LocalSite, open_site: Open) -> None:
    more = '<a href="leave">Leave</a> <a href="/travel#top">Travel</a> <a href="http://elsewhere.example/">Out</a>'
    site.put("/", article("Handbook", "This is the handbook of the company.", more + '<a href="/gone">Gone</a>'))
    reader = open_site()
    items = listed(reader)
    assert set(items) == {"/", "/leave", "/travel"}
    before = len(site.asked)
    assert b"thirty days" in fetched(reader, items["/leave"]).content
    assert len(site.asked) == before


def test_a_second_walk_along_the_links_gets_only_what_changed(site: LocalSite, open_site: Open) -> None:
    site.put("/", article("Handbook", "This is the handbook of the company.", '<a href="/leave">Leave</a>'))
    first = listed(open_site())
    known = {item.key: item.memory for item in first.values()}
    site.put("/leave", article("Leave", "Everybody gets twenty-eight days of leave a year."))
    site.asked.clear()
    second = listed(open_site(), known)
    assert {asked.path: asked.status for asked in site.asked} == {
        "/robots.txt": 404,
        "/sitemap.xml": 404,
        "/": 304,
        "/news": 404,
        "/leave": 200,
    }
    assert second["/"].stamp == first["/"].stamp
    assert second["/leave"].stamp != first["/leave"].stamp


def test_a_page_that_fails_on_the_way_stays_listed(site: LocalSite, open_site: Open) -> None:
    site.put("/", article("Handbook", "This is the handbook of the company.", '<a href="/leave">Leave</a>'))
    first = listed(open_site())
    site.pages["/leave"] = Page(b"", status=500)
    second = listed(open_site(), {item.key: item.memory for item in first.values()})
    assert second["/leave"].stamp is None


def test_no_more_pages_than_agreed_are_read(site: LocalSite, open_site: Open) -> None:
    links = "".join(f'<a href="/p{number}">Page {number}</a>' for number in range(50))
    site.put("/", article("Handbook", "This is the handbook of the company.", links))
    for number in range(50):
        site.put(f"/p{number}", article(f"Page {number}", "Nothing much is written on this page."))
    assert len(listed(open_site(most_pages=10))) == 10


def test_only_a_part_of_the_site_is_read_on_request(site: LocalSite, open_site: Open) -> None:
    site.put("/docs/a", article("A", "Something is written on this page."))
    site.put("/sitemap.xml", sitemap("/leave", "/docs/a", site=site))
    assert list(listed(open_site(below="/docs/"))) == ["/docs/a"]


def test_robots_are_obeyed(site: LocalSite, open_site: Open) -> None:
    site.put("/robots.txt", "User-agent: Groundwork\nDisallow: /\n")
    with pytest.raises(SourceUnavailable, match="asks not to read"):
        listed(open_site())
    site.pages["/robots.txt"] = Page(b"", status=503)
    with pytest.raises(SourceUnavailable, match="503"):
        listed(open_site())


def test_a_pause_that_a_site_asks_for_is_made(site: LocalSite, open_site: Open) -> None:
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 2\n")
    site.put("/sitemap.xml", sitemap("/leave", site=site))
    reader = open_site()
    fetched(reader, listed(reader)["/leave"])
    assert open_site.waits == [2.0, 2.0]  # type: ignore[attr-defined]


def test_a_page_that_is_gone_is_told(site: LocalSite, open_site: Open) -> None:
    site.put("/sitemap.xml", sitemap("/leave", "/old", site=site))
    reader = open_site()
    with pytest.raises(ItemGone):
        reader.fetch(listed(reader)["/old"])


def test_documents_of_other_types_come_as_they_are(site: LocalSite, open_site: Open) -> None:
    site.pages["/terms.pdf"] = Page(b"%PDF-1.7 ...", "application/pdf")
    site.put("/sitemap.xml", sitemap("/terms.pdf", site=site))
    reader = open_site()
    item = listed(reader)["/terms.pdf"]
    assert (item.name, fetched(reader, item).content) == ("127.0.0.1/terms.pdf", b"%PDF-1.7 ...")


def test_a_site_that_leads_elsewhere_is_not_followed_there(site: LocalSite, open_site: Open) -> None:
    site.pages["/"] = Page(b"", status=301, headers={"Location": "http://elsewhere.example/"})
    with pytest.raises(NotAllowed, match=r"elsewhere\.example"):
        listed(open_site())


@pytest.mark.parametrize(
    "broken", [b"<urlset><url>", b'<!DOCTYPE x [<!ENTITY a "b">]><urlset>&a;</urlset', b"\x1f\x8b\x08broken"]
)
def test_a_broken_sitemap_is_a_failure_and_not_an_empty_site(site: LocalSite, open_site: Open, broken: bytes) -> None:
    site.pages["/sitemap.xml"] = Page(broken, "application/xml")
    with pytest.raises(SourceUnavailable, match="sitemap"):
        listed(open_site())


class Choking:
    """Reads all pages but one, which takes too long each time."""

    def __init__(self, others: WebPages, choked_on: str) -> None:
        self._others = others
        self._choked_on = choked_on
        self.tries = 0

    def main_text(self, page: bytes, address: str) -> MainText | None:
        if address.endswith(self._choked_on):
            self.tries += 1
            raise ParsingTimedOut(60)
        return self._others.main_text(page, address)

    def links(self, page: bytes, address: str) -> tuple[str, ...]:
        return self._others.links(page, address)


def test_a_page_that_cannot_be_read_in_time_fails_alone_and_is_tried_once(site: LocalSite, web_pages: WebPages) -> None:
    site.put("/", article("Handbook", "This is the handbook.", '<a href="/bomb">B</a><a href="/leave">Leave</a>'))
    site.put("/bomb", article("Bomb", "This page takes for ever."))
    here = frozenset({"127.0.0.1"})
    choking = Choking(web_pages, "/bomb")
    client = HttpxWebClient(OutgoingRules(here, here), most_bytes=1_000_000, timeout_s=5)
    reader = WebsiteSourceReader(site.address + "/", client, choking, lambda seconds: None, most_pages=10)
    items = listed(reader)
    assert set(items) == {"/", "/bomb", "/leave"}
    with pytest.raises(ParsingTimedOut):
        reader.fetch(items["/bomb"])
    assert choking.tries == 1
    assert b"thirty days" in fetched(reader, items["/leave"]).content
    reader.close()
