"""Decodes the sound of recordings with PyAV (FFmpeg). Runs in a confined child: see `ingestion/decoding_child.py`."""

import errno
import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError

from ingestion.audio import RATE, SAMPLE_BYTES, Sound, TooLong, WithoutSound
from ingestion.parsed import Damaged, TooLarge

_MOST_FAULTS = 2000
"""Packets in a row that cannot be decoded before a file is given up."""


class PyavAudio:
    def __init__(self, most_s: float, copy_bytes: int) -> None:
        self._most_s = most_s
        self._copy_bytes = copy_bytes

    def decode(self, file: BinaryIO, take: Callable[[bytes], None]) -> Sound:
        with _opened(file) as container:
            if not container.streams.audio:
                raise WithoutSound
            counter = _Counter()
            gathered = bytearray()
            for part in _samples(container, counter):
                counter.bytes += len(part)
                if counter.bytes > self._most_s * RATE * SAMPLE_BYTES:
                    raise TooLong(self._most_s)
                gathered += part
                if len(gathered) >= RATE * SAMPLE_BYTES:
                    take(bytes(gathered))
                    gathered.clear()
            if gathered:
                take(bytes(gathered))
            if not counter.bytes:
                raise Damaged("none of its sound can be decoded")
            promised = container.duration
            return Sound(
                duration_s=round(counter.bytes / SAMPLE_BYTES / RATE, 3),
                promised_s=None if promised is None else round(promised / av.time_base, 3),
                has_picture=_has_picture(container),
                is_searchable=promised is not None,
                faulty_packets=counter.faults,
            )

    def make_searchable(self, file: BinaryIO, take: Callable[[bytes], None]) -> None:
        """Into WebM or Matroska, whose index is written when all is known, hence into memory first."""
        copy = io.BytesIO()
        with _opened(file) as container:
            name = "webm" if "webm" in container.format.name.split(",") else "matroska"
            try:
                with av.open(copy, "w", format=name) as target:
                    chosen = [*container.streams.audio[:1], *container.streams.video[:1]]
                    streams = {stream.index: target.add_stream_from_template(stream) for stream in chosen}
                    for packet in container.demux(chosen):
                        if packet.dts is None:
                            continue
                        packet.stream = streams[packet.stream.index]
                        target.mux(packet)
                        if copy.tell() > self._copy_bytes:
                            raise TooLarge("a recording without an index", f"{self._copy_bytes >> 20} MiB")
            except FFmpegError as error:
                raise Damaged("its streams cannot be copied") from error
        whole = copy.getbuffer()
        for start in range(0, len(whole), 1 << 20):
            take(bytes(whole[start : start + (1 << 20)]))


class _Counter:
    def __init__(self) -> None:
        self.bytes = 0
        self.faults = 0


def _opened(file: BinaryIO) -> InputContainer:
    file.seek(0)
    try:
        return av.open(file, "r", metadata_errors="replace", options={"protocol_whitelist": "pipe"})
    except FFmpegError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError from error
        raise Damaged("its container cannot be read") from error


def _samples(container: InputContainer, counter: _Counter) -> Iterator[bytes]:
    """Of the first sound stream. Where times jump, silence is put in, so that places in the sound stay true."""
    stream = container.streams.audio[0]
    stream.codec_context.thread_count = 1
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    # Players count from where the container begins, which may be before the first sound.
    begins = container.start_time
    origin = None if begins is None else Fraction(begins, av.time_base)
    given = 0
    in_a_row = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
            in_a_row = 0
        except StopIteration:
            break
        except FFmpegError as error:
            if error.errno == errno.ENOMEM:
                raise MemoryError from error
            counter.faults += 1
            in_a_row += 1
            if isinstance(error, EOFError):
                break
            if in_a_row > _MOST_FAULTS:
                raise Damaged("too much of its sound cannot be decoded") from error
            continue
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                at = frame.pts * frame.time_base
                origin = at if origin is None else origin
                missing = int((at - origin) * RATE) - given
                # Less than a tenth of a second is how encoders count, not a gap.
                if RATE // 10 < missing < RATE * 3600:
                    given += missing
                    yield from _silence(missing)
            frame.pts = None
            for part in resampler.resample(frame):
                given += part.samples
                yield bytes(part.planes[0])[: part.samples * SAMPLE_BYTES]
    for part in resampler.resample(None):
        yield bytes(part.planes[0])[: part.samples * SAMPLE_BYTES]


def _silence(samples: int) -> Iterator[bytes]:
    for start in range(0, samples, RATE):
        yield bytes(min(RATE, samples - start) * SAMPLE_BYTES)


def _has_picture(container: InputContainer) -> bool:
    """A cover is a picture, but not one that moves."""
    return any(not stream.disposition & stream.disposition.attached_pic for stream in container.streams.video)
