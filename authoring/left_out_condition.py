"""A condition that a sentence leaves out: what its source says only of some cases, it says of all."""

import re
from collections.abc import Sequence

from assistant.words import content_words, shared_share

_OPENS = (
    r"(?:only )?if|unless|except(?: (?:for|when|if|that|where))?|provided(?: that)?|as long as|so long as|in case|"
    r"only (?:when|after|with|for|in|where|those|until|once)|assuming|apart from|other than|"
    r"(?:nur )?wenn|falls|sofern|es sei denn|außer|vorausgesetzt|soweit|nur (?:bei|mit|für|nach|in)|"
    r"à condition|sauf|à moins|salvo|siempre que|a menos"
)
_CONDITION = re.compile(
    rf"(?:(?<=\s)|^)(?<!even )(?<!auch )(?<!selbst )(?:{_OPENS})\s(?P<says>[^,;:.!?()]+)(?=[,;:.!?()]|$)", re.IGNORECASE
)
_OPENING = re.compile(rf"\b(?:{_OPENS})\b", re.IGNORECASE)

TAKEN_OVER = 0.6
"""A sentence of whose content words a clause has so many says that clause again."""

LEFT_OUT = 0.25
"""And no more than this of a condition's."""

FEWEST_WORDS = 2
"""Content words that a condition has at least: `if possible` is none."""


def left_out_condition(sentence: str, quotes: Sequence[str]) -> str | None:
    """The condition, if some quote has one that the sentence has not, and none says the same without."""
    if _OPENING.search(sentence):
        # It has a condition, perhaps in other words.
        return None
    said = content_words(sentence)
    near = [quote for quote in quotes if shared_share(said, content_words(quote)) >= TAKEN_OVER]
    left_out = [_left_out(said, quote) for quote in near]
    return left_out[0] if left_out and all(left_out) else None


def _left_out(said: Sequence[str], quote: str) -> str | None:
    for condition in _CONDITION.finditer(quote):
        main = content_words(quote[: condition.start()] + quote[condition.end() :])
        own = [word for word in content_words(condition["says"]) if word not in main]
        if len(own) < FEWEST_WORDS:
            continue
        if shared_share(said, main) >= TAKEN_OVER and shared_share(own, said) <= LEFT_OUT:
            return condition[0].strip()
    return None
