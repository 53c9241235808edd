"""Reads the documents of one branch of a git repository, through the git command and a bare copy without history."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from ingestion.ingest import FileTooLarge
from ingestion.source_reading import BadSource, FetchedItem, ItemGone, ListedItem, Recall, SourceUnavailable

_FETCH_S = 600
_READ_S = 60
_REF = "refs/groundwork/head"
_BRANCH = re.compile(r"(?!-)(?!.*\.\.)(?!.*@\{)[\w./+@-]{1,200}(?<![./])")
_FILE_MODES = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class Connection:
    """How a repository on another machine is reached: the address that was checked for its host, and a header."""

    host: str
    port: int
    checked_address: str
    authorization: str | None = None


class GitSourceReader:
    lists_everything = True
    keeps_listing = False

    def __init__(
        self,
        address: str,
        copy: Path,
        connection: Connection | None,
        max_bytes: int,
        branch: str = "",
        below: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`copy` is a folder of our own that is made and kept. `connection` is None for one on this machine.

        `environment` says where programs are found, nothing else of it is handed on.
        """
        if branch and not _BRANCH.fullmatch(branch):
            raise BadSource(f"“{branch}” is no name of a branch.")
        self._address = address
        self._copy = copy
        self._connection = connection
        self._max_bytes = max_bytes
        self._branch = branch
        self._below = below.strip("/")
        self._search_path = (environment or {}).get("PATH", os.defpath)

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        """Fetches the branch, then lists its files by path. Links and repositories inside it are left out."""
        self._copy.mkdir(parents=True, exist_ok=True)
        if not (self._copy / "HEAD").exists():
            self._git(["init", "--quiet", "--bare", "--template="], _READ_S)
        wanted = f"refs/heads/{self._branch}" if self._branch else "HEAD"
        quietly = ["--quiet", "--depth=1", "--no-tags", "--force", "--no-write-fetch-head", "--no-recurse-submodules"]
        self._git(["fetch", *quietly, "--", self._address, f"+{wanted}:{_REF}"], _FETCH_S)
        below = [f"{self._below}/"] if self._below else []
        listed = self._git(["ls-tree", "-r", "-z", "--long", _REF, "--", *below], _READ_S)
        for line in listed.split(b"\0"):
            about, tab, path_bytes = line.partition(b"\t")
            if not tab:
                continue
            mode, _, name, size = about.decode("ascii").split()
            path = path_bytes.decode("utf-8", "backslashreplace")
            hidden = any(part.startswith(".") for part in path.split("/"))
            if mode in _FILE_MODES and not hidden:
                origin = f"git+{self._address}#{quote(path)}"
                yield ListedItem(path, origin, path, name, int(size), memory={})

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        if item.size is not None and item.size > self._max_bytes:
            raise FileTooLarge(item.size, self._max_bytes)
        if item.stamp is None or not re.fullmatch(r"[0-9a-f]{40,64}", item.stamp):
            raise ItemGone(item.name)
        return FetchedItem(self._git(["cat-file", "blob", item.stamp], _READ_S))

    def close(self) -> None:
        pass

    def _git(self, arguments: Sequence[str], most_s: float) -> bytes:
        """Runs git without hooks, without anybody's settings and without asking for passwords."""
        settings = {
            "core.hooksPath": os.devnull,
            "core.fsmonitor": "false",
            "credential.helper": "",
            "protocol.allow": "never",
            f"protocol.{'file' if self._connection is None else 'https'}.allow": "always",
            "http.followRedirects": "false",
            "http.proxy": "",
            "safe.directory": "*",
            "gc.auto": "0",
        }
        if self._connection is not None:
            reached = self._connection
            settings["protocol.http.allow"] = "always"
            # Git connects to the address that was checked, whatever the name comes to mean meanwhile.
            settings["http.curloptResolve"] = f"{reached.host}:{reached.port}:{reached.checked_address}"
            if reached.authorization is not None:
                settings["http.extraHeader"] = f"Authorization: {reached.authorization}"
        environment = {
            "PATH": self._search_path,
            "HOME": os.devnull,
            "LC_ALL": "C",
            "GIT_DIR": str(self._copy),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "false",
            "GIT_CONFIG_COUNT": str(len(settings)),
        }
        # In the environment and not among the arguments, which every process of the machine can read.
        for number, (name, value) in enumerate(settings.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        try:
            done = subprocess.run(  # noqa: S603 - no shell, and every argument is ours or behind a --
                ["git", *arguments],  # noqa: S607 - wherever git is installed
                env=environment,
                cwd=self._copy,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=most_s,
            )
        except FileNotFoundError as error:
            raise SourceUnavailable("Git is not installed on this machine. Install it to read repositories.") from error
        except subprocess.TimeoutExpired as error:
            raise SourceUnavailable(f"{self._shown} did not answer within {most_s:.0f} seconds.") from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise SourceUnavailable(f"{self._shown} cannot be read: {said[-1][:300] if said else 'git failed'}")
        return done.stdout

    @property
    def _shown(self) -> str:
        parts = urlsplit(self._address)
        return f"The repository {parts.hostname or ''}{parts.path}"


def split_address(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a repository on another machine; None for one on this machine. Raises `BadSource`."""
    try:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname:
            return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise BadSource(f"{address} is no address of a repository.") from error
    if Path(address).is_absolute() or (parts.scheme == "file" and not parts.hostname):
        return None
    raise BadSource("Repositories are read over https, or from an absolute path on this machine.")
