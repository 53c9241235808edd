"""The extractive drafter meets the contract, and makes whole lessons of the sources' own words."""

from typing import cast

import pytest

from assistant.verification import Verifier
from authoring.binding import Binder
from authoring.extractive_drafter import ExtractiveDrafter
from corpus.citing import CitationResolver
from tests.assistant.passages import PlainResolver
from tests.contracts.drafter import DrafterContract
from tests.fakes import WordEmbedder


def a_drafter() -> ExtractiveDrafter:
    embedder = WordEmbedder()
    return ExtractiveDrafter(embedder, Binder(Verifier(embedder), cast(CitationResolver, PlainResolver())))


class TestExtractiveDrafter(DrafterContract):
    @pytest.fixture
    def drafter(self) -> ExtractiveDrafter:
        return a_drafter()
