"""Keyword search on tantivy: BM25 over each chunk and its surroundings, only within the audiences asked for."""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock

import tantivy

from corpus.analysis import Analysis, IsStopWord, Language, QuestionTerm, Stem, arabic_stem
from corpus.errors import Unavailable
from corpus.index import Hit, IndexedText

TERMS = "terms"
"""The tokenizer of fields that hold terms already, with spaces between."""
WRITER_BYTES = 48_000_000
SCORE_DIGITS = 6
"""Beyond these a score depends on the order in which its terms were added up."""
TIES = 16
"""Hits read beyond the limit, so that those that tie with the last one compete for its place by chunk id."""

_STEMMED = {
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
_WITHOUT_STOP_WORDS = frozenset({"el", "ro", "ta", "tr"})


class KeywordIndexDamaged(Unavailable):
    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The keyword index in {folder.name} cannot be read and has to be rebuilt: {reason}")
        self.folder = folder
        self.reason = reason


class KeywordIndexInUse(Unavailable):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"Another process is writing to the keyword index in {folder.name}.")
        self.folder = folder


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """What a perfect match in each field adds to a score.

    Chosen on development questions; any weights near these do about as well.
    """

    own: float = 0.3
    """The chunk's title, headings and text."""
    around: float = 0.3
    """The same with the texts of its neighbours: words that a passage does not repeat."""
    pairs: float = 0.1
    """Two words of the question that follow each other."""
    part: float = 0.4
    """A word inside a compound, `Frist` in `Kündigungsfrist`, against the word itself."""


DEFAULT_WEIGHTS = FieldWeights()

_SATURATED = 2.2
"""BM25 gives a term that occurs ever so often this much of its rarity (k1 + 1)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The last question as it was read: a search asks it twice."""

    question: str
    searcher: tantivy.Searcher
    matching: tantivy.Query | None
    """None where no word of the question is worth looking up."""


class TantivyKeywordIndex:
    """One folder, written by one process. What `add` and `remove` did is on disk when they return."""

    def __init__(self, folder: Path, weights: FieldWeights = DEFAULT_WEIGHTS) -> None:
        """Opens the index in `folder`, an empty one if there is none. Raises `KeywordIndexDamaged`."""
        self._folder = folder
        self._weights = weights
        self._analysis = Analysis(_languages())
        self._schema = _schema()
        self._writing = Lock()
        self._writer: tantivy.IndexWriter | None = None
        folder.mkdir(parents=True, exist_ok=True)
        with self._reading():
            self._index = tantivy.Index(self._schema, path=str(folder))
            self._index.register_tokenizer(TERMS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
            self._index.config_reader("manual")
            self._index.reload()
            self._searcher = self._index.searcher()
            self._present = self._languages_present()
        self._asked: _Asked | None = None

    def count(self) -> int:
        return self._searcher.num_docs

    def add(self, entries: Sequence[IndexedText]) -> None:
        self.add_all([entries])

    def add_all(self, batches: Iterable[Sequence[IndexedText]]) -> None:
        """Like `add`, but all of it appears at once, at the end; if reading a batch fails, none of it."""
        with self._writing:
            writer = self._open_writer()
            try:
                for entries in batches:
                    # The last of several entries with one chunk id is the one that counts.
                    latest = {entry.chunk_id: entry for entry in entries}
                    self._delete(writer, "chunk_id", list(latest))
                    for entry in latest.values():
                        writer.add_document(self._document(entry))
            except BaseException:
                writer.rollback()
                raise
            self._commit(writer)

    def remove(self, version_ids: Sequence[int]) -> None:
        with self._writing:
            writer = self._open_writer()
            self._delete(writer, "version_id", version_ids)
            self._commit(writer)

    def search(self, audience_ids: Sequence[int], question: str, limit: int) -> list[Hit]:
        if not audience_ids or limit < 1:
            return []
        return self._found("audience_id", audience_ids, question, limit)

    def score(self, chunk_ids: Sequence[int], question: str) -> list[Hit]:
        return self._found("chunk_id", chunk_ids, question, len(chunk_ids)) if chunk_ids else []

    def _found(self, field: str, ids: Sequence[int], question: str, limit: int) -> list[Hit]:
        """Best first, ties by chunk id, among the chunks with one of these ids in this field."""
        with self._reading():
            return self._best(field, ids, question, limit)

    def _best(self, field: str, ids: Sequence[int], question: str, limit: int) -> list[Hit]:
        asked = self._asked
        if asked is None or asked.question != question or asked.searcher is not self._searcher:
            asked = self._asked = self._read_question(question)
        if asked.matching is None:
            return []
        searcher = asked.searcher
        allowed = tantivy.Query.term_set_query(self._schema, field, sorted(set(ids)))
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, tantivy.Query.const_score_query(allowed, 0.0)),
                (tantivy.Occur.Must, asked.matching),
            ]
        )
        fetched = limit + TIES
        while True:
            found = searcher.search(query, fetched, count=False).hits
            addresses = [address for _, address in found]
            chunk_ids = searcher.fast_field_values("chunk_id", addresses)
            hits = [
                Hit(int(chunk_id), round(score, SCORE_DIGITS))
                for (score, _), chunk_id in zip(found, chunk_ids, strict=True)
                if chunk_id is not None
            ]
            hits.sort(key=lambda hit: (-hit.score, hit.chunk_id))
            if len(found) < fetched or hits[-1].score < hits[limit - 1].score:
                return hits[:limit]
            fetched *= 4

    def close(self) -> None:
        """Waits for merges under way. The index must not be used afterwards."""
        with self._writing:
            if self._writer is not None:
                self._writer.wait_merging_threads()
                self._writer = None

    def _read_question(self, question: str) -> "_Asked":
        searcher = self._searcher
        terms = self._analysis.question_terms(question, self._present)
        return _Asked(question, searcher, self._matching(searcher, terms) if terms else None)

    def _matching(self, searcher: tantivy.Searcher, terms: Sequence[QuestionTerm]) -> tantivy.Query:
        """BM25 in each field, over the most that the question's words could reach there."""
        weights = self._weights
        queries = []
        for field, weight in (("own", weights.own), ("around", weights.around)):
            rarities = [self._rarity(searcher, field, term.alternatives) for term in terms]
            any_of = [
                (tantivy.Occur.Should, self._one(searcher, field, term, rarity))
                for term, rarity in zip(terms, rarities, strict=True)
            ]
            most = _SATURATED * sum(rarities)
            queries.append(tantivy.Query.boost_query(tantivy.Query.boolean_query(any_of), weight / most))
        pairs = [_pair(one.alternatives[0], other.alternatives[0]) for one, other in pairwise(terms)]
        if pairs:
            most = _SATURATED * sum(self._rarity(searcher, "pairs", (pair,)) for pair in pairs)
            any_of = [(tantivy.Occur.Should, self._term("pairs", pair)) for pair in pairs]
            queries.append(tantivy.Query.boost_query(tantivy.Query.boolean_query(any_of), weights.pairs / most))
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

    def _rarity(self, searcher: tantivy.Searcher, field: str, alternatives: Sequence[str]) -> float:
        """Inverse document frequency of the most frequent alternative, as BM25 has it."""
        frequency = max(searcher.doc_freq(field, alternative) for alternative in alternatives)
        return math.log(1 + (searcher.num_docs - min(frequency, searcher.num_docs) + 0.5) / (frequency + 0.5))

    def _one(self, searcher: tantivy.Searcher, field: str, term: QuestionTerm, rarity: float) -> tantivy.Query:
        """Every alternative counts as rare as the word is in all its forms: a rare form of it is no rarer word."""
        part = self._weights.part
        alternatives = [
            tantivy.Query.boost_query(
                self._term(field, alternative), rarity / self._rarity(searcher, field, (alternative,))
            )
            for alternative in term.alternatives
        ]
        alternatives += [tantivy.Query.boost_query(self._term("parts", word), part) for word in term.part]
        alternatives += [tantivy.Query.boost_query(self._term(field, word), part) for word in term.parts_of_it]
        return alternatives[0] if len(alternatives) == 1 else tantivy.Query.disjunction_max_query(alternatives)

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")

    def _document(self, entry: IndexedText) -> tantivy.Document:
        head = self._analysis.document_terms("\n".join(dict.fromkeys([entry.title, *entry.headings])), entry.language)
        body = self._analysis.document_terms(entry.text, entry.language)
        before = self._analysis.document_terms(entry.before, entry.language)
        after = self._analysis.document_terms(entry.after, entry.language)
        own = [*head.terms, *body.terms]
        document = tantivy.Document()
        document.add_unsigned("chunk_id", entry.chunk_id)
        document.add_unsigned("version_id", entry.version_id)
        document.add_unsigned("audience_id", entry.audience_id)
        document.add_text("language", entry.language)
        document.add_text("own", " ".join(own))
        document.add_text("around", " ".join([*own, *before.terms, *after.terms]))
        document.add_text("pairs", " ".join(_pair(one, other) for one, other in pairwise(own)))
        document.add_text("parts", " ".join({*head.parts, *body.parts}))
        return document

    def _delete(self, writer: tantivy.IndexWriter, field: str, ids: Sequence[int]) -> None:
        # Not `delete_documents_by_term`: tantivy 0.27 takes the number for a signed one and deletes nothing.
        writer.delete_documents_by_query(tantivy.Query.term_set_query(self._schema, field, ids))

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            try:
                self._writer = self._index.writer(heap_size=WRITER_BYTES, num_threads=1)
            except ValueError as error:
                raise KeywordIndexInUse(self._folder) from error
        return self._writer

    def _commit(self, writer: tantivy.IndexWriter) -> None:
        with self._reading():
            writer.commit()
            self._index.reload()
            self._searcher = self._index.searcher()
            self._present = self._languages_present()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, OSError) as error:
            raise KeywordIndexDamaged(self._folder, str(error)) from error
        except BaseException as error:
            # What tantivy does on bytes that make no sense to it; the class cannot be imported.
            if type(error).__name__ != "PanicException":
                raise
            raise KeywordIndexDamaged(self._folder, str(error)) from error

    def _languages_present(self) -> dict[str, int]:
        """Chunks by language."""
        codes = [code for code, _ in self._searcher.terms_with_prefix("language", "")]
        return {code: self._searcher.doc_freq("language", code) for code in codes}


def _pair(one: str, other: str) -> str:
    return f"{one}\x1f{other}"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("chunk_id", indexed=True, fast=True)
    builder.add_unsigned_field("version_id", indexed=True)
    builder.add_unsigned_field("audience_id", indexed=True)
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    for field in ("own", "around", "pairs"):
        builder.add_text_field(field, tokenizer_name=TERMS, index_option="freq")
    builder.add_text_field("parts", tokenizer_name=TERMS, index_option="basic")
    return builder.build()


def _languages() -> list[Language]:
    stemmed = [Language(code, _stem(name), _stop_words(code, name)) for code, name in _STEMMED.items()]
    return [*stemmed, Language("ar", arabic_stem, lambda word: False)]


def _filtered(word_filter: tantivy.Filter) -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(word_filter).build()


def _stem(name: str) -> Stem:
    analyzer = _filtered(tantivy.Filter.stemmer(name))
    return lambda word: analyzer.analyze(word)[0]


def _stop_words(code: str, name: str) -> IsStopWord:
    if code in _WITHOUT_STOP_WORDS:
        return lambda word: False
    analyzer = _filtered(tantivy.Filter.stopword(name))
    return lambda word: not analyzer.analyze(word)
