"""Against a maintained test provider on loopback: sign in, groups, sign out, a new key."""

from pathlib import Path

from api.accounts.roles import Role
from corpus.audience import PrincipalKind
from tests.api.accounts.oidc_mock import running_mock, running_mock_at
from tests.api.accounts.oidc_provider import SECRET
from tests.api.accounts.provider_site import LATER, provider_site


def test_one_signs_in_with_groups_and_roles_and_out_again(tmp_path: Path) -> None:
    with (
        running_mock() as mock,
        provider_site(tmp_path, mock.address, oidc_client_secret=SECRET, oidc_roles={"writers": "sme"}) as site,
    ):
        site.services.groups.add_principal(PrincipalKind.GROUP, "people-team")
        mock.know("ana-1", preferred_username="ana", name="Ana Weber", groups=["people-team", "writers"])
        browser = site.browser()
        reply = browser.come_back(mock.sign_in(browser.begin(LATER), "ana-1"))
        assert reply.status_code == 303, reply.text
        account = site.services.accounts.get_account("ana")
        assert (account.display_name, account.roles) == ("Ana Weber", (Role.SME,))
        assert site.groups_of("ana") == ["people-team"]

        mock.know("ana-1", preferred_username="ana", name="Ana Weber", groups=["cooks"])
        again = site.browser()
        again.come_back(mock.sign_in(again.begin(), "ana-1"))
        assert site.groups_of("ana") == []
        assert site.services.accounts.get_account("ana").roles == (Role.EMPLOYEE,)

        address = browser.sign_out().headers["refresh"].partition("url=")[2]
        assert mock.sign_out(address) == "http://localhost/sign-in?done=out"
        assert not browser.is_signed_in
        assert again.is_signed_in


def test_one_declines_and_stays_out(tmp_path: Path) -> None:
    with running_mock() as mock, provider_site(tmp_path, mock.address, oidc_client_secret=SECRET) as site:
        browser = site.browser()
        asked = browser.begin()
        state = asked.partition("&state=")[2].partition("&")[0]
        reply = browser.come_back(f"{mock.decline(asked)}&state={state}")
        assert reply.status_code == 422
        assert "The provider did not sign you in" in reply.text
        assert not browser.is_signed_in


def test_provider_that_comes_back_with_a_new_key_lets_in(tmp_path: Path) -> None:
    ana: dict[str, object] = {"preferred_username": "ana"}
    with running_mock() as first:
        address, port = first.address, int(first.address.rpartition(":")[2])
        with provider_site(tmp_path, address, oidc_client_secret=SECRET) as site:
            first.know("ana-1", **ana)
            browser = site.browser()
            assert browser.come_back(first.sign_in(browser.begin(), "ana-1")).status_code == 303
            first.stop()
            with running_mock_at(port, **{"ana-1": ana}) as second:
                later = site.browser()
                assert later.come_back(second.sign_in(later.begin(), "ana-1")).status_code == 303
                assert later.is_signed_in
