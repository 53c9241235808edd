"""Teaching order: which sections become one lesson, which lessons are taught at all, and what comes before what."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from authoring.duration import word_count
from authoring.item_sources import defined_terms
from authoring.key_phrases import key_phrases
from authoring.spoken_quotes import exchanges
from authoring.teaching_material import Paragraph, ParagraphKind, Section, clean_heading, teaches, without_speaker
from authoring.wording import Wording
from corpus.embedder import Vectors
from ingestion.topic_shift import topic_shifts

MOST_WORDS = 620
"""Of the material of one lesson. What is drafted from it is less: the rest of `LESSON_WORDS` is for items."""

FEWEST_WORDS = 130
"""Smaller sections join those beside them."""

WANTED_WORDS = 430
"""Sections beside each other join up to here: three to four minutes with the items."""

LEAST_TAUGHT = 80
"""Words without which a lesson teaches nothing."""

LEAST_OF_NOTES = 25
"""The same where the material is no more than a note or two."""

MOST_LESSONS = 24
"""Of a course whose author does not say how many."""

SPOKEN_WORDS = 2400
"""Of a recording, in one lesson: of what is said only a part is worth reading."""

_FEWEST_EXCHANGES = 3
_FEW_LESSONS = 3
_ROWS_COUNTED = 8
_FEWEST_STATEMENTS = 2
_STRONG_GOAL = 0.55
"""With a goal, lessons are taught that come so close to it as this share of the closest one's similarity."""
_LEAST_SIMILAR = 0.12


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """`topics` are the headings that say most of it, where no heading stands above all of it."""

    title: str
    sections: tuple[Section, ...]
    topics: tuple[str, ...] = ()

    @property
    def chunk_ids(self) -> tuple[int, ...]:
        return tuple(chunk_id for section in self.sections for chunk_id in section.chunk_ids)

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        return tuple(paragraph for section in self.sections for paragraph in section.paragraphs)

    @property
    def text(self) -> str:
        """What it is about, for an embedder: its headings and the beginning of what it says."""
        headings = [section.title for section in self.sections]
        said = [paragraph.text for paragraph in self.paragraphs]
        return " ".join([self.title, *headings, *said])[:_TEXT_CHARACTERS]


_TEXT_CHARACTERS = 900


def plan_lessons(sections: Sequence[Section], wording: Wording) -> list[LessonPlan]:
    """In the order of the material, without what teaches nothing."""
    plans: list[LessonPlan] = []
    for document in _documents(sections):
        plans += _spoken(document, wording) if document[0].is_spoken else _written(document, 0, "", wording)
    taught = [plan for plan in plans if is_teachable(plan, LEAST_TAUGHT)]
    if len(taught) < _FEW_LESSONS:
        taught = [plan for plan in plans if is_teachable(plan, LEAST_OF_NOTES)]
    return _named_apart(taught)


def is_teachable(plan: LessonPlan, least_words: int) -> bool:
    if plan.sections[0].is_spoken:
        said = exchanges(plan.paragraphs)
        words = sum(word_count(exchange.text) for exchange in said)
        return bool(said) and (len(said) >= _FEWEST_EXCHANGES or least_words < LEAST_TAUGHT) and words >= least_words
    paragraphs = [paragraph for paragraph in plan.paragraphs if teaches(paragraph)]
    statements = sum(len(paragraph.statements) for paragraph in paragraphs)
    return sum(map(_weight, paragraphs)) >= least_words and statements >= _FEWEST_STATEMENTS


def choose_lessons(
    plans: Sequence[LessonPlan], vectors: Vectors, goal: Vectors | None, most: int | None
) -> list[LessonPlan]:
    """Those nearest to the goal, or, where there is none, to what the material is about as a whole; in their order."""
    limit = most or MOST_LESSONS
    if not plans:
        return []
    scores = vectors @ _unit(vectors.mean(axis=0)) if goal is None else vectors @ goal
    kept = list(range(len(plans)))
    if goal is not None:
        least = max(_LEAST_SIMILAR, _STRONG_GOAL * float(scores.max()))
        kept = [place for place in kept if float(scores[place]) >= least] or [int(scores.argmax())]
    best = sorted(kept, key=lambda place: (-float(scores[place]), place))
    chosen = best[:limit] if goal is not None else _spread(best, vectors, scores, limit)
    return [plans[place] for place in sorted(chosen)]


def _spread(best: Sequence[int], vectors: Vectors, scores: Vectors, limit: int) -> list[int]:
    """The most central ones that do not repeat each other (maximal marginal relevance)."""
    if len(best) <= limit:
        return list(best)
    chosen: list[int] = []
    while len(chosen) < limit:
        rest = [place for place in best if place not in chosen]
        marginal = {
            place: float(scores[place]) - max((float(vectors[place] @ vectors[one]) for one in chosen), default=0.0) / 2
            for place in rest
        }
        chosen.append(max(rest, key=lambda place: (marginal[place], -place)))
    return chosen


def in_teaching_order(plans: Sequence[LessonPlan]) -> list[LessonPlan]:
    """The order given, save that what defines a term comes before what uses it."""
    needs = _prerequisites(plans)
    ordered: list[int] = []
    left = list(range(len(plans)))
    while left:
        ready = next((place for place in left if not needs[place] & set(left)), left[0])
        ordered.append(ready)
        left.remove(ready)
    return [plans[place] for place in ordered]


def _prerequisites(plans: Sequence[LessonPlan]) -> Mapping[int, set[int]]:
    """By place, the places of later lessons that define what the lesson uses, unless those need it too."""
    terms = [{term for term in _terms(plan) if _is_telling(term)} for plan in plans]
    texts = [" ".join(paragraph.text for paragraph in plan.paragraphs) for plan in plans]
    defined_once = {term for own in terms for term in own if sum(term in other for other in terms) == 1}
    uses = [{term for term in defined_once if re.search(rf"\b{re.escape(term)}\b", text)} for text in texts]
    needs: dict[int, set[int]] = {place: set() for place in range(len(plans))}
    for place in range(len(plans)):
        for other in range(place + 1, len(plans)):
            if uses[place] & terms[other] and not uses[other] & terms[place]:
                needs[place].add(other)
    return needs


def _terms(plan: LessonPlan) -> Iterator[str]:
    for section in plan.sections:
        for term in defined_terms(section):
            yield term.term


def _is_telling(term: str) -> bool:
    """Long enough, or written so, that where it stands it is meant."""
    return len(term.split()) > 1 or sum(letter.isupper() for letter in term) > 1


def _documents(sections: Sequence[Section]) -> list[list[Section]]:
    found: dict[int, list[Section]] = {}
    for section in sections:
        found.setdefault(section.document.version_id, []).append(section)
    return list(found.values())


def _written(sections: Sequence[Section], depth: int, title: str, wording: Wording) -> list[LessonPlan]:
    title = title or clean_heading(sections[0].document.title)
    if _words(sections) <= MOST_WORDS:
        return [LessonPlan(title if len(sections) > 1 else _own_title(sections[0], title), tuple(sections))]
    groups = _by_heading(sections, depth)
    if len(groups) == 1:
        if all(len(section.headings) <= depth for section in sections):
            return list(_parts(sections, title))
        return _written(sections, depth + 1, groups[0][0] or title, wording)
    plans: list[LessonPlan] = []
    for heading, group in groups:
        plans += _written(group, depth + 1, heading or title, wording)
    return _small_ones_joined(plans, wording)


def _own_title(section: Section, title: str) -> str:
    return section.title if section.headings else title


def _by_heading(sections: Sequence[Section], depth: int) -> list[tuple[str, list[Section]]]:
    groups: list[tuple[str, list[Section]]] = []
    for section in sections:
        heading = section.headings[depth] if len(section.headings) > depth else ""
        if groups and groups[-1][0] == heading:
            groups[-1][1].append(section)
        else:
            groups.append((heading, [section]))
    return groups


def _parts(sections: Sequence[Section], title: str) -> Iterator[LessonPlan]:
    """A long text without headings, cut between its paragraphs into parts of about the same length."""
    pieces = [_only(section, passage_id) for section in sections for passage_id in section.chunk_ids]
    pieces = [piece for piece in pieces if piece.paragraphs]
    count = max(1, -(-_words(pieces) // MOST_WORDS))
    wanted = _words(pieces) / count
    group: list[Section] = []
    for place, piece in enumerate(pieces):
        group.append(piece)
        if _words(group) >= wanted or place == len(pieces) - 1:
            yield LessonPlan(title, tuple(group))
            group = []


def _only(section: Section, chunk_id: int) -> Section:
    """What of a section begins in one of its chunks."""
    return Section(
        section.headings,
        tuple(passage for passage in section.passages if passage.chunks[0].chunk_id == chunk_id),
        tuple(paragraph for paragraph in section.paragraphs if paragraph.statements[0].chunk_id == chunk_id),
    )


def _small_ones_joined(plans: Sequence[LessonPlan], wording: Wording) -> list[LessonPlan]:
    found: list[LessonPlan] = []
    for plan in plans:
        last = found[-1] if found else None
        own = (_words(last.sections), _words(plan.sections)) if last is not None else (0, 0)
        if last is not None and sum(own) <= WANTED_WORDS and min(own) < FEWEST_WORDS:
            found[-1] = _plan_of(last.sections + plan.sections, wording)
        else:
            found.append(plan)
    return found


def _plan_of(sections: tuple[Section, ...], wording: Wording) -> LessonPlan:
    """Named by the headings below which most of its words stand."""
    common = 0
    while len({section.headings[: common + 1] for section in sections}) == 1 and len(sections[0].headings) > common:
        common += 1
    weights: Counter[str] = Counter()
    for section in sections:
        own = section.headings[common] if len(section.headings) > common else section.title
        weights[own] += _words([section])
    heaviest = sorted(weights, key=lambda heading: -weights[heading])[:_NAMED_BY]
    topics = tuple(heading for heading in weights if heading in heaviest)
    title = wording.listed(topics, more=len(weights) > len(topics))
    return LessonPlan(title, sections, topics)


_NAMED_BY = 2


def _spoken(sections: Sequence[Section], wording: Wording) -> list[LessonPlan]:
    """Cut where the subject changes most, into lessons of about the same length."""
    pieces = [_only(section, chunk_id) for section in sections for chunk_id in section.chunk_ids]
    pieces = [piece for piece in pieces if piece.paragraphs]
    total = _words(pieces)
    count = max(1, round(total / SPOKEN_WORDS))
    shifts = topic_shifts([_spoken_words(piece) for piece in pieces])
    cuts: list[int] = []
    for place in sorted(range(1, len(pieces)), key=lambda place: (-shifts[place], place)):
        if len(cuts) == count - 1:
            break
        bounds = sorted([0, *cuts, place, len(pieces)])
        if all(_words(pieces[start:end]) >= total / count / 2 for start, end in pairwise(bounds)):
            cuts.append(place)
    bounds = [0, *sorted(cuts), len(pieces)]
    groups = [tuple(pieces[start:end]) for start, end in pairwise(bounds)]
    everything = [" ".join(_spoken_words(piece) for piece in group) for group in groups]
    title = clean_heading(sections[0].document.title)
    if len(groups) == 1:
        return [LessonPlan(title, groups[0])]
    return [
        LessonPlan(_topic(title, key_phrases(everything, place), wording), group, tuple(key_phrases(everything, place)))
        for place, group in enumerate(groups)
    ]


def _spoken_words(section: Section) -> str:
    """Without the names of who speaks."""
    return " ".join(
        without_speaker(statement).text for paragraph in section.paragraphs for statement in paragraph.statements
    )


def _topic(title: str, phrases: Sequence[str], wording: Wording) -> str:
    return f"{title}: {wording.listed(phrases, more=False)}" if phrases else title


def _words(sections: Sequence[Section]) -> int:
    return sum(_weight(paragraph) for section in sections for paragraph in section.paragraphs if teaches(paragraph))


def _weight(paragraph: Paragraph) -> int:
    if paragraph.kind is not ParagraphKind.TABLE or len(paragraph.statements) <= _ROWS_COUNTED:
        return paragraph.words
    return paragraph.words * _ROWS_COUNTED // len(paragraph.statements)


def _named_apart(plans: Sequence[LessonPlan]) -> list[LessonPlan]:
    """Lessons of one name get the document's before it, or a number."""
    found: list[LessonPlan] = []
    for place, plan in enumerate(plans):
        same = [other for other in plans if other.title == plan.title]
        if len(same) == 1:
            found.append(plan)
            continue
        document = clean_heading(plan.sections[0].document.title)
        documents = {other.sections[0].document.document_id for other in same}
        if len(documents) == len(same) and document != plan.title:
            found.append(replace(plan, title=f"{document}: {plan.title}"))
        else:
            number = 1 + sum(other.title == plan.title for other in plans[:place])
            found.append(replace(plan, title=f"{plan.title} ({number}/{len(same)})"))
    return found


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    unit: Vectors = vector / length if length else vector
    return unit
