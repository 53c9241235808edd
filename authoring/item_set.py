"""Rules for the quiz items of a course together: what shows only beside other items, or beside a lesson's text."""

from collections.abc import Iterator, Sequence

from assistant.words import content_words, shared_share, words
from authoring.block import Block
from authoring.course import CourseContent, Lesson
from authoring.item_finding import Finding, Rule
from authoring.item_statement import statement_of
from authoring.item_truth import is_judged, truth_of
from authoring.key_positions import key_positions
from authoring.quiz_item import CHOSEN_FROM, ItemKind, Option, QuizItem

UNLIKELY = 0.05
"""Key positions that are less likely than this by chance give answers away."""

FEWEST_FOR_RATES = 8
"""Items from which on a share says something about how they were written."""

MOST_LONGEST_KEYS = 0.35
"""Share of multiple-choice items whose key may be the longest option; by chance a quarter to a third are."""

SPREAD = 3.0
SPREAD_BY = 30
"""Options are of uneven length where the longest has so many times the characters of the shortest, and so many more."""

SAME_STEM = 0.8
"""Two stems ask the same if they share so much of their words."""

GIVEN_STEM = 0.6
"""What says so much of a stem, and the key, gives the answer away."""

FEWEST_VERBATIM = 3
"""Words; a shorter key stands beside its item by chance, unless the sentence says the stem too."""


def check_set(content: CourseContent) -> tuple[Finding, ...]:
    """What is wrong with the items of a course as a set. Findings about single items are those of `check_shape`."""
    items = [item for lesson in content.lessons for item in lesson.items]
    return (
        *_positions(items),
        *_longest_keys(items),
        *_duplicates(items),
        *_given_by_items(items),
        *(finding for lesson in content.lessons for finding in _given_beside(lesson)),
        *_spreads(items),
        *_without_rationale(items),
    )


def longest_key_rate(items: Sequence[QuizItem]) -> float:
    """Share of the multiple-choice items whose key is longer than each distractor; 0 where there are none."""
    own = _choices(items)
    return sum(map(_has_longest_key, own)) / len(own) if own else 0.0


def _choices(items: Sequence[QuizItem]) -> list[QuizItem]:
    return [
        item
        for item in items
        if item.kind is ItemKind.MULTIPLE_CHOICE and len(item.keys) == 1 and item.distractors and not is_judged(item)
    ]


def _has_longest_key(item: QuizItem) -> bool:
    return len(item.keys[0].claim.text) > max(len(option.claim.text) for option in item.distractors)


def _positions(items: Sequence[QuizItem]) -> Iterator[Finding]:
    choices = _choices(items)
    found = key_positions(choices)
    if found.items < FEWEST_FOR_RATES or found.p >= UNLIKELY:
        return
    most = max(range(len(found.counts)), key=lambda place: found.counts[place])
    shown = ", ".join(map(str, found.counts))
    moved = [item.id for item in choices if most < len(item.options) and item.options[most].is_key]
    mend = f"Move some keys away from place {most + 1} (chi-square {found.chi_square:.1f}, p {found.p:.3f})."
    yield Finding(Rule.KEY_POSITIONS, f"keys at places 1 to {len(found.counts)}: {shown}", mend, tuple(moved))


def _longest_keys(items: Sequence[QuizItem]) -> Iterator[Finding]:
    choices = _choices(items)
    longest = [item for item in choices if _has_longest_key(item)]
    if len(choices) >= FEWEST_FOR_RATES and len(longest) / len(choices) > MOST_LONGEST_KEYS:
        mend = f"Shorten keys, or lengthen distractors, until at most {MOST_LONGEST_KEYS:.0%} are the longest option."
        words_of = f"the key is the longest option of {len(longest)} of {len(choices)} items"
        yield Finding(Rule.LONGEST_KEY_RATE, words_of, mend, tuple(item.id for item in longest))


def _duplicates(items: Sequence[QuizItem]) -> Iterator[Finding]:
    for place, item in enumerate(items):
        for earlier in items[:place]:
            if _is_same(item, earlier):
                mend = "Remove one of the two, or ask about something else."
                yield Finding(Rule.DUPLICATE, item.stem.text, mend, (item.id, earlier.id))
                break


def _is_same(item: QuizItem, other: QuizItem) -> bool:
    one, another = set(content_words(item.stem.text)), set(content_words(other.stem.text))
    if not one or len(one & another) < SAME_STEM * len(one | another):
        return False
    if is_judged(item) and is_judged(other):
        return True
    keys = {tuple(words(option.claim.text)) for option in item.keys}
    return bool(keys & {tuple(words(option.claim.text)) for option in other.keys})


def _given_by_items(items: Sequence[QuizItem]) -> Iterator[Finding]:
    for item in items:
        for other in items:
            if other.id != item.id and not _is_same(item, other) and _gives_away(_said_by(other), item):
                mend = "Take the answer out of the other item, or ask about something else."
                yield Finding(Rule.GIVEN_BY_ITEM, _said_by(other), mend, (item.id, other.id))
                break


def _said_by(item: QuizItem) -> str:
    """What a learner reads of an item as being so: a stem; nothing of a statement that is false or may be."""
    return "" if is_judged(item) or item.kind is ItemKind.TRUE_FALSE else item.stem.text


def _gives_away(said: str, item: QuizItem) -> bool:
    if item.kind not in (ItemKind.MULTIPLE_CHOICE, ItemKind.CLOZE, ItemKind.SHORT_ANSWER) or is_judged(item):
        return False
    known = set(content_words(said))
    asked = set(content_words(item.stem.text))
    if len(asked) < 2 or shared_share(asked, known) < GIVEN_STEM:
        return False
    if any(_is_said(option, known, asked) for option in item.distractors):
        return False
    return any(_is_said(option, known, asked) for option in item.keys)


def _is_said(option: Option, known: set[str], asked: set[str]) -> bool:
    own = set(content_words(option.claim.text)) - asked
    return bool(own) and own <= known


def _given_beside(lesson: Lesson) -> Iterator[Finding]:
    """The items of a lesson stand below its last block, where a learner need only look up."""
    if not lesson.blocks:
        return
    beside = lesson.blocks[-1]
    for item in lesson.items:
        found = next((sentence for sentence in _sentences(beside) if _is_verbatim(item, sentence)), None)
        if found is not None:
            mend = "Move the block away from the item, or ask for something that follows from it."
            yield Finding(Rule.GIVEN_BESIDE, found, mend, (item.id, beside.id))


def _sentences(block: Block) -> list[str]:
    return [claim.text for claim in block.claims]


def _is_verbatim(item: QuizItem, sentence: str) -> bool:
    """Whether the sentence is the item with its answer, or says the key word for word and most of the stem."""
    said = f" {' '.join(words(sentence))} "
    if is_judged(item):
        true = any(truth_of(option.claim.text) for option in item.keys)
        return true and len(words(item.stem.text)) >= FEWEST_VERBATIM and f" {' '.join(words(item.stem.text))} " in said
    if item.kind not in (ItemKind.MULTIPLE_CHOICE, ItemKind.CLOZE, ItemKind.SHORT_ANSWER):
        return False
    asked = content_words(item.stem.text)
    for option in item.keys:
        key = words(option.claim.text)
        whole = words(statement_of(item.stem.text, option.claim.text))
        if len(whole) >= FEWEST_VERBATIM and f" {' '.join(whole)} " in said:
            return True
        if key and asked and f" {' '.join(key)} " in said and shared_share(asked, content_words(sentence)) >= SAME_STEM:
            return True
    return False


def _spreads(items: Sequence[QuizItem]) -> Iterator[Finding]:
    for item in _choices(items):
        texts = sorted((option.claim.text for option in item.options), key=len)
        short, long = texts[0], texts[-1]
        if len(long) >= SPREAD * max(1, len(short)) and len(long) - len(short) >= SPREAD_BY:
            yield Finding(Rule.LENGTH_SPREAD, f"{short} / {long}", "Bring the options to about one length.", (item.id,))


def _without_rationale(items: Sequence[QuizItem]) -> Iterator[Finding]:
    for item in items:
        if item.kind in CHOSEN_FROM:
            for option in item.options:
                if option.rationale is None or not option.rationale.text.strip():
                    mend = "Say why it is right." if option.is_key else "Say why it is wrong."
                    yield Finding(Rule.NO_RATIONALE, option.claim.text, mend, (item.id,))
