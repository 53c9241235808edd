"""What every way to get the sound out of a recording must do."""

import re
import tempfile
from collections.abc import Iterator

import pytest

from ingestion.audio import RATE, SAMPLE_BYTES, AudioDecoding, Sound, WithoutSound
from ingestion.parsed import Unreadable
from tests.sounds import joined, live_webm, picture_only, recording, silence, tone, wav

TALK = joined(tone(2), silence(1), tone(1))


def decoded(decoding: AudioDecoding, content: bytes) -> tuple[Sound, bytes]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        parts: list[bytes] = []
        sound = decoding.decode(file, parts.append)
    return sound, b"".join(parts)


def damaged_forms() -> Iterator[bytes]:
    whole = recording(TALK, "mp4", "aac", "mpeg4")
    yield from (whole[: len(whole) * share // 10] for share in range(1, 10))
    yield b""
    yield b"\x00" * 4096
    yield whole[:64] + b"\xff" * 4096
    yield b"RIFF\x24\x00\x00\x00WAVEfmt "
    yield b"\x1aE\xdf\xa3" + bytes(range(256)) * 8


class AudioDecodingContract:
    @pytest.fixture
    def decoding(self) -> AudioDecoding:
        raise NotImplementedError

    def test_sound_comes_as_it_was(self, decoding: AudioDecoding) -> None:
        sound, samples = decoded(decoding, wav(TALK))
        assert samples == TALK.tobytes()
        assert (sound.duration_s, sound.has_picture, sound.is_searchable) == (4.0, False, True)
        assert sound.remarks == ()

    @pytest.mark.parametrize(
        ("form", "codec", "picture"),
        [
            ("mp3", "libmp3lame", None),
            ("ipod", "aac", None),
            ("flac", "flac", None),
            ("ogg", "libopus", None),
            ("mp4", "aac", "mpeg4"),
            ("mov", "aac", "mpeg4"),
            ("webm", "libopus", "libvpx"),
            ("matroska", "flac", "mpeg4"),
        ],
    )
    def test_every_container_gives_sixteen_thousand_samples_a_second(
        self, decoding: AudioDecoding, form: str, codec: str, picture: str | None
    ) -> None:
        sound, samples = decoded(decoding, recording(TALK, form, codec, picture))
        assert len(samples) / SAMPLE_BYTES / RATE == pytest.approx(4, abs=0.1)
        assert sound.duration_s == pytest.approx(4, abs=0.1)
        assert sound.has_picture is (picture is not None)

    def test_a_picture_without_sound_is_no_recording_to_answer_from(self, decoding: AudioDecoding) -> None:
        with pytest.raises(Unreadable) as refused:
            decoded(decoding, picture_only())
        assert str(refused.value) == str(WithoutSound())

    def test_a_stream_without_an_index_gets_one(self, decoding: AudioDecoding) -> None:
        live = live_webm(TALK)
        assert not decoded(decoding, live)[0].is_searchable
        with tempfile.TemporaryFile() as file:
            file.write(live)
            file.flush()
            parts: list[bytes] = []
            decoding.make_searchable(file, parts.append)
        sound, _ = decoded(decoding, b"".join(parts))
        assert sound.is_searchable
        assert sound.duration_s == pytest.approx(4, abs=0.1)

    @pytest.mark.parametrize("content", list(damaged_forms()))
    def test_what_is_damaged_ends_in_a_named_outcome(self, decoding: AudioDecoding, content: bytes) -> None:
        try:
            seconds = decoded(decoding, content)[0].duration_s
        except Unreadable as outcome:
            seconds = len(str(outcome))
        assert seconds > 0

    def test_a_recording_that_breaks_off_says_so(self, decoding: AudioDecoding) -> None:
        whole = recording(joined(*(tone(1) for _ in range(20))), "flac", "flac")
        sound, _ = decoded(decoding, whole[: len(whole) // 2])
        assert re.search(r"breaks off: \d+ of 20 seconds", sound.remarks[0])
