"""The switch that says on whose behalf one reads, in an installation without accounts."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from api.context import Context
from api.context_names import COOKIE
from api.frame import local_path
from corpus.audience import UserNotFound

router = APIRouter()


@router.post("/as")
def view_as(
    user: Annotated[str, Form(max_length=200)], context: Context, path: Annotated[str, Form(max_length=4000)] = "/"
) -> RedirectResponse:
    users = context.services.library.list_users()
    if user not in users:
        raise UserNotFound(user, users)
    response = RedirectResponse(local_path(path), 303)
    response.set_cookie(COOKIE, quote(user, safe=""), httponly=True, samesite="strict", path="/")
    return response
