"""What somebody had before them when they changed it: the header `If-Match` names it."""

from typing import Annotated

from fastapi import Depends, Header

from corpus.errors import Invalid

_LONGEST_REVISION = 9


class SeenMissing(Invalid):
    """Answered with 428."""

    def __init__(self) -> None:
        super().__init__(
            "Say in the header If-Match what you saw: the revision of the part or the outline, or the course's content "
            "hash. Then nobody's change is overwritten."
        )


class NoRevision(Invalid):
    def __init__(self, said: str) -> None:
        super().__init__(f"If-Match says {said[:40]}; here it names a revision, a number.")


def _tag(if_match: Annotated[str | None, Header(max_length=200)] = None) -> str:
    """Without its quotes. Raises `SeenMissing`."""
    said = (if_match or "").strip().removeprefix("W/").strip('"')
    # A star would match whatever is there, which is what this is to prevent.
    if said in ("", "*"):
        raise SeenMissing
    return said


SeenHash = Annotated[str, Depends(_tag)]


def _revision(said: SeenHash) -> int:
    """Raises `NoRevision`."""
    if not (said.isascii() and said.isdigit() and len(said) <= _LONGEST_REVISION):
        raise NoRevision(said)
    return int(said)


SeenRevision = Annotated[int, Depends(_revision)]
