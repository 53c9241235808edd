"""What every engine that writes down speech must do."""

from itertools import pairwise

import pytest

from ingestion.audio import RATE, SAMPLE_BYTES
from ingestion.transcriber import Transcriber


class TranscriberContract:
    @pytest.fixture
    def transcriber(self) -> Transcriber:
        raise NotImplementedError

    @pytest.fixture
    def speech(self) -> bytes:
        """Samples in which the engine hears at least one word."""
        raise NotImplementedError

    def test_it_has_a_name(self, transcriber: Transcriber) -> None:
        assert 0 < len(transcriber.name) <= 200

    def test_words_are_in_order_and_within_the_piece(self, transcriber: Transcriber, speech: bytes) -> None:
        heard = transcriber.transcribe(speech, (), None)
        words = list(heard.words)
        assert words
        assert all(word.text and not word.text[0].isspace() for word in words)
        assert all(earlier.start_s <= later.start_s for earlier, later in pairwise(words))
        seconds = len(speech) / SAMPLE_BYTES / RATE
        assert all(0 <= word.start_s <= word.end_s <= seconds + 0.5 for word in words)
        assert all(word.confidence is None or 0 <= word.confidence <= 1 for word in words)

    def test_it_says_who_heard_it(self, transcriber: Transcriber, speech: bytes) -> None:
        heard = transcriber.transcribe(speech, ("torque", "prime"), "en")
        assert heard.engine == transcriber.name
        assert heard.draft_grade is transcriber.draft_grade
        assert heard.language == "en"
