"""What surrounds every page: navigation, and on whose behalf one reads."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.services import Services
from api.templating import render


@dataclass(frozen=True, slots=True)
class Frame:
    """`place` names the navigation entry one is at; `path` is where the switch of users returns to."""

    place: str
    path: str
    user: str
    users: tuple[str, ...]


def frame(request: Request, services: Services, place: str, user: str) -> Frame:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Frame(place, path if request.method == "GET" else "/", user, tuple(services.library.list_users()))


def page(template: str, frame: Frame, status: int = 200, **view: Any) -> HTMLResponse:
    return HTMLResponse(render(template, frame=frame, **view), status)


def local_path(path: str) -> str:
    """`path` if it stays on this server, else the start page."""
    parts = urlsplit(path)
    stays = not parts.scheme and not parts.netloc and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if stays and path.isprintable() else "/"
