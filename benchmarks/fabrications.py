"""Ways in which a model's sentence goes wrong, each made of a true one. Which words it was made of is known."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum


class Way(StrEnum):
    NUMBER = "number changed"
    NAME = "name exchanged"
    NEGATION = "negated, or a negation taken out"
    CONDITION = "condition dropped"
    INVENTED = "invented on the topic"
    WRONG_SOURCE = "right, but cited to another source"
    BEYOND = "goes beyond: a clause added"
    STRONGER = "goes beyond: made stronger"
    MIXED = "two sentences mixed"


_NUMBER = re.compile(r"(?<![\w.,/:#-])\d+(?:,\d{3})*(?![\w/:-]|[.,]\d)")
_SPELLED = ("two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve", "thirty")
_SPELLED_NUMBER = re.compile(rf"\b(?:{'|'.join(_SPELLED)})\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-zA-Z]+(?: [A-Z][a-zA-Z]+){0,2}\b")
_NEGATED = re.compile(
    r"\b(is|are|was|were|can|must|should|will|may|has|have|had|does|do|did)(?: not\b|n['’]t\b)|\bcannot\b"
)
_VERB = re.compile(r"\b(is|are|was|were|can|must|should|will|may)\b(?! (?:not|n['’]t))")
_CONDITION = re.compile(
    r",? (?:if|unless|only if|only when|except|provided that|as long as|until|before|after|within|when|"
    r"for (?:employees|people|staff|those|anyone) who) [^,.;:()]{6,90}(?=[,.;])"
)
_OPENING_CONDITION = re.compile(r"^(?:If|When|Unless|Before|After|As long as|Provided that) [^,.;:()]{6,90}, (?=\w)")
_STRONGER = (
    (re.compile(r"\b(?:can|may|should)\b(?! (?:not|be able))"), "must"),
    (re.compile(r"\b(?:some|most|many) (?=[a-z])"), "all "),
    (re.compile(r"\b(?:usually|often|sometimes|generally|typically|normally)\b"), "always"),
    (re.compile(r"\bSome (?=[a-z])"), "All "),
    (re.compile(r"\bMost (?=[a-z])"), "All "),
)
_CLAUSES = (
    ", which the works council has confirmed",
    " and the same applies to external contractors",
    ", because earlier mistakes had been expensive",
    ", and any exception is decided by the head office",
    " so that the yearly audit finds no gaps",
    ", although many teams handle it differently",
)
_INVENTED = (
    "Requests about {topic} are decided by a regional committee every second Monday.",
    "{Topic} was introduced after a survey in which the staff had complained.",
    "Anyone responsible for {topic} has to repeat the online training every spring.",
    "A paper copy of the rules on {topic} hangs in every office kitchen.",
    "The budget for {topic} is shared between the departments at the end of the quarter.",
    "New colleagues learn about {topic} from a mentor during their first weeks.",
)
_ABOUT_NOTHING = frozenset("There This That These Those It They He She We You I If When And But So Which What".split())
_SPLIT = re.compile(
    r"^(?P<who>(?:[A-Z][^,.;:]{3,60}?)) (?P<what>(?:is|are|was|were|can|must|should|will|may|has|have) .{15,})$"
)


def number_changed(sentence: str, chance: random.Random) -> str | None:
    found = _NUMBER.search(sentence)
    if found is not None:
        value = int(found[0].replace(",", ""))
        other = chance.choice(
            [value + 1, value + 7, value * 2 or 3, value * 10 or 5, max(1, value // 2) + (value < 3) * 3]
        )
        told = f"{other:,}" if "," in found[0] else str(other)
        return None if other == value else sentence[: found.start()] + told + sentence[found.end() :]
    spelled = _SPELLED_NUMBER.search(sentence)
    if spelled is None:
        return None
    told = chance.choice([word for word in _SPELLED if word != spelled[0]])
    return sentence[: spelled.start()] + told + sentence[spelled.end() :]


def name_exchanged(sentence: str, others: Sequence[str], chance: random.Random) -> str | None:
    """With one that stands elsewhere in the same sources."""
    own = _NAME.findall(sentence)
    foreign = sorted({name for other in others for name in _NAME.findall(other)} - set(own))
    foreign = [
        name for name in foreign if name not in sentence and not any(name in mine or mine in name for mine in own)
    ]
    return sentence.replace(own[0], chance.choice(foreign), 1) if own and foreign else None


def negated(sentence: str, chance: random.Random) -> str | None:
    if _NEGATED.search(sentence):
        return _NEGATED.sub(lambda found: found[1] or "can", sentence, count=1)
    return _VERB.sub(r"\1 not", sentence, count=1) if _VERB.search(sentence) else None


def without_condition(sentence: str, chance: random.Random) -> str | None:
    opening = _OPENING_CONDITION.match(sentence)
    rest = sentence[opening.end() :] if opening else _CONDITION.sub("", sentence, count=1)
    return None if rest == sentence or len(rest.split()) < 5 else rest[0].upper() + rest[1:]


def invented(topic: str, chance: random.Random) -> str:
    return chance.choice(_INVENTED).format(topic=topic, Topic=topic[:1].upper() + topic[1:])


def beyond(sentence: str, chance: random.Random) -> str:
    return sentence.rstrip(".! ") + chance.choice(_CLAUSES) + "."


def stronger(sentence: str, chance: random.Random) -> str | None:
    for pattern, told in _STRONGER:
        if pattern.search(sentence):
            return pattern.sub(told, sentence, count=1)
    return None


def mixed(sentence: str, others: Sequence[str], chance: random.Random) -> str | None:
    """What one sentence is about, with what another says."""
    own = halved(sentence)
    foreign = [found for found in map(halved, others) if found is not None]
    if own is None or not foreign:
        return None
    other = chance.choice(foreign)
    return None if other[0] == own[0] else f"{own[0]} {other[1]}"


def halved(sentence: str) -> tuple[str, str] | None:
    """What it is about and what it says of it, where that can be told apart."""
    found = _SPLIT.match(sentence)
    return None if found is None or found["who"].split()[0] in _ABOUT_NOTHING else (found["who"], found["what"])


_ALONE: Mapping[Way, Callable[[str, random.Random], str | None]] = {
    Way.NUMBER: number_changed,
    Way.NEGATION: negated,
    Way.CONDITION: without_condition,
    Way.BEYOND: beyond,
    Way.STRONGER: stronger,
}


def fabricated(way: Way, sentence: str, others: Sequence[str], topic: str, chance: random.Random) -> str | None:
    """None where the sentence has nothing to change in this way. `others` are further sentences of the same sources."""
    if way is Way.NAME:
        return name_exchanged(sentence, others, chance)
    if way is Way.MIXED:
        return mixed(sentence, others, chance)
    if way is Way.INVENTED:
        return invented(topic, chance)
    return sentence if way is Way.WRONG_SOURCE else _ALONE[way](sentence, chance)


_SAME = tuple(
    (re.compile(rf"\b{said}\b"), told)
    for said, told in (
        ("must(?! not)", "have to"),
        ("employees", "staff"),
        ("in order to", "to"),
        ("receive", "get"),
        ("purchase", "buy"),
        ("assist", "help"),
        ("prior to", "before"),
        ("make sure", "ensure"),
        ("utili[sz]e", "use"),
        ("additional", "further"),
        ("regarding", "about"),
        ("for example", "for instance"),
        ("such as", "like"),
        ("because", "since"),
        ("every", "each"),
        ("need to", "have to"),
        ("begin", "start"),
        ("large", "big"),
        ("currently", "at present"),
        ("several", "a number of"),
        ("that's", "that is"),
        ("we're", "we are"),
        ("it's", "it is"),
        ("you're", "you are"),
        ("they're", "they are"),
        ("don't", "do not"),
        ("isn't", "is not"),
        ("won't", "will not"),
    )
)
_TURNED = re.compile(
    r"^(?P<condition>(?:If|When|Once|Before|After|Unless|Because|While) [^,;:.]{8,90}), (?P<rest>[^,;:]{12,})\.$"
)
_OPENINGS = ("Note that", "Remember that", "It is worth knowing that", "Keep in mind that")


def reworded(sentence: str, chance: random.Random) -> str:
    """The same in other words, as far as that can be done without a doubt."""
    turned = _TURNED.match(sentence)
    if turned is not None and chance.random() < 0.7:
        condition, rest = turned["condition"], turned["rest"]
        sentence = f"{rest[0].upper()}{rest[1:]} {condition[0].lower()}{condition[1:]}."
    for pattern, told in _SAME:
        sentence = pattern.sub(told, sentence)
    if sentence.startswith(("The ", "You ", "We ", "All ", "Your ", "A ")) and chance.random() < 0.4:
        sentence = f"{chance.choice(_OPENINGS)} {sentence[0].lower()}{sentence[1:]}"
    return sentence
