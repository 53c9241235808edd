"""Budgets of model use: counted for each user and day, asked before the model is, erased with the person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from api.app import build_app
from api.context_names import HEADER
from api.limits.model_budgets import ModelBudgets
from api.limits.model_usage import ModelUsageOfDay
from api.services import Services
from api.settings import Settings
from assistant.model_budget import BudgetSpent, ModelUsage, PriceUnknown
from corpus.store import CorpusStore
from tests.assistant.scripted_model import ModelServer, Reply
from tests.conftest import NOON, Ticking

MODEL = "scripted/model"
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n\nUnused leave expires on 31 March.\n"
QUESTION = "How many days of leave does an employee get?"
ANSWER = "Every employee gets thirty days of leave a year. [S1]"


@pytest.fixture
def people(services: Services) -> None:
    with services.writing.begin() as session:
        store = CorpusStore(session)
        for name in ("ana", "ben"):
            store.ensure_user(name)


class Today:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def budgets(services: Services, today: Today, tokens: int | None = None, money: float | None = None) -> ModelBudgets:
    return ModelBudgets(services.sessions, services.writing, today, tokens, money)


def rows(services: Services) -> list[ModelUsageOfDay]:
    with services.sessions() as session:
        return list(session.scalars(select(ModelUsageOfDay).order_by(ModelUsageOfDay.day)))


@pytest.mark.usefixtures("people")
def test_tokens_are_spent_by_user_and_day(services: Services) -> None:
    today = Today()
    counted = budgets(services, today, tokens=100)
    counted.of("ana").spend(MODEL, ModelUsage(60, 39, None))
    counted.of("ana").check(MODEL)
    counted.of("ana").spend(MODEL, ModelUsage(1, 0, None))
    with pytest.raises(BudgetSpent) as spent:
        counted.of("ana").check(MODEL)
    assert spent.value.wait_s == 12 * 3600
    counted.of("ben").check(MODEL)
    today.now += timedelta(hours=12)
    counted.of("ana").check(MODEL)


@pytest.mark.usefixtures("people")
def test_what_was_spent_outlives_the_process(services: Services) -> None:
    today = Today()
    counted = budgets(services, today, tokens=100)
    for _ in range(3):
        counted.of("ana").spend(MODEL, ModelUsage(30, 10, 0.5))
        counted.write_down()
    (row,) = rows(services)
    assert (row.tokens_in, row.tokens_out, row.money, row.calls) == (90, 30, 1.5, 3)
    with pytest.raises(BudgetSpent):
        budgets(services, today, tokens=100).of("ana").check(MODEL)


@pytest.mark.usefixtures("people")
def test_writing_down_twice_counts_once(services: Services) -> None:
    counted = budgets(services, Today(), tokens=100)
    counted.of("ana").spend(MODEL, ModelUsage(30, 10, None))
    counted.write_down()
    counted.write_down()
    assert [row.tokens_in for row in rows(services)] == [30]


@pytest.mark.usefixtures("people")
def test_what_cannot_be_written_now_counts_and_is_written_later(services: Services) -> None:
    counted = budgets(services, Today(), tokens=40)
    counted.of("ana").spend(MODEL, ModelUsage(30, 10, None))

    def refuse(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("database is locked"))

    event.listen(services.engine, "before_cursor_execute", refuse)
    counted.write_down()
    event.remove(services.engine, "before_cursor_execute", refuse)
    with pytest.raises(BudgetSpent):
        counted.of("ana").check(MODEL)
    counted.write_down()
    assert [row.calls for row in rows(services)] == [1]


@pytest.mark.usefixtures("people")
def test_money_is_a_budget_too(services: Services) -> None:
    counted = budgets(services, Today(), money=0.01)
    counted.of("ana").spend(MODEL, ModelUsage(1, 1, 0.009))
    counted.of("ana").check(MODEL)
    counted.of("ana").spend(MODEL, ModelUsage(1, 1, 0.002))
    with pytest.raises(BudgetSpent):
        counted.of("ana").check(MODEL)


@pytest.mark.usefixtures("people")
def test_money_cannot_be_kept_where_no_price_is_known(services: Services) -> None:
    counted = budgets(services, Today(), money=0.01)
    counted.of("ana").spend(MODEL, ModelUsage(1, 1, None))
    with pytest.raises(PriceUnknown):
        counted.of("ben").check(MODEL)


@pytest.mark.usefixtures("people")
def test_erasing_a_person_takes_along_what_they_spent(services: Services) -> None:
    counted = budgets(services, Today())
    for name in ("ana", "ben"):
        counted.of(name).spend(MODEL, ModelUsage(30, 10, None))
    counted.write_down()
    services.erasing.erase(["user:ana"])
    assert len(rows(services)) == 1
    counted.of("ana").spend(MODEL, ModelUsage(30, 10, None))
    counted.write_down()
    assert len(rows(services)) == 1


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(Reply(pieces=[ANSWER], usage=(80, 30))) as server:
        yield server


def a_client(settings: Settings, model: ModelServer, falls_back: bool) -> Iterator[TestClient]:
    told = {
        "model": "openai/scripted",
        "model_api_base": model.address,
        "model_tokens_per_day": 100,
        "model_fallback": falls_back,
    }
    with Services(settings.model_copy(update=told), Ticking()) as services:
        with services.writing.begin() as session:
            CorpusStore(session).ensure_user("ana")
        with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765") as client:
            client.post("/api/documents", files={"file": ("leave.md", LEAVE)}).raise_for_status()
            yield client


@pytest.fixture
def falling_back(settings: Settings, model: ModelServer) -> Iterator[TestClient]:
    yield from a_client(settings, model, falls_back=True)


@pytest.fixture
def strict(settings: Settings, model: ModelServer) -> Iterator[TestClient]:
    yield from a_client(settings, model, falls_back=False)


@pytest.mark.filterwarnings("default")
def test_a_spent_budget_leaves_the_sources_own_sentences(falling_back: TestClient, model: ModelServer) -> None:
    first, second, other = (
        falling_back.post("/api/ask", json={"question": QUESTION}, headers={HEADER: user}).json()
        for user in ("owner", "owner", "ana")
    )
    assert (first["composer"], first["notice"]) == ("openai/scripted", None)
    assert second["composer"] == "extractive"
    assert "has been written" in second["notice"]
    assert other["composer"] == "openai/scripted"
    assert len(model.requests) == 2


@pytest.mark.filterwarnings("default")
def test_without_a_fallback_a_spent_budget_is_a_refusal_until_midnight(strict: TestClient) -> None:
    assert strict.post("/api/ask", json={"question": QUESTION}).status_code == 200
    reply = strict.post("/api/ask", json={"question": QUESTION})
    assert reply.status_code == 429
    assert 11 * 3600 < int(reply.headers["Retry-After"]) <= 12 * 3600
    assert reply.headers["content-type"] == "application/problem+json"
