"""Several questions that are searched for together."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from corpus.audience import EVERYONE
from corpus.document import Document
from corpus.exact_vector_index import ExactVectorIndex
from corpus.index_store import IndexStore
from corpus.search import EmptyQuestion, Search, WeightedQuestion
from corpus.store import CorpusStore
from corpus.tantivy_keyword_index import TantivyKeywordIndex
from tests.corpus.test_visibility import NOON, a_database, add_version
from tests.fakes import WordEmbedder

TEXTS = ("parental leave lasts thirty days", "sick pay is paid in full", "leave is paid by the state")


class Corpus:
    def __init__(self, session: Session, folder: Path) -> None:
        self._store = CorpusStore(session)
        embedder, vectors = WordEmbedder(), ExactVectorIndex(64)
        self.keywords = TantivyKeywordIndex(folder / "keywords")
        model_id = self._store.ensure_model(embedder.model)
        audience, changes = self._store.ensure_audience(EVERYONE, NOON), IndexStore(session)
        for number, text in enumerate(TEXTS):
            document = Document(audience_id=audience.id, origin=str(number), name=f"{number}.txt", created_at=NOON)
            version = add_version(self._store, self._store.add(document), text, embedder)
            batch = changes.version_vectors(model_id, version.id)
            assert batch is not None
            vectors.add_batches({audience.id: batch})
            self.keywords.add(changes.version_texts(version.id, audience.id))
        self._search = Search(embedder, vectors, self.keywords, model_id)

    def found(self, question: str) -> list[tuple[str, float]]:
        passages = self._search.search(self._store, question, self._store.reader("owner"), 5)
        return [(passage.text, passage.score) for passage in passages]

    def found_together(self, questions: Sequence[WeightedQuestion]) -> list[tuple[str, float]]:
        passages = self._search.search_together(self._store, questions, self._store.reader("owner"), 5)
        return [(passage.text, passage.score) for passage in passages]


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with a_database(tmp_path) as engine, sessionmaker(engine).begin() as session:
        corpus = Corpus(session, tmp_path)
        yield corpus
        corpus.keywords.close()


def test_one_question_finds_what_a_search_for_it_finds(corpus: Corpus) -> None:
    together, alone = corpus.found_together([WeightedQuestion("parental leave", 0.4)]), corpus.found("parental leave")
    assert [text for text, _ in together] == [text for text, _ in alone]
    assert dict(together) == pytest.approx(dict(alone))


def test_what_both_questions_ask_for_comes_before_what_one_of_them_does(corpus: Corpus) -> None:
    both = corpus.found_together([WeightedQuestion("leave", 1), WeightedQuestion("paid by state", 1)])
    assert both[0][0] == "leave is paid by the state"


def test_the_weightier_question_decides(corpus: Corpus) -> None:
    parental, sick = "parental leave thirty days", "sick pay full"
    first = corpus.found_together([WeightedQuestion(parental, 1), WeightedQuestion(sick, 0.1)])
    other = corpus.found_together([WeightedQuestion(parental, 0.1), WeightedQuestion(sick, 1)])
    assert (first[0][0], other[0][0]) == (TEXTS[0], TEXTS[1])


def test_a_score_is_the_mean_of_what_the_questions_give(corpus: Corpus) -> None:
    one, other = dict(corpus.found("leave days")), dict(corpus.found("paid leave"))
    together = dict(corpus.found_together([WeightedQuestion("leave days", 3), WeightedQuestion("paid leave", 1)]))
    assert together[TEXTS[2]] == pytest.approx((3 * one[TEXTS[2]] + other[TEXTS[2]]) / 4)


def test_an_empty_question_among_them_is_refused(corpus: Corpus) -> None:
    with pytest.raises(EmptyQuestion):
        corpus.found_together([WeightedQuestion("leave", 1), WeightedQuestion(" ", 1)])
