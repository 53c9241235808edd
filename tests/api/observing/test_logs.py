"""What ends up in the log, whoever writes it."""

import io
import json
import logging
import sys
import threading
import warnings
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.observing.logs import FIELDS, REQUEST_ID, set_up_logs
from api.observing.redaction import Redaction
from api.settings import LogFormat, LogLevel, Settings
from corpus.database import open_database, sqlite_url
from tests.api.observing.conftest import KNOWN, Lines

UNKNOWN = "gw_unkn0wnCanaryKey77"
SECRETS = (KNOWN, UNKNOWN)
LOGGERS = ("api.jobs.job_work", "corpus.search", "uvicorn.error", "dbos", "sqlalchemy.engine", "some.library")


@pytest.mark.parametrize("name", LOGGERS)
@pytest.mark.parametrize("secret", SECRETS)
def test_no_way_of_logging_lets_a_secret_through(
    name: str, secret: str, written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "dbos":
        import dbos  # noqa: F401, PLC0415 - it gives its logger a handler of its own
    log = logging.getLogger(name)
    log.error(f"in the message {secret}")
    log.error("in an argument %s", secret)
    log.error("in a named argument %(key)s", {"key": secret})
    log.error("in a structure %r", {"key": [secret]})
    log.error("that does not fit %d", secret)
    log.error("one too many", secret)  # noqa: PLE1205 - that is what others do
    log.error(ValueError(secret))
    log.error("failed: %s", RuntimeError(secret))
    log.warning("with a stack", stack_info=True)
    log.error("in a failure", exc_info=ConnectionError(secret))
    log.error("in a speaking failure", exc_info=TypeError(f"cannot use {secret}"))
    try:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise TypeError(secret) from error
    except TypeError:
        log.exception("in a chain of failures")
    said = written.getvalue() + "".join(capsys.readouterr())
    assert secret not in said
    assert len(written.getvalue().splitlines()) == 12
    assert "in a chain of failures" in said


def test_a_handler_that_a_library_brings_gets_nothing_else(written: io.StringIO) -> None:
    own = io.StringIO()
    log = logging.getLogger("brings.its.own")
    handler = logging.StreamHandler(own)
    log.addHandler(handler)
    try:
        try:
            raise ValueError(KNOWN)
        except ValueError:
            log.exception("with %s", KNOWN)
    finally:
        log.removeHandler(handler)
    assert "with [hidden]" in own.getvalue()
    assert "ValueError" in own.getvalue()
    assert KNOWN not in own.getvalue()


def test_a_statement_that_fails_is_logged_without_its_values(lines: Lines, tmp_path: Path) -> None:
    engine = open_database(sqlite_url(tmp_path / "x.sqlite"))
    with engine.connect() as connection, pytest.raises(SQLAlchemyError):
        connection.execute(text("SELECT * FROM missing WHERE question = :q"), {"q": "how much does the director earn"})
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT * FROM missing WHERE question = :q"), {"q": "how much does she earn"})
    except SQLAlchemyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    engine.dispose()
    (line,) = lines()
    assert "no such table: missing in: SELECT * FROM missing WHERE question = ?" in line["failure"]
    assert "earn" not in json.dumps(line)


def test_warnings_and_ends_of_threads_go_the_same_way(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise TypeError(f"wrong {KNOWN}")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn(f"old {KNOWN}", stacklevel=1)
    thread = threading.Thread(target=fail, name="failing")
    thread.start()
    thread.join()
    try:
        fail()
    except TypeError:
        sys.excepthook(*sys.exc_info())
    assert [line["level"] for line in lines()] == ["warning", "critical", "critical"]
    assert "the thread failing ended" in lines()[1]["message"]
    assert KNOWN not in json.dumps(lines()) + "".join(capsys.readouterr())


def test_a_line_of_json_tells_when_who_what_and_for_which_request(lines: Lines) -> None:
    before = REQUEST_ID.set("request-1")
    logging.getLogger("api.x").info("done\nand more", extra={FIELDS: {"status": 200}})
    REQUEST_ID.reset(before)
    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "api.x",
        "message": "done\nand more",
        "request_id": "request-1",
        "status": 200,
    }


def test_a_line_break_forges_no_line_of_text(untouched_logs: None) -> None:
    stream = io.StringIO()
    set_up_logs(LogLevel.INFO, LogFormat.TEXT, Redaction([]), stream)
    logging.getLogger("api.x").info("one\r\n2026-05-01 critical api: forged", extra={FIELDS: {"status": 200}})
    assert len(stream.getvalue().splitlines()) == 1
    assert stream.getvalue().endswith("forged status=200\n")


def test_what_is_no_terminal_gets_json_unless_told_otherwise(untouched_logs: None) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, begins in ((io.StringIO(), "{"), (Terminal(), "2")):
        set_up_logs(LogLevel.INFO, LogFormat.AUTO, Redaction([]), stream)
        logging.getLogger("api.x").info("hello")
        assert stream.getvalue().startswith(begins)


def test_libraries_say_only_what_goes_wrong_however_much_we_say(written: io.StringIO) -> None:
    logging.getLogger("httpx").info("GET https://example.org/?q=secret")
    logging.getLogger("LiteLLM").error("prompt: what does the director earn")
    assert written.getvalue() == ""


def test_below_the_level_nothing_is_said(untouched_logs: None) -> None:
    stream = io.StringIO()
    set_up_logs(LogLevel.WARNING, LogFormat.JSON, Redaction([]), stream)
    logging.getLogger("api.x").info("quiet")
    logging.getLogger("api.x").warning("loud")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_settings_name_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-provider")
    monkeypatch.setenv("GROUNDWORK_MODEL_API_KEY", "of-the-model")
    monkeypatch.setenv("GROUNDWORK_DATABASE_URL", "postgresql://u:p%40ss@h/x")
    monkeypatch.setenv("GROUNDWORK_JOBS_URL", "postgresql://u:other@h/x")
    found = set(Settings().secrets())
    assert {"of-the-provider", "of-the-model", "p%40ss", "p@ss", "other"} <= found
    assert "postgresql://u:p%40ss@h/x" not in found
