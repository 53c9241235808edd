"""Whether two texts that speak of the same say the opposite: negations, opposites, quantities turned round, and duties
where there is only permission.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.words import content_words, is_function_word, stem, words

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

_DUTY = re.compile(
    r"\b(?:must|shall|(?:have|has|need|needs) to|required|mandatory|obligatory|compulsory|obliged|müssen|muss|"
    r"verpflicht\w+|pflicht|vorgeschrieben)\b",
    re.IGNORECASE,
)
_PERMISSION = re.compile(
    r"\b(?:may|can|could|allowed|permitted|optional(?:ly)?|voluntar(?:y|ily)|free to|possible|darf|dürfen|kann|können|"
    r"erlaubt|gestattet|freiwillig|möglich)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|solely|unless|except|nur|ausschließlich)\b", re.IGNORECASE)
"""`You may enter only with a badge`: then one must have it."""
_CONDITION = re.compile(r"\b(?:if|once|when|by|after|provided|wenn|falls|sofern)\b", re.IGNORECASE)
"""`You may enter once you register`: then one must register. What has to be done stands after it."""
_STATED_AFTER = re.compile(r"required|mandatory|obligatory|compulsory|pflicht|vorgeschrieben", re.IGNORECASE)
"""`Registration is required`, unlike `you must register`."""
_VERB_LAST = re.compile(r"müssen|muss|verpflicht\w+", re.IGNORECASE)

_JOINED = re.compile(r"\s(?:and|or|und|oder)\s", re.IGNORECASE)
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
    if any(words(sentence) == words(quote) for quote in quotes):
        return None
    settled = _settled_by_clauses(sentence, quotes)
    if settled.turned is not None:
        return settled.turned
    if not settled.all_agree:
        negated = _negated(sentence, quotes)
        if negated is not None:
            return negated
    return _duty(sentence, quotes) or _opposite(sentence, quotes)


@dataclass(frozen=True, slots=True)
class _Settled:
    """What the clauses of a sentence show that say nearly the same as a clause of its quotes."""

    turned: str | None
    all_agree: bool


def _settled_by_clauses(sentence: str, quotes: Sequence[str]) -> _Settled:
    """A clause is compared with those that share most words with it: `badges are required and photos are not`."""
    parts = [part for quote in quotes for part in _parts(quote)]
    sourced = [_clause(part) for part in parts]
    denied = [clause.stems for clause, part in zip(sourced, parts, strict=True) if _negates(part)]
    agree = 0
    open_ones = 0
    for part in _parts(sentence):
        said = _clause(part)
        if len(said.stems) < _TELLING_STEMS:
            named = {word for word in said.stems if not word.isdigit()}
            open_ones += bool(said.negated) or (not _negates(part) and any(named & stems for stems in denied))
            continue
        near = [clause for clause in sourced if _is_nearly(clause.stems, said.stems)]
        if not near:
            open_ones += 1
            continue
        most = max(_alike(clause, said) for clause in near)
        best = [clause for clause in near if _alike(clause, said) == most]
        if all(bool(clause.negated & said.stems) != bool(said.negated & clause.stems) for clause in best):
            return _Settled(f"“{part.strip()}” is negated in only one of sentence and quotes", all_agree=False)
        agree += 1
    return _Settled(None, all_agree=agree > 0 and not open_ones)


_TELLING_STEMS = 2
"""A clause of fewer content words is cut off from the rest of what it says."""


def _negates(part: str) -> bool:
    return not _NEGATIONS.isdisjoint(words(_NOT_REALLY.sub(" ", part)))


def _is_nearly(stems: frozenset[str], said: frozenset[str]) -> bool:
    shared = len(stems & said)
    return shared >= 0.75 * len(said) and shared >= 0.6 * len(stems)


def _alike(clause: _Clause, said: _Clause) -> int:
    return 2 * len(clause.stems & said.stems) - len(clause.stems | said.stems)


def _parts(text: str) -> list[str]:
    return [part for clause in _clauses(text) for part in _JOINED.split(clause)]


def _negated(sentence: str, quotes: Sequence[str]) -> str | None:
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
    return None


def _duty(sentence: str, quotes: Sequence[str]) -> str | None:
    """A permission told as a duty. A duty told as a possibility is common: `you can apply in the portal`."""
    if any(_DUTY.search(quote) for quote in quotes):
        return None
    for part in _clauses(sentence):
        duty = _DUTY.search(part)
        said = _clause(_DUTY.sub(" ", part))
        if duty is None or _PERMISSION.search(part) or said.negated:
            continue
        for clause in (clause for quote in quotes for clause in _clauses(quote)):
            permission = _PERMISSION.search(clause)
            sourced = _clause(_PERMISSION.sub(" ", clause))
            if permission is None or sourced.negated or _ONLY.search(clause):
                continue
            if _demanded(part, duty) & _conditions(clause, permission):
                continue
            if said.stems and _is_nearly(sourced.stems, said.stems):
                return f"it says “{duty[0]}”, its quotes “{permission[0]}”"
    return None


def _demanded(part: str, duty: re.Match[str]) -> set[str]:
    """The stem of what a duty is to do: mostly the word after it."""
    before, after = content_words(part[: duty.start()]), content_words(part[duty.end() :])
    if _VERB_LAST.fullmatch(duty[0]):
        return set(after[-1:])
    return set(after[:1] + before[-1:] if _STATED_AFTER.fullmatch(duty[0]) else after[:1])


def _conditions(clause: str, permission: re.Match[str]) -> set[str]:
    """The stems that stand under a condition of a permission: up to the permission where that follows."""
    condition = _CONDITION.search(clause)
    if condition is None:
        return set()
    end = permission.start() if permission.start() > condition.end() else len(clause)
    return set(content_words(clause[condition.end() : end]))


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
