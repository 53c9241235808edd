"""The one way out asks what the rules allow, connects to what was checked, and stops at its limits."""

import gzip
import socket
import threading
from collections.abc import Iterator

import pytest

from api.httpx_web_client import HttpxWebClient
from api.outgoing import OutgoingRules
from ingestion.web_client import NotAllowed, NotReached, ReplyTooLarge
from tests.ingestion.local_site import LocalSite, Page, serve_site

HERE = frozenset({"127.0.0.0/8"})


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with serve_site() as served:
        yield served


def a_client(rules: OutgoingRules, **given: object) -> HttpxWebClient:
    return HttpxWebClient(rules, **({"most_bytes": 10_000, "timeout_s": 5.0} | given))  # type: ignore[arg-type]


def named(*addresses: str, hosts: frozenset[str] | None = None, private: frozenset[str] = HERE) -> OutgoingRules:
    """Rules under which every name resolves to these addresses."""
    return OutgoingRules(hosts, private, lambda host, port: list(addresses))


def test_a_page_of_an_allowed_machine_is_fetched(site: LocalSite) -> None:
    site.put("/page", "Hello")
    reply = a_client(named("127.0.0.1")).get(site.address + "/page")
    assert (reply.status, reply.content, reply.media_type) == (200, b"Hello", "text/html")


def test_the_checked_address_is_connected_to_under_the_name_that_was_asked_for(site: LocalSite) -> None:
    site.put("/page", "Hello")
    port = site.address.rpartition(":")[2]
    assert a_client(named("127.0.0.1")).get(f"http://handbook.example:{port}/page").content == b"Hello"
    assert site.asked[0].headers["host"] == f"handbook.example:{port}"


@pytest.mark.parametrize(
    "resolved",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.9.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_private_addresses_are_refused_whatever_their_name(resolved: str) -> None:
    client = a_client(named(resolved, private=frozenset()))
    with pytest.raises(NotAllowed, match="private network"):
        client.get("http://innocent.example/")


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    client = a_client(named("93.184.216.34", "127.0.0.1", private=frozenset()))
    with pytest.raises(NotAllowed):
        client.get("http://innocent.example/")


@pytest.mark.parametrize("address", ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::1]/"])
def test_odd_ways_to_write_this_machine_are_refused(address: str) -> None:
    with pytest.raises((NotAllowed, NotReached)):
        a_client(OutgoingRules()).get(address)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "//x", "http://"]
)
def test_other_schemes_are_refused(address: str) -> None:
    with pytest.raises(NotAllowed):
        a_client(named("127.0.0.1")).get(address)


def test_hosts_that_are_not_listed_are_refused(site: LocalSite) -> None:
    rules = named("127.0.0.1", hosts=frozenset({"wiki.example", ".docs.example"}))
    for allowed in ("wiki.example", "a.docs.example", "WIKI.example."):
        assert rules.allows_host(allowed)
    for refused in ("example", "evilwiki.example", "docs.example", "wiki.example.evil.example"):
        assert not rules.allows_host(refused)
    with pytest.raises(NotAllowed, match="not one of those allowed"):
        a_client(rules).get("http://other.example/")


def test_redirects_are_followed_within_and_refused_beyond(site: LocalSite) -> None:
    site.put("/new", "Moved here")
    site.pages["/old"] = Page(b"", status=301, headers={"Location": "/new"})
    site.pages["/out"] = Page(b"", status=302, headers={"Location": "http://elsewhere.example/"})
    site.pages["/file"] = Page(b"", status=302, headers={"Location": "file:///etc/passwd"})
    site.pages["/round"] = Page(b"", status=302, headers={"Location": "/round"})
    client = a_client(named("127.0.0.1", hosts=frozenset({"127.0.0.1"})))
    assert client.get(site.address + "/old").address == site.address + "/new"
    for path in ("/out", "/file", "/round"):
        with pytest.raises(NotAllowed):
            client.get(site.address + path)


def test_redirects_are_refused_where_none_are_wanted(site: LocalSite) -> None:
    site.put("/new", "Moved here")
    site.pages["/old"] = Page(b"", status=301, headers={"Location": "/new"})
    with pytest.raises(NotAllowed, match="leads on to another address"):
        a_client(named("127.0.0.1"), most_redirects=0).get(site.address + "/old")
    assert [asked.path for asked in site.asked] == ["/old"]


def test_a_name_that_comes_to_mean_this_machine_is_refused_at_the_redirect(site: LocalSite) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    rules = OutgoingRules(None, HERE, lambda host, port: next(answers))
    site.pages["/old"] = Page(b"", status=301, headers={"Location": "/new"})
    with pytest.raises(NotAllowed):
        a_client(rules).get(f"http://wiki.example:{site.address.rpartition(':')[2]}/old")


def test_large_replies_are_cut_off_also_when_they_are_packed(site: LocalSite) -> None:
    site.pages["/large"] = Page(b"x" * 20_000)
    site.pages["/bomb"] = Page(gzip.compress(b"x" * 10_000_000), headers={"Content-Encoding": "gzip"})
    client = a_client(named("127.0.0.1"))
    for path in ("/large", "/bomb"):
        with pytest.raises(ReplyTooLarge):
            client.get(site.address + path)


def test_a_reply_that_trickles_in_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=trickle)
        thread.start()
        client = a_client(named("127.0.0.1"), timeout_s=0.4)
        with pytest.raises(NotReached, match="did not end"):
            client.get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        client.close()
        stop.set()
        thread.join()


def test_a_credential_goes_to_its_own_host_only(site: LocalSite) -> None:
    port = site.address.rpartition(":")[2]
    site.pages["/old"] = Page(b"", status=302, headers={"Location": f"http://other.example:{port}/new"})
    site.put("/new", "Hello")
    a_client(named("127.0.0.1"), authorization="Bearer abc", authorized_host="wiki.example").get(
        f"http://wiki.example:{port}/old"
    )
    assert [asked.headers.get("authorization") for asked in site.asked] == ["Bearer abc", None]


def test_nobody_listening_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotReached):
        a_client(named("127.0.0.1")).get(f"http://127.0.0.1:{port}/")
