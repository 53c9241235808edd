"""Takes files as uploads and a folder as one job, works until all is done; kills itself where it is told to.

Called as `python -m tests.chaos.working_child DATA CACHE UPLOADS FOLDER JOBS_URL [POINT COUNT]`; a JOBS_URL of `-` is
SQLite in the data folder. What was accepted, also by an earlier process, is not brought again.
"""

import os
import signal
import sys
import time
from pathlib import Path

from pydantic import SecretStr

from api.clock import now
from api.ingesting import find_files
from api.jobs.job import State
from api.jobs.job_point import JobPoint
from api.services import Services
from api.settings import Settings
from ingestion.ingest import Step

FOLDER_TITLE = "for “everyone”"


def main(
    data: str, cache: str, uploads: str, folder: str, jobs_url: str, point: str | None = None, count: str = "1"
) -> None:
    left = int(count)

    def reached(here: Step | JobPoint) -> None:
        nonlocal left
        if here == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(
        data=Path(data),
        cache=Path(cache),
        threads=1,
        parse_workers=1,
        jobs_url=None if jobs_url == "-" else SecretStr(jobs_url),
    )
    with Services(settings, now, serving=True, reached=reached, reached_in_job=reached) as services:
        _ = services.ingesting
        services.run_jobs()
        print("ready", flush=True)
        known = {entry.title for entry in services.jobs.list_jobs("owner", 1000).entries}
        if not any(FOLDER_TITLE in title for title in known):
            job = services.library.start_folders(find_files([Path(folder)]), [], "everyone", "owner")
            print(f"accepted {job.title}", flush=True)
        for file in sorted(Path(uploads).iterdir()):
            if file.name not in known:
                services.library.start_upload(file.name, file.read_bytes(), "everyone", "owner")
                print(f"accepted {file.name}", flush=True)
        while services.jobs.list_jobs("owner", 1, states=(State.WAITING, State.RUNNING)).total:
            time.sleep(0.05)
    print("over", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
