"""Plays many people who use one server at the same time, and says what they met.

Of what people do, 90 % is asking (streamed; the first sentence counts), 8 % opening documents, pages and pictures of
pages, 2 % uploading a note. After each they read and think, for `--think` seconds on average (20 by default,
exponentially distributed): 100 people do 5 things in a second, 1,000 people 50. Who is refused comes back after the
next pause, and not before the time told. The server is a process of its own with the sample company, its language model
a third process that says sentences of the first source (`benchmarks/scripted_provider.py`). With `--surge N` there are
N people for a while after that, and then as many as before.

Usage: python -m benchmarks.load [--users 100] [--minutes 10] [--surge 1000] [--no-model] [--json FILE]
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

import corpus
from api.clock import now
from api.data_folder import DataFolder
from api.offline import switch_off_telemetry
from api.samples import add_samples, read_samples
from api.services import Services
from api.settings import Settings
from benchmarks.load_report import PhaseReport, Quantiles, Sample, back_to_normal_s, growth, quantiles, report
from benchmarks.load_users import Page, Town, live
from corpus.store import CorpusStore

BASE, SURGE, AFTER = "base", "surge", "after"

FIRST_SENTENCE_MS = 500.0
SURGE_ANSWER_MS = 2000.0
REFUSAL_MS = 100.0
BACK_WITHIN_S = 30.0
GROWTH = 0.05

_CASES = Path(corpus.__path__[0]) / "samples" / "cases.jsonl"
_LOOK_S = 1.0
_LAG_S = 0.05
_WINDOW_S = 5.0
_STARTS_WITHIN_S = 120.0
_PICTURES = 3


@dataclass(frozen=True, slots=True)
class Plan:
    users: int
    seconds: float
    surge: int
    surge_s: float
    after_s: float
    think_s: float


@dataclass(slots=True)
class Watched:
    """`busy`: the share of all cores that was in use, `others`: by processes that are no part of this."""

    server_mb: list[float] = field(default_factory=list)
    load_average: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    lag_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    what: str
    found: float | None
    at_most: float

    @property
    def is_met(self) -> bool:
        return self.found is not None and self.found <= self.at_most


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--surge", type=int, default=0, help="so many people after that")
    parser.add_argument("--surge-minutes", type=float, default=1.0)
    parser.add_argument("--think", type=float, default=20.0, help="seconds between two things that somebody does")
    parser.add_argument("--no-model", action="store_true", help="answers are the sources' own sentences")
    parser.add_argument("--json", type=Path, help="also write everything there")
    given = parser.parse_args(arguments)
    plan = Plan(
        users=given.users,
        seconds=given.minutes * 60,
        surge=given.surge,
        surge_s=given.surge_minutes * 60 if given.surge else 0.0,
        after_s=2 * BACK_WITHIN_S if given.surge else 0.0,
        think_s=given.think,
    )
    switch_off_telemetry()
    with tempfile.TemporaryDirectory(prefix="groundwork-load-") as folder:
        data = Path(folder) / "data"
        pages, questions = _prepare(data, max(plan.users, plan.surge))
        with _provider(given.no_model) as model, _server(data, Path(folder) / "server.log", model) as server:
            found = asyncio.run(_run(plan, server, pages, questions))
    _show(found)
    if given.json is not None:
        given.json.write_text(json.dumps(found.as_json(plan, not given.no_model), indent=2) + "\n")
    return 0 if all(verdict.is_met for verdict in found.verdicts) else 1


@dataclass(frozen=True, slots=True)
class _Server:
    address: str
    pid: int


@dataclass(frozen=True, slots=True)
class Found:
    phases: list[PhaseReport]
    watched: Watched
    back_s: float | None
    verdicts: list[Verdict]

    def as_json(self, plan: Plan, with_model: bool) -> dict[str, object]:
        watched = self.watched
        return {
            "plan": asdict(plan) | {"model": "scripted" if with_model else None, "cores": os.cpu_count()},
            "phases": [asdict(phase) for phase in self.phases],
            "back_to_normal_s": self.back_s,
            "server_mb": {"first": watched.server_mb[0], "last": watched.server_mb[-1], "most": max(watched.server_mb)},
            "machine": {
                "load_average": _middle(watched.load_average),
                "busy": _middle(watched.busy),
                "busy_with_others": _middle(watched.others),
                "generator_lag_ms": asdict(found) if (found := quantiles(watched.lag_s)) else None,
            },
            "verdicts": [asdict(verdict) | {"met": verdict.is_met} for verdict in self.verdicts],
        }


def _prepare(data: Path, users: int) -> tuple[list[Page], list[str]]:
    samples = read_samples()
    pages = [Page("/api/documents"), Page("/library"), Page("/")]
    with Services(Settings(data=data), now) as services:
        for _ in add_samples(services, samples):
            pass
        with services.writing.begin() as session:
            store = CorpusStore(session)
            for number in range(users):
                store.ensure_user(_name(number))
        pictures = 0
        for entry in services.library.list_documents(_name(0), 200, 0).entries:
            document = f"/api/documents/{entry.document_id}"
            pages += [Page(document), Page(f"{document}/versions/{entry.version_id}/text")]
            pages.append(Page(f"/documents/{entry.document_id}"))
            if entry.name.endswith(".pdf") and pictures < _PICTURES:
                pictures += 1
                pages.append(Page(f"{document}/versions/{entry.version_id}/pages/1.png?width=800"))
    return pages, [json.loads(line)["question"] for line in _CASES.read_text().splitlines()]


def _name(number: int) -> str:
    return f"load {number:04}"


@contextmanager
def _provider(left_out: bool) -> Iterator[str | None]:
    if left_out:
        yield None
        return
    command = [sys.executable, "-m", "benchmarks.scripted_provider"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@contextmanager
def _server(data: Path, log: Path, model: str | None) -> Iterator[_Server]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROUNDWORK_")}
    environment["GROUNDWORK_TRUSTED_PROXIES"] = '["127.0.0.1"]'
    if model is not None:
        environment |= {
            "GROUNDWORK_MODEL": "openai/scripted",
            "GROUNDWORK_MODEL_API_BASE": model,
            "GROUNDWORK_MODEL_API_KEY": "none",
        }
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(data)]
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=environment) as process,  # noqa: S603 - our own
    ):
        try:
            yield _Server(_announced(data, process, log), process.pid)
        finally:
            process.terminate()
            process.wait(20)
            complaints = log.read_text()
            if "Traceback" in complaints:
                print(complaints[-4000:], file=sys.stderr)  # noqa: T201


def _announced(data: Path, process: "subprocess.Popen[bytes]", log: Path) -> str:
    patience = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < patience and process.poll() is None:
        running = DataFolder(data).find_server()
        if running is not None:
            try:
                httpx.get(f"{running.address}/api/status", timeout=10, trust_env=False)
            except httpx.TransportError:
                pass
            else:
                return running.address
        time.sleep(0.2)
    raise SystemExit(f"The server did not start:\n{log.read_text()[-2000:]}")


async def _run(plan: Plan, server: _Server, pages: list[Page], questions: list[str]) -> Found:
    phase, samples, watched = BASE, list[Sample](), Watched()
    town = Town(server.address, questions, pages, plan.think_s, lambda: phase, samples.append)
    await _warm_up(town)
    watching = [asyncio.create_task(_watch(server.pid, watched)), asyncio.create_task(_feel_lag(watched))]
    stop, stop_surge = asyncio.Event(), asyncio.Event()
    people = [asyncio.create_task(live(town, number, _name(number), stop)) for number in range(plan.users)]
    await asyncio.sleep(plan.seconds)
    grown = growth(watched.server_mb)
    ended = 0.0
    if plan.surge:
        phase = SURGE
        more = range(plan.users, plan.surge)
        crowd = [asyncio.create_task(live(town, number, _name(number), stop_surge)) for number in more]
        await asyncio.sleep(plan.surge_s)
        phase, ended = AFTER, time.perf_counter()
        stop_surge.set()
        await asyncio.sleep(plan.after_s)
        people += crowd
    stop.set()
    await asyncio.gather(*people)
    for task in watching:
        task.cancel()
    lasted = {BASE: plan.seconds, SURGE: plan.surge_s, AFTER: plan.after_s}
    phases = [report(name, seconds, samples) for name, seconds in lasted.items() if seconds]
    back_s = back_to_normal_s(samples, ended, FIRST_SENTENCE_MS / 1000, _WINDOW_S) if plan.surge else None
    return Found(phases, watched, back_s, _verdicts(phases, grown, back_s))


async def _warm_up(town: Town) -> None:
    """Every question once, so that what is loaded and remembered is so."""
    async with httpx.AsyncClient(base_url=town.address, timeout=120, trust_env=False) as client:
        for question in town.questions:
            (await client.post("/api/ask", json={"question": question})).raise_for_status()


def _verdicts(phases: list[PhaseReport], grown: float | None, back_s: float | None) -> list[Verdict]:
    base = phases[0]
    verdicts = [
        Verdict("failures (5xx) or refusals", base.failed + base.refused, 0),
        Verdict("first sentence p95, ms", _p95(base.first_sentence), FIRST_SENTENCE_MS),
        Verdict("memory growth", grown, GROWTH),
    ]
    for surge in phases[1:2]:
        verdicts += [
            Verdict("failures in the surge", surge.failed + surge.refused_without_retry_after, 0),
            Verdict("accepted answers in the surge p95, ms", _p95(surge.answer), SURGE_ANSWER_MS),
            Verdict("refusals in the surge p95, ms", _p95(surge.refusal) if surge.refusal else 0.0, REFUSAL_MS),
            Verdict("seconds until all is as before", back_s, BACK_WITHIN_S),
        ]
    return verdicts


def _p95(found: Quantiles | None) -> float | None:
    return None if found is None else found.p95


async def _watch(server: int, watched: Watched) -> None:
    own = [server, os.getpid()]
    before = _processor(own)
    while True:
        await asyncio.sleep(_LOOK_S)
        watched.server_mb.append(_memory_mb(server))
        watched.load_average.append(os.getloadavg()[0])
        after = _processor(own)
        total = max(after.total - before.total, 1)
        watched.busy.append(round((after.busy - before.busy) / total, 3))
        watched.others.append(round(max(after.busy - before.busy - (after.own - before.own), 0) / total, 3))
        before = after


async def _feel_lag(watched: Watched) -> None:
    """How late this process itself is: times that it takes are no shorter than that."""
    while True:
        due = time.perf_counter() + _LAG_S
        await asyncio.sleep(_LAG_S)
        watched.lag_s.append(time.perf_counter() - due)


@dataclass(frozen=True, slots=True)
class _Processor:
    """Ticks since the machine started."""

    total: int
    busy: int
    own: int


def _processor(roots: list[int]) -> _Processor:
    numbers = [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = numbers[3] + numbers[4]
    own = sum(_ticks(process) for root in roots for process in _family(root))
    return _Processor(sum(numbers), sum(numbers) - idle, own)


def _ticks(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])


def _memory_mb(server: int) -> float:
    """What the server and its children hold in memory together, by their private share of pages."""
    return round(sum(_resident_kb(process) for process in _family(server)) / 1024, 1)


def _resident_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _family(process: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [process, *(one for child in children for one in _family(child))]


def _middle(numbers: list[float]) -> float | None:
    return sorted(numbers)[len(numbers) // 2] if numbers else None


def _show(found: Found) -> None:
    lines = [f"{'':<10}{'requests':>10}{'per s':>8}{'failed':>8}{'refused':>9}   p50 / p95 / most in ms"]
    for phase in found.phases:
        lines.append(
            f"{phase.phase:<10}{phase.requests:>10}{phase.per_second:>8}{phase.failed:>8}{phase.refused:>9}   "
            f"{phase.statuses}"
        )
        for name in ("first_sentence", "answer", "read", "upload", "refusal"):
            quantile: Quantiles | None = getattr(phase, name)
            if quantile is not None:
                label = name.replace("_", " ")
                lines.append(f"  {label:<43}   {quantile.p50:,.0f} / {quantile.p95:,.0f} / {quantile.most:,.0f}")
    watched = found.watched
    lag = quantiles(watched.lag_s)
    lines += [
        f"server memory {watched.server_mb[0]:.0f} MB at first, {watched.server_mb[-1]:.0f} MB at last",
        f"machine: load average {_middle(watched.load_average)}, {_middle(watched.busy):.0%} of {os.cpu_count()} cores "
        f"busy, {_middle(watched.others):.0%} with other things; the generator itself is late by "
        f"{lag.p95 if lag else 0:.0f} ms (p95)",
    ]
    for verdict in found.verdicts:
        lines.append(
            f"{'met    ' if verdict.is_met else 'NOT MET'} {verdict.what}: {verdict.found} (at most {verdict.at_most})"
        )
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
