"""People as a load generator plays them: they ask, read and upload, and think in between."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from api.context_names import HEADER
from benchmarks.load_report import TOO_MANY, Action, Sample

ASKS, READS = 0.90, 0.08
"""The rest uploads."""
_TIMEOUT = httpx.Timeout(60.0)


@dataclass(frozen=True, slots=True)
class Page:
    """Something that people open."""

    path: str


@dataclass(frozen=True, slots=True)
class Town:
    """What all people share. `phase` says which part of the run it is now."""

    address: str
    questions: Sequence[str]
    pages: Sequence[Page]
    think_s: float
    phase: Callable[[], str]
    note: Callable[[Sample], None]


async def live(town: Town, number: int, name: str, stop: asyncio.Event) -> None:
    """Until told to stop. The first thing is done at some moment of the first pause, so that not all begin at once."""
    chance = random.Random(number)  # noqa: S311 - the same people every time
    headers = {
        HEADER: name,
        # Each is behind an address of their own, as a proxy would say.
        "X-Forwarded-For": f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}",
    }
    async with httpx.AsyncClient(
        base_url=town.address,
        headers=headers,
        timeout=_TIMEOUT,
        trust_env=False,
        verify=False,  # noqa: S501 - loopback
    ) as client:
        pause_s = chance.uniform(0, town.think_s)
        count = 0
        while not await _stopped_within(stop, pause_s):
            count += 1
            wait_s = await _act(town, client, chance, f"{number}-{count}")
            pause_s = max(chance.expovariate(1 / town.think_s), wait_s)


async def _act(town: Town, client: httpx.AsyncClient, chance: random.Random, mark: str) -> float:
    """Does one thing. Returns for how many seconds it was told to wait."""
    draw = chance.random()
    phase, began = town.phase(), time.perf_counter()
    action = Action.ASK if draw < ASKS else Action.READ if draw < ASKS + READS else Action.UPLOAD
    first_s, wait = None, None
    try:
        if action is Action.ASK:
            status, first_s, wait = await _ask(client, chance.choice(town.questions), began)
        else:
            reply = await (
                client.get(chance.choice(town.pages).path)
                if action is Action.READ
                else client.post("/api/documents", files={"file": (f"note {mark}.md", _note(mark, chance))})
            )
            status, wait = reply.status_code, reply.headers.get("Retry-After")
    except httpx.HTTPError:
        status = 0
    took_s = time.perf_counter() - began
    town.note(Sample(phase, action, began, status, took_s, first_s, wait is not None))
    return float(wait) if wait is not None else 0.0


async def _ask(client: httpx.AsyncClient, question: str, began: float) -> tuple[int, float | None, str | None]:
    """The status, when the first sentence came, and when to come back."""
    first_s: float | None = None
    headers = {"Accept": "text/event-stream"}
    async with client.stream("POST", "/api/ask", json={"question": question}, headers=headers) as reply:
        if reply.status_code in TOO_MANY:
            await reply.aread()
            return reply.status_code, None, reply.headers.get("Retry-After")
        status = reply.status_code
        async for line in reply.aiter_lines():
            if line == "event: sentence" and first_s is None:
                first_s = time.perf_counter() - began
            elif line == "event: problem":
                # Too late for a status, so it comes as an event.
                status = 599
    return status, first_s, None


async def _stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _note(mark: str, chance: random.Random) -> bytes:
    words = ["pump", "valve", "gate", "office", "training", "machine", "report", "storage", "window", "team"]
    sentences = [" ".join(chance.choices(words, k=12)).capitalize() + "." for _ in range(5)]
    return f"# Note {mark}\n\n{' '.join(sentences)}\n".encode()
