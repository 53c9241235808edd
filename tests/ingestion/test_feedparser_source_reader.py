"""Entries of a feed become documents, and stay when the feed names newer ones."""

from collections.abc import Callable, Iterator

import pytest

from api.httpx_web_client import HttpxWebClient
from api.outgoing import OutgoingRules
from ingestion.feedparser_source_reader import FeedparserSourceReader
from ingestion.source_reading import SourceUnavailable
from ingestion.web_page import WebPages
from tests.ingestion.local_site import LocalSite, serve_site
from tests.ingestion.test_website_source_reader import article

RSS = """<rss version="2.0"><channel><title>News</title>
<item><title>New opening hours</title><link>{site}/hours</link><guid isPermaLink="false">n-1</guid>
<description>The gate &lt;b&gt;opens&lt;/b&gt; at six.&lt;script&gt;alert(1)&lt;/script&gt;</description></item>
<item><title>Canteen</title><link>{site}/canteen</link><guid isPermaLink="false">n-2</guid>
<description>Soup on Mondays.</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><id>tag:a</id><title>Gate</title>
<updated>2026-01-01T00:00:00Z</updated><content type="html">The gate opens at six.</content></entry></feed>"""


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with serve_site() as served:
        yield served


@pytest.fixture
def client() -> Iterator[HttpxWebClient]:
    here = frozenset({"127.0.0.1"})
    made = HttpxWebClient(OutgoingRules(here, here), most_bytes=1_000_000, timeout_s=5)
    yield made
    made.close()


Read = Callable[..., FeedparserSourceReader]


@pytest.fixture
def a_reader(site: LocalSite, client: HttpxWebClient, web_pages: WebPages) -> Read:
    def opened(follow: bool = False) -> FeedparserSourceReader:
        return FeedparserSourceReader(f"{site.address}/feed", client, web_pages, follow)

    return opened


def test_entries_are_listed_and_read(site: LocalSite, a_reader: Read) -> None:
    site.put("/feed", RSS.format(site=site.address))
    reader = a_reader()
    items = list(reader.list_items(lambda key: None))
    assert [(item.key, item.name) for item in items] == [("n-1", "New opening hours.html"), ("n-2", "Canteen.html")]
    found = reader.fetch(items[0])
    assert found is not None
    assert b"at six" in found.content
    assert b"script" not in found.content
    assert not reader.lists_everything
    reader.close()


def test_an_entry_that_changed_has_another_stamp(site: LocalSite, a_reader: Read) -> None:
    site.put("/feed", ATOM)
    reader = a_reader()
    (before,) = reader.list_items(lambda key: None)
    (same,) = reader.list_items(lambda key: None)
    site.put("/feed", ATOM.replace("at six", "at seven"))
    (after,) = reader.list_items(lambda key: None)
    assert before.stamp == same.stamp != after.stamp
    reader.close()


def test_linked_pages_are_read_on_request(site: LocalSite, a_reader: Read) -> None:
    site.put("/feed", RSS.format(site=site.address))
    site.put("/hours", article("Hours", "From May on the gate opens at half past five."))
    reader = a_reader(follow=True)
    first = next(iter(reader.list_items(lambda key: None)))
    found = reader.fetch(first)
    assert found is not None
    assert b"half past five" in found.content
    assert b"cookies" not in found.content
    reader.close()


def test_what_is_no_feed_is_told(site: LocalSite, a_reader: Read) -> None:
    site.put("/feed", "<html><body>Hello</body></html>")
    reader = a_reader()
    with pytest.raises(SourceUnavailable, match="no RSS or Atom"):
        list(reader.list_items(lambda key: None))
    reader.close()
