"""The sound of a recording as every engine takes it, and the port that gets it out of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from ingestion.parsed import Unreadable

RATE = 16_000
"""Samples a second; one channel, 16 bits each, little endian."""
SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Sound:
    """What was found in a file. `duration_s` counts what could be decoded, `promised_s` what the container says.

    `is_searchable`: a player can jump in the file, since the container knows its length.
    """

    duration_s: float
    promised_s: float | None
    has_picture: bool
    is_searchable: bool
    faulty_packets: int

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know of it."""
        said = []
        if self.promised_s is not None and self.duration_s < 0.98 * self.promised_s - 1:
            said.append(
                f"The recording breaks off: {self.duration_s:.0f} of {self.promised_s:.0f} seconds could be decoded."
            )
        if self.faulty_packets:
            said.append(f"{self.faulty_packets} damaged places of the sound were left out.")
        return tuple(said)


class WithoutSound(Unreadable):
    def __init__(self) -> None:
        super().__init__("The recording holds no sound. Add one that does, or a document that says what it shows.")


class TooLong(Unreadable):
    def __init__(self, limit_s: float) -> None:
        super().__init__(f"The recording is longer than {limit_s / 3600:g} hours. Cut it into parts and add those.")
        self.limit_s = limit_s


class AudioDecoding(Protocol):
    """Contract: `tests/contracts/audio_decoding.py`. `file` is an open file of the system, at any position."""

    def decode(self, file: BinaryIO, take: Callable[[bytes], None]) -> Sound:
        """Gives `take` the sound in pieces of about a second. Raises an `Unreadable` whatever is wrong with it."""

    def make_searchable(self, file: BinaryIO, take: Callable[[bytes], None]) -> None:
        """Gives `take` the same streams in a container in which players can jump. Raises an `Unreadable`."""
