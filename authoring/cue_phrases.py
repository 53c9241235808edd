"""Cue phrases: what a sentence does in a text, told by its wording, in English and German."""

import re
from enum import StrEnum

from assistant.instructions import addresses_a_model
from assistant.sentences import QUESTION_MARKS
from assistant.words import content_words


class Cue(StrEnum):
    DEFINITION = "definition"
    STEP = "step"
    EXAMPLE = "example"
    CONTRAST = "contrast"
    RULE = "rule"
    REASON = "reason"
    CONDITION = "condition"


FEWEST_WORDS = 4
"""A sentence of fewer says too little to be taught."""

_DETERMINER = r"(?:an?|the|any|one of|our|your|ein|eine|einer|der|die|das|unser|unsere)"
_DEFINED = re.compile(
    rf"^(?:(?:an?|the|ein|eine|der|die|das)\s+)?(?P<term>[^\s,.;:!?()“”\"][^,.;:!?()“”\"]{{1,50}}?)\s+"
    rf"(?:(?:is|are|ist|sind)\s+(?={_DETERMINER}\s)|(?:means?|refers? to|stands? for|describes|bedeutet|bezeichnet|"
    r"steht für|umfasst)\s)(?P<meaning>.{12,})$",
    re.IGNORECASE | re.DOTALL,
)
_NO_TERM = re.compile(
    r"^(?:it|below|above|this|that|these|those|there|they|he|she|we|you|i|here|what|who|which|when|where|how|if|in|"
    r"on|at|as|for|"
    r"but|and|or|so|one|most|some|many|each|every|all|both|your|our|their|his|her|its|my|another|other|es|dies\w*|"
    r"das (?:ist|sind|bedeutet|heißt)|"
    r"sie|er|wir|ihr|hier|dort|was|wer|wenn|im|in|auf|als|für|aber|und|oder|jede\w*|alle\w*|viele|the same|the other|"
    r"the following|the first|the second|the only|the best|the next|the reason|the goal|the purpose|the point|the idea|"
    r"the one|the problem|goal|purpose|reason|following|first|second|only|best|next|same|main|biggest|most important|"
    r"important|key|default|exception|result|answer|question)\b",
    re.IGNORECASE,
)
_VERB_IN_TERM = re.compile(
    r"\b(?:is|are|was|were|has|have|had|do|does|did|can|could|may|might|must|shall|should|will|would|who|that|which|"
    r"when|if|and|or|not|ist|sind|hat|haben|kann|muss|wird|werden|und|oder|nicht)\b",
    re.IGNORECASE,
)
_MOST_TERM_WORDS = 5

_CUES = (
    (Cue.EXAMPLE, r"\b(?:for example|for instance|e\.g\.|an example|zum beispiel|beispielsweise|z\. ?b\.)"),
    (
        Cue.CONTRAST,
        r"\b(?:whereas|while the|unlike|in contrast|by contrast|instead of|rather than|on the other hand|as opposed to|"
        r"differs?|difference|compared (?:to|with)|während|dagegen|hingegen|im gegensatz|anders als|sondern|"
        r"unterschied)\b",
    ),
    (
        Cue.RULE,
        r"\b(?:must|shall|may only|may not|must not|has to|have to|had to|required|never|always|not allowed|"
        r"at (?:least|most)|"
        r"no (?:more|less|later) than|should|needs? to|do not|don['’]t|cannot|can['’]t|are expected|is expected|"
        r"is responsible|are responsible|muss|müssen|darf|dürfen|soll|sollen|verpflichtet|mindestens|höchstens|"
        r"spätestens|ist zu|sind zu|nie|niemals|immer)\b",
    ),
    (Cue.REASON, r"\b(?:because|since|so that|therefore|in order to|as a result|weil|da |damit|deshalb|daher|denn)\b"),
    (Cue.CONDITION, r"\b(?:if|unless|when|once|as soon as|in case|wenn|falls|sofern|sobald|es sei denn)\b"),
)
_PATTERNS = tuple((cue, re.compile(pattern, re.IGNORECASE)) for cue, pattern in _CUES)

_REFERS_BACK = re.compile(
    r"(?:and|but|or|so|yet|above|below|all of (?:the|these|this|that)|it|its|it['’]s|they|they['’]re|them|their|he|"
    r"she|his|her|this|these|those|that['’]s|such|"
    r"both(?! of the)|neither|the (?:latter|former|two|same|other|others|above|following)|here|there(?! (?:is|are|"
    r"will|may|must|can)\b)|"
    r"however|also|in addition|additionally|moreover|furthermore|therefore|thus|hence|then|otherwise|instead|"
    r"similarly|likewise|nevertheless|nonetheless|still|meanwhile|again|besides|too|as a result|for example|"
    r"for instance|"
    r"in (?:this|that|these|those|such) (?:case|cases|way|event|situation)|in other words|that said|after (?:that|"
    r"this)|"
    r"at (?:this|that) point|because of (?:this|that)|until then|another|one of (?:them|these|those)|some of (?:them|"
    r"these)|"
    r"to do (?:so|this|that)|if (?:so|not|you do|it|they|this|these|that|he|she)|when (?:it|they|this|these|that)|"
    r"once (?:it|they|this|that|you['’]ve done)|yes|yeah|yep|i dunno|no|nope|well|okay|ok|right|sure|"
    r"und|aber|oder|er|sie|es|dies\w*|dabei|dafür|dazu|daher|dann|deshalb|außerdem|jedoch|auch|"
    r"zudem|ferner|hierzu|hierbei|diesbezüglich|sonst|andernfalls|letztere\w*|erstere\w*|darüber hinaus|"
    r"in diesem fall|beide\w*|solche\w*)\b(?!-)",
    re.IGNORECASE,
)
_THAT = re.compile(r"that (?:is|was|means|includes|will|can|may|makes|would|way|said)\b", re.IGNORECASE)
_POINTS_ELSEWHERE = re.compile(
    r"^(?:see|siehe|refer to|check out|visit|instructions for)\b|\b(?:as follows|the following(?=\s*[.:]|"
    r"\s+(?:steps?|points?|lists?|tables?|items?|things|ways|rules|pages?|"
    r"sections?|"
    r"links?|resources|questions|information|instructions|guidelines|options|examples?)\b)|(?:listed|described|shown|"
    r"mentioned|outlined|explained|noted|linked|see|given|"
    r"stated) "
    r"(?:above|below|here|earlier|previously)|(?:see|read|check out|visit|refer to|click|consult) (?:the|this|these|"
    r"our|"
    r"here|below|above|also|page|section|chapter|figure|table)|(?:above|below)[.)]|"
    r"this (?:page|guide|section|document|chapter|list|table|article|handbook|lesson|module|policy|form|post|tutorial)|"
    r"(?:this|these|our) (?:[\w-]+ ){0,2}(?:chart|form|template|spreadsheet|calculator|video|link|doc|diagram|figure|"
    r"tool)s?|"
    r"these (?:pages|steps|instructions|guidelines|questions|links|resources)|siehe|wie folgt|"
    r"folgende[nrms]?(?=\s*[.:]|\s+(?:schritte|punkte|tabelle|liste|seite)\w*)|"
    r"(?:oben|unten) (?:genannt|beschrieben|aufgeführt)\w*)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://|www\.|\w@\w|\w+\.(?:md|html|gov|com|org)\b|`|\{|\}|<|>|\|")
_OPENS = re.compile(r"[\"'“„«(\[]*[^\W_]")
_CLOSED = re.compile(r"[.!…。！][\"'”’»)\]]*$")
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("„", "“"))
_PROCEDURE = re.compile(
    r"^(?:how (?:to|do|can|should)|steps?\b|procedure|process\b|instructions?\b|checklist|what to do|first steps|"
    r"setting up|"
    r"getting started|before you|after you|when you|wie\b|schritte|ablauf|vorgehen|verfahren|anleitung|checkliste)|"
    r"\b(?:steps|procedure|process|workflow|checklist|instructions|ablauf|schritte)$",
    re.IGNORECASE,
)
_CHECKLIST = re.compile(
    r"\b(?:check ?list|to.?do|before|prepar|don['’]?t forget|remember|checkliste|vorbereitung)", re.IGNORECASE
)
_IMPERATIVE = frozenset(
    """
    add agree announce apply arrange ask assign attach attend avoid be book bring calculate call change check choose
    clean
    clear click close collect complete confirm connect contact copy count create decide delete describe disconnect
    discuss
    do download drain draw drop dry earth empty enable ensure enter explain fill find finish flush follow get give go
    hand
    have help hold identify include inform inspect install invite keep leave learn let list listen lock log look make
    mark
    measure meet move name note notify obtain open order pack pay pick place plan prepare press print provide pull push
    put read record register remember remove repeat replace reply report request reserve reset respond restart return
    review run save say schedule search select send set share show sign start stay stop store submit switch take talk
    tell test think track train try turn unlock update upload use vent verify visit wait wash watch weigh work write
    bitte prüfen öffnen schließen melden tragen nehmen geben lesen warten messen füllen
    """.split()
)


_ALSO_NOUNS = frozenset(
    """
    call change check contact copy display fill help hold leave list lock log look mark measure move name note order
    pack pay place plan press print process record reply report request reset review run search set share show sign
    start stay stop store switch talk test think track train travel turn update use visit wait wash watch work write
    release
    """.split()
)
_OPENS_AN_OBJECT = frozenset(
    "a an the your our my all any each this these to for in with up out off on yourself someone who what how "
    "when".split()
)
_PRONOUN = re.compile(
    r"\b(?:it|them|they|this|these|those|he|she|him|es|ihn|ihm|dies\w*|sie(?= (?:ist|sind|wird|werden|muss|kann|"
    r"darf)))\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:this|these|those)(?: also)? (?:is|are|was|were|means?|includes?|will|can|may|should|must|would|helps?|"
    r"makes?)\b",
    re.IGNORECASE,
)
_FEWEST_BEFORE_A_PRONOUN = 2


def cues_of(text: str) -> frozenset[Cue]:
    found = {cue for cue, pattern in _PATTERNS if pattern.search(text)}
    if definition_of(text) is not None:
        found.add(Cue.DEFINITION)
    if is_imperative(text):
        found.add(Cue.STEP)
    return frozenset(found)


def definition_of(text: str) -> tuple[str, str] | None:
    """The term that a sentence defines and what it means: `A buffer is a tank`: `buffer`, `a tank`."""
    found = _DEFINED.match(text)
    if found is None:
        return None
    term = found["term"].strip()
    if _NO_TERM.match(text) or not names_a_term(term):
        return None
    return term, found["meaning"].strip()


def names_a_term(words: str) -> bool:
    return len(words.split()) <= _MOST_TERM_WORDS and not _NO_TERM.match(words) and not _VERB_IN_TERM.search(words)


def is_imperative(text: str) -> bool:
    first = text.split(maxsplit=1)[0].strip(",.:;“\"'").casefold() if text.split() else ""
    return first in _IMPERATIVE


def refers_back(text: str) -> bool:
    """Whether a sentence begins with what only the one before it explains."""
    return _REFERS_BACK.match(text) is not None or _THAT.match(text) is not None


def points_elsewhere(text: str) -> bool:
    """Whether it speaks of what stands at another place of the page: `see below`, `the following`."""
    return _POINTS_ELSEWHERE.search(text) is not None


def leaves_open(text: str) -> bool:
    """Whether it says `it` or `they` before anything that could be meant."""
    if _POINTING.search(text):
        return True
    found = _PRONOUN.search(text)
    return found is not None and len(content_words(text[: found.start()])) < _FEWEST_BEFORE_A_PRONOUN


def holds_address(text: str) -> bool:
    """A link, an e-mail address, code."""
    return _ADDRESS.search(text) is not None


def is_whole(text: str) -> bool:
    """Whether it is a sentence from its first word to its full stop, said to people."""
    words = text.split()
    if len(words) < FEWEST_WORDS or text.endswith(QUESTION_MARKS) or addresses_a_model(text):
        return False
    opening = _OPENS.match(text)
    if opening is None or text[opening.end() - 1].islower() or _CLOSED.search(text) is None:
        return False
    return all(text.count(opens) == text.count(closes) for opens, closes in _PAIRS[:2])


def stands_alone(text: str) -> bool:
    """Whether a reader understands it without what stands around it."""
    return is_whole(text) and not refers_back(text) and not points_elsewhere(text) and not leaves_open(text)


def is_order(heading: str) -> bool:
    """A heading that tells somebody to do something: `Get a travel card`, but not `Travel cards`."""
    words = heading.split()
    if len(words) <= 1 or not is_imperative(heading) or heading[-1] in QUESTION_MARKS:
        return False
    return words[0].casefold() not in _ALSO_NOUNS or words[1].casefold() in _OPENS_AN_OBJECT


def is_of_procedure(heading: str) -> bool:
    return _PROCEDURE.search(heading.strip()) is not None


def is_of_checklist(heading: str) -> bool:
    return _CHECKLIST.search(heading) is not None
