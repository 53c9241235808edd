"""Tells threads of this process that a job has changed, so that they need not keep asking the database."""

from threading import Condition


class News:
    def __init__(self) -> None:
        self._changed = Condition()
        self._count = 0
        self._closed = False

    def tell(self, job_id: int) -> None:
        """Something about the job was committed."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> int:
        """Until there is more than was `seen`, or the time is over. Other processes' news only come with time."""
        with self._changed:
            if not self._closed:
                self._changed.wait_for(lambda: self._count > seen or self._closed, timeout_s)
            return self._count

    @property
    def count(self) -> int:
        return self._count

    def close(self) -> None:
        """Nobody waits any longer from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
