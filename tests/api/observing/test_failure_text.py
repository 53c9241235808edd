"""Words for failures in the log."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.observing.failure_text import brief, in_full
from corpus.database import open_database, sqlite_url
from corpus.errors import NotFound
from corpus.storage_failure import DatabaseGone

SAID = "The director earns 412,000 EUR a year."


def caught(fails: Callable[[], object]) -> BaseException:
    try:
        fails()
    except Exception as error:  # noqa: BLE001  Whatever it is: that is what is looked at.
        return error
    raise AssertionError("it did not fail")


class _Form(BaseModel):
    number: int


def _decode() -> str:
    return SAID.encode("utf-16").decode("utf-8")


@pytest.mark.parametrize(
    "fails",
    [
        lambda: int(SAID),
        lambda: dict[str, int]()[SAID],
        lambda: _Form.model_validate({"number": SAID}),
        lambda: (_ for _ in ()).throw(NotFound(f"There is no document {SAID}.")),
        lambda: (_ for _ in ()).throw(RuntimeError(SAID)),
        lambda: open(f"/nowhere/{SAID}"),  # noqa: PTH123, SIM115  It fails to.
        lambda: sqlite3.connect(":memory:").execute(SAID),
        _decode,
    ],
)
def test_what_people_wrote_is_not_repeated(fails: Callable[[], object]) -> None:
    error = caught(fails)
    for words in (brief(error), in_full(error)):
        assert "412,000" not in words
        assert type(error).__name__ in words


def test_a_mistake_in_the_program_is_told_as_it_is() -> None:
    error = caught(lambda: None.missing)  # type: ignore[attr-defined]
    assert brief(error) == "AttributeError: 'NoneType' object has no attribute 'missing'"


def test_what_is_known_to_quote_nothing_is_told() -> None:
    assert "does not answer" in brief(DatabaseGone())
    assert brief(FileNotFoundError(2, "No such file or directory", SAID)) == (
        "FileNotFoundError: No such file or directory"
    )


def test_the_way_to_a_failure_is_told_with_what_led_to_it() -> None:
    def inner() -> None:
        raise ValueError(SAID)

    def outer() -> None:
        try:
            inner()
        except ValueError as error:
            raise TypeError("wrong kind") from error

    told = in_full(caught(outer))
    assert "in inner" in told
    assert told.index("ValueError") < told.index("which led to") < told.index("TypeError: wrong kind")
    assert "412,000" not in told


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert in_full(one).count("ValueError") == 2


def test_each_of_a_group_is_told() -> None:
    group = ExceptionGroup(SAID, [ValueError(SAID), TypeError("wrong kind")])
    told = in_full(group)
    assert "ValueError" in told
    assert "TypeError: wrong kind" in told
    assert "412,000" not in told


def test_a_failing_statement_is_told_without_its_values(tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path / "x.sqlite"))
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE facts (said TEXT UNIQUE)"))
        connection.execute(text("INSERT INTO facts VALUES (:said)"), {"said": SAID})
        with pytest.raises(SQLAlchemyError) as failure:
            connection.execute(text("INSERT INTO facts VALUES (:said)"), {"said": SAID})
    engine.dispose()
    # Not in the error itself either, wherever else it may be printed.
    assert SAID not in str(failure.value)
    assert brief(failure.value) == (
        "IntegrityError: IntegrityError: UNIQUE constraint failed: facts.said in: INSERT INTO facts VALUES (?)"
    )


def test_pydantic_would_have_told() -> None:
    """Else the test above could not fail."""
    assert "412,000" in str(caught(lambda: _Form.model_validate({"number": SAID})))
    assert isinstance(caught(lambda: _Form.model_validate({"number": SAID})), ValidationError)
