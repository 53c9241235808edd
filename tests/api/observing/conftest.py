"""A log that tests read, and everything as it was afterwards."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.observing.logs import OURS, set_up_logs
from api.observing.redaction import Redaction
from api.settings import LogFormat, LogLevel

KNOWN = "known-cAn4ry-55aa91"
"""A secret of the settings."""

Lines = Callable[[], list[dict[str, Any]]]

_TOUCHED = (
    "", *OURS, "dbos", "uvicorn", "uvicorn.error", "uvicorn.access",
    "LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "trafilatura",
)  # fmt: skip


@pytest.fixture
def untouched_logs() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _TOUCHED]
    before = [(logger.level, list(logger.handlers), logger.propagate, logger.disabled) for logger in loggers]
    factory, raising = logging.getLogRecordFactory(), logging.raiseExceptions
    hooks, showing = (sys.excepthook, threading.excepthook), warnings.showwarning
    for logger in loggers[1:]:
        # As in a new process: what ran before in this one may have started servers and queues.
        logger.setLevel(logging.NOTSET)
        logger.handlers[:] = []
        logger.propagate, logger.disabled = True, False
    yield
    logging.captureWarnings(False)
    warnings.showwarning = showing
    logging.setLogRecordFactory(factory)
    logging.raiseExceptions = raising
    sys.excepthook, threading.excepthook = hooks
    for logger, (level, handlers, propagate, disabled) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate, logger.disabled = propagate, disabled


@pytest.fixture
def written(untouched_logs: None) -> io.StringIO:
    """What a server that was told to write JSON has logged."""
    stream = io.StringIO()
    set_up_logs(LogLevel.DEBUG, LogFormat.JSON, Redaction([KNOWN]), stream)
    return stream


@pytest.fixture
def lines(written: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]
