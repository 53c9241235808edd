"""The key gate: exactly one option of an item is supported by its evidence, and it is the one marked as the key."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.remembered_vectors import RememberedVectors
from assistant.sentences import StatementKind, split_statements
from assistant.words import content_words, shared_share
from authoring.item_statement import statement_of
from authoring.item_truth import is_judged, truth_of
from authoring.quiz_item import QuizItem
from corpus.embedder import Embedder
from corpus.passage import Passage

LEAST_SCORE = 0.35
SHARPNESS = 8.0


@dataclass(frozen=True, slots=True)
class KeyJudgement:
    """`score` is how well the evidence agrees with the key, 0 to 1; `reason` says why, in the words that decided."""

    ok: bool
    score: float
    reason: str


class KeyGate:
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = RememberedVectors(embedder)

    def judge(self, item: QuizItem, passages: Sequence[Passage]) -> KeyJudgement:
        """`passages`: what the item may be answered from. Raises `Unavailable` when the embedder cannot be reached."""
        if not item.keys:
            return KeyJudgement(ok=False, score=0.0, reason="No option is marked as the key.")
        spans = [
            statement.text
            for passage in passages
            for chunk in passage.chunks
            for statement in split_statements(chunk.text, passage.kind)
            if statement.kind is not StatementKind.TITLE
        ]
        if not spans:
            return KeyJudgement(ok=False, score=0.0, reason="There is no evidence to hold the item against.")
        if is_judged(item):
            said = [item.stem.text if truth_of(option.claim.text) else f"It is not true that {item.stem.text}"
                    for option in item.options]  # fmt: skip
        else:
            said = [statement_of(item.stem.text, option.claim.text) for option in item.options]
        similar = self._embedder.embed(said) @ self._embedder.embed(spans).T
        known = [content_words(span) for span in spans]
        shared = np.array([[shared_share(content_words(text), words) for words in known] for text in said])
        support = (0.5 * similar + 0.5 * shared).max(axis=1)
        weights = np.exp(SHARPNESS * (support - support.max()))
        shares = weights / weights.sum()
        keyed = [place for place, option in enumerate(item.options) if option.is_key]
        score = float(min(shares[place] for place in keyed)) * len(keyed)
        best = item.options[int(np.argmax(shares))].claim.text
        if score >= LEAST_SCORE:
            return KeyJudgement(ok=True, score=score, reason=f"The evidence says “{item.keys[0].claim.text}”.")
        return KeyJudgement(ok=False, score=score, reason=f"The evidence supports “{best}” rather than the key.")
