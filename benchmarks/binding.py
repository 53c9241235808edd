"""Measures whether what drafters publish stands in its sources, and what happens to sentences that a model made up.

Courses are drafted from a sample of the handbook, three meetings and the sample documents: by the extractive drafter,
and by the model drafter with a model that fabricates a third of its sentences (benchmarks/fabricating_provider.py).

Each seed has its own sample, and its own fabrications.

Usage: python -m benchmarks.binding [--data ../shared/data] [--seed 1]... [--documents 12] [--lessons 8] [--drafter D]
"""

import argparse
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

from api.clock import now
from api.ingesting import FoundFile, find_files
from api.offline import switch_off_telemetry
from api.samples import read_samples
from api.services import Services
from api.settings import Settings
from assistant.litellm_language_model import LitellmLanguageModel
from assistant.model_budget import Boundless
from assistant.remembered_vectors import RememberedVectors
from assistant.verification import Verifier
from assistant.words import words
from authoring.binding import Binder
from authoring.block import Block
from authoring.claim import Claim, Stance
from authoring.course import Brief, Part
from authoring.draft_loss import DraftLoss, LossKind
from authoring.drafter import Drafter
from authoring.extractive_drafter import ExtractiveDrafter
from authoring.item_statement import statement_of
from authoring.item_truth import is_judged
from authoring.material import read_documents
from authoring.model_drafter import ModelDrafter
from authoring.quiz_item import QuizItem
from benchmarks.fabricating_provider import FabricatingProvider, Written
from benchmarks.fabrications import Way
from corpus.audience import EVERYONE, OWNER
from corpus.citing import CitationResolver
from corpus.locator import CuePlace
from corpus.passage import Passage
from corpus.places import Places
from corpus.store import CorpusStore

ROOT = Path(__file__).parent.parent
LISTED = 20
_MEETINGS = 3
_LEAST_BYTES = 2000
_MODEL_TIMEOUT_S = 120.0
_BY_VERIFICATION = (LossKind.UNBOUND, LossKind.CONDITION, LossKind.UNCITED)


@dataclass(frozen=True, slots=True)
class Material:
    name: str
    passages: tuple[Passage, ...]
    texts: dict[int, str]
    """Of each version, by its id."""
    places: dict[int, Places]


@dataclass
class Published:
    claims: int = 0
    bound: int = 0
    verbatim: int = 0
    keys: int = 0
    keys_bound: int = 0
    lessons: int = 0
    parts: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    said: set[tuple[str, ...]] = field(default_factory=set)
    """The words of each claim, and of each item's key in its stem."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a sentence: published, or why not, where that was said."""

    written: Written
    is_published: bool
    loss: DraftLoss | None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the benchmark sets")
    parser.add_argument("--seed", type=int, action="append", help="1, 2 and 3 if not given")
    parser.add_argument("--documents", type=int, default=12, help="of the handbook")
    parser.add_argument("--lessons", type=int, default=8, help="of each course, at most")
    parser.add_argument("--drafter", choices=("extractive", "model"), action="append")
    given = parser.parse_args(arguments)
    switch_off_telemetry()
    wanted = given.drafter or ["extractive", "model"]
    extractive, model, fates = Published(), Published(), list[Fate]()
    for seed in given.seed or (1, 2, 3):
        with (
            tempfile.TemporaryDirectory() as folder,
            Services(Settings(data=Path(folder) / "data"), now) as services,
        ):
            materials = list(_materials(services, given.data, seed, given.documents))
            if "extractive" in wanted:
                _draft_extractive(services, materials, given.lessons, extractive)
            if "model" in wanted:
                fates += _draft_by_model(services, materials, seed, given.lessons, model)
    if "extractive" in wanted:
        _print_published("extractive", extractive)
    if "model" in wanted:
        _print_published("model, fabricating a third", model)
        _print_fabricated(fates)


def _materials(services: Services, data: Path, seed: int, documents: int) -> Iterator[Material]:
    chance = random.Random(seed)  # noqa: S311 - the same sample every time
    pages = [file for file in find_files([data / "handbook-18f" / "documents"]) if _is_page(file)]
    yield _material(services, "handbook-18f", chance.sample(sorted(pages, key=lambda file: file.name), documents))
    meetings = sorted(find_files([data / "qmsum-val" / "documents"]), key=lambda file: file.name)
    for file in chance.sample(meetings, _MEETINGS):
        yield _material(services, f"qmsum-val {file.name}", [file])
    samples = [sample.file for sample in read_samples().files if sample.audience == EVERYONE]
    yield _material(services, "samples", samples)


def _is_page(file: FoundFile) -> bool:
    return file.path.suffix == ".md" and file.path.stat().st_size >= _LEAST_BYTES


def _material(services: Services, name: str, files: Sequence[FoundFile]) -> Material:
    reports = list(services.ingesting.add_paths(files, EVERYONE))
    ids = [report.document_id for report in reports if report.document_id is not None]
    assert len(ids) == len(files), reports
    with services.sessions() as session:
        store = CorpusStore(session)
        passages = tuple(read_documents(store, store.reader(OWNER), ids))
        versions = {passage.version_id for passage in passages}
        texts = {version_id: store.get_version_text(version_id) for version_id in versions}
        places = {version_id: store.get_places(version_id) for version_id in versions}
    print(f"{name}: {len(ids)} documents, {len(passages)} passages")  # noqa: T201
    return Material(name, passages, texts, places)


def _draft_extractive(services: Services, materials: Sequence[Material], lessons: int, total: Published) -> None:
    for material in materials:
        with services.sessions() as session:
            binder = Binder(Verifier(services.embedder), CitationResolver(CorpusStore(session).get_places))
            _draft(ExtractiveDrafter(services.embedder, binder), material, lessons, total)


def _draft_by_model(
    services: Services, materials: Sequence[Material], seed: int, lessons: int, total: Published
) -> list[Fate]:
    losses = list[DraftLoss]()
    embedder = RememberedVectors(services.embedder)
    total.said.clear()
    with FabricatingProvider(seed) as provider:
        model = LitellmLanguageModel(
            "openai/fabricating", provider.address, None, clock=time.monotonic, wait=time.sleep
        )
        for material in materials:
            with services.sessions() as session:
                binder = Binder(Verifier(embedder), CitationResolver(CorpusStore(session).get_places))
                drafter = ModelDrafter(model, binder, embedder, _MODEL_TIMEOUT_S, lost=losses.append)
                _draft(drafter, material, lessons, total)
    lost = {tuple(words(loss.text)): loss for loss in losses}
    return [Fate(one, one.key in total.said, lost.get(one.key)) for one in provider.written]


def _draft(drafter: Drafter, material: Material, lessons: int, total: Published) -> None:
    began = time.monotonic()
    brief = Brief(goal=f"Know what matters in {material.name}", lessons=lessons)
    for lesson in drafter.outline(brief, material.passages, Boundless()):
        total.lessons += 1
        for part in drafter.draft(brief, lesson, material.passages, Boundless()):
            total.parts += 1
            _look_at(part, material, total)
    total.seconds += time.monotonic() - began


def _look_at(part: Part, material: Material, total: Published) -> None:
    for claim in part.claims:
        total.claims += 1
        total.bound += claim.is_bound
        stands = bool(claim.evidence) and _is_verbatim(claim, material)
        total.verbatim += stands
        if not stands:
            total.wrong.append(f"{part.kind}: {claim.text}")
        total.said.add(tuple(words(claim.text)))
    if isinstance(part, Block):
        return
    for key in part.keys:
        total.keys += 1
        supports = any(evidence.stance is Stance.SUPPORTS for evidence in key.claim.evidence)
        total.keys_bound += supports and _is_verbatim(key.claim, material)
        total.said.add(tuple(words(_statement(part, key.claim.text))))


def _statement(item: QuizItem, key: str) -> str:
    return f"{item.stem.text} {key}" if is_judged(item) else statement_of(item.stem.text, key)


def _is_verbatim(claim: Claim, material: Material) -> bool:
    """Every quote is the version's own text at its spans; between them only what a chunk puts between its pieces, which
    is the name of who speaks in a transcript, and the name of a column before its cell.
    """
    for evidence in claim.evidence:
        text, place = material.texts[evidence.version_id], 0
        between: list[str] = []
        for span in evidence.spans:
            stretch = text[span.start : span.end]
            found = evidence.quote.find(stretch, place)
            if not stretch or found < 0:
                return False
            between.append(evidence.quote[place:found])
            place = found + len(stretch)
        between.append(evidence.quote[place:])
        cues = [item.place for item in material.places[evidence.version_id].within(evidence.spans)]
        speakers = {cue.speaker for cue in cues if isinstance(cue, CuePlace)}
        added = {part.strip(" \n\t:|") for part in between} - {""}
        if not evidence.spans or any(part not in text for part in added - speakers):
            return False
    return True


def _print_published(drafter: str, total: Published) -> None:
    lines = [
        f"\n== {drafter}: {total.lessons} lessons, {total.parts} parts, {total.seconds:.1f} s",
        f"published claims bound          {_share(total.bound, total.claims)}",
        f"published claims verbatim       {_share(total.verbatim, total.claims)}",
        f"published keys bound, verbatim  {_share(total.keys_bound, total.keys)}",
        *(f"  not verbatim: {text}" for text in total.wrong[:LISTED]),
    ]
    print("\n".join(lines))  # noqa: T201


def _print_fabricated(fates: Sequence[Fate]) -> None:
    fabricated = [fate for fate in fates if fate.written.way is not None]
    print(f"\n{len(fates)} sentences and keys written, {_share(len(fabricated), len(fates))} fabricated")  # noqa: T201
    print(f"{'fabricated':<42}{'caught':>16}{'missed':>8}  missed, 95 % interval")  # noqa: T201
    by_way: dict[str, list[Fate]] = defaultdict(list)
    for fate in fabricated:
        by_way[_named(fate.written)].append(fate)
    for way, group in [*sorted(by_way.items()), ("all", fabricated)]:
        missed = sum(fate.is_published for fate in group)
        low, high = interval(missed, len(group))
        caught = _share(len(group) - missed, len(group))
        print(f"{way:<42}{caught:>16}{missed:>8}  {missed / len(group):.1%} [{low:.1%}, {high:.1%}]")  # noqa: T201
    true = [fate for fate in fates if fate.written.way is None]
    _print_dropped("true, word for word", [fate for fate in true if not fate.written.reworded])
    _print_dropped("true, in other words", [fate for fate in true if fate.written.reworded])
    missed_ones = [fate.written for fate in fabricated if fate.is_published]
    print(f"\nmissed, the first {min(LISTED, len(missed_ones))} of {len(missed_ones)}:")  # noqa: T201
    for one in missed_ones[:LISTED]:
        print(f"- {one.place}, {one.way}: {one.text}\n  made of: {one.original}")  # noqa: T201


def _print_dropped(name: str, group: Sequence[Fate]) -> None:
    """With what was not borne out apart: the others are gone by a rule, not by a mistake of the verification."""
    dropped = [fate for fate in group if not fate.is_published]
    wrongly = [fate for fate in dropped if fate.loss is not None and fate.loss.kind in _BY_VERIFICATION]
    reasons = Counter(str(fate.loss.kind) if fate.loss else "with its item or option" for fate in dropped)
    told = "; ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    low, high = interval(len(wrongly), len(group))
    print(  # noqa: T201
        f"{name}: {_share(len(wrongly), len(group))} [{low:.1%}, {high:.1%}] wrongly found not to be borne out; "
        f"{len(dropped)} dropped in all: {told}"
    )
    for fate in wrongly[:LISTED]:
        print(f"  - {fate.written.place}: {fate.written.text}  ({fate.loss.reason if fate.loss else ''})")  # noqa: T201


def _named(one: Written) -> str:
    if one.place != "key":
        return str(one.way)
    return "key: a wrong value" if one.way is Way.NUMBER else "key: marked the other way round"


def interval(count: int, of: int) -> tuple[float, float]:
    """Wilson's, of 95 %."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, count / of
    middle = share + z * z / (2 * of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - half) / (1 + z * z / of)), min(1.0, (middle + half) / (1 + z * z / of))


def _share(count: int, of: int) -> str:
    return f"{count}/{of} {count / of:.1%}" if of else "0/0"


if __name__ == "__main__":
    main()
