"""Secrets that are about to be written down."""

import time

import pytest

from api.observing.redaction import HIDDEN, Redaction

CANARY = "cAn4ry-Zx81Qw7Lm"

LOOKING_LIKE_SECRETS = (
    f"Authorization: Bearer {CANARY}",
    f"authorization: Basic {CANARY}",
    f"{{'Authorization': 'Bearer {CANARY}', 'Accept': 'x'}}",
    f'{{"authorization": "Digest username=\\"ana\\", response={CANARY}"}}',
    f"(b'authorization', b'Bearer {CANARY}')",
    f"Cookie: __Host-groundwork={CANARY}; other={CANARY}",
    f"set-cookie: a={CANARY}; Path=/",
    f"X-Groundwork-Token: {CANARY}",
    f"x-api-key={CANARY}",
    f"postgresql+psycopg://groundwork:{CANARY}@db.example.org:5432/main",
    f"https://ana:{CANARY}@git.example.org/notes.git cannot be read",
    f"password={CANARY} host=db",
    f"OPENAI_API_KEY={CANARY}",
    f'{{"client_secret": "{CANARY}", "refresh_token": "{CANARY}"}}',
    f"GET /callback?access_token={CANARY}&page=2",
    f"Incorrect API key provided: sk-proj-{CANARY}",
    f"gw_{CANARY}",
    f"the key gw_{CANARY} has ended",
    f"ghp_{CANARY.replace('-', '')}",
    f"xoxb-{CANARY}",
    f"eyJhbGciOiJub25lIn0.{CANARY}.{CANARY}",
    f"$argon2id$v=19$m=65536,t=3,p=4${CANARY}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY.replace('-', '')}\n-----END RSA PRIVATE KEY-----",
)


@pytest.mark.parametrize("text", LOOKING_LIKE_SECRETS)
def test_what_looks_like_a_secret_is_hidden_though_nobody_knows_it(text: str) -> None:
    shown = Redaction([])(text)
    assert CANARY not in shown
    assert CANARY.replace("-", "") not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "text",
    [
        f"the model said {CANARY} and stopped",
        f"prefix{CANARY}suffix",
        f"https://example.org/{CANARY}/x",
    ],
)
def test_a_known_secret_is_hidden_wherever_it_stands(text: str) -> None:
    assert CANARY in Redaction([])(text)
    assert CANARY not in Redaction([CANARY])(text)


def test_a_known_secret_is_hidden_as_addresses_write_it() -> None:
    assert "p%40ss%2Fword" not in Redaction(["p@ss/word"])("connecting to db as p%40ss%2Fword")


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert Redaction(["tree", "tree-of-life"])("a tree-of-life") == f"a {HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "job 17 failed",
        "index keywords: ready, 1200 entries, token count 512",
        "GET /api/documents/{document_id} 200 in 12.5 ms",
        "the database at db.example.org:5432 does not answer",
        "https://example.org:8443/a@b",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Redaction(["very-secret"])(text) == text


def test_what_stands_around_a_password_in_an_address_stays() -> None:
    shown = Redaction([])(f"postgresql://groundwork:{CANARY}@db.example.org/main is away")
    assert shown == f"postgresql://groundwork:{HIDDEN}@db.example.org/main is away"


def test_long_text_takes_time_in_proportion() -> None:
    redact = Redaction([CANARY])

    def seconds(text: str) -> float:
        began = time.process_time()
        redact(text)
        return time.process_time() - began

    for piece in ("a:", "authorization ", "token", "://a", "eyJaaaa.", "-----BEGIN ", "x=", "' "):
        short, long = seconds(piece * 5_000), seconds(piece * 40_000)
        assert long < 30 * max(short, 0.002), piece
