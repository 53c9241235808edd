"""Whether a value stands under the same condition in a sentence as in its quotes: until or from, at most or at least,
before or after something, per month or per year, and of the same thing. English and German.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.facts import Value, placed_values
from assistant.words import content_words, is_function_word, stem, words
from corpus.locator import Span


class _Bound(StrEnum):
    """On which side of a value the things lie that are meant."""

    LOW = "at least, more than, from, after"
    HIGH = "at most, less than, until, within"


class _Side(StrEnum):
    """On which side of something else a duration lies: two weeks before the start, two weeks after it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class _Cues:
    """Of a bound: what stands before a value and what after it. Each is the source of a pattern."""

    before: str
    after: str


_TIME_CUES = {
    _Bound.HIGH: _Cues(
        before=r"no later than|not later than|not after|at the latest|latest|by|until|till|before|prior to|up to|"
        r"through|deadline(?: is|:| of)?|due|ends?|ended|ending|closes?|closing|expires?|expired|expiring|"
        r"bis(?: spätestens)?|spätestens|nicht später als|nicht nach|vor|endet|enden|endete|frist(?: ist|:)?",
        after=r"at the latest|or earlier|or before|spätestens|oder früher",
    ),
    _Bound.LOW: _Cues(
        before=r"no earlier than|not earlier than|not before|not until|since|from|after|as of|as from|effective|"
        r"starting|starts?|started|beginning|begins?|began|opens?|opening|following|"
        r"ab|seit|nach|frühestens|nicht vor|nicht früher als|beginnt|begann|beginnend|startet|vom",
        after=r"onwards?|or later|or after|at the earliest|frühestens|oder später",
    ),
}
_COMPARED_UP = "more|longer|older|greater|higher|larger|later|bigger|further|heavier"
_COMPARED_DOWN = "less|fewer|shorter|younger|lower|smaller|earlier|cheaper|lighter"
_AMOUNT_CUES = {
    _Bound.HIGH: _Cues(
        before=rf"at (?:the )?most|(?:no|not|never)(?: be)? (?:{_COMPARED_UP}) than|"
        r"(?:not(?: to)?|never|cannot|can't|mustn't|without) (?:exceed(?:s|ing)?|surpass(?:es|ing)?)|"
        rf"not over|not above|up to|(?:a )?maximum(?: of)?|max\.?|(?:{_COMPARED_DOWN}) than|under|below|within|"
        r"limited to|capped at|cap of|limit(?: of| is)?|ceiling of|restricted to|"
        r"[<≤]=?|höchstens|maximal|bis zu|bis|weniger als|kürzer als|"
        r"jünger als|niedriger als|unter|innerhalb(?: von)?|binnen|längstens|nicht (?:mehr|länger|höher) als|"
        r"nicht über|begrenzt auf",
        after=rf"or (?:{_COMPARED_DOWN}|under|below)|maximum|at (?:the )?most|at the latest|or within|höchstens|"
        r"maximal|spätestens|oder weniger|nicht (?:überschreiten|übersteigen)",
    ),
    _Bound.LOW: _Cues(
        before=rf"at (?:the )?least|at a minimum(?: of)?|(?:a )?minimum(?: of)?|min\.|"
        rf"(?:no|not|never)(?: be)? (?:{_COMPARED_DOWN}) than|"
        rf"not under|not below|(?:{_COMPARED_UP}) than|over|above|exceed(?:s|ing|ed)?|in excess of|upwards? of|beyond|"
        r"from|[>≥]=?|mindestens|wenigstens|mehr als|länger als|älter als|höher als|größer als|über|ab|"
        r"nicht (?:weniger|kürzer) als|nicht unter",
        after=rf"or (?:{_COMPARED_UP}|above|over)|and (?:more|above|over|older|up)|minimum|at (?:the )?least|"
        r"at the earliest|oder (?:mehr|länger|älter)|und mehr|mindestens|überschreite[nt]|übersteig(?:en|t)",
    ),
}
_DURATION_CUES = {_Bound.HIGH: r"before|until|vor ablauf von", _Bound.LOW: r"after|once|nach"}
"""Besides those of amounts: `after 30 days`. In turn `over` and `under` may mean `during`."""
_DURING = frozenset("over über from through unter bis".split())

_STRICT = re.compile(r"(?:more|less|fewer) than|(?:mehr|weniger) als", re.IGNORECASE)
_NAMES_BOUND = re.compile(
    r"(?P<high>\b(?:maximum|maximal\w*|max|limit|cap|ceiling|höchst\w+|obergrenze)\b)|"
    r"(?P<low>\b(?:minimum|minimal|min|mindest\w+|untergrenze)\b)",
    re.IGNORECASE,
)
"""Also at a distance: `The minimum age for drivers is 21`."""

_WEEKDAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag"
)
_GAP = re.compile(
    rf"(?:[\s,:]|\b(?:the|a|an|of|on|in|at|about|around|approximately|roughly|total|some|is|are|was|end|start|beginning|"
    rf"close|day|date|next|following|first|last|noon|midnight|year|fiscal|calendar|{_WEEKDAY}|"
    r"dem|den|der|des|die|das|am|zum|im|von|einschließlich|including|ende|anfang|etwa|rund|ca\.|insgesamt|jahr)\b|"
    r"[$€£])*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:from|between|vom|von|zwischen)\b", re.IGNORECASE)
_RANGE_END = re.compile(r"(?:\bto|\band|\bund|[-–—])\s*(?:the\s+|zum\s+)?$", re.IGNORECASE)
_RANGE_GOES_ON = re.compile(r"\s*(?:to|and|bis|und|[-–—])\s*(?:the\s+|zum\s+)?[$€£]?\d", re.IGNORECASE)

_SIDES = {
    _Side.BEFORE: re.compile(
        r"(?:before|prior to|in advance|ahead of|beforehand|vor|vorher|im voraus)\b", re.IGNORECASE
    ),
    _Side.AFTER: re.compile(r"(?:after|following|later than|from|nach|danach)\b", re.IGNORECASE),
}
_SIDE_GAP = re.compile(
    r"(?:\s*\b(?:business|working|calendar|full|consecutive|months?|weeks?|days?|hours?|years?|minutes?|of notice|"
    r"notice)\b)*\s*",
    re.IGNORECASE,
)
_ANCHOR_WORDS = 6
_COUNTED = re.compile(
    r"\s+(?:of|per|an?|each|every|von|pro|je)\s+(?:the\s+|paid\s+|annual\s+|full\s+)?(?P<things>[^\W\d_]+)",
    re.IGNORECASE,
)
_RANGE_REACH = 300
"""So many characters around a value are searched for the other end of a range."""

_UNITS = {
    "hour": r"hour|stunde",
    "day": r"(?:working |business |calendar |full )?day|(?:arbeits|kalender)?tag",
    "night": r"night|nacht",
    "week": r"(?:calendar |working )?week|woche",
    "month": r"(?:calendar )?month|(?:kalender)?monat",
    "quarter": r"quarter|quartal",
    "year": r"(?:calendar |fiscal |financial |leave )?year|annum|(?:kalender|geschäfts)?jahr",
}
_SHORT_UNITS = {
    "hour": r"hrs?|h",
    "day": r"days?",
    "night": r"nights?",
    "week": r"wks?",
    "month": r"mo|mth",
    "quarter": r"qtr",
    "year": r"yrs?",
}
"""After a slash: `$15/hr`."""
_ADVERBS = {
    "hour": r"hourly|stündlich\w*",
    "day": r"daily|per diem|täglich\w*",
    "night": r"nightly",
    "week": r"weekly|wöchentlich\w*",
    "month": r"monthly|monatlich\w*",
    "quarter": r"quarterly|vierteljährlich\w*",
    "year": r"yearly|annual(?:ly)?|p\.a\.|jährlich\w*",
}
_RATE = re.compile(
    "|".join(
        rf"(?P<{unit}>(?<!\w)(?:per|each|every|pro|je|jede[nrsm]?|(?P<weak_{unit}>an?|im|in der|am|die)|"
        r"(?:(?<=\w)|(?<=\s))/)\s*"
        rf"(?:{_UNITS[unit]})(?!\w)|(?<=\w)/\s?(?:{_SHORT_UNITS[unit]})(?!\w)|"
        rf"(?<![\w-])(?:{_ADVERBS[unit]})(?!\w))"
        for unit in _UNITS
    ),
    re.IGNORECASE,
)
_WITHIN_RATE_GAP = 4
"""So many words, at most, between an amount and `a week`, `im Monat`, which may also mean that week."""
_MENTIONED = {
    "hour": r"\w*hour\w*|\w*stunde\w*|\w*stündlich\w*|60 min\w*|heures?|horas?|uur|ore?\b|\w*/\s?h|\d*h|\d*hrs?|[mk]ph",
    "day": r"\w*days?\b|\w*dail\w+|24 hours|per diem|morning|\w*tage?n?s?\b|\w*täglich\w*|"
    r"jour\w*|quotidien\w*|d[ií]as?|diari\w+|giorn\w+|dagen?|dagelijks\w*",
    "night": r"\w*night\w*|\w*nacht\w*|nächt\w+|nuits?|noches?|notte|overnight",
    "week": rf"\w*week\w*|\w*(?:{_WEEKDAY})s?|(?:7|seven|14|fourteen) days|\w*woche\w*|\w*wöchentlich\w*|"
    r"semaines?|hebdo\w*|semanas?|semanal\w*|settiman\w+|wks?",
    "month": r"\w*month\w*|(?:30|thirty|31) days|(?:4|four) weeks|\w*monat\w*|mois|mensuel\w*|mes|meses|"
    r"mensual\w*|mes[ei]|mensil\w*|maand\w*|payroll|payslip|"
    r"\w*/\s?mo|(?:\d{3,}|(?:eur|usd|gbp|chf|euros?|dollars?|[$€£])\s?\d[\d.,]*|\d[\d.,]*\s?(?:eur|usd|gbp|chf|[$€£]))"
    r"\s?p\.\s?m\.",
    "quarter": r"\w*quarter\w*|(?:3|three) months|\w*quartal\w*|\w*vierteljähr\w*|drei monate\w*|trimest\w+|kwarta\w+",
    "year": r"\w*year\w*|\w*annu\w*|p\.a\.|(?:12|twelve) months|\w*jahr\w*|\w*jährlich\w*|zwölf monate\w*|"
    r"ann[ée]es?|ans?\b|años?|anual\w*|ann[oi]|jaar\w*|fy\s?\d*|yrs?",
}
_TABLE_OF_MENTIONS = {
    unit: re.compile(rf"(?<!\w)(?:{forms})(?!\w)", re.IGNORECASE) for unit, forms in _MENTIONED.items()
}
_OTHER_SCRIPTS = re.compile(r"[\u0370-\u1fff\u3040-\u9fff\uac00-\ud7af]")

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[;|()\n]")
_CLAUSE_END = re.compile(
    r"[.!?](?=\s|$)|[;|()\n]|,\s|\s(?:and|but|or|while|whereas|und|aber|oder|während)\s", re.IGNORECASE
)
_TURNING = re.compile(
    r"\b(?:not|no|never|neither|nor|none|nobody|cannot|without|unless|except|hardly|\w+n['’]t|nicht|kein\w*|nie|ohne|niemals|außer|"
    r"ends?|ended|ending|expir\w+|laps\w+|forfeit\w*|stop\w*|cease\w*|clos\w+|lose|loses|lost|losing|refus\w+|reject\w*|"
    r"void\w*|invalid\w*|late|delet\w+|remov\w+|forbid\w*|forbidden|prohibit\w*|bann\w+|exclu\w+|den(?:y|ied|ies)|declin\w+|only|"
    r"cancel\w*|terminat\w+|overdue|exempt\w*|free|waiv\w+|enden|endet|verf[aä]ll\w*|erl[iö]sch\w*|gelöscht|löschen|verboten|"
    r"ausgeschlossen|abgelehnt|gekündigt|nur|befreit)\b",
    re.IGNORECASE,
)
"""What may turn a bound into its opposite without a contradiction: `not after` is `until`, `expires after` too."""

_ROW = re.compile(r"\w: [^|]+\|")
"""A row of a table with its column names speaks of one thing."""

_MOST_OWNERS = 8
"""A value that stands in more places of the quotes belongs to nothing in particular."""

_CLOSE_ENOUGH = 0.2
"""A clause of the quotes counts besides the best one if it shares only so much less of the sentence's clause."""


@dataclass(frozen=True, slots=True)
class _Rate:
    span: Span
    unit: str


@dataclass(frozen=True, slots=True)
class _Mention:
    """A value with what stands around it. `cue` is the text that gives the bound."""

    text: str
    value: Value
    bound: _Bound | None
    cue: str
    side: _Side | None
    anchor: frozenset[str]
    """Content words after `before` or `after`."""
    rates: frozenset[str]
    clause: frozenset[str]
    counted: frozenset[str]
    """What the value counts or is measured by: `30 days of leave`, `60 euros a day`."""
    verb: str | None
    """The last content word of its clause before the value."""
    is_turned: bool
    """Whether its clause holds something that turns its bound."""
    is_turned_in_sentence: bool


def changed_condition(sentence: str, quotes: Sequence[str], titles: Sequence[str] = ()) -> str | None:
    """In words for a log, which value stands under another condition than in the quotes; or None.

    A condition that only one of the two gives is no contradiction, except a rate that neither quotes nor titles know
    and `more than` or `less than` a value that the quotes give exactly. Of several places with the value those count
    whose clauses share most words with the sentence's.
    """
    said = list(_mentions(sentence))
    spoken = frozenset(content_words(sentence))
    known = frozenset(content_words("\n".join(quotes)))
    sourced = [mention for quote in quotes for mention in _mentions(quote)]
    for mention in said:
        same = [other for other in sourced if mention.value.is_same(other.value)]
        problem = _contradicted(mention, _nearest(mention, same), spoken, known) or _anothers(
            mention, same, sourced, spoken
        )
        if problem is not None:
            return problem
    return _invented_rate(sentence, [*quotes, *titles])


def _nearest(mention: _Mention, others: Sequence[_Mention]) -> list[_Mention]:
    shares = [len(mention.clause & other.clause) / max(1, len(mention.clause)) for other in others]
    return [other for other, share in zip(others, shares, strict=True) if share >= max(shares) - _CLOSE_ENOUGH]


def _contradicted(
    mention: _Mention, others: Sequence[_Mention], spoken: frozenset[str], known: frozenset[str]
) -> str | None:
    if not others:
        return None
    if mention.bound is not None and all(
        _other_bound(mention, other) and not _of_something_else(mention, other, spoken, known) for other in others
    ):
        return f"it says “{mention.cue} {mention.text}”, its quotes “{others[0].cue} {others[0].text}”"
    if all(_other_side(mention, other) for other in others):
        return f"it says “{mention.text}” {mention.side}, its quotes {others[0].side}"
    if mention.rates and all(other.rates and not other.rates & mention.rates for other in others):
        return f"it says “{mention.text}” per {min(mention.rates)}, its quotes per {min(others[0].rates)}"
    return None


def _anothers(
    mention: _Mention, same: Sequence[_Mention], sourced: Sequence[_Mention], spoken: frozenset[str]
) -> str | None:
    """A value that the quotes give to something else: the sentence names what has another one, and not what has it."""
    if not same or len(same) > _MOST_OWNERS:
        return None
    for other in sourced:
        if not other.value.is_comparable(mention.value) or any(other.value.is_same(own.value) for own in same):
            continue
        shared = mention.clause & other.clause
        if all(shared - own.clause and not spoken & (owners := _owners(own, other)) and owners for own in same):
            return f"it says “{mention.text}” of what has “{other.text}” in its quotes"
    return None


def _owners(own: _Mention, other: _Mention) -> frozenset[str]:
    """The words that tell what has the value of `own` from what has the value of `other`."""
    alone = own.clause - other.clause
    if not other.counted or other.counted & own.counted:
        alone -= own.counted
    # `Vans cost 60 euros, and cars 40 euros`: the second clause leaves out the verb of the first.
    leaves_out_verb = other.verb is None or len(other.clause) == 1
    return alone - {own.verb} if leaves_out_verb and len(alone) > 1 else alone


def _other_bound(mention: _Mention, other: _Mention) -> bool:
    turned = mention.is_turned != other.is_turned or mention.is_turned_in_sentence != other.is_turned_in_sentence
    if turned or mention.bound is other.bound:
        return False
    return other.bound is not None or (_STRICT.fullmatch(mention.cue) is not None and mention.clause <= other.clause)


def _of_something_else(mention: _Mention, other: _Mention, spoken: frozenset[str], known: frozenset[str]) -> bool:
    """Whether one thing ends where another begins: `the old rule applied until May`, `the new rule from May`.

    The sentence's clause then names what the quotes hold outside the value's clause, and not all that is in that.
    """
    if not mention.value.is_time:
        return False
    cues = frozenset(_stems(f"{mention.cue} {other.cue}"))
    named = (mention.clause - other.clause - cues) & known
    return bool(named) and bool(other.clause - cues - spoken)


def _other_side(mention: _Mention, other: _Mention) -> bool:
    sides = {mention.side, other.side}
    return None not in sides and len(sides) == 2 and bool(mention.anchor & other.anchor)


def _invented_rate(sentence: str, sources: Sequence[str]) -> str | None:
    known = " | ".join(sources)
    if _OTHER_SCRIPTS.search(known):
        return None
    for match in _RATE.finditer(sentence):
        unit = next(unit for unit in _UNITS if match[unit])
        if match[f"weak_{unit}"] is None and _TABLE_OF_MENTIONS[unit].search(known) is None:
            return f"it says “{match[0]}”, its quotes nothing of the kind"
    return None


def _mentions(text: str) -> Iterator[_Mention]:
    placed = placed_values(text)
    folded, values = placed.text, placed.values
    rates = _rates_of(folded, values)
    whole = Span(0, len(folded))
    sentence_ends = _breaks(folded, _SENTENCE_END, values)
    clause_ends = [] if _ROW.search(folded) else _breaks(folded, _CLAUSE_END, values)
    surroundings = _Surroundings(folded, values)
    for place, value in enumerate(values):
        sentence = _around(value.span, sentence_ends, whole)
        clause = _around(value.span, clause_ends, whole)
        last = values[place - 1].span.end if place else 0
        before = folded[max(sentence.start, last) : value.span.start]
        following = values[place + 1].span.start if place + 1 < len(values) else len(folded)
        after = folded[value.span.end : min(sentence.end, following)]
        in_range = _in_range(
            folded[max(sentence.start, value.span.start - _RANGE_REACH) : value.span.start],
            folded[value.span.end : value.span.end + _RANGE_REACH],
        )
        found = (in_range, "") if in_range else _bound(value, before, after)
        bound, cue = found if found is not None else (None, "")
        side, anchor = _side(folded[value.span.end : sentence.end]) if value.is_duration else (None, frozenset())
        yield _Mention(
            text=folded[value.span.start : value.span.end],
            value=value,
            bound=bound,
            cue=cue,
            side=side,
            anchor=anchor,
            rates=frozenset(rates.get(place, ())),
            clause=surroundings.words_of(clause, place),
            counted=_counted(folded[value.span.end : clause.end]),
            verb=next(iter(_stems(folded[clause.start : value.span.start])[::-1]), None),
            is_turned=surroundings.is_turned(clause, cue),
            is_turned_in_sentence=surroundings.is_turned(sentence, cue),
        )


def _breaks(text: str, end: re.Pattern[str], values: Sequence[Value]) -> list[Span]:
    """Where `end` is found, except within a value: `3. May`."""
    within = {place for value in values for place in range(value.span.start, value.span.end)}
    return [Span(*match.span()) for match in end.finditer(text) if match.start() not in within]


def _around(span: Span, breaks: Sequence[Span], whole: Span) -> Span:
    """From the break before `span` to the one after it."""
    before = bisect_right(breaks, span.start, key=lambda found: found.end)
    after = bisect_left(breaks, span.end, key=lambda found: found.start)
    return Span(
        breaks[before - 1].end if before else whole.start, breaks[after].start if after < len(breaks) else whole.end
    )


def _counted(after: str) -> frozenset[str]:
    """The content words that `of` or `per` joins to a value."""
    found: set[str] = set()
    position = 0
    while (match := _COUNTED.match(after, position)) is not None:
        found.update(_stems(match["things"]))
        position = match.end()
    return frozenset(found)


class _Surroundings:
    """What stands around the values of a text. Each clause is read once, however many values are in it."""

    def __init__(self, text: str, values: Sequence[Value]) -> None:
        self._text = text
        self._values = values
        self._counts: dict[Span, Counter[str]] = {}
        self._turned: dict[tuple[Span, str], bool] = {}

    def words_of(self, clause: Span, place: int) -> frozenset[str]:
        """The content words of a clause without those of one value in it."""
        if clause not in self._counts:
            self._counts[clause] = self._count(clause)
        count = self._counts[clause]
        own = Counter(_stems(_cut(self._text, self._values[place].span)))
        return frozenset(word for word in count if count[word] > own[word])

    def is_turned(self, clause: Span, cue: str) -> bool:
        if (clause, cue) not in self._turned:
            text = _cut(self._text, clause)
            rest = text.replace(cue, " ") if cue else text
            self._turned[clause, cue] = len(_TURNING.findall(rest)) % 2 == 1
        return self._turned[clause, cue]

    def _count(self, clause: Span) -> Counter[str]:
        counts: Counter[str] = Counter()
        done = clause.start
        first = bisect_left(self._values, clause.start, key=lambda value: value.span.start)
        for value in self._values[first:]:
            if value.span.start >= clause.end:
                break
            counts.update(_stems(self._text[done : value.span.start]))
            counts.update(_stems(_cut(self._text, value.span)))
            done = value.span.end
        counts.update(_stems(self._text[done : clause.end]))
        return counts


def _cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


def _stems(text: str) -> list[str]:
    return [stem(word) for word in words(text) if not is_function_word(word)]


def _in_range(before: str, after: str) -> _Bound | None:
    """`from 3 to 5`: the first is the low end, the second the high one."""
    if _RANGE_END.search(before) and (_FROM.search(before) or before.rstrip()[-1:] in "-–—"):
        return _Bound.HIGH
    return _Bound.LOW if _RANGE_GOES_ON.match(after) else None


def _bound(value: Value, before: str, after: str) -> tuple[_Bound, str] | None:
    cues = _TIME_CUES if value.is_time else _AMOUNT_CUES
    found: list[tuple[int, int, _Bound, str]] = []
    for bound, own in cues.items():
        pattern = own.before
        if value.is_duration:
            pattern = f"{pattern}|{_DURATION_CUES[bound]}"
        for match in re.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", before, re.IGNORECASE):
            if _GAP.fullmatch(before, match.end()) is None:
                continue
            if value.is_duration and match[0].casefold() in _DURING:
                continue
            found.append((len(before) - match.end(), -len(match[0]), bound, match[0]))
        trailing = re.match(
            rf"(?P<between>(?:\s+[^\W\d_]+){{0,3}}?)\s+(?P<cue>{own.after})(?!\w)(?!\s+(?:of\s+)?[$€£]?\d)",
            after,
            re.IGNORECASE,
        )
        if trailing is not None and not any(_relates(word) for word in trailing["between"].split()):
            found.append((len(trailing["between"]), -len(trailing["cue"]), bound, trailing["cue"]))
    if found:
        _, _, bound, cue = min(found)
        return bound, cue
    named = [*_NAMES_BOUND.finditer(before)]
    if named and not value.is_time:
        return (_Bound.HIGH if named[-1]["high"] else _Bound.LOW), named[-1][0]
    return None


def _relates(word: str) -> bool:
    return is_function_word(word) and word.casefold() != "of"


def _side(after: str) -> tuple[_Side | None, frozenset[str]]:
    gap = _SIDE_GAP.match(after)
    start = gap.end() if gap is not None else 0
    for side, pattern in _SIDES.items():
        match = pattern.match(after, start)
        if match is not None:
            return side, frozenset(content_words(" ".join(after[match.end() :].split()[:_ANCHOR_WORDS])))
    return None, frozenset()


def _rates_of(text: str, values: Sequence[Value]) -> Mapping[int, set[str]]:
    """For each value, by its place among them, the units that it is given per."""
    found: dict[int, set[str]] = {}
    for match in _RATE.finditer(text):
        unit = next(unit for unit in _UNITS if match[unit])
        span = Span(*match.span())
        near = [
            (distance, place)
            for place in _neighbours(span, values)
            if (distance := _distance(text, span, values[place].span, match[f"weak_{unit}"] is not None)) is not None
        ]
        if near:
            found.setdefault(min(near)[1], set()).add(unit)
    return found


def _neighbours(span: Span, values: Sequence[Value]) -> Iterator[int]:
    """The places of the last value that ends before `span` and of the first that starts after it."""
    before = bisect_right(values, span.start, key=lambda value: value.span.end)
    after = bisect_left(values, span.end, key=lambda value: value.span.start)
    if before:
        yield before - 1
    if after < len(values):
        yield after


def _distance(text: str, rate: Span, value: Span, is_weak: bool) -> int | None:
    """In words, more over a comma; None where the rate cannot be the value's."""
    if rate.overlaps(value) or (is_weak and rate.start < value.end):
        return None
    between = text[value.end : rate.start] if value.end <= rate.start else text[rate.end : value.start]
    if _SENTENCE_END.search(between):
        return None
    count = len(between.split())
    if is_weak and (count > _WITHIN_RATE_GAP or any(_relates(word) for word in between.split()) or "," in between):
        return None
    return count + 3 * between.count(",")
