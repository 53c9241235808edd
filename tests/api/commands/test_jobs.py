"""`groundwork jobs` and `groundwork worker`, and what becomes of jobs when processes stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from api.cli import main
from api.commands.options import Exit
from api.context_names import TOKEN_HEADER
from api.jobs.job import Job, State
from corpus.database import open_database
from tests.chaos.disturbance import write_documents
from tests.contracts.job_queue import until
from tests.postgresql import PostgresqlServer

LONG_S = 120.0


@contextmanager
def a_process(command: str, data: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A server or a worker, when it has said that it is ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROUNDWORK_")}
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", command, "--data", str(data), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | {"GROUNDWORK_THREADS": "1"} | {f"GROUNDWORK_{name}": said for name, said in settings.items()},
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("Groundwork "), process.communicate()[1]
            yield process
        finally:
            process.kill()


def call(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments, "--data", str(data)], capture_output=True, text=True, check=False
    )


def start_folder_job(data: Path, folder: Path) -> None:
    server = json.loads((data / "server.json").read_text())
    files = [{"path": str(path), "name": path.name} for path in sorted(folder.iterdir())]
    reply = httpx.post(
        f"{server['address']}/api/local/ingest",
        json={"files": files},
        headers={TOKEN_HEADER: server["token"]},
        timeout=30,
    )
    assert reply.status_code == 202, reply.text


def state_of(data: Path) -> str:
    said = call(data, "jobs", "list", "--json")
    assert said.returncode == Exit.OK, said.stderr
    state: str = json.loads(said.stdout)["jobs"][0]["state"]
    return state


def test_a_stop_in_the_middle_of_a_job_takes_less_than_ten_seconds_and_the_job_goes_on_after_it(
    tmp_path: Path,
) -> None:
    data, folder = tmp_path / "data", tmp_path / "notes"
    write_documents(folder, 80, seed=9)
    with a_process("serve", data, "--port", "0") as server:
        start_folder_job(data, folder)
        until(lambda: state_of(data) == "running")
        started = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == Exit.OK
        assert time.monotonic() - started < 10
    assert state_of(data) in ("running", "waiting")
    with a_process("serve", data, "--port", "0"):
        until(lambda: state_of(data) == "done", LONG_S)
        shown = call(data, "jobs", "show", "1")
    assert "80 of 80 files" in shown.stdout
    assert "'added'" in shown.stdout


def test_commands_show_cancel_and_retry_without_a_server(tmp_path: Path) -> None:
    unknown = CliRunner().invoke(main, ["jobs", "--data", str(tmp_path / "typo")])
    assert unknown.exit_code == Exit.NOT_FOUND
    assert f"There is no data in {tmp_path / 'typo'}." in unknown.stderr
    assert not (tmp_path / "typo").exists()
    assert CliRunner().invoke(main, ["migrate", "--data", str(tmp_path)]).exit_code == Exit.OK
    listed = CliRunner().invoke(main, ["jobs", "--data", str(tmp_path)])
    assert (listed.exit_code, listed.output) == (Exit.OK, "There are no jobs.\n")
    for verb in ("show", "cancel", "retry"):
        missing = CliRunner().invoke(main, ["jobs", verb, "7", "--data", str(tmp_path)])
        assert missing.exit_code == Exit.NOT_FOUND
        assert "There is no job 7." in missing.stderr


def test_a_folder_is_ingested_by_the_server_that_runs(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "notes"
    write_documents(folder, 3, seed=9)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    with a_process("serve", data, "--port", "0"):
        done = call(data, "ingest", str(folder))
        assert done.returncode == Exit.PARTLY_FAILED, done.stderr
        assert "+ note-000.md: added" in done.stdout
        assert "! broken.pdf: failed" in done.stdout
        assert "4 files for “everyone”: 3 added, 1 failed." in done.stdout
        assert call(data, "reindex").returncode == Exit.OK
        listed = call(data, "jobs")
    assert "ingest: 4 files for “everyone”" in listed.stdout
    assert "reindex: All indexes" in listed.stdout


def test_a_worker_without_shared_databases_says_what_to_set(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["worker", "--data", str(tmp_path / "data")])
    assert refused.exit_code == Exit.INVALID
    assert "GROUNDWORK_JOBS_URL" in refused.stderr


def test_a_worker_goes_on_with_what_a_killed_server_left(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    data, folder = tmp_path / "data", tmp_path / "notes"
    write_documents(folder, 60, seed=9)
    urls = {"DATABASE_URL": postgresql.new_database(), "JOBS_URL": postgresql.new_database()}
    with a_process("serve", data, "--port", "0", **urls) as server:
        start_folder_job(data, folder)
        engine = open_database(urls["DATABASE_URL"])
        sessions = sessionmaker(engine)
        until(lambda: _state(sessions) is State.RUNNING)
        server.kill()
        server.wait()
    with a_process("worker", data, **urls) as worker:
        until(lambda: _state(sessions) is State.DONE, LONG_S)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == Exit.OK
    with sessions() as session:
        assert session.scalars(select(Job.done)).one() == 60
    engine.dispose()


def _state(sessions: sessionmaker[Session]) -> State:
    with sessions() as session:
        state: State = session.scalars(select(Job.state)).one()
        return state


@pytest.mark.parametrize("arguments", [["jobs"], ["jobs", "list"]], ids=" ".join)
def test_the_list_is_json_on_request(arguments: list[str], tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["migrate", "--data", str(tmp_path)]).exit_code == Exit.OK
    listed = CliRunner().invoke(main, [*arguments, "--json", "--data", str(tmp_path)])
    assert json.loads(listed.output) == {"jobs": [], "total": 0}
