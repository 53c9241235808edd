"""Cuts long sound where nobody speaks, so that engines get pieces of a bearable length and no word is torn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.audio import RATE, SAMPLE_BYTES

FRAME_S = 0.02
_FRAME = int(RATE * FRAME_S)
_FRAME_BYTES = _FRAME * SAMPLE_BYTES
_SHORTEST_PAUSE_S = 0.3
_INAUDIBLE_DB = -60.0
"""Below full scale. A piece that is never louder holds no speech and is not given to an engine."""

Loudness = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """A stretch of a recording. `is_silent`: nothing can be heard in it."""

    start_ms: int
    end_ms: int
    is_silent: bool

    @property
    def start_s(self) -> float:
        return self.start_ms / 1000

    @property
    def length_s(self) -> float:
        return (self.end_ms - self.start_ms) / 1000


class LoudnessMeter:
    """Takes the sound as it comes and remembers how loud each fiftieth of a second was: 0.7 MB an hour."""

    def __init__(self) -> None:
        self._rest = b""
        self._levels: list[Loudness] = []
        self._bytes = 0

    def take(self, part: bytes) -> None:
        self._bytes += len(part)
        whole = self._rest + part
        kept = len(whole) // _FRAME_BYTES * _FRAME_BYTES
        self._rest = whole[kept:]
        if kept:
            self._levels.append(_decibels(whole[:kept]))

    @property
    def milliseconds(self) -> int:
        return self._bytes // SAMPLE_BYTES * 1000 // RATE

    def loudness(self) -> Loudness:
        return np.concatenate(self._levels) if self._levels else np.zeros(0, dtype=np.float32)


def cut_at_silences(
    loudness: Loudness, total_ms: int, least_s: float = 8.0, most_s: float = 30.0
) -> tuple[SoundPiece, ...]:
    """Pieces without a gap between them, each `most_s` long at most. The same sound is always cut alike."""
    silent_below = _threshold(loudness)
    pieces: list[SoundPiece] = []
    start = 0
    most, least = int(most_s / FRAME_S), int(least_s / FRAME_S)
    while len(loudness) - start > most:
        window = loudness[start + least : start + most]
        end = start + least + _best_cut(window, silent_below)
        pieces.append(_piece(loudness, start, end, int(end * FRAME_S * 1000)))
        start = end
    pieces.append(_piece(loudness, start, len(loudness), total_ms))
    return tuple(pieces)


def _piece(loudness: Loudness, start: int, end: int, end_ms: int) -> SoundPiece:
    part = loudness[start:end]
    return SoundPiece(int(start * FRAME_S * 1000), end_ms, not len(part) or bool(part.max() < _INAUDIBLE_DB))


def _decibels(samples: bytes) -> Loudness:
    frames = np.frombuffer(samples, dtype="<i2").reshape(-1, _FRAME).astype(np.float32) / 32768
    power = np.mean(np.square(frames), axis=1)
    found: Loudness = (10 * np.log10(np.maximum(power, 1e-10))).astype(np.float32)
    return found


def _threshold(loudness: Loudness) -> float:
    """Between how loud the room is and how loud the voices are."""
    if not len(loudness):
        return _INAUDIBLE_DB
    room, voices = np.percentile(loudness, [10, 90])
    return float(room + 0.25 * (voices - room))


def _best_cut(window: Loudness, silent_below: float) -> int:
    """The middle of the longest pause, the later of equal ones; without a pause, the quietest moment."""
    longest = (0, 0)
    for start, end in _runs((window < silent_below).tolist()):
        if end - start >= longest[1] - longest[0]:
            longest = (start, end)
    if longest[1] - longest[0] >= _SHORTEST_PAUSE_S / FRAME_S:
        return (longest[0] + longest[1]) // 2
    width = max(int(0.1 / FRAME_S), 1)
    smooth = np.convolve(window, np.ones(width, dtype=np.float32) / width, mode="same")
    return int(np.argmin(smooth))


def _runs(silent: Sequence[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start = None
    for at, is_silent in enumerate([*silent, False]):
        if is_silent and start is None:
            start = at
        elif not is_silent and start is not None:
            found.append((start, at))
            start = None
    return found
