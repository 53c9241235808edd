"""Truth words: items that have a statement judged, by options that say true or false, right or wrong, yes or no."""

import re

from authoring.quiz_item import QuizItem

_TRUE = frozenset("true right correct yes wahr richtig ja stimmt zutreffend".split())
_FALSE = frozenset("false wrong incorrect no falsch unwahr nein unzutreffend".split())
_WORD = re.compile(r"\W*(?P<word>[^\W\d_]+)\W*")


def truth_of(option: str) -> bool | None:
    """What an option says of the stem, if that is all it says: `True`, `No.`, `falsch`."""
    found = _WORD.fullmatch(option)
    if found is None:
        return None
    word = found["word"].casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def is_judged(item: QuizItem) -> bool:
    """Whether the options do nothing but judge the stem."""
    return bool(item.options) and all(truth_of(option.claim.text) is not None for option in item.options)
