"""What comes back from a provider and does not prove who somebody is lets nobody in."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jws, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from tests.api.accounts.oidc_provider import (
    SECRET,
    Claims,
    Provider,
    new_key,
    running_provider,
    signed_by,
    signed_with_secret,
    unsigned,
)
from tests.api.accounts.provider_site import Browser, Site, provider_site

NOT_BEGUN = "was not begun in this browser"
_ANY_HEADER = jws.JWSRegistry(strict_check_header=False)
UNKNOWN_KEY = "not signed with a key of the provider"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def site(tmp_path: Path, provider: Provider) -> Iterator[Site]:
    with provider_site(tmp_path, provider.address, oidc_client_secret=SECRET) as site:
        yield site


def _back(browser: Browser, provider: Provider) -> str:
    return provider.sign_in(browser.begin(), "ana-1", preferred_username="ana")


def _come_in(site: Site, provider: Provider) -> str:
    """What is said to whoever is not let in; "" to whoever is."""
    browser = site.browser()
    reply = browser.come_back(_back(browser, provider))
    assert (reply.status_code == 303) == browser.is_signed_in
    return "" if browser.is_signed_in else reply.text


def _parts(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def _with(**claims: object) -> Callable[[Claims], Claims]:
    return lambda said: {**said, **claims}


def _without(claim: str) -> Callable[[Claims], Claims]:
    return lambda said: {name: value for name, value in said.items() if name != claim}


def test_honest_provider_lets_in(site: Site, provider: Provider) -> None:
    assert _come_in(site, provider) == ""


# The return


def test_state_works_once(site: Site, provider: Provider) -> None:
    browser = site.browser()
    used, unused = _back(browser, provider), _back(browser, provider)
    assert browser.come_back(used).status_code == 303
    again = {"code": _parts(unused)["code"], "state": _parts(used)["state"]}
    assert NOT_BEGUN in browser.come_back(f"https://localhost/sign-in/provider/return?{urlencode(again)}").text
    assert _parts(unused)["code"] in provider.codes


def test_sign_in_that_another_browser_began_is_refused(site: Site, provider: Provider) -> None:
    attacker, victim = site.browser(), site.browser()
    of_attacker = provider.sign_in(attacker.begin(), "mallory-1", preferred_username="mallory")
    victim.begin()
    reply = victim.come_back(of_attacker)
    assert reply.status_code == 422
    assert NOT_BEGUN in reply.text
    assert not victim.is_signed_in
    assert NOT_BEGUN in attacker.come_back(of_attacker).text


def test_sign_in_takes_ten_minutes_at_most(site: Site, provider: Provider) -> None:
    browser = site.browser()
    back = _back(browser, provider)
    site.clock.ahead = timedelta(minutes=10)
    assert NOT_BEGUN in browser.come_back(back).text
    assert not browser.is_signed_in


def test_two_tabs_of_one_browser_may_sign_in_at_the_same_time(site: Site, provider: Provider) -> None:
    browser = site.browser()
    first, second = _back(browser, provider), _back(browser, provider)
    assert browser.come_back(second).status_code == 303
    assert browser.come_back(first).status_code == 303


def test_return_of_another_provider_is_refused_before_it_is_shown_the_code(site: Site, provider: Provider) -> None:
    browser = site.browser()
    reply = browser.come_back(f"{_back(browser, provider)}&{urlencode({'iss': 'https://login.example.org'})}")
    assert "it is of another provider" in reply.text
    assert provider.asked["/token"] == 0
    assert not browser.is_signed_in


def test_return_has_to_say_whose_it_is_where_the_provider_promises_that(site: Site, provider: Provider) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    browser = site.browser()
    assert "which provider it is of" in browser.come_back(_back(browser, provider)).text
    assert not browser.is_signed_in
    back = f"{_back(browser, provider)}&{urlencode({'iss': provider.address})}"
    assert browser.come_back(back).status_code == 303


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/%0d%0aLocation:x\r\nX: y", "javascript:alert(1)"],
)
def test_nobody_is_led_to_another_site(site: Site, provider: Provider, path: str) -> None:
    browser = site.browser()
    back = provider.sign_in(browser.begin(path), "ana-1", preferred_username="ana")
    assert browser.come_back(back).headers["location"] == "/"
    assert browser.get(f"/sign-in/provider?{urlencode({'path': path})}").headers["location"] == "/"


def test_code_of_another_sign_in_is_of_no_use_without_its_verifier(site: Site, provider: Provider) -> None:
    victim, attacker = site.browser(), site.browser()
    stolen = _parts(_back(victim, provider))["code"]
    own = _parts(attacker.begin())["state"]
    injected = f"https://localhost/sign-in/provider/return?{urlencode({'code': stolen, 'state': own})}"
    assert "does not know this sign-in" in attacker.come_back(injected).text
    assert not attacker.is_signed_in


def test_code_of_another_sign_in_is_refused_even_by_a_provider_that_asks_for_no_verifier(
    site: Site, provider: Provider
) -> None:
    provider.checks_verifier = False
    victim, attacker = site.browser(), site.browser()
    stolen = _parts(_back(victim, provider))["code"]
    own = _parts(attacker.begin())["state"]
    injected = f"https://localhost/sign-in/provider/return?{urlencode({'code': stolen, 'state': own})}"
    assert "“nonce”" in attacker.come_back(injected).text
    assert not attacker.is_signed_in


def test_every_sign_in_is_begun_with_secrets_of_its_own(site: Site) -> None:
    browser = site.browser()
    first, second = _parts(browser.begin()), _parts(browser.begin())
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) == 43
        assert first[name] != second[name]
    assert first["code_challenge_method"] == "S256"


# What a token says


def test_token_of_another_sign_in_is_refused(site: Site, provider: Provider) -> None:
    provider.change = _with(nonce="of another one")
    assert "“nonce”" in _come_in(site, provider)


@pytest.mark.parametrize("issuer", ["https://login.example.org", "{}/", "", ["{}"]])
def test_token_of_another_issuer_is_refused(site: Site, provider: Provider, issuer: str | list[str]) -> None:
    said = issuer.format(provider.address) if isinstance(issuer, str) else [provider.address]
    provider.change = _with(iss=said)
    assert "“iss”" in _come_in(site, provider)


@pytest.mark.parametrize("audience", ["another", ["another"], [], "groundwork2", None])
def test_token_for_somebody_else_is_refused(site: Site, provider: Provider, audience: object) -> None:
    provider.change = _with(aud=audience)
    assert "“aud”" in _come_in(site, provider)


def test_token_for_several_has_to_be_made_for_us(site: Site, provider: Provider) -> None:
    provider.change = _with(aud=["groundwork", "another"])
    assert "“azp”" in _come_in(site, provider)
    provider.change = _with(aud=["groundwork", "another"], azp="another")
    assert "“azp”" in _come_in(site, provider)
    provider.change = _with(aud=["groundwork", "another"], azp="groundwork")
    assert _come_in(site, provider) == ""


@pytest.mark.parametrize(
    ("claim", "seconds"),
    [("exp", -3600), ("exp", -61), ("iat", 3600), ("nbf", 3600)],
    ids=["long over", "over", "not made yet", "not good yet"],
)
def test_token_out_of_its_time_is_refused(site: Site, provider: Provider, claim: str, seconds: int) -> None:
    provider.change = lambda said: {**said, claim: int(time.time()) + seconds}
    assert f"“{claim}”" in _come_in(site, provider)


def test_clocks_may_be_a_little_apart(site: Site, provider: Provider) -> None:
    provider.change = lambda said: {**said, "iat": int(time.time()) + 30, "nbf": int(time.time()) + 30}
    assert _come_in(site, provider) == ""


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "iss", "aud", "nonce"])
def test_token_that_leaves_out_what_it_needs_is_refused(site: Site, provider: Provider, claim: str) -> None:
    provider.change = _without(claim)
    assert f"“{claim}”" in _come_in(site, provider)


@pytest.mark.parametrize("subject", ["", 7, "s" * 256])
def test_token_that_names_nobody_is_refused(site: Site, provider: Provider, subject: object) -> None:
    provider.change = _with(sub=subject)
    assert "“sub”" in _come_in(site, provider)


def test_access_token_of_another_sign_in_is_refused(site: Site, provider: Provider) -> None:
    provider.change = _with(at_hash="c29tZXRoaW5nIGVsc2U")
    assert "“at_hash”" in _come_in(site, provider)


# What it is signed with


def test_unsigned_token_is_refused(site: Site, provider: Provider) -> None:
    provider.sign = unsigned
    assert "not allowed" in _come_in(site, provider)


def test_token_signed_with_the_public_key_as_a_secret_is_refused(site: Site, provider: Provider) -> None:
    provider.sign = signed_with_secret(provider.key.as_pem(private=False), kid="first")
    assert "not allowed" in _come_in(site, provider)


def test_token_signed_with_the_secret_of_the_client_is_refused(site: Site, provider: Provider) -> None:
    provider.sign = signed_with_secret(SECRET.encode())
    assert "not allowed" in _come_in(site, provider)


def test_token_signed_by_an_unknown_key_is_refused(site: Site, provider: Provider) -> None:
    provider.sign = signed_by(new_key("second"), alg="RS256", kid="second")
    assert UNKNOWN_KEY in _come_in(site, provider)


def test_token_signed_by_a_key_that_takes_the_name_of_a_known_one_is_refused(site: Site, provider: Provider) -> None:
    provider.sign = signed_by(new_key("first"), alg="RS256", kid="first")
    assert "its signature is wrong" in _come_in(site, provider)


def test_token_that_brings_its_own_key_is_refused(site: Site, provider: Provider) -> None:
    own = new_key("own")
    provider.sign = lambda claims: jwt.encode(
        {"alg": "RS256", "kid": "own", "jwk": own.as_dict(private=False)}, claims, own, registry=_ANY_HEADER
    )
    assert UNKNOWN_KEY in _come_in(site, provider)


def test_changed_token_is_refused(site: Site, provider: Provider) -> None:
    def swap(claims: Claims) -> str:
        head, _, signature = provider.token(claims).split(".")
        return f"{head}.{provider.token({**claims, 'sub': 'root-1'}).split('.')[1]}.{signature}"

    provider.sign = swap
    assert "its signature is wrong" in _come_in(site, provider)


def test_algorithm_has_to_be_one_that_is_allowed(site: Site, provider: Provider) -> None:
    provider.sign = signed_by(provider.key, alg="RS512", kid="first")
    assert "not allowed" in _come_in(site, provider)
    provider.sign = signed_by(provider.key, alg="PS256", kid="first")
    assert _come_in(site, provider) == ""


def test_key_has_to_fit_the_algorithm(site: Site, provider: Provider) -> None:
    other = ECKey.generate_key("P-256", {"kid": "first"})
    provider.sign = signed_by(other, alg="ES256", kid="first")
    assert UNKNOWN_KEY in _come_in(site, provider)


def test_key_is_used_for_nothing_but_what_it_is_published_for(site: Site, provider: Provider) -> None:
    provider.key = RSAKey.import_key(provider.key.as_dict(private=True), {"kid": "first", "use": "enc"})
    provider.published = [provider.key]
    provider.sign = signed_by(RSAKey.import_key(provider.key.as_pem(private=True)), alg="RS256", kid="first")
    assert UNKNOWN_KEY in _come_in(site, provider)


def test_key_that_is_too_short_is_not_used(site: Site, provider: Provider) -> None:
    with pytest.warns(SecurityWarning, match="2048"):
        provider.key = RSAKey.generate_key(1024, {"kid": "short"})
    provider.published = [provider.key]
    assert UNKNOWN_KEY in _come_in(site, provider)


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "é.ü.ö", "e30.e30.e30", "." * 50])
def test_what_is_no_token_is_refused(site: Site, provider: Provider, token: str) -> None:
    provider.sign = lambda claims: token
    assert "does not prove who you are" in _come_in(site, provider)
