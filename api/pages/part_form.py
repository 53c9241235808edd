"""What the form of a block or a quiz item says, as the part that it makes. Evidence stays with the sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from authoring.block import Block, BlockKind
from authoring.claim import Claim
from authoring.course import Part
from authoring.quiz_item import CHOSEN_FROM, ItemKind, Option, QuizItem
from corpus.errors import Invalid

NEW = "+"
"""In the place of a claim's id: a line that was empty. `+` and an option's id: the rationale that it had not."""

_ALL_KEYS = frozenset({ItemKind.ORDERING, ItemKind.MATCHING, ItemKind.SHORT_ANSWER})


class NoSentence(Invalid):
    def __init__(self) -> None:
        super().__init__("Write the first sentence of it.")


@dataclass(frozen=True, slots=True)
class PartForm:
    """`texts` belong to `claims`; of a table the `cells` of all rows do. A line left empty is taken out."""

    claims: Sequence[str]
    texts: Sequence[str] = ()
    heading: str = ""
    columns: Sequence[str] = ()
    cells: Sequence[str] = ()
    keys: Sequence[str] = ()
    matches: Sequence[str] = ()


def edited(part: Part, form: PartForm) -> Part:
    said = dict(_said(form))
    if isinstance(part, Block):
        known = {claim.id: claim for claim in part.claims}
        claims = tuple(_claim(known.get(claim_id), text) for claim_id, text in _said(form) if _is_said(text))
        columns = tuple(map(_line, form.columns)) if part.kind is BlockKind.TABLE else part.columns
        return replace(part, heading=_line(form.heading), columns=columns, claims=claims)
    return replace(
        part,
        stem=replace(part.stem, text=_line(said.get(part.stem.id, part.stem.text))),
        options=tuple(_options(part, form, said)),
    )


def begun(kind: str, text: str) -> Part:
    """A part that somebody begins with its first sentence, without any evidence yet. Raises `NoSentence`, `Invalid`."""
    if not text.strip():
        raise NoSentence
    if kind in [one.value for one in _BEGUN_BLOCKS]:
        block_kind = BlockKind(kind)
        lines = text.splitlines() if block_kind in (BlockKind.STEPS, BlockKind.JOB_AID) else [text]
        if block_kind is BlockKind.TABLE:
            return Block("", block_kind, (Claim("", f"{_line(text)}\t"),), columns=("", ""))
        return Block("", block_kind, tuple(Claim("", _line(line)) for line in lines if line.strip()))
    if kind not in [one.value for one in ItemKind]:
        raise Invalid("Choose what to add.")
    item_kind = ItemKind(kind)
    options: tuple[Option, ...] = ()
    if item_kind is ItemKind.TRUE_FALSE:
        options = (Option(Claim("", "True"), is_key=True), Option(Claim("", "False"), is_key=False))
    return QuizItem("", item_kind, Claim("", _line(text)), options)


_BEGUN_BLOCKS = (
    BlockKind.TEXT,
    BlockKind.KEY_POINT,
    BlockKind.STEPS,
    BlockKind.TABLE,
    BlockKind.EXAMPLE,
    BlockKind.QUOTE,
    BlockKind.JOB_AID,
    BlockKind.REFLECTION,
)
BEGUN: tuple[BlockKind | ItemKind, ...] = (*_BEGUN_BLOCKS, *ItemKind)
"""What can be begun with a sentence. Clips and pictures are chosen in their source."""


def _said(form: PartForm) -> Iterator[tuple[str, str]]:
    """Claims and what the form says for them, in its order."""
    width = len(form.columns)
    if width:
        rows = [form.cells[start : start + width] for start in range(0, len(form.cells), width)]
        texts: Sequence[str] = ["\t".join(map(_line, row)) for row in rows]
    else:
        texts = [_line(text) for text in form.texts]
    yield from zip(form.claims, texts, strict=False)


def _options(item: QuizItem, form: PartForm, said: Mapping[str, str]) -> Iterator[Option]:
    matches = list(form.matches)
    for option in (*item.options, Option(Claim(NEW, ""), is_key=False)):
        match = _line(matches.pop(0)) if matches else option.match
        text = said.get(option.claim.id, option.claim.text)
        if not text:
            continue
        rationale = option.rationale
        name = NEW + option.claim.id if rationale is None else rationale.id
        why = said.get(name, "" if rationale is None else rationale.text)
        yield Option(
            claim=_claim(None if option.claim.id == NEW else option.claim, text),
            is_key=item.kind in _ALL_KEYS or _is_key(item, option, form),
            rationale=_claim(rationale, why) if why else None,
            match=match,
        )


def _is_key(item: QuizItem, option: Option, form: PartForm) -> bool:
    """Where no key was chosen it stays as it was; an answer that is added to those of a gap is accepted."""
    if form.keys:
        return option.claim.id in form.keys
    return option.is_key if item.kind in CHOSEN_FROM else option.is_key or option.claim.id == NEW


def _claim(known: Claim | None, text: str) -> Claim:
    return Claim("", text) if known is None else replace(known, text=text)


def _is_said(text: str) -> bool:
    return bool(text.strip())


def _line(text: str) -> str:
    return " ".join(text.split())
