"""Stumbling: how fluent somebody speaks, told by what a transcript keeps of it."""

import re

_STUMBLE = re.compile(
    r"\b(?:u+h+m*|u+m+|mm+(?:-?hmm*)?|hmm+|er+m?|ah+|eh+|mhm|uh-huh|you know|i mean|sort of|kind of|ähm?|äh)\b|"
    r"\b(?P<word>[\w']+)[,]?\s(?P=word)\b|\b(?P<part>\w{1,3})\s+(?P=part)\w+|(?<!\S)(?![aAIioOxXnN]\b|\d)\w{1}(?=\s)|"
    r"\.\.\.|-\s",
    re.IGNORECASE,
)


def stumbles(text: str) -> float:
    """Fillers, repeated and broken words among all words of what somebody says."""
    return len(_STUMBLE.findall(text)) / max(1, len(text.split()))
