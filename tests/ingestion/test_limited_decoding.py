"""Recordings are decoded in a confined process, whose end never is the end of ours."""

import tempfile

import pytest

from ingestion.audio import AudioDecoding
from ingestion.limited_decoding import DecodingLimits, LimitedDecoding
from ingestion.limited_parsing import ParsingTimedOut
from ingestion.parsed import Unreadable
from ingestion.pyav_audio import PyavAudio
from tests.contracts.audio_decoding import AudioDecodingContract, decoded
from tests.sounds import recording, tone, wav


class TestLimitedDecoding(AudioDecodingContract):
    @pytest.fixture
    def decoding(self) -> AudioDecoding:
        return LimitedDecoding()


class TestPyavAudio(AudioDecodingContract):
    @pytest.fixture
    def decoding(self) -> AudioDecoding:
        return PyavAudio(most_s=3600, copy_bytes=1 << 28)


def test_what_is_longer_than_allowed_is_refused() -> None:
    with pytest.raises(Unreadable, match="longer than"):
        decoded(LimitedDecoding(DecodingLimits(most_s=2)), wav(tone(5)))


def test_a_process_that_gives_nothing_for_too_long_is_ended() -> None:
    with pytest.raises(ParsingTimedOut):
        decoded(LimitedDecoding(DecodingLimits(stall_s=0.01)), wav(tone(5)))


def test_too_little_memory_is_named() -> None:
    with pytest.raises(Unreadable, match=r"memory|crash"):
        decoded(LimitedDecoding(DecodingLimits(memory_bytes=1)), recording(tone(30), "flac", "flac"))


def test_a_failure_of_who_takes_the_sound_ends_the_child() -> None:
    def refuse(part: bytes) -> None:
        raise OSError(28, "No space left on device")

    with tempfile.TemporaryFile() as file:
        file.write(wav(tone(5)))
        file.flush()
        with pytest.raises(OSError, match="No space"):
            LimitedDecoding().decode(file, refuse)
