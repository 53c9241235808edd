"""Long sound is cut where nobody speaks, always alike, and never into pieces that are too long."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.silences import LoudnessMeter, SoundPiece, cut_at_silences
from tests.sounds import Samples, joined, silence, tone


def cut(samples: Samples, **limits: float) -> tuple[SoundPiece, ...]:
    meter = LoudnessMeter()
    raw = samples.tobytes()
    for start in range(0, len(raw), 10_001):
        meter.take(raw[start : start + 10_001])
    return cut_at_silences(meter.loudness(), meter.milliseconds, **limits)


def test_short_sound_is_one_piece() -> None:
    assert cut(tone(5)) == (SoundPiece(0, 5000, False),)


def test_cuts_lie_in_the_middle_of_pauses() -> None:
    first, second = cut(joined(tone(20), silence(2), tone(15)))
    assert abs(first.end_ms - 21_000) < 100
    assert second.start_ms == first.end_ms


def test_silence_is_known_as_silence() -> None:
    assert [piece.is_silent for piece in cut(silence(10))] == [True]


def test_sound_without_a_pause_is_cut_all_the_same() -> None:
    pieces = cut(tone(100))
    assert all(piece.length_s <= 30.1 for piece in pieces)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 20), st.floats(0, 3)), min_size=1, max_size=8))
def test_pieces_follow_each_other_without_a_gap(parts: list[tuple[float, float]]) -> None:
    samples = joined(*(part for seconds, pause in parts for part in (tone(seconds), silence(pause))))
    pieces = cut(samples)
    assert pieces[0].start_ms == 0
    assert pieces[-1].end_ms == len(samples) * 1000 // 16_000
    assert all(before.end_ms == after.start_ms for before, after in pairwise(pieces))
    assert all(piece.length_s <= 30.1 for piece in pieces)
    assert pieces == cut(samples)
