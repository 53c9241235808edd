"""Shape: the item-writing flaws of one quiz item that rules can decide, in English and German.

The rules are those of Haladyna, Downing and Rodriguez (2002), "A review of multiple-choice item-writing guidelines for
classroom assessment", and of Tarrant, Knierim, Hayes and Ware (2006), "The frequency of item writing flaws in
multiple-choice questions used in high stakes nursing assessments", in the form in which Moore, Nguyen, Chen and
Stamper (2023), "Assessing the quality of multiple-choice questions using GPT-4 and rule-based methods", apply them.
Whether the key is right, no shape tells: that is `authoring/item_key.py`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from assistant.words import content_words, is_function_word, words
from authoring.item_finding import Finding, Rule
from authoring.item_truth import is_judged, truth_of
from authoring.quiz_item import CHOSEN_FROM, GAP, ItemKind, QuizItem

LONGER = 1.25
LONGER_BY = 10
"""So many times the characters of the longest distractor, and so many more, make a key noticeably the longest."""

TELLING_LETTERS = 5
"""A word that is repeated in the key gives it away from so many letters on."""

FEWEST_STEM_WORDS = 2
"""Words with a meaning of its own that a stem needs to ask something."""

CONVERGING = 2
"""So many words of the key must each come again in a distractor, and not all in the same one."""

_ALL = re.compile(
    r"\b(?:all (?:of )?(?:the|these) (?:above|options|answers|choices)|all of (?:these|them|the above)|all above|"
    r"(?:both|any) of the above|alle (?:der )?(?:oben )?(?:genannten|antworten|oben|aussagen)\b.*|alles davon|"
    r"alle(?:s)? (?:ist|sind) richtig)",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\b(?:none (?:of )?(?:the|these) (?:above|options|answers|choices)|none of (?:these|them|the above)|"
    r"neither of (?:these|the above)|kein[es]? (?:der|davon|von)\b.*|nichts davon|keine (?:antwort|aussage)\b.*)",
    re.IGNORECASE,
)
_ABSOLUTES = re.compile(
    r"\b(?:always|never|all|every(?:one|body|thing)?|none|nobody|nothing|no one|impossible|completely|entirely|"
    r"absolutely|under no circumstances|without exception|only|immer|stets|nie|niemals|alle[nrs]?|jede[nrms]?|"
    r"niemand|nichts|unmöglich|vollständig|völlig|absolut|unter keinen umständen|ausnahmslos|nur|ausschließlich)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"\b(?:all|only|every|nur|alle[nrs]?|jede[nrms]?)\s+(?:\d|one|two|three|four|five|ein|zwei)", re.IGNORECASE
)
"""`Only one controller` counts; it is no absolute."""
_VAGUE = re.compile(
    r"(?<!\bhow )(?<!\bwie )\b"
    r"(?:often|frequently|usually|sometimes|occasionally|rarely|seldom|generally|normally|typically|mostly|probably|"
    r"possibly|perhaps|maybe|somewhat|quite|relatively|a lot of|lots of|oft|häufig|meistens|meist|manchmal|"
    r"gelegentlich|selten|in der regel|normalerweise|üblicherweise|eventuell|vielleicht|möglicherweise|ziemlich|"
    r"relativ|gewöhnlich|im allgemeinen)\b",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(?:not|except|least likely|never|cannot|nor|incorrect|false|untrue|wrong|nicht|kein(?:e[mnrs]?)?|außer|nie|"
    r"niemals|falsch|unzutreffend|mit ausnahme)\b|\b\w+n['’]t\b",
    re.IGNORECASE,
)
_NOT_NEGATIVE = re.compile(r"\b(?:not only|nicht nur|whether or not|not later than|true or false)\b", re.IGNORECASE)
_WHICH_IS_TRUE = re.compile(
    r"\b(?:which|what)\b[^?]{0,60}\b(?:is|are|statements?)\b[^?]{0,20}\b(?:true|correct|right)\b[^?]{0,25}\??\s*$|"
    r"\bwelche\b[^?]{0,60}\b(?:richtig|wahr|korrekt|zutreffend|trifft zu|treffen zu|stimmt|stimmen)\b\s*\??\s*$",
    re.IGNORECASE,
)
_LETTER = r"(?:option |antwort |answer )?\(?(?:[a-f]|[1-6]|i{1,3}|iv|v)\)?"
_K_TYPE = re.compile(
    rf"(?:(?:only|both|nur|sowohl|beide)\s+)?{_LETTER}(?:\s*,\s*{_LETTER})*\s*,?\s*(?:and|und|&|or|oder|sowie|als auch)"
    rf"\s+{_LETTER}(?: only)?\.?",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\s*(?:[^,]{1,80},\s+)?(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|"
    r"should|must|will|would|has|have|at least how|was|welche[mnrs]?|wer|wen|wem|wann|wo|warum|wieso|weshalb|wie|"
    r"womit|wodurch|wofür|wozu|worauf|ist|sind|darf|muss|kann)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\s*(?:choose|select|pick|identify|name|determine|calculate|complete|wähle\w*|bestimme\w*|nenne\w*|ergänze\w*|"
    r"berechne\w*|ordne\w*)\b",
    re.IGNORECASE,
)
_VOWEL = re.compile(
    r"(?:[aeio]|u(?!ni|se|su|ti|ro|k\b)|hour|honest|heir|honou?r)(?!ne\b|uro)|[FLMNRSX](?=[A-Z0-9\b])", re.IGNORECASE
)
_PLURAL_VERB = re.compile(r"\b(?:are|were|sind|waren)\s*(?:the\s+)?[:…_]*\s*$", re.IGNORECASE)
_SINGULAR_VERB = re.compile(r"\b(?:is|was|ist|war)\s*[:…_]*\s*$", re.IGNORECASE)
_NUMBER = re.compile(r"[-−]?(?:[$€£]\s?)?(\d+(?:[.,]\d{3})*(?:[.,]\d+)?)(?:\s*[^\W\d]{0,12}|\s?[%°€$]\w?)\.?")


def check_shape(item: QuizItem) -> tuple[Finding, ...]:
    """What rules find; each rule at most once. Nothing where the shape is sound."""
    rules = _RULES if item.kind in CHOSEN_FROM else _RULES_WITHOUT_CHOICE
    return tuple(finding for rule in rules for finding in list(rule(item))[:1])


def _texts(item: QuizItem) -> list[str]:
    return [option.claim.text for option in item.options]


def _all_of_the_above(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 18: who knows two options right, or one wrong, knows the answer."""
    for text in _texts(item):
        if _ALL.search(text):
            yield Finding(Rule.ALL_OF_THE_ABOVE, text, "Replace it by an option that says something of its own.")


def _none_of_the_above(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 18: it shows what somebody can rule out, not what they know."""
    for text in _texts(item):
        if _NONE.search(text):
            yield Finding(Rule.NONE_OF_THE_ABOVE, text, "Replace it by an option that says something of its own.")


def _longest_key(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 24a; Tarrant 2006: writers qualify what is right until it is the longest."""
    if is_judged(item) or len(item.keys) != 1 or not item.distractors:
        return
    key = item.keys[0].claim.text
    longest = max((option.claim.text for option in item.distractors), key=len)
    if len(key) >= LONGER * len(longest) and len(key) - len(longest) >= LONGER_BY:
        yield Finding(
            Rule.LONGEST_KEY,
            key,
            f"Shorten the key to about {len(longest)} characters, or say as much in a distractor.",
        )


def _true_false_options(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 9: options that are each true or false are several items, not one."""
    if item.kind is not ItemKind.MULTIPLE_CHOICE:
        return
    judging = [text for text in _texts(item) if truth_of(text) is not None]
    if judging:
        mend = "Make it a true/false item, or let each option answer a question."
        yield Finding(Rule.TRUE_FALSE_OPTIONS, " / ".join(judging), mend)
    elif _WHICH_IS_TRUE.search(item.stem.text):
        mend = "Ask for one thing that all options answer, instead of which statement is true."
        yield Finding(Rule.TRUE_FALSE_OPTIONS, item.stem.text, mend)


def _incomplete_stem(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rules 14 and 15: the stem alone must say what is asked."""
    stem = item.stem.text.strip()
    if item.kind is ItemKind.MULTIPLE_CHOICE and GAP[:3] in stem and not stem.rstrip(" .:?").endswith("_"):
        yield Finding(Rule.INCOMPLETE_STEM, stem, "Move the gap to the end of the stem, or ask a question.")
        return
    telling = [word for word in content_words(stem.replace("_", " ")) if len(word) > 1]
    if not telling:
        yield Finding(Rule.INCOMPLETE_STEM, stem, "Write a stem that asks something.")
        return
    asks = "?" in stem or _QUESTION_WORD.match(stem) or _TASK.match(stem)
    if item.kind is ItemKind.MULTIPLE_CHOICE and not asks and len(telling) <= FEWEST_STEM_WORDS:
        yield Finding(
            Rule.INCOMPLETE_STEM, stem, "Write the stem as a question that can be answered without the options."
        )


def _absolute(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 24b: who knows nothing rules out what is said of all and always."""
    mend = "Say when and for whom it holds, or use the word in every option."
    if is_judged(item):
        found = _absolute_in(item.stem.text)
        if found:
            yield Finding(Rule.ABSOLUTE, found, "Say when and for whom it holds: such statements are mostly false.")
        return
    absolute = [_absolute_in(text) for text in _texts(item) if not _ALL.search(text) and not _NONE.search(text)]
    named = [word for word in absolute if word]
    if named and len(named) < len(absolute):
        yield Finding(Rule.ABSOLUTE, ", ".join(dict.fromkeys(named)), mend)


def _absolute_in(text: str) -> str:
    found = _ABSOLUTES.search(_AMOUNT.sub(" ", text))
    return found[0] if found else ""


def _word_in_key(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 24c (clang association): the key sounds like the stem, and the distractors do not."""
    if is_judged(item) or len(item.keys) != 1 or not item.distractors:
        return
    asked = set(content_words(item.stem.text))
    elsewhere = {word for option in item.distractors for word in content_words(option.claim.text)}
    key = item.keys[0].claim.text
    telling = [
        word
        for word in dict.fromkeys(words(key))
        if len(word) >= TELLING_LETTERS and (stems := set(content_words(word))) and stems <= asked - elsewhere
    ]
    if telling:
        mend = "Use the word in a distractor too, or another word in the key."
        yield Finding(Rule.WORD_IN_KEY, ", ".join(telling), mend)


def _k_type(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 9: options made of other options."""
    for text in _texts(item):
        if _K_TYPE.fullmatch(text.strip()):
            yield Finding(Rule.K_TYPE, text, "Ask about one thing at a time, so that each option stands for itself.")


def _grammatical_cue(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 24d: options that do not continue the stem can be ruled out."""
    if is_judged(item) or len(item.keys) != 1:
        return
    stem = item.stem.text.replace("_", " ").rstrip(" :…")
    article = re.search(r"\b(an|a)$", stem, re.IGNORECASE)
    if article:
        wants_vowel = article[1].casefold() == "an"
        against = [text for text in _texts(item) if bool(_VOWEL.match(text.strip())) != wants_vowel]
        if against:
            yield Finding(
                Rule.GRAMMATICAL_CUE, f"{article[1]} … {against[0]}", "End the stem before the article, or with “a(n)”."
            )
        return
    verb = _PLURAL_VERB.search(stem) or _SINGULAR_VERB.search(stem)
    plural = [_is_plural(text) for text in _texts(item)]
    key = [option.is_key for option in item.options].index(True)
    if verb and plural.count(plural[key]) == 1 and plural[key] == bool(_PLURAL_VERB.search(stem)):
        mend = "Let all options be of the number that the verb asks for, or end the stem before the verb."
        yield Finding(Rule.GRAMMATICAL_CUE, f"{verb[0].strip()} … {item.keys[0].claim.text}", mend)


def _is_plural(text: str) -> bool:
    if re.search(r",|\b(?:and|und)\b", text):
        return True
    first = text.split()
    return len(first) == 1 and bool(re.search(r"[^siu]s$", first[0]))


def _number_order(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 20: numbers stand in their order, so that none stands out by its place."""
    if item.kind is not ItemKind.MULTIPLE_CHOICE:
        return
    numbers = [_number_in(text) for text in _texts(item)]
    values = [value for value in numbers if value is not None]
    if len(values) < len(numbers) or len(values) < _FEWEST_NUMBERS:
        return
    ascending = all(one <= other for one, other in pairwise(values))
    descending = all(one >= other for one, other in pairwise(values))
    if not ascending and not descending:
        yield Finding(Rule.NUMBER_ORDER, " / ".join(_texts(item)), "Put the numbers into ascending order.")


_FEWEST_NUMBERS = 3


def _number_in(text: str) -> float | None:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1]
    # `1.500` and `1,500` are thousands, `1.5` and `1,5` are not.
    plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    return float(plain) if plain.count(".") <= 1 else None


def _vague(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 11; Tarrant 2006: how often `often` is, everybody reads otherwise."""
    for text in (item.stem.text, *_texts(item)):
        found = _VAGUE.search(text)
        if found:
            yield Finding(Rule.VAGUE, found[0], "Say how often, how many or when.")


def _negative_stem(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 17: a negation is overlooked, and turns the question round."""
    found = _NEGATIVE.search(_NOT_NEGATIVE.sub(" ", item.stem.text))
    if found:
        yield Finding(Rule.NEGATIVE_STEM, found[0], "Ask what is the case, instead of what is not.")


def _key_count(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 19: one option is right."""
    if len(item.keys) == 1:
        return
    words_of = " / ".join(option.claim.text for option in item.keys)
    mend = "Mark one option as the key." if not item.keys else "Keep one key, and let evidence contradict the others."
    yield Finding(Rule.KEY_COUNT, words_of, mend)


def _same_option(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 21: options exclude each other."""
    seen: set[tuple[str, ...]] = set()
    for text in _texts(item):
        said = tuple(words(text)) or (text.strip(),)
        if said in seen:
            yield Finding(Rule.SAME_OPTION, text, "Replace one of the two.")
        seen.add(said)


def _convergence(item: QuizItem) -> Iterator[Finding]:
    """Haladyna 2002, rule 24e: distractors made of pieces of the key let it stand where they all meet."""
    if is_judged(item) or len(item.keys) != 1 or len(item.distractors) < CONVERGING:
        return
    own = [set(_elements(text)) for text in _texts(item)]
    meets = [
        sum(sum(word in other for place, other in enumerate(own) if place != at) for word in said)
        for at, said in enumerate(own)
    ]
    key = [option.is_key for option in item.options].index(True)
    others = [said for at, said in enumerate(own) if at != key]
    shared = [word for word in _elements(item.keys[0].claim.text) if any(word in said for said in others)]
    # What all options say is no cue.
    telling = [word for word in shared if not all(word in said for said in others)]
    met = {at for at, said in enumerate(others) if any(word in said for word in telling)}
    beyond = max(value for at, value in enumerate(meets) if at != key)
    if len(telling) >= CONVERGING and len(met) >= CONVERGING and meets[key] > beyond:
        mend = "Take words that only the key and one distractor share into another distractor too."
        yield Finding(Rule.CONVERGENCE, ", ".join(telling), mend)


def _elements(text: str) -> Sequence[str]:
    return list(dict.fromkeys(word for word in words(text) if not is_function_word(word)))


_RULES: tuple[Callable[[QuizItem], Iterator[Finding]], ...] = (
    _all_of_the_above,
    _none_of_the_above,
    _longest_key,
    _true_false_options,
    _incomplete_stem,
    _absolute,
    _word_in_key,
    _k_type,
    _grammatical_cue,
    _number_order,
    _vague,
    _negative_stem,
    _key_count,
    _same_option,
    _convergence,
)
_RULES_WITHOUT_CHOICE: tuple[Callable[[QuizItem], Iterator[Finding]], ...] = (_incomplete_stem, _vague, _negative_stem)
