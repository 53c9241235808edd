"""The engine that is always there."""

import pytest

from ingestion.pocketsphinx_transcriber import PocketsphinxTranscriber
from ingestion.transcriber import Transcriber, TranscriberFailed
from tests.contracts.transcriber import TranscriberContract
from tests.sounds import babble, silence


class TestPocketsphinxTranscriber(TranscriberContract):
    @pytest.fixture
    def transcriber(self) -> Transcriber:
        return PocketsphinxTranscriber()

    @pytest.fixture
    def speech(self) -> bytes:
        return babble().tobytes()


def test_it_says_that_it_knows_english_only() -> None:
    with pytest.raises(TranscriberFailed, match="English only"):
        PocketsphinxTranscriber().transcribe(silence(1).tobytes(), (), "de")


def test_its_words_are_a_draft() -> None:
    assert PocketsphinxTranscriber().draft_grade
