"""The words of a text that carry meaning, in a form in which two texts can be compared."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

_REMEMBERED_STEMS = 10_000
"""Some 2 MB. The same words come in question after question, and taking endings off was a tenth of answering."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_ACCENT = re.compile("[\u0300-\u036f]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f\u1780-\u17ff]+")


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", folded)))


_FUNCTION_WORDS = frozenset(
    _folded("""
    a an the and or but if then else of to in on at by for from with without as is are was were be been
    being am do does did doing done have has had having will would shall should can could may might must
    this that these those it its it's he she they them his her their theirs we us our ours you your yours i
    me my mine who whom whose which what when where why how there here not no nor so than too very just
    about into over under again further once all any both each few more most other some such only own same s
    t d ll m re ve don't doesn't isn't aren't wasn't weren't can't cannot won't also per via within during
    between through up down out off because while until upon among der die das den dem des ein eine einen
    einem einer eines und oder aber wenn dann von zu im in am an auf für mit ohne als ist sind war waren
    sein wird werden wurde wurden hat haben hatte kann können muss müssen soll sollen darf dürfen dies diese
    dieser dieses es er sie wir ihr ihre ich mein unser nicht kein keine wer wem wen wessen welche welcher
    welches was wann wo warum wie auch nur noch bei nach aus zum zur über unter vor seit bis durch um so
    sich man le la les un une des du de et ou mais si alors dans sur à au aux par pour avec sans que qui
    quoi dont où quand comment pourquoi quel quelle quels quelles est sont était être a ont avait ce cet
    cette ces il elle ils elles nous vous je tu ne pas plus se son sa ses leur leurs notre nos votre vos y
    en el los las una unos unas y o pero si entonces del al por para con sin como es son era ser está están
    fue ha han qué quién quien cuándo cuando dónde donde cómo cuál cuáles cuánto este esta estos estas ese
    esa eso su sus nuestro lo le se no más il lo gli i uno e ed ma se di da nel nella che chi cosa quando
    dove perché come quale quali quanto è sono era o os as um uma uns umas e ou mas do da dos das no na nos
    nas em por com sem que quem quando onde como qual é são era de het een en of maar als dan van naar in op
    aan door voor met zonder is zijn was waren wie wat wanneer waar waarom hoe welke niet geen ook и в во на
    с со к по за из от до о об у не ни что кто где когда как почему какой какая какие это этот эта эти он
    она они мы вы я или но а если для при
    """).split()
)

_ASKING_WORDS = frozenset(
    """
    tell please know explain describe list give name define mean means meant called many much long often
    kind type please bitte erkläre nenne s'il plaît explique
    """.split()
)

_IRREGULAR = dict(
    pair.split(":")
    for pair in """
    children:child people:person men:man women:woman feet:foot teeth:tooth paid:pay said:say went:go
    gone:go made:make took:take taken:take gave:give given:give wrote:write written:write began:begin
    begun:begin sang:sing sung:sing won:win lost:lose held:hold kept:keep left:leave met:meet sent:send
    spent:spend built:build bought:buy sold:sell told:tell found:find founded:found came:come
    became:become ran:run saw:see seen:see got:get chosen:choose chose:choose known:know knew:know
    grown:grow grew:grow died:die dying:die lives:live shown:show led:lead born:birth better:good
    best:good worse:bad worst:bad
    """.split()
)
_ENDINGS = tuple(
    (ending, replacement, int(least))
    for ending, replacement, least in (
        rule.split(":")
        for rule in """
        ization:iz:3 isation:iz:3 ational:at:3 fulness:ful:3 iveness:iv:3 ations:at:3 ation:at:3 ities::4
        ments::4 ating:at:3 ated:at:3 ates:at:3 ate:at:3 ment::4 ness::4 ions::4 ages::4 age::4 able::4
        ible::4 ance::4 ence::4 ising:iz:3 izing:iz:3 ised:iz:3 ized:iz:3 ise:iz:4 ize:iz:4 ings::3 ity::4
        ion::4 ies:y:2 ied:y:2 ers:er:3 sses:ss:2 ches:ch:2 shes:sh:2 xes:x:2 ing::3 ed::3 es::3 ly::3
        ss:ss:1 us:us:1 is:is:1 s::3
        """.split()
    )
)
"""Ending, what takes its place, and how many letters must stand before it. The first that fits is taken."""


def words(text: str) -> list[str]:
    """Words in order, case, width and accents folded; scripts without spaces give pairs of characters."""
    found: list[str] = []
    for match in _WORD.finditer(_folded(text)):
        found.extend(_pieces(match[0]))
    return found


def content_words(text: str) -> list[str]:
    """Stems of the words that are no function words, in order, each once."""
    return list(dict.fromkeys(stem(word) for word in words(text) if word not in _FUNCTION_WORDS))


def question_words(question: str) -> list[str]:
    """Content words of a question without those that only ask (`tell`, `list`, `explain`)."""
    found = [stem(word) for word in words(question) if word not in _FUNCTION_WORDS and word not in _ASKING_WORDS]
    return list(dict.fromkeys(found)) or content_words(question)


def is_function_word(word: str) -> bool:
    return _folded(word) in _FUNCTION_WORDS


@lru_cache(_REMEMBERED_STEMS)
def stem(word: str) -> str:
    """Folds the common English endings, leaves other languages' words nearly alone. Stems are only for comparing."""
    word = word.removesuffix("'s").removesuffix("'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    for ending, replacement, keep in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= keep:
            word = word[: len(word) - len(ending)] + replacement
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word[-1] in "ey" else word


_ENDING_LETTERS = 3


def same_word(one: str, other: str) -> bool:
    """Whether two stems are of one word as far as letters tell: `hold` and `holder`, `accredit` and `accredited`."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) > _ENDING_LETTERS and len(long) - len(short) <= _ENDING_LETTERS and long.startswith(short)


def shared_share(wanted: Iterable[str], present: Iterable[str]) -> float:
    """Which share of `wanted` is in `present`; 1 where nothing is wanted."""
    wanted_words, present_words = set(wanted), set(present)
    return len(wanted_words & present_words) / len(wanted_words) if wanted_words else 1.0


def _pieces(word: str) -> Iterator[str]:
    position = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > position:
            yield word[position : run.start()]
        characters = run[0]
        yield from (characters[i : i + 2] for i in range(max(1, len(characters) - 1)))
        position = run.end()
    if position < len(word):
        yield word[position:]
