"""Blocks: the pieces that a lesson is read in, each made of claims."""

from dataclasses import dataclass
from enum import StrEnum

from authoring.claim import Claim


class BlockKind(StrEnum):
    TEXT = "text"
    KEY_POINT = "key point"
    STEPS = "steps"
    TABLE = "table"
    EXAMPLE = "example"
    QUOTE = "quote"
    CLIP = "clip"
    IMAGE = "image"
    JOB_AID = "job aid"
    REFLECTION = "reflection"


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of a recording, in seconds from its start."""

    document_id: int
    version_id: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A page or slide of a document, counted from 1, shown as a picture."""

    document_id: int
    version_id: int
    page: int


@dataclass(frozen=True, slots=True)
class Block:
    """`claims` are its sentences; of STEPS and a JOB_AID the steps in order; of a TABLE its rows, cells divided by tabs
    and as many as `columns`; of a CLIP what is said in it; of an IMAGE what it shows.

    `heading` labels it and asserts nothing. `revision` counts its edits from 1; `edited_by` is who made the last one, a
    drafter's edits being those of whoever asked for the draft.
    """

    id: str
    kind: BlockKind
    claims: tuple[Claim, ...]
    heading: str = ""
    columns: tuple[str, ...] = ()
    clip: Clip | None = None
    picture: Picture | None = None
    revision: int = 1
    edited_by: str = ""

    @property
    def text(self) -> str:
        """What a learner reads, claims on lines of their own where the kind has them so."""
        joined = " " if self.kind in (BlockKind.TEXT, BlockKind.EXAMPLE, BlockKind.KEY_POINT) else "\n"
        return joined.join(claim.text for claim in self.claims)
