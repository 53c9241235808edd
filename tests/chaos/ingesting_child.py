"""Ingests a folder and acknowledges each file on standard output; kills itself where it is told to.

Called as `python -m tests.chaos.ingesting_child DATA CACHE FOLDER [STEP COUNT]`.
"""

import os
import signal
import sys
from pathlib import Path

from api.clock import now
from api.ingesting import find_files
from api.services import Services
from api.settings import Settings
from ingestion.ingest import Step


def main(data: str, cache: str, folder: str, step: str | None = None, count: str = "1") -> None:
    left = int(count)

    def reached(here: Step) -> None:
        nonlocal left
        if here == step:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(data=Path(data), cache=Path(cache), threads=1, parse_workers=1)
    with Services(settings, now, reached=reached) as services:
        print("ready", flush=True)
        for report in services.ingesting.add_paths(find_files([Path(folder)]), "everyone"):
            print(f"{report.outcome} {report.name}", flush=True)
            services.indexes.follow()


if __name__ == "__main__":
    main(*sys.argv[1:])
