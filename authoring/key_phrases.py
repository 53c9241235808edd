"""Key phrases: the words by which one part of a text differs from the others, for naming what has no heading."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from assistant.words import is_function_word, stem

_TOKEN = re.compile(r"[^\W\d_](?:[\w'’-]*[^\W_])?|[.,;:!?…\n]")
_FILLERS = frozenset(
    """
    um uh uhm mm mm-hmm hmm mhm huh uh-huh yeah yep yes no okay ok right well like really actually basically sort kind
    thing things stuff lot lots bit just maybe probably guess think know mean say said see look looking want need going
    gonna go get got getting make making good great nice fine sure sorry thanks thank cool wow oh ah eh er hm anyway
    people something anything everything someone one two three first second way point time times today day minute
    minutes question questions example case part parts different same different back little big much many quite pretty
    let's i'm it's that's don't can't we're you're they're i've we've there's what's he's she's didn't doesn't isn't
    wouldn't we'll i'll you'll gotta wanna still even around done doing did come coming take put use using used work
    working works talk talking start started next last new able whatever alright also though could would should will
    course doc documents vocalsound disfmarker nonvocalsound idea ideas whole start number numbers fact end hand
    ähm äh ja nein also genau halt mal schon eben eigentlich vielleicht sache sachen ding dinge
    """.split()
)
_ARTICLES = frozenset(
    "the a an this that these those our your my their some any each every another der die das den dem des ein eine "
    "einen "
    "einem einer unser unsere diese dieser dieses".split()
)
_FEWEST_LETTERS = 4
_FEWEST_TIMES = 2
_PAIR_WEIGHT = 2.2
_PHRASES = 2


def key_phrases(texts: Sequence[str], place: int, most: int = _PHRASES) -> list[str]:
    """Of the text at `place` among all, best first: what it says often and the others do not."""
    return _best(texts, [_phrases(text) for text in texts], place, most)


def all_key_phrases(texts: Sequence[str], most: int = _PHRASES) -> list[list[str]]:
    """Of each text among all."""
    counted = [_phrases(text) for text in texts]
    return [_best(texts, counted, place, most) for place in range(len(texts))]


def _best(texts: Sequence[str], counted: Sequence[Counter[str]], place: int, most: int) -> list[str]:
    own = counted[place]
    written = _spellings(texts[place])
    scored = {
        phrase: count
        * math.log(1 + len(texts) / sum(phrase in other for other in counted))
        * (_PAIR_WEIGHT if " " in phrase else 1)
        for phrase, count in own.items()
        if count >= _FEWEST_TIMES
    }
    found: list[str] = []
    for phrase in sorted(scored, key=lambda phrase: (-scored[phrase], phrase)):
        parts = set(phrase.split())
        if all(parts.isdisjoint(other.split()) for other in found):
            found.append(phrase)
        if len(found) == most:
            break
    return [written[phrase] for phrase in found]


def _phrases(text: str) -> Counter[str]:
    """Only what an article stands before somewhere: things, rather than what is done."""
    counted: Counter[str] = Counter()
    things: set[str] = set()
    before, article, article_before = "", False, False
    for token in _TOKEN.findall(text):
        stemmed = _stemmed(token)
        if stemmed:
            counted[stemmed] += 1
            if article:
                things.add(stemmed)
            if before and before != stemmed:
                counted[f"{before} {stemmed}"] += 1
                if article_before:
                    things.add(f"{before} {stemmed}")
        article_before = article and bool(stemmed)
        article = token.casefold() in _ARTICLES
        before = stemmed
    return Counter({phrase: count for phrase, count in counted.items() if phrase in things})


def _stemmed(token: str) -> str:
    """Empty for what carries no meaning."""
    folded = token.casefold()
    if len(folded) < _FEWEST_LETTERS or folded in _FILLERS or is_function_word(folded) or not folded[0].isalpha():
        return ""
    return stem(folded)


def _spellings(text: str) -> dict[str, str]:
    """The way each phrase is written most."""
    written: dict[str, Counter[str]] = {}
    before, before_as = "", ""
    for token in _TOKEN.findall(text):
        stemmed = _stemmed(token)
        if stemmed:
            written.setdefault(stemmed, Counter())[token] += 1
            if before and before != stemmed:
                written.setdefault(f"{before} {stemmed}", Counter())[f"{before_as} {token}"] += 1
        before, before_as = stemmed, token
    return {phrase: min(ways, key=lambda way: (-ways[way], way)) for phrase, ways in written.items()}
