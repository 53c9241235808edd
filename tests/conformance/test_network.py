"""No run opens a connection to anywhere that it was not configured to."""

import os
import re
import shutil
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.conformance.sources import ROOT

JOURNEY = [sys.executable, "-m", "tests.conformance.journey"]
SAMPLES = ROOT / "corpus" / "samples" / "documents" / "everyone"
WATCHING = Path(__file__).parent / "watching"
_QUIETENING = (
    "GROUNDWORK_",
    "CI",
    "ORT_",
    "DO_NOT_TRACK",
    "HF_HUB_",
    "BUILD_",
    "GITHUB_",
    "JENKINS_",
    "TF_BUILD",
    "PYTEST_",
)
"""What other settings begin with that make libraries keep quiet in a test where they would not on a user's machine."""

_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """One document of each library that reads files."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in (
        "quality/calibration-procedure.md",
        "purchasing/supplier-code.docx",
        "products/warranty-terms.pdf",
        "products/kelva-t1.html",
        "sales/price-list-2026.xlsx",
        "townhall/town-hall-2026-q1.pptx",
        "operations/shipping-notice.eml",
    ):
        shutil.copy(SAMPLES / name, folder)
    return folder


def _works(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0


def _run(command: list[str], documents: Path, data: Path, **environment: str) -> None:
    """As on a machine that has a way out, with other programs' tracing switched on."""
    tempting = {"LANGSMITH_TRACING": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://192.0.2.1:4317"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_QUIETENING)}
    done = subprocess.run(
        [*command, str(documents), str(data)],
        cwd=ROOT,
        env=inherited | tempting | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def test_nothing_turns_to_another_machine_and_everything_works_with_the_network_cut(
    documents: Path, tmp_path: Path
) -> None:
    log = tmp_path / "connections.log"
    cut = next((cut for cut in (["unshare", "-rn"], ["unshare", "-n"]) if _works(cut)), None)
    _run([*(cut or []), *JOURNEY], documents, tmp_path / "data", PYTHONPATH=str(WATCHING), CONNECTIONS_LOG=str(log))
    seen = log.read_text().splitlines()
    assert any(line.startswith("socket.connect") for line in seen), "not even the journey's own requests were seen"
    foreign = [line for line in seen if not _is_local(line)]
    assert not foreign
    if cut is None:
        pytest.skip("nothing was tried, but this machine does not let a test cut the network as well")


def _is_local(line: str) -> bool:
    """`socket.connect ('127.0.0.1', 8765)`, `socket.getaddrinfo 'localhost'`, the path of a local socket, or None."""
    event, _, said = line.partition(" ")
    if said == "None" or (event == "socket.connect" and not said.startswith("(")):
        return True
    address = re.match(r"\(?b?'([^']*)'", said)
    assert address is not None, line
    return _is_here(address[1])


def test_no_system_call_connects_to_another_machine(documents: Path, tmp_path: Path) -> None:
    log = tmp_path / "calls.log"
    # Stops a process at the calls that are looked at and at no other.
    stops = ["--seccomp-bpf"] if _works(["strace", "-f", "--seccomp-bpf", "-o", str(log)]) else []
    watch = [
        "strace",
        "-f",
        *stops,
        "-qq",
        "-e",
        "trace=connect,sendto,sendmsg,sendmmsg",
        "-e",
        "signal=none",
        "-o",
        str(log),
    ]
    if not _works(watch):
        pytest.skip("this machine has no strace, or does not let it look at processes")
    _run([*watch, *JOURNEY], documents, tmp_path / "data")
    calls = [(line, found) for line in log.read_text().splitlines() if (found := _ADDRESS.search(line))]
    assert calls, "not even the journey's own requests were seen"
    assert not [line for line, found in calls if not _is_here(found[1] or found[2])]
