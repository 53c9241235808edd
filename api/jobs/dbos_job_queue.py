"""Runs jobs as DBOS workflows, on SQLite in one process or on PostgreSQL in any number of them.

A job is one workflow and its steps are DBOS steps, recorded as JSON. What DBOS would record as a failure is never one
here: work answers for its own failures, and everything else leaves the workflow pending, to be taken up again.
"""

import hashlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from contextvars import Context
from threading import Lock
from typing import TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api.jobs.job_queue import Interrupted, Lane, QueueUnavailable, Tended, Ticket, Work

T = TypeVar("T")

APPLICATION = "groundwork"
VERSION = "1"
"""Never raised: DBOS gives work of one version to processes of that version only, so an upgrade would orphan jobs."""

WORKFLOW = "job"
EMBEDDED = "embedded"
"""The one process that owns a data folder. The same name each time, so that DBOS takes up by itself what it left."""

AT_ONCE = {Lane.SMALL: 2, Lane.LARGE: 1, Lane.DRAFT: 2, Lane.OWNER: 1}
"""Jobs that one process runs side by side."""

_POLL_S = {Lane.SMALL: 0.25, Lane.LARGE: 1.0, Lane.DRAFT: 0.25, Lane.OWNER: 1.0}
_INTERRUPTIONS = 100
"""So often may processes end in the middle of one job before it is given up, for it may be what ends them."""
_STALLED_S = 4.0
"""A claimed job that has not begun for so long never will: its thread died on a database that failed."""
_ADVISORY = "SELECT pg_try_advisory_lock(:key)"
_RELEASE = "SELECT pg_advisory_unlock(:key)"
_OVER = ("SUCCESS", "ERROR", "CANCELLED")
_EXHAUSTED = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
_FORGOTTEN_AT_ONCE = 200


class _FailedError(BaseException):
    """Carries what a step raised past DBOS, which would record it."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _DbosCheckpoints:
    def __init__(self, queue: "DbosJobQueue") -> None:
        self._queue = queue

    def once(self, name: str, step: Callable[[], T]) -> T:
        def recorded() -> T:
            try:
                value = step()
            except Exception as error:
                raise _FailedError(error) from error
            if self._queue.abandoned:
                # What it worked with may have been closed under it; nothing that it says can be trusted.
                raise Interrupted
            return value

        if self._queue.halted:
            raise Interrupted
        try:
            return DBOS.run_step({"name": name}, recorded)
        except _FailedError as failed:
            if self._queue.halted:
                raise Interrupted from failed.error
            raise failed.error from None
        except Exception as error:
            # Not the step but its recording failed, or another process has taken the job over.
            raise Interrupted from error


class DbosJobQueue:
    """DBOS is one per process, so is this."""

    def __init__(
        self, url: str, lanes: Sequence[Lane] = tuple(Lane), monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`url`: `sqlite:///FILE` or `postgresql://…`. `lanes`: those that this process works on."""
        self._lanes = lanes
        self._url = make_url(url)
        self._shared = self._url.get_backend_name() == "postgresql"
        self._monotonic = monotonic
        self._executor = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}" if self._shared else EMBEDDED
        self._presence = _Presence(self._url.set(drivername="postgresql+psycopg")) if self._shared else None
        self._guard = Lock()
        self._working: set[str] = set()
        self._idle_since: dict[str, float] = {}
        self._started = False
        self.halted = False
        self.abandoned = False

    def start(self, work: Work) -> None:
        def run(job_id: int, attempt: int) -> None:
            key = str(Ticket(job_id, attempt))
            with self._guard:
                self._working.add(key)
            try:
                work(Ticket(job_id, attempt), _DbosCheckpoints(self))
            except Exception as error:
                # A bug; recorded as the job's outcome it would end the job without a word to anybody.
                raise Interrupted from error
            finally:
                with self._guard:
                    self._working.discard(key)

        # Switches off what DBOS would look for on its own in the environment.
        config = DBOSConfig(
            name=APPLICATION,
            system_database_url=self._url.render_as_string(hide_password=False),
            application_version=VERSION,
            executor_id=self._executor,
            serializer=DBOSPortableJSONSerializer(),
            enable_otlp=False,
            log_level="CRITICAL",
            notification_listener_polling_interval_sec=0.5,
            scheduler_polling_interval_sec=3600.0,
            sys_db_pool_size=8,
        )
        try:
            if self._presence is not None:
                self._presence.show(self._executor)
            DBOS(config=config)
            self._run = DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_INTERRUPTIONS)(run)
            DBOS.listen_queues([lane.value for lane in self._lanes])
            DBOS.launch()
            for lane, at_once in AT_ONCE.items():
                DBOS.register_queue(
                    lane.value,
                    worker_concurrency=at_once,
                    polling_interval_sec=_POLL_S[lane],
                    on_conflict="always_update",
                )
        except SQLAlchemyError as error:
            self._destroy()
            raise QueueUnavailable(_detail(error)) from error
        self._started = True

    def put(self, ticket: Ticket, lane: Lane) -> None:
        # In a context of its own: a job that starts another one does so from within a step.
        self._reaching(lambda: Context().run(self._enqueue, ticket, lane))

    def tend(self, open_tickets: Sequence[tuple[Ticket, Lane]]) -> Tended:
        return self._reaching(lambda: Context().run(self._tend, dict(open_tickets)))

    def halt(self) -> None:
        self.halted = True

    def stop(self, within_s: float) -> bool:
        self.halt()
        deadline = self._monotonic() + within_s
        while self._working and self._monotonic() < deadline:
            time.sleep(0.02)
        self.abandoned = True
        if self._started:
            self._destroy()
            self._started = False
        return not self._working

    def _destroy(self) -> None:
        DBOS.destroy(destroy_registry=True)
        if self._presence is not None:
            self._presence.hide()

    def _enqueue(self, ticket: Ticket, lane: Lane) -> None:
        with SetWorkflowID(str(ticket)):
            DBOS.enqueue_workflow(lane.value, self._run, ticket.job_id, ticket.attempt)

    def _tend(self, open_tickets: dict[Ticket, Lane]) -> Tended:
        if self._presence is not None:
            self._presence.show(self._executor)
        wanted = {str(ticket): ticket for ticket in open_tickets}
        found = {
            status.workflow_id: status
            for status in DBOS.list_workflows(workflow_ids=list(wanted), load_input=False, load_output=False)
        }
        spent, exhausted = [], []
        for key, ticket in wanted.items():
            status = found.get(key)
            if status is None:
                self._enqueue(ticket, open_tickets[ticket])
            elif status.status in _OVER:
                spent.append(ticket)
            elif status.status == _EXHAUSTED:
                exhausted.append(ticket)
            elif status.status == "PENDING" and self._is_left(status):
                DBOS.resume_workflow(key, queue_name=open_tickets[ticket].value)
        self._idle_since = {key: since for key, since in self._idle_since.items() if key in wanted}
        self._forget_all_but(wanted)
        return Tended(tuple(spent), tuple(exhausted))

    def _is_left(self, status: WorkflowStatus) -> bool:
        """Whether nobody works on a job that was claimed."""
        if status.executor_id != self._executor:
            return self._presence is None or not self._presence.is_shown(status.executor_id or "")
        with self._guard:
            working = status.workflow_id in self._working
        if working:
            self._idle_since.pop(status.workflow_id, None)
            return False
        now = self._monotonic()
        return now - self._idle_since.setdefault(status.workflow_id, now) > _STALLED_S

    def _forget_all_but(self, wanted: dict[str, Ticket]) -> None:
        """Nothing of a job stays here once it is over: its row says what became of it."""
        over = DBOS.list_workflows(
            status=[*_OVER, _EXHAUSTED], limit=_FORGOTTEN_AT_ONCE, load_input=False, load_output=False
        )
        if keys := [status.workflow_id for status in over if status.workflow_id not in wanted]:
            DBOS.delete_workflows(keys)

    def _reaching(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except SQLAlchemyError as error:
            raise QueueUnavailable(_detail(error)) from error


class _Presence:
    """Shows to the other processes on one PostgreSQL that this one lives: a lock that ends with its connection."""

    def __init__(self, url: object) -> None:
        self._engine: Engine = create_engine(  # type: ignore[call-overload]
            url, pool_size=1, max_overflow=1, pool_pre_ping=True, hide_parameters=True
        )
        self._held: Connection | None = None

    def show(self, name: str) -> None:
        """Also after the database was away. Somebody who just looked whether we live holds the lock for a moment."""
        if self._held is not None:
            try:
                self._held.execute(text("SELECT 1"))
                return
            except DBAPIError:
                self._held.invalidate()
                self._held.close()
                self._held = None
        held = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        while not held.scalar(text(_ADVISORY), {"key": _key(name)}):
            time.sleep(0.05)
        self._held = held

    def is_shown(self, name: str) -> bool:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            free = connection.scalar(text(_ADVISORY), {"key": _key(name)})
            if free:
                connection.execute(text(_RELEASE), {"key": _key(name)})
        return not free

    def hide(self) -> None:
        if self._held is not None:
            self._held.invalidate()
            self._held.close()
            self._held = None
        self._engine.dispose()


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def _detail(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"{str(cause).strip().splitlines()[0]}." if str(cause).strip() else "it failed."
