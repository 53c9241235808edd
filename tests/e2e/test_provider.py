"""Signing in with the organisation's own provider, in a browser: there, back to what was asked for, and out again."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from api.accounts.roles import Role
from api.clock import now
from api.settings import Settings
from tests.api.accounts.oidc_mock import Mock, running_mock
from tests.e2e.site import SiteServices, serve

WANTED = "/library?audience=everyone"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running_mock() as mock:
        mock.know("ana-1", preferred_username="ana", name="Ana Weber")
        yield mock


@pytest.fixture(scope="module")
def address(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings.model_validate(
        {
            "data": tmp_path_factory.mktemp("provider") / "data",
            "threads": 1,
            "oidc_issuer": mock.address,
            "oidc_client_id": "groundwork",
            "oidc_client_secret": "a secret",
            "oidc_name": "Weber & Sons",
        }
    )
    with SiteServices(settings, now, serving=True) as services:
        services.accounts.add_account("root", [Role.ADMIN])
        for served in serve(services):
            # Another site than the provider's, as browsers see it.
            yield served.replace("127.0.0.1", "localhost")


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(base_url=address, java_script_enabled=request.param)
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


def test_one_signs_in_lands_where_one_wanted_to_go_and_signs_out_everywhere(
    page: Page, address: str, mock: Mock
) -> None:
    page.goto(WANTED)
    expect(page).to_have_title("Sign in · Groundwork")
    page.get_by_role("link", name="Sign in with Weber & Sons").click()
    assert page.url.startswith(f"{mock.address}/oauth2/authorize?")
    page.get_by_placeholder("sub").fill("ana-1")
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(f"{address}{WANTED}")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    session = cookies["__Host-groundwork"]
    assert (session["secure"], session["httpOnly"], session["sameSite"]) == (True, True, "Lax")
    page.goto("/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Weber")

    page.locator("#menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{mock.address}/oauth2/end_session?*")
    page.get_by_role("button", name="End session").click()
    page.wait_for_url(f"{address}/sign-in?done=out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(WANTED)
    expect(page).to_have_title("Sign in · Groundwork")


def test_return_without_a_sign_in_says_what_to_do(page: Page) -> None:
    page.goto("/sign-in/provider/return?state=made-up&code=made-up")
    expect(page.get_by_role("alert")).to_contain_text("was not begun in this browser")
    page.get_by_role("link", name="Back to signing in").click()
    expect(page).to_have_title("Sign in · Groundwork")
