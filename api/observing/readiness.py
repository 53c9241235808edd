"""Whether the server can do its work now, part by part, found out by looking and not by remembering that it once could.

Parts that cost something to call, such as a language model, are told by how their last call went. Such a failure counts
for a minute: nobody would call again what is said to be broken, and so it would stay broken for ever.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Event, Lock, Thread

from api.observing.failure_text import brief
from api.observing.last_outcome import LastOutcome
from corpus.errors import GroundworkError, Unavailable
from corpus.index_state import IndexState, StateName

FAILURE_COUNTS_S = 60.0
_KEPT_S = 1.0
"""So long the parts as they were found are told again: anybody may ask."""
_PATIENCE_S = 3.0


class PartState(StrEnum):
    WORKS = "works"
    DEGRADED = "degraded"
    """Something stands in for it: people get answers, slower or plainer ones."""
    FAILED = "failed"


class Overall(StrEnum):
    READY = "ready"
    DEGRADED = "degraded"
    NOT_READY = "not ready"


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    state: PartState
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    parts: tuple[Part, ...]

    @property
    def overall(self) -> Overall:
        states = {part.state for part in self.parts}
        if PartState.FAILED in states:
            return Overall.NOT_READY
        return Overall.DEGRADED if PartState.DEGRADED in states else Overall.READY


Look = Callable[[], Part]


@dataclass(frozen=True, slots=True)
class NamedLook:
    """How one part is found out. Raises what it raises: that is the part's failure."""

    name: str
    look: Look


class Readiness:
    def __init__(
        self, looks: Sequence[NamedLook], monotonic: Callable[[], float], patience_s: float = _PATIENCE_S
    ) -> None:
        self._looks = looks
        self._monotonic = monotonic
        self._patience_s = patience_s
        self._guard = Lock()
        self._round: _Round | None = None

    def report(self) -> Report:
        """In bounded time, whatever hangs; what did not answer by then has failed."""
        with self._guard:
            current = self._round
            if current is None or (current.ended.is_set() and self._monotonic() - current.began_s >= _KEPT_S):
                current = _Round(self._looks, self._monotonic())
                self._round = current
                # One round at a time: a database that hangs must not gather threads.
                Thread(target=current.run, name="readiness", daemon=True).start()
        current.ended.wait(self._patience_s)
        return current.report()


class _Round:
    def __init__(self, looks: Sequence[NamedLook], began_s: float) -> None:
        self._looks = looks
        self._parts: tuple[Part, ...] = ()
        self.began_s = began_s
        self.ended = Event()

    def run(self) -> None:
        for named in self._looks:
            self._parts = (*self._parts, _looked(named))
        self.ended.set()

    def report(self) -> Report:
        parts = self._parts
        missing = [named.name for named in self._looks[len(parts) :]]
        hanging = [Part(name, PartState.FAILED, "It did not answer in time.") for name in missing[:1]]
        unknown = [Part(name, PartState.FAILED, f"Not looked at: {missing[0]} hangs.") for name in missing[1:]]
        return Report((*parts, *hanging, *unknown))


def _looked(named: NamedLook) -> Part:
    try:
        return named.look()
    except GroundworkError as error:
        return Part(named.name, PartState.FAILED, str(error))
    except Exception as error:  # noqa: BLE001  Whatever it is, the part does not work; its kind is told.
        return Part(named.name, PartState.FAILED, brief(error))


class FileReplaced(Unavailable):
    def __init__(self, file: Path) -> None:
        super().__init__(f"The database file {file.name} is gone or another one; what is written now is lost.")


def database_look(check_writable: Callable[[], None], file: Path | None, let_go: Callable[[], None]) -> NamedLook:
    """`file`: of SQLite, which goes on writing into a file that was removed. It is looked for from now on.

    `let_go` of the connections that were opened while it was away: they would stay with what was in its place.
    """
    opened, away = _identity(file), Event()

    def look() -> Part:
        if file is not None and (opened is None or _identity(file) != opened):
            away.set()
            raise FileReplaced(file)
        if away.is_set():
            let_go()
            away.clear()
        check_writable()
        return Part("database", PartState.WORKS)

    return NamedLook("database", look)


def _identity(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def index_look(name: str, state: Callable[[], IndexState], stands_in: bool) -> NamedLook:
    """`stands_in`: whether something else finds the same while this index is not there."""

    def look() -> Part:
        found = state()
        if found.state is StateName.READY:
            return Part(name, PartState.WORKS, found.remark or "")
        remark = f"It is {found.state}. {found.remark or ''}".strip()
        return Part(name, PartState.DEGRADED if stands_in else PartState.FAILED, remark)

    return NamedLook(name, look)


def outcome_look(name: str, outcome: LastOutcome, stands_in: bool) -> NamedLook:
    """`stands_in`: whether people get answers all the same."""

    def look() -> Part:
        since = outcome.failed_since_s()
        if since is None:
            return Part(name, PartState.WORKS, "" if outcome.is_known else "It has not been called yet.")
        if since > FAILURE_COUNTS_S:
            return Part(name, PartState.DEGRADED, f"Its last call failed {since:.0f} seconds ago.")
        state = PartState.DEGRADED if stands_in else PartState.FAILED
        return Part(name, state, f"Its last call failed {since:.0f} seconds ago.")

    return NamedLook(name, look)


def free_bytes_of(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def disk_look(folder: Path, floor_bytes: int, free_bytes: Callable[[Path], int] = free_bytes_of) -> NamedLook:
    def look() -> Part:
        free = free_bytes(folder)
        enough = free >= floor_bytes
        remark = f"{free // 1_000_000} MB are free" + ("." if enough else f", {floor_bytes // 1_000_000} are needed.")
        return Part("disk", PartState.WORKS if enough else PartState.FAILED, remark)

    return NamedLook("disk", look)


def jobs_look(trouble: Callable[[], str | None]) -> NamedLook:
    def look() -> Part:
        said = trouble()
        return Part("jobs", PartState.WORKS if said is None else PartState.FAILED, said or "")

    return NamedLook("jobs", look)
