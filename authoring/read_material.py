"""Read material: the statements and chunks that an item is held against, with their words and vectors."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.reading import in_full, topic
from assistant.sentences import StatementKind, split_statements
from assistant.words import content_words, is_function_word, stem, words
from corpus.embedder import Embedder, Vectors
from corpus.passage import Passage

NEAR_CHUNKS = 3
NEAR_STATEMENTS = 8
"""What stands nearest to a stem: there an option has to be found, not anywhere."""

_BREAK = "|"

Numbers = NDArray[np.float64]


class ReadMaterial:
    def __init__(self, passages: Sequence[Passage], embedder: Embedder) -> None:
        """Raises `Unavailable` when the embedder cannot be reached."""
        self.statements: list[str] = []
        self.chunk_of: list[int] = []
        self.chunks: list[str] = []
        topics: list[str] = []
        for passage in passages:
            for chunk in passage.chunks:
                for statement in split_statements(chunk.text, passage.kind):
                    if statement.kind is StatementKind.TITLE and len(statement.text.split()) == 1:
                        continue
                    self.statements.append(in_full(chunk, statement))
                    self.chunk_of.append(len(self.chunks))
                self.chunks.append(f"{topic(passage)}\n{chunk.text}")
                topics.append(topic(passage))
        self.statement_vectors = embedder.embed(self.statements)
        self.chunk_vectors = embedder.embed(self.chunks)
        of_topics = [frozenset(content_words(said)) for said in topics]
        self.statement_words = [
            frozenset(content_words(said)) | of_topics[chunk]
            for said, chunk in zip(self.statements, self.chunk_of, strict=True)
        ]
        self._spaced = [f" {' '.join(words(said))} " for said in self.statements]
        self.chunk_words = [frozenset(content_words(said)) for said in self.chunks]
        self._in_chunks = Counter(word for said in self.chunk_words for word in said)
        in_order = [word for chunk in self.chunks for word in (*words(chunk), _BREAK)]
        self._text = f" {' '.join(in_order)} "
        telling = [stem(word) for word in in_order if not is_function_word(word)]
        self._pairs = set(pairwise(telling))

    @property
    def is_empty(self) -> bool:
        return not self.statements

    def weight(self, word: str) -> float:
        """The rarer among the chunks, the more a word tells."""
        return math.log(1 + (len(self.chunks) + 1) / (self._in_chunks[word] + 0.5))

    def weighed(self, wanted: Iterable[str], present: frozenset[str] | set[str]) -> float:
        """How much of `wanted` is present, by weight."""
        return sum(self.weight(word) for word in wanted if word in present)

    def share(self, wanted: Iterable[str], present: frozenset[str] | set[str]) -> float:
        """Which weighted share of `wanted` is present; 0 where nothing is wanted."""
        wanted = list(wanted)
        whole = sum(map(self.weight, wanted))
        return self.weighed(wanted, present) / whole if whole else 0.0

    def says(self, text: str) -> bool:
        """Word for word, whatever the punctuation."""
        said = words(text)
        return bool(said) and f" {' '.join(said)} " in self._text

    def said_with(self, text: str, others: frozenset[str]) -> float:
        """The largest share of `others` in a statement that says `text` word for word; 0 where none does."""
        said = f" {' '.join(words(text))} "
        return max(
            (
                self.share(others, own)
                for own, statement in zip(self.statement_words, self._spaced, strict=True)
                if said in statement
            ),
            default=0.0,
        )

    def shared_pairs(self, text: str) -> int:
        """How many neighbouring telling words of `text` are neighbours here too."""
        telling = [stem(word) for word in words(text) if not is_function_word(word)]
        return sum(pair in self._pairs for pair in pairwise(telling))

    def near_statements(self, text_words: Iterable[str], vector: Vectors) -> list[int]:
        return self._nearest(self.statement_vectors @ vector, self.statement_words, text_words)[:NEAR_STATEMENTS]

    def near_chunks(self, text_words: Iterable[str], vector: Vectors) -> list[int]:
        return self.nearest_chunks(text_words, vector)[:NEAR_CHUNKS]

    def nearest_chunks(self, text_words: Iterable[str], vector: Vectors) -> list[int]:
        """All, the nearest first."""
        return self._nearest(self.chunk_vectors @ vector, self.chunk_words, text_words)

    def _nearest(self, cosines: Vectors, said: Sequence[frozenset[str]], text_words: Iterable[str]) -> list[int]:
        wanted = list(text_words)
        shares: Numbers = np.array([self.share(wanted, own) for own in said])
        return [int(place) for place in np.argsort(-(cosines + shares), kind="stable")]
