"""What rules and evidence find wrong with a course, each with its place and its mend, for the panel of checks."""

from collections.abc import Iterable, Iterator, Mapping

from api.pages.course_view import Problem
from assistant.composer import DraftSentence
from assistant.model_budget import Budget
from assistant.verification import FailureKind, Verifier
from authoring.claim import Claim, Evidence, Stance
from authoring.course import CourseContent, Lesson
from authoring.item_finding import Finding, Rule
from authoring.item_key import KeyGate
from authoring.item_set import check_set
from authoring.item_shape import check_shape
from authoring.review import Lack
from corpus.chunk import ChunkKind
from corpus.citation import Quote
from corpus.errors import Unavailable
from corpus.passage import Passage, PassageChunk

UNBOUND, SHAPE, SET, KEY, WORDING = "Evidence", "Shape", "The items together", "Key", "Wording"

_SHOWN = 80
_SAID: Mapping[FailureKind, str] = {
    FailureKind.NUMBER: "The number “{detail}” is not in its source.",
    FailureKind.DATE: "The date “{detail}” is not in its source.",
    FailureKind.NAME: "The name “{detail}” is not in its source.",
    FailureKind.POLARITY: "Its source says the opposite.",
    FailureKind.CONDITION: "Its source says it under another condition.",
    FailureKind.ROLES: "Its source has the names in each other’s roles.",
    FailureKind.PART: "Its source does not say “{detail}”.",
}
_OTHERWISE = "Its source says something else."


def quick_problems(content: CourseContent, lacks: Iterable[Lack]) -> tuple[Problem, ...]:
    """What takes no time to find."""
    found = [_of_lack(lack) for lack in lacks]
    for lesson in content.lessons:
        for item in lesson.items:
            found += [_of_finding(finding, item.id, SHAPE) for finding in check_shape(item)]
    found += [_of_finding(finding, finding.items[0] if finding.items else None, SET) for finding in check_set(content)]
    return tuple(found)


def key_problems(content: CourseContent, gate: KeyGate, budget: Budget) -> tuple[Problem, ...]:
    """Items whose key their evidence does not bear out. Raises `Unavailable`, `BudgetSpent`."""
    return tuple(_keys(content, gate, budget))


def wording_problems(lessons: Iterable[Lesson], verifier: Verifier) -> tuple[Problem, ...]:
    """Sentences that are no more what their source says, since somebody has put them otherwise.

    That it could not be looked at is a finding too.
    """
    try:
        return tuple(problem for lesson in lessons for problem in _wordings(lesson, verifier))
    except Unavailable as failure:
        return (Problem("Nobody has compared the words with their sources.", str(failure), None, None, WORDING, False),)


def _keys(content: CourseContent, gate: KeyGate, budget: Budget) -> Iterator[Problem]:
    for lesson in content.lessons:
        for item in lesson.items:
            judged = gate.judge(item, (), budget)
            if not judged.ok:
                mend = "Mark the right option, or change the options until only one is right."
                yield Problem(judged.reason, mend, item.id, item.stem.id, kind=KEY, stops=False)


def _wordings(lesson: Lesson, verifier: Verifier) -> Iterator[Problem]:
    for block, claim in [(one, claim) for one in lesson.blocks for claim in one.claims]:
        if claim.own_experience_of is not None:
            continue
        quotes = [one for one in claim.evidence if one.stance is Stance.SUPPORTS]
        if not quotes or _is_verbatim(claim, quotes):
            continue
        passages = [_passage(number, one) for number, one in enumerate(quotes, 1)]
        sentence = claim.text.replace("\t", " | ")
        said = tuple(Quote(number, one.quote) for number, one in enumerate(quotes, 1))
        verdict = verifier.verify(DraftSentence(sentence, said), passages)
        for failure in verdict.failures[:1]:
            what = _SAID.get(failure.kind, _OTHERWISE).format(detail=failure.detail[:_SHOWN])
            mend = "Say it as the source does, bind it to where it stands, or sign it as your own experience."
            yield Problem(f"“{_short(claim.text)}”: {what}", mend, block.id, claim.id, kind=WORDING, stops=False)


def _is_verbatim(claim: Claim, quotes: Iterable[Evidence]) -> bool:
    """Also of several quotes in turn, and of rows, whose cells stand apart in their source."""
    said = "".join(claim.text.split())
    written = "".join("".join(one.quote.split()) for one in quotes)
    return said in written or all("".join(cell.split()) in written for cell in claim.text.split("\t"))


def _passage(number: int, evidence: Evidence) -> Passage:
    return Passage(
        document_id=evidence.document_id,
        version_id=evidence.version_id,
        document_name=evidence.document_name,
        title=evidence.title,
        media_type="text/plain",
        language="",
        headings=evidence.headings,
        kind=ChunkKind.PROSE,
        chunks=(PassageChunk(number, number, evidence.quote, ()),),
        score=0.0,
        cosine=0.0,
        keywords=0.0,
    )


def _of_lack(lack: Lack) -> Problem:
    return Problem(lack.what, "", lack.part_id, lack.claim_id, kind=UNBOUND, stops=True)


def _of_finding(finding: Finding, part_id: str | None, kind: str) -> Problem:
    words = f": “{_short(finding.words)}”" if finding.words else ""
    return Problem(f"{_named(finding.rule)}{words}", finding.mend, part_id, None, kind=kind, stops=False)


def _named(rule: Rule) -> str:
    return rule.value[:1].upper() + rule.value[1:]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
