"""Spoken quotes: the stretches of a conversation that are worth reading, with the question that they answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.sentences import QUESTION_MARKS
from assistant.words import content_words
from authoring.cue_phrases import Cue, cues_of, is_whole, refers_back
from authoring.duration import word_count
from authoring.stumbling import stumbles
from authoring.teaching_material import Paragraph, Sourced, without_speaker
from corpus.embedder import Embedder, Vectors

MOST_QUOTES = 6
QUOTE_WORDS = 85
"""Of one quote at most; what somebody says at length is cut after a sentence."""

_FEWEST_WORDS = 14
_FEWEST_CONTENT = 6
_QUESTION_WORDS = 30
_MOST_STUMBLES = 0.1
_REDUNDANCY = 0.5
_OF_GOAL = 0.5
_OF_STUMBLES = 1.5
_EXPLAINS = 0.08
_ANSWERS = 0.1
_FEWEST_TURNS = 3
_FAR_FROM_BEST = 0.3


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one person says in a row, after the question of another where they answer one."""

    question: tuple[Sourced, ...]
    answer: tuple[Sourced, ...]

    @property
    def statements(self) -> tuple[Sourced, ...]:
        return self.question + self.answer

    @property
    def text(self) -> str:
        return " ".join(statement.text for statement in self.statements)


def best_exchanges(
    turns: Sequence[Paragraph],
    everything: Sequence[Paragraph],
    embedder: Embedder,
    goal: Vectors | None,
    most: int = MOST_QUOTES,
) -> list[Exchange]:
    """In the order in which they are said. `everything`: all turns of the conversation, which tell what it is about."""
    found = exchanges(turns)
    if not found:
        return []
    vectors = embedder.embed([exchange.text for exchange in found])
    centre = _unit(vectors.mean(axis=0))
    whole = [exchange.text for exchange in exchanges(everything)]
    if len(whole) > len(found):
        centre = _unit(centre + _unit(embedder.embed(whole).mean(axis=0)))
    scores = [_score(exchange, vectors[place], centre, goal) for place, exchange in enumerate(found)]
    taken: list[int] = []
    while len(taken) < min(most, len(found)):
        rest = [place for place in range(len(found)) if place not in taken]
        marginal = {
            place: scores[place]
            - _REDUNDANCY * max((float(vectors[place] @ vectors[other]) for other in taken), default=0.0)
            for place in rest
        }
        taken.append(max(rest, key=lambda place: (marginal[place], -place)))
    best = max(scores[place] for place in taken)
    taken = [place for place in taken if scores[place] >= best - _FAR_FROM_BEST]
    return [found[place] for place in sorted(taken)]


def exchanges(turns: Sequence[Paragraph]) -> list[Exchange]:
    joined = _joined(turns)
    found = []
    for place, turn in enumerate(joined):
        before = joined[place - 1] if place else ()
        question = _question(before)
        answer = _worth_reading(turn, answers=bool(question))
        if answer:
            begins_so = answer[0].key == _first_said(turn).key
            found.append(Exchange(question if begins_so else (), answer))
    return found


def _joined(turns: Sequence[Paragraph]) -> list[tuple[Sourced, ...]]:
    """Turns that a chunk's end or a listener's `mm-hmm` has cut are whole again."""
    found: list[tuple[Sourced, ...]] = []
    for turn in turns:
        if found and found[-1][0].speaker == turn.statements[0].speaker:
            found[-1] += turn.statements
        elif (
            len(found) > 1
            and found[-2][0].speaker == turn.statements[0].speaker
            and word_count(" ".join(_words(statement) for statement in found[-1])) < _FEWEST_TURNS
        ):
            found[-2:] = [found[-2] + turn.statements]
        else:
            found.append(turn.statements)
    return found


def _words(statement: Sourced) -> str:
    return without_speaker(statement).text


def _first_said(turn: Sequence[Sourced]) -> Sourced:
    return turn[0]


def _question(turn: Sequence[Sourced]) -> tuple[Sourced, ...]:
    """The last question of a turn, if it is no `OK?`; with the sentence before it where the turn is only these two."""
    if not turn or not turn[-1].text.endswith(QUESTION_MARKS):
        return ()
    last = turn[-1]
    said = _words(last)
    if stumbles(said) > _MOST_STUMBLES / 2 or len(content_words(said)) < 2 or word_count(said) > _QUESTION_WORDS:
        return ()
    return tuple(turn) if len(turn) == 2 and _length(turn) <= _QUESTION_WORDS + 10 else (last,)


def _worth_reading(turn: Sequence[Sourced], answers: bool) -> tuple[Sourced, ...]:
    """The first run of fluent sentences that begins so that a reader understands it."""
    best: tuple[Sourced, ...] = ()
    run: tuple[Sourced, ...] = ()
    for place, statement in enumerate(turn):
        said = _words(statement)
        fluent = stumbles(said) <= _MOST_STUMBLES and said[-1:] not in ",-" and not said[:1].islower()
        opens = is_whole(said) and not refers_back(said)
        if run and fluent and _length((*run, statement)) <= QUOTE_WORDS:
            run += (statement,)
        else:
            run = (statement,) if fluent and (opens or (answers and place == 0)) else ()
        if _value(run) > _value(best):
            best = run
    while best and (best[-1].text.endswith(QUESTION_MARKS) or not is_whole(_words(best[-1]))):
        best = best[:-1]
    if _length(best) < _FEWEST_WORDS or len(content_words(" ".join(map(_words, best)))) < _FEWEST_CONTENT:
        return ()
    return best


def _value(run: Sequence[Sourced]) -> int:
    return len(content_words(" ".join(map(_words, run))))


def _length(run: Sequence[Sourced]) -> int:
    return sum(word_count(_words(statement)) for statement in run)


def _score(exchange: Exchange, vector: Vectors, centre: Vectors, goal: Vectors | None) -> float:
    score = float(vector @ centre) - _OF_STUMBLES * stumbles(exchange.text)
    if goal is not None:
        score += _OF_GOAL * float(vector @ goal)
    cues = {cue for statement in exchange.answer for cue in cues_of(_words(statement))}
    score += _EXPLAINS * len(cues & {Cue.REASON, Cue.DEFINITION, Cue.EXAMPLE, Cue.CONTRAST, Cue.RULE})
    return score + (_ANSWERS if exchange.question else 0.0)


def spoken_by(turn: Sequence[Sourced]) -> list[tuple[Sourced, ...]]:
    """Consecutive statements that stand in one chunk and are said by one person, for a claim each."""
    found: list[tuple[Sourced, ...]] = []
    for statement in turn:
        last = found[-1][-1] if found else None
        if (
            last is not None
            and last.chunk_id == statement.chunk_id
            and last.speaker == statement.speaker
            and not last.passage.chunks[0].text[last.span.end : statement.span.start].strip()
        ):
            found[-1] += (statement,)
        else:
            found.append((statement,))
    return found


def as_one(run: Sequence[Sourced]) -> Sourced:
    """Statements that follow each other in a chunk as one."""
    span = replace(run[0].span, end=run[-1].span.end)
    text = run[0].passage.chunks[0].text[span.start : span.end]
    return replace(run[0], span=span, text=" ".join(text.split()))


def _unit(vector: Vectors) -> Vectors:
    unit: Vectors = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit
