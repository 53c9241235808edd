"""Fresh virtual environments, installed from a lock as a user would, with what that took."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

MEASURED = "measured.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """`size_mb`: everything in the environment, in millions of bytes. `packages` counts distributions."""

    seconds: float
    size_mb: float
    packages: int


def install(folder: Path, arguments: list[list[str]]) -> Installed:
    """Makes the environment and runs `pip install` with each list of arguments, without pip's cache.

    An environment that is there already is kept, with the numbers of when it was made.
    """
    record = folder / MEASURED
    if record.is_file():
        return Installed(**json.loads(record.read_text()))
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603  Our own command.
    for given in arguments:
        pip = [str(python_of(folder)), "-m", "pip", "install", "--quiet", "--no-cache-dir", *given]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)  # noqa: S603  As above.
    installed = Installed(
        seconds=time.perf_counter() - began,
        size_mb=sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6,
        packages=len(list(folder.glob("lib/python*/site-packages/*.dist-info"))),
    )
    record.write_text(json.dumps(asdict(installed)))
    return installed


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"
