"""Installs what a lock names, and the project itself, into the environment that runs this. Standard library only.

uv does the work where it can, because it takes seconds where pip takes minutes. It reads none of pip's settings, so
they are handed to it; where that does not carry (a registry that only pip reaches), pip installs the same files.
"""

import ast
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_LOCK = ROOT / "requirements-dev.lock"
SETUP_LOCK = ROOT / "requirements-setup.lock"
ENVIRONMENT = Path(sys.prefix)
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def main() -> None:
    lock = ROOT / sys.argv[1]
    # What development needs includes, in the same versions, what Groundwork needs to run.
    if _is_installed(lock) or _is_installed(DEVELOPMENT_LOCK):
        return
    started = time.monotonic()
    _say("installing the installer (uv, hatchling)")
    _run([*PIP, "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(SETUP_LOCK)])
    count = sum(1 for line in lock.read_text().splitlines() if line[:1].isalnum())
    _say(f"installing up to {count} packages from {lock.name}; the first time takes a minute or more")
    _install(["--no-deps", "--require-hashes", "-r", str(lock)])
    _install(["--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    for stale in ENVIRONMENT.glob(".installed-*"):
        stale.unlink()
    _stamp(lock).write_text(_fingerprint(lock))
    _say(f"ready after {time.monotonic() - started:.0f} s, {_megabytes(ENVIRONMENT):,} MB in {ENVIRONMENT.name}")


def _is_installed(lock: Path) -> bool:
    return _stamp(lock).is_file() and _stamp(lock).read_text() == _fingerprint(lock)


def _stamp(lock: Path) -> Path:
    return ENVIRONMENT / f".installed-{lock.stem}"


def _fingerprint(lock: Path) -> str:
    """Changes when something else would be installed. Settings of tools in pyproject.toml do not count."""
    project = (ROOT / "pyproject.toml").read_text().partition("[tool.ruff]")[0]
    texts = [lock.read_text(), SETUP_LOCK.read_text(), project, sys.version, str(ROOT)]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _install(arguments: list[str]) -> None:
    uv = ENVIRONMENT / "bin" / "uv"
    shown = [] if sys.stderr.isatty() else ["--quiet"]
    command = [str(uv), "pip", "install", "--python", sys.executable, "--link-mode=copy", *shown, *arguments]
    if _status(command, _uv_environment()) == 0:
        return
    _say("uv could not (its reason stands above); trying pip, which is slower")
    _run([*PIP, "install", "--no-compile", *arguments])


def _uv_environment() -> dict[str, str]:
    """The environment for uv: pip's settings under the names that uv gives them. What is set for uv itself stays."""
    settings = _pip_settings()
    given: dict[str, str] = {}
    if index := settings.get("index-url"):
        given["UV_DEFAULT_INDEX"] = index
    if extra := settings.get("extra-index-url"):
        given["UV_INDEX"] = " ".join(filter(_is_there, extra.split()))
        # As pip does it: any index may have the version that the lock names. Its hash says that it is the right file.
        given["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if links := settings.get("find-links"):
        given["UV_FIND_LINKS"] = ",".join(filter(_is_there, links.split()))
    if certificates := settings.get("cert"):
        given["SSL_CERT_FILE"] = certificates
    if hosts := settings.get("trusted-host"):
        given["UV_INSECURE_HOST"] = " ".join(hosts.split())
    if proxy := settings.get("proxy"):
        given["HTTPS_PROXY"] = given["HTTP_PROXY"] = proxy
    if timeout := settings.get("timeout", settings.get("default-timeout")):
        given["UV_HTTP_TIMEOUT"] = timeout
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        given["UV_NO_INDEX"] = "1"
    return given | os.environ


def _pip_settings() -> dict[str, str]:
    """pip's own reading of its files and variables, the stronger one last."""
    command = [*PIP, "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own command
    found: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section):
                found[name.removeprefix(section)] = str(ast.literal_eval(value))
    return found


def _is_there(address: str) -> bool:
    """pip passes over a folder that is missing, uv stops at it."""
    path = Path(address.removeprefix("file://"))
    return "://" in address.removeprefix("file://") or path.exists()


def _run(command: list[str]) -> None:
    if (status := _status(command, dict(os.environ))) != 0:
        _say(f"this failed with status {status}, its reason stands above: {' '.join(command)}")
        _say("check that a package registry can be reached: pip's own settings say where it is (pip config list)")
        sys.exit(1)


def _status(command: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - our own commands


def _megabytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000


def _say(message: str) -> None:
    sys.stderr.write(f"setup: {message}\n")


if __name__ == "__main__":
    main()
