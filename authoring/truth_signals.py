"""Truth signals: how a statement that is to be judged stands to the material.

What the material says word for word is true, and what differs from one of its statements in a number, a name, a
condition or a negation is false: that is verification, and settles it. Of other statements only signals tell.

A statement that something is possible needs one instance; one that speaks of all, of a need, of more or of none needs
evidence that says just that. What claims more than the evidence says is not supported by it.
"""

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from assistant.facts import missing_facts
from assistant.polarity import contradiction
from assistant.qualifiers import changed_condition
from assistant.roles import exchanged_roles
from assistant.words import content_words
from authoring.read_material import ReadMaterial
from corpus.embedder import Embedder

_CLOSEST = 5

FEWEST_SAID = 4
"""So many words, said one after the other, are said on purpose."""

NEARLY_SAID = 0.6
"""Least share of its words, and least cosine, with which a statement speaks of what the nearest one says."""

_POSSIBLE = re.compile(
    r"\b(?:can|could|may|might|some|several|multiple|possible|possibly|able|sometimes|often|allows?|kann|können|"
    r"könnte\w*|darf|dürfen|manche\w*|einige\w*|mehrere\w*|möglich\w*|manchmal|oft|erlaubt|lässt sich)\b"
    r"(?! ?not| nicht|n['’]t)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:no|not|never|cannot|none|without|nor|neither|nothing|nobody|nicht|nie|niemals|kein(?:e[mnrs]?)?|ohne|weder|"
    r"nichts|niemand)\b|n['’]t\b",
    re.IGNORECASE,
)
_STRONG = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:always|all|every\w*|each|any\w*|entirely|completely|fully|totally|immer|stets|alle[nrs]?|jede[nrms]?|"
        r"völlig|vollständig|ganz)\b",
        r"\b(?<!not )(?<!n't )(?<!n’t )(?:must|needs?|needed|required?|requires|should|ha(?:s|ve|d) to|muss|müssen|"
        r"brauch(?:t|en)|nötig|erforderlich|soll(?:en|te|ten)?)\b",
        r"\b(?:only|just|solely|nur|ausschließlich|lediglich)\b",
        r"\b(?:too|very|extremely|highly|perfect(?:ly)?|sehr|äußerst|allzu)\b",
        r"\b(?:than|same|als|gleiche[nrs]?)\b",
    )
)
"""All, duty, nothing but, degree, comparison: words of one kind stand for each other."""
_AUXILIARY = re.compile(
    r"\b(?:can|could|is|are|was|were|will|would|should|must|has|have|may|might|ist|sind|kann|können|muss|müssen|wird|"
    r"werden|hat|haben|darf|dürfen)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[\s:?.]+$")


@dataclass(frozen=True, slots=True)
class TruthSignals:
    """Names as in `authoring/key_calibration.py`."""

    possible: float
    """1 if it says that something can be, and denies nothing."""
    stronger: float
    """1 if it speaks of all, only, must, more or not, and what is nearest in the material does not."""
    turned: float
    """By how much its best cosine exceeds that of its negation."""
    near: float
    """Its best cosine."""

    @property
    def values(self) -> tuple[float, ...]:
        return astuple(self)


@dataclass(frozen=True, slots=True)
class WeighedStatement:
    """`statement` is the nearest of the material, `words` are those that it does not say.

    `settled`: whether it is true, where the material leaves no doubt; `against` says what speaks against it then.
    """

    signals: TruthSignals
    statement: str
    words: tuple[str, ...]
    settled: bool | None = None
    against: str = ""


def weigh_statement(said: str, material: ReadMaterial, embedder: Embedder) -> WeighedStatement:
    plain = _END.sub("", said)
    vectors = embedder.embed([plain, negation_of(plain)])
    near = material.near_statements(content_words(plain), vectors[0])[:_CLOSEST]
    closest = [material.statements[place] for place in near]
    unsaid = [
        found[0].casefold() for kind in _STRONG if (found := kind.search(plain)) and not any(map(kind.search, closest))
    ]
    denied = _DENIED.search(plain)
    if denied and not any(map(_DENIED.search, closest)):
        unsaid.append(denied[0])
    cosines = material.statement_vectors @ vectors.T
    best = float(cosines[:, 0].max())
    signals = TruthSignals(
        possible=float(bool(_POSSIBLE.search(plain)) and not denied),
        stronger=float(bool(unsaid)),
        turned=best - float(cosines[:, 1].max()),
        near=best,
    )
    if len(plain.split()) >= FEWEST_SAID and material.says(plain):
        return WeighedStatement(signals, closest[0], (), settled=True)
    share = material.share(content_words(plain), material.statement_words[near[0]])
    if share >= NEARLY_SAID and float(cosines[near[0], 0]) >= NEARLY_SAID:
        against = _against(plain, closest, material.chunks[material.chunk_of[near[0]]])
        if against is not None:
            return WeighedStatement(signals, closest[0], (), settled=False, against=against)
    return WeighedStatement(signals, closest[0], tuple(dict.fromkeys(unsaid)))


def _against(said: str, closest: Sequence[str], chunk: str) -> str | None:
    """What the material does not bear out of a statement that is nearly its own, in words."""
    missing = missing_facts(said, [*closest, chunk])
    if missing:
        return f"“{missing[0].text}” is not there"
    nearest = closest[:1]
    return contradiction(said, nearest) or changed_condition(said, nearest) or exchanged_roles(said, nearest)


def negation_of(statement: str) -> str:
    """The opposite, good enough to compare vectors with."""
    denied = _DENIED.search(statement)
    if denied:
        return " ".join(f"{statement[: denied.start()]} {statement[denied.end() :]}".split())
    auxiliary = _AUXILIARY.search(statement)
    if auxiliary:
        return f"{statement[: auxiliary.end()]} not{statement[auxiliary.end() :]}"
    return f"It is not true that {statement}"
