"""Measures Groundwork beside a plain llama-index pipeline, one after the other on this machine.

    python -m benchmarks.run [--data FOLDER] [--only PART ...] [--sizes N,N] [--json FILE]

Parts: install, ingest, start, query, memory. What is slow to make (the starter's environment, the pool of chunks) is
kept under build/bench; what is measured is always made anew.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from api.commands.options import Exit
from benchmarks.environments import Installed, install, python_of
from benchmarks.groundwork_side import READER
from benchmarks.measurement import HEADER, Measurement, line
from benchmarks.pool import Pool, make_pool

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
STARTER = BUILD / "starter-environment"
GROUNDWORK = BUILD / "groundwork-environment"
SCRATCH = BUILD / "scratch"
SIZES = (1_000, 10_000, 100_000)
AUDIENCES, READABLE = 50, 25
PORT = 18765
SERVER_START_S = 120
HANDBOOK = "handbook-18f"
POOL_SET = "mtrag-clapnq"
COLD_QUESTION = "How do I ask for leave?"

STARTER_SETTINGS = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}


@dataclass(frozen=True, slots=True)
class Options:
    data: Path
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """`seconds` is the whole process from start to end; `said` what it printed as JSON, if it did."""

    seconds: float
    said: dict[str, Any]


def starter(*arguments: object) -> Ran:
    script = ROOT / "benchmarks" / "llama_index_starter.py"
    return _run([python_of(STARTER), script, *arguments], STARTER_SETTINGS)


def groundwork(*arguments: object) -> Ran:
    return _run([sys.executable, "-m", "api.cli", *arguments], {})


def groundwork_side(*arguments: object) -> Ran:
    return _run([sys.executable, "-m", "benchmarks.groundwork_side", *arguments], {})


def measure_install(options: Options) -> Iterator[Measurement]:
    ours, theirs = _install_groundwork(), _install_starter()
    yield Measurement("installation", "s", ours.seconds, theirs.seconds)
    yield Measurement("installed size", "MB", ours.size_mb, theirs.size_mb, "at most 1,200 MB")
    yield Measurement("installed packages", "count", ours.packages, theirs.packages)
    torch = len(list(GROUNDWORK.glob("lib/python*/site-packages/torch-*.dist-info")))
    yield Measurement("installed copies of torch", "count", torch, None, "0")


def measure_ingest(options: Options) -> Iterator[Measurement]:
    """Whole processes, start included: that is what somebody waits for. The model's graph is built beforehand."""
    _install_starter()
    folder = options.data / HANDBOOK / "documents"
    data = _warm_folder()
    ours = groundwork("ingest", folder, "--data", data, "--json")
    chunks = sum(file["chunk_count"] for file in ours.said["files"])
    yield Measurement(f"chunks of {HANDBOOK}", "count", chunks)
    again = groundwork("ingest", folder, "--data", data, "--json")
    yield Measurement(f"ingestion of {HANDBOOK} again, unchanged", "s", again.seconds)
    for size, overlap, target in ((1024, 200, "2.5 x"), (256, 20, "4 x")):
        theirs = starter("ingest", folder, _empty("starter"), "--chunk-size", size, "--overlap", overlap)
        name = f"ingestion of {HANDBOOK} (starter: chunks of {size})"
        yield Measurement(name, "s", ours.seconds, theirs.seconds, f"at least {target}")


def measure_start(options: Options) -> Iterator[Measurement]:
    """A fresh process to its first result, over an existing corpus of the smallest size."""
    _install_starter()
    data, store = _loaded(options, options.sizes[0], audiences=1)
    yield Measurement("groundwork --help", "s", _best(lambda: groundwork("--help")), None, "under 0.5 s")
    ask = _best(lambda: groundwork("ask", COLD_QUESTION, "--data", data, "--as", READER))
    yield Measurement("first answer of a fresh process", "s", ask, None, "under 3 s")
    found = _best(lambda: groundwork("search", COLD_QUESTION, "--data", data, "--as", READER, "--json"))
    theirs = _best(lambda: starter("search", store, COLD_QUESTION))
    yield Measurement("first search of a fresh process", "s", found, theirs)


def measure_query(options: Options) -> Iterator[Measurement]:
    """Search without embedding the question. Groundwork searches words as well as vectors, the starter vectors only."""
    _install_starter()
    for size in options.sizes:
        yield from _measure_query(options, size, audiences=1)
    yield from _measure_query(options, options.sizes[-1], audiences=AUDIENCES)


def measure_memory(options: Options) -> Iterator[Measurement]:
    """Resident memory of a fresh process after the questions: Groundwork's whole server, the starter's script."""
    _install_starter()
    size = options.sizes[-1]
    data, store = _loaded(options, size, audiences=1)
    pool = _pool(options)
    theirs = starter("query", store, pool.questions)
    ours = _memory_of_server(data, json.loads(pool.questions.read_text()))
    yield Measurement(f"memory serving {size:,} chunks", "MiB", ours, theirs.said["rss_mib"], "under 900 MiB")


PARTS: dict[str, Callable[[Options], Iterator[Measurement]]] = {
    "install": measure_install,
    "ingest": measure_ingest,
    "start": measure_start,
    "query": measure_query,
    "memory": measure_memory,
}


def _measure_query(options: Options, size: int, audiences: int) -> Iterator[Measurement]:
    data, store = _loaded(options, size, audiences)
    questions = _pool(options).questions
    ours = groundwork_side("query", data, questions)
    theirs = starter("query", store, questions, "--readable", READABLE if audiences > 1 else 0)
    readers = "one audience" if audiences == 1 else f"{READABLE} of {audiences} audiences"
    for percent, target in ((50, "at most 15 ms"), (95, "at most 40 ms")):
        name = f"query p{percent}, {size:,} chunks, {readers}"
        yield Measurement(
            name,
            "ms",
            float(np.percentile(ours.said["milliseconds"], percent)),
            float(np.percentile(theirs.said["milliseconds"], percent)),
            target if audiences > 1 else "",
        )
    yield Measurement(
        f"embedding a question, p50, beside {size:,} chunks",
        "ms",
        float(np.percentile(ours.said["embedding_ms"], 50)),
        float(np.percentile(theirs.said["embedding_ms"], 50)),
        "at most 8 ms",
    )
    yield Measurement(
        f"recall@10 against exact search, {size:,} chunks, {readers}",
        "share",
        ours.said["recall"],
        None,
        "at least 0.98",
        lower_is_better=False,
    )


def _install_groundwork() -> Installed:
    lock = ["--no-deps", "--require-hashes", "-r", str(ROOT / "requirements.lock")]
    return install(GROUNDWORK, [lock, ["--no-deps", str(ROOT)]])


def _install_starter() -> Installed:
    return install(STARTER, [["-r", str(ROOT / "benchmarks" / "requirements-starter.lock")]])


def _pool(options: Options) -> Pool:
    return make_pool(options.data / POOL_SET, BUILD / "pool", max(options.sizes), os.cpu_count() or 1)


def _loaded(options: Options, size: int, audiences: int) -> tuple[Path, Path]:
    """Both sides' stores of that many chunks, made when first needed in this run."""
    pool = _pool(options)
    data, store = SCRATCH / f"data-{size}-{audiences}", SCRATCH / f"starter-{size}-{audiences}"
    if not data.exists():
        _say(f"storing {size:,} chunks for {audiences} audiences on both sides")
        readable = READABLE if audiences > 1 else 1
        groundwork_side("load", pool.vectors, pool.texts, data, size, "--audiences", audiences, "--readable", readable)
        starter("load", pool.vectors, pool.texts, store, size, "--audiences", audiences)
    return data, store


def _warm_folder() -> Path:
    """A data folder with nothing in it but the embedding model's graph, which is built once per installation."""
    data = _empty("data-ingest")
    note = _empty("note") / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("A note, so that the model is made ready.")
    groundwork("ingest", note, "--data", data)
    return data


def _memory_of_server(data: Path, questions: list[str]) -> float:
    server = subprocess.Popen(  # noqa: S603  Our own command.
        [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(PORT)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_server(server)
        for question in questions:
            _get(f"/api/search?{urllib.parse.urlencode({'q': question, 'limit': 10})}")
        pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    finally:
        server.terminate()
        server.wait()


def _wait_for_server(server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SERVER_START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _get("/api/status")
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit(f"The server did not start within {SERVER_START_S} s.")


def _get(path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=60) as answer:
        content: bytes = answer.read()
    return content


def _best(run: Callable[[], Ran], times: int = 3) -> float:
    """The shortest of some runs: what the machine can do when nothing else interferes."""
    return min(run().seconds for _ in range(times))


def _empty(name: str) -> Path:
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _run(command: list[object], settings: dict[str, str]) -> Ran:
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603  Our own commands.
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    # Some pages of the handbook hold no text, which is reported as partly failed.
    if done.returncode not in (Exit.OK, Exit.NOT_ANSWERED, Exit.PARTLY_FAILED):
        raise SystemExit(f"{' '.join(str(part) for part in command)}\nended with {done.returncode}:\n{done.stderr}")
    return Ran(seconds, _json_in(done.stdout))


def _json_in(output: str) -> dict[str, Any]:
    start = output.find("{")
    if start < 0:
        return {}
    try:
        said = json.loads(output[start:])
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _say(text: str) -> None:
    print(f"[{datetime.now(UTC):%H:%M:%S}] {text}", file=sys.stderr, flush=True)  # noqa: T201  A command's progress.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the benchmark sets")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of chunks to query")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    given = parser.parse_args()
    options = Options(given.data, tuple(sorted(int(size) for size in given.sizes.split(","))))
    if not (options.data / HANDBOOK).is_dir():
        raise SystemExit(f"There is no set {HANDBOOK} in {options.data}. Name the folder of the sets with --data.")
    shutil.rmtree(SCRATCH, ignore_errors=True)
    measured: list[Measurement] = []
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # noqa: T201
    print(HEADER)  # noqa: T201  The table is the output of this command.
    for part in given.only:
        load = os.getloadavg()[0]
        _say(f"{part} (load average {load:.1f}{': other work disturbs the times' if load > 1 else ''})")
        for found in PARTS[part](options):
            measured.append(found)
            print(line(found), flush=True)  # noqa: T201
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(found) | {"ratio": found.ratio} for found in measured], indent=1))
    shutil.rmtree(SCRATCH, ignore_errors=True)


if __name__ == "__main__":
    main()
