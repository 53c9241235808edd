"""What surrounds every page: navigation, and on whose behalf one reads."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.context import user_of
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


def page(template: str, frame: Frame, view: object, status: int = 200) -> HTMLResponse:
    return HTMLResponse(render(template, frame=frame, view=view), status)


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    title: str
    detail: str


def is_page(request: Request) -> bool:
    """Whether a browser asks for something to look at, so that a problem is shown as a page too."""
    shown = not request.url.path.startswith(("/api/", "/static/"))
    return shown and "text/html" in request.headers.get("accept", "")


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """Needs no right to read anything. Asks the database for nothing when the problem may be the database."""
    services: Services = request.app.state.services
    users = () if problem.status in (500, 503) else tuple(services.library.list_users())
    user = user_of(request)
    path = request.url.path if request.method == "GET" else "/"
    return page("problem.html", Frame("", path, user, users), problem, problem.status)


def local_path(path: str) -> str:
    """`path` if it stays on this server, else the start page."""
    parts = urlsplit(path)
    stays = not parts.scheme and not parts.netloc and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if stays and path.isprintable() else "/"
