"""`groundwork serve` as a process: where it listens, what it refuses, how it stops."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from api.cli import main
from api.commands.options import Exit

SERVE = [sys.executable, "-m", "api.cli", "serve"]


@contextmanager
def a_server(data: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address that it announced."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROUNDWORK_")}
    with subprocess.Popen(
        [*SERVE, "--data", str(data), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("Groundwork serves "), process.communicate()[1]
            yield process, line.split()[2].rstrip(",")
        finally:
            process.kill()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    data = tmp_path_factory.mktemp("serving")
    with a_server(data, "--port", "0") as (_, address):
        yield data, address


def test_server_answers_where_it_says(running: tuple[Path, str]) -> None:
    _, address = running
    status = httpx.get(f"{address}/api/status").json()
    assert status["documents"] == 0
    assert address.startswith("http://127.0.0.1:")


def test_second_server_on_a_folder_names_the_first(running: tuple[Path, str]) -> None:
    data, address = running
    second = CliRunner().invoke(main, ["serve", "--data", str(data), "--port", "0"])
    assert second.exit_code == Exit.CONFLICT
    assert address in second.stderr


def test_commands_talk_to_the_running_server(running: tuple[Path, str]) -> None:
    data, address = running
    status = [sys.executable, "-m", "api.cli", "status", "--data", str(data)]
    shown = subprocess.run(status, capture_output=True, text=True, check=False)
    assert shown.returncode == Exit.OK, shown.stderr
    assert address in shown.stdout


def test_address_is_kept_from_other_users_of_the_machine(running: tuple[Path, str]) -> None:
    data, address = running
    announced = data / "server.json"
    assert json.loads(announced.read_text())["address"] == address
    assert announced.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org"])
def test_address_that_others_reach_is_refused(host: str, tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["serve", "--host", host, "--data", str(tmp_path / "data")])
    assert refused.exit_code == Exit.INVALID
    assert "GROUNDWORK_PUBLIC_URL" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_port_that_was_asked_for_and_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = CliRunner().invoke(main, ["serve", "--port", str(port), "--data", str(tmp_path / "data")])
    assert refused.exit_code == Exit.UNAVAILABLE
    assert str(port) in refused.stderr


def test_usual_port_that_is_taken_gives_way_to_a_free_one(tmp_path: Path) -> None:
    try:
        other = socket.create_server(("127.0.0.1", 8765))
    except OSError:
        other = None  # taken already, by whom does not matter
    try:
        with a_server(tmp_path / "data") as (process, address):
            assert not address.endswith(":8765")
            assert httpx.get(f"{address}/api/status").status_code == 200
            process.terminate()
            assert "Port 8765 is taken" in process.communicate()[1]
    finally:
        if other is not None:
            other.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_signal_stops_the_server_within_ten_seconds(number: signal.Signals, tmp_path: Path) -> None:
    with a_server(tmp_path, "--port", "0") as (process, address):
        # An open connection that says nothing must not hold it up.
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))):
            started = time.monotonic()
            process.send_signal(number)
            assert process.wait(timeout=20) == Exit.OK
        assert time.monotonic() - started < 10
        assert process.stdout is not None
        assert "Stopped." in process.stdout.read()
    assert not (tmp_path / "server.json").exists()
