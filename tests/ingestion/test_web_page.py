"""Main text and links are taken out of pages in confined children, where a bomb costs its own page only."""

import sys
from collections.abc import Iterator

import pytest

from ingestion.limited_parsing import MIB, OutOfMemory, ParsingLimits, ParsingServer, ParsingTimedOut
from ingestion.web_page import ConfinedWebPages, WebPages

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux offers these walls")

PAGE = b"""<html><head><title>Leave</title></head><body><nav><a href="/">Home</a></nav><main><h1>Leave</h1>
<p>Everybody gets thirty days of leave a year, and takes at least ten of them together.</p>
<p>Ask <a href="who\n.html">these</a> or <a href="https://elsewhere.example/ask?a=1&amp;b=2">those</a> people.</p>
<a rel="nofollow" href="/login">Log in</a></main><footer>Imprint</footer></body></html>"""


@pytest.fixture(scope="module")
def narrow() -> Iterator[WebPages]:
    with ParsingServer(ParsingLimits(memory_bytes=256 * MIB, wall_s=30, cpu_s=1)) as parsing:
        yield ConfinedWebPages(parsing)


def test_the_main_text_comes_without_what_surrounds_it(web_pages: WebPages) -> None:
    found = web_pages.main_text(PAGE, "https://wiki.example/leave")
    assert found is not None
    assert found.title == "Leave"
    assert b"thirty days" in found.html
    assert b"Imprint" not in found.html


def test_a_page_without_text_of_its_own_has_no_main_text(web_pages: WebPages) -> None:
    assert web_pages.main_text(b"<html><body></body></html>", "https://wiki.example/") is None
    assert web_pages.main_text(b"", "https://wiki.example/") is None


def test_links_come_in_the_order_of_the_page(web_pages: WebPages) -> None:
    links = web_pages.links(PAGE, "https://wiki.example/leave")
    assert links == ("/", "who.html", "https://elsewhere.example/ask?a=1&b=2")


def test_links_keep_their_spaces_and_lose_their_line_breaks(web_pages: WebPages) -> None:
    page = '<a href=" /travel policy\t">a</a><a href="/a\r\nb">b</a><a href="/c\u2028d">c</a>'
    assert web_pages.links(page.encode(), "https://wiki.example/") == ("/travel policy", "/ab", "/c\u2028d")
    assert web_pages.links(b"<p>No links.</p>", "https://wiki.example/") == ()


@pytest.mark.parametrize(
    "bomb",
    [
        b"<table>" + b"<tr><td>a<b>c</b></td></tr>" * 300_000,
        b"<p><i>x</i> some <b>words</b> here.<p>" * 150_000,
    ],
    ids=["many cells", "many paragraphs"],
)
@on_linux
def test_a_page_that_takes_too_much_is_a_named_outcome_and_the_next_one_is_read(narrow: WebPages, bomb: bytes) -> None:
    # Which limit it meets first is the machine's choice.
    with pytest.raises((ParsingTimedOut, OutOfMemory)):
        narrow.main_text(bomb, "https://wiki.example/bomb")
    assert narrow.main_text(PAGE, "https://wiki.example/leave") is not None
