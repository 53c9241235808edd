"""What stands between a course and its review: words that left their source, badly written items, wrong keys."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.composer import DraftSentence
from assistant.model_budget import Budget
from assistant.verification import FailureKind, Verifier
from authoring.block import Block
from authoring.claim import Claim, Evidence, Stance
from authoring.course import CourseContent, Lesson
from authoring.item_key import NO_ANSWER, KeyGate
from authoring.item_shape import check_shape
from authoring.left_out_condition import left_out_condition
from authoring.quiz_item import QuizItem
from authoring.quoted_passage import quoted_passage
from authoring.review import Lack
from corpus.citation import Quote

KEY_MEND = "Mark the right option, change the options until only one is right, or sign the key as your own experience."
WORDING_MEND = "Say it as the source does, bind it to where it stands, or sign it as your own experience."

FLAWS = 2
"""So many flaws of writing keep an item back."""

_SHOWN = 80
_SAID: Mapping[FailureKind, str] = {
    FailureKind.NUMBER: "The number “{detail}” is not in its source.",
    FailureKind.DATE: "The date “{detail}” is not in its source.",
    FailureKind.NAME: "The name “{detail}” is not in its source.",
    FailureKind.POLARITY: "Its source says the opposite.",
    FailureKind.CONDITION: "Its source says it under another condition.",
    FailureKind.ROLES: "Its source has the names in each other's roles.",
    FailureKind.PART: "Its source does not say “{detail}”.",
}
_OTHERWISE = "Its source says something else."


@dataclass(frozen=True, slots=True)
class Stop:
    """`what` is wrong, and `mend` what to do about it."""

    what: str
    mend: str
    part_id: str
    claim_id: str


class CourseGates:
    """For `Courses`: what of a content keeps it from being submitted. Raises `Unavailable`."""

    def __init__(self, verifier: Verifier, key_gate: KeyGate) -> None:
        self._verifier = verifier
        self._key_gate = key_gate

    def __call__(self, content: CourseContent) -> list[Lack]:
        stops = [
            *wording_stops(content.lessons, self._verifier),
            *shape_stops(content),
            *key_stops(content, self._key_gate),
        ]
        return [Lack(f"{stop.what} {stop.mend}", stop.part_id, stop.claim_id) for stop in stops]


def shape_stops(content: CourseContent) -> Iterator[Stop]:
    """Items that are written too badly to be asked: one flaw may be a matter of taste, several are not."""
    for lesson in content.lessons:
        for item in lesson.items:
            found = check_shape(item)
            if len(found) >= FLAWS:
                named = ", ".join(finding.rule for finding in found)
                mend = " ".join(dict.fromkeys(finding.mend for finding in found))
                what = f"The question “{shortened(item.stem.text)}” has {len(found)} flaws: {named}."
                yield Stop(what, mend, item.id, item.stem.id)


def key_stops(content: CourseContent, gate: KeyGate, budget: Budget = NO_ANSWER) -> Iterator[Stop]:
    """Items whose key their evidence does not bear out, as far as nobody has signed it. Raises `Unavailable`,
    `BudgetSpent`.
    """
    for lesson in content.lessons:
        for item in lesson.items:
            if any(key.claim.own_experience_of is not None for key in item.keys):
                continue
            judged = gate.judge(item, (), budget)
            if not judged.ok:
                yield Stop(judged.reason, KEY_MEND, item.id, item.stem.id)


def wording_stops(lessons: Iterable[Lesson], verifier: Verifier) -> Iterator[Stop]:
    """Sentences of blocks and reasons of items that their quotes do not support any more, since somebody has put them
    otherwise. Raises `Unavailable`.
    """
    for lesson in lessons:
        for part in lesson.parts:
            for claim in part.claims if isinstance(part, Block) else _reasons(part):
                said = _unsupported(claim, verifier)
                if said is not None:
                    yield Stop(f"“{shortened(claim.text)}”: {said}", WORDING_MEND, part.id, claim.id)


def _reasons(item: QuizItem) -> Iterator[Claim]:
    for option in item.options:
        if option.rationale is not None:
            yield option.rationale


def _unsupported(claim: Claim, verifier: Verifier) -> str | None:
    if claim.own_experience_of is not None:
        return None
    quotes = [one for one in claim.evidence if one.stance is not Stance.TAKEN_FROM]
    if not quotes or _is_verbatim(claim, quotes):
        return None
    passages = [quoted_passage(one, number) for number, one in enumerate(quotes, 1)]
    quoted = tuple(Quote(number, one.quote) for number, one in enumerate(quotes, 1))
    verdict = verifier.verify(DraftSentence(claim.text.replace("\t", " | "), quoted), passages)
    for failure in verdict.failures[:1]:
        return _SAID.get(failure.kind, _OTHERWISE).format(detail=shortened(failure.detail))
    condition = left_out_condition(claim.text, [one.quote for one in quotes])
    return None if condition is None else f"Its source says that only of some cases: “{shortened(condition)}”."


def _is_verbatim(claim: Claim, quotes: Sequence[Evidence]) -> bool:
    """One quote, or all of them in turn, or of a row each cell in one of them."""
    written = ["".join(one.quote.split()) for one in quotes]
    said = "".join(claim.text.split())
    if said in written or said == "".join(written):
        return True
    cells = ["".join(cell.split()) for cell in claim.text.split("\t")]
    return len(cells) > 1 and all(any(cell in quote for quote in written) for cell in cells)


def shortened(text: str) -> str:
    """As much of it as a finding can show, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
