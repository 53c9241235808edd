"""Keyword search on tantivy: BM25 over each chunk and its surroundings, only within the audiences asked for.

How rare a word is, is counted among the chunks of these audiences. tantivy counts in the whole index, and whoever asks
would see from scores how often a word occurs in what they may not read; so its own count is divided out again.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
MOST_AUDIENCES = 65_000
"""tantivy counts by no more audiences at a time."""
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


class _Contents:
    """How many chunks of which audiences and languages the index held when the searcher was opened."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher) -> None:
        self.schema = schema
        self.searcher = searcher
        codes = [code for code, _ in searcher.terms_with_prefix("language", "")]
        self._chunks = {code: self.by_audience("language", code) for code in codes}
        self.entries = sum(searcher.doc_freq("language", code) for code in codes)
        """As tantivy counts them: with those that have been deleted, until they are merged away."""

    def by_audience(self, field: str, term: str) -> dict[int, int]:
        """Chunks with this term."""
        having = tantivy.Query.term_query(self.schema, field, term, "basic")
        asked = {"audiences": {"terms": {"field": "audience_id", "size": MOST_AUDIENCES}}}
        buckets = self.searcher.aggregate(having, asked)["audiences"]["buckets"]
        return {int(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}

    def languages(self, audience_ids: frozenset[int]) -> dict[str, int]:
        """Chunks of these audiences by language."""
        counts = {code: _sum_of(chunks, audience_ids) for code, chunks in self._chunks.items()}
        return {code: count for code, count in counts.items() if count}


class _Visible:
    """The part of the index that belongs to some audiences. Nothing that it says depends on words in the rest."""

    def __init__(self, contents: _Contents, audience_ids: frozenset[int]) -> None:
        self._contents = contents
        self._frequencies: dict[tuple[str, str], int] = {}
        self.audience_ids = audience_ids
        self.languages: Mapping[str, int] = contents.languages(audience_ids)
        """Chunks by language."""
        self._chunks = sum(self.languages.values())

    @property
    def searcher(self) -> tantivy.Searcher:
        return self._contents.searcher

    def frequency(self, field: str, term: str) -> int:
        """Chunks with this term."""
        known = self._frequencies.get((field, term))
        if known is None:
            present = self.searcher.doc_freq(field, term) > 0
            known = _sum_of(self._contents.by_audience(field, term), self.audience_ids) if present else 0
            self._frequencies[field, term] = known
        return known

    def rarity(self, field: str, *alternatives: str) -> float:
        """Inverse document frequency of the most frequent alternative, as BM25 has it."""
        return _inverse(max(self.frequency(field, term) for term in alternatives), self._chunks)

    def term(self, field: str, term: str, rarity: float) -> tantivy.Query:
        """BM25 of this term as if it had this rarity."""
        contents = self._contents
        counted = _inverse(self.searcher.doc_freq(field, term), contents.entries)
        query = tantivy.Query.term_query(contents.schema, field, term, "freq")
        return tantivy.Query.boost_query(query, rarity / counted)

    def part(self, word: str, rarity: float) -> tantivy.Query:
        """As much as a word counts in a text of average length: how many parts others have says nothing here."""
        query = tantivy.Query.term_query(self._contents.schema, "parts", word, "basic")
        return tantivy.Query.const_score_query(query, rarity)


def _inverse(frequency: int, chunks: int) -> float:
    return math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5))


def _sum_of(chunks: Mapping[int, int], audience_ids: frozenset[int]) -> int:
    return sum(count for audience_id, count in chunks.items() if audience_id in audience_ids)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The last question as it was read: a search asks it twice."""

    question: str
    visible: _Visible
    matching: tantivy.Query | None
    """None where no word of the question is in these audiences, or worth looking up."""


class TantivyKeywordIndex:
    """One folder, written by one process. What `add` and `remove` did is on disk when they return."""

    def __init__(self, folder: Path, weights: FieldWeights = DEFAULT_WEIGHTS) -> None:
        """Opens the index in `folder`, an empty one if there is none. Raises `KeywordIndexDamaged`."""
        self._folder = folder
        self._weights = weights
        self._analysis = Analysis(known_languages())
        self._schema = _schema()
        self._writing = Lock()
        self._writer: tantivy.IndexWriter | None = None
        folder.mkdir(parents=True, exist_ok=True)
        with self._reading():
            self._index = tantivy.Index(self._schema, path=str(folder))
            self._index.register_tokenizer(TERMS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
            self._index.config_reader("manual")
            self._index.reload()
            self._contents = _Contents(self._schema, self._index.searcher())
        self._asked: _Asked | None = None

    def count(self) -> int:
        return self._contents.searcher.num_docs

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
        return self._found(audience_ids, question, "audience_id", audience_ids, limit)

    def score(self, audience_ids: Sequence[int], chunk_ids: Sequence[int], question: str) -> list[Hit]:
        if not audience_ids or not chunk_ids:
            return []
        return self._found(audience_ids, question, "chunk_id", chunk_ids, len(set(chunk_ids)))

    def _found(
        self, audience_ids: Sequence[int], question: str, field: str, ids: Sequence[int], limit: int
    ) -> list[Hit]:
        """Best first, ties by chunk id, among these audiences' chunks with one of these ids in this field."""
        with self._reading():
            return self._best(self._read(question, frozenset(audience_ids)), field, ids, limit)

    def _best(self, asked: _Asked, field: str, ids: Sequence[int], limit: int) -> list[Hit]:
        if asked.matching is None:
            return []
        searcher = asked.visible.searcher
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
            audience_ids = searcher.fast_field_values("audience_id", addresses)
            hits = [
                Hit(int(chunk_id), round(score, SCORE_DIGITS))
                for (score, _), chunk_id, audience_id in zip(found, chunk_ids, audience_ids, strict=True)
                if chunk_id is not None and audience_id in asked.visible.audience_ids
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

    def _read(self, question: str, audience_ids: frozenset[int]) -> _Asked:
        contents, asked = self._contents, self._asked
        if (
            asked is None
            or (asked.question, asked.visible.audience_ids) != (question, audience_ids)
            or asked.visible.searcher is not contents.searcher
        ):
            visible = _Visible(contents, audience_ids)
            terms = self._analysis.question_terms(question, visible.languages)
            asked = self._asked = _Asked(question, visible, self._matching(visible, terms))
        return asked

    def _matching(self, visible: _Visible, terms: Sequence[QuestionTerm]) -> tantivy.Query | None:
        """BM25 in each field, over the most that the question's words could reach there."""
        weights = self._weights
        queries = []
        for field, weight in (("own", weights.own), ("around", weights.around)):
            rarities = [visible.rarity(field, *term.alternatives) for term in terms]
            any_of = [
                (tantivy.Occur.Should, query)
                for term, rarity in zip(terms, rarities, strict=True)
                if (query := self._one(visible, field, term, rarity)) is not None
            ]
            if any_of:
                most = _SATURATED * sum(rarities)
                queries.append(tantivy.Query.boost_query(tantivy.Query.boolean_query(any_of), weight / most))
        pairs = [_pair(one.alternatives[0], other.alternatives[0]) for one, other in pairwise(terms)]
        any_of = [
            (tantivy.Occur.Should, visible.term("pairs", pair, visible.rarity("pairs", pair)))
            for pair in pairs
            if visible.frequency("pairs", pair)
        ]
        if any_of:
            most = _SATURATED * sum(visible.rarity("pairs", pair) for pair in pairs)
            queries.append(tantivy.Query.boost_query(tantivy.Query.boolean_query(any_of), weights.pairs / most))
        if not queries:
            return None
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

    def _one(self, visible: _Visible, field: str, term: QuestionTerm, rarity: float) -> tantivy.Query | None:
        """Every alternative counts as rare as the word is in all its forms: a rare form of it is no rarer word.

        None where these audiences have none of them.
        """
        part = self._weights.part
        sought = [(alternative, rarity) for alternative in term.alternatives]
        sought += [(word, part * visible.rarity(field, word)) for word in term.parts_of_it]
        present = [visible.term(field, word, weight) for word, weight in sought if visible.frequency(field, word)]
        present += [
            visible.part(word, part * visible.rarity("parts", word))
            for word in term.part
            if visible.frequency("parts", word)
        ]
        if len(present) < 2:
            return present[0] if present else None
        return tantivy.Query.disjunction_max_query(present)

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
            self._contents = _Contents(self._schema, self._index.searcher())

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


def _pair(one: str, other: str) -> str:
    return f"{one}\x1f{other}"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("chunk_id", indexed=True, fast=True)
    builder.add_unsigned_field("version_id", indexed=True)
    builder.add_unsigned_field("audience_id", indexed=True, fast=True)
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    for field in ("own", "around", "pairs"):
        builder.add_text_field(field, tokenizer_name=TERMS, index_option="freq")
    builder.add_text_field("parts", tokenizer_name=TERMS, index_option="basic")
    return builder.build()


def known_languages() -> list[Language]:
    """What tantivy has a stemmer of, and Arabic."""
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
