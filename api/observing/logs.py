"""Logs: what is logged by whom, as text or JSON lines on stderr, with secrets and people's words taken out.

Records are made safe when they are made, so that it does not matter which handler of which library writes them.
"""

import json
import logging
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from api.observing.failure_text import brief, in_full
from api.observing.redaction import Redaction
from api.settings import LogFormat, LogLevel

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that the present thread works on."""

FIELDS = "fields"
"""The attribute of a record that carries what a JSON line has beside its message: `extra={FIELDS: {...}}`."""

OURS = ("api", "evals", "authoring", "assistant", "ingestion", "corpus")
_SILENT = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "trafilatura")
"""They log what they are given: prompts, replies, pages. What goes wrong in them is raised to us."""
_WITHOUT_HANDLERS = ("dbos", "uvicorn", "uvicorn.error", "uvicorn.access")
"""They would add handlers of their own where there are none."""

_LOG = logging.getLogger(__name__)


def set_up_logs(level: LogLevel, form: LogFormat, redact: Redaction, stream: TextIO | None = None) -> None:
    """For a process that lives: from now on everything that is logged in it goes one way. Twice is as once."""
    stream = stream or sys.stderr
    as_text = form is LogFormat.TEXT or (form is LogFormat.AUTO and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_TextLines() if as_text else _JsonLines())
    logging.setLogRecordFactory(_safe_records(redact))
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, level.number))
    for name in OURS:
        logging.getLogger(name).setLevel(level.number)
    for name in _WITHOUT_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.propagate = True
    for name in _SILENT:
        logging.getLogger(name).disabled = True
    sys.excepthook = _crashed
    threading.excepthook = _crashed_in_thread


def _safe_records(redact: Redaction) -> Callable[..., logging.LogRecord]:
    def make(*arguments: object, **named: object) -> logging.LogRecord:
        record = logging.LogRecord(*arguments, **named)  # type: ignore[arg-type]
        record.msg = redact(_message(record))
        record.args = ()
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redact(in_full(record.exc_info[1]))
        record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return record

    return make


def _message(record: logging.LogRecord) -> str:
    if isinstance(record.msg, BaseException):
        record.msg, record.args = brief(record.msg), ()
    if isinstance(record.args, tuple):
        record.args = tuple(brief(value) if isinstance(value, BaseException) else value for value in record.args)
    try:
        return record.getMessage()
    except (TypeError, ValueError, LookupError):
        return f"{record.msg} (its arguments do not fit)"


class _JsonLines(logging.Formatter):
    """One object on each line: time, level, logger, message, request_id within a request, and the record's fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            line["request_id"] = request_id
        fields = getattr(record, FIELDS, None)
        if isinstance(fields, dict):
            line |= fields
        if record.exc_text:
            line["failure"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


class _TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(sep=" ", timespec="milliseconds")[:23]
        fields = getattr(record, FIELDS, None)
        words = [time, record.levelname.lower(), f"{record.name}:", record.getMessage()]
        if isinstance(fields, dict):
            words += [f"{name}={value}" for name, value in fields.items() if value is not None]
        elif request_id := REQUEST_ID.get():
            words.append(f"request_id={request_id}")
        # A line break in a message must not look like another line of the log.
        line = " ".join(words).replace("\r", "\\r").replace("\n", "\\n")
        return f"{line}\n{record.exc_text}" if record.exc_text else line


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _LOG.critical("the process ended by a failure", exc_info=(kind, error, trace))


def _crashed_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is None or isinstance(arguments.exc_value, SystemExit):
        return
    name = arguments.thread.name if arguments.thread is not None else "unknown"
    failure = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
    _LOG.critical("the thread %s ended by a failure", name, exc_info=failure)
