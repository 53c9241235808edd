"""How a question points back at what was said before: pronouns, demonstratives, what it leaves out."""

import re

from assistant.noun_phrase import noun_phrases

_ENGLISH_PRONOUN = re.compile(
    r"\b(?:its|it|they|them|their|theirs|he|him|his|she|her|hers|these|those|this)\b(?!['’])"
    r"|\bthat\b(?=\s*(?:[?.!,;]|$|(?:is|was|takes?|costs?|works?|means?|appl(?:y|ies)|happens?|changes?|also|too|for|in)\b))"
    r"|\b(?:the\s+)?(?:same|other|first|second|last|latter|former)\s+ones?\b",
    re.IGNORECASE,
)
_ENGLISH_PRONOUN_AFTER = re.compile(
    r"\b(?:(?:does|do|did|is|was|are|can|will|about|of|for|with|after|before|than|like|over|from|in|to)\s+)"
    r"(?P<word>that|there|one)\b(?!\s+(?:any|an?|some|other|more|no|many|much)\b)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|does|will|can|if|that|how)\s+it\s+(?:\w+\s+)?(?:possible|allowed|true|okay|ok|necessary|snow|rain|legal)\b"
    r"|\b(?:is|are|was|were)\s+there\s+(?:any|an?|some|other|more|no|many)\b|\b(?:this|last|next)\s+(?:week|month|year)\b"
    r"|\bthat\s+is\b.*\bwhich\b",
    re.IGNORECASE,
)
_GERMAN_PRONOUN = re.compile(
    r"\b(?:ihn|ihm|ihnen|ihre[nmrs]?|seine?[nmrs]?|diese[nmrs]?|dort|dorthin|dafür|davon|damit|darüber|dazu|dabei|daran"
    r"|danach|dagegen|daraus|darauf|er|es)\b"
    r"|\b(?<!für )sie\b"
    r"|\bdas\b(?=\s*(?:[?.!,;]|$|(?:auch|für|in|bei|noch|nicht|dann|so|genau|eigentlich|immer|schon|möglich|erlaubt)\b))"
)
_GERMAN_EXPLETIVE = re.compile(
    r"\b(?:gibt|ist|wird|geht|war)\s+es\b|\bes\s+(?:gibt|ist|möglich|erlaubt)\b", re.IGNORECASE
)
_OPENING = re.compile(
    r"^\W*(?:(?:and|but|or|so|ok(?:ay)?|und|aber|oder|also)\b[\s,]*)?"
    r"(?:(?:what|how)\s+about|(?:and|but|or)\s+about|was\s+ist\s+mit|wie\s+(?:ist|sieht)\s+es\s+(?:\w+\s+)?(?:mit|bei)|was\s+gilt"
    r"|(?:and|but|or|also|und|aber|oder|auch))\b[\s,]*",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\W*(?:(?:and|but|so|und|aber)\s+)?(?:why(?:\s+(?:not|so|is\s+(?:that|this)))?|how(?:\s+(?:so|come|exactly|long|much|many"
    r"|often))?|when|where|who|which(?:\s+ones?)?|since\s+when|until\s+when|by\s+when|for\s+how\s+long|what\s+else"
    r"|warum(?:\s+(?:nicht|das))?|weshalb|wieso|wie(?:\s+(?:lange|viele?|oft|genau))?|wann|wo|wer|seit\s+wann|bis\s+wann"
    r"|ab\s+wann|was\s+noch)\W*",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"^\W*(?:who|whom|whose|what|when|where|which|how|why|can|could|may|must|does|do|did|is|are|was|were|will|would|should"
    r"|shall|has|have|had|tell|explain|describe|list|wer|wem|wen|was|wann|wo|wohin|welche[rsnm]?|wie|warum|kann|darf|muss"
    r"|soll|gilt|gibt|ist|sind|hat|haben|bekomm\w*|brauch\w*|dauert|kostet|zähl\w*|erklär\w*)\b"
    r"|\b(?:is|are|was|were|has|have|had|does|do|did|can|could|will|would|should|must|may|ist|sind|war|waren|hat|haben"
    r"|kann|darf|muss|wird|werden|am|i'm|i'd)\b",
    re.IGNORECASE,
)
_CLAUSE_BORDER = re.compile(r"[,;:.!?]|\b(?:and|if|when|because|und|wenn|falls|weil)\b", re.IGNORECASE)


def pronoun(text: str) -> re.Match[str] | None:
    """The first word that stands for something said before the question; None where it stands for its own words."""
    hidden = _EXPLETIVE.sub(_blank, _GERMAN_EXPLETIVE.sub(_blank, text))
    found = [match for pattern in (_ENGLISH_PRONOUN, _GERMAN_PRONOUN) if (match := pattern.search(hidden))]
    after = _ENGLISH_PRONOUN_AFTER.search(hidden)
    if not found and after is None:
        return None
    first = min(found, key=lambda match: match.start()) if found else after
    assert first is not None
    return None if _has_antecedent(text, first.start()) else first


def _has_antecedent(text: str, place: int) -> bool:
    """Whether a phrase of an earlier clause of the question itself is meant, or a name before it."""
    before = [phrase for phrase in noun_phrases(text) if phrase.end <= place]
    return any(phrase.is_name or _CLAUSE_BORDER.search(text[phrase.end : place]) for phrase in before)


def without_opening(text: str) -> str | None:
    """What comes after `and`, `what about`; None where the question opens with no such words."""
    opening = _OPENING.match(text)
    return text[opening.end() :].strip() if opening and opening.end() < len(text.rstrip(" ?!.")) else None


def is_bare(text: str) -> bool:
    """Whether a question is nothing but its question word: `why?`"""
    return _BARE.fullmatch(text) is not None


def is_fragment(text: str) -> bool:
    """Whether a question lacks what makes a sentence: a question word or a verb that asks."""
    return _CLAUSE.search(text) is None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
