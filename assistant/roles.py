"""Whether two names, or two parties, have exchanged their roles: `Anna reports to Ben` against `Ben reports to Anna`.
English and German.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.facts import names
from assistant.words import content_words, is_function_word, shared_share, stem, words

LEAST_SHARED = 0.7
"""Quotes that share less of the sentence's content words may speak of something else."""

_PARTY_NOUNS = tuple(
    """
    employee worker staff manager supervisor director lead leader head boss chief company employer contractor customer
    client supplier vendor buyer seller lender borrower tenant landlord teacher student mentor mentee trainer trainee
    candidate recruiter reviewer author sender recipient parent child department board committee owner user
    administrator doctor patient nurse agent officer colleague partner agency bank insurer visitor host organisation
    organization government team applicant approver subsidiary licensor licensee
    """.split()
)
_PARTIES = frozenset(stem(word) for word in _PARTY_NOUNS)
_PLURAL_PARTIES = {f"{word}s": stem(word) for word in _PARTY_NOUNS}
"""`employees` has the stem of the verb `employs`."""
_GERMAN_PARTIES = frozenset(
    """
    mitarbeiter mitarbeiterin mitarbeitend angestellt vorgesetzt führungskraft leiter leiterin chef chefin firma
    unternehmen arbeitgeber arbeitnehmer kund kundin lieferant verkäufer käufer mieter vermieter abteilung betriebsrat
    besucher gastgeber mentorin auszubildend ausbilder
    """.split()
)
_MARKS = frozenset(
    "to from for by of against over under before after into than instead behind towards an für von vom nach vor über "
    "gegen als zu zum zur durch statt unter".split()
)
"""What stands before a name and gives it its role."""
_OF = frozenset("of von des der 's".split())
_DETERMINERS = frozenset(
    "the a an his her their its our your my each every any this that these those dem den der die das ein eine einen "
    "einem einer ihr ihre ihren seine seinen unser unsere jede jeder jeden mr mrs ms dr herr frau".split()
)
_JOINS = frozenset("and or und oder sowie".split())
_OBJECT_ARTICLES = frozenset("den dem einen einem ihren ihrem seinen seinem jeden".split())
_BE = frozenset("is are was were be been being gets got ist sind war waren wird werden wurde wurden worden".split())
_BY = frozenset("by von vom durch".split())
_EITHER_WAY = frozenset(
    stem(word)
    for word in """
    meet met marry married merge differ border agree match correspond cooperate collaborate equal share compete talk
    discuss compare combine connect link pair partner trifft treffen heiratet gleicht
    """.split()
)
"""Verbs of which both sides are alike."""
_TURNS = frozenset("whom whose dessen deren who which that".split())
"""After these, what comes first may be what something is done to."""

_TOKEN = re.compile(r"'s\b|’s\b|[^\W_](?:[\w&@+/-]|[.](?=\w))*|[,;:.!?()|]")
_BREAKS = frozenset(";:.!?|")
_GERMAN_ENDING = re.compile(r"(?:e[nrms]?|n)$")
_ENDS_OF_A_WAY = frozenset("from to von nach".split())
_DOER, _DONE_TO = "doer", "done to"
_MOST_BETWEEN = 14
"""Words between two names that one verb is taken to join."""


@dataclass(frozen=True, slots=True)
class _Party:
    """`start` to `end` are its tokens. `keys` are the words it can be called by."""

    start: int
    end: int
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Bond:
    """Two parties around the same words, with the role that each has. `around` are the stems between them."""

    one: _Party
    other: _Party
    role_of_one: str
    role_of_other: str
    around: frozenset[str]


def exchanged_roles(sentence: str, quotes: Sequence[str]) -> str | None:
    """In words for a log, which two have exchanged their roles around the same word; or None.

    Only where the quotes hold nearly all of the sentence's words, and nowhere give the two the same roles.
    """
    said = list(_bonds(sentence))
    if not said or shared_share(_telling_words(sentence), _telling_words("\n".join(quotes))) < LEAST_SHARED:
        return None
    sourced = [bond for quote in quotes for bond in _bonds(quote)]
    for bond in said:
        same = [found for other in sourced if (found := _aligned(bond, other)) is not None]
        if same and all(_is_exchanged(bond, found) for found in same):
            return f"“{min(bond.one.keys)}” and “{min(bond.other.keys)}” have each other’s place in its quotes"
    return None


def _is_exchanged(bond: _Bond, other: _Bond) -> bool:
    roles, others = (bond.role_of_one, bond.role_of_other), (other.role_of_one, other.role_of_other)
    return roles == others[::-1] != others


def _telling_words(text: str) -> set[str]:
    return {_GERMAN_ENDING.sub("", word) for word in content_words(text)}


def _aligned(bond: _Bond, other: _Bond) -> _Bond | None:
    """`other` with its parties in the order of `bond`'s, if they are the same around the same word."""
    if not bond.around & other.around:
        return None
    if bond.one.keys & other.one.keys and bond.other.keys & other.other.keys:
        return other
    if bond.one.keys & other.other.keys and bond.other.keys & other.one.keys:
        return _Bond(other.other, other.one, other.role_of_other, other.role_of_one, other.around)
    return None


def _bonds(text: str) -> Iterator[_Bond]:
    tokens = [token.casefold().replace("’", "'") for token in _TOKEN.findall(text)]
    parties = list(_parties(text, tokens))
    for first, last in _near(parties):
        one, other = parties[first], parties[last]
        between = tokens[one.end : other.start]
        if one.keys & other.keys or _BREAKS & set(between):
            continue
        inside = parties[first + 1 : last]
        if any(party.keys & (one.keys | other.keys) for party in inside) or _TURNS & set(between):
            continue
        around = frozenset(
            stem(word)
            for word in between
            if word[0].isalpha()
            and not is_function_word(word)
            and not any(stem(word) in party.keys or _party_word(word) in party.keys for party in inside)
        )
        if around & _EITHER_WAY:
            continue
        bond = _bond(tokens, one, other, inside, around)
        if bond is not None:
            yield bond


def _near(parties: Sequence[_Party]) -> Iterator[tuple[int, int]]:
    """The places of all two parties, in order, that one verb may join."""
    for first, one in enumerate(parties):
        for last in range(first + 1, len(parties)):
            if parties[last].start - one.end > _MOST_BETWEEN:
                break
            yield first, last


def _bond(
    tokens: Sequence[str], one: _Party, other: _Party, inside: Sequence[_Party], around: frozenset[str]
) -> _Bond | None:
    between = tokens[one.end : other.start]
    mark_of_one, mark_of_other = _mark(tokens, one), _mark(tokens, other)
    copula = [word for word in between if word in _BE]
    if "'s" in between[:1]:
        return _possessed(tokens, one, other, around) if copula else None
    is_passive = bool(copula) and mark_of_other in _BY
    if copula and not is_passive and (mark_of_other in _OF or (other.end < len(tokens) and tokens[other.end] == "'s")):
        # `Ben is the head of Anna`, `Ben is Anna's head`
        beside = between if mark_of_other in _OF else tokens[other.end + 1 : other.end + 3]
        around |= {stem(word) for word in beside if word[0].isalpha() and not is_function_word(word)}
        return _Bond(one, other, _DOER, "of", around) if around else None
    if {mark_of_one, mark_of_other} <= _ENDS_OF_A_WAY and mark_of_one is not None and mark_of_other is not None:
        return _Bond(one, other, mark_of_one, mark_of_other, around | _ENDS_OF_A_WAY)
    unclear = any(_mark(tokens, party) is None and not _is_joined(tokens, party, other) for party in inside)
    is_apposition = bool(copula) and not is_passive and mark_of_one is None and mark_of_other is None
    if not around or unclear or is_apposition:
        return None
    if is_passive and mark_of_one is None:
        return _Bond(one, other, _DONE_TO, _DOER, around)
    role_of_one = mark_of_one or (_DONE_TO if tokens[max(0, one.start - 1)] in _OBJECT_ARTICLES else _DOER)
    return _Bond(one, other, role_of_one, mark_of_other or _DONE_TO, around)


def _possessed(tokens: Sequence[str], one: _Party, other: _Party, around: frozenset[str]) -> _Bond | None:
    """`Anna's head is Ben`"""
    around |= {stem(word) for word in tokens[one.end + 1 : one.end + 3] if not is_function_word(word)}
    return _Bond(one, other, "of", _DOER, around) if _mark(tokens, other) is None else None


def _mark(tokens: Sequence[str], party: _Party) -> str | None:
    """The preposition before a party, articles and what it is joined to left out."""
    place = party.start - 1
    while place >= 0 and (tokens[place] in _DETERMINERS or tokens[place] in ("direct", "respective")):
        if tokens[place] in _MARKS and tokens[place] not in ("an", "der", "des"):
            break
        if tokens[place] == "an" and place > 0 and _party_word(tokens[place + 1]) is None:
            break
        place -= 1
    word = tokens[place] if place >= 0 else ""
    return word if word in _MARKS else None


def _is_joined(tokens: Sequence[str], party: _Party, other: _Party) -> bool:
    return set(tokens[party.end : other.start]) <= _JOINS | _DETERMINERS | {","}


def _parties(text: str, tokens: Sequence[str]) -> Iterator[_Party]:
    named = {word for name in names(f". {text}") for word in words(name)}
    # A name that opens the text is only known as one if it is one elsewhere: what has a capital there may be one.
    first = re.match(r"[^\W\d_]+", text)
    if first is not None and first[0][0].isupper() and not is_function_word(first[0]):
        opening = first[0].casefold()
        if _party_word(opening) is None:
            named.add(opening)
    begin: int | None = None
    for place, token in enumerate([*tokens, ""]):
        is_name = token in named and token[:1].isalpha()
        if is_name and begin is None:
            begin = place
        elif not is_name and begin is not None:
            yield _Party(begin, place, frozenset(tokens[begin:place]))
            begin = None
        called = _party_word(token)
        if not is_name and called is not None:
            yield _Party(place, place + 1, frozenset({called}))


def _party_word(token: str) -> str | None:
    if token in _PLURAL_PARTIES:
        return _PLURAL_PARTIES[token]
    if stem(token) in _PARTIES:
        return stem(token)
    if token in _GERMAN_PARTIES:
        return token
    without_ending = _GERMAN_ENDING.sub("", token)
    return without_ending if without_ending in _GERMAN_PARTIES else None
