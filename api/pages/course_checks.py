"""What rules and evidence find wrong with a course, each with its place and its mend, for the panel of checks."""

from collections.abc import Iterable

from api.pages.course_view import Problem
from assistant.model_budget import Budget
from assistant.verification import Verifier
from authoring.course import CourseContent, Lesson
from authoring.course_gates import Stop, key_stops, shape_stops, shortened, wording_stops
from authoring.item_finding import Finding, Rule
from authoring.item_key import KeyGate
from authoring.item_set import check_set
from authoring.item_shape import check_shape
from authoring.review import Lack
from corpus.errors import Unavailable

UNBOUND, SHAPE, SET, KEY, WORDING = "Evidence", "Shape", "The items together", "Key", "Wording"


def quick_problems(content: CourseContent, lacks: Iterable[Lack]) -> tuple[Problem, ...]:
    """What takes no time to find."""
    found = [_of_lack(lack) for lack in lacks]
    found += [_of_stop(stop, SHAPE) for stop in shape_stops(content)]
    for lesson in content.lessons:
        for item in lesson.items:
            found += [_of_finding(finding, item.id, SHAPE) for finding in check_shape(item)]
    found += [_of_finding(finding, finding.items[0] if finding.items else None, SET) for finding in check_set(content)]
    return tuple(found)


def key_problems(content: CourseContent, gate: KeyGate, budget: Budget) -> tuple[Problem, ...]:
    """Items whose key their evidence does not bear out. Raises `Unavailable`, `BudgetSpent`."""
    return tuple(_of_stop(stop, KEY) for stop in key_stops(content, gate, budget))


def wording_problems(lessons: Iterable[Lesson], verifier: Verifier) -> tuple[Problem, ...]:
    """Sentences that are no more what their source says, since somebody has put them otherwise.

    That it could not be looked at is a finding too.
    """
    try:
        return tuple(_of_stop(stop, WORDING) for stop in wording_stops(lessons, verifier))
    except Unavailable as failure:
        return (Problem("Nobody has compared the words with their sources.", str(failure), None, None, WORDING, False),)


def _of_stop(stop: Stop, kind: str) -> Problem:
    return Problem(stop.what, stop.mend, stop.part_id, stop.claim_id, kind=kind, stops=True)


def _of_lack(lack: Lack) -> Problem:
    return Problem(lack.what, "", lack.part_id, lack.claim_id, kind=UNBOUND, stops=True)


def _of_finding(finding: Finding, part_id: str | None, kind: str) -> Problem:
    words = f": “{shortened(finding.words)}”" if finding.words else ""
    return Problem(f"{_named(finding.rule)}{words}", finding.mend, part_id, None, kind=kind, stops=False)


def _named(rule: Rule) -> str:
    return rule.value[:1].upper() + rule.value[1:]
