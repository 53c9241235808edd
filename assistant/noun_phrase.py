"""The noun phrases of a question: what it is about, who it is for, where it holds. English and German, by rule."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.words import is_function_word

_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:[-.'’][^\W_]+)*")
_LEADS = frozenset(
    "in at for from to of with by on about under during after before without as until since "
    "im am für aus von mit nach bei beim zu zum zur vom ohne ab seit bis über während als an auf unter "
    "ins ans aufs".split()
)
_ARTICLES = frozenset(
    "the a an my our your their his her its der die das den dem des ein eine einen einem einer".split()
)
_AUXILIARIES = frozenset(
    "do does did can could should must will would may might shall have has had kann können darf dürfen muss müssen "
    "soll sollen".split()
)
_COPULAS = frozenset("is are was were be been ist sind war waren wird werden wurde wurden".split())
_ASKERS = frozenset("i you we they he she it people one ich wir du sie man er es".split())
_EMPTY = frozenset(
    """
    many much long often far old tall big large high fast soon late early happens happen happened mean means meant
    talking speaking going back tell know say saying see thanks thank clarifying okay ok yes please information
    question subject wonder wondering interested kind type types kinds sort thing things way ways get gets got give
    take takes took make makes need needs want wants use used uses work worked come comes came go goes
    went apply applies cover covers last lasts cost costs pay pays start starts end ends begin begins change changes
    find found open opened closed available called call look looks allowed possible true
    free responsible mandatory required eligible
    entitled valid due different difference differences important importance
    lange viel viele oft hoch weit gibt geben gilt gelten dauert dauern kostet kosten bekomme bekommt bekommen beantrage
    beantragen heißt bedeutet passiert macht machen brauche braucht brauchen muss darf erlaubt möglich nötig ins ans
    aufs übers fürs
    """.split()
)
"""Words that ask, tell or only link two phrases: alone they are about nothing."""
_PARTICIPLE = re.compile(
    r".{3,}ed|made|paid|held|kept|taken|given|sent|built|found|known|done|sold|bought|born|won|lost|written"
)
_GERMAN = re.compile(
    r"\b(?:der|die|das|den|dem|ein|eine|einen|einem|einer|ist|sind|wie|wer|wann|warum|wo|und|für|gibt|kann|muss|darf|ich"
    r"|wir|nicht|mit|bei|von|zum|zur|welche[rsnm]?|gilt)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\b(?:the|an?|is|are|were|do|does|did|how|what|who|when|why|where|and|for|with|of|my|can|must|i|we)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """`start` and `end` count characters of the text; `lead` is the preposition before it, or empty."""

    text: str
    start: int
    end: int
    lead: str
    is_name: bool
    article: str
    """The word before it, where that is an article or says whose it is."""
    start_with_article: int


def is_german(text: str) -> bool:
    return len(_GERMAN.findall(text)) > len(_ENGLISH.findall(text))


def noun_phrases(text: str) -> tuple[NounPhrase, ...]:
    """In order. Verbs and adjectives slip in where only a dictionary could tell them from nouns."""
    return noun_phrases_in(text, german=is_german(text))


def noun_phrases_in(text: str, *, german: bool) -> tuple[NounPhrase, ...]:
    """The same of a few words whose language is known from what was said before."""
    tokens = list(_TOKEN.finditer(text))
    found = []
    for first, last in _runs(text, tokens, splits_names=not german):
        before = [token[0].casefold() for token in tokens[max(0, first - 2) : first]]
        after = tokens[last][0].casefold() if last < len(tokens) else ""
        chosen = _german_nouns(tokens[first:last]) if german else _english_nouns(tokens[first:last], before, after)
        if not chosen:
            continue
        start, end = chosen[0].start(), chosen[-1].end()
        at_start = chosen[0].start() == tokens[0].start() or text[: chosen[0].start()].rstrip()[-1:] in ".!?"
        capitalised = all(_is_capitalised(token[0]) for token in chosen) and (not at_start or len(chosen) > 1)
        lead = next((word for word in reversed(before) if word not in _ARTICLES), "")
        article = tokens[first - 1][0] if before and before[-1] in _ARTICLES and chosen[0] is tokens[first] else ""
        without_article = bool(before) and before[-1] == lead
        is_name = capitalised and (not german or (lead in _LEADS and without_article))
        found.append(
            NounPhrase(
                text[start:end],
                start,
                end,
                lead if lead in _LEADS else "",
                is_name,
                article,
                tokens[first - 1].start() if article else start,
            )
        )
    return tuple(found)


def names_in(text: str) -> tuple[str, ...]:
    """Runs of two and more capitalised words, in order: people and things that a reply names."""
    return tuple(dict.fromkeys(re.findall(r"\b[A-ZÄÖÜ][\w'’-]+(?: [A-ZÄÖÜ][\w'’-]+)+", text)))


def _runs(text: str, tokens: Sequence[re.Match[str]], *, splits_names: bool) -> list[tuple[int, int]]:
    """Stretches of tokens (from, up to) without function words or marks between; a name is a stretch of its own."""
    runs: list[tuple[int, int]] = []
    open_at: int | None = None
    for place, token in enumerate(tokens):
        breaks = open_at is not None and (
            text[tokens[place - 1].end() : token.start()].strip() != ""
            or (splits_names and _ends_name(tokens[open_at:place], token))
        )
        stops = is_function_word(token[0]) or token[0].casefold() in _EMPTY
        if open_at is not None and (breaks or stops):
            runs.append((open_at, place))
            open_at = None
        if open_at is None and not stops:
            open_at = place
    if open_at is not None:
        runs.append((open_at, len(tokens)))
    return runs


def _ends_name(run: Sequence[re.Match[str]], token: re.Match[str]) -> bool:
    """Whether two or more capitalised words are over, as in `Berlin Wall | come`; `Graz office` stays together."""
    return len(run) > 1 and all(_is_capitalised(word[0]) for word in run) and not _is_capitalised(token[0])


def _english_nouns(run: Sequence[re.Match[str]], before: Sequence[str], after: str) -> Sequence[re.Match[str]]:
    last = before[-1] if before else ""
    if (last == "to" and not _is_capitalised(run[0][0])) or last in _ASKERS or (last == "who" and len(run) > 1):
        return run[1:]
    if len(run) == 1 and last in _COPULAS and _PARTICIPLE.fullmatch(run[0][0]):
        return ()
    if len(run) > 1 and not _is_capitalised(run[-1][0]):
        verb_is_last = after not in _EMPTY and any(word in _AUXILIARIES for word in before)
        if verb_is_last or (any(word in _COPULAS for word in before) and _PARTICIPLE.fullmatch(run[-1][0].casefold())):
            return run[:-1]
    return run


def _german_nouns(run: Sequence[re.Match[str]]) -> Sequence[re.Match[str]]:
    """From the first capitalised word to the last; what a sentence begins with is capitalised anyway."""
    places = [place for place, token in enumerate(run) if _is_capitalised(token[0])]
    return run[places[0] : places[-1] + 1] if places else ()


def _is_capitalised(word: str) -> bool:
    return word[:1].isupper() or word[:1].isdigit()
