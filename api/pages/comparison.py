"""Documents beside each other: which state different values for the same thing, and which say nearly the same."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.context import As, Context
from api.frame import frame, page
from corpus.comparison_store import CopyPair, Disagreement, Side

router = APIRouter(prefix="/library/comparison")

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ComparisonView:
    disagreements: tuple[Disagreement, ...]
    copies: tuple[CopyPair, ...]

    def link(self, side: Side) -> str:
        """Opens the document with the sentence marked."""
        return f"/documents/{side.document_id}/versions/{side.version_id}?marks={side.start}-{side.end}#mark-1"


@router.get("")
def show_comparison(request: Request, context: Context, user: As) -> HTMLResponse:
    comparing = context.services.comparing
    view = ComparisonView(
        tuple(comparing.list_disagreements(user, MOST_SHOWN)), tuple(comparing.list_copies(user, MOST_SHOWN))
    )
    return page("comparison/index.html", frame(request, context.services, "library", user), view)
