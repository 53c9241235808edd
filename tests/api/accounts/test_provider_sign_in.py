"""Whoever a provider vouches for gets an account, groups and roles by it, and is out when it says so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from api.accounts.account import PasswordsOff, ProviderMakesAccounts, SignsInElsewhere
from api.accounts.roles import Role
from api.audit.entry import AuditEntry
from api.settings import Settings
from corpus.audience import EVERYONE, PrincipalKind
from tests.api.accounts.oidc_provider import SECRET, Claims, Provider, new_key, running_provider, signed_by, unsigned
from tests.api.accounts.provider_site import LATER, Browser, Site, provider_site


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def site(tmp_path: Path, provider: Provider) -> Iterator[Site]:
    with provider_site(tmp_path, provider.address, oidc_client_secret=SECRET) as site:
        yield site


def _sign_in(site: Site, provider: Provider, subject: str = "ana-1", **claims: object) -> Browser:
    browser = site.browser()
    said = {"preferred_username": "ana", **claims}
    reply = browser.come_back(provider.sign_in(browser.begin(), subject, **said))
    assert reply.status_code == 303, reply.text
    return browser


def _refused(site: Site, provider: Provider, subject: str, **claims: object) -> str:
    browser = site.browser()
    reply = browser.come_back(provider.sign_in(browser.begin(), subject, **claims))
    assert reply.status_code >= 400
    assert not browser.is_signed_in
    return reply.text


def _roles(site: Site, name: str = "ana") -> set[Role]:
    return set(site.services.accounts.get_account(name).roles)


def _add_groups(site: Site, *names: str) -> None:
    for name in names:
        site.services.groups.add_principal(PrincipalKind.GROUP, name)


# Coming in


def test_one_lands_where_one_wanted_to_go(site: Site, provider: Provider) -> None:
    browser = site.browser()
    reply = browser.come_back(provider.sign_in(browser.begin(LATER), "ana-1", preferred_username="ana"))
    assert reply.headers["location"] == LATER
    assert browser.get(LATER).status_code == 200


def test_new_account_has_no_password_and_the_role_that_is_meant_for_all(site: Site, provider: Provider) -> None:
    _sign_in(site, provider, name="Ana Weber")
    account = site.services.accounts.get_account("ana")
    assert (account.display_name, account.has_password, account.issuer) == ("Ana Weber", False, provider.address)
    assert account.roles == (Role.EMPLOYEE,)


def test_one_who_is_signed_in_is_not_sent_to_the_provider_again(site: Site, provider: Provider) -> None:
    browser = _sign_in(site, provider)
    assert browser.get("/sign-in/provider?path=%2Flibrary").headers["location"] == "/library"


def test_whatever_the_browser_was_signed_in_with_before_is_over(site: Site, provider: Provider) -> None:
    browser = site.browser()
    first, second = browser.begin(), browser.begin()
    browser.come_back(provider.sign_in(first, "ana-1", preferred_username="ana"))
    browser.come_back(provider.sign_in(second, "bo-1", preferred_username="bo"))
    ana = site.services.accounts.get_account("ana").principal_id
    assert site.services.accounts.list_sessions(ana) == []
    assert ">bo<" in browser.get("/account").text


def test_account_is_known_by_subject_whatever_it_is_called_now(site: Site, provider: Provider) -> None:
    _sign_in(site, provider, name="Ana Weber", email="ana@example.org")
    _sign_in(site, provider, preferred_username="root", name="Ana Meier", email="root@example.org")
    assert site.services.accounts.get_account("ana").display_name == "Ana Meier"
    assert site.services.accounts.list_accounts(10).total == 2


def test_somebody_elses_name_is_not_taken_over(site: Site, provider: Provider) -> None:
    for name in ("root", "ROOT", "ｒｏｏｔ"):
        said = _refused(site, provider, "mallory-1", preferred_username=name)
        assert "The account “root” is here already" in said
        assert "GROUNDWORK_OIDC_USER_CLAIM" in said
    assert site.services.accounts.list_accounts(10).total == 1


def test_name_of_another_subject_is_not_taken_over_by_its_mail_address(site: Site, provider: Provider) -> None:
    _sign_in(site, provider, email="ana@example.org")
    assert "is here already" in _refused(
        site, provider, "ana-2", preferred_username="ana", email="ana@example.org", email_verified=True
    )


def test_mail_address_is_the_name_where_there_is_no_other(site: Site, provider: Provider) -> None:
    _sign_in(site, provider, "bo-1", preferred_username="", email="bo@example.org")
    assert site.services.accounts.get_account("bo@example.org").issuer == provider.address


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({}, "does not say what you are called"),
        ({"preferred_username": 7}, "does not say what you are called"),
        ({"preferred_username": "<script>alert(1)</script>"}, "&lt;script&gt;"),
        ({"preferred_username": "owner"}, "is Groundwork&#39;s own"),
        ({"preferred_username": "bo", "groups": {"a": 1}}, "groups that cannot be read"),
        ({"preferred_username": "bo", "groups": ["a", 7]}, "groups that cannot be read"),
    ],
)
def test_claims_that_cannot_be_used_are_told(
    site: Site, provider: Provider, claims: dict[str, object], said: str
) -> None:
    found = _refused(site, provider, "bo-1", **claims)
    assert said in found
    assert "<script>alert" not in found
    assert site.services.accounts.list_accounts(10).total == 1


def test_disabled_account_stays_out(site: Site, provider: Provider) -> None:
    browser = _sign_in(site, provider)
    site.services.accounts.disable("ana")
    assert not browser.is_signed_in
    assert "Your account is disabled" in _refused(site, provider, "ana-1", preferred_username="ana", groups=["staff"])
    assert site.groups_of("ana") == []


def test_sign_ins_are_recorded(site: Site, provider: Provider) -> None:
    _sign_in(site, provider)
    _refused(site, provider, "bo-1")
    ana = site.services.accounts.get_account("ana").principal_id
    with site.services.sessions() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    found = [(entry.actor_id, entry.decision) for entry in entries if entry.action == "account.provider_sign_in"]
    assert found == [(ana, "allowed"), (None, "denied")]


def test_first_account_has_to_be_an_administrators(tmp_path: Path, provider: Provider) -> None:
    with provider_site(tmp_path, provider.address, first=None, oidc_client_secret=SECRET) as site:
        browser = site.browser()
        reply = browser.come_back(provider.sign_in(browser.begin(), "ana-1", preferred_username="ana"))
        assert "The first account has to be an administrator" in reply.text
        assert site.services.accounts.on_trial


def test_first_account_may_be_an_administrator_by_the_provider(tmp_path: Path, provider: Provider) -> None:
    roles = {"kb-admins": "admin"}
    with provider_site(tmp_path, provider.address, first=None, oidc_client_secret=SECRET, oidc_roles=roles) as site:
        assert _sign_in(site, provider, groups=["kb-admins"]).get("/api/admin/accounts").status_code == 200


# Groups and roles


def test_groups_that_are_here_are_joined_and_left_as_the_provider_says(site: Site, provider: Provider) -> None:
    _add_groups(site, "people-team", "works-council")
    _sign_in(site, provider, groups=["people-team", "works-council", "unknown here", EVERYONE])
    assert site.groups_of("ana") == ["people-team", "works-council"]
    _sign_in(site, provider, groups=["works-council"])
    assert site.groups_of("ana") == ["works-council"]
    _sign_in(site, provider, groups=[])
    assert site.groups_of("ana") == []
    names = {group.name for group in site.services.groups.list_groups()}
    assert names == {"people-team", "works-council"}


def test_groups_stay_where_the_provider_says_nothing_of_them(site: Site, provider: Provider) -> None:
    _add_groups(site, "people-team")
    _sign_in(site, provider, groups=["people-team"])
    _sign_in(site, provider)
    assert site.groups_of("ana") == ["people-team"]


def test_what_a_group_may_read_is_read_and_no_longer_read_at_the_next_sign_in(site: Site, provider: Provider) -> None:
    _add_groups(site, "people-team")
    added = site.services.library.add_upload("pay.txt", b"The fitter earns 4,200 euros.\n", "people-team", "owner")
    page = f"/library/documents/{added.document_id}"
    inside = _sign_in(site, provider, groups=["people-team"])
    assert inside.get(page).status_code == 200
    outside = _sign_in(site, provider, groups=[])
    assert outside.get(page).status_code == 404
    assert inside.get(page).status_code == 404


def test_groups_are_called_here_as_settings_say(tmp_path: Path, provider: Provider) -> None:
    groups = {"/org/people": "people-team", "/org/it": "it"}
    with provider_site(tmp_path, provider.address, oidc_client_secret=SECRET, oidc_groups=groups) as site:
        _add_groups(site, "payroll")
        _sign_in(site, provider, groups=["/org/people", "payroll", "people-team"])
        assert site.groups_of("ana") == ["people-team"]


def test_groups_may_lie_inside_other_claims(tmp_path: Path, provider: Provider) -> None:
    with provider_site(
        tmp_path,
        provider.address,
        oidc_client_secret=SECRET,
        oidc_groups_claim="realm_access.roles",
        oidc_roles={"writers": "sme"},
    ) as site:
        _sign_in(site, provider, realm_access={"roles": ["writers"]})
        assert _roles(site) == {Role.SME}
        _sign_in(site, provider, realm_access="nothing of that kind")
        assert _roles(site) == {Role.SME}


def test_groups_may_be_a_claim_with_dots_in_its_name(tmp_path: Path, provider: Provider) -> None:
    claim = "https://example.org/groups"
    said: dict[str, object] = {claim: ["writers"]}
    with provider_site(
        tmp_path, provider.address, oidc_client_secret=SECRET, oidc_groups_claim=claim, oidc_roles={"writers": "sme"}
    ) as site:
        _sign_in(site, provider, "ana-1", **said)
        assert _roles(site) == {Role.SME}


def test_roles_follow_the_provider_where_settings_say_which(tmp_path: Path, provider: Provider) -> None:
    roles = {"writers": "sme", "judges": "evaluator"}
    with provider_site(tmp_path, provider.address, oidc_client_secret=SECRET, oidc_roles=roles) as site:
        browser = _sign_in(site, provider, groups=["writers", "judges"])
        assert _roles(site) == {Role.SME, Role.EVALUATOR}
        assert browser.get("/sources").status_code == 200
        _sign_in(site, provider, groups=[])
        assert _roles(site) == {Role.EMPLOYEE}
        assert browser.get("/sources").status_code == 403


def test_roles_that_were_given_here_stay_where_the_provider_has_no_say(site: Site, provider: Provider) -> None:
    _sign_in(site, provider, groups=["writers"])
    site.services.accounts.set_roles("ana", [Role.SME])
    _sign_in(site, provider, groups=["writers"])
    assert _roles(site) == {Role.SME}


def test_only_administrator_is_not_demoted(tmp_path: Path, provider: Provider) -> None:
    roles = {"kb-admins": "admin"}
    with provider_site(tmp_path, provider.address, first=None, oidc_client_secret=SECRET, oidc_roles=roles) as site:
        _sign_in(site, provider, groups=["kb-admins"])
        assert "is the only administrator left" in _refused(
            site, provider, "ana-1", preferred_username="ana", groups=[]
        )
        assert _roles(site) == {Role.ADMIN}


def test_what_a_token_leaves_out_is_asked_for(site: Site, provider: Provider) -> None:
    _add_groups(site, "people-team")
    provider.user_information = {"sub": "ana-1", "preferred_username": "ana", "groups": ["people-team"]}
    browser = site.browser()
    assert browser.come_back(provider.sign_in(browser.begin(), "ana-1")).status_code == 303
    assert site.groups_of("ana") == ["people-team"]


def test_nothing_is_asked_for_that_the_token_says(site: Site, provider: Provider) -> None:
    provider.user_information = {"sub": "ana-1", "preferred_username": "eve"}
    _sign_in(site, provider, groups=[])
    assert provider.asked["/user"] == 0


def test_what_is_known_of_somebody_else_is_not_taken(site: Site, provider: Provider) -> None:
    provider.user_information = {"sub": "root-1", "preferred_username": "ana", "groups": ["people-team"]}
    assert "of somebody else" in _refused(site, provider, "ana-1", preferred_username="ana")


# Keys


def test_new_key_of_the_provider_is_fetched_when_it_is_used(site: Site, provider: Provider) -> None:
    _sign_in(site, provider)
    provider.rotate("second")
    _sign_in(site, provider)
    assert provider.asked["/keys"] == 2
    _sign_in(site, provider)
    assert provider.asked["/keys"] == 2


def test_key_without_a_name_may_change_too(site: Site, provider: Provider) -> None:
    provider.rotate(None)
    _sign_in(site, provider)
    provider.rotate(None)
    _sign_in(site, provider)
    assert provider.asked["/keys"] == 2


def test_unknown_keys_have_the_provider_asked_once_in_a_minute(site: Site, provider: Provider) -> None:
    for name in ("a", "b", "c"):
        provider.key = new_key(name)
        assert "not signed with a key of the provider" in _refused(site, provider, "ana-1", preferred_username="ana")
    assert provider.asked["/keys"] == 2
    site.clock.ahead = timedelta(seconds=61)
    provider.change = lambda said: {**said, "exp": said["exp"] + 120}
    _refused(site, provider, "ana-1", preferred_username="ana")
    assert provider.asked["/keys"] == 3


def test_key_that_was_withdrawn_is_good_for_an_hour_at_most(site: Site, provider: Provider) -> None:
    _sign_in(site, provider)
    provider.published = [new_key("second")]
    site.clock.ahead = timedelta(hours=1, seconds=1)
    provider.change = lambda said: {**said, "exp": said["exp"] + 7200}
    assert "not signed with a key of the provider" in _refused(site, provider, "ana-1", preferred_username="ana")


def test_key_that_cannot_be_read_is_in_nobodys_way(site: Site, provider: Provider) -> None:
    provider.strange_keys = [{"kty": "XYZ"}, {"kty": "RSA", "n": "!"}, {"kty": "oct", "k": "c2VjcmV0"}, {}, {"kid": 7}]
    _sign_in(site, provider)


# A provider that fails


def test_provider_that_does_not_answer_is_told_and_not_asked_by_everybody(tmp_path: Path, provider: Provider) -> None:
    with provider_site(tmp_path, provider.address, oidc_client_secret=SECRET) as site:
        provider.metadata = {"issuer": "https://login.example.org"}
        for _ in range(3):
            reply = site.browser().get("/sign-in/provider")
            assert reply.status_code == 503
            assert "calls itself “https://login.example.org”" in reply.text
        assert provider.asked["/.well-known/openid-configuration"] == 1
        provider.metadata = {}
        site.clock.ahead = timedelta(seconds=6)
        _sign_in(site, provider)


@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint": "http://login.example.org/token"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"end_session_endpoint": "ftp://login.example.org"},
        {"end_session_endpoint": "https://login.example.org/\r\nX: y"},
        {"token_endpoint": None},
    ],
)
def test_provider_cannot_name_an_address_that_is_not_protected(
    site: Site, provider: Provider, metadata: dict[str, object]
) -> None:
    provider.metadata = metadata
    assert site.browser().get("/sign-in/provider").status_code == 503


def test_provider_cannot_have_a_private_machine_asked(site: Site, provider: Provider) -> None:
    provider.metadata = {"jwks_uri": "https://127.0.0.2/keys"}
    browser = site.browser()
    reply = browser.come_back(provider.sign_in(browser.begin(), "ana-1", preferred_username="ana"))
    assert reply.status_code == 503
    assert "private network" in reply.text


def test_redirects_of_the_provider_are_not_followed(site: Site, provider: Provider) -> None:
    provider.leads_on = True
    assert site.browser().get("/sign-in/provider").status_code == 503
    assert provider.asked["/elsewhere"] == 0


def test_secret_that_is_wrong_is_told_as_what_the_provider_says(tmp_path: Path, provider: Provider) -> None:
    with provider_site(tmp_path, provider.address, oidc_client_secret="another") as site:
        assert "invalid_client" in _refused(site, provider, "ana-1", preferred_username="ana")


def test_secret_is_sent_in_the_form_where_the_provider_wants_it_there(site: Site, provider: Provider) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    _sign_in(site, provider)


def test_one_who_declines_there_is_told_so(site: Site, provider: Provider) -> None:
    browser = site.browser()
    back = provider.sign_in(browser.begin(), "ana-1").partition("code=")
    state = back[2].partition("&")[2]
    reply = browser.come_back(f"{back[0]}{state}&error=access_denied&error_description=%3Cb%3ENo%3C%2Fb%3E")
    assert reply.status_code == 422
    assert "&lt;b&gt;No&lt;/b&gt;" in reply.text
    assert provider.asked["/token"] == 0


def test_without_a_provider_there_is_nothing(tmp_path: Path, provider: Provider) -> None:
    with provider_site(tmp_path, provider.address, oidc_issuer=None) as site:
        browser = site.browser()
        assert browser.get("/sign-in/provider").status_code == 404
        assert browser.get("/sign-in/provider/return?state=a&code=b").status_code == 404
        assert browser.post("/sign-in/provider/sign-out", {"logout_token": "a"}).status_code == 404
        assert "/sign-in/provider" not in browser.get("/sign-in").text


# Signing out


def test_signing_out_goes_on_to_the_provider(site: Site, provider: Provider) -> None:
    browser = _sign_in(site, provider)
    reply = browser.sign_out()
    assert reply.status_code == 200
    end = f"{provider.address}/end?client_id=groundwork&post_logout_redirect_uri=https%3A%2F%2Flocalhost%2F"
    assert reply.headers["refresh"].startswith(f"0; url={provider.address}/end?client_id=groundwork&post_logout")
    assert end.replace("https%3A", "http%3A").replace("&", "&amp;") in reply.text
    assert not browser.is_signed_in


def test_signing_out_works_where_the_provider_does_not_answer(site: Site, provider: Provider) -> None:
    browser = _sign_in(site, provider)
    site.clock.ahead = timedelta(hours=2)
    provider.metadata = {"issuer": "https://login.example.org"}
    reply = browser.sign_out()
    assert "you may still be signed in" in reply.text
    assert not browser.is_signed_in


def test_signing_out_ends_here_where_the_provider_has_no_place_for_it(site: Site, provider: Provider) -> None:
    provider.metadata = {"end_session_endpoint": None}
    assert _sign_in(site, provider).sign_out().headers["location"] == "/sign-in?done=out"


def _notify(site: Site, token: str) -> int:
    reply = site.browser().post("/sign-in/provider/sign-out", {"logout_token": token})
    if reply.status_code == 200:
        assert reply.headers["cache-control"] == "no-store"
    return reply.status_code


def test_provider_ends_the_sign_in_that_it_names(site: Site, provider: Provider) -> None:
    first, second = _sign_in(site, provider, sid="s-1"), _sign_in(site, provider, sid="s-2")
    other = _sign_in(site, provider, "bo-1", preferred_username="bo", sid="s-3")
    assert _notify(site, provider.token(provider.notice(sub="ana-1", sid="s-1"))) == 200
    assert (first.is_signed_in, second.is_signed_in, other.is_signed_in) == (False, True, True)
    assert _notify(site, provider.token(provider.notice(sid="s-3"))) == 200
    assert (second.is_signed_in, other.is_signed_in) == (True, False)


def test_provider_ends_all_sign_ins_of_somebody(site: Site, provider: Provider) -> None:
    first, second = _sign_in(site, provider, sid="s-1"), _sign_in(site, provider)
    other = _sign_in(site, provider, "bo-1", preferred_username="bo")
    assert _notify(site, provider.token(provider.notice(sub="ana-1"))) == 200
    assert (first.is_signed_in, second.is_signed_in, other.is_signed_in) == (False, False, True)


def test_provider_ends_a_sign_in_of_somebody_else_by_no_name(site: Site, provider: Provider) -> None:
    other = _sign_in(site, provider, "bo-1", preferred_username="bo", sid="s-1")
    assert _notify(site, provider.token(provider.notice(sub="ana-1", sid="s-1"))) == 200
    assert _notify(site, provider.token(provider.notice(sub="nobody"))) == 200
    assert other.is_signed_in


def test_end_of_a_sign_in_is_recorded(site: Site, provider: Provider) -> None:
    _sign_in(site, provider, sid="s-1")
    assert _notify(site, provider.token(provider.notice(sid="s-1"))) == 200
    ana = site.services.accounts.get_account("ana").principal_id
    with site.services.sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "account.provider_sign_out")).one()
    assert (entry.actor_id, entry.object, entry.decision) == (None, f"user {ana}", "allowed")


def test_notice_works_once(site: Site, provider: Provider) -> None:
    _sign_in(site, provider, sid="s-1")
    notice = provider.token(provider.notice(sub="ana-1"))
    assert _notify(site, notice) == 200
    later = _sign_in(site, provider, sid="s-2")
    assert _notify(site, notice) == 400
    assert later.is_signed_in


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of a sign-in"},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": True}},
        {"events": None},
        {"iss": "https://login.example.org"},
        {"aud": "another"},
        {"sub": None, "sid": None},
        {"jti": None},
        {"exp": 1},
        {"iat": 1},
        {"iat": None},
        {"exp": None},
        {"sub": ["ana-1"]},
    ],
    ids=" ".join,
)
def test_notice_that_is_none_ends_nothing(site: Site, provider: Provider, claims: dict[str, object]) -> None:
    browser = _sign_in(site, provider)
    assert _notify(site, provider.token(provider.notice(**{"sub": "ana-1", **claims}))) == 400
    assert browser.is_signed_in


def test_notice_of_a_stranger_ends_nothing(site: Site, provider: Provider) -> None:
    browser = _sign_in(site, provider)
    notice = provider.notice(sub="ana-1")
    for token in (unsigned(notice), signed_by(new_key("second"), alg="RS256", kid="second")(notice), "", "a.b.c"):
        assert _notify(site, token) == 400
    assert browser.is_signed_in


def test_token_of_a_sign_in_is_no_notice_and_a_notice_lets_nobody_in(site: Site, provider: Provider) -> None:
    tokens: list[str] = []

    def keep(claims: Claims) -> str:
        tokens.append(provider.token(claims))
        return tokens[-1]

    provider.sign = keep
    browser = _sign_in(site, provider)
    assert _notify(site, tokens[0]) == 400
    assert browser.is_signed_in
    provider.sign = lambda claims: provider.token(provider.notice(sub="ana-1"))
    assert "“nonce”" in _refused(site, provider, "ana-1", preferred_username="ana")


# Passwords


def test_page_offers_the_provider_beside_the_password(site: Site) -> None:
    shown = site.browser().get("/sign-in?path=%2Flibrary%3Fq%3Da%26b").text
    assert "Sign in with your organisation" in shown
    assert 'href="/sign-in/provider?path=/library%3Fq%3Da%26b"' in shown
    assert 'name="password"' in shown


def test_passwords_can_be_switched_off(tmp_path: Path, provider: Provider) -> None:
    with provider_site(tmp_path, provider.address, oidc_client_secret=SECRET, passwords=False, first=None) as site:
        accounts = site.services.accounts
        browser = site.browser()
        set_up = accounts.new_set_up_code()
        words = "seven small green boats"
        assert browser.post(f"/link/{set_up}", {"name": "root", "password": words, "again": words}).status_code == 303
        assert browser.is_signed_in
        other = site.browser()
        assert 'name="password"' not in other.get("/sign-in").text
        reply = other.post("/sign-in", {"name": "root", "password": words})
        assert (reply.status_code, other.is_signed_in) == (409, False)
        with pytest.raises(PasswordsOff):
            accounts.new_password_link("root")
        with pytest.raises(ProviderMakesAccounts, match="when they first sign in with the organisation's provider"):
            accounts.add_account("tim", [Role.EMPLOYEE])
        table = "name,roles\nroot,admin\ntim,employee\n"
        taken = site.services.people_import.take(table, skips_bad=True, makes_groups=False)
        assert [(row.name, "first sign in" in row.reason) for row in taken.bad] == [("tim", True)]
        assert [entry.name for entry in accounts.all_accounts()] == ["root"]
        assert _sign_in(site, provider).is_signed_in


def test_somebody_of_the_provider_gets_no_password(site: Site, provider: Provider) -> None:
    browser = _sign_in(site, provider)
    with pytest.raises(SignsInElsewhere):
        site.services.accounts.new_password_link("ana")
    assert 'name="password"' not in browser.get("/account").text


# Settings


@pytest.mark.parametrize(
    "settings",
    [
        {"oidc_issuer": "http://login.example.org"},
        {"oidc_issuer": "https://login.example.org?tenant=1"},
        {"oidc_issuer": "login.example.org"},
        {"oidc_client_id": None},
        {"oidc_algorithms": ["none"]},
        {"oidc_algorithms": ["RS256", "HS256"]},
        {"oidc_algorithms": []},
        {"oidc_scopes": ["profile"]},
        {"oidc_roles": {"staff": "king"}},
        {"oidc_issuer": None, "passwords": False},
    ],
)
def test_settings_that_would_be_unsafe_are_refused(settings: dict[str, Any]) -> None:
    good: dict[str, Any] = {"oidc_issuer": "https://login.example.org", "oidc_client_id": "groundwork"}
    assert Settings(**good)
    with pytest.raises(ValidationError):
        Settings(**{**good, **settings})


def test_secret_does_not_show() -> None:
    made = Settings(
        oidc_issuer="https://login.example.org", oidc_client_id="groundwork", oidc_client_secret=SecretStr(SECRET)
    )
    assert SECRET not in repr(made)
    assert SECRET in set(made.secrets())
