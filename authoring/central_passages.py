"""Central passages: the paragraphs that say most of what a lesson is about, without saying it twice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from authoring.cue_phrases import Cue, cues_of, points_elsewhere, refers_back, stands_alone
from authoring.duration import word_count
from authoring.teaching_material import Paragraph, ParagraphKind, Sourced, teaches
from corpus.embedder import Embedder, Vectors

BODY_WORDS = 500
"""Of the blocks of a lesson at most; the rest of `LESSON_WORDS` is for items."""

MOST_ROWS = 8
"""Of a table."""

MOST_ITEMS = 10
"""Of a list."""

_PART_WORDS = 120
_NEARLY_SAME = 0.93
_REDUNDANCY = 0.4
_OF_GOAL = 0.5
_FIRST = 0.08
_STRUCTURED = 0.1
_RULE = 0.05


@dataclass(frozen=True, slots=True)
class Chosen:
    """`place` is that of the paragraph among all of the lesson; `order` counts the parts of long ones too."""

    place: int
    order: int
    paragraph: Paragraph


def central_paragraphs(
    paragraphs: Sequence[Paragraph], embedder: Embedder, goal: Vectors | None, most_words: int = BODY_WORDS
) -> list[Chosen]:
    """In reading order. All that teaches something, where that is no more than `most_words`."""
    trimmed = [
        (place, part)
        for place, paragraph in enumerate(paragraphs)
        for part in _parts(_trimmed(paragraph, most_words))
        if teaches(part)
    ]
    able = [Chosen(place, order, part) for order, (place, part) in enumerate(trimmed)]
    if not able:
        return []
    vectors = embedder.embed([chosen.paragraph.text for chosen in able])
    scores = _scores([chosen.paragraph for chosen in able], vectors, goal)
    taken: list[int] = []
    left = list(range(len(able)))
    words = 0
    while left:
        marginal = {place: scores[place] - _REDUNDANCY * _alike(place, taken, vectors) for place in left}
        best = max(left, key=lambda place: (marginal[place], -place))
        left.remove(best)
        if _alike(best, taken, vectors) > _NEARLY_SAME or (taken and words + able[best].paragraph.words > most_words):
            continue
        taken.append(best)
        words += able[best].paragraph.words
    return [chosen for place in sorted(taken) if (chosen := _standing(able[place], able, taken)) is not None]


def _scores(paragraphs: Sequence[Paragraph], vectors: Vectors, goal: Vectors | None) -> list[float]:
    centre = vectors.mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
    found = []
    for place, paragraph in enumerate(paragraphs):
        score = float(vectors[place] @ centre)
        if goal is not None:
            score += _OF_GOAL * float(vectors[place] @ goal)
        if place == 0:
            score += _FIRST
        if paragraph.kind in (ParagraphKind.STEPS, ParagraphKind.TABLE):
            score += _STRUCTURED
        if any(Cue.RULE in cues_of(statement.text) for statement in paragraph.statements):
            score += _RULE
        found.append(score)
    return found


def _alike(place: int, taken: Sequence[int], vectors: Vectors) -> float:
    return max((float(vectors[place] @ vectors[other]) for other in taken), default=0.0)


def _parts(paragraph: Paragraph | None) -> list[Paragraph]:
    """A long text in parts, cut where a sentence does not refer to the one before it."""
    if paragraph is None:
        return []
    if paragraph.kind is not ParagraphKind.PROSE or paragraph.words <= _PART_WORDS:
        return [paragraph]
    found: list[list[Sourced]] = [[]]
    for statement in paragraph.statements:
        if word_count(" ".join(one.text for one in found[-1])) >= _PART_WORDS / 2 and not refers_back(statement.text):
            found.append([])
        found[-1].append(statement)
    return [replace(paragraph, statements=tuple(part)) for part in found if part]


def _trimmed(paragraph: Paragraph, most_words: int) -> Paragraph | None:
    """Without the sentences that are only about the page, and no longer than a lesson shows."""
    if paragraph.kind is ParagraphKind.TABLE:
        return replace(paragraph, statements=paragraph.statements[:MOST_ROWS])
    if paragraph.kind in (ParagraphKind.STEPS, ParagraphKind.LIST):
        items = list(paragraph.statements[: MOST_ITEMS if paragraph.kind is ParagraphKind.LIST else None])
        while len(items) > 1 and word_count(" ".join(item.text for item in items)) > most_words:
            items.pop()
        return replace(paragraph, statements=tuple(items))
    kept: list[Sourced] = []
    dropped = False
    for statement in paragraph.statements:
        leave = _is_of_page(statement.text) or (dropped and refers_back(statement.text))
        if not leave:
            kept.append(statement)
        dropped = leave
    return replace(paragraph, statements=tuple(kept)) if kept else None


_OF_DOCUMENT = re.compile(
    r"(?:this|diese[rs]?) (?P<noun>policy|procedure|code|agreement|regulation|rule|instruction|manual|standard|"
    r"programme|"
    r"program|notice|\w*(?:vereinbarung|ordnung|richtlinie|anweisung|regelung))\s(?!explains|describes|is for|"
    r"contains)",
    re.IGNORECASE,
)


def speaks_of_document(statement: Sourced) -> bool:
    """Whether it says of the document what holds: `This procedure applies to everyone who opens a circuit.`"""
    return _OF_DOCUMENT.match(statement.text) is not None


def _is_of_page(text: str) -> bool:
    return points_elsewhere(text) and not text.endswith((":", "："))


def _standing(chosen: Chosen, able: Sequence[Chosen], taken: Sequence[int]) -> Chosen | None:
    """Without beginnings that only the paragraph before would explain, where that is not taken."""
    paragraph = chosen.paragraph
    if paragraph.kind is not ParagraphKind.PROSE or paragraph.heading.endswith("?"):
        return chosen
    before = next((place for place in taken if able[place].order == chosen.order - 1), None)
    if before is not None or speaks_of_document(paragraph.statements[0]):
        return chosen
    statements = paragraph.statements
    while statements and refers_back(statements[0].text):
        statements = statements[1:]
    if not statements or not (len(statements) > 1 or stands_alone(statements[0].text)):
        return None
    return replace(chosen, paragraph=replace(paragraph, statements=statements))
