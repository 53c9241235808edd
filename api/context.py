"""What a route needs: the services, and on whose behalf it works."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Request

from api.context_names import COOKIE, HEADER
from api.services import Services
from corpus.audience import OWNER


@dataclass(frozen=True, slots=True)
class RequestContext:
    services: Services


def _context(request: Request) -> RequestContext:
    services: Services = request.app.state.services
    return RequestContext(services)


def user_of(request: Request) -> str:
    """In an installation without accounts the header or the pages' switch says who asks; else the owner."""
    return unquote(request.headers.get(HEADER) or request.cookies.get(COOKIE, "")) or OWNER


Context = Annotated[RequestContext, Depends(_context)]
As = Annotated[str, Depends(user_of)]
