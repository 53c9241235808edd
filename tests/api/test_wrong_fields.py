"""What is wrong with a field is said in a sentence that names it and says what to send."""

from collections.abc import Iterator
from enum import StrEnum

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.app import build_app
from api.services import Services
from api.wrong_fields import said_of, wrong_with

LIBRARY_WORDS = ("Input should", "Field required", "not permitted", "decode error", "unable to parse")


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, "token"), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{}", "“question” is missing and has to be given."),
        ("{bad", "What was sent is not valid JSON; check its quotes, commas and brackets."),
        ("[]", "What was sent has to be a JSON object, sent with “Content-Type: application/json”."),
        ('{"question": " "}', "“question” is empty; write something there."),
        ('{"question": 5, "x": 1}', "“question” has to be text. “x” is not known here; leave it out."),
        (
            '{"question": "' + "why " * 2000 + '"}',
            "“question” is too long: it has 8,000 characters, 4,000 are possible.",
        ),
    ],
)
def test_a_body_of_the_wrong_form_is_answered_in_sentences(client: TestClient, body: str, detail: str) -> None:
    reply = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert reply.json()["detail"] == detail
    assert all(set(error) == {"field", "type", "reason"} for error in reply.json()["errors"])


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("/api/search?q=a&limit=x", "“limit” after the “?” of the address has to be a whole number, such as 12."),
        ("/api/search?q=a&limit=0", "“limit” after the “?” of the address has to be 1 or more."),
        ("/api/search?q=a&limit=1000", "“limit” after the “?” of the address has to be 100 or less."),
        ("/documents/abc", "“document_id” in the address has to be a whole number, such as 12."),
        ("/library?overdue=maybe", "“overdue” after the “?” of the address has to be “true” or “false”."),
        (
            "/api/jobs?state=lost",
            "“state” after the “?” of the address has to be one of: waiting, running, done, failed, cancelled.",
        ),
    ],
)
def test_so_is_an_address(client: TestClient, address: str, detail: str) -> None:
    assert client.get(address, headers={"Accept": "application/json"}).json()["detail"] == detail


@pytest.mark.parametrize("address", ["/documents/abc", "/library?page=0", "/library?overdue=maybe", "/jobs/x"])
def test_a_page_about_it_is_in_words_of_ours(client: TestClient, address: str) -> None:
    page = client.get(address, headers={"Accept": "text/html"})
    assert page.status_code == 422
    assert "has to be" in page.text
    assert not any(words in page.text for words in LIBRARY_WORDS)


def test_a_method_that_is_not_possible_is_answered_with_those_that_are(client: TestClient) -> None:
    reply = client.put("/api/ask", json={})
    assert reply.status_code == 405
    assert reply.json()["detail"] == "PUT is not possible at this address; possible is POST."


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    colour: Colour
    weight: float = Field(gt=0)
    parts: list[int] = Field(max_length=3)
    name: str = Field(min_length=2)


def test_no_kind_of_error_is_said_in_the_words_of_the_library() -> None:
    with pytest.raises(ValidationError) as failed:
        Order.model_validate({"colour": "green", "weight": -1, "parts": [1, "x"], "name": "a", "y": 1})
    errors = failed.value.errors()
    assert [wrong_with(error) for error in errors] == [
        "has to be one of: red, blue",
        "has to be more than 0",
        "has to be a whole number, such as 12",
        "is too short: write at least 2 characters",
        "is not known here; leave it out",
    ]
    assert said_of(errors).endswith("“parts” has to be a whole number, such as 12. Wrong are 2 more.")
    with pytest.raises(ValidationError) as failed:
        Order.model_validate({"colour": "red", "weight": 1, "parts": [1, 2, 3, 4], "name": "ab"})
    assert said_of(failed.value.errors()) == "“parts” is not of the right form."


def test_a_number_of_days_that_is_none_is_told_beside_the_field_and_not_taken_for_nothing(
    client: TestClient, services: Services
) -> None:
    added = services.library.add_upload("leave.md", b"# Leave\n\nThirty days.\n", "everyone", "owner")
    for days in ("soon", "-3", "99999"):
        reply = client.post(f"/library/documents/{added.document_id}/care", data={"owner": "", "review_days": days})
        assert reply.status_code == 422
        assert "A review interval is a number of days from 1 to" in reply.text


def test_a_number_of_pages_that_is_none_is_told_with_what_to_write(client: TestClient) -> None:
    typed = {"name": "Handbook", "address": "https://handbook.example/", "audience": "everyone", "most_pages": "many"}
    reply = client.post("/sources/new/website", data=typed)
    assert reply.status_code == 422
    assert "At most this many pages: write a number from 1 to" in reply.text


class Broken:
    """Services with a bug in whatever they are asked for."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError("secret words")


def test_a_bug_is_shown_as_a_page_and_still_goes_on_to_the_log(services: Services) -> None:
    app = build_app(services, "token")
    app.state.services = Broken()
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        page = client.get("/jobs/7", headers={"Accept": "text/html"})
        assert page.status_code == 500
        assert "Something went wrong in Groundwork itself." in page.text
        assert "secret words" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
        assert client.get("/api/jobs/7").headers["content-type"] == "application/problem+json"
    with TestClient(app, base_url="http://localhost") as client, pytest.raises(AssertionError, match="secret words"):
        client.get("/api/jobs/7")
