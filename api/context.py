"""What a route needs: the services, and on whose behalf it works."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.accounts.identity import Identity, Via
from api.accounts.secrets import is_same
from api.context_names import FORM_FIELD, FORM_HEADER
from api.services import Services

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class RequestContext:
    services: Services


def _context(request: Request) -> RequestContext:
    services: Services = request.app.state.services
    return RequestContext(services)


def identity_of(request: Request) -> Identity:
    """Whom the gate has let in. Routes that are open to anybody cannot ask for it."""
    identity: Identity = request.state.identity
    return identity


def find_identity(request: Request) -> Identity | None:
    return getattr(request.state, "identity", None)


def user_of(request: Request) -> str:
    return identity_of(request).user


def address_of(request: Request) -> str:
    """As the limits know it, which also look behind a trusted proxy."""
    known: str | None = getattr(request.state, "address", None)
    return known or (request.client.host if request.client else "")


async def check_form(request: Request) -> None:
    """That a change which a signed-in browser asks for comes from a page of ours: a cookie goes along with any."""
    identity = find_identity(request)
    if identity is None or identity.via is not Via.SESSION or request.method in _SAFE:
        return
    if not request.state.needs_form_token:
        # Signing in: that the request comes from our own page, which the guard has seen to, is enough.
        return
    given = request.headers.get(FORM_HEADER)
    if given is None and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get(FORM_FIELD, ""))
    if given is None or not is_same(given, identity.form_token):
        raise HTTPException(403, "This form is of an earlier visit, or not of ours. Open the page again.")


Context = Annotated[RequestContext, Depends(_context)]
As = Annotated[str, Depends(user_of)]
Who = Annotated[Identity, Depends(identity_of)]
