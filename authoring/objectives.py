"""Objectives: what a learner can do after a lesson, told by its headings and by what its sentences do."""

import re
from collections import Counter
from collections.abc import Sequence

from assistant.words import is_function_word
from authoring.course import BloomLevel, Objective
from authoring.cue_phrases import Cue, cues_of, is_of_procedure, is_order
from authoring.item_sources import defined_terms, figures_of
from authoring.teaching_material import Paragraph, ParagraphKind
from authoring.teaching_order import LessonPlan
from authoring.wording import Verb, Wording

_MOSTLY_STEPS = 0.25
_MOSTLY_TERMS = 0.5
_MANY_CONTRASTS = 0.3
_MANY_RULES = 0.3
_MANY_FIGURES = 0.4
_FEWEST_TERMS = 3

_HOW_TO = re.compile(r"how to (?P<what>\S.*[^?])$", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:what|when|where|who|why|how|which|whether|was|wann|wo|wer|warum|wie|welche\w*|ob)\b[^?]*$", re.IGNORECASE
)
_NO_NOUN = re.compile(
    r"^(?:if|when|where|what|who|why|how|which|before|after|during|while|once|until|in|on|at|for|from|to|do|don['’]t|"
    r"is|are|"
    r"can|should|if)\b|[:?!]|\b(?:you|we|is|are)\b",
    re.IGNORECASE,
)
_BESIDE_NAME = re.compile(r"^About (?=\w)|\s\(\d+/\d+\)$")
_SPEAKS_OF_ITSELF = re.compile(r"\b(?:this|these|dies\w*)\b", re.IGNORECASE)


def objective_of(plan: LessonPlan, wording: Wording, vocabulary: Counter[str]) -> Objective:
    """`vocabulary` counts the words of the material as they are written, so that names keep their capitals."""
    topics = [_BESIDE_NAME.sub("", one) for one in plan.topics or (plan.title,)]
    listed = wording.listed([in_sentence(one, vocabulary, wording) for one in topics], more=False)
    if plan.sections[0].is_spoken:
        return _objective(wording.speech, listed, BloomLevel.UNDERSTAND)
    if all(one.endswith("?") for one in topics):
        return _objective(wording.answer, listed, BloomLevel.UNDERSTAND)
    if wording.lowers_headings and len(topics) == 1:
        how_to = _HOW_TO.match(topics[0])
        if how_to is not None and not _SPEAKS_OF_ITSELF.search(topics[0]):
            return _objective(wording.order_given, how_to["what"], BloomLevel.APPLY)
        if is_order(topics[0]):
            return _objective(wording.order_given, topics[0][0].lower() + topics[0][1:], BloomLevel.APPLY)
        if _CLAUSE.match(topics[0]):
            return _objective(wording.question, topics[0][0].lower() + topics[0][1:], BloomLevel.UNDERSTAND)
    verb, level = _kind(plan, wording)
    if verb is wording.procedure and "“" in listed:
        verb = wording.rules
    return _objective(verb, listed, level)


def in_sentence(heading: str, vocabulary: Counter[str], wording: Wording) -> str:
    """Begun small where its first word is no name; quoted where it is no name of a thing: `If something goes wrong`."""
    if not wording.lowers_headings:
        return heading
    if _NO_NOUN.search(heading) or is_order(heading) or _is_title(heading, vocabulary):
        return f"“{heading}”"
    return re.sub(r"^\w[\w’'-]*", lambda word: _lowered(word[0], vocabulary), heading)


def _is_title(heading: str, vocabulary: Counter[str]) -> bool:
    """Written as titles are, though its words are common ones: `Warranty Terms`."""
    later = [
        word for word in heading.split()[1:] if word[0].isupper() and not any(letter.isupper() for letter in word[1:])
    ]
    return any(vocabulary[word[0].lower() + word[1:]] > 0 for word in later)


def _lowered(word: str, vocabulary: Counter[str]) -> str:
    if not word[0].isupper() or any(letter.isupper() for letter in word[1:]):
        return word
    small = word[0].lower() + word[1:]
    return small if is_function_word(small) or vocabulary[small] > 0 else word


def _objective(verb: Verb, topic: str, level: BloomLevel) -> Objective:
    return Objective(verb.verb, verb.what.format(topic), level)


def _kind(plan: LessonPlan, wording: Wording) -> tuple[Verb, BloomLevel]:
    words = max(1, sum(paragraph.words for paragraph in plan.paragraphs))
    steps = sum(paragraph.words for paragraph in plan.paragraphs if paragraph.kind is ParagraphKind.STEPS)
    if steps >= _MOSTLY_STEPS * words or is_of_procedure(plan.title):
        return wording.procedure, BloomLevel.APPLY
    statements = [
        statement
        for paragraph in plan.paragraphs
        if paragraph.kind is not ParagraphKind.TABLE
        for statement in paragraph.statements
    ]
    count = max(1, len(statements))
    terms = sum(1 for section in plan.sections for _ in defined_terms(section))
    if terms >= max(_FEWEST_TERMS, _MOSTLY_TERMS * len(plan.paragraphs)):
        return wording.terms, BloomLevel.UNDERSTAND
    cues = Counter(cue for statement in statements for cue in cues_of(statement.text))
    if cues[Cue.CONTRAST] >= _MANY_CONTRASTS * count:
        return wording.contrast, BloomLevel.ANALYSE
    if cues[Cue.RULE] + cues[Cue.STEP] >= _MANY_RULES * count:
        return wording.rules, BloomLevel.APPLY
    figures = sum(bool(figures_of(statement)) for statement in statements)
    tables = sum(
        paragraph.words
        for paragraph in plan.paragraphs
        if paragraph.kind is ParagraphKind.TABLE and _has_figures(paragraph)
    )
    if figures >= _MANY_FIGURES * count or tables >= _MANY_FIGURES * words:
        return wording.figures, BloomLevel.REMEMBER
    return wording.explanation, BloomLevel.UNDERSTAND


def _has_figures(table: Paragraph) -> bool:
    """Whether most of its rows hold a number."""
    return 2 * sum(bool(re.search(r"\d", row.text)) for row in table.statements) > len(table.statements)


_WORD = re.compile(r"[^\W\d_][\w’'-]*")


def vocabulary_of(texts: Sequence[str]) -> Counter[str]:
    return Counter(word for text in texts for word in _WORD.findall(text))
