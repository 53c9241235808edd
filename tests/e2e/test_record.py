"""The Record page in a browser whose microphone hears a file: nothing is lost, whatever breaks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect

from api.settings import Settings
from corpus.store import DocumentEntry
from tests.conftest import Ticking
from tests.e2e.conftest import CHROMIUM, FLAGS, WIDE
from tests.e2e.site import Site, SiteServices, serve
from tests.e2e.waiting import wait_until
from tests.sounds import joined, silence, tone, wav


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = Settings(data=tmp_path_factory.mktemp("record") / "data", threads=1)
    with SiteServices(settings, Ticking(), serving=True) as services:
        for address in serve(services):
            yield Site(address, services, {})


@pytest.fixture(scope="module")
def listening_browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Its microphone hears a tone of two seconds after each second of silence, and its screen can be shared."""
    heard = tmp_path_factory.mktemp("heard") / "heard.wav"
    heard.write_bytes(wav(joined(silence(1), tone(2))))
    flags = [
        *FLAGS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={heard}",
        "--auto-select-desktop-capture-source=Entire screen",
    ]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def context(listening_browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = listening_browser.new_context(
        base_url=site.address, viewport={"width": WIDE[0], "height": WIDE[1]}, permissions=["microphone"]
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


def opened(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/record")
    return page


def record(page: Page, seconds: float) -> None:
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status").first).to_have_text("Recording")
    page.wait_for_timeout(1000 * seconds)


def saved(page: Page, site: Site) -> DocumentEntry:
    page.get_by_role("link", name="Open it").wait_for()
    address = page.get_by_role("link", name="Open it").get_attribute("href") or ""
    return site.services.library.get_document(int(address.rpartition("/")[2]), "owner")


def length_of(site: Site, entry: DocumentEntry) -> float:
    recorded = site.services.recordings.find_recording(entry.document_id, entry.version_id, "owner")
    assert recorded
    return recorded.duration_s


def test_an_expert_records_pauses_listens_and_saves(context: BrowserContext, site: Site) -> None:
    page = opened(context)
    record(page, 2.5)
    assert page.evaluate("document.getElementById('level').value") >= 0
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").first).to_have_text("Paused")
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Finish").click()
    player = page.get_by_label("What was recorded")
    expect(player).to_be_visible()
    wait_until(page, "Number.isFinite(document.querySelector('#review .player').duration)")
    page.get_by_role("textbox", name="Name").fill("Changing the seal")
    page.get_by_role("button", name="Save").click()
    entry = saved(page, site)
    assert (entry.title, entry.media_type, entry.audience) == ("Changing the seal", "audio/webm", "everyone")
    assert 3 <= length_of(site, entry) <= 5.5
    page.get_by_role("link", name="Open it").click()
    wait_until(page, "document.querySelector('.player')?.duration > 2.9")
    page.evaluate("document.querySelector('.player').play()")
    wait_until(page, "document.querySelector('.player').currentTime > 0.3")
    assert page.evaluate("document.querySelector('.player').error") is None
    page.evaluate("document.querySelector('.player').currentTime = 2")
    wait_until(page, "document.querySelector('.player').currentTime >= 2")


def test_a_closed_tab_loses_nothing(context: BrowserContext, site: Site) -> None:
    page = opened(context)
    record(page, 3.5)
    page.close()
    again = opened(context)
    expect(again.get_by_role("heading", name="Not saved yet")).to_be_visible()
    again.locator("#kept").get_by_role("button", name="Open").click()
    again.get_by_role("textbox", name="Name").fill("Survivor")
    again.get_by_role("button", name="Save").click()
    entry = saved(again, site)
    assert entry.title == "Survivor"
    assert length_of(site, entry) >= 1.5
    expect(again.locator("#kept")).to_be_hidden()


def test_a_broken_network_is_waited_for(context: BrowserContext, site: Site) -> None:
    page = opened(context)
    record(page, 2)
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("textbox", name="Name").fill("Patience")
    context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    context.set_offline(False)
    assert saved(page, site).title == "Patience"


def test_an_answer_that_got_lost_does_not_double_a_piece(context: BrowserContext, site: Site) -> None:
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "PATCH" and not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page = opened(context)
    page.route("**/api/uploads/*", lose)
    record(page, 2)
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("textbox", name="Name").fill("Once")
    page.get_by_role("button", name="Save").click()
    entry = saved(page, site)
    assert lost == [200]
    assert not entry.remarks or "damaged" not in " ".join(entry.remarks)


def test_saving_goes_on_by_itself_in_the_next_visit(context: BrowserContext, site: Site) -> None:
    page = opened(context)
    record(page, 2)
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("textbox", name="Name").fill("Interrupted")
    page.route("**/api/uploads/**", lambda route: route.abort())
    page.route("**/api/uploads", lambda route: route.abort())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    page.close()
    assert saved(opened(context), site).title == "Interrupted"


def test_the_screen_is_recorded_with_the_voice(context: BrowserContext, site: Site) -> None:
    page = opened(context)
    page.get_by_label("My screen and voice").check()
    page.get_by_role("button", name="Start").click()
    page.wait_for_timeout(3500)
    if "allowed" in page.locator("#recorder-problem").inner_text():
        pytest.skip("This browser shares no screen without a display.")
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("textbox", name="Name").fill("Screen")
    page.get_by_role("button", name="Save").click()
    entry = saved(page, site)
    assert entry.media_type in ("video/webm", "video/mp4")
    page.get_by_role("link", name="Open it").click()
    wait_until(page, "document.querySelector('.player')?.readyState > 0")
    page.evaluate("document.querySelector('.player').play()")
    wait_until(page, "document.querySelector('.player').currentTime > 0.3")
    assert page.evaluate("document.querySelector('.player').error") is None


def test_what_is_discarded_is_gone(context: BrowserContext) -> None:
    page = opened(context)
    record(page, 1.5)
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("button", name="Discard…").click()
    page.locator("#discard-dialog").get_by_role("button", name="Discard").click()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.reload()
    expect(page.locator("#kept")).to_be_hidden()


def test_without_permission_the_page_says_what_to_do(context: BrowserContext) -> None:
    context.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    page = opened(context)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#recorder-problem")).to_contain_text("Allow it beside the address")


def test_nothing_was_left_behind_on_the_server(site: Site) -> None:
    folder: Path = site.services.folder.uploads
    assert [file for file in folder.iterdir() if file.stat().st_size] == []
