"""What a question asks for: its telling words, how much each of them matters, and what kind of answer it expects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from assistant.words import question_words, stem, words
from corpus.embedder import Embedder, Vectors

LEAST_WEIGHT = 0.005
MOST_WORDS = 24
"""Of a longer text only so many words are weighed: it is pasted material rather than a question."""


class AsksFor(StrEnum):
    MONEY = "money"
    QUANTITY = "quantity"
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    WAY = "way"
    THING = "thing"


_CUES = tuple(
    (kind, re.compile(cue, re.IGNORECASE))
    for kind, cue in (
        (
            AsksFor.MONEY,
            r"\b(?:what|which|how (?:much|high|large|big))\b.*"
            r"\b(?:prices?|costs?|fees?|budget|salary|salaries|wages?|discount)\b"
            r"|\bwas kostet\b|\bwie teuer\b"
            r"|\b(?:welche[rsn]?|wie hoch)\b.*\b(?:preis|kosten|gebühr|gehalt|rabatt)\w*\b",
        ),
        (
            AsksFor.QUANTITY,
            r"\bhow (?:many|much|long|often|far|old|tall|big|large|high|fast|soon|late|early)\b"
            r"|\b(?:percentage|number of|amount|price|costs?|rate|limit)\b"
            r"|\bwie ?(?:viele?|lange|oft|hoch|teuer|weit)\b|\bcombien\b|\bcuánt[oa]s?\b"
            r"|\bquant[oi]\b|\bhoeveel\b|多少|几",
        ),
        (
            AsksFor.TIME,
            r"\bwhen\b|\b(?:what|which) (?:year|date|time|day|month)\b|\bdeadline\b|\bwann\b"
            r"|\bquand\b|\bcuándo\b|\bquando\b|\bwanneer\b|когда|什么时候|何时|いつ|متى",
        ),
        (
            AsksFor.PERSON,
            r"\bwho(?:se|m)?\b|\bwe[rmn]\b|\bqui\b|\bquién(?:es)?\b|\bchi\b|\bwie is\b|\bкто\b|谁|誰|\bمن هو",
        ),
        (
            AsksFor.PLACE,
            r"\bwhere\b|\b(?:what|which) (?:city|country|state|place|room|floor|office)\b|\bwo\b|\bwohin\b"
            r"|\boù\b|\bdónde\b|\bdove\b|\bwaar\b|\bгде\b|哪里|どこ|\bأين\b",
        ),
        (
            AsksFor.REASON,
            r"\bwhy\b|\breasons?\b|\bwarum\b|\bweshalb\b|\bpourquoi\b|\bpor qué\b|\bperché\b"
            r"|\bwaarom\b|почему|为什么|なぜ",
        ),
        (AsksFor.WAY, r"\bhow\b|\bwie\b|\bcomment\b|\bcómo\b|\bcome\b|\bhoe\b|\bкак\b|怎么|如何"),
    )
)


_COUNTED = re.compile(r"\b(?:how many|wie ?viele)\s+(?P<noun>[^\W\d_]+)", re.IGNORECASE)
_ASKING = {
    AsksFor.MONEY: "price cost fee amount expensive list kosten kostet preis gebühr teuer",
    AsksFor.QUANTITY: (
        "price cost number amount often far old tall big large high fast quickly soon late early heavy weigh"
    ),
    AsksFor.TIME: "date time day month year deadline",
    AsksFor.PERSON: "person name people",
    AsksFor.PLACE: "place located find",
}


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """`weights` sum up to anything: only shares of them are used. Keys are stems, in the order of the question."""

    text: str
    vector: Vectors
    weights: Mapping[str, float]
    asks_for: AsksFor

    def coverage(self, present: frozenset[str] | set[str]) -> float:
        """Which weighted share of the question's words is present; 1 for a question without telling words."""
        total = sum(self.weights.values())
        return sum(weight for word, weight in self.weights.items() if word in present) / total if total else 1.0

    def is_asking(self, word: str) -> bool:
        """Whether a stem only says what kind of answer is wanted: who states a price need not say `cost`."""
        return word in _LIGHT_STEMS or word in _ASKING_STEMS.get(self.asks_for, frozenset())


_LIGHT_STEMS = frozenset(
    map(stem, "compare difference make take get give come need offer provide contain include currently exactly".split())
)
_ASKING_STEMS = {kind: frozenset(map(stem, listed.split())) for kind, listed in _ASKING.items()}


def is_asking_word(word: str) -> bool:
    """Whether a stem says nothing but what kind of answer is wanted, whatever is asked for."""
    return word in _LIGHT_STEMS or any(word in stems for stems in _ASKING_STEMS.values())


def read_question(text: str, embedder: Embedder) -> ReadQuestion:
    """A word weighs as much as the question's vector moves when it is left out: no list of frequencies is needed."""
    tokens = text.split()
    places: dict[str, set[int]] = {}
    for place, token in enumerate(tokens):
        for word in words(token):
            places.setdefault(stem(word), set()).add(place)
    telling = [word for word in question_words(text) if word in places][:MOST_WORDS]
    shortened = [
        " ".join(token for place, token in enumerate(tokens) if place not in places[word]) or text for word in telling
    ]
    vectors = embedder.embed([text, *shortened])
    moved = 1 - vectors[1:] @ vectors[0]
    weights = {word: float(weight) for word, weight in zip(telling, np.maximum(moved, LEAST_WEIGHT), strict=True)}
    return ReadQuestion(text, vectors[0], weights, asks_for(text))


def counted(text: str) -> str | None:
    """The stem of what is asked for by number, as in `how many seats`."""
    found = _COUNTED.search(text)
    return stem(words(found["noun"])[0]) if found and words(found["noun"]) else None


def asks_for(text: str) -> AsksFor:
    return next((kind for kind, cue in _CUES if cue.search(text)), AsksFor.THING)
