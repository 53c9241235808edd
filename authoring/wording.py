"""The few words that a draft adds to those of its sources: stems, objectives and titles, in English and German."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Formatter

from authoring.conditionals import Case


@dataclass(frozen=True, slots=True)
class Verb:
    """`what` has a place for what is learned: `the rules on {}`."""

    verb: str
    what: str


@dataclass(frozen=True, slots=True)
class Wording:
    """`asks`: whether there are stems in the language of the material. Without, only items that need no words are "
    "made."""

    language: str
    asks: bool
    table_cell: str
    table_value: str
    table_match: str
    term_meant: str
    term_match: str
    stands_for: str
    named_under: str
    order: str
    cases: dict[Case, str]
    """How it is asked what applies in each."""
    true: str
    false: str
    conjunction: str
    rest: str
    lowers_headings: bool
    """Whether common nouns are written small, so that a heading that is quoted in a sentence begins small."""
    procedure: Verb
    rules: Verb
    contrast: Verb
    terms: Verb
    figures: Verb
    explanation: Verb
    question: Verb
    answer: Verb
    speech: Verb
    order_given: Verb

    def listed(self, parts: Sequence[str], more: bool) -> str:
        """`A`, `A and B`, `A, B and more`."""
        *first, last = [*parts, self.rest] if more else parts
        return f"{', '.join(first)} {self.conjunction} {last}" if first else last

    def filled(self, template: str, **words: str) -> str:
        wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
        return template.format(**{name: word for name, word in words.items() if name in wanted})


ENGLISH = Wording(
    language="en",
    asks=True,
    table_cell="What does the table “{topic}” give under “{column}” for “{row}”?",
    table_value="What does the table “{topic}” give for “{row}”?",
    table_match="{topic}: match each entry under “{one}” with its entry under “{other}”.",
    term_meant="Which term is described here? “{meaning}”",
    term_match="{topic}: match each term with its meaning.",
    stands_for="What does “{term}” stand for?",
    named_under="Which of these is listed under “{topic}”?",
    cases={
        Case.IF: "What applies if {condition}?",
        Case.WHEN: "What applies when {condition}?",
        Case.ONCE: "What applies once {condition}?",
        Case.TO: "How do you {condition}?",
        Case.BEFORE: "What do you do before {condition}?",
    },
    order="{topic}: put the steps into the right order.",
    true="True",
    false="False",
    conjunction="and",
    rest="more",
    lowers_headings=True,
    procedure=Verb("carry out", "the steps of {}"),
    rules=Verb("apply", "the rules on {}"),
    contrast=Verb("distinguish", "the cases in {}"),
    terms=Verb("explain", "the terms used for {}"),
    figures=Verb("recall", "the key figures for {}"),
    explanation=Verb("describe", "{}"),
    question=Verb("explain", "{}"),
    answer=Verb("answer", "{}"),
    speech=Verb("summarise", "what was said about {}"),
    order_given=Verb("demonstrate", "how to {}"),
)

GERMAN = Wording(
    language="de",
    asks=True,
    table_cell="Was gibt die Tabelle „{topic}“ unter „{column}“ für „{row}“ an?",
    table_value="Was gibt die Tabelle „{topic}“ für „{row}“ an?",
    table_match="{topic}: Ordnen Sie jedem Eintrag unter „{one}“ den Eintrag unter „{other}“ zu.",
    term_meant="Welcher Begriff ist hier beschrieben? „{meaning}“",
    term_match="{topic}: Ordnen Sie jedem Begriff seine Bedeutung zu.",
    stands_for="Wofür steht „{term}“?",
    named_under="Welcher dieser Punkte steht unter „{topic}“?",
    cases={Case.WENN: "Was gilt, wenn {condition}?"},
    order="{topic}: Bringen Sie die Schritte in die richtige Reihenfolge.",
    true="Richtig",
    false="Falsch",
    conjunction="und",
    rest="mehr",
    lowers_headings=False,
    procedure=Verb("ausführen,", "was zu „{}“ gehört"),
    rules=Verb("anwenden,", "was zu „{}“ gilt"),
    contrast=Verb("unterscheiden,", "was je nach Fall zu „{}“ gilt"),
    terms=Verb("erklären,", "was die Begriffe zu „{}“ bedeuten"),
    figures=Verb("nennen,", "welche Werte zu „{}“ gelten"),
    explanation=Verb("erklären,", "worauf es bei „{}“ ankommt"),
    question=Verb("erklären", "{}"),
    answer=Verb("beantworten:", "{}"),
    speech=Verb("zusammenfassen,", "was zu „{}“ gesagt wurde"),
    order_given=Verb("ausführen,", "was zu „{}“ gehört"),
)

_KNOWN = {wording.language: wording for wording in (ENGLISH, GERMAN)}


def wording_of(language: str) -> Wording:
    """By its code. Of another language than English and German: objectives in English, and no stems made of words."""
    base = language.replace("_", "-").partition("-")[0].casefold()
    return _KNOWN.get(base) or replace(ENGLISH, language=base, asks=base == "", lowers_headings=False)
