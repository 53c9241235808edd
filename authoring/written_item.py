"""Written items: what a model said in a quiz item becomes one whose key its evidence bears out, or none at all."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.facts import missing_facts
from assistant.instructions import addresses_a_model
from assistant.verification import Failure, FailureKind
from assistant.words import content_words, question_words, shared_share, words
from authoring.cited_writing import CitedWriting, said_of, with_stance
from authoring.claim import Claim, Evidence, Stance
from authoring.draft_loss import LossKind
from authoring.item_key import KeyGate
from authoring.item_shape import check_shape
from authoring.item_statement import bare_stem, statement_of
from authoring.item_truth import truth_of
from authoring.model_reply import SaidItem, SaidOption
from authoring.quiz_item import CHOSEN_FROM, GAP, ItemKind, Option, QuizItem
from corpus.locator import Span
from corpus.passage import Passage

LEAST_SHARE = 0.5
"""So much of an option's words must stand in a quote, and so much of the stem's in the same one."""

FEWEST_OPTIONS = 3
FEWEST_IN_ORDER = 3
FEWEST_PAIRS = 2

_AGAINST = frozenset(
    {
        FailureKind.NUMBER,
        FailureKind.DATE,
        FailureKind.NAME,
        FailureKind.POLARITY,
        FailureKind.CONDITION,
        FailureKind.ROLES,
    }
)
"""Failures of what speaks of the same and says something else."""

_ONLY_ASKS = frozenset(
    content_words(
        "statement statements following true correct right best describe describes described according source sources "
        "say says said state states stated text document passage option answer question aussage aussagen richtig "
        "folgende folgenden laut quelle quellen sagt sagen beschreibt antwort frage"
    )
)
"""With these a stem only asks."""

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")


def written_item(item_id: str, said: SaidItem, writing: CitedWriting, gate: KeyGate) -> QuizItem | None:
    """None, and counted, where its key is not borne out or it would be a bad item. Raises `Unavailable`."""
    if not said.stem.strip() or addresses_a_model(said.stem):
        writing.lose(item_id, LossKind.ORDERS if said.stem.strip() else LossKind.INCOMPLETE, said.stem)
        return None
    item = _WRITERS[said.kind](item_id, said, writing)
    if item is None:
        return None
    findings = check_shape(item)
    if findings:
        flaws = "; ".join(f"{finding.rule}: {finding.words}" for finding in findings)
        writing.lose(item_id, LossKind.SHAPE, item.stem.text, flaws)
        return None
    if item.distractors:
        judgement = gate.judge(item, _evidence_passages(item, writing.material))
        if not judgement.ok:
            writing.lose(item_id, LossKind.KEY_GATE, item.stem.text, judgement.reason)
            return None
    return item


def _chosen(item_id: str, said: SaidItem, writing: CitedWriting) -> QuizItem | None:
    """MULTIPLE_CHOICE, CLOZE and SHORT_ANSWER: the stem with the key in it is what the evidence must say."""
    right = [option for option in said.options if option.correct]
    if not right or (said.kind in CHOSEN_FROM and len(right) > 1):
        writing.lose(item_id, LossKind.INCOMPLETE, said.stem, f"{len(right)} options are correct")
        return None
    if said.kind is ItemKind.CLOZE and not re.search(r"_{2,}", said.stem):
        writing.lose(item_id, LossKind.INCOMPLETE, said.stem, "no gap")
        return None
    stem = " ".join(re.sub(r"_{2,}", GAP, said.stem).split())
    keys = [_key(item_id, place, stem, option, said, writing) for place, option in enumerate(right, 1)]
    bound = [key for key in keys if key is not None]
    if not bound or (said.kind in CHOSEN_FROM and len(bound) < len(keys)):
        return None
    evidence = bound[0].claim
    options = [*bound]
    for option in said.options:
        distractor = None if option.correct else _distractor(item_id, len(options) + 1, stem, option, options, writing)
        if distractor is not None:
            options.append(distractor)
    if said.kind is ItemKind.MULTIPLE_CHOICE and len(options) < FEWEST_OPTIONS:
        writing.lose(item_id, LossKind.INCOMPLETE, stem, "too few distractors are left")
        return None
    ordered = _arranged(item_id, options)
    return QuizItem(item_id, said.kind, with_stance(evidence, stem, Stance.SUPPORTS, f"{item_id}-s"), ordered)


def _key(
    item_id: str, place: int, stem: str, option: SaidOption, said: SaidItem, writing: CitedWriting
) -> Option | None:
    text = " ".join(option.text.split())
    named = writing.named((*option.sources, *said.sources))
    claim = writing.claim(item_id, f"{item_id}-o{place}", statement_of(stem, text), named)
    if claim is None:
        return None
    if not _speaks_of(stem, text, claim):
        writing.lose(item_id, LossKind.UNBOUND, statement_of(stem, text), "no quote speaks of both stem and key")
        return None
    claim = replace(claim, text=text)
    return Option(claim, is_key=True, rationale=_rationale(item_id, place, option, claim, writing))


def _distractor(
    item_id: str, place: int, stem: str, option: SaidOption, others: Sequence[Option], writing: CitedWriting
) -> Option | None:
    """What is marked as wrong is held against the whole material: no source may bear it out."""
    text = " ".join(option.text.split())
    if not text or any(words(text) == words(other.claim.text) for other in others):
        writing.lose(item_id, LossKind.INCOMPLETE, text, "an option twice, or an empty one")
        return None
    claim_id, key = f"{item_id}-o{place}", others[0].claim
    binding = writing.bind(item_id, claim_id, statement_of(stem, text), writing.material)
    if binding is None:
        return None
    if not binding.failures and _speaks_of(stem, text, binding.claim):
        writing.lose(item_id, LossKind.SUPPORTED_DISTRACTOR, text)
        return None
    taken = writing.verbatim(claim_id, text, writing.material, Stance.TAKEN_FROM) if content_words(text) else None
    if taken is not None and not _against(binding.failures):
        claim = replace(taken, text=text)
    else:
        # Only one answer is right: what says the key speaks against every other.
        claim = with_stance(key, text, Stance.CONTRADICTS, claim_id)
    return Option(claim, is_key=False, rationale=_rationale(item_id, place, option, key, writing))


def _rationale(item_id: str, place: int, option: SaidOption, key: Claim, writing: CitedWriting) -> Claim:
    """As the model wrote it where that is borne out, else in the words of the key's evidence."""
    claim_id = f"{item_id}-r{place}"
    if option.rationale.strip():
        claim = writing.whole(item_id, claim_id, option.rationale, option.sources)
        if claim is not None:
            return claim
    return with_stance(key, " ".join(key.evidence[0].quote.split()), Stance.SUPPORTS, claim_id)


def _judged(item_id: str, said: SaidItem, writing: CitedWriting) -> QuizItem | None:
    """TRUE_FALSE: a true stem is borne out; a false one is not, and what its rationale says instead is."""
    truths = {truth_of(option.text): option for option in said.options}
    if set(truths) != {True, False} or len(said.options) != 2 or truths[True].correct is truths[False].correct:
        writing.lose(item_id, LossKind.INCOMPLETE, said.stem, "not one of true and false is correct")
        return None
    stem = " ".join(said.stem.split())
    key = truths[True] if truths[True].correct else truths[False]
    named = writing.named((*said.sources, *key.sources))
    if truths[True].correct:
        basis = writing.claim(item_id, f"{item_id}-s", stem, named)
    else:
        basis = _refuted(item_id, stem, key, named, writing)
    if basis is None:
        return None
    stance = Stance.SUPPORTS if truths[True].correct else Stance.CONTRADICTS
    options = []
    for place, truth in enumerate((True, False), 1):
        option = truths[truth]
        supports = Stance.SUPPORTS if option.correct else Stance.CONTRADICTS
        claim = with_stance(basis, option.text.strip(), supports, f"{item_id}-o{place}")
        rationale = _rationale(item_id, place, option, basis, writing)
        options.append(Option(claim, option.correct, rationale))
    return QuizItem(item_id, said.kind, with_stance(basis, stem, stance, f"{item_id}-s"), tuple(options))


def _refuted(item_id: str, stem: str, key: SaidOption, named: Sequence[Passage], writing: CitedWriting) -> Claim | None:
    """What the sources say instead of a false stem."""
    binding = writing.bind(item_id, f"{item_id}-s", stem, writing.material)
    if binding is None:
        return None
    if not _against(binding.failures):
        writing.lose(item_id, LossKind.WRONG_KEY, stem, said_of(binding.failures) or "the sources bear it out")
        return None
    return writing.claim(item_id, f"{item_id}-s", " ".join(key.rationale.split()), named)


def _ordering(item_id: str, said: SaidItem, writing: CitedWriting) -> QuizItem | None:
    """Each step is borne out, and stands in the sources where the order says."""
    options = _all_right(item_id, said, writing, lambda option: option.text)
    if options is None or len(options) < FEWEST_IN_ORDER:
        return None
    places = [_first_place(option.claim.evidence) for option in options]
    if any(one >= other or one[0] != other[0] for one, other in pairwise(places)):
        writing.lose(item_id, LossKind.ORDER, said.stem)
        return None
    return _of_all(item_id, said, options, writing)


def _matching(item_id: str, said: SaidItem, writing: CitedWriting) -> QuizItem | None:
    """What belongs together is said together."""
    matches = [words(option.match) for option in said.options]
    if not all(matches) or any(matches.count(match) > 1 for match in matches):
        writing.lose(item_id, LossKind.INCOMPLETE, said.stem, "an option has no match of its own")
        return None
    options = _all_right(item_id, said, writing, lambda option: f"{option.text}: {option.match}")
    if options is None or len(options) < FEWEST_PAIRS:
        return None
    return _of_all(item_id, said, options, writing)


def _all_right(
    item_id: str, said: SaidItem, writing: CitedWriting, statement: Callable[[SaidOption], str]
) -> list[Option] | None:
    options = []
    for place, option in enumerate(said.options, 1):
        named = writing.named(option.sources or said.sources)
        claim = writing.claim(item_id, f"{item_id}-o{place}", " ".join(statement(option).split()), named)
        if claim is None or not option.correct:
            return None
        text, match = " ".join(option.text.split()), " ".join(option.match.split())
        options.append(Option(replace(claim, text=text), is_key=True, match=match))
    return options


def _of_all(item_id: str, said: SaidItem, options: Sequence[Option], writing: CitedWriting) -> QuizItem | None:
    """The stem asks for what the options say, and may name nothing that their evidence does not."""
    evidence = tuple(dict.fromkeys(found for option in options for found in option.claim.evidence))
    stem = " ".join(said.stem.split())
    missing = missing_facts(stem, [line for one in evidence for line in (one.quote, one.title, *one.headings)])
    if missing:
        writing.lose(item_id, LossKind.UNBOUND, stem, "; ".join(fact.text for fact in missing))
        return None
    return QuizItem(item_id, said.kind, Claim(f"{item_id}-s", stem, evidence), tuple(options))


_WRITERS: Mapping[ItemKind, Callable[[str, SaidItem, CitedWriting], QuizItem | None]] = {
    ItemKind.MULTIPLE_CHOICE: _chosen,
    ItemKind.CLOZE: _chosen,
    ItemKind.SHORT_ANSWER: _chosen,
    ItemKind.TRUE_FALSE: _judged,
    ItemKind.ORDERING: _ordering,
    ItemKind.MATCHING: _matching,
}


def _speaks_of(stem: str, option: str, claim: Claim) -> bool:
    """Whether one quote of the evidence speaks of both: else each may be true of something else."""
    asked = [word for word in question_words(bare_stem(stem).replace(GAP, " ")) if word not in _ONLY_ASKS]
    own = content_words(option)
    for evidence in claim.evidence:
        said = content_words(evidence.quote)
        about = [*said, *content_words("\n".join((evidence.title, *evidence.headings)))]
        if _mostly(asked, about) and _mostly(own, said):
            return True
    return False


def _mostly(wanted: Sequence[str], known: Sequence[str]) -> bool:
    return not wanted or shared_share(wanted, known) >= LEAST_SHARE


def _against(failures: Sequence[Failure]) -> bool:
    return any(failure.kind in _AGAINST for failure in failures)


def _first_place(evidence: Sequence[Evidence]) -> tuple[int, Span]:
    first = evidence[0]
    return first.version_id, min(first.spans)


def _arranged(item_id: str, options: Sequence[Option]) -> tuple[Option, ...]:
    """Numbers ascend. Else the place of the key depends on nothing but the item's id."""
    numbers = [_NUMBER.search(option.claim.text) for option in options]
    if all(number is not None and number.start() == 0 for number in numbers):
        values = [float(number[0].replace(",", "")) if number else 0.0 for number in numbers]
        return tuple(option for _, _, option in sorted(zip(values, range(len(options)), options, strict=True)))
    return tuple(sorted(options, key=lambda option: _digest(f"{item_id} {option.claim.id}")))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _evidence_passages(item: QuizItem, material: Sequence[Passage]) -> list[Passage]:
    """Those that the item quotes."""
    quoted = {(evidence.version_id, evidence.quote) for claim in item.claims for evidence in claim.evidence}
    return [
        passage
        for passage in material
        if any(passage.version_id == version and quote in passage.text for version, quote in quoted)
    ]
