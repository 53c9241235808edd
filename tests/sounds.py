"""Recordings that tests make for themselves: tones for words, silence for pauses, in every container."""

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from typing_extensions import Buffer

RATE = 16_000

Samples = NDArray[np.int16]


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3) -> Samples:
    times = np.arange(int(seconds * RATE)) / RATE
    made: Samples = (np.sin(2 * np.pi * hertz * times) * level * 32767).astype(np.int16)
    return made


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def joined(*parts: Samples) -> Samples:
    whole: Samples = np.concatenate(parts)
    return whole


def recording(samples: Samples, form: str, codec: str, picture: str | None = None, rate: int = 48_000) -> bytes:
    """In the container that FFmpeg calls `form`. `picture`: the codec of a grey picture that goes with it."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        sound = container.add_stream(codec, rate=rate)
        assert isinstance(sound, av.AudioStream)
        resampler = av.AudioResampler(format=sound.codec_context.format, layout="mono", rate=rate)
        sound.codec_context.layout = "mono"
        if picture is not None:
            shown = container.add_stream(picture, rate=5)
            assert isinstance(shown, av.VideoStream)
            shown.width, shown.height, shown.pix_fmt = 64, 48, "yuv420p"
            for number in range(int(len(samples) / RATE * 5)):
                grey = VideoFrame.from_ndarray(np.full((48, 64, 3), 8 * number % 256, dtype=np.uint8), format="rgb24")
                grey.pts, grey.time_base = number, Fraction(1, 5)
                container.mux(shown.encode(grey))
            container.mux(shown.encode(None))
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        frames = [*resampler.resample(frame), *resampler.resample(None)]
        fifo = av.AudioFifo()
        for part in frames:
            part.pts = None
            fifo.write(part)
        size = sound.codec_context.frame_size or 1024
        while (piece := fifo.read(size) or fifo.read()) is not None:
            container.mux(sound.encode(piece))
        container.mux(sound.encode(None))
    return file.getvalue()


def wav(samples: Samples) -> bytes:
    return recording(samples, "wav", "pcm_s16le", rate=RATE)


def vtt(cues: Sequence[tuple[float, float, str]]) -> bytes:
    """Cues as start, end, text."""
    lines = ["WEBVTT", ""]
    for start, end, text in cues:
        lines += [f"{_clock(start)} --> {_clock(end)}", text, ""]
    return "\n".join(lines).encode()


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds % 3600 // 60):02}:{seconds % 60:06.3f}"


def babble(syllables: int = 6) -> Samples:
    """Buzzing vowels between hisses: no words, but an engine for speech takes it for some."""
    rng = np.random.default_rng(7)
    parts: list[NDArray[np.float64]] = []
    for number in range(syllables):
        parts.append(0.04 * rng.standard_normal(int(0.08 * RATE)))
        pulses = np.zeros(int(0.22 * RATE))
        pulses[:: RATE // 120] = 1.0
        for hertz, width in (((700, 110), (1220, 120), (2600, 160)), ((300, 60), (2300, 100), (3000, 150)))[number % 2]:
            times = np.arange(int(0.03 * RATE)) / RATE
            pulses = np.convolve(pulses, np.exp(-np.pi * width * times) * np.sin(2 * np.pi * hertz * times))
        pulses = pulses[: int(0.22 * RATE)] * np.hanning(int(0.22 * RATE))
        parts.append(0.5 * pulses / np.abs(pulses).max())
    made: Samples = (np.concatenate([np.zeros(RATE // 4), *parts, np.zeros(RATE // 4)]) * 32767).astype(np.int16)
    return made


def live_webm(samples: Samples) -> bytes:
    """As a browser records it: written as it comes, so that the container knows neither its length nor an index."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, part: Buffer) -> int:
            self.parts.append(bytes(part))
            return len(self.parts[-1])

    pipe = Pipe()
    whole = recording(samples, "webm", "libopus")
    with av.open(io.BytesIO(whole), "r") as source, av.open(pipe, "w", format="webm", options={"live": "1"}) as target:
        copied = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = copied
                target.mux(packet)
    return b"".join(pipe.parts)


def picture_only() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        shown = container.add_stream("mpeg4", rate=5)
        assert isinstance(shown, av.VideoStream)
        shown.width, shown.height, shown.pix_fmt = 64, 48, "yuv420p"
        for number in range(5):
            frame = VideoFrame.from_ndarray(np.zeros((48, 64, 3), dtype=np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 5)
            container.mux(shown.encode(frame))
        container.mux(shown.encode(None))
    return file.getvalue()
