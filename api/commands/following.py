"""Follows a job of the server until it is over."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from api.job_form import JobForm, JobResultForm
from corpus.errors import Unavailable

if TYPE_CHECKING:
    from api.client import Client

_LOOK_S = 0.3


class LostSight(Unavailable):
    def __init__(self, job: JobForm, detail: str) -> None:
        super().__init__(
            f"{detail} Nothing is lost: job {job.job_id} goes on as soon as a server runs on this data folder. "
            f"Look with: groundwork jobs show {job.job_id}"
        )


def follow(client: "Client", job: JobForm, progress: Callable[[JobForm], None]) -> JobResultForm:
    """Tells of every look. Raises `LostSight` when the server goes away."""
    while True:
        try:
            now = JobResultForm.model_validate(client.get(job.address))
        except Unavailable as error:
            raise LostSight(job, str(error)) from error
        progress(now)
        if now.state.is_over:
            return now
        time.sleep(_LOOK_S)
