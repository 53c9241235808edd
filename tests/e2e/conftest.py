"""A browser, and a server for it to look at."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from api.settings import Settings
from tests.conftest import Ticking
from tests.e2e.site import EXAMPLES, Site, SiteServices, fill, serve

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = (1280, 800)
NARROW = (390, 844)


class Visitor:
    """Opens pages of the site, and remembers what browsers complain about."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.site = site
        self.complaints: list[str] = []

    def open(
        self,
        path: str,
        size: tuple[int, int] = WIDE,
        colours: Literal["light", "dark"] = "light",
        script: bool = True,
    ) -> Page:
        context = self._browser.new_context(
            base_url=self.site.address,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=colours,
            java_script_enabled=script,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._listen(message.type, message.text))
        page.on("request", lambda request: self._watch(request.url))
        page.goto(path)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _listen(self, kind: str, text: str) -> None:
        # A browser also reports an answer that is a problem page; tests look at those themselves.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.complaints.append(text)

    def _watch(self, address: str) -> None:
        if not address.startswith(self.site.address):
            self.complaints.append(f"A request left the site: {address}")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = Settings(data=tmp_path_factory.mktemp("site") / "data", threads=1)
    with SiteServices(settings, Ticking(), serving=True) as services:
        services.example_questions = list(EXAMPLES)
        ids = fill(services)
        for address in serve(services):
            yield Site(address, services, ids)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all browsers: a process cannot have two."""
    if CHROMIUM is None:
        pytest.skip("There is no chromium command. `make test` installs it where it can.")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visitor]:
    """Fails the test when a page threw an error, broke the content policy or asked anybody else for anything."""
    visitor = Visitor(browser, site)
    yield visitor
    visitor.close()
    assert visitor.complaints == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker."""
    file = Path(__file__).parents[2] / "build" / "axe" / "axe.min.js"
    if not file.exists():
        pytest.skip("axe-core is not there. `make test` fetches it.")
    return file.read_text()
