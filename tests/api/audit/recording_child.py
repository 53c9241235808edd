"""Records from several threads until it is killed, and says of each event when its record has returned."""

import sys
from pathlib import Path
from threading import Lock, Thread

from api.audit.entry import AuditEvent, Decision, Via
from api.clock import now
from api.services import Services
from api.settings import Settings

THREADS = 8

_telling = Lock()


def main(data: Path, cache: Path) -> None:
    with Services(Settings(data=data, cache=cache, threads=1), now) as services:
        workers = [Thread(target=_record, args=(services, number)) for number in range(THREADS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


def _record(services: Services, worker: int) -> None:
    number = 0
    while True:
        number += 1
        name = f"{worker}-{number}"
        event = AuditEvent(now(), 1, Via.SESSION, "document.show", f"document {number}", Decision.ALLOWED, 200, name)
        services.audit.note(event)
        services.audit.record(AuditEvent(now(), 1, Via.SESSION, "document.delete", "", Decision.ALLOWED, None, name))
        with _telling:
            sys.stdout.write(f"{name}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
