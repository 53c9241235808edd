"""Finds the passages for a question: only in partitions the reader may see, each hit checked in SQL."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from corpus.audience import Reader
from corpus.embedder import Embedder, Vectors
from corpus.errors import Invalid
from corpus.index import Hit
from corpus.passage import Passage, PassageChunk
from corpus.store import CorpusStore, StoredChunk

DEPTH = 150
"""Hits fetched from each side: a chunk ranked low in both can still win when the scores are added."""

PASSAGE_WORDS = 200
"""Words per passage on average; one may have more where another has fewer."""

DEPTH_WITHIN = 2000
"""Hits fetched when only some documents are wanted, whose chunks stand anywhere in the ranking of all."""

MAX_QUESTION = 4000
MAX_LIMIT = 200


class VectorSearch(Protocol):
    def search(self, audience_ids: Sequence[int], question: Vectors, limit: int) -> list[Hit]:
        """As `corpus.index.VectorIndex.search`."""


class KeywordSearch(Protocol):
    def search(self, audience_ids: Sequence[int], question: str, limit: int) -> list[Hit]:
        """As `corpus.index.KeywordIndex.search`."""

    def score(self, audience_ids: Sequence[int], chunk_ids: Sequence[int], question: str) -> list[Hit]:
        """As `corpus.index.KeywordIndex.score`."""


class EmptyQuestion(Invalid):
    def __init__(self) -> None:
        super().__init__("The question is empty. Write what you want to know.")


class QuestionTooLong(Invalid):
    def __init__(self, length: int) -> None:
        super().__init__(f"The question has {length} characters; at most {MAX_QUESTION} are read. Shorten it.")


class BadLimit(Invalid):
    def __init__(self, limit: int) -> None:
        super().__init__(f"The number of passages must be from 1 to {MAX_LIMIT}, not {limit}.")


@dataclass(frozen=True, slots=True)
class WeightedQuestion:
    """One of several questions that are searched for together. Weights sum up to anything: only shares are used."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Scored:
    chunk: StoredChunk
    score: float
    cosine: float
    keywords: float


class Search:
    """Deterministic: the same corpus, question and reader give the same passages in the same order."""

    def __init__(self, embedder: Embedder, vectors: VectorSearch, keywords: KeywordSearch, model_id: int) -> None:
        self._model_id = model_id
        self._embedder = embedder
        self._vectors = vectors
        self._keywords = keywords

    def search(
        self, store: CorpusStore, question: str, reader: Reader, limit: int, within: frozenset[int] | None = None
    ) -> list[Passage]:
        """Best first; chunks that follow each other in a document come as one passage, copies once.

        `within`: ids of the only documents to look in. Raises `EmptyQuestion`, `QuestionTooLong`, `BadLimit`,
        `Unavailable`.
        """
        return _passages(self._found(store, question, reader, limit, within), limit)

    def search_together(
        self,
        store: CorpusStore,
        questions: Sequence[WeightedQuestion],
        reader: Reader,
        limit: int,
        within: frozenset[int] | None = None,
    ) -> list[Passage]:
        """As `search`, by the weighted mean of what a chunk scores for each question; one at least.

        A question that did not find a chunk gives it what its own last one has. Cosine and keywords are of the first
        question that found it.
        """
        found = [list(self._found(store, question.text, reader, limit, within)) for question in questions]
        merged = _mean(found, [question.weight for question in questions])
        return _passages(list(_without_copies(merged, _twins(store, merged))), limit)

    def search_chunks(
        self, store: CorpusStore, question: str, reader: Reader, limit: int, within: frozenset[int] | None = None
    ) -> list[Passage]:
        """The same ranking with every chunk a passage of its own."""
        return [_passage([item]) for item in self._found(store, question, reader, limit, within)[:limit]]

    def _found(
        self, store: CorpusStore, question: str, reader: Reader, limit: int, within: frozenset[int] | None
    ) -> list[_Scored]:
        if not question.strip():
            raise EmptyQuestion
        if len(question) > MAX_QUESTION:
            raise QuestionTooLong(len(question))
        if not 1 <= limit <= MAX_LIMIT:
            raise BadLimit(limit)
        audiences = store.visible_audiences(reader)
        if not audiences:
            return []
        depth = max(DEPTH, 2 * limit) if within is None else DEPTH_WITHIN
        asked = _Asked(question, audiences, self._embedder.embed([question])[0], max(6 * limit, 60))
        dense = self._vectors.search(audiences, asked.direction, depth)
        keywords = self._keywords.search(audiences, question, depth)
        if within is None:
            # What no candidate beyond the depth of a side can exceed on that side.
            most_cosine = dense[-1].score if len(dense) >= depth else 0.0
            most_words = keywords[-1].score if len(keywords) >= depth else 0.0
            ranked = self._ranked(store, asked, _Sides(dense, keywords, most_cosine, most_words))
            scored = _loaded(store, reader, ranked)
            if len(scored) == len(ranked):
                return list(_without_copies(scored, _twins(store, scored)))
        # Hits that the reader may not see any more, or does not want, must not take the places of others.
        visible = {
            candidate.chunk_id
            for candidate in store.list_candidates(reader, [hit.chunk_id for hit in (*dense, *keywords)])
            if within is None or candidate.document_id in within
        }
        dense = [hit for hit in dense if hit.chunk_id in visible]
        keywords = [hit for hit in keywords if hit.chunk_id in visible]
        ranked = self._ranked(store, asked, _Sides(dense, keywords, 1.0, 1.0))
        scored = _loaded(store, reader, ranked)
        return list(_without_copies(scored, _twins(store, scored)))

    def _ranked(self, store: CorpusStore, asked: "_Asked", sides: "_Sides") -> list["_Ranked"]:
        """The best candidates. What only one side found gets its score on the other, unless that cannot matter."""
        cosines = {hit.chunk_id: hit.score for hit in sides.dense}
        words = {hit.chunk_id: hit.score for hit in sides.keywords}
        least = sorted((score + words.get(chunk_id, 0.0) for chunk_id, score in cosines.items()), reverse=True)
        needed = least[asked.wanted - 1] if len(least) >= asked.wanted else -np.inf
        without_cosine = [key for key in words.keys() - cosines.keys() if words[key] + sides.most_cosine >= needed]
        without_words = [key for key in cosines.keys() - words.keys() if cosines[key] + sides.most_words >= needed]
        found = self._cosines(store, sorted(without_cosine), asked.direction)
        candidates = [*cosines, *without_cosine]
        cosines |= found
        if sides.most_words:
            hits = self._keywords.score(asked.audiences, sorted(without_words), asked.question)
            words |= {hit.chunk_id: hit.score for hit in hits}
        ranked = [_Ranked(key, cosines.get(key, 0.0), words.get(key, 0.0)) for key in candidates]
        return sorted(ranked, key=lambda item: (-item.score, item.chunk_id))[: asked.wanted]

    def _cosines(self, store: CorpusStore, chunk_ids: Sequence[int], direction: Vectors) -> dict[int, float]:
        batch = store.list_vectors(self._model_id, chunk_ids) if chunk_ids else None
        if batch is None:
            return {}
        scores = batch.vectors.astype(np.float32) @ direction
        return dict(zip(map(int, batch.chunk_ids), map(float, scores), strict=True))


@dataclass(frozen=True, slots=True)
class _Asked:
    """`direction` is the question's vector, shape (dimension,); `wanted` the number of chunks to rank."""

    question: str
    audiences: Sequence[int]
    direction: Vectors
    wanted: int


@dataclass(frozen=True, slots=True)
class _Sides:
    dense: Sequence[Hit]
    keywords: Sequence[Hit]
    most_cosine: float
    """No chunk that `dense` lacks has a higher one."""
    most_words: float


@dataclass(frozen=True, slots=True)
class _Ranked:
    chunk_id: int
    cosine: float
    words: float

    @property
    def score(self) -> float:
        return self.cosine + self.words


def _mean(found: Sequence[Sequence[_Scored]], weights: Sequence[float]) -> list[_Scored]:
    """Best first."""
    rankings = [{item.chunk.chunk_id: item for item in ranking} for ranking in found]
    least = [min((item.score for item in ranking), default=0.0) for ranking in found]
    first = {chunk_id: item for ranking in reversed(rankings) for chunk_id, item in ranking.items()}
    merged = [
        replace(
            item,
            score=sum(
                weight * (ranking[chunk_id].score if chunk_id in ranking else floor)
                for weight, ranking, floor in zip(weights, rankings, least, strict=True)
            )
            / sum(weights),
        )
        for chunk_id, item in first.items()
    ]
    return sorted(merged, key=lambda item: (-item.score, item.chunk.chunk_id))


def _loaded(store: CorpusStore, reader: Reader, ranked: Sequence[_Ranked]) -> list[_Scored]:
    """Those that the reader may see, in their order."""
    chunks = {chunk.chunk_id: chunk for chunk in store.list_stored_chunks(reader, [item.chunk_id for item in ranked])}
    return [
        _Scored(chunks[item.chunk_id], item.score, item.cosine, item.words)
        for item in ranked
        if item.chunk_id in chunks
    ]


def _twins(store: CorpusStore, scored: Sequence[_Scored]) -> dict[int, int]:
    """Of versions that say nearly the same as others: the smallest id of those that they belong together with."""
    first: dict[int, int] = {}
    for version_id, other_id in store.near_copies({item.chunk.version_id for item in scored}):
        one, other = first.get(version_id, version_id), first.get(other_id, other_id)
        for known, group in [*first.items(), (version_id, one), (other_id, other)]:
            if group in (one, other):
                first[known] = min(one, other)
    return first


def _without_copies(scored: Sequence[_Scored], twins: Mapping[int, int]) -> Iterable[_Scored]:
    """Drops what says the same as something better in another document: a copy, an old edition.

    Compared are documents of the same title, and those known to be near copies (`twins`), whatever they are called.
    """
    groups: dict[str | int, set[int]] = {}
    for item in scored:
        for group in _groups_of(item, twins):
            groups.setdefault(group, set()).add(item.chunk.version_id)
    seen: dict[str | int, list[tuple[int, frozenset[str]]]] = {}
    for item in scored:
        shared = [group for group in _groups_of(item, twins) if len(groups[group]) > 1]
        if not shared:
            yield item
            continue
        words = re.findall(r"\w+", item.chunk.text.casefold())
        shingles = frozenset(" ".join(words[start : start + 4]) for start in range(max(len(words) - 3, 1)))
        if any(
            version_id != item.chunk.version_id and len(shingles & other) >= 0.9 * len(shingles | other)
            for group in shared
            for version_id, other in seen.get(group, ())
        ):
            continue
        for group in shared:
            seen.setdefault(group, []).append((item.chunk.version_id, shingles))
        yield item


def _groups_of(item: _Scored, twins: Mapping[int, int]) -> Iterator[str | int]:
    yield item.chunk.title.casefold()
    if item.chunk.version_id in twins:
        yield twins[item.chunk.version_id]


def _passages(scored: Sequence[_Scored], limit: int) -> list[Passage]:
    """`limit` passages, best first, each begun by the best chunk that is beside none before it.

    Chunks that come further down join the passage they are beside while there is room for their words: what stands
    around a good place is worth more than a worse place.
    """
    room = PASSAGE_WORDS * limit
    groups: list[list[_Scored]] = []
    for item in scored:
        words = len(item.chunk.text.split())
        beside = next((group for group in groups if any(_adjoin(item.chunk, other.chunk) for other in group)), None)
        if (words > room and groups) or (beside is None and len(groups) == limit):
            continue
        room -= words
        if beside is None:
            groups.append([item])
        else:
            beside.append(item)
    return [_passage(group) for group in groups]


def _adjoin(one: StoredChunk, other: StoredChunk) -> bool:
    return (
        one.version_id == other.version_id and abs(one.ordinal - other.ordinal) == 1 and one.headings == other.headings
    )


def _passage(group: Sequence[_Scored]) -> Passage:
    first = group[0].chunk
    ordered = sorted(group, key=lambda item: item.chunk.ordinal)
    return Passage(
        document_id=first.document_id,
        version_id=first.version_id,
        document_name=first.document_name,
        title=first.title,
        media_type=first.media_type,
        language=first.language,
        headings=first.headings,
        kind=first.kind,
        chunks=tuple(
            PassageChunk(item.chunk.chunk_id, item.chunk.ordinal, item.chunk.text, item.chunk.pieces, item.score)
            for item in ordered
        ),
        score=group[0].score,
        cosine=max(item.cosine for item in group),
        keywords=max(item.keywords for item in group),
        review_due_at=first.review_due_at,
    )
