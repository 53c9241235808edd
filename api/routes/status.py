"""What the installation holds and how it is."""

from importlib.metadata import version

from fastapi import APIRouter

from api.context import As, Context
from api.errors import PROBLEMS
from api.schemas import StatusForm

VERSION = version("groundwork")

router = APIRouter(prefix="/api", tags=["status"], responses={404: PROBLEMS[404]})


@router.get("/status")
def get_status(context: Context, user: As) -> StatusForm:
    """Counts of what you may see, the models, and the state of the indexes."""
    return context.services.status(user)
