"""Standalone questions: a follow-up together with what it leaves to be understood from the turns before it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.conversation import History, Speaker
from assistant.model_budget import Budget
from assistant.noun_phrase import NounPhrase, is_german, names_in, noun_phrases, noun_phrases_in
from assistant.question import counted
from assistant.question_parts import LONGEST_QUESTION
from assistant.reference import is_bare, is_fragment, pronoun, without_opening
from assistant.words import content_words, stem
from corpus.embedder import Embedder

REMEMBERED_TURNS = 8
"""The user's turns that are read, the last ones."""

SAME_KIND = 0.35
"""Cosine from which two phrases are of one kind, so that the new one takes the old one's place."""

SAME_TOPIC = 0.3
"""Cosine to the question before it from which a short question without a name of its own goes on with its topic."""

SAME_TOPIC_FRAGMENT = 0.1
"""The same for a few words that are no sentence: these leave out more."""

FEWEST_WORDS = 2
"""Content words from which a question can say what it is about without naming a thing."""

MOST_WORDS = 3
"""Content words with which a question without a name of its own can still lack its topic."""


@dataclass(frozen=True, slots=True)
class StandaloneQuestion:
    """`carried` are the phrases that were taken from earlier turns, as they were worded there."""

    text: str
    carried: tuple[str, ...] = ()
    is_follow_up: bool = False


class QuestionCompleter(Protocol):
    def complete(self, question: str, history: History, budget: Budget) -> StandaloneQuestion:
        """The question as it is where it stands by itself or where nothing was said before it.

        Raises what a language model does where one is asked: `ModelUnavailable`, `BudgetSpent`, `PriceUnknown`.
        """


@dataclass(frozen=True, slots=True)
class _Topic:
    """What the conversation is about after a question: its standalone form, its subject, and what limits it."""

    question: str
    subject: str
    limits: tuple[str, ...]
    returning: str = ""
    """What several questions named, the latest of those named most; empty where none came back to anything."""

    @property
    def phrases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(phrase for phrase in (self.subject, *self.limits) if phrase)) or (
            _without_end(self.question),
        )


class CarryingCompleter:
    """Implements `QuestionCompleter` by rule and by similarity of meaning, without a language model.

    The turns are read from the oldest on, so that what one follow-up carries the next one carries too.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def complete(self, question: str, history: History, budget: Budget) -> StandaloneQuestion:
        topic: _Topic | None = None
        read, reply = history.latest(REMEMBERED_TURNS), ""
        said: list[str] = []
        for turn in read.turns:
            if turn.speaker is Speaker.ASSISTANT:
                reply = turn.text
                continue
            completed = self._completed(turn.text[:LONGEST_QUESTION], topic, reply)
            said.append(completed.text)
            topic, reply = self._topic_after(completed, topic), ""
            topic = topic and replace(topic, returning=_returning(said))
        return self._completed(question, topic, reply)

    def _completed(self, question: str, topic: _Topic | None, reply: str) -> StandaloneQuestion:
        asked = question.strip()
        if topic is None or len(asked) > LONGEST_QUESTION:
            return StandaloneQuestion(question)
        if is_bare(asked):
            return StandaloneQuestion(f"{_without_end(asked)}: {topic.question}", topic.phrases, is_follow_up=True)
        rest = without_opening(asked)
        if rest is not None and is_fragment(rest):
            return self._continued(rest, topic)
        found = pronoun(asked)
        if found is not None:
            return _resolved(asked, found, topic, reply)
        if self._leaves_out(asked, topic, reply):
            return _with(asked, (topic.returning,) if is_fragment(asked) and topic.returning else topic.phrases)
        return StandaloneQuestion(question)

    def _leaves_out(self, asked: str, topic: _Topic, reply: str) -> bool:
        """Whether the topic is missing: few words, no name, none of the topic's words, and a meaning near it.

        A few words that the last reply said are taken up from there.
        """
        words = content_words(asked)
        if not noun_phrases(asked) and len(words) < FEWEST_WORDS:
            return True
        if len(words) > MOST_WORDS or set(content_words(topic.question)) & set(words):
            return False
        if not is_fragment(asked) and _names_a_thing(asked):
            return False
        if is_fragment(asked) and set(words) <= set(content_words(reply)):
            return True
        one, other = self._embedder.embed([asked, topic.question])
        return float(one @ other) >= (SAME_TOPIC_FRAGMENT if is_fragment(asked) else SAME_TOPIC)

    def _continued(self, rest: str, topic: _Topic) -> StandaloneQuestion:
        """`and in Germany?` takes the place of `in Austria`; what has no counterpart there goes to the end."""
        own = noun_phrases_in(rest, german=is_german(topic.question))
        old = noun_phrases(topic.question)
        text = _without_end(rest)
        if not own:
            return StandaloneQuestion(f"{text}: {topic.question}", topic.phrases, is_follow_up=True)
        replaced = self._of_same_kind(own[0], topic.question, old) if len(own) == 1 else None
        if replaced is not None:
            start, new = replaced.start, own[0].text
            if replaced.article and own[0].article:
                start, new = replaced.start_with_article, f"{own[0].article} {new}"
            changed = topic.question[:start] + new + topic.question[replaced.end :]
            carried = tuple(phrase for phrase in topic.phrases if phrase != replaced.text)
            others = tuple(phrase.text for phrase in old if phrase.text != replaced.text)
            return StandaloneQuestion(changed, carried or others, is_follow_up=True)
        if own[0].lead and text.casefold().startswith(own[0].lead):
            return StandaloneQuestion(f"{_without_end(topic.question)} {text}?", topic.phrases, is_follow_up=True)
        return _with(text + "?", topic.phrases)

    def _of_same_kind(self, new: NounPhrase, text: str, old: Sequence[NounPhrase]) -> NounPhrase | None:
        old = [phrase for phrase in old if not (phrase.lead and new.lead in _RELATIONS and phrase.lead != new.lead)]
        same_lead = [phrase for phrase in old if new.lead in _RELATIONS and phrase.lead == new.lead]
        if same_lead:
            return same_lead[-1]
        if not old:
            return None
        vectors = self._embedder.embed([new.text, *(phrase.text for phrase in old)])
        likeness = vectors[1:] @ vectors[0]
        best = int(likeness.argmax())
        if float(likeness[best]) >= SAME_KIND:
            return old[best]
        # The built-in model knows little German: there what is asked about is what has no preposition before it.
        without_lead = [phrase for phrase in old if not phrase.lead]
        return without_lead[0] if is_german(text) and not new.lead and len(without_lead) == 1 else None

    def _topic_after(self, said: StandaloneQuestion, before: _Topic | None) -> _Topic | None:
        if said.is_follow_up and before is not None:
            kept = [phrase for phrase in before.phrases if phrase in said.text]
            if before.subject in kept:
                others = [*kept, *(phrase.text for phrase in _limits(said.text))]
                limits = tuple(phrase for phrase in dict.fromkeys(others) if phrase != before.subject)
                return _Topic(said.text, before.subject, limits)
        phrases = noun_phrases(said.text)
        if not phrases:
            return before or _Topic(said.text, "", ())
        vectors = self._embedder.embed([said.text, *(phrase.text for phrase in phrases)])
        place = int((vectors[1:] @ vectors[0]).argmax())
        if is_german(said.text):
            place = next((number for number, phrase in enumerate(phrases) if not phrase.lead), place)
        subject = _with_head(said.text, phrases, place)
        limits = tuple(phrase.text for phrase in _limits(said.text) if phrase.text not in subject)
        return _Topic(said.text, subject, limits)


def _returning(questions: Sequence[str]) -> str:
    """Of phrases that are named equally often the longest, of these the latest."""
    named: dict[str, tuple[int, int]] = {}
    for text in questions:
        for phrase in noun_phrases(text):
            times = sum(phrase.text.casefold() in other.casefold() for other in questions)
            named[phrase.text] = (times, len(phrase.text.split()))
    most = max(named.values(), default=(0, 0))
    return [phrase for phrase, rank in named.items() if rank == most][-1] if most[0] > 1 else ""


def _with_head(text: str, phrases: Sequence[NounPhrase], place: int) -> str:
    """`deadline for expense reports` rather than `expense reports`; not `days of leave`, where days are counted."""
    phrase = phrases[place]
    if place and phrase.lead in _HEADED:
        head = phrases[place - 1]
        between = text[head.end : phrase.start].casefold().split()
        if between[:1] == [phrase.lead] and len(between) <= 2 and counted(text) != stem(head.text.casefold()):
            return text[head.start : phrase.end]
    return phrase.text


def _limits(text: str) -> list[NounPhrase]:
    """Names that say of what, where or for whom something holds."""
    return [phrase for phrase in noun_phrases(text) if phrase.is_name]


_RELATIONS = frozenset("for with without by für mit ohne in from aus at bei".split())
"""Prepositions after which another one's phrase is of another kind: `for contractors` is no `in Austria`."""
_HEADED = frozenset("of for on für von zum zur".split())
_PERSON = frozenset("he him his she her hers er ihn ihm".split())
_POSSESSIVE = frozenset("its their his her theirs".split())
_PLAIN = frozenset("it they them he him she her".split())


def _names_a_thing(text: str) -> bool:
    """Whether a word is capitalised that does not begin a sentence; in German that is any noun."""
    return re.search(r"(?<![.!?])\s[\"'(]?(?!I\b)[A-ZÄÖÜ]", text.strip()) is not None


def _resolved(asked: str, found: re.Match[str], topic: _Topic, reply: str) -> StandaloneQuestion:
    """The pronoun replaced where one phrase can be meant and English grammar allows it, else added at the end."""
    word = found[0].casefold()
    people = names_in(reply) if word in _PERSON and not set(names_in(topic.question)) else ()
    carried = (people[0],) if people else topic.phrases
    missing = [phrase for phrase in carried if phrase.casefold() not in asked.casefold()]
    is_plain = len(missing) == 1 and all(lead not in _HEADED for lead in missing[0].split())
    if not is_plain or not noun_phrases(missing[0]) or is_german(asked) or word not in _POSSESSIVE | _PLAIN:
        return _with(asked, carried)
    meant = f"the {missing[0]}" if f"the {missing[0]}" in topic.question else missing[0]
    is_possessive = word in _POSSESSIVE and (word != "her" or asked[found.end() :].strip(" ?.!") != "")
    replacement = f"{meant}'s" if is_possessive else meant
    text = asked[: found.start()] + replacement + asked[found.end() :]
    return StandaloneQuestion(text, tuple(missing), is_follow_up=True)


def _with(asked: str, carried: Sequence[str]) -> StandaloneQuestion:
    """Added in brackets, which are right in every language and can be seen and taken away."""
    missing = tuple(phrase for phrase in carried if phrase.casefold() not in asked.casefold())
    if not missing:
        return StandaloneQuestion(asked)
    end = asked[len(_without_end(asked)) :].strip()
    return StandaloneQuestion(f"{_without_end(asked)} ({', '.join(missing)}){end}", missing, is_follow_up=True)


def _without_end(text: str) -> str:
    return text.rstrip(" ?.!")
