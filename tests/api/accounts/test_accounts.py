"""Who may sign in, with what, for how long; and what ends it."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.accounts.account import (
    ABSOLUTE,
    IDLE,
    LINK_LIVES,
    SET_UP_LIVES,
    AccountDisabled,
    AccountTaken,
    BadKeyLife,
    BadPassword,
    KeyNotFound,
    LastAdministrator,
    LinkSpent,
    NoAdministrator,
    NoRole,
    ReservedName,
    ScopeBeyondOwner,
    SignInRefused,
    SignsInElsewhere,
    TooManyTries,
)
from api.accounts.accounts import Accounts, SignedIn
from api.accounts.argon2_passwords import Argon2Passwords
from api.accounts.identity import Via
from api.accounts.roles import Permission, Role, permissions_of
from api.accounts.sign_in_tries import FOR_ONE_ACCOUNT, FROM_ONE_ADDRESS
from api.accounts.store import AccountStore
from api.services import Services
from corpus.audience import EVERYONE, OWNER, BadName, UserDisabled
from corpus.store import CorpusStore
from tests.api.accounts.clock import StandingClock

PASSWORD = "moss lantern quiet 42"
OTHER = "another lantern, 17 of them"


def set_up(accounts: Accounts, name: str = "ana") -> SignedIn:
    return accounts.set_up(accounts.new_set_up_code(), name, PASSWORD, "a browser")


def with_password(accounts: Accounts, name: str, *roles: Role) -> SignedIn:
    accounts.add_account(name, roles or [Role.EMPLOYEE])
    return accounts.choose_password(accounts.new_password_link(name).code, PASSWORD, "a browser")


def sign_in(
    accounts: Accounts, name: str, password: str = PASSWORD, address: str = "10.0.0.1", known: str = ""
) -> SignedIn:
    return accounts.sign_in(name, password, "a browser", address, known)


# The first administrator


def test_an_installation_is_on_trial_until_the_first_account(accounts: Accounts) -> None:
    before = accounts.on_trial
    signed_in = set_up(accounts)
    assert (before, accounts.on_trial) == (True, False)
    assert signed_in.identity.permissions == frozenset(Permission)


def test_a_set_up_link_works_once_for_a_day_and_only_the_newest(accounts: Accounts, clock: StandingClock) -> None:
    former = accounts.new_set_up_code()
    code = accounts.new_set_up_code()
    with pytest.raises(LinkSpent):
        accounts.open_link(former)
    clock.pass_by(SET_UP_LIVES)
    with pytest.raises(LinkSpent):
        accounts.set_up(code, "ana", PASSWORD, "")
    code = accounts.new_set_up_code()
    accounts.set_up(code, "ana", PASSWORD, "")
    for spent in (code, accounts.new_set_up_code()):
        with pytest.raises(LinkSpent):
            accounts.set_up(spent, "bert", PASSWORD, "")


def test_a_refused_password_does_not_use_the_link_up(accounts: Accounts) -> None:
    code = accounts.new_set_up_code()
    with pytest.raises(BadPassword):
        accounts.set_up(code, "ana", "short", "")
    assert accounts.set_up(code, "ana", PASSWORD, "").identity.user == "ana"


def test_the_first_administrator_takes_over_what_the_owner_had(accounts: Accounts, services: Services) -> None:
    services.library.add_upload("leave.md", b"# Leave\n\nThirty days of leave a year.\n", "board", OWNER)
    set_up(accounts)
    (document,) = services.library.list_documents("ana", 10).entries
    assert document.owner in (None, "ana")
    services.library.look_after(document.document_id, "ana", 30, "ana")


def test_the_first_account_is_an_administrator_who_takes_over_too(accounts: Accounts, services: Services) -> None:
    services.library.add_upload("leave.md", b"# Leave\n\nThirty days of leave a year.\n", "board", OWNER)
    with pytest.raises(NoAdministrator):
        accounts.add_account("mara", [Role.EMPLOYEE])
    assert accounts.on_trial
    accounts.add_account("ana", [Role.ADMIN])
    assert services.library.list_documents("ana", 10).total == 1


# Names and roles


@pytest.mark.parametrize("alike", ["MARA.LÖF", "mara.löf", "Mara.Lo\u0308f", "Ｍara.Löf"])
def test_a_name_is_taken_and_signs_in_however_it_is_written(accounts: Accounts, alike: str) -> None:
    set_up(accounts)
    with_password(accounts, "Mara.Löf")
    assert sign_in(accounts, alike).identity.user == "Mara.Löf"
    if alike != "Mara.Lo\u0308f":  # A mark that stands alone is no letter, and so no part of a new name.
        with pytest.raises(AccountTaken):
            accounts.add_account(alike, [Role.EMPLOYEE])


@pytest.mark.parametrize("name", [OWNER, "Owner", EVERYONE, "ｏｗｎｅｒ"])
def test_names_of_the_installation_itself_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(ReservedName):
        accounts.add_account(name, [Role.ADMIN])


def test_a_name_that_folds_into_too_much_is_refused(accounts: Accounts) -> None:
    with pytest.raises(BadName):
        accounts.add_account("\ufdfa" * 100, [Role.ADMIN])


def test_roles_add_up_and_hold_from_the_next_request_on(accounts: Accounts) -> None:
    set_up(accounts)
    mara = with_password(accounts, "mara", Role.REVIEWER, Role.EVALUATOR)
    assert mara.identity.permissions == {Permission.READ, Permission.REVIEW, Permission.APPROVE, Permission.EVALUATE}
    accounts.set_roles("mara", [Role.EMPLOYEE])
    found = accounts.identify_browser(mara.secret)
    assert found is not None
    assert found.permissions == permissions_of([Role.EMPLOYEE])
    with pytest.raises(NoRole):
        accounts.set_roles("mara", [])


def test_there_is_always_an_administrator(accounts: Accounts) -> None:
    set_up(accounts)
    with_password(accounts, "mara")
    with pytest.raises(LastAdministrator):
        accounts.set_roles("ana", [Role.EMPLOYEE])
    with pytest.raises(LastAdministrator):
        accounts.disable("ana")
    accounts.set_roles("mara", [Role.ADMIN])
    accounts.disable("ana")
    with pytest.raises(LastAdministrator):
        accounts.disable("mara")


# Passwords


@pytest.mark.parametrize(
    "password",
    ["eleven char", "aaaaaaaaaaaaaaaa", "1234567890123", "qwertyuiopasdf", "passwordpassword", "ana.maria!", "x" * 257],
)
def test_weak_passwords_are_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(BadPassword):
        accounts.set_up(accounts.new_set_up_code(), "ana.maria", password, "")


def test_a_kept_password_says_nothing_and_differs_each_time() -> None:
    passwords = Argon2Passwords(memory_kib=64)
    one, two = passwords.hash(PASSWORD), passwords.hash(PASSWORD)
    assert one.startswith("$argon2id$")
    assert PASSWORD not in one
    assert one != two
    assert passwords.verify(one, PASSWORD)
    assert not passwords.verify(one, OTHER)
    assert not passwords.verify("nonsense", PASSWORD)


def test_a_password_is_hashed_anew_where_it_was_hashed_more_weakly(services: Services, clock: StandingClock) -> None:
    before = Accounts(services.sessions, services.writing, lambda: Argon2Passwords(64), clock, lambda _: None)
    set_up(before)
    strong = Argon2Passwords(128)
    after = Accounts(services.sessions, services.writing, lambda: strong, clock, lambda _: None)
    sign_in(after, "ana")
    with services.sessions() as session:
        kept = session.connection().exec_driver_sql("SELECT password_hash FROM accounts").scalar_one()
    assert "m=128," in kept


def test_who_changes_the_password_stays_signed_in_and_nobody_else_does(accounts: Accounts) -> None:
    here = set_up(accounts)
    elsewhere = sign_in(accounts, "ana")
    with pytest.raises(SignInRefused):
        accounts.change_password(here.identity, OTHER, OTHER, "10.0.0.1")
    accounts.change_password(here.identity, PASSWORD, OTHER, "10.0.0.1")
    assert accounts.identify_browser(here.secret) is not None
    assert accounts.identify_browser(elsewhere.secret) is None
    with pytest.raises(SignInRefused):
        sign_in(accounts, "ana")
    assert sign_in(accounts, "ana", OTHER).identity.user == "ana"


# One-time links


def test_a_password_link_works_once_for_three_days_and_only_the_newest(
    accounts: Accounts, clock: StandingClock
) -> None:
    set_up(accounts)
    accounts.add_account("mara", [Role.SME])
    former = accounts.new_password_link("mara").code
    link = accounts.new_password_link("mara")
    assert link.expires_at == clock.now + LINK_LIVES
    with pytest.raises(LinkSpent):
        accounts.choose_password(former, PASSWORD, "")
    earlier = accounts.choose_password(link.code, PASSWORD, "")
    with pytest.raises(LinkSpent):
        accounts.choose_password(link.code, OTHER, "")
    again = accounts.new_password_link("mara")
    accounts.choose_password(again.code, OTHER, "")
    assert accounts.identify_browser(earlier.secret) is None
    late = accounts.new_password_link("mara")
    clock.pass_by(LINK_LIVES)
    with pytest.raises(LinkSpent):
        accounts.open_link(late.code)


def test_no_link_for_whoever_is_disabled_or_signs_in_elsewhere(accounts: Accounts, services: Services) -> None:
    set_up(accounts)
    accounts.add_account("mara", [Role.SME])
    before = accounts.new_password_link("mara")
    accounts.disable("mara")
    with pytest.raises(LinkSpent):
        accounts.open_link(before.code)
    with pytest.raises(AccountDisabled):
        accounts.new_password_link("mara")
    accounts.add_account("tim", [Role.EMPLOYEE])
    with services.writing.begin() as session:
        AccountStore(session).get("tim")[1].issuer = "https://id.example"
    with pytest.raises(SignsInElsewhere):
        accounts.new_password_link("tim")


# Browsers


def test_a_browser_that_asks_for_nothing_is_signed_out(accounts: Accounts, clock: StandingClock) -> None:
    secret = set_up(accounts).secret
    for _ in range(3):
        clock.pass_by(IDLE - timedelta(minutes=1))
        assert accounts.identify_browser(secret) is not None
    clock.pass_by(IDLE)
    assert accounts.identify_browser(secret) is None


def test_nobody_stays_signed_in_for_ever(accounts: Accounts, clock: StandingClock) -> None:
    signed_in = set_up(accounts)
    passed = timedelta()
    while passed + IDLE / 2 < ABSOLUTE:
        clock.pass_by(IDLE / 2)
        passed += IDLE / 2
        assert accounts.identify_browser(signed_in.secret) is not None
    clock.pass_by(IDLE / 2)
    assert accounts.identify_browser(signed_in.secret) is None
    assert not accounts.still_good(signed_in.identity)


def test_only_hashes_of_secrets_are_kept(accounts: Accounts, services: Services) -> None:
    signed_in = set_up(accounts)
    key = accounts.new_key("ana", "report", [Permission.READ], 1)
    code = accounts.new_password_link("ana").code
    kept = (
        services.folder.database.read_bytes()
        + services.folder.database.with_name(f"{services.folder.database.name}-wal").read_bytes()
    )
    for secret in (signed_in.secret, signed_in.identity.form_token, key.secret, code, PASSWORD):
        assert secret.encode() not in kept
    assert b"argon2id" in kept


def test_who_signs_out_is_signed_out_there_alone(accounts: Accounts) -> None:
    here, there = set_up(accounts), sign_in(accounts, "ana")
    accounts.sign_out(here.identity)
    assert accounts.identify_browser(here.secret) is None
    assert accounts.identify_browser(there.secret) is not None


# Guessing


def test_guessing_at_an_account_is_slowed_down_for_strangers_and_not_for_its_owner(
    accounts: Accounts, clock: StandingClock
) -> None:
    known = set_up(accounts).browser_token
    assert known is not None
    for number in range(FOR_ONE_ACCOUNT.failures):
        with pytest.raises(SignInRefused):
            sign_in(accounts, "ana", "wrong", address=f"10.1.0.{number}")
    with pytest.raises(TooManyTries) as caught:
        sign_in(accounts, "ANA", address="10.2.0.1")
    assert 0 < caught.value.seconds <= FOR_ONE_ACCOUNT.within.total_seconds()
    assert sign_in(accounts, "ana", address="10.2.0.1", known=known).identity.user == "ana"
    clock.pass_by(FOR_ONE_ACCOUNT.within)
    assert sign_in(accounts, "ana", address="10.2.0.1").identity.user == "ana"


def test_one_address_cannot_try_account_after_account(accounts: Accounts) -> None:
    set_up(accounts)
    for number in range(FROM_ONE_ADDRESS.failures):
        with pytest.raises(SignInRefused):
            sign_in(accounts, f"somebody {number}", "wrong")
    with pytest.raises(TooManyTries):
        sign_in(accounts, "ana")
    assert sign_in(accounts, "ana", address="10.0.0.2").identity.user == "ana"


def test_guesses_at_the_same_moment_are_counted_too(accounts: Accounts) -> None:
    set_up(accounts)

    def guess(number: int) -> type[Exception]:
        try:
            sign_in(accounts, "ana", "wrong", address=f"10.3.0.{number}")
        except (SignInRefused, TooManyTries) as error:
            return type(error)
        raise AssertionError("a wrong password was taken")

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(guess, range(40)))
    assert outcomes.count(SignInRefused) == FOR_ONE_ACCOUNT.failures


def test_right_passwords_are_not_counted(accounts: Accounts) -> None:
    set_up(accounts)
    for _ in range(FROM_ONE_ADDRESS.failures + 5):
        sign_in(accounts, "ana")


def test_unknown_names_take_as_long_as_known_ones(services: Services, clock: StandingClock) -> None:
    passwords = Argon2Passwords(memory_kib=16_384)
    accounts = Accounts(services.sessions, services.writing, lambda: passwords, clock, lambda _: None)
    set_up(accounts)
    accounts.add_account("mara", [Role.SME])

    def median(name: str) -> float:
        spent = []
        for number in range(9):
            started = time.thread_time()
            with pytest.raises(SignInRefused):
                sign_in(accounts, name, "wrong", address=f"10.4.{len(name)}.{number}")
            spent.append(time.thread_time() - started)
        return statistics.median(spent)

    median("warming up")
    known, unknown, invited = median("ana"), median("nobody"), median("mara")
    assert unknown == pytest.approx(known, rel=0.5)
    assert invited == pytest.approx(known, rel=0.5)


# Keys


def test_a_key_does_what_its_scopes_say_as_far_as_its_owner_may(accounts: Accounts) -> None:
    set_up(accounts)
    with_password(accounts, "mara", Role.SME)
    secret = accounts.new_key("mara", "report", [Permission.READ, Permission.CONTRIBUTE], 30).secret
    found = accounts.identify_key(secret)
    assert found is not None
    assert (found.user, found.via) == ("mara", Via.KEY)
    assert found.permissions == {Permission.READ, Permission.CONTRIBUTE}
    accounts.set_roles("mara", [Role.EVALUATOR])
    narrowed = accounts.identify_key(secret)
    assert narrowed is not None
    assert narrowed.permissions == {Permission.READ}
    with pytest.raises(ScopeBeyondOwner):
        accounts.new_key("mara", "report", [Permission.ADMINISTER], 30)


def test_a_key_runs_out_and_can_be_revoked(accounts: Accounts, clock: StandingClock) -> None:
    set_up(accounts)
    short = accounts.new_key("ana", "short", [Permission.READ], 1)
    long = accounts.new_key("ana", "long", [Permission.READ], 365)
    clock.pass_by(timedelta(days=1))
    assert accounts.identify_key(short.secret) is None
    running = accounts.identify_key(long.secret)
    assert running is not None
    with pytest.raises(KeyNotFound):
        accounts.revoke_key(long.key_id, running.principal_id + 1)
    accounts.revoke_key(long.key_id, running.principal_id)
    assert accounts.identify_key(long.secret) is None
    assert not accounts.still_good(running)
    assert accounts.identify_key("gw_nonsense") is None
    for days in (0, 366):
        with pytest.raises(BadKeyLife):
            accounts.new_key("ana", "never", [Permission.READ], days)


# Disabling


def test_disabling_ends_sessions_keys_jobs_and_sight_at_once(
    accounts: Accounts, services: Services, stopped: list[str]
) -> None:
    set_up(accounts)
    mara = with_password(accounts, "mara", Role.SME)
    key = accounts.new_key("mara", "report", [Permission.READ], 30).secret
    by_key = accounts.identify_key(key)
    assert by_key is not None
    accounts.disable("mara")
    assert accounts.identify_browser(mara.secret) is None
    assert accounts.identify_key(key) is None
    assert not accounts.still_good(mara.identity)
    assert not accounts.still_good(by_key)
    assert stopped == ["mara"]
    with pytest.raises(SignInRefused):
        sign_in(accounts, "mara")
    with services.sessions() as session, pytest.raises(UserDisabled):
        CorpusStore(session).reader("mara")
    accounts.enable("mara")
    assert sign_in(accounts, "mara").identity.user == "mara"
    assert accounts.identify_key(key) is None


# Forms


def test_a_form_token_belongs_to_one_sign_in(accounts: Accounts) -> None:
    one, two = set_up(accounts), sign_in(accounts, "ana")
    assert one.identity.form_token != two.identity.form_token
    assert one.secret not in one.identity.form_token
    found = accounts.identify_browser(one.secret)
    assert found is not None
    assert found.form_token == one.identity.form_token
