"""Conditionals: what a sentence says to do or to be so, and in which case, for asking what applies then."""

import re
from dataclasses import dataclass
from enum import StrEnum

from authoring.cue_phrases import is_imperative


class Case(StrEnum):
    IF = "if"
    WHEN = "when"
    ONCE = "once"
    TO = "to"
    BEFORE = "before"
    WENN = "wenn"


@dataclass(frozen=True, slots=True)
class Conditional:
    """`orders`: whether the consequence tells somebody to do something."""

    case: Case
    condition: str
    consequence: str
    orders: bool


_OPENERS = {
    "if": Case.IF,
    "when": Case.WHEN,
    "once": Case.ONCE,
    "to": Case.TO,
    "before": Case.BEFORE,
    "wenn": Case.WENN,
    "falls": Case.WENN,
}
_FIRST = re.compile(r"(?P<case>If|When|Once|To|Before|Wenn|Falls)\s+(?P<rest>\S.*?)[.!]?", re.DOTALL)
_LAST = re.compile(
    r"(?P<consequence>[^,;:()]{12,150}?),?\s(?P<case>if|when|once|wenn|falls)\s(?P<condition>[^,;:()]{10,110})[.!]?",
    re.DOTALL,
)
_STARTS_A_CLAUSE = re.compile(
    r"(?:then |please |also )?(?:you(?:['’]\w+)?|we(?:['’]\w+)?|your|our|the|a|an|there|no|all|each|every|nobody|"
    r"everybody|"
    r"it|they|he|she|this|that|in|at|on|ist|sind|wird|werden|muss|müssen|kann|können|darf|dürfen|soll|sollen|gilt|"
    r"gelten|"
    r"hat|haben|erhält|erhalten|zahlt|trägt|so)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:a|an|the|all|each|every|no|in|on|at)\b", re.IGNORECASE)
_NO_CLAUSE = re.compile(r"(?:if|when|once|to|before|and|or|but|wenn|und|oder)\b", re.IGNORECASE)
_FINITE_TOO = re.compile(r"\b(?:it|they|them|this|these|those|that|he|she|above|below|following)\b", re.IGNORECASE)
_CONDITION_WORDS = range(3, 22)
_CONSEQUENCE_WORDS = range(3, 26)


def conditional_of(text: str) -> Conditional | None:
    """None where the sentence is no plain one, or its parts need each other to be understood."""
    first = _FIRST.fullmatch(text)
    if first is not None:
        case = _OPENERS[first["case"].casefold()]
        rest = first["rest"]
        parts = [(rest[: comma.start()], rest[comma.end() :]) for comma in re.finditer(r",\s+", rest)]
        clauses = [part for part in parts if _begins_clause(part[1])]
        # `A phone or a badge` may go on with what is needed; `you` and an order do not.
        sure = [part for part in clauses if _ARTICLE.match(part[1]) is None]
        chosen = sure[:1] or clauses[-1:]
        return _checked(case, *chosen[0]) if chosen else None
    last = _LAST.fullmatch(text)
    if last is None or not _begins_clause(last["consequence"]):
        return None
    return _checked(_OPENERS[last["case"]], last["condition"], last["consequence"])


def _begins_clause(text: str) -> bool:
    plain = text.removeprefix("please ").removeprefix("then ")
    return (_STARTS_A_CLAUSE.match(plain) is not None or is_imperative(plain)) and _NO_CLAUSE.match(plain) is None


def _checked(case: Case, condition: str, consequence: str) -> Conditional | None:
    consequence = consequence.removeprefix("then ").removeprefix("please ").removeprefix("Please ").strip()
    if len(condition.split()) not in _CONDITION_WORDS or len(consequence.split()) not in _CONSEQUENCE_WORDS:
        return None
    if _FINITE_TOO.search(consequence) or _FINITE_TOO.search(" ".join(condition.split()[:3])) or ";" in consequence:
        return None
    orders = is_imperative(consequence)
    if case in (Case.TO, Case.BEFORE) and not orders:
        return None
    return Conditional(case, condition.strip(" .!"), consequence[0].upper() + consequence[1:], orders)
