"""What every FileParsing keeps to, with parsers that misbehave on demand."""

import pytest

from ingestion.limited_parsing import FileParsing, ParserFailed
from ingestion.parsed import Damaged, Empty, ParsedDocument, TooLarge

PARSERS = "tests.ingestion.misbehaving_parsers"


class FileParsingContract:
    @pytest.fixture
    def parsing(self) -> FileParsing:
        raise NotImplementedError

    def test_a_file_becomes_a_document_with_its_media_type(self, parsing: FileParsing) -> None:
        reading = parsing.parse("Grüße, 世界 \U0001f600".encode(), "greeting.txt")
        assert reading.document == ParsedDocument("Grüße, 世界 \U0001f600", (), title="greeting.txt")
        assert reading.media_type == "text/plain"
        assert not reading.mislabelled

    def test_a_name_that_promises_another_type_is_remarked(self, parsing: FileParsing) -> None:
        assert parsing.parse(b"only words", "scan.pdf").mislabelled

    def test_an_empty_file_is_named_as_such(self, parsing: FileParsing) -> None:
        with pytest.raises(Empty, match="holds no text"):
            parsing.parse(b"", "nothing.txt")

    def test_a_damaged_file_is_named_as_such(self, parsing: FileParsing) -> None:
        with pytest.raises(Damaged):
            parsing.parse(b"PK\x03\x04 and then nothing", "broken.docx")

    def test_the_parsers_own_refusal_arrives_with_its_sentence(self, parsing: FileParsing) -> None:
        with pytest.raises(TooLarge, match=r"exceeds the limit for oddness \(1\)") as refusal:
            parsing.parse(b"refuse", "a.txt")
        assert vars(refusal.value)["oddness"] == 7

    def test_a_defect_of_the_parser_is_named_without_quoting_the_file(self, parsing: FileParsing) -> None:
        with pytest.raises(ParserFailed) as failure:
            parsing.parse(b"fail salary of Ana", "a.txt")
        assert failure.value.error == "KeyError"
        assert failure.value.place.startswith(f"{PARSERS}:")
        assert "salary" not in str(failure.value)

    def test_endless_recursion_is_a_defect_of_the_parser(self, parsing: FileParsing) -> None:
        with pytest.raises(ParserFailed, match="RecursionError"):
            parsing.parse(b"recurse deeper", "a.txt")

    def test_a_bad_file_does_not_stop_the_next(self, parsing: FileParsing) -> None:
        with pytest.raises(ParserFailed):
            parsing.parse(b"fail", "bad.txt")
        assert parsing.parse(b"good words", "good.txt").document.text == "good words"
