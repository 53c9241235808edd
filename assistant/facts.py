"""The numbers, amounts, dates and names that a text states, in a form in which two texts can be compared."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from assistant.words import is_function_word, stem, words
from corpus.locator import Span


class FactKind(StrEnum):
    NUMBER = "number"
    DATE = "date"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Fact:
    """As it stands in the text that states it."""

    kind: FactKind
    text: str


@dataclass(frozen=True, slots=True)
class _Number:
    """`values` has several readings where the notation is ambiguous (`1.500`). `unit` is None where none is given."""

    text: str
    values: frozenset[Decimal]
    unit: str | None


@dataclass(frozen=True, slots=True)
class _Day:
    year: int | None
    month: int | None
    day: int | None

    def agrees_with(self, other: "_Day") -> bool:
        """Whether both may be the same day as far as they say."""
        both = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(one is None or another is None or one == another for one, another in both) and any(
            one is not None and one == another for one, another in both
        )


@dataclass(frozen=True, slots=True)
class _Date:
    text: str
    readings: tuple[_Day, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A number or a date at its place in the text that `placed_values` gives with it."""

    span: Span
    number: _Number | None
    date: _Date | None

    @property
    def is_time(self) -> bool:
        """A point in time rather than an amount: a date, a year, an hour of the day."""
        if self.number is None or self.number.unit in ("am", "pm"):
            return True
        return self.number.unit is None and any(_is_year(value) for value in self.number.values)

    @property
    def is_duration(self) -> bool:
        return self.number is not None and self.number.unit in _DURATIONS

    def is_comparable(self, other: "Value") -> bool:
        """Whether both count the same: two dates, or two numbers of one unit."""
        if self.number is None or other.number is None:
            return self.number is other.number
        return self.number.unit is not None and self.number.unit == other.number.unit

    def is_same(self, other: "Value") -> bool:
        if self.number is not None and other.number is not None:
            units = {self.number.unit, other.number.unit} - {None}
            return bool(self.number.values & other.number.values) and len(units) < 2
        if self.date is not None and other.date is not None:
            return any(one.agrees_with(another) for one in self.date.readings for another in other.date.readings)
        return False


@dataclass(frozen=True, slots=True)
class PlacedValues:
    """`text` has its white space and its characters' forms unified; the values come in its order."""

    text: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Stated:
    numbers: tuple[_Number, ...]
    dates: tuple[_Date, ...]
    names: tuple[str, ...]


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero gennaio januari janeiro",
            "february feb februar février fevrier febrero febbraio februari fevereiro",
            "march mar märz maerz mars marzo maart março",
            "april apr avril abril aprile",
            "may mai mayo maggio mei maio",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août aout agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre decembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
_YEAR = r"(?:1[0-9]|20|21)\d\d"
_NTH = r"(?:st|nd|rd|th)"
_DATES = (
    re.compile(rf"\b(?P<y>{_YEAR})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})\b"),
    re.compile(rf"\b(?P<a>\d{{1,2}})[./](?P<b>\d{{1,2}})[./](?P<y>{_YEAR}|\d\d)\b"),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:{_NTH}|\.|º|er)?\s+(?:of\s+|de\s+)?(?P<n>{_MONTH})\b\.?(?:,?\s*(?:de\s+)?(?P<y>{_YEAR})\b)?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<n>{_MONTH})\b\.?\s+(?:the\s+)?(?P<d>\d{{1,2}}){_NTH}?\b(?![.,]?\d)(?:\s*,?\s*(?P<y>{_YEAR})\b)?",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<n>{_MONTH})\b\.?,?\s+(?:of\s+|de\s+)?(?P<y>{_YEAR})\b", re.IGNORECASE),
    re.compile(r"(?P<y>\d{4})\s*年(?:\s*(?P<m>\d{1,2})\s*月)?(?:\s*(?P<d>\d{1,2})\s*日)?"),
)
_LONE_MONTH = re.compile(
    r"\b(?:in|of|by|until|since|from|to|before|after|during|each|every|and|im|bis|seit|ab|en|au)\s+"
    rf"(?P<n>{_MONTH})\b",
    re.IGNORECASE,
)

_CURRENCIES = {
    word: unit
    for unit, spellings in (
        ("usd", "$ us$ usd dollar dollars"),
        ("eur", "€ eur euro euros"),
        ("gbp", "£ gbp pound pounds"),
        ("jpy", "¥ jpy yen 円"),
        ("chf", "chf francs franken"),
        ("inr", "₹ inr rupees"),
        ("cny", "元 cny yuan"),
        ("cent", "cent cents"),
    )
    for word in spellings.split()
}
_IDENTICAL_UNITS = (
    "mg g kg km cm mm nm ml mb gb tb bar mbar pa kpa mpa psi v mv kv w kw mw kwh mwh hz khz mhz ghz ppm db rpm"
)
_UNITS = _CURRENCIES | {
    word: unit
    for unit, spellings in (
        ("percent", "% ％ percent percentage prozent pct"),
        ("second", "second seconds sekunden secondes"),
        ("minute", "minute minutes min minuten minutos"),
        ("hour", "hour hours hr hrs stunde stunden heures horas 小时"),
        ("day", "day days day's days' tag tage tagen jour jours días 天 日"),
        ("week", "week weeks weeks' woche wochen semaine semaines semanas 周"),
        ("month", "month months months' monat monate monaten mois meses 月"),
        ("year", "year years years' jahr jahre jahren an ans années años 年"),
        ("am", "am a.m"),
        ("pm", "pm p.m"),
        ("celsius", "°c celsius"),
        ("fahrenheit", "°f fahrenheit"),
        ("litre", "l litre litres liter"),
        ("metre", "metre metres meter meters"),
        *((unit, unit) for unit in _IDENTICAL_UNITS.split()),
    )
    for word in spellings.split()
}
_DURATIONS = frozenset("second minute hour day week month year".split())
_SCALES = {
    word: scale
    for scale, spellings in (
        (12, "dozen"),
        (100, "hundred"),
        (10**3, "k thousand tausend mille mil"),
        (10**4, "万"),
        (10**6, "m mn million millions mio millionen millones"),
        (10**8, "億 亿"),
        (10**9, "bn b billion billions mrd milliarden milliards"),
        (10**12, "trillion"),
    )
    for word in spellings.split()
}
_DIGITS = re.compile(
    r"""(?<![\w.,])(?<![^\W\d_]-)(?<!\d[:/])(?P<sign>[-−–](?=[\d$€£¥₹]))?(?:(?P<currency>US\$|[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|INR))\s?)?
        (?P<digits>\d{1,3}(?:[,.'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2}(?!\d))?
            | \d+(?:\s?,\s\d{3}(?!\d))+ | \d+(?:[.,]\d+)?)(?!\d)
        (?P<ordinal>(?:st|nd|rd|th|º|ª)(?!\w))?
        (?:[ -]?(?P<scale>thousand|millions?|billions?|trillion|bn|mn|mio|mrd|millionen|milliarden|milliards|millones
            |hundred|tausend|dozen|[kKmMbB](?!\w)|万|億|亿)\b\.?)?
        (?:\s?-?\s?(?P<unit>[%％$€£]|°\s?[CFcf](?!\w)|[^\W\d_]+(?:\.m)?['’]?(?!\w)))?""",
    re.VERBOSE,
)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_NUMBER_WORDS = {word: value for value, word in enumerate(_SMALL)}
_NUMBER_WORDS |= {word: 20 + 10 * place for place, word in enumerate(_TENS)}
_NUMBER_WORDS |= {
    word: int(value)
    for word, value in (
        pair.split(":")
        for pair in """
        zwei:2 drei:3 vier:4 fünf:5 sechs:6 sieben:7 acht:8 neun:9 zehn:10 elf:11 zwölf:12 zwanzig:20 dreißig:30
        deux:2 trois:3 quatre:4 cinq:5 sept:7 huit:8 neuf:9 dix:10 onze:11 douze:12 quinze:15 vingt:20 trente:30
        dos:2 tres:3 cuatro:4 cinco:5 seis:6 siete:7 ocho:8 nueve:9 diez:10 doce:12 quince:15 veinte:20 treinta:30
        """.split()
    )
}
_ORDINAL_WORDS = {
    word: value
    for value, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1)
}
_WORD_NUMBER = re.compile(
    rf"\b(?P<words>(?:{'|'.join(sorted(map(re.escape, _NUMBER_WORDS), key=len, reverse=True))})"
    rf"(?:[- ](?:{'|'.join(_SMALL[1:])}|hundred|thousand|million|billion"
    rf"|and(?= (?:{'|'.join(_SMALL[1:] + _TENS)})\b)))*)\b"
    r"(?:\s?-?\s?(?P<unit>[%]|[^\W\d_]+['’]?(?!\w)))?",
    re.IGNORECASE,
)
_ORDINAL_WORD = re.compile(rf"\b(?:{'|'.join(_ORDINAL_WORDS)})\b", re.IGNORECASE)

_TOKEN = re.compile(r"[^\W_](?:[\w&@+/'’-]|[.:](?=\w))*[+#]{0,2}")
_IDENTIFIER = re.compile(r"(?=.*[^\W\d_])(?=.*\d)|.*[@_]|.*[a-z][A-Z]")
_ORDINAL_TOKEN = re.compile(
    rf"\d+{_NTH}$|\d+(?:[.,]\d+)?(?:k|m|bn|mn|am|pm|%|h|min)$|\d[\d,.:-]*(?:-[a-z]+)+$", re.IGNORECASE
)
_NO_NAMES = frozenset(
    "i i'm i'd i'll i've ok yes no mr mrs ms dr the a an monday's answer source note however therefore also "
    "additionally".split()
)
_OPENERS = frozenset(
    "according although announced ask both call choose consult contact dear during email inform like notify only per "
    "see select send since tell thank today under unlike use via visit welcome when write fragen kontaktieren".split()
)
"""Words that open a sentence before a name and are none themselves."""

_GERMAN = frozenset(
    "der die das und ist nicht ein eine sind wird werden für mit auf von zu den dem im oder bei nach".split()
)
_GERMAN_DETERMINERS = frozenset(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen im am zum zur vom ins beim ihr ihre "
    "ihren sein seine unser unsere jede jeder jedes alle diese dieser dieses".split()
)


def missing_facts(text: str, sources: Sequence[str], titles: Sequence[str] = ()) -> list[Fact]:
    """What `text` states and `sources` together do not.

    A name may stand in `titles` instead, since they say what a source is about.
    """
    stated = _stated(text)
    source_text, *headlines = (_folded(part) for part in (" | ".join(sources), *titles))
    sourced = _stated(source_text)
    found = [Fact(FactKind.DATE, date.text) for date in stated.dates if not _has_date(date, sourced)]
    found += [
        Fact(FactKind.NUMBER, number.text) for number in stated.numbers if not _has_number(number, sourced, source_text)
    ]
    named = _named_words([source_text, *headlines])
    found += [Fact(FactKind.NAME, name) for name in stated.names if not _has_name(name, named, source_text, headlines)]
    return [fact for fact in found if not _stands_in(fact, source_text)]


def _stands_in(fact: Fact, source: str) -> bool:
    """Letter for letter, and no number as a part of another one: `1,000` is not in `1,000,000`, nor `20` in `-20`."""
    parts = r"\s+".join(map(re.escape, fact.text.split()))
    if fact.kind is FactKind.NAME:
        return re.search(rf"(?<!\w){parts}(?!\w)", source) is not None
    return re.search(rf"(?<!\w)(?<!\d[.,:/-])(?<!\W[-−–])(?<!^[-−–]){parts}(?!\w)(?![.,:/-]\d)", source) is not None


def states_another_number(text: str, than: str) -> bool:
    """A number, or how often, that `than` does not state: a question's own numbers are no answer to it."""
    known = {value for number in _stated(than).numbers for value in number.values}
    if any(not number.values & known for number in _stated(text).numbers):
        return True
    return _HOW_OFTEN.search(text) is not None


def states_money(text: str) -> bool:
    """An amount of money or a share of one."""
    return _MONEY.search(_folded(text)) is not None


_HOW_OFTEN = re.compile(
    r"\b(?:none|never|once|twice|free of charge|unlimited|keine?|nie|einmal|zweimal|kostenlos)\b", re.IGNORECASE
)
_MONEY = re.compile(
    r"[$€£¥₹%]|\b(?:usd|eur|gbp|chf|jpy|inr|dollars?|euros?|pounds?|francs?|franken|percent|prozent|free of charge"
    r"|kostenlos)\b",
    re.IGNORECASE,
)


def has_date(text: str) -> bool:
    """Also a time of day, a duration or a weekday."""
    return bool(_dates(text)[0]) or _TIME.search(text) is not None


def names(text: str) -> tuple[str, ...]:
    return _stated(text).names


def placed_values(text: str) -> PlacedValues:
    folded = _folded(text)
    dates, without_dates = _dates(folded)
    values = [Value(Span(start, start + len(date.text)), None, date) for start, date in dates]
    values += [Value(Span(start, start + len(number.text)), number, None) for start, number in _numbers(without_dates)]
    return PlacedValues(folded, tuple(sorted(values, key=lambda value: value.span)))


def _is_year(value: Decimal) -> bool:
    return value == value.to_integral_value() and 1900 <= value < 2100


_TIME = re.compile(
    rf"\b{_YEAR}\b|\b\d{{1,2}}:\d\d\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|"
    r"\b(?:days?|weeks?|months?|years?|hours?|minutes?|annual|annually|daily|weekly|monthly|yearly|quarterly|century|centuries|"
    r"today|tomorrow|deadline|tage?n?|wochen?|monate?n?|jahre?n?|stunden?|jours?|semaines?|mois|ans|heures?|días?|semanas?|"
    r"mes(?:es)?|años?)\b",
    re.IGNORECASE,
)


def _stated(text: str) -> _Stated:
    folded = _folded(text)
    dates, without_dates = _dates(folded)
    numbers = list(_numbers(without_dates))
    rest = without_dates
    for start, number in numbers:
        rest = rest[:start] + " " * len(number.text) + rest[start + len(number.text) :]
    return _Stated(tuple(number for _, number in numbers), tuple(date for _, date in dates), tuple(_names(rest)))


def _folded(text: str) -> str:
    """Full-width digits, ligatures and superscripts as their plain forms, white space as single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _dates(text: str) -> tuple[list[tuple[int, _Date]], str]:
    """The dates, each with where it starts, and the text with them blanked out."""
    found: list[tuple[int, _Date]] = []
    for pattern in (*_DATES, _LONE_MONTH):
        blanked = text
        for match in pattern.finditer(text):
            readings = tuple(_readings(match))
            if not readings or (pattern is _LONE_MONTH and not match["n"][0].isupper()):
                continue
            start = match.start("n") if pattern is _LONE_MONTH else match.start()
            found.append((start, _Date(text[start : match.end()], readings)))
            blanked = blanked[:start] + " " * (match.end() - start) + blanked[match.end() :]
        text = blanked
    return sorted(found, key=lambda item: item[0]), text


def _readings(match: re.Match[str]) -> Iterator[_Day]:
    parts = match.groupdict()
    year = int(parts["y"]) if parts.get("y") else None
    if parts.get("a") and parts.get("b"):
        if year is not None and year < 100:
            year += 2000 if year < 70 else 1900
        first, second = int(parts["a"]), int(parts["b"])
        for one, other in dict.fromkeys(((first, second), (second, first))):
            if 1 <= one <= 12 and 1 <= other <= 31:
                yield _Day(year, one, other)
        return
    month = _MONTHS[parts["n"].casefold()] if parts.get("n") else int(parts["m"]) if parts.get("m") else None
    day = int(parts["d"]) if parts.get("d") else None
    if (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31):
        yield _Day(year, month, day)


def _numbers(text: str) -> Iterator[tuple[int, _Number]]:
    """Each with where it starts."""
    taken: list[tuple[int, int]] = []
    for match in _DIGITS.finditer(text):
        following = text[match.end("digits") : match.end("digits") + 2]
        known = match["ordinal"] or match["scale"] or _glued_unit(text, match.end("digits"))
        if re.match(r"[^\W\d_]", following) and not known:
            continue  # `3rd` and `3kg` are numbers, `3d` and `12b` identifiers: names.
        if following.startswith(")") and not text[: match.start()].rstrip().endswith("(") and len(match["digits"]) < 3:
            continue  # It numbers a point: `1) first, 2) then`.
        if re.match(r"[.:/]\d", following):
            continue  # A version, a time of day, a path: compared as a name.
        scale = _SCALES.get((match["scale"] or "").casefold(), 1)
        sign = -1 if match["sign"] else 1
        values = frozenset(sign * value * scale for value in _values(match["digits"]))
        currency = _CURRENCIES.get((match["currency"] or "").casefold())
        unit = currency or _unit(match["unit"])
        end = (
            match.end("unit")
            if unit and not currency
            else match.end("scale")
            if match["scale"]
            else match.end("digits")
        )
        taken.append((match.start(), end))
        yield match.start(), _Number(text[match.start() : end], values, unit)
    for match in _WORD_NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in taken):
            continue
        unit = _unit(match["unit"])
        spoken = match["words"]
        if spoken.casefold() == "one" and unit is None:
            continue  # `one of the`, `the one that`.
        value = _spoken_value(spoken)
        yield match.start(), _Number(match[0] if unit else spoken, frozenset({Decimal(value)}), unit)


def _glued_unit(text: str, position: int) -> bool:
    match = re.match(r"[^\W\d_]+(?!\w)", text[position:])
    return match is not None and _unit(match[0]) is not None


def _unit(word: str | None) -> str | None:
    return _UNITS.get(word.casefold().replace("’", "'").replace(" ", "")) if word else None


def _values(digits: str) -> Iterator[Decimal]:
    plain = re.sub(r"['’\s]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        yield Decimal(plain.replace(",", ""))
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", plain):
        yield Decimal(plain.replace(".", "").replace(",", "."))
        if plain.count(".") == 1 and "," not in plain:
            yield Decimal(plain)
    elif re.fullmatch(r"\d+(?:[.,]\d+)?", plain):
        yield Decimal(plain.replace(",", "."))
    else:
        yield Decimal(re.sub(r"\D", "", plain))


def _spoken_value(spoken: str) -> int:
    total = current = 0
    for word in re.split(r"[- ]", spoken.casefold()):
        if word in _NUMBER_WORDS:
            current += _NUMBER_WORDS[word]
        elif word == "hundred":
            current *= 100
        elif word in _SCALES:
            total, current = total + current * _SCALES[word], 0
    return total + current


def _has_number(number: _Number, sourced: _Stated, source_text: str) -> bool:
    same = [other for other in sourced.numbers if other.values & number.values]
    if any(number.unit in (None, other.unit) for other in same):
        return True
    if any(other.unit is None for other in same) and _mentions_unit(number.unit, source_text):
        return True
    if number.unit not in (None, "year"):
        return False
    parts = {
        part for date in sourced.dates for day in date.readings for part in (day.year, day.day) if part is not None
    }
    ordinals = {_ORDINAL_WORDS[match[0].casefold()] for match in _ORDINAL_WORD.finditer(source_text)}
    if any(value in parts or value in ordinals for value in number.values):
        return True
    return 1 in number.values and re.search(r"\b(?:one|once|single|an?)\b", source_text, re.IGNORECASE) is not None


def _mentions_unit(unit: str | None, source_text: str) -> bool:
    return any(_unit(word) == unit for word in re.findall(r"[%％$€£¥₹]|°\s?[CFcf]|[^\W\d_]+['’]?", source_text))


def _has_date(date: _Date, sourced: _Stated) -> bool:
    years = {int(value) for number in sourced.numbers for value in number.values if value == value.to_integral_value()}
    known = [day for other in sourced.dates for day in other.readings]
    years |= {day.year for day in known if day.year is not None}
    for wanted in date.readings:
        if wanted.month is None and wanted.day is None and wanted.year in years:
            return True
        for day in known:
            if wanted.month not in (None, day.month) or wanted.day not in (None, day.day):
                continue
            if wanted.year in (None, day.year) or (day.year is None and wanted.year in years):
                return True
    return False


def _names(text: str) -> Iterator[str]:
    tokens = list(_TOKEN.finditer(text))
    german = sum(token[0].casefold() in _GERMAN for token in tokens) >= 2
    for place, token in enumerate(tokens):
        name = re.sub(r"(?:'s|’s|['’.:/-]+)$", "", token[0])
        if len(name) < 2 or name.casefold() in _NO_NAMES:
            continue
        if _IDENTIFIER.match(name):
            if not _ORDINAL_TOKEN.match(name) and not (name[0].isdigit() and _unit(re.sub(r"^[\d.,]+", "", name))):
                yield name
            continue
        if re.fullmatch(r"\d+(?:[.:/]\d+)+", name) and not re.fullmatch(r"\d+\.\d+", name):
            yield name
            continue
        if not name[0].isupper() or is_function_word(name) or (name.casefold() in _MONTHS and len(name) <= 3):
            continue
        if name.isupper():
            yield name
            continue
        if _opens_sentence(text, token.start()) and not _is_name_by_its_neighbour(tokens, place, text):
            continue
        before = tokens[place - 1][0] if place else ""
        if german and (
            before.casefold() in _GERMAN_DETERMINERS or re.fullmatch(r"[a-zäöüß]+(?:e|en|er|es|em)", before)
        ):
            continue  # German writes every noun with a capital.
        yield name


def _opens_sentence(text: str, position: int) -> bool:
    before = text[:position].rstrip("\"'“‘«„([`*-– ")
    return not before or before[-1] in ".!?。！？:;•\n|" or before.endswith("''")


def _is_name_by_its_neighbour(tokens: Sequence[re.Match[str]], place: int, text: str) -> bool:
    """`Jane Doe said`: the word after it has a capital too."""
    own = tokens[place][0]
    if place + 1 >= len(tokens) or own.casefold() in _OPENERS or is_function_word(own):
        return False
    following = tokens[place + 1]
    gap = text[tokens[place].end() : following.start()]
    return (
        gap == " "
        and following[0][0].isupper()
        and not following[0].isupper()
        and not is_function_word(tokens[place][0])
    )


def _named_words(texts: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        for word in words(text):
            found.update((word, stem(word)))
    return found


def _has_name(name: str, named: set[str], source_text: str, titles: Sequence[str]) -> bool:
    parts = words(name)
    if parts and all(part in named or stem(part) in named for part in parts):
        # An identifier must stand there as a whole: `A-12` is not in `12 of class A`.
        return not _IDENTIFIER.match(name) or any(
            name.casefold() in re.sub(r"\s+", " ", text).casefold() for text in (source_text, *titles)
        )
    if name.isupper() and 2 <= len(name) <= 6:
        return any(_is_acronym(name.casefold(), text) for text in (source_text, *titles))
    return False


def _is_acronym(letters: str, text: str) -> bool:
    """Initials of words in a row: `PTO` of `paid time off`, `DOJ` of `Department of Justice`."""
    every = re.findall(r"[^\W\d_]+", text.casefold())
    telling = [word for word in every if not is_function_word(word)]
    return any(letters in "".join(word[0] for word in row) for row in (every, telling))
