"""Put on the path of a process, and so of its children: writes down each address that Python code turns to."""

import os
import sys
from pathlib import Path

_LOG = Path(os.environ["CONNECTIONS_LOG"])
_EVENTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    position = _EVENTS.get(event)
    if position is not None:
        with _LOG.open("a") as log:
            log.write(f"{event} {arguments[position]!r}\n")


sys.addaudithook(_watch)
