"""Statements: what an item asserts when one of its options is put into its stem."""

import re

_GAP = re.compile(r"_{2,}")
_ASIDE = re.compile(
    r"\s*\((?:select|choose|pick|mark|check|wähle\w*|mehrere|bitte)\b[^)]*\)\s*[:.?]?\s*$", re.IGNORECASE
)
"""How many options to choose is no part of what is asked."""
_ENDS_QUESTION = re.compile(r"[?？]\s*$")


def bare_stem(stem: str) -> str:
    """Without what only says how to answer."""
    return _ASIDE.sub("", stem).strip()


def statement_of(stem: str, option: str) -> str:
    """The option in the stem's gap, or after it. A question keeps its words: they say what the option is about."""
    asked, said = bare_stem(stem), option.strip()
    if _GAP.search(asked):
        return _GAP.sub(lambda _: said.rstrip("."), asked, count=1)
    if _ENDS_QUESTION.search(asked):
        return f"{asked} {said}"
    return f"{asked.rstrip(' :…')} {said}"
