"""Whether two texts that speak of the same say the opposite: negations, opposites and quantities turned round."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.words import is_function_word, stem, words

REACH = 4
"""A negation is taken to bear on so many content words after it, in its own clause."""

_NEGATIONS = frozenset(
    """
    not no never neither nor none nobody nothing nowhere cannot without hardly can't won't don't doesn't
    didn't isn't aren't wasn't weren't haven't hasn't hadn't wouldn't shouldn't couldn't mustn't needn't n't
    nicht kein keine keinen keinem keiner keines nie niemals ohne pas jamais aucun aucune sans ni nunca
    jamás ningún ninguna ninguno sin tampoco nessun nessuno niet geen nooit zonder não nenhum nenhuma sem не
    нет никогда без
    """.split()
)
_BEFORE_ITS_NEGATION = frozenset("pas jamais nicht niet".split())
"""These also follow what they negate: `gilt nicht`, `ne couvre pas`."""

_NOT_REALLY = re.compile(
    r"\b(?:not only|not just|not necessarily limited|no (?:later|more|less|fewer|longer) than|"
    r"not (?:more|less|later) than|whether or not|no matter|not limited to|no doubt|nicht nur|"
    r"non seulement|no solo|no sólo|no\.)",
    re.IGNORECASE,
)

_OPPOSITES = tuple(
    (frozenset(stem(word) for word in one.split()), frozenset(stem(word) for word in other.split()))
    for one, other in (
        ("increase rise grow raise gain", "decrease fall decline reduce drop lower shrink"),
        ("maximum most", "minimum least"),
        ("before", "after"),
        ("always", "never"),
        ("all every", "none some"),
        ("above over exceed", "below under"),
        ("more", "less fewer"),
        ("include including", "exclude excluding except"),
        ("allow permit may", "forbid prohibit ban"),
        ("mandatory required compulsory must", "optional voluntary"),
        ("accept approve", "reject refuse deny decline"),
        ("eligible", "ineligible"),
        ("legal", "illegal"),
        ("paid", "unpaid"),
        ("covered", "uncovered"),
        ("available", "unavailable"),
        ("first", "last"),
        ("high higher highest", "low lower lowest"),
        ("early earlier earliest", "late later latest"),
        ("begin start", "end stop finish"),
        ("internal", "external"),
        ("win", "lose"),
        ("buy purchase", "sell"),
        ("open", "close"),
        ("enable", "disable"),
        ("true", "false"),
        ("north", "south"),
        ("east", "west"),
        ("left", "right"),
        ("full-time", "part-time"),
    )
)
_BARE_OPPOSITES = (
    ("at least", "at most"),
    ("no more than", "at least"),
    ("up to", "at least"),
    ("more than", "less than"),
)

_CLAUSE_END = re.compile(
    r"[.;!?。！？\n()]+|,\s|\s--?\s|\b(?:although|but|whereas|while|unless|except|because|which|who|aber|obwohl|mais|pero)\b",
    re.IGNORECASE,
)
_ENDS_REACH = frozenset("and but although because while which who that und aber weil et mais y pero".split())

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,;:.!?。！？،؛]")


@dataclass(frozen=True, slots=True)
class _Clause:
    stems: frozenset[str]
    negated: frozenset[str]
    """The stems that a negation bears on."""


def contradiction(sentence: str, quotes: Sequence[str]) -> str | None:
    """What turns the sentence against its quotes, in words for a log, or None. Looks only at words that both use."""
    said = _clause(sentence)
    clauses = [_clause(clause) for quote in quotes for clause in _clauses(quote)]
    about_it = [clause for clause in clauses if _is_about(clause, said)]
    sourced = frozenset().union(*(clause.stems for clause in clauses))
    if said.negated & sourced and not any(clause.negated for clause in about_it or clauses):
        return f"it negates “{min(said.negated & sourced)}”, its quotes do not"
    # The quotes may negate what the sentence does not speak of: only a clause of which it says most counts.
    for clause in about_it:
        if clause.negated & said.stems and not said.negated:
            return f"its quotes negate “{min(clause.negated & said.stems)}”, it does not"
    return _opposite(sentence, quotes)


def _is_about(clause: _Clause, said: _Clause) -> bool:
    shared = len(clause.stems & said.stems)
    return shared >= 0.6 * len(clause.stems) and shared >= 0.3 * len(said.stems) > 0


def _opposite(sentence: str, quotes: Sequence[str]) -> str | None:
    said = {stem(word) for word in words(sentence)}
    sourced = {stem(word) for quote in quotes for word in words(quote)}
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if said & one and not said & other and sourced & other and not sourced & one:
                return f"it says “{min(said & one)}”, its quotes “{min(sourced & other)}”"
    folded, source = (
        f" {' '.join(words(sentence))} ",
        f" {' '.join(word for quote in quotes for word in words(quote))} ",
    )
    for bare in _BARE_OPPOSITES:
        for phrase, opposite in (bare, bare[::-1]):
            if f" {phrase} " in folded and f" {opposite} " in source and f" {phrase} " not in source:
                return f"it says “{phrase}”, its quotes “{opposite}”"
    return None


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE_END.split(text) if clause.strip()]


def _clause(text: str) -> _Clause:
    readable = _NOT_REALLY.sub(" ", text.replace(" n't", "n't"))
    tokens = [token.casefold().replace("’", "'") for token in _TOKEN.findall(readable)]
    stems: set[str] = set()
    negated: set[str] = set()
    for place, token in enumerate(tokens):
        if token in _NEGATIONS:
            negated.update(_reach(tokens[place + 1 :]))
            if token in _BEFORE_ITS_NEGATION:
                negated.update(_reach(tokens[:place][::-1]))
        elif token[0].isalnum() and not is_function_word(token):
            stems.add(stem(token))
    return _Clause(frozenset(stems), frozenset(negated))


def _reach(tokens: Sequence[str]) -> Iterator[str]:
    found = 0
    for token in tokens:
        if not token[0].isalnum() or token in _ENDS_REACH:
            return
        if not is_function_word(token):
            yield stem(token)
            found += 1
            if found == REACH:
                return
