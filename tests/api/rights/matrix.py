"""Compares what everybody gets with the table of what they should get, and what is foreign with what is absent."""

import csv
import math
import re
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from api.operations import OPERATIONS, Operation
from tests.api.rights.organisation import Organisation, Who
from tests.api.rights.requests import COUNTERPARTS, Aim, Asking, Prepared, aims
from tests.api.rights.visits import Reply, Visits

TABLE = Path(__file__).with_name("expected.csv")
SIGN_IN = "sign in"
"""Led to the page where one does."""
_CHANGES_BY_ITSELF = re.compile(r'"(?:created_at|at)":"[^"]*"')


@dataclass(frozen=True, slots=True)
class Row:
    method: str
    path: str
    aim: Aim
    expected: Mapping[Who, str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path} ({self.aim})"


def rows() -> list[Row]:
    """As they are written down."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return [
            Row(line["method"], line["path"], Aim(line["object"]), {who: line[who] for who in Who})
            for line in csv.DictReader(file)
        ]


def wanted_rows(operations: Iterable[Operation] = OPERATIONS) -> list[tuple[str, str, Aim]]:
    """Which rows there have to be."""
    return [(operation.method, operation.path, aim) for operation in operations for aim in aims(operation)]


def outcome(reply: Reply) -> str:
    if reply.status == 303 and reply.header("location").startswith("/sign-in?path="):
        return SIGN_IN
    if reply.status == 303 and reply.header("location") == "/sign-in":
        return SIGN_IN
    return str(reply.status)


class Matrix:
    def __init__(self, organisation: Organisation, visits: Visits) -> None:
        self._organisation = organisation
        self._visits = visits
        self._asking = Asking(organisation)

    def differences(self, row: Row) -> Iterator[str]:
        """Where this row is not what happens."""
        operation = _operation(row.method, row.path)
        for who, expected in row.expected.items():
            reply = self._asking.prepare(operation, who, row.aim).send(self._visits)
            if (found := outcome(reply)) != expected:
                yield f"{row.name}: {who} gets {found} instead of {expected}: {reply.text[:300]}"

    def tells(self, row: Row) -> Iterator[str]:
        """Who can tell by the reply to a foreign object from that to one that is not there."""
        counterpart = COUNTERPARTS.get(row.aim)
        if counterpart is None:
            return
        operation = _operation(row.method, row.path)
        for who in Who:
            if who is Who.ADMIN and row.aim is Aim.FOREIGN_AUDIENCE:
                # Whoever administers audiences makes one by naming it, and is told when they may not write into it.
                continue
            headers = self._organisation.enter(who)
            pair = [self._asking.prepare(operation, who, aim, headers) for aim in (row.aim, counterpart)]
            foreign, absent = (_blanked(prepared.send(self._visits), prepared) for prepared in pair)
            if foreign != absent:
                yield f"{row.name}: {who} can tell: {foreign} from {absent}"

    def times(self, row: Row, who: Who, rounds: int) -> tuple[list[float], list[float], list[float]]:
        """Seconds of replies to something foreign, something absent, and something absent again, taken in turns."""
        operation = _operation(row.method, row.path)
        headers = self._organisation.enter(who)
        counterpart = COUNTERPARTS[row.aim]
        foreign, absent = (self._asking.prepare(operation, who, aim, headers) for aim in (row.aim, counterpart))
        taken: tuple[list[float], list[float], list[float]] = ([], [], [])
        for number in range(rounds):
            # In another order each time, so that none always comes after the same other one.
            order = [(0, foreign), (1, absent), (2, absent)]
            for place, prepared in order[number % 3 :] + order[: number % 3]:
                begun = time.perf_counter()
                prepared.send(self._visits)
                taken[place].append(time.perf_counter() - begun)
        return taken


@dataclass(frozen=True, slots=True)
class TimeDifference:
    """Between medians, in seconds. `noise`: the standard error of that difference, or what two series of the same
    absent object differ by, if that is more."""

    row: Row
    difference: float
    noise: float
    median: float

    @property
    def is_noise(self) -> bool:
        """Within four times the noise, or a fiftieth of the whole, which no network lets anybody measure."""
        return abs(self.difference) <= max(4 * self.noise, self.median / 50)


def time_difference(row: Row, taken: tuple[list[float], list[float], list[float]]) -> TimeDifference:
    foreign, absent, again = map(statistics.median, taken)
    # Of a median it is 1.25 times that of a mean; deviations are of both, and robust against pauses of the machine.
    spread = 1.48 * statistics.median(abs(one - absent) for one in taken[1] + taken[2])
    error = math.sqrt(2) * 1.25 * spread / math.sqrt(len(taken[0]))
    return TimeDifference(row, foreign - (absent + again) / 2, max(abs(absent - again), error), absent)


def _operation(method: str, path: str) -> Operation:
    return next(row for row in OPERATIONS if (row.method, row.path) == (method, path))


def _blanked(reply: Reply, prepared: Prepared) -> tuple[int, list[tuple[str, str]], str]:
    """Without the id that was asked for, and the request's own."""

    def blank(text: str) -> str:
        for said in prepared.said:
            text = re.sub(rf"(?<!\d){re.escape(said)}(?!\d)", "N", text)
        return _CHANGES_BY_ITSELF.sub("", text)

    headers = [(name, blank(value)) for name, value in reply.headers if name not in ("x-request-id", "content-length")]
    return reply.status, headers, blank(reply.text)
