"""Option signals: how an option stands to the material, compared with what its item asks."""

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from assistant.words import content_words, stem, words
from authoring.item_statement import bare_stem
from authoring.read_material import ReadMaterial
from corpus.embedder import Embedder

_PARTS = re.compile(
    r",\s+|;\s+|\s+(?:and|but|while|because|then|or|und|aber|während|weil|dann|oder|sowie)\s+", re.IGNORECASE
)
_LIMIT = re.compile(r"\b(?:only|solely|just|exclusively|nur|lediglich|ausschließlich|allein)\b", re.IGNORECASE)
_ASKS_WHAT_IS_NOT = re.compile(
    r"\bNOT\b|\bEXCEPT\b|\bNICHT\b|"
    r"(?i:\b(?:which|what)\b[^?]*\b(?:(?:is|are|does|do|was|were|would|should)\s+not\b|(?:is|are|does|do)n['’]t)|"
    r"\bexcept\b(?! for)|\bleast likely\b|\bwelche\w*\b[^?]*\b(?:nicht|keine?)\b|\baußer\b)"
)


@dataclass(frozen=True, slots=True)
class OptionSignals:
    """What is compared between the options of one item; names as in `authoring/key_calibration.py`."""

    pairs: float
    """Neighbouring words that are neighbours in the material, logarithm of 1 + count."""
    verbatim: float
    """1 if the material says the whole option word for word."""
    parts_near: float
    """Cosine of its parts to the statements nearest to the stem: the best of each part, and the mean of these."""
    limit: float
    """1 if it says `only` and what it is nearest to does not."""
    words_near: float
    """Weight of its own words that stand in the chunks nearest to the stem, logarithm of 1 + weight."""
    near: float
    """Cosine to the nearest of these chunks."""
    together: float
    """Share of the stem's words in a statement that says the option word for word: the best such share."""

    @property
    def values(self) -> tuple[float, ...]:
        return astuple(self)


@dataclass(frozen=True, slots=True)
class WeighedOption:
    """`statement` is where the option is found best, `words` are its own that stand near the stem."""

    signals: OptionSignals
    statement: str
    words: tuple[str, ...]


def weigh_options(
    asked: str, options: Sequence[str], material: ReadMaterial, embedder: Embedder
) -> tuple[WeighedOption, ...]:
    asked = bare_stem(asked)
    asked_words = frozenset(content_words(asked))
    own = [frozenset(content_words(option)) for option in options]
    common = frozenset.intersection(*own)
    parts = [[part for part in _PARTS.split(option) if content_words(part)] or [option] for option in options]
    vectors = embedder.embed([asked, *options, *(part for each in parts for part in each)])
    near = material.near_statements(asked_words, vectors[0])
    chunks = material.near_chunks(asked_words, vectors[0])
    around = frozenset().union(*(material.chunk_words[chunk] for chunk in chunks))
    weighed: list[WeighedOption] = []
    row = 1 + len(options)
    for place, option in enumerate(options):
        telling = own[place] - asked_words - common or own[place] - common or own[place]
        cosines = vectors[row : row + len(parts[place])] @ material.statement_vectors.T
        row += len(parts[place])
        beside = material.statement_vectors @ vectors[1 + place]
        best = max(
            range(len(material.statements)),
            key=lambda at: float(beside[at]) + material.share(telling, material.statement_words[at]),
        )
        evidence = " ".join(material.statements[max(0, best - 1) : best + 2])
        signals = OptionSignals(
            pairs=math.log1p(material.shared_pairs(option)),
            verbatim=float(material.says(option)),
            parts_near=float(cosines[:, near].max(axis=1).mean()),
            limit=float(bool(_LIMIT.search(option)) and not _LIMIT.search(evidence)),
            words_near=math.log1p(material.weighed(telling, around)),
            near=float((material.chunk_vectors[chunks] @ vectors[1 + place]).max()),
            together=material.said_with(option, asked_words),
        )
        there = sorted((word for word in telling if word in around), key=material.weight, reverse=True)
        found = tuple(_as_written(word, option) for word in there)
        weighed.append(WeighedOption(signals, material.statements[best], found))
    return tuple(weighed)


def _as_written(word_stem: str, text: str) -> str:
    return next((word for word in words(text) if stem(word) == word_stem), word_stem)


def asks_what_is_not(asked: str) -> bool:
    """Whether the key is the option that the evidence does not support: `Which of these is NOT …`."""
    return _ASKS_WHAT_IS_NOT.search(asked) is not None
