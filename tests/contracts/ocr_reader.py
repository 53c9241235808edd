"""What every `OcrReader` keeps to."""

from abc import ABC, abstractmethod

import numpy as np
import pytest

from ingestion.recognition import OcrReader, Picture
from tests.ingestion.scans import a_picture

LINES = ("Every employee gets thirty days", "of leave in each full year.")


class OcrReaderContract(ABC):
    @pytest.fixture
    @abstractmethod
    def reader(self) -> OcrReader: ...

    def test_words_are_read_with_their_places(self, reader: OcrReader) -> None:
        picture, boxes = a_picture(LINES)
        page = reader.read(picture)
        assert [word.text for word in page.words] == " ".join(LINES).split()
        for word, drawn in zip(page.words, boxes, strict=True):
            assert abs(word.box.left - drawn.left) < 0.01
            assert abs(word.box.right - drawn.right) < 0.01
            assert drawn.top - 0.01 < word.box.top < word.box.bottom < drawn.bottom + 0.01
        assert len({word.line for word in page.words}) == 2
        assert (page.page, page.turn) == (picture.page, 0)
        assert page.width == pytest.approx(picture.dots.shape[1] * 72 / picture.dots_per_inch)

    def test_an_empty_page_has_no_words(self, reader: OcrReader) -> None:
        assert reader.read(Picture(7, np.full((800, 600), 255, dtype=np.uint8), 300)).words == ()

    def test_a_page_of_no_size_has_no_words(self, reader: OcrReader) -> None:
        assert reader.read(Picture(1, np.zeros((0, 0), dtype=np.uint8), 300)).words == ()

    def test_the_same_picture_is_read_alike(self, reader: OcrReader) -> None:
        picture, _ = a_picture(LINES)
        assert reader.read(picture) == reader.read(picture)

    def test_noise_is_read_without_failing(self, reader: OcrReader) -> None:
        dots = np.random.default_rng(1).integers(0, 256, size=(400, 300), dtype=np.uint8)
        reader.read(Picture(1, dots, 300))

    def test_its_name_is_always_the_same(self, reader: OcrReader) -> None:
        assert reader.name == reader.name != ""
