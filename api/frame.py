"""What surrounds every page: navigation, and on whose behalf one reads."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.accounts.identity import Identity, Via
from api.accounts.roles import Permission
from api.services import Services
from api.templating import render


@dataclass(frozen=True, slots=True)
class Frame:
    """`place` names the navigation entry one is at; `path` is where the switch of users returns to.

    `user`: "" where nobody has signed in. `users`: whom one may be, on trial; or whom one may name, as owners.
    """

    place: str
    path: str
    user: str
    users: tuple[str, ...]
    identity: Identity | None = None

    @property
    def on_trial(self) -> bool:
        return self.identity is not None and self.identity.via is Via.TRIAL

    @property
    def signed_in(self) -> bool:
        return self.identity is not None and self.identity.via is Via.SESSION

    @property
    def shown_name(self) -> str:
        return self.user if self.identity is None else self.identity.display_name or self.user

    @property
    def form_token(self) -> str:
        return "" if self.identity is None else self.identity.form_token

    def may(self, permission: str) -> bool:
        return self.identity is not None and self.identity.may(Permission(permission))


def frame(request: Request, services: Services, place: str, user: str) -> Frame:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    identity: Identity | None = getattr(request.state, "identity", None)
    shows_users = identity is not None and (identity.via is Via.TRIAL or identity.may(Permission.CONTRIBUTE))
    users = tuple(services.library.list_users()) if shows_users else ()
    return Frame(place, path if request.method == "GET" else "/", user, users, identity)


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
    """Needs no right to read anything. Asks the database for nothing when that may be the problem, or too much is."""
    services: Services = request.app.state.services
    identity: Identity | None = getattr(request.state, "identity", None)
    asks = problem.status not in (429, 500, 503) and identity is not None and identity.via is Via.TRIAL
    users = tuple(services.library.list_users()) if asks else ()
    path = request.url.path if request.method == "GET" else "/"
    user = "" if identity is None else identity.user
    return page("problem.html", Frame("", path, user, users, identity), problem, problem.status)


def local_path(path: str) -> str:
    """`path` if it stays on this server, else the start page."""
    parts = urlsplit(path)
    stays = not parts.scheme and not parts.netloc and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if stays and path.isprintable() else "/"
