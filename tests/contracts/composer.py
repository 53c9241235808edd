"""What every Composer must do."""

import pytest

from assistant.composer import Composer
from assistant.model_budget import Boundless
from corpus.citation import find_quote
from corpus.passage import Passage
from tests.assistant.passages import a_passage

QUESTION = "How long is parental leave?"


class ComposerContract:
    """Subclass it and give the fixture `composer`, which must find the answer to `QUESTION` in `passages`."""

    @pytest.fixture
    def composer(self) -> Composer:
        raise NotImplementedError

    @pytest.fixture
    def passages(self) -> list[Passage]:
        return [
            a_passage(
                "Parental leave lasts 26 weeks. It is paid in full. Requests go to People Operations.",
                chunk_id=1,
                headings=("Leave",),
            ),
            a_passage("Travel expenses are refunded within 30 days.", chunk_id=5, title="Travel policy", score=0.2),
        ]

    def test_finds_the_answer(self, composer: Composer, passages: list[Passage]) -> None:
        assert any("26 weeks" in draft.text for draft in composer.compose(QUESTION, passages, Boundless()))

    def test_quotes_stand_verbatim_in_the_chunks_given(self, composer: Composer, passages: list[Passage]) -> None:
        texts = {chunk.chunk_id: chunk.text for passage in passages for chunk in passage.chunks}
        quotes = [quote for draft in composer.compose(QUESTION, passages, Boundless()) for quote in draft.quotes]
        assert quotes
        assert all(find_quote(texts[quote.chunk_id], quote.text) for quote in quotes)

    def test_same_question_and_passages_give_the_same_sentences(
        self, composer: Composer, passages: list[Passage]
    ) -> None:
        first, second = (list(composer.compose(QUESTION, passages, Boundless())) for _ in range(2))
        assert first == second

    def test_has_a_name(self, composer: Composer) -> None:
        assert composer.name
