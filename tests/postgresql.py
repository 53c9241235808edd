"""A PostgreSQL server of the tests: the system's package on a free port, with its data in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

_DEBIAN = Path("/usr/lib/postgresql")
_USER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this user for it."""


class PostgresqlServer:
    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self.port = _free_port()
        self._databases = 0

    def initialise(self) -> None:
        self._run("initdb", "--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")

    def start(self) -> None:
        # Without fsync a crash of the machine would lose data; these tests end processes only.
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-o", options, "-l", str(self._folder / "log"), "-w", "-t", "60", "start")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` ends it without any shutdown, as a crash would."""
        self._run("pg_ctl", "-m", mode, "-w", "-t", "60", "stop")

    def new_database(self) -> str:
        """The address of an empty one."""
        self._databases += 1
        name = f"test_{os.getpid()}_{self._databases}"
        engine = create_engine(self._url("postgres", "postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name, "postgresql+psycopg")

    def _url(self, database: str, driver: str) -> str:
        return f"{driver}://{_USER}@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        as_user = ["runuser", "-u", _USER, "--"] if os.getuid() == 0 else []
        done = subprocess.run(
            [*as_user, str(self._programs / program), "-D", str(self._folder / "data"), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr}")


def find_programs() -> Path | None:
    """Where the newest installed PostgreSQL keeps its programs."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def why_not() -> str | None:
    """Why there can be no server here; None where there can be one."""
    if find_programs() is None:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql); `make test` installs it where it may"
    if os.getuid() == 0 and _USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"PostgreSQL does not run as root, and there is no user {_USER}"
    return None


@contextmanager
def running_server() -> Iterator[PostgresqlServer]:
    programs = find_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="groundwork-postgresql-"))
    if os.getuid() == 0:
        shutil.chown(folder, _USER)
    server = PostgresqlServer(programs, folder)
    try:
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_listening(port: int, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
