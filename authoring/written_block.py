"""Written blocks: what a model said in a block becomes one whose every claim is bound, or none at all."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from assistant.facts import FactKind, missing_facts
from assistant.instructions import addresses_a_model
from authoring.block import Block, BlockKind, Clip, Picture
from authoring.cited_writing import CitedWriting
from authoring.claim import Claim, Evidence
from authoring.draft_loss import LossKind
from authoring.model_reply import SaidBlock, SaidSentence
from corpus.locator import CueLocator, PageLocator

HEADING_WORDS = 12
LONGEST_CLIP_S = 120.0
FEWEST_STEPS = 2

_LEANS = re.compile(
    r"(?:it|its|this|that|these|those|they|them|their|he|she|his|her|such|both|however|therefore|thus|otherwise|then|"
    r"also|moreover|furthermore|in addition|for (?:this|that) reason|er|sie|es|dies\w*|diese\w*|jene\w*|daher|deshalb|"
    r"dann|außerdem|sonst|jedoch)\b",
    re.IGNORECASE,
)
"""How sentences begin that cannot be understood without the one before."""


def written_block(block_id: str, said: SaidBlock, writing: CitedWriting) -> Block | None:
    """None, and counted, where too little of it is borne out. Raises `Unavailable`."""
    if said.kind is BlockKind.TABLE:
        block = _table(block_id, said, writing)
    else:
        claims = _CLAIMS.get(said.kind, _kept)(block_id, said.sentences, writing)
        block = Block(block_id, said.kind, claims) if claims else None
    if block is not None and said.kind in (BlockKind.CLIP, BlockKind.IMAGE):
        block = _placed(block, writing)
    if block is None:
        return None
    return replace(block, heading=_heading(said.heading, block))


def _kept(block_id: str, said: Sequence[SaidSentence], writing: CitedWriting) -> tuple[Claim, ...]:
    """The sentences that are borne out, without those that lean on one that is not."""
    claims: list[Claim] = []
    gap = False
    for sentence in said:
        for text, ids in writing.sentences(sentence.text, sentence.sources):
            if gap and _LEANS.match(text):
                writing.lose(block_id, LossKind.LEANS, text)
                continue
            claim = writing.claim(block_id, f"{block_id}-c{len(claims) + 1}", text, writing.named(ids))
            gap = claim is None
            if claim is not None:
                claims.append(claim)
    return tuple(claims)


def _steps(block_id: str, said: Sequence[SaidSentence], writing: CitedWriting) -> tuple[Claim, ...]:
    """All of them or none: a procedure with a hole is a wrong one."""
    claims = [
        writing.whole(block_id, f"{block_id}-c{place}", sentence.text, sentence.sources)
        for place, sentence in enumerate(said, 1)
    ]
    whole = tuple(claim for claim in claims if claim is not None)
    if len(whole) == len(claims) >= FEWEST_STEPS:
        return whole
    for claim in whole:
        writing.lose(block_id, LossKind.INCOMPLETE, claim.text)
    return ()


def _quotations(block_id: str, said: Sequence[SaidSentence], writing: CitedWriting) -> tuple[Claim, ...]:
    return tuple(_verbatim(block_id, said, writing))


def _verbatim(block_id: str, said: Sequence[SaidSentence], writing: CitedWriting) -> Iterator[Claim]:
    for place, sentence in enumerate(said, 1):
        bare = sentence.text.strip().strip("\"“”„«»'‘’").strip()
        claim = writing.verbatim(f"{block_id}-c{place}", bare, writing.named(sentence.sources)) if bare else None
        if claim is None:
            writing.lose(block_id, LossKind.NOT_VERBATIM, sentence.text)
        else:
            yield claim


_CLAIMS: Mapping[BlockKind, Callable[[str, Sequence[SaidSentence], CitedWriting], tuple[Claim, ...]]] = {
    BlockKind.STEPS: _steps,
    BlockKind.JOB_AID: _steps,
    BlockKind.QUOTE: _quotations,
}


def _table(block_id: str, said: SaidBlock, writing: CitedWriting) -> Block | None:
    """Rows are checked together with what their columns are called."""
    columns = tuple(" ".join(column.split()) for column in said.columns)
    rows: list[Claim] = []
    for sentence in said.sentences:
        cells = tuple(" ".join(cell.split()) for cell in sentence.cells)
        text = "\t".join(cells)
        if len(cells) != len(columns) or not columns or not all(cells):
            writing.lose(block_id, LossKind.INCOMPLETE, text or sentence.text, "not one cell for each column")
            continue
        spoken = "; ".join(f"{column}: {cell}" for column, cell in zip(columns, cells, strict=True) if column)
        claim = writing.claim(block_id, f"{block_id}-c{len(rows) + 1}", spoken, writing.named(sentence.sources))
        if claim is not None:
            rows.append(replace(claim, text=text))
    return Block(block_id, BlockKind.TABLE, tuple(rows), columns=columns) if rows else None


def _placed(block: Block, writing: CitedWriting) -> Block | None:
    """A clip lasts from the first to the last of the quoted words, a picture is of the first quoted page."""
    evidence = [found for claim in block.claims for found in claim.evidence]
    first = evidence[0]
    beside = [found for found in evidence if found.version_id == first.version_id]
    placed = _clip(block, first, beside) if block.kind is BlockKind.CLIP else _picture(block, first)
    if placed is None:
        for claim in block.claims:
            writing.lose(block.id, LossKind.NO_PLACE, claim.text)
    return placed


def _clip(block: Block, first: Evidence, beside: Sequence[Evidence]) -> Block | None:
    cues = [found.locator for found in beside if isinstance(found.locator, CueLocator)]
    if not cues:
        return None
    start_s, end_s = min(cue.start_s for cue in cues), max(cue.end_s for cue in cues)
    if not 0 < end_s - start_s <= LONGEST_CLIP_S:
        return None
    return replace(block, clip=Clip(first.document_id, first.version_id, start_s, end_s))


def _picture(block: Block, first: Evidence) -> Block | None:
    if not isinstance(first.locator, PageLocator):
        return None
    return replace(block, picture=Picture(first.document_id, first.version_id, first.locator.page))


def _heading(said: str, block: Block) -> str:
    """Empty where it says more than a label does: a number or a name that the evidence does not have, or orders."""
    heading = " ".join(said.split())
    evidence = [found for claim in block.claims for found in claim.evidence]
    known = [line for found in evidence for line in (found.quote, found.title, *found.headings)]
    return heading if asserts_nothing(heading, known) else ""


def asserts_nothing(text: str, known: Sequence[str], longest: int = HEADING_WORDS) -> bool:
    """Whether a heading or title is short, no sentence, and has no number or name beyond what is known.

    In Title Case nothing tells names from words.
    """
    if len(text.split()) > longest or text.endswith(".") or addresses_a_model(text):
        return False
    in_title_case = all(word[0].isupper() for word in text.split() if len(word) > 3 and word[0].isalpha())
    missing = missing_facts(text, known)
    return not any(fact.kind is not FactKind.NAME or not in_title_case for fact in missing)
