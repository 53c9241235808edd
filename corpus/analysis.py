"""From text to the terms that the keyword index stores, and from a question to the terms it looks up.

Both sides cut text into the same words. A document's words become one term each, stemmed in the document's language.
A question's language is not known well enough to stem by, so each of its words becomes a group of alternatives: the
term that every language present in the index would have made of it, and the plain word.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

LONGEST_WORD = 64
"""Characters. What is longer (encoded data, mostly) is cut off here."""
LONGEST_MEMORY = 200_000
"""Words whose terms are remembered, a language; then the memory starts afresh."""

COMPOUNDING = frozenset({"da", "de", "fi", "hu", "is", "nb", "nl", "nn", "no", "sv"})
SHORTEST_COMPOUND, LONGEST_COMPOUND = 9, 40
SHORTEST_PART = 4
SHORTEST_REST = 3
"""Characters of a stemmed compound, of a part worth finding it by, and of what must be left beside that part."""

UNKNOWN = "und"

RARE = 0.05
"""A language that fewer of the chunks are in takes no part in a question that was asked in another one: its stemmer
would only confuse words (`shakespearean` and `Shakespeare`), and some of its chunks are in truth lists of names."""


def _characters(*ranges: tuple[int, int]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


# Scripts written without spaces between words: Han, kana, Hangul by character; Thai, Lao, Burmese, Khmer by cluster.
_BY_CHARACTER = _characters(
    (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
_BY_CLUSTER = _characters((0x0E01, 0x0E4E), (0x0E80, 0x0ECD), (0x1000, 0x103F), (0x1050, 0x108F), (0x1780, 0x17D3))
# Python's \w leaves out combining marks, without which no Indic word stays whole.
_MARKS = "".join(
    chr(code)
    for first, last in ((0x0300, 0x0E00), (0x0F00, 0x1000), (0x1700, 0x1780), (0x1800, 0x2000), (0xA800, 0xABFF))
    for code in range(first, last)
    if unicodedata.category(chr(code)).startswith("M")
)
_DIGITS = {
    code: str(unicodedata.digit(chr(code)))
    for first, last in ((0x0660, 0x1A90), (0xA620, 0xABFF))
    for code in range(first, last)
    if unicodedata.category(chr(code)) == "Nd"
}
_TIDY: dict[int, str | None] = {
    **_DIGITS,
    0x00AD: None,  # soft hyphen
    0x0640: None,  # Arabic tatweel
    0x200B: " ",  # zero width space: a word boundary in Khmer and Thai
    0x200C: None,
    0x200D: None,
    0x2010: "-",
    0x2011: "-",
    0x2018: "'",
    0x2019: "'",
    0x02BC: "'",
    0xFEFF: None,
}

_LETTERS = rf"(?:(?![{_BY_CHARACTER}{_BY_CLUSTER}])[^\W_]|[{_MARKS}])+"
_GROUPED_BY_SPACE = r"(?<![\w.,-])\d{1,3}(?: \d{3})+(?!\w)"
_WORD = re.compile(
    rf"{_GROUPED_BY_SPACE}|[{_BY_CHARACTER}]+|[{_BY_CLUSTER}]+|{_LETTERS}(?:[-._/:'@&]{_LETTERS})*(?:\+\+|\#)?"
)
_ASCII_WORD = re.compile(rf"{_GROUPED_BY_SPACE}|[a-zA-Z0-9]+(?:[-._/:'@&][a-zA-Z0-9]+)*(?:\+\+|#)?")
_UNSPACED = re.compile(rf"[{_BY_CHARACTER}{_BY_CLUSTER}]")
_CLUSTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?."
    "[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u1056-\u1059\u17b6-\u17d3]*"
)
_CONNECTOR = re.compile(r"[-._/:'@&]")
_RUN = re.compile(r"\d+|\D+")
_GROUPED_NUMBER = re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+)(\.\d+)?")
_NARROW_GAP = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_COMMA_IN_NUMBER = re.compile(r"(?<=\d),(?=\d)")

_PLAIN = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ک": "ك", "ی": "ي",
     "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ء": None}
)  # fmt: skip
_ARABIC_ALEF = str.maketrans("أإآٱ", "اااا")
_ARABIC_MARKS = re.compile("[\u064b-\u065f\u0670\u06d6-\u06ed]")
_UMLAUTS_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_SPELT_OUT = re.compile("ae|oe|(?<![aeq])ue")
_ARABIC_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")
_ARABIC_ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ية", "ه", "ة", "ي")
_FOLDED_BELOW = "\u0900"

Stem = Callable[[str], str]
IsStopWord = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Language:
    """What is known of one language. Words come in case-folded, accents as written."""

    code: str
    stem: Stem
    is_stop_word: IsStopWord


@dataclass(frozen=True, slots=True)
class Word:
    """A word as cut from a text. `form` is case-folded; an acronym keeps its capitals beside it."""

    form: str
    acronym: str = ""
    exact: bool = False
    """A number, an identifier or a piece of an unspaced script: neither stemmed nor a stop word."""


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    terms: list[str]
    """In reading order, with repetitions."""
    parts: list[str]
    """Beginnings and endings of long words of compounding languages, each once, ascending."""


@dataclass(frozen=True, slots=True)
class QuestionTerm:
    """One word of a question: a chunk that has any of these matches it, and counts by the best."""

    alternatives: tuple[str, ...]
    """Looked up among the terms. First the one in the question's language, or in the index's most frequent one."""
    part: tuple[str, ...]
    """Looked up among the parts: this word is a part of a longer one there."""
    parts_of_it: tuple[str, ...]
    """Looked up among the terms: words there that may be parts of this one."""


def arabic_stem(word: str) -> str:
    """Light stemming: the article and endings only. It keeps `إجازة` and `إجازات` together, a full stemmer does not."""
    if word.startswith("و") and len(word) > 3:
        word = word[1:]
    article = next((start for start in _ARABIC_ARTICLES if word.startswith(start) and len(word) > len(start) + 1), "")
    word = word[len(article) :]
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            word = word.removesuffix(ending)
    return word


class Analysis:
    def __init__(self, languages: Iterable[Language]) -> None:
        self._languages = {language.code: language for language in languages}
        self._memories: dict[str, _Memory] = {}

    def document_terms(self, text: str, language_code: str) -> DocumentTerms:
        memory = self._memories.get(language_code)
        if memory is None or len(memory) > LONGEST_MEMORY:
            memory = self._memories[language_code] = _Memory(self._languages.get(language_code))
        terms: list[str] = []
        for raw in _cut(text):
            terms += memory[raw]
        if language_code not in COMPOUNDING:
            return DocumentTerms(terms, [])
        return DocumentTerms(terms, sorted({part for term in set(terms) for part in _edges(term)}))

    def question_terms(self, question: str, present: Mapping[str, int]) -> list[QuestionTerm]:
        """One entry for each different word, in reading order. `present`: chunks in the index by language code."""
        words = list(dict.fromkeys(word for raw in _cut(question) for word in _words(raw, singles=False)))
        codes = sorted(present.keys() & self._languages.keys(), key=lambda code: (-present[code], code))
        languages = [self._languages[code] for code in codes]
        asked_in = _language_of(words, languages, present)
        if asked_in is not None:
            few = RARE * sum(present.values())
            others = [other for other in languages if other is not asked_in and present[other.code] > few]
            languages = [asked_in, *others]
        found = [self._question_term(word, languages, asked_in) for word in words]
        return [term for term in found if term.alternatives]

    def _question_term(self, word: Word, languages: list[Language], asked_in: Language | None) -> QuestionTerm:
        if word.exact:
            return QuestionTerm((_folded(word.form),), (), ())
        if word.acronym and any(language.is_stop_word(word.form) for language in languages):
            return QuestionTerm((word.acronym,), (), ())
        if asked_in is not None and asked_in.is_stop_word(word.form):
            return QuestionTerm((), (), ())
        stems: dict[str, None] = {}
        compounding: dict[str, None] = {}
        for language in languages:
            for spelling in _spellings(word.form, language.code):
                if language.is_stop_word(spelling):
                    continue
                stem = _folded(language.stem(spelling))
                stems[stem] = None
                if language.code in COMPOUNDING and asked_in in (None, language):
                    compounding[stem] = None
        if not any(language.is_stop_word(word.form) for language in languages):
            stems[_folded(word.form)] = None
        return QuestionTerm(
            alternatives=tuple(stems),
            part=tuple(stem for stem in compounding if len(stem) >= SHORTEST_PART),
            parts_of_it=tuple(dict.fromkeys(part for stem in compounding for part in _edges(stem))),
        )


class _Memory(dict[str, tuple[str, ...]]):
    """The terms of every word of one language met so far: a text repeats its words, stemming them is what costs."""

    def __init__(self, language: Language | None) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, raw: str) -> tuple[str, ...]:
        terms = tuple(term for word in _words(raw, singles=True) if (term := self._term(word)))
        self[raw] = terms
        return terms

    def _term(self, word: Word) -> str:
        if word.exact or self._language is None:
            return _folded(word.form)
        if self._language.is_stop_word(word.form):
            return word.acronym
        return _folded(self._language.stem(word.form))


def _cut(text: str) -> list[str]:
    """Words with what joins them (`HX-200`, `don't`, `4.2.1`), runs of unspaced scripts, all in compatibility form."""
    if text.isascii():
        return _ASCII_WORD.findall(_COMMA_IN_NUMBER.sub(".", text))
    text = unicodedata.normalize("NFKC", _NARROW_GAP.sub("'", text)).translate(_TIDY)
    text = _ARABIC_MARKS.sub("", text).translate(_ARABIC_ALEF)
    return _WORD.findall(_COMMA_IN_NUMBER.sub(".", text))


def _words(raw: str, singles: bool) -> list[Word]:
    """What one raw word is found by: itself and, where it is joined of several, its parts.

    `singles`: unspaced scripts also give their single characters, without which a question of one would find nothing.
    """
    if _UNSPACED.match(raw):
        return _pieces(raw, singles)
    if raw.endswith(("#", "++")):
        plain = raw.rstrip("#+")
        return [*_words(plain, singles), *([Word(raw.casefold(), exact=True)] if len(plain) < 3 else [])]
    if " " in raw:
        joined = Word(raw.replace(" ", ""), exact=True)
        return [joined, *(Word(group, exact=True) for group in raw.split(" "))]
    parts = _CONNECTOR.split(raw)
    if len(parts) == 1:
        return _runs(raw)
    if all(part.isdecimal() for part in parts):
        return _number(parts)
    words = [word for part in parts if len(part) > 1 or part.isdecimal() for word in _runs(part)]
    if "'" not in raw:
        whole = parts[0]
        for part in parts[1:]:
            whole += f".{part}" if whole[-1].isdecimal() and part[0].isdecimal() else part
        words.append(_word(whole))
    return words


def _pieces(run: str, singles: bool) -> list[Word]:
    pieces = _CLUSTER.findall(run)
    pairs = [Word(first + second, exact=True) for first, second in pairwise(pieces)]
    return [*(Word(piece, exact=True) for piece in pieces), *pairs] if singles or not pairs else pairs


def _runs(part: str) -> list[Word]:
    """`HX200` also as `HX` and `200`."""
    if part.isalpha() or part.isdecimal():
        return [_word(part)]
    runs = _RUN.findall(part)
    return [_word(part), *(_word(run) for run in runs if len(run) > 1)] if len(runs) > 1 else [_word(part)]


def _number(parts: list[str]) -> list[Word]:
    """`4.2.1` also as `4.2` and `4`, `2024-05-01` also as `05`, `1,250.40` also as `1250.40` and `1250`."""
    whole = ".".join(parts)
    if grouped := _GROUPED_NUMBER.fullmatch(whole):
        joined = grouped[1].replace(".", "")
        forms = [whole, joined, joined + (grouped[2] or "")]
    else:
        beginnings = [".".join(parts[:count]) for count in range(1, len(parts))]
        forms = [whole, *beginnings, *(part for part in parts if len(part) > 1)]
    return [Word(form[:LONGEST_WORD], exact=True) for form in dict.fromkeys(forms)]


def _word(text: str) -> Word:
    form = text.casefold()[:LONGEST_WORD]
    exact = any(character.isdecimal() for character in form)
    acronym = text if 1 < len(text) < 6 and text.isupper() and not exact else ""
    return Word(form, acronym, exact)


def _folded(form: str) -> str:
    """Without accents, for the scripts that can do without them."""
    if form.isascii():
        return form
    highest = max(form)
    if highest >= _FOLDED_BELOW and not "\u1e00" <= highest < "\u2000":
        return form
    plain = [letter for letter in unicodedata.normalize("NFD", form) if unicodedata.category(letter) != "Mn"]
    return "".join(plain).translate(_PLAIN) or form


def _spellings(form: str, language_code: str) -> list[str]:
    """German umlauts are also written `ae`, `oe`, `ue`, and this cannot be told from two vowels that meet."""
    if language_code != "de":
        return [form]
    return list(dict.fromkeys([form, form.translate(_UMLAUTS_SPELT_OUT), _SPELT_OUT.sub(_umlaut, form)]))


def _umlaut(match: re.Match[str]) -> str:
    return {"a": "ä", "o": "ö", "u": "ü"}[match[0][0]]


def _edges(term: str) -> list[str]:
    """The beginnings and endings that may be words: `kundigungsfrist` may hold `kundig` and `frist`."""
    if not SHORTEST_COMPOUND <= len(term) <= LONGEST_COMPOUND or not term.isalpha() or _UNSPACED.match(term):
        return []
    lengths = range(SHORTEST_PART, len(term) - SHORTEST_REST + 1)
    return [*(term[:length] for length in lengths), *(term[-length:] for length in lengths)]


def _language_of(words: list[Word], languages: list[Language], present: Mapping[str, int]) -> Language | None:
    """The language that most of the words are stop words of, if it is one alone.

    A single stop word tells only the language that most chunks are in: `die` is one in German and a verb in English.
    """
    counts = {
        language.code: sum(not word.exact and language.is_stop_word(word.form) for word in words)
        for language in languages
    }
    most = max(counts.values(), default=0)
    leading = [language for language in languages if counts[language.code] == most]
    if most == 0 or len(leading) > 1:
        return None
    prevails = 2 * present[leading[0].code] > sum(present.values())
    return leading[0] if most > 1 or prevails else None
